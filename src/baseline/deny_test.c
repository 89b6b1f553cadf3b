/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/deny.h"

#include <stdlib.h>

#include "kit/test.h"
#include "kit/text.h"

#define ZEROS_16 "0000000000000000"
#define ZEROS_112 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16
#define TURIN_ID "0123456789abcdef"
#define HEX_32 "00112233445566778899aabbccddeeff"
#define HEX_64 HEX_32 HEX_32
#define MILAN_ID HEX_64 HEX_64

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

static struct deny_entry entry_of(enum deny_kind kind, const char *text, int line)
{
    struct deny_entry entry = { .kind = kind, .why = "w", .by = "b", .line = line };
    struct error err = { 0 };

    assert_ok(deny_value_read(kind, bytes_of_text(text), &arena, &entry.value, &err),
              err);
    return entry;
}

/* ---- kinds and values ----------------------------------------------------------- */

static void every_kind_has_its_name(void **state)
{
    static const char *const names[DENY_KINDS] = {
        [DENY_CHIP_ID] = "chip_id",         [DENY_QE_ID] = "qe_id",
        [DENY_PPID_DIGEST] = "ppid_digest", [DENY_FMSPC] = "fmspc",
        [DENY_KEY_DIGEST] = "key_digest",   [DENY_ADVISORY] = "advisory",
    };
    enum deny_kind named;

    (void)state;
    for (enum deny_kind kind = DENY_CHIP_ID; kind < DENY_KINDS; kind++) {
        assert_string_equal(deny_kind_name(kind), names[kind]);
        assert_true(deny_kind_named(bytes_of_text(names[kind]), &named));
        assert_int_equal(named, kind);
    }
    assert_false(deny_kind_named(bytes_of_text("Fmspc"), &named));
    assert_false(deny_kind_named(bytes_of_text(""), &named));
}

static void a_value_has_one_form_however_it_is_written(void **state)
{
    static const struct {
        enum deny_kind kind;
        const char *written, *kept;
    } cases[] = {
        { DENY_CHIP_ID, "0123456789ABCDEF", TURIN_ID },
        { DENY_CHIP_ID, TURIN_ID ZEROS_112, TURIN_ID }, /* as reports carry a Turin's */
        { DENY_CHIP_ID, MILAN_ID, MILAN_ID },
        { DENY_QE_ID, "00112233445566778899AABBCCDDEEFF", HEX_32 },
        { DENY_PPID_DIGEST, HEX_64, HEX_64 },
        { DENY_FMSPC, "00906ED50000", "00906ed50000" },
        { DENY_KEY_DIGEST, HEX_64, HEX_64 },
        { DENY_ADVISORY, "intel-sa-00615", "INTEL-SA-00615" },
        { DENY_ADVISORY, "AMD-SB-3019", "AMD-SB-3019" },
        { DENY_ADVISORY, "A" HEX_32, "A00112233445566778899AABBCCDDEEFF" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct deny_entry entry = { .kind = cases[i].kind };
        struct error err = { 0 };
        struct buf out;
        assert_ok(deny_value_read(cases[i].kind, bytes_of_text(cases[i].written), &arena,
                                  &entry.value, &err),
                  err);
        buf_init(&out, 1024);
        deny_value_write(&entry, &out);
        assert_string_equal(buf_text(&out), cases[i].kept);
        buf_fini(&out);
    }
}

static void what_is_no_value_of_its_kind_is_told_what_one_looks_like(void **state)
{
    static const struct {
        enum deny_kind kind;
        const char *text, *why;
    } cases[] = {
        { DENY_CHIP_ID, "0123456789abcde", "\" is not 16 hex digits (Turin), or 128" },
        { DENY_CHIP_ID, "0123456789abcdef01", "is not 16 hex digits (Turin), or 128" },
        { DENY_CHIP_ID, "0123456789abcdeg", "is not 16 hex digits (Turin), or 128" },
        { DENY_CHIP_ID, MILAN_ID "0", "is not 16 hex digits (Turin), or 128" },
        { DENY_CHIP_ID, ZEROS_16, "is zeros only: so says every chip whose host masks" },
        { DENY_CHIP_ID, ZEROS_16 ZEROS_112, "is zeros only: so says every chip" },
        { DENY_QE_ID, HEX_32 "0", "is not 32 hex digits" },
        { DENY_QE_ID, "", "\"\" is not 32 hex digits" },
        { DENY_PPID_DIGEST, HEX_32, "is not 64 hex digits, a SHA-256" },
        { DENY_FMSPC, "00906ed5000", "\"00906ed5000\" is not 12 hex digits" },
        { DENY_KEY_DIGEST, HEX_64 "00", "is not 64 hex digits, a SHA-256" },
        { DENY_ADVISORY, "", "is not an advisory's name, like INTEL-SA-00615" },
        { DENY_ADVISORY, "00615", "is not an advisory's name" },
        { DENY_ADVISORY, "INTEL SA", "is not an advisory's name" },
        { DENY_ADVISORY, "-SA-00615", "is not an advisory's name" },
        { DENY_ADVISORY, "INTEL_SA", "is not an advisory's name" },
        { DENY_ADVISORY, "A" HEX_64, "is not an advisory's name" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct bytes value;
        assert_false(deny_value_read(cases[i].kind, bytes_of_text(cases[i].text), &arena,
                                     &value, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

static void without_room_a_value_is_a_limit(void **state)
{
    struct error err = { 0 };
    struct bytes value;
    struct arena none;

    (void)state;
    arena_init(&none, 0);
    assert_false(deny_value_read(DENY_ADVISORY, bytes_of_text("A"), &none, &value, &err));
    assert_refused(err, ERROR_LIMIT, "too many values");
    arena_fini(&none);
}

static void a_text_stands_on_one_line(void **state)
{
    static const struct {
        const char *text, *why; /* NULL: fine */
    } cases[] = {
        { "taken out of its rack \"by\" strangers\\", NULL },
        { "J\xc3\xb8 \xe2\x82\xac \xf0\x9f\x94\x92 \xc2\xa0", NULL },
        { "", "is 0 bytes long, expected 1 to 256" },
        { "a\nb", "has a line break or control character in it" },
        { "a\x7f", "has a line break or control" },
        { "\xc2\x85", "has a line break or control" },
        { "\xc2\x9f", "has a line break or control" },
        { "\xe2\x80\xa8", "has a line break or control" },
        { "\xe2\x80\xa9", "has a line break or control" },
        { "\xe2\x80\xa7\xe2\x80\xaf", NULL },
        { "\xef\xbb\xbf", "has a line break or control" },
        { "\xef\xbf\xbd", NULL },
        { "\xef\xbf\xbe", "has a line break or control" },
        { "\xc3", "is not UTF-8" },
        { "a\xff", "is not UTF-8" },
    };
    char longest[DENY_TEXT_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        bool ok = deny_text_check(bytes_of_text(cases[i].text), &err);
        assert_int_equal(ok, cases[i].why == NULL);
        if (!ok && strncmp(err.text, cases[i].why, strlen(cases[i].why)) != 0)
            fail_msg("%zu: %s", i, err.text);
    }
    memset(longest, 'x', sizeof longest);
    assert_true(deny_text_check(bytes_of(longest, DENY_TEXT_MAX), NULL));
    assert_false(deny_text_check(bytes_of(longest, DENY_TEXT_MAX + 1), NULL));
}

/* ---- the list ------------------------------------------------------------------- */

static void twins_are_named_by_their_lines(void **state)
{
    static const struct {
        enum deny_kind kind;
        const char *first, *second;
        int first_line, second_line;
        const char *why;
    } cases[] = {
        { DENY_FMSPC, "00906ed50000", "00906ED50000", 9, 4,
          "fmspc 00906ed50000 is denied on lines 4 and 9: leave one of them" },
        { DENY_CHIP_ID, TURIN_ID ZEROS_112, TURIN_ID, 4, 9,
          "chip_id 0123456789abcdef is denied on lines 4 and 9: leave one of them" },
        { DENY_ADVISORY, "Intel-SA-1", "INTEL-SA-1", 0, 4,
          "advisory INTEL-SA-1 is denied on line 4 already" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct deny_entry entries[] = {
            entry_of(cases[i].kind, cases[i].first, cases[i].first_line),
            entry_of(DENY_QE_ID, HEX_32, 6),
            entry_of(cases[i].kind, cases[i].second, cases[i].second_line),
        };
        struct error err = { 0 };
        struct deny_list list;
        assert_false(deny_list_make(entries, COUNT_OF(entries), &list, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

static void a_list_has_an_end(void **state)
{
    struct deny_entry *entries = calloc(DENY_ENTRIES_MAX + 1, sizeof *entries);
    struct error err = { 0 };
    struct deny_list list;

    (void)state;
    assert_non_null(entries);
    for (uint32_t i = 0; i <= DENY_ENTRIES_MAX; i++) {
        uint8_t fmspc[6] = { (uint8_t)(i * 7), (uint8_t)(i >> 8), (uint8_t)(i >> 16) };
        entries[i].kind = DENY_FMSPC;
        entries[i].value = arena_copy(&arena, bytes_of(fmspc, sizeof fmspc));
    }
    assert_false(deny_list_make(entries, DENY_ENTRIES_MAX + 1, &list, &err));
    assert_refused(err, ERROR_LIMIT, "65537 entries, expected at most 65536");
    assert_ok(deny_list_make(entries, DENY_ENTRIES_MAX, &list, &err), err);
    for (size_t i = 0; i < list.count; i += 97)
        assert_ptr_equal(deny_find(&list, DENY_FMSPC, list.entries[i].value, 0),
                         &list.entries[i]);
    free(entries);
}

static void an_entry_is_in_force_until_its_day(void **state)
{
    struct deny_entry entry = entry_of(DENY_FMSPC, "00906ed50000", 1);
    struct bytes fmspc = entry.value;
    struct error err = { 0 };
    struct deny_list list;

    (void)state;
    assert_ok(deny_list_make(&entry, 1, &list, &err), err);
    assert_ptr_equal(deny_find(&list, DENY_FMSPC, fmspc, INT64_MAX), &entry);
    entry.until_s = 1000;
    assert_ptr_equal(deny_find(&list, DENY_FMSPC, fmspc, 999), &entry);
    assert_null(deny_find(&list, DENY_FMSPC, fmspc, 1000));
    assert_null(deny_find(&list, DENY_QE_ID, fmspc, 999));
    assert_null(deny_find(&list, DENY_FMSPC, bytes_first(fmspc, 5), 999));
    assert_null(deny_find(NULL, DENY_FMSPC, fmspc, 999));
    assert_ok(deny_list_make(NULL, 0, &list, &err), err);
    assert_null(deny_find(&list, DENY_FMSPC, fmspc, 999));
}

/* ---- subjects ------------------------------------------------------------------- */

static struct bytes binary(const char *digits)
{
    uint8_t bytes[CHIP_ID_LEN];
    size_t len = strlen(digits) / 2;

    assert_true(hex_read(bytes_of_text(digits), bytes, len));
    return arena_copy(&arena, bytes_of(bytes, len));
}

static void whoever_is_named_by_anything_is_denied(void **state)
{
    struct deny_entry entries[] = {
        entry_of(DENY_ADVISORY, "INTEL-SA-00615", 1),
        entry_of(DENY_CHIP_ID, TURIN_ID, 2),
        entry_of(DENY_QE_ID, HEX_32, 3),
        entry_of(DENY_PPID_DIGEST, HEX_64, 4),
        entry_of(DENY_FMSPC, "00906ed50000", 5),
        entry_of(DENY_KEY_DIGEST, HEX_64, 6),
        entry_of(DENY_CHIP_ID, MILAN_ID, 7),
    };
    const struct bytes advisories[] = { bytes_of_text("INTEL-SA-00614"),
                                        bytes_of_text("Intel-SA-00615") };
    const struct bytes advisory_near[] = { bytes_of_text("INTEL-SA-006150"),
                                           bytes_of_text("A" HEX_64) };
    const struct {
        const char *claim;
        struct deny_subject subject;
        int line; /* 0: not denied */
    } cases[] = {
        { .claim = "nothing is known" },
        { "a QE ID in capitals",
          { .qe_id = bytes_of_text("00112233445566778899AABBCCDDEEFF") },
          3 },
        { "a QE ID of a digit more", { .qe_id = bytes_of_text(HEX_32 "0") }, 0 },
        { "a QE ID, binary", { .qe_id = binary(HEX_32) }, 0 },
        { "a PPID", { .ppid_digest = binary(HEX_64) }, 4 },
        { "a PPID's digest that is a denied key's", { .key_digest = binary(HEX_64) }, 6 },
        { "an FMSPC", { .fmspc = binary("00906ed50000") }, 5 },
        { "an FMSPC beside it", { .fmspc = binary("00906ed50001") }, 0 },
        { "a Turin", { .chip_id = binary(TURIN_ID) }, 2 },
        { "a Turin as reports have it", { .chip_id = binary(TURIN_ID ZEROS_112) }, 2 },
        { "a Milan", { .chip_id = binary(MILAN_ID) }, 7 },
        { "a Milan's beginning", { .chip_id = binary("0011223344556677") }, 0 },
        { "an advisory among others",
          { .advisories = advisories, .advisory_count = 2 },
          1 },
        { "advisories beside it",
          { .advisories = advisory_near, .advisory_count = 2 },
          0 },
        { "a known-good FMSPC with a denied QE ID",
          { .fmspc = binary("30606a000000"), .qe_id = bytes_of_text(HEX_32) },
          3 },
    };
    struct error err = { 0 };
    struct deny_list list;

    (void)state;
    assert_ok(deny_list_make(entries, COUNT_OF(entries), &list, &err), err);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct deny_entry *entry = deny_match(&list, &cases[i].subject, 0);
        int line = entry == NULL ? 0 : entry->line;
        if (line != cases[i].line)
            fail_msg("%s: line %d", cases[i].claim, line);
        assert_null(deny_match(NULL, &cases[i].subject, 0));
    }
}

static void a_turin_written_long_is_found_short(void **state)
{
    struct deny_entry entry = entry_of(DENY_CHIP_ID, TURIN_ID ZEROS_112, 1);
    struct deny_subject subject = { .chip_id = binary(TURIN_ID) };
    struct error err = { 0 };
    struct deny_list list;

    (void)state;
    assert_ok(deny_list_make(&entry, 1, &list, &err), err);
    assert_ptr_equal(deny_match(&list, &subject, 0), &entry);
    subject.chip_id = binary(TURIN_ID ZEROS_112);
    assert_ptr_equal(deny_match(&list, &subject, 0), &entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_name),
        cmocka_unit_test(a_value_has_one_form_however_it_is_written),
        cmocka_unit_test(what_is_no_value_of_its_kind_is_told_what_one_looks_like),
        cmocka_unit_test(without_room_a_value_is_a_limit),
        cmocka_unit_test(a_text_stands_on_one_line),
        cmocka_unit_test(twins_are_named_by_their_lines),
        cmocka_unit_test(a_list_has_an_end),
        cmocka_unit_test(an_entry_is_in_force_until_its_day),
        cmocka_unit_test(whoever_is_named_by_anything_is_denied),
        cmocka_unit_test(a_turin_written_long_is_found_short),
    };

    return cmocka_run_group_tests(tests, begin_arena, end_arena);
}
