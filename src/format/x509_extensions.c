/* SPDX-License-Identifier: Apache-2.0 */
#include "format/x509_extensions.h"

#include "kit/text.h"

#define PATH_LEN_MAX 255 /* more than any chain we'd walk */

static void read_basic_constraints(struct der *d, struct x509_certificate *out)
{
    struct der body = der_enter(d, DER_SEQUENCE, "basicConstraints");

    out->has_basic_constraints = true;
    out->is_ca = der_default_false(&body, "cA");
    if (out->is_ca && der_more(&body))
        out->path_len =
            (int)der_small(&body, DER_INTEGER, PATH_LEN_MAX, "pathLenConstraint");
    der_end(&body, "basicConstraints");
}

/* The content of a named bit list: the last bit that is there is a one (X.690, 11.2.2).
 * AMD's intermediates have keyCertSign alone, followed by a zero; that one is taken too.
 */
static bool is_bit_list(struct bytes b)
{
    static const uint8_t amd[] = { 0x01, 0x04 };
    unsigned unused = b.len == 0 ? 8 : b.at[0];

    if (b.len < 2 || unused > 7)
        return false;
    return (b.at[b.len - 1] & ((2U << unused) - 1)) == 1U << unused
           || bytes_equal(b, bytes_of(amd, sizeof amd));
}

/* Bit 0 is the highest of the first byte. Nine bits are defined, and one at least is set
 * (4.2.1.3). */
static void read_key_usage(struct der *d, struct x509_certificate *out)
{
    struct bytes b = der_content(d, DER_BIT_STRING, "keyUsage");

    if (der_failed(d))
        return;
    if (!is_bit_list(b) || b.len > 3) {
        der_refuse(d, ERROR_FORMAT, "keyUsage: no bit list of 1 to 9 bits: %s",
                   hex(b.at, b.len).s);
        return;
    }
    if (b.len == 3 && b.at[0] != 7) {
        der_refuse(d, ERROR_FORMAT, "keyUsage: bits past decipherOnly");
        return;
    }
    out->has_key_usage = true;
    for (unsigned bit = 0; bit < 8 * (b.len - 1); bit++)
        if ((b.at[1 + bit / 8] & 0x80U >> bit % 8) != 0)
            out->key_usage |= 1U << bit;
}

static void read_subject_key_id(struct der *d, struct x509_certificate *out)
{
    out->subject_key_id = der_content(d, DER_OCTET_STRING, "subjectKeyIdentifier");
    if (!der_failed(d) && out->subject_key_id.len == 0)
        der_refuse(d, ERROR_FORMAT, "subjectKeyIdentifier is empty");
}

static void read_authority_key_id(struct der *d, struct x509_certificate *out)
{
    out->authority_key_id = x509_authority_key_id_read(d);
}

static struct bytes read_uri(struct der *names, const char *field)
{
    struct bytes uri = der_content(names, DER_CONTEXT + 6, field);

    for (size_t i = 0; i < uri.len; i++)
        if (uri.at[i] <= 0x20 || uri.at[i] >= 0x7f)
            der_refuse(names, ERROR_FORMAT, "%s: no URI: \"%s\"", field, safe(uri).s);
    if (uri.len == 0)
        der_refuse(names, ERROR_FORMAT, "%s: empty URI", field);
    return uri;
}

/* GeneralNames: at least one, and of other kinds than URIs nothing is read. */
static void read_general_names(struct der *names, struct x509_certificate *out)
{
    static const char field[] = "cRLDistributionPoints";

    do {
        if (!der_next_is(names, DER_CONTEXT + 6)) { /* uniformResourceIdentifier */
            der_skip(names, field);
            continue;
        }
        struct bytes uri = read_uri(names, field);
        if (out->crl_distribution_uri.len == 0)
            out->crl_distribution_uri = uri;
    } while (der_more(names));
}

/* DistributionPoint (4.2.1.13): of its name only the URIs of a fullName are read. */
static void read_distribution_point(struct der *points, struct x509_certificate *out)
{
    static const char field[] = "cRLDistributionPoints";
    struct der point = der_enter(points, DER_SEQUENCE, field);

    if (der_next_is(&point, DER_CONTEXT_CONSTRUCTED + 0)) {
        struct der name = der_enter(&point, DER_CONTEXT_CONSTRUCTED + 0, field);
        if (der_next_is(&name, DER_CONTEXT_CONSTRUCTED + 0)) {
            struct der names = der_enter(&name, DER_CONTEXT_CONSTRUCTED + 0, field);
            read_general_names(&names, out);
        } else {
            der_content(&name, DER_CONTEXT_CONSTRUCTED + 1, field);
        }
        der_end(&name, field);
    }
    if (der_next_is(&point, DER_CONTEXT + 1)) /* reasons */
        der_skip(&point, field);
    if (der_next_is(&point, DER_CONTEXT_CONSTRUCTED + 2)) /* cRLIssuer */
        der_skip(&point, field);
    der_end(&point, field);
}

static void read_distribution(struct der *d, struct x509_certificate *out)
{
    struct der points = der_enter(d, DER_SEQUENCE, "cRLDistributionPoints");

    do
        read_distribution_point(&points, out);
    while (der_more(&points));
}

static const struct {
    const struct bytes *oid;
    void (*read)(struct der *value, struct x509_certificate *out);
    const char *name;
} known[] = {
    { &OID_BASIC_CONSTRAINTS, read_basic_constraints, "basicConstraints" },
    { &OID_KEY_USAGE, read_key_usage, "keyUsage" },
    { &OID_AUTHORITY_KEY_ID, read_authority_key_id, "authorityKeyIdentifier" },
    { &OID_SUBJECT_KEY_ID, read_subject_key_id, "subjectKeyIdentifier" },
    { &OID_CRL_DISTRIBUTION, read_distribution, "cRLDistributionPoints" },
};

void x509_certificate_extension_read(const struct x509_extension_entry *e,
                                     struct x509_certificate *out, struct error *refusal)
{
    struct der value = der_over(e->value, refusal);

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (!bytes_equal(e->oid, *known[i].oid))
            continue;
        known[i].read(&value, out);
        der_end(&value, known[i].name);
        return;
    }
    if (e->critical && out->unknown_critical.len == 0)
        out->unknown_critical = e->oid;
}
