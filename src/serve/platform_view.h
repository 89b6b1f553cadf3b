/* SPDX-License-Identifier: Apache-2.0 */
/* A platform's certificates, read and ranked under the collateral of the moment: what
 * hosts are answered from, and what operators are shown.
 *
 * Lifetime: everything lies in the arena, looks into the platform (which must outlive the
 * view) and into the holdings (likewise). Certificates are read, not verified: who hands
 * one out verifies that one (verify/pck.h). */
#ifndef THIM_SERVE_PLATFORM_VIEW_H
#define THIM_SERVE_PLATFORM_VIEW_H

#include "baseline/pck_selection.h"
#include "store/holdings.h"
#include "store/platforms.h"

struct view_pck { /* one row of the platform's list */
    const struct platform_pck *row;
    bool is_gap;
    bool is_read; /* else why */
    struct pck_cert cert;
    int64_t not_before_s, not_after_s;
    struct error why;
};

struct platform_view {
    const struct platform *platform;
    /* NULL where not held. The TCB info is of the number that the default baseline gives;
     * else standard, else the highest that is held; in date or not. */
    const struct holding *tcb_info, *root_crl, *pck_crl;
    const struct view_pck *pcks;
    size_t pck_count;
    struct pck_candidate *candidates; /* of the certificates, gaps left out */
    const uint16_t *pck_of;           /* candidate to pcks */
    struct pck_rank *ranks;           /* NULL without a TCB info */
    size_t count;                     /* of candidates and of ranks */
};

struct view_law { /* what it is ranked under */
    const struct holdings *holdings;
    uint32_t number; /* of the default baseline, for its FMSPC; 0: none is in force */
    int64_t now_s;
};

/* ERROR_LIMIT without room. */
bool platform_view_make(const struct platform *platform, const struct view_law *law,
                        struct arena *arena, struct platform_view *out, struct error *err)
    MUST_CHECK;

/* True where the documents that the view stands on are the same under this law: it then
 * looks into its holdings, and into the ones before no more. */
bool platform_view_follow(struct platform_view *view, const struct view_law *law);

/* Index into pcks of the certificate that a host at this raw TCB is given; PCK_NONE where
 * none fits or nothing is ranked. */
size_t platform_view_choose(const struct platform_view *view, const struct raw_tcb *raw);

/* From now on pcks[pck] is passed over: it did not verify, say. */
void platform_view_reject(struct platform_view *view, size_t pck, enum pck_flaw flaw);

/* Index into pcks of a gap that the raw TCB reaches; PCK_NONE where there is none. */
size_t platform_view_gap(const struct platform_view *view, const struct raw_tcb *raw);

#endif
