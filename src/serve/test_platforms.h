/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: platforms of a test world, kept in the stock's store by the ways
 * that production uses. A platform's TCBs are the world's levels: components 0 to 7 of
 * this SVN, PCESVN four above it; the stock's TCB info has levels 9 and 5. */
#ifndef THIM_SERVE_TEST_PLATFORMS_H
#define THIM_SERVE_TEST_PLATFORMS_H

#include <stdio.h>

#include "serve/test_stock.h"
#include "store/platforms.h"
#include "verify/test_pck.h"

#define STOCK_LIST_MAX 8

static inline struct raw_tcb tcb_at(unsigned svn)
{
    struct raw_tcb tcb = { .pcesvn = (uint16_t)(svn + 4) };

    for (size_t i = 0; i < 8; i++)
        tcb.cpusvn[i] = (uint8_t)svn;
    return tcb;
}

static inline struct platform_name stock_name(const char *qe_id)
{
    struct platform_name name = { .pce_id = 0 };

    snprintf(name.qe_id, sizeof name.qe_id, "%s", qe_id);
    return name;
}

struct stock_platform { /* how to make one; zero means the default in brackets */
    const char *qe_id;  /* NULL: it has no name */
    unsigned
        svns[STOCK_LIST_MAX]; /* certificates at these levels, up to the first zero */
    unsigned gaps[STOCK_LIST_MAX];
    uint32_t serial;                 /* [105] of the first; the others count up */
    enum platform_bound_by bound_by; /* [BOUND_BY_TOKEN] */
    struct bytes encrypted_ppid;
    bool waits;          /* no certificates at all */
    int64_t fetched_s;   /* [STOCK_NOW_S] */
    int64_t not_after_s; /* of the first certificate [the world's] */
};

static inline void stock_keep(struct stock *stock, const struct platform_change *change)
{
    enum platform_outcome outcome;
    struct error err = { 0 };

    assert_ok(store_keep_platform(stock->store, change, &outcome, &err), err);
    assert_int_not_equal(outcome, PLATFORM_CONFLICT);
}

static inline size_t stock_mint(struct stock *stock, const struct stock_platform *spec,
                                struct verified_pck **pcks)
{
    size_t count = 0;

    for (; count < STOCK_LIST_MAX && spec->svns[count] != 0; count++) {
        struct raw_tcb tcb = tcb_at(spec->svns[count]);
        struct test_pck pck = test_pck_plain(PCK_CA_PROCESSOR, &tcb);
        pck.certificate.serial =
            (spec->serial != 0 ? spec->serial : 105) + (uint32_t)count;
        if (count == 0 && spec->not_after_s != 0)
            pck.certificate.not_after_s = spec->not_after_s;
        pcks[count] = test_world_pck(stock->world, &pck);
    }
    return count;
}

static inline void stock_add_platform(struct stock *stock,
                                      const struct stock_platform *spec)
{
    struct verified_pck *pcks[STOCK_LIST_MAX];
    uint8_t gaps[STOCK_LIST_MAX][TCBM_LEN] = { { 0 } };
    struct platform_change change = {
        .has_name = spec->qe_id != NULL,
        .name = stock_name(spec->qe_id != NULL ? spec->qe_id : ""),
        .bound_by = spec->bound_by != 0 ? spec->bound_by : BOUND_BY_TOKEN,
        .encrypted_ppid = spec->encrypted_ppid,
        .now_s = spec->fetched_s != 0 ? spec->fetched_s : STOCK_NOW_S,
        .due_s = STOCK_NOW_S + 30 * TEST_DAY_S,
        .gaps = (const uint8_t(*)[TCBM_LEN])gaps,
    };

    for (; change.gap_count < STOCK_LIST_MAX && spec->gaps[change.gap_count] != 0;
         change.gap_count++) {
        struct raw_tcb tcb = tcb_at(spec->gaps[change.gap_count]);
        memcpy(gaps[change.gap_count], tcb.cpusvn, sizeof tcb.cpusvn);
        gaps[change.gap_count][16] = (uint8_t)tcb.pcesvn;
    }
    if (!spec->waits) {
        change.pck_count = stock_mint(stock, spec, pcks);
        change.pcks = (const struct verified_pck *const *)pcks;
    }
    stock_keep(stock, &change);
    for (size_t i = 0; i < change.pck_count; i++)
        pck_release(pcks[i]);
}

#endif
