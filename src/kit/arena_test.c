/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdalign.h>
#include <string.h>

#include "kit/arena.h"

static bool is_zero(const void *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((const uint8_t *)at)[i] != 0)
            return false;
    return true;
}

static void what_is_handed_out_is_zeroed_aligned_and_apart(void **state)
{
    static const size_t sizes[] = { 1, 2, 3, 7, 8, 15, 16, 17, 100, 5000, 20000, 1 };
    uint8_t *got[COUNT_OF(sizes)];
    struct arena arena;

    (void)state;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        got[i] = arena_alloc(&arena, 1, sizes[i]);
        assert_non_null(got[i]);
        assert_int_equal((uintptr_t)got[i] % alignof(max_align_t), 0);
        assert_true(is_zero(got[i], sizes[i]));
        memset(got[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(got[i][k], i + 1);
    arena_fini(&arena);
}

static void the_ceiling_holds_alignment_included(void **state)
{
    static const struct {
        const char *claim;
        size_t ceiling, count, size;
        bool fits;
    } cases[] = {
        { "all of it", 64, 4, 16, true },
        { "a byte more", 64, 65, 1, false },
        { "a byte costs its alignment", 15, 1, 1, false },
        { "nothing costs something, so that it has an address", 16, 0, 8, true },
        { "nothing, where there is nothing", 0, 0, 0, false },
        { "a product past what a size can say", SIZE_MAX, SIZE_MAX / 2, 3, false },
        { "a product that wraps round to little", SIZE_MAX, SIZE_MAX / 16 + 1, 16,
          false },
        { "a size that alignment would wrap round", SIZE_MAX, 1, SIZE_MAX - 3, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena;
        arena_init(&arena, cases[i].ceiling);
        void *got = arena_alloc(&arena, cases[i].count, cases[i].size);
        if ((got != NULL) != cases[i].fits)
            fail_msg("%s: %s", cases[i].claim, got == NULL ? "refused" : "given");
        arena_fini(&arena);
    }
}

static void a_refusal_leaves_what_still_fits(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 96);
    assert_non_null(arena_alloc(&arena, 1, 64));
    assert_null(arena_alloc(&arena, 1, 48));
    assert_non_null(arena_alloc(&arena, 1, 32));
    assert_null(arena_alloc(&arena, 1, 1));
    assert_int_equal(arena.used, 96);
    arena_fini(&arena);
    assert_int_equal(arena.used, 0);
    assert_non_null(arena_alloc(&arena, 1, 96)); /* as new after fini */
    arena_fini(&arena);
    arena_fini(&arena);
}

static void a_copy_is_its_own(void **state)
{
    char text[] = "fmspc";
    struct arena arena;

    (void)state;
    arena_init(&arena, 1024);
    struct bytes copy = arena_copy(&arena, bytes_of_text(text));
    text[0] = 'x';
    assert_true(bytes_equal_text(copy, "fmspc"));
    assert_non_null(arena_copy(&arena, (struct bytes){ 0 }).at);
    assert_null(arena_copy(&arena, bytes_of(text, 2000)).at);
    arena_fini(&arena);
}

/* Lent storage is used first, and zeroed although it was not; the heap comes after. */
static void lent_storage_is_used_before_the_heap(void **state)
{
    alignas(max_align_t) uint8_t storage[512];
    struct arena arena;

    (void)state;
    memset(storage, 0xaa, sizeof storage);
    arena_init_over(&arena, storage, sizeof storage, 4096);
    uint8_t *first = arena_alloc(&arena, 1, 200);
    assert_true(first > storage && first + 200 <= storage + sizeof storage);
    assert_true(is_zero(first, 200));
    uint8_t *second = arena_alloc(&arena, 1, 400);
    assert_non_null(second);
    assert_true(second + 400 <= storage || second >= storage + sizeof storage);
    assert_true(is_zero(second, 400));
    arena_fini(&arena);

    arena_init_over(&arena, storage, 8, 4096); /* too little to be of use */
    uint8_t *third = arena_alloc(&arena, 1, 16);
    assert_true(third != NULL && (third < storage || third >= storage + sizeof storage));
    arena_fini(&arena);
}

static void small_blocks_hold_what_is_small_and_give_way_to_what_is_large(void **state)
{
    struct arena arena;

    (void)state;
    arena_init_in_blocks(&arena, 256, 4096);
    uint8_t *first = arena_alloc(&arena, 1, 100);
    uint8_t *second = arena_alloc(&arena, 1, 100);
    assert_true(first != NULL && second > first && second < first + 256);
    uint8_t *large = arena_alloc(&arena, 1, 1000);
    assert_true(large != NULL && is_zero(large, 1000));
    assert_null(arena_alloc(&arena, 1, 4096));
    arena_fini(&arena);
    assert_non_null(arena_alloc(&arena, 1, 4096)); /* as new after fini */
    assert_int_equal(arena.block_len, 256);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_handed_out_is_zeroed_aligned_and_apart),
        cmocka_unit_test(the_ceiling_holds_alignment_included),
        cmocka_unit_test(a_refusal_leaves_what_still_fits),
        cmocka_unit_test(a_copy_is_its_own),
        cmocka_unit_test(lent_storage_is_used_before_the_heap),
        cmocka_unit_test(small_blocks_hold_what_is_small_and_give_way_to_what_is_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
