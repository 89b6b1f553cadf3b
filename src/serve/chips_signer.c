/* SPDX-License-Identifier: Apache-2.0 */
/* Who has signed a report: its chip's certificate, among those that are kept. */
#include "format/snp_report.h"
#include "serve/chips_parts.h"

struct amd_law *chips_law(struct chips *chips)
{
    const struct chip_lists *lists = snapshot_enter(chips->lists);
    struct amd_law *law = lists == NULL ? NULL : amd_law_hold(chip_lists_law(lists));

    snapshot_leave(chips->lists);
    return law;
}

/* A report of version 2 does not tell its product: then it may be of two. */
static bool find_keys(const struct snp_report *report, struct kds_key keys[CHIP_KEYS_MAX],
                      size_t *count, struct error *err)
{
    struct chip_name name = { .vek = report->signed_by,
                              .product = snp_report_product(report),
                              .has_tcb = true,
                              .tcb = report->reported_tcb };
    struct error why = { 0 };

    if (name.vek == VEK_VCEK) {
        name.chip_id_len = report->chip_id.len;
        memcpy(name.chip_id, report->chip_id.at, report->chip_id.len);
    } else if (name.product == 0) {
        return error_set(err, ERROR_NOT_FOUND,
                         "a report of version %u does not tell its product, and a VLEK "
                         "is of one",
                         report->version);
    }
    if (chip_name_keys(&name, 0, keys, count, &why))
        return true;
    return error_set(err, ERROR_NOT_FOUND, "%s", why.text); /* nor could there be one */
}

bool chips_signer(struct chips *chips, const struct amd_law *law,
                  const struct snp_report *report, struct verified_vcek **out,
                  struct error *err)
{
    struct kds_key keys[CHIP_KEYS_MAX];
    size_t count;

    if (!find_keys(report, keys, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (chips_find(chips, law, &keys[i], out, err))
            return true;
        if (err->kind != ERROR_NOT_FOUND)
            return false;
    }
    return false;
}
