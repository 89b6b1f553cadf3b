/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/page_cache.h"

#include <stdlib.h>

#include "kit/test.h"

enum { SHARE = 1000 }; /* bytes of one shard */

struct thing {
    struct cached cached;
    int name, worth, heir_of;
    size_t size;
};

static int freed;

static uint64_t hash_name(uint64_t hash, const void *name)
{
    return page_cache_hash(hash, bytes_of(name, sizeof(int)));
}

static const void *name_of(const struct cached *entry)
{
    return &((const struct thing *)entry)->name;
}

static bool is_named(const struct cached *entry, const void *name)
{
    return ((const struct thing *)entry)->name == *(const int *)name;
}

static size_t size_of(const struct cached *entry)
{
    return ((const struct thing *)entry)->size;
}

static void succeed(struct cached *entry, struct cached *before)
{
    ((struct thing *)entry)->heir_of = ((struct thing *)before)->worth;
}

static void free_thing(struct cached *entry)
{
    freed++;
    free(entry);
}

static const struct cached_kind kind = {
    .usual_bytes = 100,
    .hash = hash_name,
    .name_of = name_of,
    .is_named = is_named,
    .bytes = size_of,
    .succeed = succeed,
    .free = free_thing,
};

static struct page_cache *open_cache(void)
{
    struct page_cache *cache = NULL;
    struct error err = { 0 };

    freed = 0;
    assert_ok(page_cache_create(&kind, (size_t)SHARE * PAGE_CACHE_SHARDS, &cache, &err),
              err);
    return cache;
}

static struct page_cache_counts counts_of(struct page_cache *cache)
{
    struct page_cache_counts counts;

    page_cache_counts(cache, &counts);
    return counts;
}

static struct thing *make(int name, int worth, size_t size)
{
    struct thing *thing = calloc(1, sizeof *thing);

    assert_non_null(thing);
    *thing = (struct thing){ .name = name, .worth = worth, .size = size };
    return thing;
}

static void put(struct page_cache *cache, int name, int worth, size_t size)
{
    uint64_t epoch;

    assert_null(page_cache_enter(cache, &name, &epoch));
    struct thing *thing = make(name, worth, size);
    page_cache_put(cache, &thing->cached, epoch);
    page_cache_leave(cache, &thing->cached);
}

/* What it is worth; 0 where it is not there. */
static int worth_of(struct page_cache *cache, int name)
{
    uint64_t epoch;
    struct thing *thing = (struct thing *)page_cache_enter(cache, &name, &epoch);

    if (thing == NULL)
        return 0;
    int worth = thing->worth;
    page_cache_leave(cache, &thing->cached);
    return worth;
}

static void what_was_put_is_found_by_its_name(void **state)
{
    (void)state;
    struct page_cache *cache = open_cache();

    for (int i = 1; i <= 100; i++)
        put(cache, i, 1000 + i, 10);
    for (int i = 1; i <= 100; i++)
        assert_int_equal(worth_of(cache, i), 1000 + i);
    assert_int_equal(worth_of(cache, 101), 0);
    assert_int_equal(counts_of(cache).entries, 100);
    assert_int_equal(counts_of(cache).bytes, 1000);
    page_cache_destroy(cache);
    assert_int_equal(freed, 100);
}

static void what_is_forgotten_is_read_again_and_goes_on_where_it_was(void **state)
{
    (void)state;
    struct page_cache *cache = open_cache();
    uint64_t epoch;
    int name = 7;

    put(cache, name, 1, 10);
    page_cache_forget(cache, &name);
    assert_null(page_cache_enter(cache, &name, &epoch));
    struct thing *again = make(name, 2, 20);
    page_cache_put(cache, &again->cached, epoch);
    assert_int_equal(again->heir_of, 1);
    page_cache_leave(cache, &again->cached);
    assert_int_equal(worth_of(cache, name), 2);
    assert_int_equal(counts_of(cache).entries, 1);
    assert_int_equal(counts_of(cache).bytes, 20);
    page_cache_destroy(cache);
}

static void what_changed_while_it_was_read_serves_once(void **state)
{
    (void)state;
    struct page_cache *cache = open_cache();
    uint64_t epoch;
    int name = 7;

    assert_null(page_cache_enter(cache, &name, &epoch));
    page_cache_forget(cache, &name); /* nobody holds it, and yet it is noted */
    struct thing *thing = make(name, 1, 10);
    page_cache_put(cache, &thing->cached, epoch);
    page_cache_leave(cache, &thing->cached);
    assert_int_equal(worth_of(cache, name), 0);
    page_cache_destroy(cache);
}

static void the_one_asked_for_longest_ago_gives_way(void **state)
{
    (void)state;
    struct page_cache *cache = open_cache();
    int kept = 0;

    put(cache, 0, 1, 10);
    for (int i = 1; i <= 64 * 64; i++) {
        put(cache, i, 1, SHARE / 4);
        kept += worth_of(cache, 0); /* asked for all the time */
    }
    assert_int_equal(kept, 64 * 64);
    assert_int_equal(worth_of(cache, 1), 0);
    assert_true(counts_of(cache).bytes <= (uint64_t)SHARE * PAGE_CACHE_SHARDS);
    assert_int_equal(counts_of(cache).entries, 4 * PAGE_CACHE_SHARDS); /* none is idle */
    assert_int_equal(counts_of(cache).evicted + counts_of(cache).entries, 64 * 64 + 1);
    page_cache_destroy(cache);
}

static void one_that_is_larger_than_a_share_is_not_kept(void **state)
{
    (void)state;
    struct page_cache *cache = open_cache();

    put(cache, 1, 1, SHARE);
    put(cache, 2, 1, SHARE + 1);
    assert_int_equal(worth_of(cache, 2), 0);
    page_cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_by_its_name),
        cmocka_unit_test(what_is_forgotten_is_read_again_and_goes_on_where_it_was),
        cmocka_unit_test(what_changed_while_it_was_read_serves_once),
        cmocka_unit_test(the_one_asked_for_longest_ago_gives_way),
        cmocka_unit_test(one_that_is_larger_than_a_share_is_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
