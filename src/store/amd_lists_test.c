/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chips.h"

#include "store/test_chips.h"

static struct yard yard;

struct seen {
    struct amd_list_row rows[8];
    size_t count, stops_at;
    uint8_t digests[8][SHA256_LEN]; /* of what stands in the row: CRL, or both DERs */
};

static bool see(void *seen_, const struct amd_list_row *row)
{
    struct seen *seen = seen_;
    struct buf text;

    assert_true(seen->count < COUNT_OF(seen->rows));
    buf_init(&text, (size_t)1 << 20);
    buf_add(&text, row->crl);
    for (size_t i = 0; row->crl.len == 0 && i < row->chain.count; i++)
        buf_add(&text, row->chain.certificates[i]);
    struct sha256 digest = sha256(buf_bytes(&text));
    memcpy(seen->digests[seen->count], digest.digest, SHA256_LEN);
    assert_int_equal(row->chain.count, AMD_CHAIN_LEN);
    buf_fini(&text);
    seen->rows[seen->count++] = *row;
    return seen->count != seen->stops_at;
}

static struct seen walk(void)
{
    struct seen seen = { .count = 0 };
    struct error err = { 0 };

    assert_ok(amd_lists_walk(yard.reader, see, &seen, &err), err);
    return seen;
}

static bool keep_issuer(const struct verified_amd_issuer *issuer, int64_t now_s,
                        struct error *err)
{
    return store_keep_amd_issuer(yard.bench.store, issuer, "amd", now_s, err);
}

static bool keep_crl(const struct verified_amd_crl *crl, int64_t now_s, struct error *err)
{
    return store_keep_amd_crl(yard.bench.store, crl, yard.ask, "amd", now_s, err);
}

static void chains_and_crls_are_given_by_key(void **state)
{
    (void)state;
    OWNED(amd_crl_release) struct verified_amd_crl *crl = yard_crl(&yard, 1, 0);
    struct seen half = { .stops_at = 1 };
    struct error err = { 0 };

    yard_begin(&yard);
    assert_int_equal(walk().count, 0);
    assert_ok(keep_issuer(yard.ask, 5, &err), err);
    assert_ok(keep_issuer(yard.asvk, 6, &err), err);
    assert_ok(keep_crl(crl, 7, &err), err);
    struct seen seen = walk();
    assert_int_equal(seen.count, 3);
    static const char *const keys[] = { "vcek/Milan/cert_chain", "vcek/Milan/crl",
                                        "vlek/Genoa/cert_chain" };
    const uint8_t *digests[] = { amd_issuer_facts(yard.ask)->digest,
                                 amd_crl_facts(crl)->digest,
                                 amd_issuer_facts(yard.asvk)->digest };
    for (size_t i = 0; i < seen.count; i++) {
        assert_string_equal(kds_key_text(&seen.rows[i].key).s, keys[i]);
        assert_memory_equal(seen.digests[i], digests[i], SHA256_LEN);
        assert_string_equal(seen.rows[i].source, "amd");
    }
    assert_int_equal(seen.rows[2].fetched_s, 6);
    assert_ok(amd_lists_walk(yard.reader, see, &half, &err), err);
    assert_int_equal(half.count, 1);
    yard_end(&yard);
}

static void what_says_the_same_again_confirms(void **state)
{
    (void)state;
    OWNED(amd_crl_release)
    struct verified_amd_crl *crl = yard_crl(&yard, 1, 0), *next = yard_crl(&yard, 2, 1);
    OWNED(amd_issuer_release) struct verified_amd_issuer *again = yard_milan(ROOT_TEST);
    struct error err = { 0 };

    yard_begin(&yard);
    for (int64_t now_s = 5; now_s < 8; now_s++) {
        assert_ok(keep_issuer(yard.ask, now_s, &err), err);
        assert_ok(keep_crl(crl, now_s, &err), err);
    }
    struct seen seen = walk();
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.rows[i].fetched_s, 5);
        assert_int_equal(seen.rows[i].confirmed_s, 7);
    }
    assert_ok(keep_issuer(again, 8, &err), err); /* signed afresh: other bytes */
    assert_ok(keep_crl(next, 9, &err), err);
    seen = walk();
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.rows[0].fetched_s, 8);
    assert_int_equal(seen.rows[1].fetched_s, 9);
    assert_memory_equal(seen.digests[1], amd_crl_facts(next)->digest, SHA256_LEN);
    yard_end(&yard);
}

static void an_older_crl_is_refused_and_the_newer_stays(void **state)
{
    (void)state;
    OWNED(amd_crl_release)
    struct verified_amd_crl *kept = yard_crl(&yard, 5, 10),
                            *earlier = yard_crl(&yard, 5, 9),
                            *lower = yard_crl(&yard, 4, 10),
                            *alike = yard_crl(&yard, 5, 10);
    struct error err = { 0 };

    yard_begin(&yard);
    assert_ok(keep_crl(kept, 1, &err), err);
    assert_false(keep_crl(earlier, 2, &err));
    assert_refused(err, ERROR_STALE, "vcek/Milan/crl: ");
    assert_false(keep_crl(lower, 2, &err));
    assert_int_equal(err.kind, ERROR_STALE);
    assert_memory_equal(walk().digests[0], amd_crl_facts(kept)->digest, SHA256_LEN);
    assert_int_equal(walk().rows[0].confirmed_s, 1);
    assert_ok(keep_crl(alike, 3, &err), err);
    /* what is no longer a list of this ARK's stands in nobody's way */
    bench_meddle(&yard.bench, "UPDATE amd_list SET crl = x'3000'");
    assert_ok(keep_crl(earlier, 4, &err), err);
    assert_memory_equal(walk().digests[0], amd_crl_facts(earlier)->digest, SHA256_LEN);
    yard_end(&yard);
}

static void who_vouches_is_looked_at(void **state)
{
    (void)state;
    OWNED(amd_crl_release) struct verified_amd_crl *crl = yard_crl(&yard, 1, 0);
    OWNED(amd_issuer_release) struct verified_amd_issuer *extra = yard_milan(ROOT_EXTRA);
    char longest[PLATFORM_NAME_MAX + 1] = { 0 };
    struct error err = { 0 };

    memset(longest, 'x', PLATFORM_NAME_MAX);
    bench_begin(&yard.bench); /* not marked */
    assert_false(keep_issuer(yard.ask, 1, &err));
    assert_refused(err, ERROR_UNTRUSTED, "vcek/Milan/cert_chain: a test root");
    assert_false(keep_crl(crl, 1, &err));
    assert_refused(err, ERROR_UNTRUSTED, "vcek/Milan/crl: a test root");
    assert_ok(keep_issuer(extra, 1, &err), err);
    assert_false(store_keep_amd_crl(yard.bench.store, crl, yard.asvk, "amd", 1, &err));
    assert_refused(err, ERROR_UNTRUSTED, "is not by the ARK of the chain beside it");
    assert_false(store_keep_amd_issuer(yard.bench.store, extra, longest, 1, &err));
    assert_refused(err, ERROR_LIMIT, "source is longer than 63");
    assert_int_equal(bench_count(&yard.bench, "SELECT count(*) FROM amd_list"), 1);
    bench_end(&yard.bench);
}

static void what_is_damaged_is_left_out_and_the_rest_given(void **state)
{
    (void)state;
    OWNED(amd_crl_release) struct verified_amd_crl *crl = yard_crl(&yard, 1, 0);
    static const struct {
        const char *claim, *meddling;
        size_t left;
    } cases[] = {
        { "nothing", "SELECT 1", 3 },
        { "a bit of the CRL",
          "UPDATE amd_list SET crl = CAST(substr(crl, 1, 60) || x'aa' || substr(crl, 62) "
          "AS BLOB) WHERE crl IS NOT NULL",
          2 },
        { "its digest", "UPDATE amd_list SET digest = zeroblob(32) WHERE crl IS NOT NULL",
          2 },
        { "its key", "UPDATE amd_list SET key = 'vcek/Milan/crl/' WHERE crl NOT NULL",
          2 },
        { "a chain's key",
          "UPDATE amd_list SET key = 'vlek/Milan/crl' WHERE crl IS NULL "
          "AND key LIKE 'vlek%'",
          2 },
        { "the source",
          "UPDATE amd_list SET source = printf('%64s', '') WHERE key LIKE "
          "'vlek%'",
          2 },
        { "the issuers", "UPDATE amd_issuer SET chain = x'3000' WHERE issuer = 1", 1 },
        { "the issuers, by a certificate too few",
          "UPDATE amd_issuer SET chain = x'3000', digest = sha256(x'3000') WHERE issuer "
          "= 2",
          2 },
        { "the issuers are gone", "DELETE FROM amd_issuer", 0 },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char meddling[512];
        struct error err = { 0 };
        yard_begin(&yard);
        assert_ok(keep_issuer(yard.ask, 1, &err) && keep_crl(crl, 1, &err)
                      && keep_issuer(yard.asvk, 1, &err),
                  err);
        snprintf(meddling, sizeof meddling,
                 "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; %s",
                 cases[i].meddling);
        bench_meddle(&yard.bench, meddling);
        struct seen seen = walk();
        if (seen.count != cases[i].left)
            fail_msg("%s: %zu", cases[i].claim, seen.count);
        yard_end(&yard);
    }
}

static int begin(void **state)
{
    (void)state;
    yard_make(&yard);
    return 0;
}

static int end(void **state)
{
    (void)state;
    yard_free(&yard);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_and_crls_are_given_by_key),
        cmocka_unit_test(what_says_the_same_again_confirms),
        cmocka_unit_test(an_older_crl_is_refused_and_the_newer_stays),
        cmocka_unit_test(who_vouches_is_looked_at),
        cmocka_unit_test(what_is_damaged_is_left_out_and_the_rest_given),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
