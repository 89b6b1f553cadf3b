/* SPDX-License-Identifier: Apache-2.0 */
/* A filled store, and what damage does to it. For *_test.c of the store only. */
#ifndef THIM_STORE_TEST_DAMAGE_H
#define THIM_STORE_TEST_DAMAGE_H

#include "store/test_store.h"

#define INFO_1 "tcb_info/sgx/v3/30606a000001/17"
#define INFO_2 "tcb_info/sgx/v3/30606a000002/17"
#define ITEM_OF(key) \
    "(SELECT item FROM listing WHERE key = '" key "' ORDER BY generation DESC LIMIT 1)"
#define BODY_OF(key) "(SELECT body FROM item WHERE item = " ITEM_OF(key) ")"

/* Fills an empty store. Generation 2: root CRL, a PCK CRL, two TCB infos, a designation,
 * a hint. */
static inline struct holdings *bench_fill(const struct bench *bench)
{
    struct test_crl crl = { .this_update_s = TEST_NOW_S,
                            .next_update_s = TEST_NOW_S + 30 * TEST_DAY_S };
    OWNED(verified_release)
    struct verified_collateral *pck = bench_crl(bench, key_pck_crl(PCK_CA_PLATFORM),
                                                TEST_PCK_PLATFORM, &crl),
                               *one =
                                   bench_item(bench, bench_tcb_info(1, 17), TEST_NOW_S),
                               *two =
                                   bench_item(bench, bench_tcb_info(2, 17), TEST_NOW_S);
    struct store_entry entries[] = { { bench->root_crl, "pcs", 1 },
                                     { pck, "pcs", 1 },
                                     { one, "pcs", 1 },
                                     { two, "pcs", 1 } };
    struct designation designation = { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, true };
    struct hint hint = {
        .source = "pcs",
        .text = bytes_of_text("[{\"fmspc\":\"30606A000001\",\"platform\":\"E5\"}]"),
    };
    struct store_change change = { .entries = entries,
                                   .entry_count = 3,
                                   .designations = &designation,
                                   .designation_count = 1,
                                   .hints = &hint,
                                   .hint_count = 1 };
    struct holdings *holdings = NULL;

    bench_publish(bench, &holdings, &change, NULL);
    designation.subject = bench_tcb_info(2, 0);
    change.entries = entries + 3;
    change.entry_count = 1;
    bench_publish(bench, &holdings, &change, NULL);
    assert_int_equal(holdings->generation, 2);
    assert_int_equal(holdings->count, 4);
    return holdings;
}

static inline bool bench_holds(const struct holdings *holdings, const char *key_text)
{
    struct collateral_key key;

    assert_true(collateral_key_read(bytes_of_text(key_text), &key));
    return holdings_find(holdings, &key) != NULL;
}

struct damage {
    const char *claim, *meddling;
    const char *gone; /* the one key that is no longer held; NULL: none */
    const char *name; /* what quarantine calls it */
    enum error_kind kind;
    const char *why;
    size_t designations, hints;
};

static inline void bench_check_damage(struct bench *bench, const struct damage *damage)
{
    static const char *const keys[] = { "root_crl", "pck_crl/platform", INFO_1, INFO_2 };
    struct store_quarantined aside[2];
    struct store_recovery report;

    bench_restart(bench);
    OWNED(holdings_release) struct holdings *holdings = bench_recover(bench, &report);
    if (report.quarantined != 1 || report.generation != 3 || holdings->generation != 3)
        fail_msg("%s: %zu quarantined, generation %llu", damage->claim,
                 report.quarantined, (unsigned long long)report.generation);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (bench_holds(holdings, keys[i])
            == (damage->gone != NULL && strcmp(damage->gone, keys[i]) == 0))
            fail_msg("%s: %s", damage->claim, keys[i]);
    if (holdings->designation_count != damage->designations
        || holdings->hint_count != damage->hints)
        fail_msg("%s: %zu designations, %zu hints", damage->claim,
                 holdings->designation_count, holdings->hint_count);
    assert_int_equal(store_quarantine(bench->store, aside, 2), 1);
    if (strcmp(aside[0].name, damage->name) != 0 || aside[0].kind != damage->kind
        || strstr(aside[0].why, damage->why) == NULL || aside[0].generation != 2
        || aside[0].found_s == 0)
        fail_msg("%s: %s, %s, %s", damage->claim, aside[0].name,
                 error_kind_name(aside[0].kind), aside[0].why);
}

/* Does the damage to a filled store and checks that it is put aside, alone, once. */
static inline void bench_do_damage(struct bench *bench, const struct damage *damage)
{
    struct store_recovery report;

    bench_begin(bench);
    holdings_release(bench_fill(bench));
    bench_meddle(bench, damage->meddling);
    bench_check_damage(bench, damage);

    bench_restart(bench);
    OWNED(holdings_release) struct holdings *again = bench_recover(bench, &report);
    assert_int_equal(report.quarantined, 0);
    assert_int_equal(report.generation, 3);
    assert_int_equal(bench_count(bench, "SELECT count(*) FROM pragma_foreign_key_check"),
                     0);

    OWNED(verified_release)
    struct verified_collateral *one =
        bench_item(bench, bench_tcb_info(1, 17), TEST_NOW_S);
    bool was_left = bench_holds(again, INFO_1);
    assert_int_equal(bench_publish_one(bench, &again, one, "pcs", 9),
                     was_left ? STORE_REPLACED : STORE_ADDED);
    bench_end(bench);
}

#endif
