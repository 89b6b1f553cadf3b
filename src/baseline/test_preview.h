/* SPDX-License-Identifier: Apache-2.0 */
/* A small fleet and two sets for previews: at 20 the newest level of 19 is OutOfDate, for
 * SGX by component 5 (microcode), for TDX by the SEAM loader. Tests only. */
#ifndef THIM_BASELINE_TEST_PREVIEW_H
#define THIM_BASELINE_TEST_PREVIEW_H

#include "baseline/preview.h"
#include "baseline/test_sets.h"

#define FLEET_NOW_S ((int64_t)1786665600) /* 2026-08-14 */
enum { FLEET_LEVELS = 3, FLEET_GROUPS = 16 };

struct fleet_info { /* one TCB info, with what it points to */
    struct tcb_level levels[FLEET_LEVELS];
    struct tcb_info info;
    struct enclave_tcb_level module_levels[2];
    struct tdx_module module;
};

struct fleet {
    struct pile pile;
    struct fleet_info infos[8];
    size_t info_count;
    struct host_group groups[FLEET_GROUPS];
    struct chip_group chips[4];
    struct host_groups all;
    struct sets sets;
    struct preview_question question;
    struct arena arena;
    struct preview preview;
};

/* Component 5 and PCESVN; for TDX also the SEAM loader's SVN. */
static inline void fleet_level(struct tcb_level *level, uint8_t svn, uint8_t seam,
                               enum tcb_status status, const struct bytes *advisories,
                               size_t advisory_count)
{
    *level = (struct tcb_level){ .pcesvn = 13,
                                 .tcb_date_s = FLEET_NOW_S - 100 * DAY_S,
                                 .status = status,
                                 .advisories = advisories,
                                 .advisory_count = advisory_count };
    level->sgx[5] = (struct tcb_component){ svn, bytes_of_text("BIOS"),
                                            bytes_of_text("Early Microcode Update") };
    level->tdx[2] = (struct tcb_component){ seam, bytes_of_text("OS/VMM"),
                                            bytes_of_text("SEAM Loader") };
}

/* At 19: 7 is UpToDate, 5 OutOfDate. At 20: 8 is UpToDate, 7 and 5 OutOfDate. */
static inline struct fleet_info *fleet_add(struct fleet *fleet, enum tee tee,
                                           uint8_t fmspc, uint32_t number)
{
    static struct bytes old[2], older[2];
    struct fleet_info *own = &fleet->infos[fleet->info_count++];
    bool is_new = number >= 20;
    size_t i = 0;

    old[0] = bytes_of_text("INTEL-SA-01036");
    old[1] = bytes_of_text("INTEL-SA-01079");
    older[0] = bytes_of_text("INTEL-SA-00615");
    older[1] = bytes_of_text("INTEL-SA-01036");
    if (is_new)
        fleet_level(&own->levels[i++], 8, 4, TCB_UP_TO_DATE, NULL, 0);
    fleet_level(&own->levels[i++], 7, 3, is_new ? TCB_OUT_OF_DATE : TCB_UP_TO_DATE, old,
                is_new ? 2 : 0);
    fleet_level(&own->levels[i++], 5, 2, TCB_OUT_OF_DATE, older, 2);
    for (size_t place = 0; place < i; place++)
        own->levels[place].place = (uint16_t)place;
    own->info = (struct tcb_info){ .tee = tee,
                                   .version = 3,
                                   .fmspc = { fmspc },
                                   .evaluation_data_number = number,
                                   .levels = own->levels,
                                   .level_count = i };
    own->module_levels[0] =
        (struct enclave_tcb_level){ .isvsvn = number >= 20 ? 6 : 5,
                                    .tcb_date_s = FLEET_NOW_S - 100 * DAY_S,
                                    .status = TCB_UP_TO_DATE };
    own->module_levels[1] = (struct enclave_tcb_level){
        .isvsvn = 2, .tcb_date_s = FLEET_NOW_S - 900 * DAY_S, .status = TCB_OUT_OF_DATE
    };
    own->module = (struct tdx_module){ .version = 1,
                                       .levels = own->module_levels,
                                       .level_count = 2 };
    if (tee == TEE_TDX) {
        own->info.module_identities = &own->module;
        own->info.module_identity_count = 1;
    }
    pile_tcb_info(&fleet->pile, tee, fmspc, number, FLEET_NOW_S, FLEET_NOW_S + 30 * DAY_S)
        ->tcb_info = &own->info;
    return own;
}

static inline struct host_group *fleet_group(struct fleet *fleet, uint8_t fmspc,
                                             uint8_t svn, size_t hosts)
{
    struct host_group *group = &fleet->groups[fleet->all.count++];

    *group =
        (struct host_group){ .fmspc = { fmspc },
                             .raw = { .cpusvn = { 0, 0, 0, 0, 0, svn }, .pcesvn = 13 },
                             .standing = HOST_COUNTS,
                             .hosts = hosts };
    return group;
}

/* With the TDX SVNs: module's ISVSVN and major version, SEAM loader's. */
static inline void fleet_tdx(struct host_group *group, uint8_t isvsvn, uint8_t version,
                             uint8_t seam)
{
    group->has_tdx = true;
    group->tee_tcb_svn[0] = isvsvn;
    group->tee_tcb_svn[1] = version;
    group->tee_tcb_svn[2] = seam;
}

static inline struct fleet *fleet_new(void)
{
    struct fleet *fleet = test_calloc(1, sizeof *fleet);

    arena_init(&fleet->arena, (size_t)256 << 20);
    fleet->all.groups = fleet->groups;
    fleet->all.chips = fleet->chips;
    fleet->question = (struct preview_question){
        .sets = &fleet->sets, .groups = &fleet->all, .from = { 19, 0 }, .to = { 20, 0 }
    };
    return fleet;
}

static inline const struct preview *fleet_preview(struct fleet *fleet)
{
    struct error err = { 0 };

    pile_sets(&fleet->pile, FLEET_NOW_S, &fleet->arena, &fleet->sets);
    assert_ok(preview_make(&fleet->question, &fleet->arena, &fleet->preview, &err), err);
    return &fleet->preview;
}

static inline void fleet_free(struct fleet *fleet)
{
    arena_fini(&fleet->arena);
    test_free(fleet);
}

#endif
