/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/documents.h"

#include <jansson.h>

#include "sim/test_verify.h"

static const struct document_dates dates = { 1750377600, 1752969600 };
static const uint8_t client[FMSPC_LEN] = { 0x00, 0x90, 0x6e, 0xd5 };
static const uint8_t odd[FMSPC_LEN] = { 0x03, 0x60, 0x6e };

static struct calendar calendar;

static json_t *parse(struct buf *text)
{
    json_error_t why;
    json_t *value =
        json_loadb((const char *)text->at, text->len, JSON_REJECT_DUPLICATES, &why);

    assert_false(text->failed);
    if (value == NULL)
        fail_msg("%s in %s", why.text, buf_text(text));
    for (size_t i = 0; i < text->len; i++) /* without white space but inside strings */
        assert_true(text->at[i] != '\n' && text->at[i] != '\t');
    assert_int_equal(bytes_find(buf_bytes(text), bytes_of_text("\": ")), text->len);
    return value;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "(none)" : text;
}

static void sgx_tcb_info_has_levels_newest_first(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, WORLD_BODY_MAX);
    document_tcb_info(&text, &calendar, WORLD_SGX, client, 15, dates);
    json_t *info = parse(&text);
    assert_string_equal(text_of(info, "id"), "SGX");
    assert_string_equal(text_of(info, "fmspc"), "00906ED50000");
    assert_string_equal(text_of(info, "issueDate"), "2025-06-20T00:00:00Z");
    assert_string_equal(text_of(info, "nextUpdate"), "2025-07-20T00:00:00Z");
    assert_int_equal(json_integer_value(json_object_get(info, "version")), 3);
    assert_int_equal(json_integer_value(json_object_get(info, "tcbEvaluationDataNumber")),
                     15);
    assert_null(json_object_get(info, "tdxModule"));

    const json_t *levels = json_object_get(info, "tcbLevels");
    assert_int_equal(json_array_size(levels), 5);
    int64_t above = INT64_MAX;
    for (size_t i = 0; i < json_array_size(levels); i++) {
        const json_t *level = json_array_get(levels, i);
        const json_t *tcb = json_object_get(level, "tcb");
        const json_t *components = json_object_get(tcb, "sgxtcbcomponents");
        int64_t svn =
            json_integer_value(json_object_get(json_array_get(components, 0), "svn"));

        assert_int_equal(json_array_size(components), 16);
        assert_null(json_object_get(tcb, "tdxtcbcomponents"));
        assert_true(svn < above);
        assert_string_equal(text_of(level, "tcbStatus"),
                            i == 0 ? "UpToDate" : "OutOfDate");
        above = svn;
    }
    json_decref(info);
    buf_fini(&text);
}

static void tdx_tcb_info_adds_module_and_second_components(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, WORLD_BODY_MAX);
    document_tcb_info(&text, &calendar, WORLD_TDX, client, 6, dates);
    json_t *info = parse(&text);
    assert_string_equal(text_of(info, "id"), "TDX");
    assert_int_equal(strlen(text_of(json_object_get(info, "tdxModule"), "mrsigner")), 96);
    const json_t *modules = json_object_get(info, "tdxModuleIdentities");
    assert_int_equal(json_array_size(modules), 2);
    assert_string_equal(text_of(json_array_get(modules, 0), "id"), "TDX_03");
    const json_t *levels = json_object_get(info, "tcbLevels");
    assert_int_equal(json_array_size(levels), 2); /* numbers 6 and 5 */
    const json_t *tcb = json_object_get(json_array_get(levels, 1), "tcb");
    assert_int_equal(json_array_size(json_object_get(tcb, "tdxtcbcomponents")), 16);
    json_decref(info);
    buf_fini(&text);
}

static void an_odd_fmspc_needs_hardening_and_says_why(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, WORLD_BODY_MAX);
    document_tcb_info(&text, &calendar, WORLD_SGX, odd, 15, dates);
    json_t *info = parse(&text);
    const json_t *level = json_array_get(json_object_get(info, "tcbLevels"), 0);
    assert_string_equal(text_of(level, "tcbStatus"), "SWHardeningNeeded");
    assert_int_equal(json_array_size(json_object_get(level, "advisoryIDs")), 2);
    json_decref(info);
    buf_fini(&text);
}

static void identities_are_told_apart_as_intel_does(void **state)
{
    static const struct {
        const char *id;
        enum world_kind kind;
        int isvprodid;
    } cases[] = {
        { "QE", WORLD_QE_IDENTITY, 1 },
        { "TD_QE", WORLD_TD_QE_IDENTITY, 2 },
        { "QVE", WORLD_QVE_IDENTITY, 2 },
        { "QAE", WORLD_QAE_IDENTITY, 3 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text;

        buf_init(&text, WORLD_BODY_MAX);
        document_identity(&text, &calendar, cases[i].kind, 17, dates);
        json_t *identity = parse(&text);
        assert_string_equal(text_of(identity, "id"), cases[i].id);
        assert_int_equal(json_integer_value(json_object_get(identity, "isvprodid")),
                         cases[i].isvprodid);
        assert_int_equal(strlen(text_of(identity, "mrsigner")), 64);
        assert_int_equal(
            json_integer_value(json_object_get(identity, "tcbEvaluationDataNumber")), 17);
        json_decref(identity);
        buf_fini(&text);
    }
}

static void the_list_names_numbers_and_days_newest_first(void **state)
{
    static const char expected[] =
        "{\"id\":\"TDX\",\"version\":1,\"issueDate\":\"2025-06-20T00:00:00Z\","
        "\"nextUpdate\":\"2025-07-20T00:00:00Z\",\"tcbEvalNumbers\":["
        "{\"tcbEvaluationDataNumber\":18,\"tcbRecoveryEventDate\":"
        "\"2025-06-19T00:00:00Z\",\"tcbDate\":\"2025-06-20T00:00:00Z\"},"
        "{\"tcbEvaluationDataNumber\":17,\"tcbRecoveryEventDate\":"
        "\"2025-05-14T00:00:00Z\",\"tcbDate\":\"2025-05-15T00:00:00Z\"}]}";
    struct calendar ordered = calendar;
    struct buf text;

    (void)state;
    assert_true(calendar_disclose(&ordered, test_time("2025-06-19T18:30:00Z")));
    buf_init(&text, WORLD_BODY_MAX);
    document_numbers(&text, &ordered, WORLD_TDX, 17, 18, dates);
    assert_string_equal(buf_text(&text), expected);
    buf_fini(&text);
}

static void the_envelope_has_two_members(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    document_envelope(&out, "tcbInfo", bytes_of_text("{}"), bytes_of_text("ab"));
    assert_string_equal(buf_text(&out), "{\"tcbInfo\":{},\"signature\":\"ab\"}");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sgx_tcb_info_has_levels_newest_first),
        cmocka_unit_test(tdx_tcb_info_adds_module_and_second_components),
        cmocka_unit_test(an_odd_fmspc_needs_hardening_and_says_why),
        cmocka_unit_test(identities_are_told_apart_as_intel_does),
        cmocka_unit_test(the_list_names_numbers_and_days_newest_first),
        cmocka_unit_test(the_envelope_has_two_members),
    };

    calendar_init(&calendar);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
