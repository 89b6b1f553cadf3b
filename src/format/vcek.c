/* SPDX-License-Identifier: Apache-2.0 */
#include "format/vcek.h"

#include "format/x509_parts.h"
#include "kit/text.h"

#define STRUCT_VERSION_MAX 255

/* OID content of 1.3.6.1.4.1.3704.1, and of .3 below it. */
static const uint8_t AMD_ARC[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01 };
enum { ARC_LEN = sizeof AMD_ARC, SPL_ARC = 3 };

/* What stands below the arc; the value of an SPL is 3 and its own number, as in the OID.
 */
enum { STRUCT_VERSION, PRODUCT_NAME, HWID, CSP_ID, FIRST_SPL, LAST_SPL = FIRST_SPL + 8 };

static const char *const names[] = {
    [STRUCT_VERSION] = "structVersion",
    [PRODUCT_NAME] = "productName",
    [HWID] = "hwID",
    [CSP_ID] = "cspID",
    [FIRST_SPL] = "blSPL",
    "teeSPL",
    "snpSPL",
    "spl_4",
    "spl_5",
    "spl_6",
    "spl_7",
    "ucodeSPL",
    [LAST_SPL] = "fmcSPL",
};

/* By number, from 1; SPL_COUNT where it is reserved. */
static const enum spl spls[] = { SPL_BOOT_LOADER, SPL_TEE,       SPL_SNP,
                                 SPL_COUNT,       SPL_COUNT,     SPL_COUNT,
                                 SPL_COUNT,       SPL_MICROCODE, SPL_FMC };

/* What came, before it is known what should have: that hangs on the product. */
struct reading {
    struct bytes value[COUNT_OF(names)];
    unsigned seen; /* bit per row of names */
    struct error refusal;
};

static bool was_seen(const struct reading *r, size_t row)
{
    return (r->seen & 1U << row) != 0;
}

/* The row of names that this OID is; COUNT_OF(names) where it is none. Arcs stay below
 * 128, one byte each. */
static size_t row_of(struct bytes oid)
{
    static const uint8_t single[] = { 1, 2, 4, 5 };
    struct bytes rest = bytes_after(oid, ARC_LEN);

    for (size_t row = STRUCT_VERSION; row <= CSP_ID; row++)
        if (rest.len == 1 && rest.at[0] == single[row])
            return row;
    if (rest.len == 2 && rest.at[0] == SPL_ARC && rest.at[1] >= 1
        && rest.at[1] <= COUNT_OF(spls))
        return FIRST_SPL + rest.at[1] - 1U;
    return COUNT_OF(names);
}

/* The reader of extensions has seen to it that none comes twice. */
static void collect(const struct x509_certificate *certificate, struct reading *r)
{
    struct x509_extension_list all;
    struct der list = der_over(certificate->extensions, &r->refusal);

    x509_extension_list_read(&list, &all);
    for (size_t i = 0; i < all.count && !der_failed(&list); i++) {
        const struct x509_extension_entry *e = &all.entries[i];
        if (!bytes_equal(bytes_first(e->oid, ARC_LEN), bytes_of(AMD_ARC, ARC_LEN)))
            continue;
        size_t row = row_of(e->oid);
        if (row == COUNT_OF(names)) {
            der_refuse(&list, ERROR_FORMAT,
                       "extension of AMD's with OID content %s, which is not known",
                       hex(e->oid.at, e->oid.len).s);
            return;
        }
        r->seen |= 1U << row;
        r->value[row] = e->value;
    }
}

/* The reader of a value; what follows it is refused by whoever reads it. */
static struct der value_of(struct reading *r, size_t row)
{
    struct der value = der_over(r->value[row], &r->refusal);

    if (!was_seen(r, row))
        der_refuse(&value, ERROR_FORMAT, "%s is missing", names[row]);
    return value;
}

static unsigned read_number(struct reading *r, size_t row, unsigned max)
{
    struct der value = value_of(r, row);
    uint32_t number = der_small(&value, DER_INTEGER, max, names[row]);

    der_end(&value, names[row]);
    return number;
}

/* IA5String; printable, for it is shown. */
static struct bytes read_text(struct reading *r, size_t row)
{
    struct der value = value_of(r, row);
    struct bytes text = der_content(&value, DER_IA5_STRING, names[row]);

    der_end(&value, names[row]);
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] >= 0x7f)
            der_refuse(&value, ERROR_FORMAT, "%s \"%s\" is not printable", names[row],
                       safe(text).s);
    if (text.len == 0)
        der_refuse(&value, ERROR_FORMAT, "%s is empty", names[row]);
    return text;
}

/* A stepping is a letter and a digit behind a hyphen. */
static bool is_stepping(struct bytes b)
{
    return b.len == 3 && b.at[0] == '-' && b.at[1] >= 'A' && b.at[1] <= 'Z'
           && b.at[2] >= '0' && b.at[2] <= '9';
}

static void read_product(struct reading *r, struct vcek *out)
{
    struct bytes name = out->product_name = read_text(r, PRODUCT_NAME);
    struct der value = der_over(name, &r->refusal);
    struct bytes line = name;

    if (name.len > 3 && is_stepping(bytes_after(name, name.len - 3)))
        line = bytes_first(name, name.len - 3);
    out->product = snp_product_named(line);
    if (out->product == 0) {
        der_refuse(&value, ERROR_FORMAT, "productName \"%s\" is no product that is known",
                   safe(name).s);
        return;
    }
    unsigned version = read_number(r, STRUCT_VERSION, STRUCT_VERSION_MAX);
    unsigned expected = snp_product_facts(out->product)->struct_version;
    if (version != expected)
        der_refuse(&value, ERROR_FORMAT, "structVersion is %u, %s has %u", version,
                   snp_product_facts(out->product)->name, expected);
}

static void read_spls(struct reading *r, struct vcek *out)
{
    const struct snp_product_facts *facts = snp_product_facts(out->product);

    for (size_t i = 0; i < COUNT_OF(spls); i++) {
        size_t row = FIRST_SPL + i;
        struct der value = der_over(r->value[row], &r->refusal);
        bool expected = spls[i] != SPL_COUNT && facts->has[spls[i]];
        if (!expected && !was_seen(r, row))
            continue;
        unsigned level = read_number(r, row, UINT8_MAX);
        if (expected)
            out->tcb.spl[spls[i]] = (uint8_t)level;
        else if (spls[i] != SPL_COUNT)
            der_refuse(&value, ERROR_FORMAT, "%s is there, and %s has none", names[row],
                       facts->name);
        else if (level != 0)
            der_refuse(&value, ERROR_FORMAT, "%s is %u, and reserved", names[row], level);
    }
}

/* Raw where the length is the product's own, whatever the first byte: a chip id may begin
 * with 04. */
static void read_hwid(struct reading *r, struct vcek *out)
{
    size_t len = snp_product_facts(out->product)->hwid_len;
    struct bytes id = r->value[HWID];
    struct der value = der_over(id, &r->refusal);

    if (id.len != len) {
        id = der_content(&value, DER_OCTET_STRING, names[HWID]);
        der_end(&value, names[HWID]);
    }
    if (der_failed(&value))
        return;
    if (id.len != len) {
        der_refuse(&value, ERROR_FORMAT, "hwID of %zu bytes, %s has %zu", id.len,
                   snp_product_facts(out->product)->name, len);
        return;
    }
    out->hwid.len = len;
    memcpy(out->hwid.at, id.at, len);
}

/* Whose it is: exactly one of the two says so. */
static void read_owner(struct reading *r, struct vcek *out)
{
    struct der d = der_over(bytes_of(NULL, 0), &r->refusal);

    if (was_seen(r, HWID) == was_seen(r, CSP_ID)) {
        der_refuse(&d, ERROR_FORMAT,
                   was_seen(r, HWID) ? "hwID and cspID are both there"
                                     : "neither hwID nor cspID is there");
        return;
    }
    out->kind = was_seen(r, HWID) ? VEK_VCEK : VEK_VLEK;
    if (out->kind == VEK_VCEK)
        read_hwid(r, out);
    else
        out->csp_id = read_text(r, CSP_ID);
}

bool vcek_parse(const struct x509_certificate *certificate, struct vcek *out,
                struct error *err)
{
    struct reading r = { .seen = 0 };

    *out = (struct vcek){ 0 };
    collect(certificate, &r);
    if (r.refusal.kind == ERROR_NONE && r.seen == 0)
        return error_set(err, ERROR_FORMAT,
                         "none of AMD's extensions: neither a VCEK nor a VLEK");
    read_product(&r, out);
    if (r.refusal.kind == ERROR_NONE) {
        read_spls(&r, out);
        read_owner(&r, out);
    }
    return der_done(&r.refusal, err) || error_within(err, "AMD's extensions");
}

const char *vek_kind_name(enum vek_kind kind)
{
    return kind == VEK_VLEK ? "VLEK" : "VCEK";
}
