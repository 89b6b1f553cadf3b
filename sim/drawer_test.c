/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/drawer.h"

#include "kit/test.h"

static const struct drawer_key base = { .kind = WORLD_TCB, .number = 17, .issue_s = 100 };

static bool has(const struct drawer *drawer, const struct drawer_key *key,
                const char *expected)
{
    struct buf out;

    buf_init(&out, 100);
    bool taken = drawer_take(drawer, key, &out);
    if (taken)
        assert_string_equal(buf_text(&out), expected);
    buf_fini(&out);
    return taken;
}

static void every_part_of_the_key_tells_documents_apart(void **state)
{
    struct drawer_key others[] = { base, base, base, base, base, base, base };
    struct drawer drawer;

    (void)state;
    others[0].kind = WORLD_NUMBERS;
    others[1].tee = WORLD_TDX;
    others[2].ca = WORLD_PLATFORM;
    others[3].fmspc[5] = 1;
    others[4].number = 18;
    others[5].is_impostors = true;
    others[6].issue_s = 101;
    assert_true(drawer_init(&drawer));
    drawer_put(&drawer, &base, bytes_of_text("this one"));
    assert_true(has(&drawer, &base, "this one"));
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (has(&drawer, &others[i], "this one"))
            fail_msg("key %zu was taken for another", i);
    drawer_clear(&drawer);
    assert_false(has(&drawer, &base, "this one"));
    drawer_fini(&drawer);
}

static void past_the_limit_the_oldest_is_forgotten(void **state)
{
    struct drawer drawer;
    struct drawer_key key = base;

    (void)state;
    assert_true(drawer_init(&drawer));
    for (unsigned i = 0; i <= DRAWER_MAX; i++) {
        key.number = i;
        drawer_put(&drawer, &key, bytes_of_text(i == 0 ? "first" : "later"));
        if (i == DRAWER_MAX - 1)
            assert_true(has(&drawer, &(struct drawer_key){ .issue_s = 100 }, "first"));
    }
    key.number = 0;
    assert_false(has(&drawer, &key, "first"));
    key.number = DRAWER_MAX;
    assert_true(has(&drawer, &key, "later"));
    drawer_fini(&drawer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_of_the_key_tells_documents_apart),
        cmocka_unit_test(past_the_limit_the_oldest_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
