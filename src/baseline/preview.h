/* SPDX-License-Identifier: Apache-2.0 */
/* What a move from one set to another does to every known host: who falls, by which
 * component, and by which advisory. Pure; groups in, rows out, one for each group. */
#ifndef THIM_BASELINE_PREVIEW_H
#define THIM_BASELINE_PREVIEW_H

#include "baseline/host_group.h"
#include "baseline/policy.h"
#include "baseline/sets.h"
#include "verify/tcb_level.h"

#define PREVIEW_ADVISORIES_MAX 64 /* gained, and cleared, of one row; the rest is cut */

enum preview_change {
    PREVIEW_SAME = 1,
    PREVIEW_FALLS, /* tcb_standing_depth rises, or it cannot be judged any more */
    PREVIEW_RISES,
    PREVIEW_UNKNOWN, /* no TCB info of its FMSPC under one of the numbers; a TDX host
                        whose SVNs nobody has seen */
};
const char *preview_change_name(enum preview_change change); /* "falls" */

struct preview_side {
    uint32_t number;
    bool has_set;                  /* the FMSPC's TCB info is held */
    enum tcb_standing standing;    /* with has_set */
    const struct tcb_level *level; /* NULL: none */
    int64_t tcb_date_s;
};

struct preview_row {
    const struct host_group *group;
    enum tee tee;
    struct preview_side now, then;
    enum preview_change change;
    /* What keeps it from the best level of `then` (the newest that is UpToDate, or of
     * the least depth); where that is its TDX module alone, the module's ISVSVN, which is
     * TDX component 0: */
    struct tcb_shortfall short_of; /* place TCB_PLACES: nothing is short */
    struct tcb_place_words place;
    const struct bytes *gained, *cleared; /* advisories */
    size_t gained_count, cleared_count;
    bool lacks_pck;    /* its raw TCB reaches a better level than any of its certificates
                          does: it would get there with the next fetch, if Intel has it */
    bool ends_service; /* INTEL-DOC-1000x among the advisories of `then` */
};

struct preview_chip_row {
    const struct chip_group *group;
    bool has_min_now, has_min_then;
    bool meets_now, meets_then; /* true without a minimum */
    enum preview_change change;
    enum spl lowest; /* first component below the minimum of `then`; SPL_COUNT: none */
};

struct preview_totals {
    size_t hosts, falls, rises, same, unknown; /* hosts that count */
    size_t unconfirmed, unconfirmed_falls, long_unseen, long_unseen_falls;
    size_t lacks_pck, ends_service, denied; /* of those that count */
};

struct preview_by_fmspc {
    enum tee tee;
    uint8_t fmspc[6];
    struct preview_totals totals;
};

struct preview {
    uint32_t from[2], to[2];        /* SGX, TDX; 0: this TEE is not looked at */
    const struct preview_row *rows; /* those that fall first, most hosts first */
    size_t row_count;
    const struct preview_chip_row *chip_rows;
    size_t chip_row_count;
    const struct preview_by_fmspc *by_fmspc;
    size_t by_fmspc_count;
    /* totals: of hosts, so that one with two rows counts once, by the worse of them;
     * chips are among them. */
    struct preview_totals by_tee[2], by_product[SNP_PRODUCTS], totals;
};

struct preview_question {
    const struct sets *sets;
    const struct host_groups *groups;
    uint32_t from[2], to[2];                                /* as above */
    const struct baseline_policy *policy_now, *policy_then; /* for min_tcb; NULL: none */
    /* Whether the operator has given a group's hosts up (baseline/deny.h); NULL: none. */
    bool (*is_denied)(void *context, const struct host_group *group);
    void *context;
};

/* A row for each group and TEE: SGX for every platform, TDX where its FMSPC has a TDX TCB
 * info. ERROR_LIMIT where the arena is full. */
bool preview_make(const struct preview_question *question, struct arena *arena,
                  struct preview *out, struct error *err) MUST_CHECK;

#endif
