/* SPDX-License-Identifier: Apache-2.0 */
#include "config/deny.h"

#include <stdio.h>

#include "kit/file.h"
#include "kit/test.h"
#include "kit/text.h"

#define HEX_32 "00112233445566778899aabbccddeeff"
#define HEX_64 HEX_32 HEX_32
#define ARENA_MAX ((size_t)64 << 20)

static struct arena arena;

static int begin_arena(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_MAX);
    return 0;
}

static int end_arena(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static bool parse(const char *yaml, struct deny_list *out, struct error *err)
{
    return deny_parse(bytes_of_text(yaml), "d.yaml", &arena, out, err);
}

/* ---- what is accepted ----------------------------------------------------------- */

static const char every_kind[] =
    "deny:\n"
    "  - chip_id: 0123456789ABCDEF\n"
    "    why: taken out of its rack by strangers\n"
    "    by: Jo Operator\n"
    "    until: 2027-01-01T00:00:00Z\n"
    "  - {qe_id: " HEX_32 ", why: \"a \\\"b\\\" \\\\ c\", by: 'J\xc3\xb8: #1'}\n"
    "  - {why: w, by: ' ', ppid_digest: " HEX_64 "}\n"
    "  - {fmspc: 00906ED50000, why: '1', by: \"~\"}\n"
    "  - {key_digest: " HEX_64 ", why: '- x', by: '*'}\n"
    "  - {advisory: intel-sa-00615, why: 'no: yes', by: \"\\u20ac \\U0001F512\",\n"
    "     until: 2001-01-01T00:00:00Z}\n";

static void every_kind_is_read(void **state)
{
    struct error err = { 0 };
    struct deny_list list;

    (void)state;
    assert_ok(parse(every_kind, &list, &err), err);
    assert_int_equal(list.count, 6);
    const struct deny_entry *chip = &list.entries[0], *qe = &list.entries[1];
    const struct deny_entry *advisory = &list.entries[5];
    assert_int_equal(chip->kind, DENY_CHIP_ID);
    assert_string_equal(hex(chip->value.at, chip->value.len).s, "0123456789abcdef");
    assert_string_equal(chip->why, "taken out of its rack by strangers");
    assert_string_equal(chip->by, "Jo Operator");
    assert_string_equal(utc(chip->until_s).s, "2027-01-01T00:00:00Z");
    assert_int_equal(chip->line, 2);
    assert_int_equal(qe->kind, DENY_QE_ID);
    assert_string_equal(qe->why, "a \"b\" \\ c");
    assert_string_equal(qe->by, "J\xc3\xb8: #1");
    assert_int_equal(qe->until_s, 0);
    assert_int_equal(qe->line, 6);
    assert_true(bytes_equal_text(advisory->value, "INTEL-SA-00615"));
    /* a day that has passed is read; what it means is deny_find's to say */
    assert_string_equal(utc(advisory->until_s).s, "2001-01-01T00:00:00Z");
}

static void nothing_is_an_empty_list(void **state)
{
    static const char *const nothing[] = { "", "# none yet\n", "deny: []\n", "{}" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(nothing); i++) {
        struct error err = { 0 };
        struct deny_list list;
        assert_ok(parse(nothing[i], &list, &err), err);
        assert_int_equal(list.count, 0);
    }
}

/* ---- writing -------------------------------------------------------------------- */

static void assert_same_lists(const struct deny_list *a, const struct deny_list *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->entries[i].kind, b->entries[i].kind);
        assert_true(bytes_equal(a->entries[i].value, b->entries[i].value));
        assert_string_equal(a->entries[i].why, b->entries[i].why);
        assert_string_equal(a->entries[i].by, b->entries[i].by);
        assert_int_equal(a->entries[i].until_s, b->entries[i].until_s);
    }
}

static void what_is_written_reads_as_it_was(void **state)
{
    static const char *const files[] = { every_kind, "" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct deny_list list, again;
        struct error err = { 0 };
        struct buf out;
        buf_init(&out, DENY_FILE_MAX);
        assert_ok(parse(files[i], &list, &err), err);
        deny_write(&list, &out);
        assert_false(out.failed);
        assert_ok(parse(buf_text(&out), &again, &err), err);
        assert_same_lists(&list, &again);
        buf_fini(&out);
    }
}

static void a_written_list_is_for_people(void **state)
{
    struct deny_entry entry = { .kind = DENY_FMSPC,
                                .value = bytes_of("\0\x90\x6e\xd5\0", 6),
                                .why = "no BIOS",
                                .by = "jo",
                                .until_s = 1798761600 };
    const struct deny_list list = { .entries = &entry, .count = 1 };
    struct buf out;

    (void)state;
    buf_init(&out, 1024);
    deny_write(&list, &out);
    assert_string_equal(buf_text(&out),
                        "# What this site has given up on, whatever a vendor signs.\n"
                        "# `thim deny` writes it anew and keeps no comments.\n"
                        "deny:\n"
                        "  - fmspc: 00906ed50000\n"
                        "    why: \"no BIOS\"\n"
                        "    by: \"jo\"\n"
                        "    until: 2027-01-01T00:00:00Z\n");
    buf_fini(&out);
}

static void the_longest_list_is_read_and_one_more_refused(void **state)
{
    struct error err = { 0 };
    struct deny_list list;
    struct buf yaml;

    (void)state;
    buf_init(&yaml, DENY_FILE_MAX);
    buf_add_text(&yaml, "deny:\n");
    for (unsigned i = 0; i < DENY_ENTRIES_MAX; i++)
        buf_addf(&yaml,
                 "- {chip_id: %016x, why: a reason of usual length, by: Jo Operator, "
                 "until: 2027-01-01T00:00:00Z}\n",
                 i + 1);
    assert_false(yaml.failed);
    assert_ok(deny_parse(buf_bytes(&yaml), "d.yaml", &arena, &list, &err), err);
    assert_int_equal(list.count, DENY_ENTRIES_MAX);
    buf_add_text(&yaml, "- {fmspc: 00906ed50000, why: w, by: b}\n");
    assert_false(deny_parse(buf_bytes(&yaml), "d.yaml", &arena, &list, &err));
    assert_refused(err, ERROR_LIMIT, "d.yaml:2: deny: has 65537 items, expected 0 to");
    buf_fini(&yaml);
}

/* ---- what is refused ------------------------------------------------------------ */

#define ITEM(rest) "deny:\n- {fmspc: 00906ed50000, " rest "}\n"

static void every_bad_file_is_refused_with_line_key_and_reason(void **state)
{
    static const struct {
        const char *yaml, *text;
        enum error_kind kind; /* 0: ERROR_FORMAT */
    } cases[] = {
        { .yaml = "dney: []\n",
          .text = "d.yaml:1: unknown key \"dney\", did you mean \"deny\"?" },
        { .yaml = "- fmspc: 00906ed50000\n",
          .text = "d.yaml:1: is a list; expected keys with values" },
        { .yaml = "deny: {fmspc: 00906ed50000}\n",
          .text = "d.yaml:1: deny: is a mapping; expected a list" },
        { .yaml = ITEM("why: w, by: b, until: 2027-01-01T00:00:00Z, until: x"),
          .text = "d.yaml:2: deny.until: a second time" },
        { .yaml = ITEM("why: w, by: b, untill: x"),
          .text = "d.yaml:2: unknown key \"untill\" in deny, did you mean \"until\"?" },
        { .yaml = ITEM("by: b"), .text = "d.yaml:2: deny: lacks the key \"why\"" },
        { .yaml = ITEM("why: w"), .text = "d.yaml:2: deny: lacks the key \"by\"" },
        { .yaml = ITEM("why: '', by: b"),
          .text = "d.yaml:2: deny.why: is 0 bytes long, expected 1 to 256",
          .kind = ERROR_LIMIT },
        { .yaml = ITEM("why: , by: b"), .text = "d.yaml:2: deny.why: has no value" },
        { .yaml = ITEM("why: w, by: \"\\u2028\""),
          .text = "d.yaml:2: deny.by: has a line break or control character in it" },
        { .yaml = ITEM("why: w, by: b, until: 2027-01-01"),
          .text = "d.yaml:2: deny.until: \"2027-01-01\" is not a time like" },
        { .yaml = "deny:\n- {why: w, by: b}\n- {fmspc: 00906ed50000, why: w, by: b}\n",
          .text = "d.yaml:2: deny: needs one of chip_id, qe_id, ppid_digest, fmspc, "
                  "key_digest, advisory" },
        { .yaml = ITEM("why: w, by: b, advisory: INTEL-SA-1"),
          .text = "d.yaml:2: deny.advisory: stands beside fmspc: one value, one item" },
        { .yaml = "deny:\n- why: w\n  by: b\n  qe_id: 0123\n",
          .text = "d.yaml:4: deny.qe_id: \"0123\" is not 32 hex digits" },
        { .yaml = "deny:\n- chip_id: '0000000000000000'\n",
          .text = "d.yaml:2: deny.chip_id: is zeros only: so says every chip" },
        { .yaml = "deny:\n- chip_id: [a]\n",
          .text = "d.yaml:2: deny.chip_id: is a list; expected a value" },
        { .yaml = "deny:\n- {fmspc: 00906ed50000, why: w, by: b}\n"
                  "- {fmspc: 00906ED50000, why: other, by: c}\n",
          .text = "d.yaml: fmspc 00906ed50000 is denied on lines 2 and 3: leave one" },
        { .yaml = "deny: [\n", .text = "d.yaml:2: not YAML: " },
        { .yaml = "deny: &a []\n", .text = "d.yaml:1: an anchor or alias" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum error_kind kind = cases[i].kind != 0 ? cases[i].kind : ERROR_FORMAT;
        struct error err = { 0 };
        struct deny_list list;
        if (parse(cases[i].yaml, &list, &err))
            fail_msg("accepted: %s", cases[i].yaml);
        if (err.kind != kind
            || strncmp(err.text, cases[i].text, strlen(cases[i].text)) != 0)
            fail_msg("%s \"%s\", expected \"%s\"", error_kind_name(err.kind), err.text,
                     cases[i].text);
    }
}

static void without_room_a_list_is_a_limit(void **state)
{
    struct bytes yaml = bytes_of_text(every_kind);
    bool fits = false;

    (void)state;
    for (size_t ceiling = 0; !fits; ceiling += 64) {
        struct error err = { 0 };
        struct deny_list list;
        struct arena small;
        arena_init(&small, ceiling);
        fits = deny_parse(yaml, "d.yaml", &small, &list, &err);
        if (!fits)
            assert_int_equal(err.kind, ERROR_LIMIT);
        arena_fini(&small);
        assert_in_range(ceiling, 0, 4096);
    }
}

/* ---- files ---------------------------------------------------------------------- */

static void a_file_is_read_and_a_missing_one_is_empty(void **state)
{
    char *directory = test_directory(), path[512];
    struct error err = { 0 };
    struct deny_list list;

    (void)state;
    snprintf(path, sizeof path, "%s/deny.yaml", directory);
    assert_ok(deny_file_read(path, &arena, &list, &err), err);
    assert_int_equal(list.count, 0);
    assert_ok(file_write(path, bytes_of_text(every_kind), 0600, &err), err);
    assert_ok(deny_file_read(path, &arena, &list, &err), err);
    assert_int_equal(list.count, 6);
    assert_ok(file_write(path, bytes_of_text("deny: 1\n"), 0600, &err), err);
    assert_false(deny_file_read(path, &arena, &list, &err));
    assert_refused(err, ERROR_FORMAT, "deny.yaml:1: deny: is a value; expected a list");
    assert_false(deny_file_read(directory, &arena, &list, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM); /* no file, and not missing either */
    test_remove(directory);
}

static void a_file_has_a_size(void **state)
{
    char *directory = test_directory(), path[512];
    struct error err = { 0 };
    struct deny_list list;
    struct buf text;

    (void)state;
    snprintf(path, sizeof path, "%s/deny.yaml", directory);
    buf_init(&text, DENY_FILE_MAX + 16);
    while (text.len <= DENY_FILE_MAX)
        buf_add_text(&text, "###############\n");
    assert_ok(file_write(path, buf_bytes(&text), 0600, &err), err);
    assert_false(deny_file_read(path, &arena, &list, &err));
    assert_int_equal(err.kind, ERROR_LIMIT);
    assert_false(deny_parse(buf_bytes(&text), "d.yaml", &arena, &list, &err));
    assert_refused(err, ERROR_LIMIT, "d.yaml is larger than 16777216 bytes");
    buf_fini(&text);
    test_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(nothing_is_an_empty_list),
        cmocka_unit_test(what_is_written_reads_as_it_was),
        cmocka_unit_test(a_written_list_is_for_people),
        cmocka_unit_test(the_longest_list_is_read_and_one_more_refused),
        cmocka_unit_test(every_bad_file_is_refused_with_line_key_and_reason),
        cmocka_unit_test(without_room_a_list_is_a_limit),
        cmocka_unit_test(a_file_is_read_and_a_missing_one_is_empty),
        cmocka_unit_test(a_file_has_a_size),
    };

    return cmocka_run_group_tests(tests, begin_arena, end_arena);
}
