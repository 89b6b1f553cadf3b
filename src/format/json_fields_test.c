/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include "format/json_fields.h"
#include "format/test_edit.h"
#include "kit/text.h"

enum { ROOM = 1 << 16 };
enum colour { RED = 3, BLUE = 200 };

struct thing {
    uint8_t small;
    uint16_t middle;
    uint32_t large;
    uint8_t digits[3];
    int64_t date_s;
    struct bytes text;
    enum colour colour;
    uint64_t called;
};

static const struct json_choice colours[] = { { "red", RED },
                                              { "blue", BLUE },
                                              { NULL, 0 } };

static void read_called(struct json *json, void *into)
{
    struct thing *thing = into;

    thing->called = json_read_integer(json, 10);
}

static const struct json_field fields[] = {
    { "small", FIELD_INTO(U8, struct thing, small) },
    { "middle", FIELD_INTO(U16, struct thing, middle) },
    { "large", FIELD_INTO(U32, struct thing, large), .least = 7 },
    { "digits", FIELD_INTO(HEX, struct thing, digits), .len = 3 },
    { "date", FIELD_INTO(DATE, struct thing, date_s) },
    { "text", FIELD_INTO(TEXT, struct thing, text), .optional = true },
    { "colour", FIELD_INTO(CHOICE, struct thing, colour), .choices = colours },
    { "called", FIELD_READ(read_called) },
    { "old", FIELD_REFUSED, .why = "gone since version 2" },
};

#define GOOD                                                                        \
    "{\"small\":255,\"middle\":65535,\"large\":4294967295,\"digits\":\"00aBff\","   \
    "\"date\":\"2025-06-20T00:00:00Z\",\"text\":\"a\\u0062c\",\"colour\":\"blue\"," \
    "\"called\":9,\"more\":[{}]}"

static bool read_thing(struct bytes text, struct thing *thing, struct error *err)
{
    struct arena arena;
    struct json json;

    *thing = (struct thing){ 0 };
    arena_init(&arena, ROOM);
    json_begin(&json, text, &arena, err);
    bool read = json_fields(&json, fields, COUNT_OF(fields), thing);
    if (read && thing->text.len > 0)
        assert_true(bytes_equal_text(thing->text, "abc"));
    bool ok = json_end(&json);
    assert_int_equal(read, ok);
    arena_fini(&arena);
    return ok;
}

static void each_field_goes_where_its_row_says(void **state)
{
    struct error err = { 0 };
    struct thing thing;

    (void)state;
    assert_ok(read_thing(bytes_of_text(GOOD), &thing, &err), err);
    assert_int_equal(thing.small, 255);
    assert_int_equal(thing.middle, 65535);
    assert_int_equal(thing.large, 4294967295U);
    assert_string_equal(hex(thing.digits, 3).s, "00abff");
    assert_string_equal(utc(thing.date_s).s, "2025-06-20T00:00:00Z");
    assert_int_equal(thing.colour, BLUE);
    assert_int_equal(thing.called, 9);
}

static void each_field_is_refused_by_its_name(void **state)
{
    static const struct {
        const char *claim, *find, *put, *refusal; /* refusal NULL: accepted */
    } cases[] = {
        { "u8: one too many", "255", "256", "small, at byte 9: 256 is over 255" },
        { "u16: one too many", "65535", "65536", "middle, at byte 22: 65536 is over" },
        { "u32: one too many", "4294967295", "4294967296", "is over 4294967295" },
        { "least: the least", "4294967295", "7", NULL },
        { "least: one below", "4294967295", "6", "large, at byte 36: 6 is under 7" },
        { "hex: a digit less", "00aBff", "00aBf", "\"00aBf\" is not 6 hex digits" },
        { "hex: a digit more", "00aBff", "00aBff0", "is not 6 hex digits" },
        { "hex: a letter past f", "00aBff", "00aBfg", "is not 6 hex digits" },
        { "hex: what is shown is printable", "00aBff", "0\\u0007\\u0008",
          "\"0\\x07\\x08\" is not 6 hex digits" },
        { "date: with a fraction", "20T00:00:00Z", "20T00:00:00.5Z", "is not a date" },
        { "date: with an offset", "20T00:00:00Z", "20T00:00:00+00:00", "is not a date" },
        { "date: a day that is none", "06-20", "06-31",
          "date, at byte 72: \"2025-06-31T00:00:00Z\" is not a date" },
        { "date: a number", "\"2025-06-20T00:00:00Z\"", "1750377600",
          "expected a string, found a number" },
        { "choice: the other", "blue", "red", NULL },
        { "choice: another case", "blue", "Blue", "unknown value \"Blue\"" },
        { "choice: one letter more", "blue", "blues", "unknown value \"blues\"" },
        { "choice: empty", "blue", "", "unknown value \"\"" },
        { "call: its own refusal", "9,\"more\"", "11,\"more\"", "11 is over 10" },
        { "optional, absent", "\"text\":\"a\\u0062c\",", "", NULL },
        { "optional, of another type", "\"a\\u0062c\"", "null",
          "text, at byte 102: expected a string, found null" },
        { "absent", "\"called\":9,", "", "at byte 0: lacks \"called\"" },
        { "the first of those absent is told", "\"small\":255,\"middle\":65535,", "",
          "lacks \"small\"" },
        { "another case of the name", "\"called\"", "\"Called\"", "lacks \"called\"" },
        { "refused, present", "\"more\"", "\"old\"", "old, at byte 140: gone since" },
        { "a name twice, not in the table", "[{}]", "0,\"more\":0",
          "member \"more\" twice" },
        { "a name twice, in the table", "[{}]", "0,\"small\":1",
          "member \"small\" twice" },
        { "a bad value not in the table", "[{}]", "[{]", "more[0], at byte" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct thing thing;
        struct buf text = edited(bytes_of_text(GOOD), cases[i].find, cases[i].put);
        bool ok = read_thing(buf_bytes(&text), &thing, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        buf_fini(&text);
    }
}

static void a_choice_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(json_choice_name(colours, BLUE), "blue");
    assert_string_equal(json_choice_name(colours, 4), "unknown");
}

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* Reads "[3,1,2]" into a settled list and says it in order, "1 2 3 ". */
static bool sorted(const char *array, size_t max, struct buf *said, struct error *err)
{
    struct json_list list = { .item_len = 3 * sizeof(uint64_t), .max = max };
    struct arena arena;
    struct json json;

    arena_init(&arena, ROOM);
    buf_init(said, ROOM);
    json_begin(&json, bytes_of_text(array), &arena, err);
    json_read_array(&json);
    while (json_element(&json)) {
        uint64_t *item = json_list_add(&json, &list);
        if (item == NULL)
            break;
        assert_true(item[0] == 0 && item[1] == 0 && item[2] == 0);
        item[0] = json_read_integer(&json, 100);
        item[2] = item[0];
        if (!json_list_settle(&list, by_value))
            json_refuse(&json, "twin");
    }
    for (size_t i = 0; i < list.count; i++) {
        const uint64_t *item = (const uint64_t *)list.items + 3 * i;
        assert_int_equal(item[0], item[2]);
        buf_addf(said, "%u ", (unsigned)item[0]);
    }
    bool ok = json_end(&json);
    arena_fini(&arena);
    return ok;
}

static void a_list_settles_into_order_without_twins(void **state)
{
    static const struct {
        const char *array, *said, *refusal;
        enum error_kind kind;
    } cases[] = {
        { "[]", "", NULL, 0 },
        { "[7]", "7 ", NULL, 0 },
        { "[1,2,3,4,5,6]", "1 2 3 4 5 6 ", NULL, 0 },
        { "[6,5,4,3,2,1]", "1 2 3 4 5 6 ", NULL, 0 },
        { "[3,1,2]", "1 2 3 ", NULL, 0 },
        { "[3,1,3]", NULL, "[2], at byte 5: twin", ERROR_FORMAT },
        { "[1,1]", NULL, "twin", ERROR_FORMAT },
        { "[3,2,1,3]", NULL, "twin", ERROR_FORMAT },
        { "[1,2,3,4,5,6,7]", NULL, "more than 6 of them", ERROR_LIMIT },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct buf said;
        bool ok = sorted(cases[i].array, 6, &said, &err);
        assert_int_equal(ok, cases[i].refusal == NULL);
        if (ok)
            assert_string_equal(buf_text(&said), cases[i].said);
        else
            assert_refused(err, cases[i].kind, cases[i].refusal);
        buf_fini(&said);
    }
}

static void large_items_move_whole(void **state)
{
    enum { LEN = 1000 };
    struct json_list list = { .item_len = LEN, .max = 9 };
    struct error err = { 0 };
    struct arena arena;
    struct json json;

    (void)state;
    arena_init(&arena, ROOM);
    json_begin(&json, bytes_of_text("[]"), &arena, &err);
    for (unsigned i = 0; i < 9; i++) {
        uint8_t *item = json_list_add(&json, &list);
        assert_non_null(item);
        uint64_t key = 9 - i;
        memset(item, (int)key, LEN);
        memcpy(item, &key, sizeof key);
        assert_true(json_list_settle(&list, by_value));
    }
    for (unsigned i = 0; i < 9; i++) {
        const uint8_t *item = (const uint8_t *)list.items + (size_t)i * LEN;
        for (size_t k = sizeof(uint64_t); k < LEN; k++)
            assert_int_equal(item[k], i + 1);
    }
    arena_fini(&arena);
}

static void dates_are_in_order(void **state)
{
    struct error err = { 0 };
    struct arena arena;
    struct json json;

    (void)state;
    arena_init(&arena, ROOM);
    json_begin(&json, bytes_of_text("{}"), &arena, &err);
    json_check_dates(&json, 1750377600, 1750377600);
    assert_true(json_ok(&json));
    json_check_dates(&json, 1750377600, 1750377599);
    assert_refused(err, ERROR_FORMAT,
                   "nextUpdate 2025-06-19T23:59:59Z is before issueDate "
                   "2025-06-20T00:00:00Z");
    arena_fini(&arena);
}

static void a_document_of_ours_has_no_other_members(void **state)
{
    static const struct json_field ours[] = {
        { "mrenclave", .kind = FIELD_U8, .optional = true },
        { "mr_enclave", .kind = FIELD_REFUSED, .why = "it is not" },
    };
    static const struct {
        const char *text, *refusal; /* NULL: read */
    } cases[] = {
        { "{\"mrenclave\":1}", NULL },
        { "{}", NULL },
        { "{\"mrenclav\":1}",
          "mrenclav, at byte 1: there is no such member, did you mean "
          "\"mrenclave\"?" },
        { "{\"mrenclave\":1,\"x\":{}}", "x, at byte 15: there is no such member" },
        { "{\"mr_enclave\":1}", "it is not" },
        { "{\"mr_enclavee\":1}", "did you mean \"mrenclave\"?" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct arena arena;
        struct json json;
        uint8_t into[2] = { 0 };
        arena_init(&arena, ROOM);
        json_begin(&json, bytes_of_text(cases[i].text), &arena, &err);
        bool ok = json_fields_only(&json, ours, COUNT_OF(ours), into);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].text, ok ? "was read" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_goes_where_its_row_says),
        cmocka_unit_test(each_field_is_refused_by_its_name),
        cmocka_unit_test(a_choice_has_a_name),
        cmocka_unit_test(a_list_settles_into_order_without_twins),
        cmocka_unit_test(large_items_move_whole),
        cmocka_unit_test(dates_are_in_order),
        cmocka_unit_test(a_document_of_ours_has_no_other_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
