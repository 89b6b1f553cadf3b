/* SPDX-License-Identifier: Apache-2.0 */
#include "format/snp_report.h"

#include "kit/cursor.h"

enum {
    VERSION_FIRST = 2,
    VERSION_LAST = 5,
    VERSION_CPUID = 3,       /* the first that has it */
    VERSION_MITIGATIONS = 5, /* the first that has them */
    ECDSA_P384_SHA384 = 1,
    AUTHOR_KEY_EN = 1 << 0, /* the word at 0x48 */
    MASK_CHIP_KEY = 1 << 1,
    KEY_SHIFT = 2, /* bits 4 to 2 */
    KEY_MASK = 7,
    KEY_WORD_BITS = 5, /* the rest of the word is reserved */
    KEY_VCEK = 0,
    KEY_VLEK = 1,
    KEY_NONE = 7,
    INTEGER_FIELD = 72, /* of r and of s, little endian, zeros above what they need */
    INTEGER_LEN = 48,
};

static bool read_key(uint32_t word, struct snp_report *out, struct error *err)
{
    uint32_t key = word >> KEY_SHIFT & KEY_MASK;

    if (word >> KEY_WORD_BITS != 0)
        return error_set(err, ERROR_FORMAT,
                         "report: the word of the signing key at 0x48 is %08x, with "
                         "reserved bits set",
                         (unsigned)word);
    if (key != KEY_VCEK && key != KEY_VLEK && key != KEY_NONE)
        return error_set(err, ERROR_FORMAT, "report: signing key %u is not known",
                         (unsigned)key);
    out->author_key_en = (word & AUTHOR_KEY_EN) != 0;
    out->mask_chip_key = (word & MASK_CHIP_KEY) != 0;
    out->signed_by = key == KEY_VCEK ? VEK_VCEK : key == KEY_VLEK ? VEK_VLEK : 0;
    return true;
}

/* ---- zeros where nothing is ---------------------------------------------------------
 */

static bool is_zero(struct bytes b)
{
    uint8_t any = 0;

    for (size_t i = 0; i < b.len; i++)
        any |= b.at[i];
    return any == 0;
}

static bool check_zeros(struct bytes report, uint32_t version, struct error *err)
{
    static const struct {
        const char *what;
        size_t at, end;
        uint32_t until; /* the first version that has something there; 0: none has */
    } parts[] = {
        { "a reserved word", 0x4c, 0x50, 0 },
        { "CPUID", 0x188, 0x18b, VERSION_CPUID },
        { "reserved bytes", 0x18b, 0x1a0, 0 },
        { "a reserved byte", 0x1eb, 0x1ec, 0 },
        { "a reserved byte", 0x1ef, 0x1f0, 0 },
        { "mitigation vectors", 0x1f8, 0x208, VERSION_MITIGATIONS },
        { "reserved bytes", 0x208, SNP_SIGNED_LEN, 0 },
        { "bytes behind the signature", SNP_SIGNED_LEN + 2 * INTEGER_FIELD,
          SNP_REPORT_LEN, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        struct bytes part = bytes_of(report.at + parts[i].at, parts[i].end - parts[i].at);
        if ((parts[i].until == 0 || version < parts[i].until) && !is_zero(part))
            return error_set(err, ERROR_FORMAT,
                             "report of version %u: %s at 0x%03zx must be zero there",
                             (unsigned)version, parts[i].what, parts[i].at);
    }
    return true;
}

/* ---- the signature ------------------------------------------------------------------
 */

static bool read_integer(struct bytes field, const char *name, uint8_t *out,
                         struct error *err)
{
    if (!is_zero(bytes_after(field, INTEGER_LEN)))
        return error_set(err, ERROR_FORMAT,
                         "report: %s of its signature has more than %d bytes", name,
                         INTEGER_LEN);
    for (size_t i = 0; i < INTEGER_LEN; i++)
        out[i] = field.at[INTEGER_LEN - 1 - i];
    return true;
}

/* ---- all of it ----------------------------------------------------------------------
 */

static struct snp_firmware_version read_version(struct cursor *c)
{
    struct snp_firmware_version version = { .build = cursor_u8(c) };

    version.minor = cursor_u8(c);
    version.major = cursor_u8(c);
    cursor_take(c, 1);
    return version;
}

/* From the first byte to CPUID; returns the word of the signing key. */
static uint32_t read_guest(struct cursor *c, struct snp_report *out)
{
    out->version = cursor_u32le(c);
    out->guest_svn = cursor_u32le(c);
    out->policy = cursor_u64le(c);
    out->abi_minor = (uint8_t)out->policy;
    out->abi_major = (uint8_t)(out->policy >> 8);
    out->family_id = cursor_take(c, 16);
    out->image_id = cursor_take(c, 16);
    out->vmpl = cursor_u32le(c);
    out->signature_algorithm = cursor_u32le(c);
    out->current_tcb = cursor_u64le(c);
    out->platform_info = cursor_u64le(c);
    uint32_t key = cursor_u32le(c);
    cursor_take(c, 4);
    out->report_data = cursor_take(c, 64);
    out->measurement = cursor_take(c, 48);
    out->host_data = cursor_take(c, 32);
    out->id_key_digest = cursor_take(c, 48);
    out->author_key_digest = cursor_take(c, 48);
    out->report_id = cursor_take(c, 32);
    out->report_id_ma = cursor_take(c, 32);
    return key;
}

static void read_chip(struct cursor *c, struct snp_report *out)
{
    out->reported_tcb = cursor_u64le(c);
    out->family = cursor_u8(c);
    out->model = cursor_u8(c);
    out->stepping = cursor_u8(c);
    cursor_take(c, 21);
    out->chip_id = cursor_take(c, CHIP_ID_LEN);
    out->committed_tcb = cursor_u64le(c);
    out->current = read_version(c);
    out->committed = read_version(c);
    out->launch_tcb = cursor_u64le(c);
    out->launch_mitigations = cursor_u64le(c);
    out->current_mitigations = cursor_u64le(c);
}

static bool check_values(const struct snp_report *report, struct error *err)
{
    if (report->signature_algorithm != ECDSA_P384_SHA384)
        return error_set(err, ERROR_FORMAT,
                         "report: signature algorithm %u at 0x34, expected 1 (ECDSA "
                         "P-384 with SHA-384)",
                         (unsigned)report->signature_algorithm);
    if ((report->policy & SNP_POLICY_RESERVED_ONE) == 0)
        return error_set(err, ERROR_FORMAT,
                         "report: guest policy %016llx at 0x08 without bit 17, which "
                         "every policy has",
                         (unsigned long long)report->policy);
    return true;
}

bool snp_report_parse(struct bytes in, struct snp_report *out, struct error *err)
{
    struct cursor c = cursor_over(in);

    *out = (struct snp_report){ .signed_part = bytes_first(in, SNP_SIGNED_LEN) };
    uint32_t key = read_guest(&c, out);
    read_chip(&c, out);
    cursor_take(&c, SNP_SIGNED_LEN - c.offset);
    struct bytes r = cursor_take(&c, INTEGER_FIELD);
    struct bytes s = cursor_take(&c, INTEGER_FIELD);
    if (in.len != SNP_REPORT_LEN || c.overran)
        return error_set(err, ERROR_FORMAT, "report has %zu bytes, not %d", in.len,
                         SNP_REPORT_LEN);
    if (out->version < VERSION_FIRST || out->version > VERSION_LAST)
        return error_set(err, ERROR_FORMAT, "report version %u, expected %d to %d",
                         (unsigned)out->version, VERSION_FIRST, VERSION_LAST);
    return check_values(out, err) && read_key(key, out, err)
           && check_zeros(in, out->version, err)
           && read_integer(r, "r", out->signature, err)
           && read_integer(s, "s", out->signature + INTEGER_LEN, err);
}

enum snp_product snp_report_product(const struct snp_report *report)
{
    return snp_product_of_cpuid(report->family, report->model);
}

bool snp_report_looks_like(struct bytes in)
{
    struct cursor c = cursor_over(in);
    uint32_t version = cursor_u32le(&c);

    return in.len == SNP_REPORT_LEN && version >= VERSION_FIRST
           && version <= VERSION_LAST;
}
