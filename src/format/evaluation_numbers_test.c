/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdio.h>

#include "format/evaluation_numbers.h"
#include "format/test_edit.h"
#include "format/test_manifest.h"

enum { ROOM = 1 << 20 };

#define ONE(NUMBER, EVENT)                                                      \
    "{\"tcbEvaluationDataNumber\":" NUMBER ",\"tcbRecoveryEventDate\":\"" EVENT \
    "T00:00:00Z\",\"tcbDate\":\"" EVENT "T12:00:00Z\"}"
#define NUMBERS "[" ONE("18", "2024-11-12") "," ONE("19", "2025-05-13") "]"
#define GOOD                                                                \
    "{\"id\":\"TDX\",\"version\":1,\"issueDate\":\"2025-05-27T18:50:21Z\"," \
    "\"nextUpdate\":\"2025-06-26T18:50:21Z\",\"tcbEvalNumbers\":" NUMBERS "}"

static bool read_text(struct bytes text, struct evaluation_numbers *list,
                      struct error *err)
{
    struct arena arena;

    arena_init(&arena, ROOM);
    bool ok = evaluation_numbers_parse(text, &arena, list, err);
    arena_fini(&arena); /* nothing of the list lies in it */
    return ok;
}

static void a_list_is_read_highest_first(void **state)
{
    struct evaluation_numbers list;
    struct error err = { 0 };

    (void)state;
    assert_ok(read_text(bytes_of_text(GOOD), &list, &err), err);
    assert_int_equal(list.tee, TEE_TDX);
    assert_string_equal(utc(list.issue_date_s).s, "2025-05-27T18:50:21Z");
    assert_string_equal(utc(list.next_update_s).s, "2025-06-26T18:50:21Z");
    assert_int_equal(list.count, 2);
    assert_int_equal(list.numbers[0].number, 19);
    assert_string_equal(utc(list.numbers[0].recovery_event_s).s, "2025-05-13T00:00:00Z");
    assert_string_equal(utc(list.numbers[0].tcb_date_s).s, "2025-05-13T12:00:00Z");
    assert_int_equal(list.numbers[1].number, 18);
    assert_true(evaluation_numbers_name(&list, 18));
    assert_true(evaluation_numbers_name(&list, 19));
    assert_false(evaluation_numbers_name(&list, 17));
    assert_false(evaluation_numbers_name(&list, 0));
}

static void every_member_is_refused_by_its_name(void **state)
{
    static const struct {
        const char *claim, *find, *put, *refusal; /* refusal NULL: accepted */
    } cases[] = {
        { "the other TEE", "\"TDX\"", "\"SGX\"", NULL },
        { "no TEE", "\"TDX\"", "\"tdx\"", "id, at byte 6: unknown value \"tdx\"" },
        { "no id", "\"id\":\"TDX\",", "", "at byte 0: lacks \"id\"" },
        { "version 2", "\"version\":1", "\"version\":2",
          "version, at byte 22: list of version 2, expected 1" },
        { "no version", "\"version\":1,", "", "lacks \"version\"" },
        { "no issueDate", "\"issueDate\"", "\"issued\"", "lacks \"issueDate\"" },
        { "no nextUpdate", "\"nextUpdate\"", "\"next\"", "lacks \"nextUpdate\"" },
        { "nextUpdate before", "2025-06-26T18:50:21Z", "2025-05-27T18:50:20Z",
          "nextUpdate 2025-05-27T18:50:20Z is before issueDate" },
        { "the name in Intel's transcribed document", "\"tcbEvalNumbers\"",
          "\"tcbNumbers\"", "lacks \"tcbEvalNumbers\"" },
        { "no number", NUMBERS, "[]",
          "tcbEvalNumbers, at byte 112: no evaluation number" },
        { "numbers as an object", NUMBERS, "{}", "expected an array, found an object" },
        { "a bare number", ONE("18", "2024-11-12"), "18",
          "tcbEvalNumbers[0], at byte 113: expected an object, found a number" },
        { "a number twice", ":18,", ":19,",
          "tcbEvalNumbers[1], at byte 223: number 19 "
          "twice" },
        { "number 0", ":18,", ":0,",
          "tcbEvalNumbers[0].tcbEvaluationDataNumber, at byte 140: 0 is under 1" },
        { "the greatest number", ":18,", ":4294967295,", NULL },
        { "past it", ":18,", ":4294967296,", "4294967296 is over 4294967295" },
        { "no number in it", "{\"tcbEvaluationDataNumber\":18,", "{",
          "tcbEvalNumbers[0], at byte 113: lacks \"tcbEvaluationDataNumber\"" },
        { "a day that is none", "2024-11-12T00", "2024-11-31T00",
          "tcbEvalNumbers[0].tcbRecoveryEventDate, at byte" },
        { "no event", "Date\":\"2024-11-12T00", "D\":\"2024-11-12T00",
          "lacks \"tcbRecoveryEventDate\"" },
        { "no TCB date", "\"tcbDate\":\"2024", "\"date\":\"2024", "lacks \"tcbDate\"" },
        { "a member that nobody knows yet", "\"version\"", "\"x\":{},\"version\"", NULL },
        { "a member twice", "\"version\"", "\"id\":{},\"version\"",
          "member \"id\" twice" },
        { "text after it", NUMBERS, NUMBERS "},{",
          "expected nothing after the document" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = edited(bytes_of_text(GOOD), cases[i].find, cases[i].put);
        struct evaluation_numbers list;
        struct error err = { 0 };
        bool ok = read_text(buf_bytes(&text), &list, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        buf_fini(&text);
    }
}

static void there_are_so_many_numbers(void **state)
{
    (void)state;
    for (unsigned count = EVALUATION_NUMBERS_MAX; count <= EVALUATION_NUMBERS_MAX + 1;
         count++) {
        struct evaluation_numbers list;
        struct error err = { 0 };
        struct buf numbers;
        buf_init(&numbers, ROOM);
        for (unsigned i = 1; i <= count; i++)
            buf_addf(&numbers,
                     "%c{\"tcbEvaluationDataNumber\":%u,\"tcbRecoveryEventDate\":"
                     "\"2025-05-13T00:00:00Z\",\"tcbDate\":\"2025-05-13T00:00:00Z\"}",
                     i == 1 ? '[' : ',', i);
        buf_add_text(&numbers, "]");
        struct buf text = edited(bytes_of_text(GOOD), NUMBERS, buf_text(&numbers));
        bool ok = read_text(buf_bytes(&text), &list, &err);
        assert_int_equal(ok, count == EVALUATION_NUMBERS_MAX);
        if (ok) {
            assert_int_equal(list.count, EVALUATION_NUMBERS_MAX);
            assert_int_equal(list.numbers[0].number, EVALUATION_NUMBERS_MAX);
        } else {
            assert_refused(err, ERROR_LIMIT, "tcbEvalNumbers[64], at byte");
        }
        buf_fini(&text);
        buf_fini(&numbers);
    }
}

static void every_cut_is_refused(void **state)
{
    struct bytes text = bytes_of_text(GOOD);

    (void)state;
    for (size_t len = 0; len < text.len; len++) {
        uint8_t *cut = exact_copy(bytes_first(text, len));
        struct evaluation_numbers list;
        struct error err = { 0 };
        assert_false(read_text(bytes_of(cut, len), &list, &err));
        assert_int_equal(err.kind, ERROR_FORMAT);
        free(cut);
    }
}

/* "TCB evaluation data numbers SGX v1 eval 19" and the window, said by the manifest; the
 * number is the highest. Intel lists them without a gap. */
static void check_real(const struct manifest_row *row)
{
    struct buf body = vector_file(row->column[MANIFEST_PATH]);
    struct evaluation_numbers list;
    struct signed_json envelope;
    struct error err = { 0 };
    struct arena arena;
    char name[4], expected[64], said[64];
    unsigned version, number;

    assert_int_equal(sscanf(row->column[MANIFEST_WHAT],
                            "TCB evaluation data numbers %3s v%u eval %u", name, &version,
                            &number),
                     3);
    arena_init(&arena, ROOM);
    assert_ok(signed_json_parse(buf_bytes(&body), &arena, &envelope, &err), err);
    assert_int_equal(envelope.kind, SIGNED_EVALUATION_NUMBERS);
    assert_ok(evaluation_numbers_parse(envelope.signed_text, &arena, &list, &err), err);
    snprintf(expected, sizeof expected, "%s %u", name, number);
    snprintf(said, sizeof said, "%s %u", list.tee == TEE_TDX ? "TDX" : "SGX",
             list.numbers[0].number);
    assert_string_equal(said, expected);
    assert_window(row, list.issue_date_s, list.next_update_s);
    assert_true(list.count >= 3);
    for (size_t i = 1; i < list.count; i++) {
        assert_int_equal(list.numbers[i].number, number - i);
        assert_true(list.numbers[i].tcb_date_s < list.numbers[i - 1].tcb_date_s);
        assert_int_equal(list.numbers[i].tcb_date_s - list.numbers[i].recovery_event_s,
                         86400);
    }
    arena_fini(&arena);
    buf_fini(&body);
}

static void every_real_list_says_what_the_manifest_says(void **state)
{
    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    assert_true(manifest_each("intel/tcbevaluationdatanumbers/sgx/", ".json", check_real)
                >= 3);
    assert_true(manifest_each("intel/tcbevaluationdatanumbers/tdx/", ".json", check_real)
                >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_highest_first),
        cmocka_unit_test(every_member_is_refused_by_its_name),
        cmocka_unit_test(there_are_so_many_numbers),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_real_list_says_what_the_manifest_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
