/* SPDX-License-Identifier: Apache-2.0 */
#include "config/document.h"

#include <stdio.h>
#include <string.h>

#include "kit/test.h"

static struct arena arena;

static int begin_arena(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)16 << 20);
    return 0;
}

static int end_arena(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static bool parse(struct bytes yaml, struct value **root, struct error *err)
{
    return document_parse(yaml, "t.yaml", &arena, root, err);
}

static void values_know_kind_text_and_line(void **state)
{
    static const char yaml[] = "# first\na: 1\n\nb:\n  - x\n  - 'y z'\nc: {d: e}\n";
    struct error err = { 0 };
    struct value *root;

    (void)state;
    assert_ok(parse(bytes_of_text(yaml), &root, &err), err);
    assert_int_equal(root->kind, VALUE_MAPPING);
    assert_int_equal(root->count, 3);
    struct value *a = root->first, *b = a->next->next, *c = b->next->next;
    assert_string_equal((const char *)a->text.at, "a");
    assert_int_equal(a->line, 2);
    assert_string_equal((const char *)a->next->text.at, "1");
    assert_true(a->next->is_plain);
    assert_int_equal(b->line, 4);
    assert_int_equal(b->next->kind, VALUE_LIST);
    assert_int_equal(b->next->line, 5);
    assert_int_equal(b->next->count, 2);
    assert_string_equal((const char *)b->next->first->next->text.at, "y z");
    assert_false(b->next->first->next->is_plain);
    assert_int_equal(b->next->first->next->line, 6);
    assert_null(b->next->first->next->next);
    assert_int_equal(c->next->kind, VALUE_MAPPING);
    assert_int_equal(c->next->count, 1);
    assert_null(c->next->next);
}

static void no_document_is_nothing(void **state)
{
    static const char *const nothing[] = { "", "# x\n", "---\n", "--- # x\n...\n" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(nothing); i++) {
        struct error err = { 0 };
        struct value *root = (struct value *)&arena;
        assert_ok(parse(bytes_of_text(nothing[i]), &root, &err), err);
        assert_null(root);
    }
}

static const struct {
    const char *claim, *yaml, *text;
} refused[] = {
    { "an alias", "a: 1\nb: *a\n", "t.yaml:2: an anchor or alias" },
    { "an anchor", "a: &x 1\n", "t.yaml:1: an anchor or alias" },
    { "an anchor on a list", "a:\n  &x [1]\n", "t.yaml:2: an anchor or alias" },
    { "a merge", "a: &x {b: 1}\nc:\n  <<: *x\n", "t.yaml:1: an anchor or alias" },
    { "an alias as a key", "*a : 1\n", "t.yaml:1: an anchor or alias" },
    { "a tag", "a: !!str 1\n", "t.yaml:1: a tag (!): leave it out" },
    { "a tag of one's own", "a: 1\nb: !x {c: d}\n", "t.yaml:2: a tag (!): leave it out" },
    { "the tag that says nothing", "a: ! 1\n", "t.yaml:1: a tag (!): leave it out" },
    { "a second document", "a: 1\n---\nb: 1\n", "t.yaml:2: a second document" },
    { "an empty second document", "a: 1\n---\n", "t.yaml:2: a second document" },
    { "a version directive", "%YAML 1.1\n---\na: 1\n", "t.yaml:1: a directive (%)" },
    { "a tag directive", "%TAG ! tag:x,2000:\n---\na: 1\n", "t.yaml:1: a directive (%)" },
    { "a list as a key", "a: 1\n? [b]\n: c\n", "t.yaml:2: a list or mapping as a key" },
    { "a mapping as a key", "{{a: b}: c}\n", "t.yaml:1: a list or mapping as a key" },
    { "a line break", "a: |\n  b\n  c\n", "t.yaml:1: a line break or control" },
    { "an escaped control character", "a: \"\\u0001\"\n", "t.yaml:1: a line break or" },
    { "a tab for indentation", "a:\n\tb: 1\n",
      "t.yaml:2: not YAML: found character that cannot start any token" },
    { "a bracket left open", "a: [1, 2\nb: 3\n", "t.yaml:2: not YAML: did not find" },
    { "a quote left open", "a: \"x\n", "t.yaml:2: not YAML: found unexpected end" },
    { "a byte that is not UTF-8", "a: 1\nb: 2\nc: \xff\n",
      "t.yaml:3: not YAML: invalid" },
    { "a raw control character", "a: 1\nb: \001\n", "t.yaml:2: not YAML: control" },
};

static void what_a_configuration_does_not_need_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct error err = { 0 };
        struct value *root;
        if (parse(bytes_of_text(refused[i].yaml), &root, &err))
            fail_msg("%s: accepted", refused[i].claim);
        if (err.kind != ERROR_FORMAT
            || strncmp(err.text, refused[i].text, strlen(refused[i].text)) != 0)
            fail_msg("%s: %s \"%s\", expected \"%s\"", refused[i].claim,
                     error_kind_name(err.kind), err.text, refused[i].text);
    }
}

static void zero_bytes_end_nothing_early(void **state)
{
    struct error err = { 0 };
    struct value *root;

    (void)state;
    assert_false(parse(bytes_of("a: 1\0b: 2\n", 10), &root, &err));
    assert_refused(err, ERROR_FORMAT, "t.yaml:1: not YAML: control characters");
}

static void limits_hold(void **state)
{
    struct { /* text repeated, then refused for which limit */
        const char *before, *repeated, *after, *refused;
        size_t allowed;
    } cases[] = {
        { "", "[", "", "nested more than 8 deep", DOCUMENT_DEPTH_MAX },
        { "[", "1,", "]", "more than 20000 values", DOCUMENT_VALUES_MAX - 1 },
        { "", "x", "", "a value longer than 4096 bytes", DOCUMENT_SCALAR_MAX },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t over = 0; over <= 1; over++) {
            struct error err = { 0 };
            struct value *root;
            struct buf yaml;
            buf_init(&yaml, 1 << 20);
            buf_add_text(&yaml, cases[i].before);
            for (size_t k = 0; k < cases[i].allowed + over; k++)
                buf_add_text(&yaml, cases[i].repeated);
            buf_add_text(&yaml, cases[i].after);
            for (size_t k = 0; i == 0 && k < cases[i].allowed + over; k++)
                buf_add_text(&yaml, "]");
            bool accepted = parse(buf_bytes(&yaml), &root, &err);
            if (over == 0)
                assert_ok(accepted, err);
            else
                assert_refused(err, ERROR_LIMIT, cases[i].refused);
            assert_int_equal(accepted, over == 0);
            buf_fini(&yaml);
        }
}

static void a_long_list_brings_its_own_ceiling(void **state)
{
    struct bytes yaml = bytes_of_text("a: [b, c, d]\n"); /* six values */
    struct error err = { 0 };
    struct value *root;

    (void)state;
    assert_ok(document_parse_many(yaml, "t.yaml", 6, &arena, &root, &err), err);
    assert_false(document_parse_many(yaml, "t.yaml", 5, &arena, &root, &err));
    assert_refused(err, ERROR_LIMIT, "t.yaml:1: more than 5 values");
}

static void no_room_is_a_limit_not_a_crash(void **state)
{
    struct error err = { 0 };
    struct value *root;

    (void)state;
    for (size_t ceiling = 0; ceiling < 256; ceiling += 16) {
        struct arena small;
        arena_init(&small, ceiling);
        assert_false(document_parse(bytes_of_text("a: [b, c, d]\n"), "t.yaml", &small,
                                    &root, &err));
        assert_refused(err, ERROR_LIMIT, "t.yaml:1: too large");
        arena_fini(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_know_kind_text_and_line),
        cmocka_unit_test(no_document_is_nothing),
        cmocka_unit_test(what_a_configuration_does_not_need_is_refused),
        cmocka_unit_test(zero_bytes_end_nothing_early),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_long_list_brings_its_own_ceiling),
        cmocka_unit_test(no_room_is_a_limit_not_a_crash),
    };

    return cmocka_run_group_tests(tests, begin_arena, end_arena);
}
