/* SPDX-License-Identifier: Apache-2.0 */
#include "format/snp_report_head.h"

#include "kit/cursor.h"

enum {
    VERSION_FIRST = 2,
    VERSION_LAST = 5,
    VERSION_CPUID = 3, /* the first that has it */
    KEY_VCEK = 0,      /* bits 4 to 2 of the word at 0x48 */
    KEY_VLEK = 1,
    KEY_NONE = 7,
    KEY_SHIFT = 2,
    KEY_MASK = 7,
    KEY_WORD_BITS = 5, /* the rest of the word is reserved */
};

static bool read_key(uint32_t word, enum vek_kind *out, struct error *err)
{
    uint32_t key = word >> KEY_SHIFT & KEY_MASK;

    if (word >> KEY_WORD_BITS != 0)
        return error_set(err, ERROR_FORMAT,
                         "report: the word of the signing key is %08x, with reserved "
                         "bits set",
                         (unsigned)word);
    if (key != KEY_VCEK && key != KEY_VLEK && key != KEY_NONE)
        return error_set(err, ERROR_FORMAT, "report: signing key %u is not known",
                         (unsigned)key);
    *out = key == KEY_VCEK ? VEK_VCEK : key == KEY_VLEK ? VEK_VLEK : 0;
    return true;
}

bool snp_report_head_read(struct bytes report, struct snp_report_head *out,
                          struct error *err)
{
    struct cursor c = cursor_over(report);

    *out = (struct snp_report_head){ .version = cursor_u32le(&c) };
    cursor_take(&c, 0x48 - 0x04);
    uint32_t key = cursor_u32le(&c);
    cursor_take(&c, 0x180 - 0x4c);
    out->reported_tcb = cursor_u64le(&c);
    out->family = cursor_u8(&c);
    out->model = cursor_u8(&c);
    out->stepping = cursor_u8(&c);
    cursor_take(&c, 0x1a0 - 0x18b);
    out->chip_id = cursor_take(&c, CHIP_ID_LEN);
    if (report.len != SNP_REPORT_LEN || c.overran)
        return error_set(err, ERROR_FORMAT, "report has %zu bytes, not %d", report.len,
                         SNP_REPORT_LEN);
    if (out->version < VERSION_FIRST || out->version > VERSION_LAST)
        return error_set(err, ERROR_FORMAT, "report version %u, expected %d to %d",
                         (unsigned)out->version, VERSION_FIRST, VERSION_LAST);
    if (out->version < VERSION_CPUID && (out->family | out->model | out->stepping) != 0)
        return error_set(err, ERROR_FORMAT,
                         "report of version %u has something where CPUID came later",
                         (unsigned)out->version);
    return read_key(key, &out->signed_by, err);
}

enum snp_product snp_report_product(const struct snp_report_head *head)
{
    return snp_product_of_cpuid(head->family, head->model);
}
