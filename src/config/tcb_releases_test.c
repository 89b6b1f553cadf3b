/* SPDX-License-Identifier: Apache-2.0 */
#include "config/tcb_releases.h"

#include <stdio.h>

#include "kit/file.h"
#include "kit/test.h"
#include "kit/text.h"

enum { ROOM = 1 << 20 };

/* ---- what is accepted ---------------------------------------------------------------
 */

static void rows_stand_in_the_place_of_built_in_ones(void **state)
{
    static const char yaml[] = "tcb_releases:\n"
                               "  - number: 17\n"
                               "    released: 2024-03-13\n"
                               "    psw_linux: \"2.23\"\n"
                               "    psw_windows: 2.23.100.1\n"
                               "  - {number: 12, released: \"2021-11-11\"}\n";
    struct tcb_release_table table;
    struct error err = { 0 };
    struct arena arena;

    (void)state;
    arena_init(&arena, ROOM);
    assert_ok(tcb_releases_parse(bytes_of_text(yaml), "r.yaml", &arena, &table, &err),
              err);
    assert_int_equal(table.count, tcb_releases_known.count + 1);
    const struct tcb_release *added = tcb_release_find(&table, 17);
    assert_string_equal(utc(added->released_s).s, "2024-03-13T00:00:00Z");
    assert_string_equal(added->psw_linux, "2.23");
    assert_string_equal(added->psw_windows, "2.23.100.1");
    const struct tcb_release *replaced = tcb_release_find(&table, 12);
    assert_string_equal(utc(replaced->released_s).s, "2021-11-11T00:00:00Z");
    assert_null(replaced->psw_linux);
    arena_fini(&arena);
}

static void without_rows_the_built_in_ones_stay(void **state)
{
    static const char *const files[] = { "", "# nothing\n", "tcb_releases: []\n" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct tcb_release_table table;
        struct error err = { 0 };
        struct arena arena;
        arena_init(&arena, ROOM);
        assert_ok(
            tcb_releases_parse(bytes_of_text(files[i]), "r.yaml", &arena, &table, &err),
            err);
        assert_int_equal(table.count, tcb_releases_known.count);
        arena_fini(&arena);
    }
}

/* ---- what is refused ----------------------------------------------------------------
 */

#define ROW "tcb_releases:\n- {number: 17, released: 2024-03-13"

static const struct {
    const char *what, *yaml, *text;
} refused[] = {
    { "an unknown key", ROW ", psw_linus: \"2\"}\n",
      "r.yaml:2: unknown key \"psw_linus\" in tcb_releases, did you mean "
      "\"psw_linux\"?" },
    { "an unknown section", "tcb_release: []\n",
      "r.yaml:1: unknown key \"tcb_release\", did you mean \"tcb_releases\"?" },
    { "no number", "tcb_releases:\n- {released: 2024-03-13}\n",
      "r.yaml:2: tcb_releases: lacks the key \"number\"" },
    { "no day", "tcb_releases:\n- number: 17\n",
      "r.yaml:2: tcb_releases: lacks the key \"released\"" },
    { "number 0", "tcb_releases:\n- {number: 0, released: 2024-03-13}\n",
      "r.yaml:2: tcb_releases.number: " },
    { "a day that is none", "tcb_releases:\n- {number: 17, released: 2024-02-30}\n",
      "r.yaml:2: tcb_releases.released: \"2024-02-30\" is no day" },
    { "a moment", "tcb_releases:\n- {number: 17, released: \"2024-02-20T00:00:00Z\"}\n",
      "r.yaml:2: tcb_releases.released: \"2024-02-20T00:00:00Z\" is no day" },
    { "a version with a letter", ROW ", psw_linux: 2.23b}\n",
      "r.yaml:2: tcb_releases.psw_linux: \"2.23b\" is no version" },
    { "a version too long", ROW ", psw_windows: \"1.3456789.123456789.123456789.12\"}\n",
      "r.yaml:2: tcb_releases.psw_windows: " },
    { "a number twice", ROW "}\n- {number: 17, released: 2024-03-14}\n",
      "r.yaml:3: tcb_releases: number 17 stands in line 2 already" },
};

static void what_is_wrong_is_named_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct tcb_release_table table;
        struct error err = { 0 };
        struct arena arena;
        arena_init(&arena, ROOM);
        if (tcb_releases_parse(bytes_of_text(refused[i].yaml), "r.yaml", &arena, &table,
                               &err))
            fail_msg("%s: accepted", refused[i].what);
        assert_refused(err, ERROR_FORMAT, refused[i].text);
        arena_fini(&arena);
    }
}

/* ---- files --------------------------------------------------------------------------
 */

static void a_file_that_is_named_must_be_there(void **state)
{
    char *directory = test_directory(), path[512];
    struct tcb_release_table table;
    struct error err = { 0 };
    struct arena arena;

    (void)state;
    arena_init(&arena, ROOM);
    snprintf(path, sizeof path, "%s/releases.yaml", directory);
    assert_ok(tcb_releases_read(NULL, &arena, &table, &err), err);
    assert_int_equal(table.count, tcb_releases_known.count);
    assert_false(tcb_releases_read(path, &arena, &table, &err));
    assert_refused(err, ERROR_NOT_FOUND, "releases.yaml");
    assert_ok(file_write(path, bytes_of_text(ROW "}\n"), 0600, &err), err);
    assert_ok(tcb_releases_read(path, &arena, &table, &err), err);
    assert_non_null(tcb_release_find(&table, 17));
    arena_fini(&arena);
    test_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_in_the_place_of_built_in_ones),
        cmocka_unit_test(without_rows_the_built_in_ones_stay),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(a_file_that_is_named_must_be_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
