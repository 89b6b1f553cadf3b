/* SPDX-License-Identifier: Apache-2.0 */
#include "format/crl.h"

#include <stdlib.h>

#include "format/der.h"
#include "format/x509_parts.h"
#include "kit/text.h"

enum { VERSION_2 = 1, REASON_UNUSED = 7, REASON_REMOVE = 8, REASON_MAX = 10 };

/* Of numbers without padding the shorter is the smaller. */
static int number_compare(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return bytes_compare(a, b);
}

static int serial_order(const void *a, const void *b)
{
    return number_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

static void read_reason(struct bytes value, struct error *refusal)
{
    struct der d = der_over(value, refusal);
    uint32_t reason = der_small(&d, DER_ENUMERATED, REASON_MAX, "reasonCode");

    der_end(&d, "after reasonCode");
    if (reason == REASON_UNUSED || reason == REASON_REMOVE)
        der_refuse(&d, ERROR_FORMAT,
                   "reasonCode %u, which a complete CRL cannot hold (RFC 5280, 5.3.1)",
                   reason);
}

static void refuse_critical(struct der *d, const struct x509_extension_entry *e)
{
    der_refuse(d, ERROR_FORMAT,
               "unknown critical extension with OID content %s (RFC 5280, 5.2 and 5.3)",
               hex(e->oid.at, e->oid.len).s);
}

static void read_entry_extensions(struct der *entry)
{
    struct x509_extension_list all;
    struct der list = der_enter(entry, DER_SEQUENCE, "crlEntryExtensions");

    x509_extension_list_read(&list, &all);
    for (size_t i = 0; i < all.count && !der_failed(entry); i++) {
        const struct x509_extension_entry *e = &all.entries[i];
        if (bytes_equal(e->oid, OID_CRL_REASON))
            read_reason(e->value, entry->refusal);
        else if (bytes_equal(e->oid, OID_CERTIFICATE_ISSUER))
            der_refuse(entry, ERROR_FORMAT,
                       "certificateIssuer: indirect CRLs are not read (RFC 5280, 5.3.3)");
        else if (e->critical)
            refuse_critical(entry, e);
    }
}

static struct bytes read_entry(struct der *list)
{
    struct der entry = der_enter(list, DER_SEQUENCE, "revoked certificate");
    struct bytes serial = der_number(&entry, X509_SERIAL_MAX, "userCertificate");

    der_time(&entry, "revocationDate");
    if (der_more(&entry))
        read_entry_extensions(&entry);
    der_end(&entry, "after crlEntryExtensions");
    return serial;
}

static size_t count_entries(struct bytes content, struct error *refusal)
{
    struct der list = der_over(content, refusal);
    size_t count = 0;

    while (der_more(&list)) {
        der_whole(&list, DER_SEQUENCE, "revoked certificate");
        if (++count > CRL_ENTRIES_MAX)
            der_refuse(&list, ERROR_LIMIT, "more than %d revoked certificates",
                       CRL_ENTRIES_MAX);
    }
    return count;
}

/* Of AMD's lists, which alone are signed so, none is to be had for a test. What one of
 * them may lack against RFC 5280 costs no safety: the signature says whose it is, and
 * thisUpdate which of two is the newer. */
static bool may_lack_parts(const struct crl *crl)
{
    return crl->signature_algorithm == X509_RSA_PSS_SHA384;
}

static void read_revoked(struct der *tbs, struct arena *arena, struct crl *out)
{
    struct bytes content = der_content(tbs, DER_SEQUENCE, "revokedCertificates");
    size_t count = count_entries(content, tbs->refusal);

    if (der_failed(tbs))
        return;
    if (count == 0 && may_lack_parts(out))
        return;
    if (count == 0) {
        der_refuse(tbs, ERROR_FORMAT,
                   "revokedCertificates is there, but empty (RFC 5280, 5.1.2.6)");
        return;
    }
    struct bytes *serials = arena_alloc(arena, count, sizeof *serials);
    if (serials == NULL) {
        der_refuse(tbs, ERROR_LIMIT, "no room for %zu revoked certificates", count);
        return;
    }
    struct der list = der_over(content, tbs->refusal);
    for (size_t i = 0; i < count; i++)
        serials[i] = read_entry(&list);
    if (der_failed(tbs))
        return;
    qsort(serials, count, sizeof *serials, serial_order);
    out->serials = serials;
    out->serial_count = count;
}

static void read_extension(struct der *d, const struct x509_extension_entry *e,
                           struct crl *out)
{
    struct der value = der_over(e->value, d->refusal);

    if (bytes_equal(e->oid, OID_CRL_NUMBER)) {
        out->number = der_number(&value, X509_SERIAL_MAX, "crlNumber");
        der_end(&value, "after crlNumber");
    } else if (bytes_equal(e->oid, OID_AUTHORITY_KEY_ID)) {
        out->authority_key_id = x509_authority_key_id_read(&value);
        der_end(&value, "after authorityKeyIdentifier");
    } else if (bytes_equal(e->oid, OID_DELTA_CRL_INDICATOR)) {
        der_refuse(d, ERROR_FORMAT,
                   "deltaCRLIndicator: delta CRLs are not read (RFC 5280, 5.2.4)");
    } else if (bytes_equal(e->oid, OID_ISSUING_DISTRIBUTION)) {
        /* it can mark the list as indirect, or as covering some certificates only */
        der_refuse(d, ERROR_FORMAT,
                   "issuingDistributionPoint: indirect and partial CRLs "
                   "are not read (RFC 5280, 5.2.5)");
    } else if (e->critical) {
        refuse_critical(d, e);
    }
}

static void read_extensions(struct der *tbs, struct crl *out)
{
    struct x509_extension_list all;

    if (may_lack_parts(out) && !der_more(tbs))
        return;
    struct der outside = der_enter(tbs, DER_CONTEXT_CONSTRUCTED + 0, "crlExtensions");
    struct der list = der_enter(&outside, DER_SEQUENCE, "crlExtensions");

    der_end(&outside, "after crlExtensions");
    x509_extension_list_read(&list, &all);
    for (size_t i = 0; i < all.count && !der_failed(tbs); i++)
        read_extension(tbs, &all.entries[i], out);
    if (may_lack_parts(out))
        return;
    if (out->number.len == 0)
        der_refuse(tbs, ERROR_FORMAT, "crlNumber is missing (RFC 5280, 5.2.3)");
    if (out->authority_key_id.len == 0)
        der_refuse(tbs, ERROR_FORMAT,
                   "authorityKeyIdentifier is missing (RFC 5280, 5.2.1)");
}

/* TBSCertList (5.1), top to bottom. */
static void read_tbs(const struct x509_envelope *envelope, struct arena *arena,
                     struct crl *out, struct error *refusal)
{
    struct der outside = der_over(envelope->tbs, refusal);
    struct der tbs = der_enter(&outside, DER_SEQUENCE, "CRL");

    if (der_small(&tbs, DER_INTEGER, VERSION_2, "version") != VERSION_2)
        der_refuse(&tbs, ERROR_FORMAT, "version is not 2 (RFC 5280, 5.1.2.1)");
    x509_inner_algorithm_read(&tbs, envelope);
    out->issuer = x509_name_read(&tbs, &out->issuer_cn, "issuer");
    out->this_update_s = der_time(&tbs, "thisUpdate");
    out->next_update_s = der_time(&tbs, "nextUpdate");
    if (out->next_update_s < out->this_update_s)
        der_refuse(&tbs, ERROR_FORMAT, "nextUpdate %s lies before thisUpdate %s",
                   utc(out->next_update_s).s, utc(out->this_update_s).s);
    if (der_next_is(&tbs, DER_SEQUENCE))
        read_revoked(&tbs, arena, out);
    read_extensions(&tbs, out);
    der_end(&tbs, "after crlExtensions");
}

bool crl_parse(struct bytes der, struct arena *arena, struct crl *out, struct error *err)
{
    struct error refusal = { 0 };

    *out = (struct crl){ .der = der };
    if (der.len > CRL_MAX)
        return error_set(err, ERROR_LIMIT, "CRL of %zu bytes, at most %d", der.len,
                         CRL_MAX);
    struct x509_envelope envelope = x509_envelope_read(der, &refusal);
    out->signature_algorithm = envelope.algorithm;
    read_tbs(&envelope, arena, out, &refusal);
    if (!der_done(&refusal, err))
        return error_within(err, "CRL");

    out->tbs = envelope.tbs;
    out->signature = envelope.signature;
    memcpy(out->ecdsa_signature, envelope.ecdsa_signature, sizeof out->ecdsa_signature);
    return true;
}

bool crl_lists(const struct crl *crl, struct bytes serial)
{
    return crl->serial_count > 0
           && bsearch(&serial, crl->serials, crl->serial_count, sizeof serial,
                      serial_order)
                  != NULL;
}

int crl_number_compare(struct bytes a, struct bytes b)
{
    return number_compare(a, b);
}
