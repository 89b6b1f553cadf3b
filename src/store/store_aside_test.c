/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "store/test_damage.h"

static struct bench bench;

static void what_is_aside_is_kept_whole_with_its_key(void **state)
{
    (void)state;
    struct store_quarantined aside;
    struct collateral_key key = bench_tcb_info(1, 17);

    bench_begin(&bench);
    holdings_release(bench_fill(&bench));
    bench_meddle(
        &bench,
        "UPDATE object SET body = CAST('rot' AS BLOB) WHERE digest = " BODY_OF(INFO_1));
    bench_restart(&bench);
    holdings_release(bench_recover(&bench, NULL));
    assert_int_equal(store_quarantine(bench.store, &aside, 1), 1);
    assert_true(aside.has_key);
    assert_int_equal(collateral_key_compare(&aside.key, &key), 0);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM quarantine WHERE body = "
                                         "CAST('rot' AS BLOB) AND length(digest) = 32 "
                                         "AND length(chain) > 500 AND source = 'pcs' AND "
                                         "fetched_s = 1 AND kind = 'format'"),
                     1);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM object WHERE body = "
                                         "CAST('rot' AS BLOB)"),
                     0);
    bench_end(&bench);
}

static void quarantine_has_a_bound(void **state)
{
    (void)state;
    struct store_quarantined aside[2];

    bench_begin(&bench);
    holdings_release(bench_fill(&bench));
    bench_meddle(
        &bench, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i "
                "< 3000) INSERT INTO quarantine (found_s, generation, name, kind, reason)"
                " SELECT i, 1, 'old', 'format', 'made up' FROM n;"
                "UPDATE item SET source = 'somebody else'");
    bench_restart(&bench);
    holdings_release(bench_recover(&bench, NULL));
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM quarantine"),
                     STORE_QUARANTINE_KEPT);
    assert_int_equal(store_quarantine(bench.store, aside, 2), 2);
    assert_string_equal(aside[0].name, "list of items");
    assert_string_equal(aside[1].name, "old");
    bench_end(&bench);
}

/* ---- bytes that rot -------------------------------------------------------------------
 */

struct memory { /* of what a generation holds, provenance aside */
    uint64_t generation;
    struct sha256 content;
    size_t count;
};

static struct memory memory_of(const struct holdings *holdings)
{
    struct memory memory = { .generation = holdings->generation,
                             .count = holdings->count };
    struct buf all;

    buf_init(&all, (size_t)1 << 20);
    for (size_t i = 0; i < holdings->count; i++) {
        const struct collateral_facts *facts = verified_facts(holdings->entries[i].item);
        buf_addf(&all, "%s %s\n", collateral_key_text(&facts->key).s,
                 hex(facts->digest, SHA256_LEN).s);
    }
    for (size_t i = 0; i < holdings->designation_count; i++) {
        const struct designation *each = &holdings->designations[i];
        buf_addf(&all, "%s %s %u %d\n", collateral_key_text(&each->subject).s,
                 update_name(each->update), each->evaluation_data_number, each->listed);
    }
    for (size_t i = 0; i < holdings->hint_count; i++)
        buf_add(&all, holdings->hints[i].text);
    assert_false(all.failed);
    memory.content = sha256(buf_bytes(&all));
    buf_fini(&all);
    return memory;
}

static void fill_remembering(struct memory memories[4])
{
    OWNED(verified_release)
    struct verified_collateral *one =
                                   bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S),
                               *two =
                                   bench_item(&bench, bench_tcb_info(2, 17), TEST_NOW_S);
    struct designation designation = { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, true };
    struct hint hint = {
        .source = "pcs",
        .text = bytes_of_text("[{\"fmspc\":\"30606A000001\",\"platform\":\"E5\"}]"),
    };
    struct store_change change = { .designations = &designation,
                                   .designation_count = 1,
                                   .hints = &hint,
                                   .hint_count = 1 };
    OWNED(holdings_release) struct holdings *holdings = bench_recover(&bench, NULL);

    memories[0] = memory_of(holdings);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    memories[1] = memory_of(holdings);
    bench_publish_one(&bench, &holdings, one, "pcs", 1);
    memories[2] = memory_of(holdings);
    struct store_entry entry = { two, "pcs", 1 };
    change.entries = &entry;
    change.entry_count = 1;
    bench_publish(&bench, &holdings, &change, NULL);
    memories[3] = memory_of(holdings);
}

enum rot { ROT_REFUSED, ROT_ASIDE, ROT_NONE };

/* Opens a file with one byte changed: it is refused and left alone, or what is damaged is
 * put aside, or nothing is different from what `memory` says. */
static enum rot open_rotten(const struct memory memories[], size_t count,
                            struct memory *found, struct error *err)
{
    struct judgement law = bench_law(&bench);
    struct store_recovery report = { .quarantined = 0 };
    OWNED(holdings_release) struct holdings *holdings = NULL;

    if (!bench_try_open(&bench, false, err))
        return ROT_REFUSED;
    bool well = store_recover(bench.store, &law, &holdings, &report, err);
    store_close(bench.store);
    bench.store = NULL;
    if (!well)
        return ROT_REFUSED;
    *found = memory_of(holdings);
    if (report.quarantined > 0)
        return ROT_ASIDE;
    for (size_t i = 0; i < count; i++)
        if (memcmp(&memories[i].content, &found->content, sizeof found->content) == 0
            && memories[i].generation == found->generation)
            return ROT_NONE;
    fail_msg("generation %llu with %zu items, and nobody noticed",
             (unsigned long long)found->generation, found->count);
    return ROT_NONE;
}

static void one_byte_changed_anywhere_is_noticed_or_harmless(void **state)
{
    (void)state;
    enum { STRIDE = 397 };
    struct memory memories[4], found;
    size_t seen[3] = { 0 };

    bench_begin(&bench);
    fill_remembering(memories);
    store_close(bench.store);
    bench.store = NULL;
    struct buf whole = bench_read(&bench, "thim.db");
    for (size_t at = 0; at < whole.len; at += at < 100 ? 1 : STRIDE) {
        struct error err = { 0 };
        whole.at[at] ^= 0x20;
        bench_write(&bench, "thim.db", buf_bytes(&whole));
        enum rot rot = open_rotten(&memories[3], 1, &found, &err);
        seen[rot]++;
        if (rot == ROT_REFUSED) {
            if (err.kind != ERROR_FORMAT && err.kind != ERROR_SYSTEM
                && err.kind != ERROR_UNTRUSTED)
                fail_msg("byte %zu: %s, %s", at, error_kind_name(err.kind), err.text);
            struct buf after = bench_read(&bench, "thim.db");
            assert_true(bytes_equal(buf_bytes(&whole), buf_bytes(&after)));
            buf_fini(&after);
        }
        whole.at[at] ^= 0x20;
        unlink(bench_path(&bench, "thim.db-wal"));
    }
    if (seen[ROT_REFUSED] == 0 || seen[ROT_ASIDE] == 0 || seen[ROT_NONE] == 0)
        fail_msg("%zu refused, %zu aside, %zu harmless", seen[ROT_REFUSED],
                 seen[ROT_ASIDE], seen[ROT_NONE]);
    buf_fini(&whole);
    bench_end(&bench);
}

static void one_byte_changed_in_the_journal_loses_whole_generations_or_none(void **state)
{
    (void)state;
    enum { STRIDE = 1237 };
    struct memory memories[4], found;
    bool fell_back = false;

    bench_begin(&bench);
    fill_remembering(memories);
    struct buf database = bench_read(&bench, "thim.db");
    struct buf journal =
        bench_read(&bench, "thim.db-wal"); /* as a kill would leave both */
    store_close(bench.store);
    bench.store = NULL;
    for (size_t at = 0; at < journal.len; at += at < 64 ? 1 : STRIDE) {
        struct error err = { 0 };
        journal.at[at] ^= 0x20;
        bench_write(&bench, "thim.db", buf_bytes(&database));
        bench_write(&bench, "thim.db-wal", buf_bytes(&journal));
        unlink(bench_path(&bench, "thim.db-shm"));
        if (open_rotten(memories, 4, &found, &err) == ROT_NONE)
            fell_back = fell_back || found.generation < 3;
        journal.at[at] ^= 0x20;
    }
    assert_true(fell_back);
    buf_fini(&database);
    buf_fini(&journal);
    bench_end(&bench);
}

static void a_file_cut_off_anywhere_loses_what_is_gone_and_no_more(void **state)
{
    (void)state;
    struct memory memories[4], found;
    size_t refused = 0, tried = 0;

    bench_begin(&bench);
    fill_remembering(memories);
    store_close(bench.store);
    bench.store = NULL;
    struct buf whole = bench_read(&bench, "thim.db");
    for (size_t len = 0; len < whole.len; len += 4096 - (len % 3)) {
        struct error err = { 0 };
        bench_write(&bench, "thim.db", bytes_first(buf_bytes(&whole), len));
        /* the end of the last page may be empty: without it nothing is missing */
        if (open_rotten(&memories[3], 1, &found, &err) == ROT_REFUSED) {
            assert_refused(err, ERROR_FORMAT, "thim.db");
            refused++;
        }
        unlink(bench_path(&bench, "thim.db-wal"));
        tried++;
    }
    assert_true(tried > 20 && refused >= tried - 2);
    buf_fini(&whole);
    bench_end(&bench);
}

static int setup(void **state)
{
    (void)state;
    bench_make(&bench);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(&bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_aside_is_kept_whole_with_its_key),
        cmocka_unit_test(quarantine_has_a_bound),
        cmocka_unit_test(one_byte_changed_anywhere_is_noticed_or_harmless),
        cmocka_unit_test(one_byte_changed_in_the_journal_loses_whole_generations_or_none),
        cmocka_unit_test(a_file_cut_off_anywhere_loses_what_is_gone_and_no_more),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
