/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdlib.h>

#include "format/json.h"
#include "format/test_edit.h"
#include "kit/text.h"

enum { ROOM = 1 << 20 };

/* Skips the one value and wants nothing after it. */
static bool skip_all(struct bytes text, struct bytes *range, struct error *err)
{
    struct arena arena;
    struct json json;

    arena_init(&arena, ROOM);
    json_begin(&json, text, &arena, err);
    *range = json_skip(&json);
    bool ok = json_end(&json);
    arena_fini(&arena);
    return ok;
}

static void only_strict_json_is_a_document(void **state)
{
    static const struct {
        const char *claim, *text, *refusal; /* NULL: accepted */
    } cases[] = {
        { "an object", "{}", NULL },
        { "an array", "[]", NULL },
        { "white space around everything", " \t\r\n[ 1 , { \"a\" : [ ] } ]\n", NULL },
        { "a word", "true", NULL },
        { "null", "[null,false]", NULL },
        { "zero", "0", NULL },
        { "the greatest integer", "18446744073709551615", NULL },
        { "every escape", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", NULL },
        { "a surrogate pair", "\"\\ud83d\\uDE00\"", NULL },
        { "raw UTF-8 of each length", "\"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
          NULL },
        { "the last code point", "\"\xf4\x8f\xbf\xbf\"", NULL },
        { "a name inside, the same as one outside", "{\"a\":{\"a\":1}}", NULL },

        { "nothing", "", "at byte 0: expected a value, found the end" },
        { "white space only", " \n", "at byte 2: expected a value, found the end" },
        { "a byte order mark", "\xef\xbb\xbf{}", "byte order mark" },
        { "a second document", "{}{}",
          "at byte 2: expected nothing after the document, found an object" },
        { "a byte after the end", "{} x",
          "expected nothing after the document, found x" },
        { "a NUL after the end", "[1]\x01", "found byte 0x01" },
        { "a comma too many in an object", "{\"a\":1,}",
          "at byte 7: expected a member name, found }" },
        { "a comma too many in an array", "[1,]", "expected a value, found ]" },
        { "a comma too few", "[1 2]", "expected \",\" or \"]\", found a number" },
        { "a comma too few in an object", "{\"a\":1 \"b\":2}",
          "a, at byte 7: expected \",\" or \"}\", found a string" },
        { "a leading comma", "[,1]", "expected a value, found ," },
        { "no colon", "{\"a\" 1}", "a, at byte 5: expected \":\", found a number" },
        { "a name without quotes", "{a:1}", "expected a member name, found a" },
        { "a number as a name", "{1:1}", "expected a member name, found a number" },
        { "the wrong bracket", "[1}", "expected \",\" or \"]\", found }" },
        { "a comment", "[1/**/]", "expected \",\" or \"]\", found /" },
        { "single quotes", "['a']", "expected a value, found '" },
        { "half a word", "[tru]", "expected a value, found a boolean" },
        { "a word too long", "[nulls]", "expected \",\" or \"]\", found s" },
        { "a word in capitals", "[True]", "expected a value, found T" },
        { "NaN", "[NaN]", "expected a value, found N" },

        { "a member twice", "{\"a\":1,\"b\":2,\"a\":3}",
          "at byte 13: member \"a\" twice" },
        { "a member twice, once in escapes", "{\"ab\":1,\"\\u0061b\":2}",
          "member \"ab\" twice" },
        { "a member twice, deep inside", "{\"x\":[{},{\"y\":1,\"y\":1}]}",
          "x[1].y, at byte 16: member \"y\" twice" },

        { "a fraction", "[1.0]", "[0], at byte 1: number with a fraction" },
        { "an exponent", "[1e2]", "number with a fraction or an exponent" },
        { "a capital exponent", "[1E2]", "number with a fraction or an exponent" },
        { "a minus", "[-1]", "number with a sign" },
        { "minus zero", "[-0]", "number with a sign" },
        { "a plus", "[+1]", "expected a value, found +" },
        { "a leading zero", "[01]", "number with a leading zero" },
        { "two zeros", "[00]", "number with a leading zero" },
        { "hexadecimal", "[0x1]", "expected \",\" or \"]\", found x" },
        { "one past the greatest integer", "[18446744073709551616]",
          "18446744073709551616 is over 18446744073709551615" },
        { "a number of 35 digits", "[10000000000000000000000000000000000]",
          "100000000000000000000000.. is over" },

        { "a string without end", "\"a", "at byte 2: string does not end" },
        { "a string that ends in a backslash", "\"a\\", "no such escape" },
        { "an escaped end", "\"a\\\"", "string does not end" },
        { "a raw line feed", "\"a\nb\"", "at byte 2: control character" },
        { "a raw tab", "[\"\t\"]", "[0], at byte 2: control character" },
        { "an unknown escape", "\"\\a\"", "no such escape" },
        { "a capital U", "\"\\U0041\"", "no such escape" },
        { "three digits", "\"\\u004\"", "no such escape" },
        { "a digit that is none", "\"\\u00g1\"", "no such escape" },
        { "half a pair, the first", "\"\\ud83d\"", "half a surrogate pair" },
        { "half a pair, the second", "\"\\ude00\"", "half a surrogate pair" },
        { "a pair the wrong way round", "\"\\ude00\\ud83d\"", "half a surrogate pair" },
        { "a first half twice", "\"\\ud83d\\ud83d\"", "half a surrogate pair" },
        { "half a pair, then a letter", "\"\\ud83da\"", "half a surrogate pair" },
        { "a lone continuation byte", "\"\x80\"", "at byte 1: not UTF-8" },
        { "an overlong slash", "\"\xc0\xaf\"", "not UTF-8" },
        { "an overlong slash in three", "\"\xe0\x80\xaf\"", "not UTF-8" },
        { "an overlong slash in four", "\"\xf0\x80\x80\xaf\"", "not UTF-8" },
        { "a surrogate in UTF-8", "\"\xed\xa0\x80\"", "not UTF-8" },
        { "past the last code point", "\"\xf4\x90\x80\x80\"", "not UTF-8" },
        { "a byte that never occurs", "\"\xff\"", "not UTF-8" },
        { "a sequence cut short by the quote", "\"\xe2\x82\"", "not UTF-8" },
        { "a sequence cut short by the end", "\"\xe2\x82", "not UTF-8" },
    };
    struct bytes range;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct bytes text = bytes_of_text(cases[i].text);
        uint8_t *copy = exact_copy(text);
        bool ok = skip_all(bytes_of(copy, text.len), &range, &err);
        free(copy);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
    }
}

static void a_string_means_what_its_escapes_say(void **state)
{
    static const struct {
        const char *written, *meant;
        size_t len;
    } cases[] = {
        { "\"\"", "", 0 },
        { "\"plain\"", "plain", 5 },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8 },
        { "\"\\u0041\\u00e9\\u20ac\\uffff\"", "A\xc3\xa9\xe2\x82\xac\xef\xbf\xbf", 9 },
        { "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", 4 },
        { "\"\\ud800\\udc00\\udbff\\udfff\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8 },
        { "\"a\\u0000b\"", "a\0b", 3 },
        { "\"\\u07ff\\u0800\"", "\xdf\xbf\xe0\xa0\x80", 5 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct arena arena;
        struct json json;
        arena_init(&arena, ROOM);
        json_begin(&json, bytes_of_text(cases[i].written), &arena, &err);
        struct bytes got = json_read_string(&json);
        assert_ok(json_end(&json), err);
        assert_true(bytes_equal(got, bytes_of(cases[i].meant, cases[i].len)));
        arena_fini(&arena);
    }
}

static void an_unescaped_string_is_a_view_into_the_text(void **state)
{
    struct bytes text = bytes_of_text("[\"abc\"]");
    struct error err = { 0 };
    struct arena arena;
    struct json json;

    (void)state;
    arena_init(&arena, ROOM);
    json_begin(&json, text, &arena, &err);
    assert_true(json_read_array(&json));
    assert_true(json_element(&json));
    struct bytes got = json_read_string(&json);
    assert_ptr_equal(got.at, text.at + 2);
    assert_int_equal(got.len, 3);
    assert_false(json_element(&json));
    assert_ok(json_end(&json), err);
    arena_fini(&arena);
}

static void what_is_asked_for_must_stand_there(void **state)
{
    enum asked { OBJECT, ARRAY, INTEGER, STRING, BOOLEAN };
    static const struct {
        const char *text;
        enum asked asked;
        const char *refusal;
    } cases[] = {
        { "[]", OBJECT, "expected an object, found an array" },
        { "null", OBJECT, "expected an object, found null" },
        { "{}", ARRAY, "expected an array, found an object" },
        { "\"1\"", INTEGER, "expected a number, found a string" },
        { "-1", INTEGER, "number with a sign" },
        { "256", INTEGER, "256 is over 255" },
        { "1.5", INTEGER, "fraction" },
        { "12", STRING, "expected a string, found a number" },
        { "true", STRING, "expected a string, found a boolean" },
        { "1", BOOLEAN, "expected true or false, found a number" },
        { "truth", BOOLEAN, "expected true or false, found a boolean" },
        { "", BOOLEAN, "expected true or false, found the end" },
        { "", STRING, "expected a string, found the end" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct arena arena;
        struct json json;
        arena_init(&arena, ROOM);
        json_begin(&json, bytes_of_text(cases[i].text), &arena, &err);
        switch (cases[i].asked) {
        case OBJECT:
            assert_false(json_read_object(&json));
            break;
        case ARRAY:
            assert_false(json_read_array(&json));
            break;
        case INTEGER:
            assert_int_equal(json_read_integer(&json, 255), 0);
            break;
        case STRING:
            assert_int_equal(json_read_string(&json).len, 0);
            break;
        case BOOLEAN:
            assert_false(json_boolean(&json));
            break;
        }
        assert_false(json_ok(&json));
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&arena);
    }
}

/* A good reading, straight down the page, and then everything that follows an error. */
static void the_first_error_sticks_and_says_where(void **state)
{
    struct bytes text =
        bytes_of_text("{\"levels\":[{\"svn\":7},{\"svn\":300}],\"after\":true}");
    struct error err = { 0 };
    struct arena arena;
    struct json json;
    struct bytes name;
    uint64_t sum = 0;

    (void)state;
    arena_init(&arena, ROOM);
    json_begin(&json, text, &arena, &err);
    for (json_read_object(&json); json_member(&json, &name);)
        for (json_read_array(&json); json_element(&json);)
            for (json_read_object(&json); json_member(&json, &name);)
                sum += json_read_integer(&json, 255);
    assert_int_equal(sum, 7);
    assert_refused(err, ERROR_FORMAT, "levels[1].svn, at byte 28: 300 is over 255");

    assert_false(json_member(&json, &name));
    assert_int_equal(name.len, 0);
    assert_false(json_element(&json));
    assert_false(json_read_object(&json));
    assert_false(json_read_array(&json));
    assert_false(json_boolean(&json));
    assert_int_equal(json_skip(&json).len, 0);
    assert_false(json_refuse(&json, "something later"));
    assert_null(json_alloc(&json, 1, 1));
    assert_false(json_end(&json));
    assert_refused(err, ERROR_FORMAT, "300 is over 255");
    arena_fini(&arena);
}

static void the_reader_leaves_what_it_was_not_asked_for(void **state)
{
    struct bytes text = bytes_of_text(
        "{ \"skipped\" : [ {\"x\":[1,\"]\"]} , \"}\" ] , \"kept\":true,\"last\": 0 }");
    struct error err = { 0 };
    struct arena arena;
    struct json json;
    struct bytes name;

    (void)state;
    arena_init(&arena, ROOM);
    json_begin(&json, text, &arena, &err);
    assert_true(json_read_object(&json));
    assert_true(json_member(&json, &name));
    assert_true(bytes_equal_text(name, "skipped"));
    struct bytes range = json_skip(&json);
    assert_true(bytes_equal_text(range, "[ {\"x\":[1,\"]\"]} , \"}\" ]"));
    assert_ptr_equal(range.at, text.at + 14);
    assert_true(json_member(&json, &name));
    assert_true(json_boolean(&json));
    assert_true(json_member(&json, &name));
    assert_true(bytes_equal_text(json_skip(&json), "0"));
    assert_false(json_member(&json, &name));
    assert_ok(json_end(&json), err);
    arena_fini(&arena);
}

/* text repeated, as a document of its own. */
static struct buf repeated(const char *first, const char *each, size_t count,
                           const char *last)
{
    struct buf out;

    buf_init(&out, (size_t)4 << 20);
    buf_add_text(&out, first);
    for (size_t i = 0; i < count; i++)
        buf_add_text(&out, each);
    buf_add_text(&out, last);
    assert_false(out.failed);
    return out;
}

static void depth_has_a_limit(void **state)
{
    struct bytes range;
    struct error err = { 0 };
    struct buf deepest = repeated("", "[", JSON_DEPTH_MAX, "]");

    (void)state;
    for (size_t i = 1; i < JSON_DEPTH_MAX; i++)
        buf_add_text(&deepest, "]");
    assert_ok(skip_all(buf_bytes(&deepest), &range, &err), err);
    assert_int_equal(range.len, 2 * JSON_DEPTH_MAX);

    struct buf deeper = repeated("", "[", JSON_DEPTH_MAX + 1, "");
    assert_false(skip_all(buf_bytes(&deeper), &range, &err));
    assert_refused(err, ERROR_LIMIT, "at byte 32: nested deeper than 32");

    struct buf bottomless = repeated("", "{\"a\":", 100000, "");
    assert_false(skip_all(buf_bytes(&bottomless), &range, &err));
    assert_refused(err, ERROR_LIMIT, "a.a, at byte 160: nested deeper than 32");
    buf_fini(&deepest);
    buf_fini(&deeper);
    buf_fini(&bottomless);
}

static void one_object_has_so_many_members(void **state)
{
    struct bytes range;

    (void)state;
    for (size_t count = JSON_MEMBERS_MAX; count <= JSON_MEMBERS_MAX + 1; count++) {
        struct error err = { 0 };
        struct buf text;
        buf_init(&text, ROOM);
        for (size_t i = 0; i < count; i++)
            buf_addf(&text, "%c\"m%zu\":%zu", i == 0 ? '{' : ',', i, i);
        buf_add_text(&text, "}");
        bool ok = skip_all(buf_bytes(&text), &range, &err);
        assert_int_equal(ok, count == JSON_MEMBERS_MAX);
        if (!ok)
            assert_refused(err, ERROR_LIMIT, "more than 64 members");
        buf_fini(&text);
    }
}

static void a_document_has_so_many_bytes(void **state)
{
    struct bytes range;
    struct error err = { 0 };
    struct buf largest = repeated("\"", "a", JSON_TEXT_MAX - 2, "\"");

    (void)state;
    assert_ok(skip_all(buf_bytes(&largest), &range, &err), err);
    buf_add_text(&largest, " ");
    assert_false(skip_all(buf_bytes(&largest), &range, &err));
    assert_refused(err, ERROR_LIMIT, "document of 1048577 bytes, at most 1048576");
    buf_fini(&largest);
}

static void a_caller_may_take_larger_documents(void **state)
{
    struct buf text = repeated("\"", "a", JSON_TEXT_MAX, "\"");

    (void)state;
    for (size_t max = text.len - 1; max <= text.len; max++) {
        struct error err = { 0 };
        struct arena arena;
        struct json json;
        arena_init(&arena, ROOM);
        json_begin_up_to(&json, buf_bytes(&text), max, &arena, &err);
        assert_int_equal(json_read_string(&json).len,
                         max == text.len ? JSON_TEXT_MAX : 0);
        assert_int_equal(json_end(&json), max == text.len);
        if (max < text.len)
            assert_refused(err, ERROR_LIMIT,
                           "document of 1048578 bytes, at most 1048577");
        arena_fini(&arena);
    }
    buf_fini(&text);
}

static void a_value_is_read_again_by_itself(void **state)
{
    struct bytes text = bytes_of_text("[ 1, {\"a\": [2, 3]} , 4]"), name, value;
    struct error err = { 0 };
    struct arena outer_arena, arena;
    struct json outer, json;

    (void)state;
    arena_init(&outer_arena, ROOM);
    arena_init(&arena, ROOM);
    json_begin(&outer, text, &outer_arena, &err);
    json_read_array(&outer);
    assert_true(json_element(&outer));
    assert_int_equal(json_read_integer(&outer, 9), 1);
    assert_true(json_element(&outer));
    value = json_skip(&outer);
    for (uint64_t max = 3; max >= 2; max--) {
        json_begin_within(&json, text, value, &arena, &err);
        json_read_object(&json);
        while (json_member(&json, &name)) {
            json_read_array(&json);
            while (json_element(&json))
                json_read_integer(&json, max);
        }
        assert_int_equal(json_end(&json), max == 3);
    }
    assert_refused(err, ERROR_FORMAT, "a[1], at byte 15: 3 is over 2");
    arena_fini(&arena);
    assert_true(json_element(&outer)); /* who walks goes on */
    assert_int_equal(json_read_integer(&outer, 9), 4);
    assert_false(json_element(&outer));
    assert_true(json_end(&outer));
    arena_fini(&outer_arena);
}

static void null_is_taken_where_it_stands(void **state)
{
    static const struct {
        const char *text, *refusal;
        bool is_null;
    } cases[] = {
        { "[null]", NULL, true },
        { "[ null , 1]", NULL, true },
        { "[1]", NULL, false },
        { "[true]", "expected a number, found a boolean", false },
        { "[nul]", "expected a number, found null", false },
        { "[nulll]", "expected \",\" or \"]\", found l", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct arena arena;
        struct json json;
        arena_init(&arena, ROOM);
        json_begin(&json, bytes_of_text(cases[i].text), &arena, &err);
        json_read_array(&json);
        for (size_t k = 0; json_element(&json); k++) {
            bool is_null = json_read_null(&json);
            assert_int_equal(is_null, k == 0 && cases[i].is_null);
            if (!is_null)
                json_read_integer(&json, 1);
        }
        assert_int_equal(json_end(&json), cases[i].refusal == NULL);
        if (cases[i].refusal != NULL)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&arena);
    }
}

static void what_is_due_can_be_asked_for_without_taking_it(void **state)
{
    const struct error why = { .kind = ERROR_LIMIT, .text = "too long" };
    struct error err = { 0 };
    struct arena arena;
    struct json json;

    (void)state;
    arena_init(&arena, ROOM);
    json_begin(&json, bytes_of_text("[ \n\"a\"]"), &arena, &err);
    assert_true(json_next_is(&json, '['));
    json_read_array(&json);
    assert_true(json_element(&json));
    assert_true(json_next_is(&json, '"'));
    assert_false(json_next_is(&json, '{'));
    assert_true(bytes_equal_text(json_read_string(&json), "a"));
    assert_false(json_refuse_as(&json, &why));
    assert_refused(err, ERROR_LIMIT, "[0], at byte 3: too long");
    assert_false(json_next_is(&json, ']')); /* nothing is due after an error */
    arena_fini(&arena);
}

static void memory_has_a_ceiling(void **state)
{
    struct buf text = repeated("[\"\\n", "a", 5000, "\"]");
    struct bytes name;
    bool fitted = false;

    (void)state;
    for (size_t ceiling = 0; ceiling <= 8192; ceiling += 512) {
        struct error err = { 0 };
        struct arena arena;
        struct json json;
        arena_init(&arena, ceiling);
        json_begin(&json, buf_bytes(&text), &arena, &err);
        for (json_read_array(&json); json_element(&json);)
            name = json_read_string(&json);
        bool fits = json_end(&json);
        if (fits)
            assert_int_equal(name.len, 5001);
        else
            assert_refused(err, ERROR_LIMIT, "no memory left");
        assert_true(fits || !fitted);
        assert_true(fits || ceiling < 8192);
        assert_true(!fits || ceiling > 5001);
        fitted = fits;
        arena_fini(&arena);
    }
    buf_fini(&text);
}

static void every_cut_of_a_document_is_refused(void **state)
{
    struct bytes text = bytes_of_text(
        "{\"a\":[1,20,{\"b\":\"\\ud83d\\ude00 \xe2\x82\xac\",\"c\":null}],\"d\":false}");
    struct bytes range;

    (void)state;
    for (size_t len = 0; len <= text.len; len++) {
        struct error err = { 0 };
        uint8_t *cut = exact_copy(bytes_first(text, len));
        bool ok = skip_all(bytes_of(cut, len), &range, &err);
        if (ok != (len == text.len))
            fail_msg("%zu bytes: %s", len, ok ? "accepted" : err.text);
        assert_true(ok || err.kind == ERROR_FORMAT);
        free(cut);
    }
}

static void a_long_path_keeps_its_end_and_is_printable(void **state)
{
    struct bytes range;
    struct error err = { 0 };
    struct buf text = repeated(
        "", "{\"a rather long name of forty bytes or so\\n\":", JSON_DEPTH_MAX, "x");

    (void)state;
    assert_false(skip_all(buf_bytes(&text), &range, &err));
    assert_refused(err, ERROR_FORMAT, "..");
    assert_refused(err, ERROR_FORMAT, "forty bytes or so\\x0a, at byte");
    assert_refused(err, ERROR_FORMAT, "expected a value, found x");
    for (const char *c = err.text; *c != 0; c++)
        assert_true(*c >= 0x20 && *c < 0x7f);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_strict_json_is_a_document),
        cmocka_unit_test(a_string_means_what_its_escapes_say),
        cmocka_unit_test(an_unescaped_string_is_a_view_into_the_text),
        cmocka_unit_test(what_is_asked_for_must_stand_there),
        cmocka_unit_test(the_first_error_sticks_and_says_where),
        cmocka_unit_test(the_reader_leaves_what_it_was_not_asked_for),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(one_object_has_so_many_members),
        cmocka_unit_test(a_document_has_so_many_bytes),
        cmocka_unit_test(a_caller_may_take_larger_documents),
        cmocka_unit_test(a_value_is_read_again_by_itself),
        cmocka_unit_test(null_is_taken_where_it_stands),
        cmocka_unit_test(what_is_due_can_be_asked_for_without_taking_it),
        cmocka_unit_test(memory_has_a_ceiling),
        cmocka_unit_test(every_cut_of_a_document_is_refused),
        cmocka_unit_test(a_long_path_keeps_its_end_and_is_printable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
