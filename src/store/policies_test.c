/* SPDX-License-Identifier: Apache-2.0 */
#include "store/policies.h"

#include "store/test_platforms.h"

static struct fleet fleet;

static bool keep(const char *text, unsigned tees, uint8_t fmspc, bool is_default,
                 uint8_t id[48], struct error *err)
{
    struct policy_change change = { .jws = bytes_of_text(text),
                                    .tees = tees,
                                    .fmspc = { fmspc },
                                    .is_default = is_default,
                                    .now_s = 1 };

    return store_keep_policy(fleet.bench.store, &change, id, err);
}

static bool visit(void *context, struct bytes jws)
{
    char *text = context;

    snprintf(text + strlen(text), 8, "%.*s ", (int)jws.len, (const char *)jws.at);
    return true;
}

static const char *defaults(uint8_t fmspc)
{
    static char text[256];
    const uint8_t whole[6] = { fmspc };
    struct error err = { 0 };

    text[0] = 0;
    assert_ok(policies_walk(fleet.reader, whole, visit, text, &err), err);
    return text;
}

static void one_default_of_each_kind_stands_side_by_side(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned tees;
        bool is_default;
        const char *defaults;
    } steps[] = {
        { "t1", POLICY_TDX_1_0, true, "t1 " },
        { "s1", POLICY_SGX, true, "s1 t1 " },
        { "s2", POLICY_SGX, false, "s1 t1 " },
        { "t2", POLICY_TDX_1_5 | POLICY_TD_QE, true, "s1 t2 " },
        { "s2", POLICY_SGX, true, "s2 t2 " },
        { "both", POLICY_SGX | POLICY_TDX_1_5, true, "both " },
        { "s1", POLICY_SGX, true, "s1 " }, /* never two that speak of the same */
        { "s1", POLICY_SGX, false, "" },
    };
    uint8_t id[48];
    struct error err = { 0 };

    fleet_begin(&fleet);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct sha384 digest = sha384(bytes_of_text(steps[i].text));
        assert_ok(keep(steps[i].text, steps[i].tees, 1, steps[i].is_default, id, &err),
                  err);
        assert_memory_equal(id, digest.digest, 48);
        assert_string_equal(defaults(1), steps[i].defaults);
    }
    assert_ok(keep("s1", POLICY_SGX, 2, true, id, &err), err); /* the same for another */
    assert_string_equal(defaults(2), "s1 ");
    assert_string_equal(defaults(3), "");
    fleet_end(&fleet);
}

static void a_damaged_policy_is_left_out(void **state)
{
    (void)state;
    uint8_t id[48];
    struct error err = { 0 };

    fleet_begin(&fleet);
    assert_ok(keep("s", POLICY_SGX, 1, true, id, &err), err);
    assert_ok(keep("t", POLICY_TDX_1_5, 1, true, id, &err), err);
    bench_meddle(&fleet.bench, "UPDATE policy SET jws = x'74' WHERE jws = x'73'");
    assert_string_equal(defaults(1), "t ");
    fleet_end(&fleet);
}

static void there_is_a_bound_on_their_number_and_size(void **state)
{
    (void)state;
    static char long_text[APPRAISAL_POLICY_MAX + 2];
    uint8_t id[48];
    char text[16];
    struct error err = { 0 };

    fleet_begin(&fleet);
    assert_ok(store_begin(fleet.bench.store, &err), err);
    for (int i = 0; i < POLICIES_MAX; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_ok(keep(text, POLICY_SGX, 1, false, id, &err), err);
    }
    assert_false(keep("more", POLICY_SGX, 1, true, id, &err));
    assert_refused(err, ERROR_LIMIT, "policy: 4096 are kept already");
    assert_ok(keep("7", POLICY_SGX, 1, true, id, &err), err); /* there already */
    assert_ok(store_commit(fleet.bench.store, &err), err);
    assert_string_equal(defaults(1), "7 ");
    memset(long_text, 'x', APPRAISAL_POLICY_MAX + 1);
    assert_false(keep(long_text, POLICY_SGX, 1, true, id, &err));
    assert_refused(err, ERROR_LIMIT, "policy: longer than");
    fleet_end(&fleet);
}

static int begin(void **state)
{
    (void)state;
    bench_make(&fleet.bench);
    return 0;
}

static int end(void **state)
{
    (void)state;
    fleet_free(&fleet);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_default_of_each_kind_stands_side_by_side),
        cmocka_unit_test(a_damaged_policy_is_left_out),
        cmocka_unit_test(there_is_a_bound_on_their_number_and_size),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
