/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms of a test's own: a marked store (the test's root is a test root), a reader
 * beside it, and minted certificates. For *_test.c of the store only. */
#ifndef THIM_STORE_TEST_PLATFORMS_H
#define THIM_STORE_TEST_PLATFORMS_H

#include "store/audit.h"
#include "store/platform_reader.h"
#include "store/policies.h"
#include "store/test_store.h"
#include "verify/test_pck.h"

#define TEST_PCKS_MAX 8
#define TEST_PPIDS_MAX 8

struct fleet {
    struct bench bench;
    struct verified_pck *pcks[TEST_PPIDS_MAX][10]; /* signing the same twice differs */
    struct platform_reader *reader;
    struct arena arena; /* of what was found last */
};

static inline void fleet_begin(struct fleet *fleet)
{
    struct error err = { 0 };

    fleet->bench.directory = test_directory();
    fleet->bench.store = bench_open_marked(&fleet->bench, true);
    assert_ok(platform_reader_open(fleet->bench.directory, &fleet->reader, &err), err);
    arena_init(&fleet->arena, (size_t)1 << 22);
}

static inline void fleet_end(struct fleet *fleet)
{
    arena_fini(&fleet->arena);
    platform_reader_close(fleet->reader);
    bench_end(&fleet->bench);
}

static inline struct raw_tcb fleet_raw(uint8_t svn)
{
    struct raw_tcb raw = { .pcesvn = 13 };

    memset(raw.cpusvn, svn, sizeof raw.cpusvn);
    return raw;
}

/* Certificates of one platform: PPID sixteen times this byte, one for each digit, which
 * is every component of its TCB. The same each time. */
struct minted {
    struct verified_pck *pcks[TEST_PCKS_MAX];
    size_t count;
};

static inline struct minted fleet_mint(struct fleet *fleet, uint8_t ppid,
                                       const char *digits)
{
    struct minted made = { .count = strlen(digits) };
    struct test_pck like = test_pck_plain(PCK_CA_PLATFORM, NULL);

    assert_true(made.count <= TEST_PCKS_MAX && ppid < TEST_PPIDS_MAX);
    memset(like.sgx.ppid, ppid, sizeof like.sgx.ppid);
    for (size_t i = 0; i < made.count; i++) {
        uint8_t svn = (uint8_t)(digits[i] - '0');
        struct verified_pck **one = &fleet->pcks[ppid][svn];
        struct raw_tcb tcb = fleet_raw(svn);
        if (*one == NULL)
            test_world_platform(fleet->bench.world, &like, &tcb, 1, one);
        made.pcks[i] = pck_hold(*one);
    }
    return made;
}

static inline void fleet_free(struct fleet *fleet)
{
    for (size_t i = 0; i < COUNT_OF(fleet->pcks); i++)
        for (size_t j = 0; j < COUNT_OF(fleet->pcks[i]); j++)
            pck_release(fleet->pcks[i][j]);
    bench_free(&fleet->bench);
}

static inline void minted_fini(struct minted *minted)
{
    for (size_t i = 0; i < minted->count; i++)
        pck_release(minted->pcks[i]);
}

static inline void fleet_give(struct platform_change *change, const struct minted *minted)
{
    change->pcks = (const struct verified_pck *const *)minted->pcks;
    change->pck_count = minted->count;
}

/* A registration of this name ("1" is a QE ID), asked for with ENCRYPTED_PPID_LEN times
 * this byte; 0: with nothing. */
static inline struct platform_change fleet_change(const char *qe_id, uint8_t asked_with,
                                                  enum platform_bound_by by)
{
    static uint8_t blobs[256][ENCRYPTED_PPID_LEN];
    struct platform_change change = { .has_name = qe_id != NULL,
                                      .bound_by = by,
                                      .now_s = TEST_NOW_S,
                                      .due_s = TEST_NOW_S + 100 };

    memset(blobs[asked_with], asked_with, ENCRYPTED_PPID_LEN);
    if (qe_id != NULL)
        snprintf(change.name.qe_id, sizeof change.name.qe_id, "%s", qe_id);
    if (asked_with != 0)
        change.encrypted_ppid = bytes_of(blobs[asked_with], ENCRYPTED_PPID_LEN);
    return change;
}

static inline enum platform_outcome fleet_keep(const struct fleet *fleet,
                                               const struct platform_change *change)
{
    enum platform_outcome outcome;
    struct error err = { 0 };

    assert_ok(store_keep_platform(fleet->bench.store, change, &outcome, &err), err);
    return outcome;
}

/* Found by its QE ID; what was found before goes. */
static inline struct platform fleet_find(struct fleet *fleet, const char *qe_id)
{
    struct platform_name name = { .pce_id = 0 };
    struct platform found;
    struct error err = { 0 };

    snprintf(name.qe_id, sizeof name.qe_id, "%s", qe_id);
    arena_fini(&fleet->arena);
    arena_init(&fleet->arena, (size_t)1 << 22);
    assert_ok(platform_find(fleet->reader, &name, &fleet->arena, &found, &err), err);
    return found;
}

static inline bool fleet_has(struct fleet *fleet, const char *qe_id)
{
    struct platform_name name = { .pce_id = 0 };
    struct platform found;
    struct error err = { 0 };

    snprintf(name.qe_id, sizeof name.qe_id, "%s", qe_id);
    if (platform_find(fleet->reader, &name, &fleet->arena, &found, &err))
        return true;
    assert_refused(err, ERROR_NOT_FOUND, "the store has no such platform");
    return false;
}

/* The digits of the components in a platform's list, "-" behind a gap. */
static inline const char *fleet_list(const struct platform *platform)
{
    static char text[2 * PCK_LIST_MAX + 1];
    size_t len = 0;

    for (size_t i = 0; i < platform->pck_count; i++) {
        text[len++] = (char)('0' + platform->pcks[i].tcbm[0]);
        if (platform->pcks[i].der.len == 0)
            text[len++] = '-';
    }
    text[len] = 0;
    return text;
}

#endif
