/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema.h"

#include <string.h>

#include "config/keys.h"
#include "kit/test.h"

static const struct {
    const char *written, *meant; /* meant NULL: nothing is near */
} words[] = {
    { "listen", "listen" },
    { "listner", "listen" },
    { "Listen", "listen" },
    { "listens", "listen" },
    { "loglevel", "log_level" },
    { "log-level", "log_level" },
    { "state_dir", "state_directory" },
    { "socket", "admin_socket" },
    { "limit", "limits" },
    { "compatible", "compat" },
    { "compatibility", NULL },
    { "xxxxxx", NULL },
    { "", NULL },
    { "a_word_so_long_that_no_key_of_ours_can_have_been_meant_by_it", NULL },
};

static void the_nearest_key_is_the_one_that_was_meant(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        const struct schema_key *near =
            schema_nearest(config_keys, bytes_of_text(words[i].written));
        const char *name = near == NULL ? "(none)" : near->name;
        const char *meant = words[i].meant == NULL ? "(none)" : words[i].meant;
        if (strcmp(name, meant) != 0)
            fail_msg("%s: %s, expected %s", words[i].written, name, meant);
    }
}

/* A table of its own, to see that bytes beside a field stay as they are. */
struct narrow {
    uint8_t before;
    uint16_t small;
    uint16_t after;
    uint32_t middle;
    uint32_t behind;
    int64_t wide;
    bool flag;
    uint8_t beside;
};

static const struct schema_key narrow_keys[] = {
    { .name = "small",
      .read = schema_number,
      SCHEMA_AT(struct narrow, small),
      .most = UINT16_MAX },
    { .name = "middle",
      .read = schema_number,
      SCHEMA_AT(struct narrow, middle),
      .most = UINT32_MAX },
    { .name = "wide",
      .read = schema_number,
      SCHEMA_AT(struct narrow, wide),
      .most = INT64_MAX },
    { .name = "flag", .read = schema_flag, SCHEMA_AT(struct narrow, flag) },
    { 0 },
};

static void a_row_fills_its_field_and_nothing_beside(void **state)
{
    static const char yaml[] = "small: 65535\nmiddle: 4294967295\nflag: true\n"
                               "wide: 9223372036854775807\n";
    struct narrow filled = { 0 };
    struct error err = { 0 };
    struct value *root;
    struct arena arena;

    (void)state;
    arena_init(&arena, 1 << 20);
    struct schema_walk walk = { .file = "t", .arena = &arena, .all = narrow_keys };
    assert_ok(document_parse(bytes_of_text(yaml), "t", &arena, &root, &err), err);
    assert_ok(schema_read(&walk, root, &filled, &err), err);
    assert_int_equal(filled.small, UINT16_MAX);
    assert_int_equal(filled.middle, UINT32_MAX);
    assert_true(filled.wide == INT64_MAX);
    assert_true(filled.flag);
    assert_int_equal(filled.before + filled.after + filled.behind + filled.beside, 0);
    assert_int_equal(schema_line(walk.places, "wide"), 4);
    assert_int_equal(schema_line(walk.places, "wid"), 0);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_key_is_the_one_that_was_meant),
        cmocka_unit_test(a_row_fills_its_field_and_nothing_beside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
