/* SPDX-License-Identifier: Apache-2.0 */
#include "store/platform_reader.h"

#include <pthread.h>

#include "store/test_platforms.h"

static struct fleet fleet;

static void keep(const char *qe_id, const struct minted *minted)
{
    struct platform_change change = fleet_change(qe_id, 1, BOUND_BY_TOKEN);

    change.has_raw_tcb = true;
    change.raw = fleet_raw(5);
    if (minted != NULL)
        fleet_give(&change, minted);
    fleet_keep(&fleet, &change);
}

static void where_there_is_no_store_there_is_no_reader(void **state)
{
    (void)state;
    char *directory = test_directory();
    struct platform_reader *reader = NULL;
    struct error err = { 0 };

    assert_false(platform_reader_open(directory, &reader, &err));
    assert_refused(err, ERROR_SYSTEM, "it can't be opened");
    assert_null(reader);
    platform_reader_close(NULL);
    test_remove(directory);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    keep("ab", NULL);
    struct platform_name name = { .qe_id = "ab' OR '1'='1" };
    struct platform found;
    struct error err = { 0 };
    assert_false(platform_find(fleet.reader, &name, &fleet.arena, &found, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    name = (struct platform_name){ .qe_id = "ab", .pce_id = 1 };
    assert_false(platform_find(fleet.reader, &name, &fleet.arena, &found, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    assert_false(platform_find_row(fleet.reader, 99, &fleet.arena, &found, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    assert_false(platform_find_located(fleet.reader, (uint8_t[32]){ 0 }, &fleet.arena,
                                       &found, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    fleet_end(&fleet);
}

/* ---- walks --------------------------------------------------------------------------
 */

struct visited {
    char text[256];
    size_t stop_after;
};

static bool visit(void *context, const struct platform *platform)
{
    struct visited *visited = context;
    struct platform whole;
    struct error err = { 0 };

    /* a visitor may ask the reader that calls it */
    assert_ok(
        platform_find_row(fleet.reader, platform->platform, &fleet.arena, &whole, &err),
        err);
    assert_int_equal(whole.pck_count, platform->pck_count);
    assert_int_equal(platform->raw_tcb_count, 1);
    assert_null(platform->pcks);
    assert_int_equal(whole.ca, platform->ca);
    assert_int_equal(whole.has_manifest, platform->has_manifest);
    size_t len = strlen(visited->text);
    snprintf(visited->text + len, sizeof visited->text - len, "%s%zu ",
             platform->name.qe_id, platform->pck_count);
    return --visited->stop_after > 0;
}

static void a_walk_goes_on_where_the_last_ended(void **state)
{
    (void)state;
    static const uint8_t family[6] = { 0x00, 0x90, 0x6e, 0xa1, 0, 0 }, nobodys[6] = { 1 };
    static const struct {
        const char *claim;
        int64_t after;
        const uint8_t *fmspc;
        size_t most, stop_after;
        const char *text;
        int64_t last;
    } cases[] = {
        { "all", 0, NULL, 9, 9, "a0 b2 c1 d0 ", 4 },
        { "at most two", 0, NULL, 2, 9, "a0 b2 ", 2 },
        { "from there on", 2, NULL, SIZE_MAX, 9, "c1 d0 ", 4 },
        { "until the visitor has enough", 0, NULL, 9, 3, "a0 b2 c1 ", 3 },
        { "past the end", 4, NULL, 9, 9, "", 0 },
        { "of one FMSPC", 0, family, 9, 9, "b2 c1 ", 3 },
        { "of one FMSPC, from there on", 2, family, 9, 9, "c1 ", 3 },
        { "of another", 0, nobodys, 9, 9, "", 0 },
    };
    struct minted two = fleet_mint(&fleet, 1, "53"), one = fleet_mint(&fleet, 2, "5");

    fleet_begin(&fleet);
    keep("a", NULL);
    keep("b", &two);
    keep("c", &one);
    keep("d", NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct visited visited = { .stop_after = cases[i].stop_after };
        int64_t last = -1;
        struct error err = { 0 };
        assert_ok(platforms_walk(fleet.reader, cases[i].after, cases[i].fmspc,
                                 cases[i].most, visit, &visited, &last, &err),
                  err);
        if (strcmp(visited.text, cases[i].text) != 0 || last != cases[i].last)
            fail_msg("%s: %s, %lld", cases[i].claim, visited.text, (long long)last);
    }
    struct platform_counts counts;
    struct error err = { 0 };
    assert_ok(platforms_count(fleet.reader, &counts, &err), err);
    assert_int_equal(counts.platforms, 4);
    assert_int_equal(counts.waiting, 2);
    assert_int_equal(counts.pcks, 3);
    assert_int_equal(counts.raw_tcbs, 4);
    assert_int_equal(counts.queued, 0);
    fleet_end(&fleet);
    minted_fini(&two);
    minted_fini(&one);
}

/* ---- beside the store thread --------------------------------------------------------
 */

static void *read_on(void *context)
{
    const char *directory = context;
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;
    struct platform_name name = { .qe_id = "ab" };

    if (!platform_reader_open(directory, &reader, NULL))
        return "no reader";
    for (int i = 0; i < 2000; i++) {
        struct platform found;
        struct arena arena;
        arena_init(&arena, (size_t)1 << 20);
        bool well = platform_find(reader, &name, &arena, &found, NULL);
        bool is_whole = well && (found.pck_count == 2 || found.pck_count == 3);
        /* the list and the row are of one moment */
        is_whole = is_whole && found.pcks[0].tcbm[0] == (found.pck_count == 2 ? 5 : 7);
        arena_fini(&arena);
        if (!is_whole)
            return well ? "half of a change was seen" : "not found";
    }
    return NULL;
}

static void readers_see_each_change_whole(void **state)
{
    (void)state;
    struct minted two = fleet_mint(&fleet, 1, "53"), three = fleet_mint(&fleet, 1, "742");
    pthread_t readers[2];

    fleet_begin(&fleet);
    keep("ab", &two);
    for (size_t i = 0; i < COUNT_OF(readers); i++)
        assert_int_equal(
            pthread_create(&readers[i], NULL, read_on, fleet.bench.directory), 0);
    for (int i = 0; i < 100; i++)
        keep("ab", i % 2 == 0 ? &three : &two);
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        void *why = NULL;
        pthread_join(readers[i], &why);
        if (why != NULL)
            fail_msg("%s", (const char *)why);
    }
    fleet_end(&fleet);
    minted_fini(&two);
    minted_fini(&three);
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
        cmocka_unit_test(where_there_is_no_store_there_is_no_reader),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_walk_goes_on_where_the_last_ended),
        cmocka_unit_test(readers_see_each_change_whole),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
