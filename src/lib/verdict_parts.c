/* SPDX-License-Identifier: Apache-2.0 */
/* Of the verdict: each part's status, date and advisories, and each item's dates. */
#include "lib/names.h"
#include "lib/parts.h"

struct part {                   /* as the engine has it */
    enum tcb_standing standing; /* 0: none */
    int64_t tcb_date_s;         /* 0: none */
    const struct bytes *advisories;
    size_t advisory_count;
};

static struct part of_side(const struct tcb_side *side)
{
    return (struct part){ .standing = side->standing, .tcb_date_s = side->tcb_date_s };
}

static struct part of_level(const struct tcb_level *level)
{
    if (level == NULL)
        return (struct part){ 0 };
    return (struct part){ .standing = (enum tcb_standing)level->status,
                          .tcb_date_s = level->tcb_date_s,
                          .advisories = level->advisories,
                          .advisory_count = level->advisory_count };
}

static struct part of_enclave_level(const struct enclave_tcb_level *level)
{
    if (level == NULL)
        return (struct part){ 0 };
    return (struct part){ .standing = (enum tcb_standing)level->status,
                          .tcb_date_s = level->tcb_date_s,
                          .advisories = level->advisories,
                          .advisory_count = level->advisory_count };
}

static struct part of_whole(const struct verdict *found)
{
    return (struct part){ .standing = found->has_status ? found->status : 0,
                          .tcb_date_s = found->tcb_date_s,
                          .advisories = found->advisories,
                          .advisory_count = found->advisory_count };
}

static struct part part_of(const struct thim_verdict *verdict, enum thim_part part)
{
    if (!verdict_is_there(verdict))
        return (struct part){ 0 };
    if (part == THIM_PART_WHOLE)
        return of_whole(&verdict->found);
    if (verdict->found.evidence == EVIDENCE_SEV_SNP || !verdict->found.intel.has_tcb)
        return (struct part){ 0 };

    const struct tcb_verdict *tcb = &verdict->found.intel.tcb;
    switch (part) {
    case THIM_PART_LAUNCH:
        return of_side(&tcb->launch);
    case THIM_PART_CURRENT:
        return of_side(&tcb->current);
    case THIM_PART_PLATFORM:
        return of_level(tcb->launch.level);
    case THIM_PART_MODULE:
        return of_enclave_level(tcb->launch.module_level);
    case THIM_PART_QE:
        return of_enclave_level(tcb->qe_level);
    case THIM_PART_CURRENT_PLATFORM:
        return of_level(tcb->current.level);
    case THIM_PART_CURRENT_MODULE:
        return of_enclave_level(tcb->current.module_level);
    default:
        return (struct part){ 0 };
    }
}

enum thim_status thim_verdict_status(const struct thim_verdict *verdict,
                                     enum thim_part part)
{
    return names_status(part_of(verdict, part).standing);
}

bool thim_verdict_tcb_date(const struct thim_verdict *verdict, enum thim_part part,
                           int64_t *date_s)
{
    struct part found = part_of(verdict, part);

    if (date_s != NULL)
        *date_s = found.tcb_date_s;
    return found.tcb_date_s != 0;
}

size_t thim_verdict_advisory_count(const struct thim_verdict *verdict,
                                   enum thim_part part)
{
    return part_of(verdict, part).advisory_count;
}

struct thim_bytes thim_verdict_advisory(const struct thim_verdict *verdict,
                                        enum thim_part part, size_t index)
{
    struct part found = part_of(verdict, part);

    if (index >= found.advisory_count)
        return (struct thim_bytes){ 0 };
    return (struct thim_bytes){ .at = found.advisories[index].at,
                                .len = found.advisories[index].len };
}

/* ---- dates ------------------------------------------------------------------------- */

bool thim_verdict_dates(const struct thim_verdict *verdict, enum thim_item item,
                        struct thim_dates *out)
{
    enum dated_item inner;

    if (out != NULL)
        *out = (struct thim_dates){ 0 };
    if (!verdict_is_there(verdict) || !names_item(item, &inner)
        || !verdict->found.dates[inner].is_known)
        return false;

    const struct dated *dated = &verdict->found.dates[inner];
    if (out != NULL)
        *out = (struct thim_dates){ .from_s = dated->from_s,
                                    .until_s = dated->until_s,
                                    .expired = dated->is_out };
    return true;
}

uint32_t thim_verdict_expired(const struct thim_verdict *verdict)
{
    uint32_t expired = 0;

    for (int item = THIM_ITEM_PCK_CERT_CHAIN; item <= THIM_ITEM_AMD_CRL; item++) {
        struct thim_dates dates;
        if (thim_verdict_dates(verdict, (enum thim_item)item, &dates) && dates.expired)
            expired |= UINT32_C(1) << item;
    }
    return expired;
}
