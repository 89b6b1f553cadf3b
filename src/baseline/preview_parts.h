/* SPDX-License-Identifier: Apache-2.0 */
/* What preview.c, preview_rows.c and preview_sums.c share. */
#ifndef THIM_BASELINE_PREVIEW_PARTS_H
#define THIM_BASELINE_PREVIEW_PARTS_H

#include "baseline/pck_selection.h"
#include "baseline/preview.h"

enum { NOW, THEN, SIDES };

struct fmspc_look { /* one FMSPC and TEE under both sets */
    enum tee tee;
    uint32_t number[SIDES];
    const struct tcb_info *info[SIDES];    /* NULL: not held */
    const struct tcb_info *chooser[SIDES]; /* SGX's, by which its hosts are given their
                                              certificates; NULL: not held */
    const struct tcb_level *goal;          /* the best level of info[THEN] */
};

/* A list of certificates as a TCB info ranks them: hosts of one list stand together. */
struct ranked_list {
    const struct tcb_info *chooser;
    const uint8_t (*tcbms)[TCBM_LEN];
    size_t count;
    struct pck_candidate candidates[PCK_LIST_MAX];
    struct pck_rank ranks[PCK_LIST_MAX];
};

struct advisory_change { /* between two verdicts; the same for all that reach them */
    const void *key[4];
    const struct bytes *gained, *cleared;
    size_t gained_count, cleared_count;
    bool ends_service;
};

#define ADVISORY_MEMO 1024 /* a power of two */

struct preview_work {
    struct arena *arena;
    struct ranked_list lists[SIDES];
    struct advisory_change memo[ADVISORY_MEMO];
};

/* What there is of an FMSPC; false where nothing is to be said of it for this TEE. */
bool preview_look(const struct preview_question *question, enum tee tee,
                  const uint8_t fmspc[6], struct fmspc_look *out);

/* False where the arena is full. */
bool preview_judge(struct preview_work *work, const struct fmspc_look *look,
                   const struct host_group *group, struct preview_row *out);

struct preview_tally { /* what of a row the sums want */
    enum host_standing standing;
    size_t hosts;
    enum preview_change change;
    bool lacks_pck, ends_service, is_denied;
};
void preview_count(struct preview_totals *totals, const struct preview_tally *tally);

/* The tally of one host with two rows: the worse of each. */
void preview_join(struct preview_tally *tally, const struct preview_tally *other);

#endif
