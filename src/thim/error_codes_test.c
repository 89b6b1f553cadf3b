/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/error_codes.h"

#include "kit/test.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/explain_parts.h"
#include "thim/test_said.h"
#include "verify/verdict.h"

static const struct error_code *only(const char *text, const char *library)
{
    struct error_code_found found[ERROR_CODES_FOUND_MAX];
    size_t count = error_codes_find(bytes_of_text(text), found);

    for (size_t i = 0; i < count; i++)
        if (strcmp(found[i].speaker->name, library) == 0)
            return found[i].code;
    return NULL;
}

static void a_number_is_found_however_it_is_written(void **state)
{
    static const struct {
        const char *text, *speaker, *name; /* name NULL: not there */
    } cases[] = {
        { "0xE019", "dcap", "SGX_QL_NETWORK_ERROR" },
        { "0xe019", "dcap", "SGX_QL_NETWORK_ERROR" },
        { "0x0000E019", "dcap", "SGX_QL_NETWORK_ERROR" },
        { "E019", "dcap", "SGX_QL_NETWORK_ERROR" },
        { "57369", "dcap", "SGX_QL_NETWORK_ERROR" },
        { "0xE01", "dcap", NULL },
        { "E01", "dcap", NULL },
        { "0xE0199", "dcap", NULL },
        { "0x10000E019", "dcap", NULL },
        { "057369", "dcap", NULL },
        { "0x", "dcap", NULL },
        { "0xE01G", "dcap", NULL },
        { "", "dcap", NULL },
        { "0xA006", "qv-result", "SGX_QL_QV_RESULT_UNSPECIFIED" },
        { "0xA00B", "qv-result", NULL },
        { "0xB006", "qcnl", "SGX_QCNL_NETWORK_COULDNT_CONNECT" },
        { "44", "qvl", "STATUS_TCB_INFO_MISMATCH" },
        { "0x2C", "qvl", "STATUS_TCB_INFO_MISMATCH" },
        { "88", "qvl", "STATUS_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED" },
        { "89", "qvl", NULL },
        { "0", "thim", NULL }, /* what has no numbers is not found by zero */
        { "461", "http", "Platform Unknown" },
        { "460", "http", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct error_code *code = only(cases[i].text, cases[i].speaker);
        if ((code == NULL) != (cases[i].name == NULL)
            || (code != NULL && strcmp(code->name, cases[i].name) != 0))
            fail_msg("%s: %s", cases[i].text, code == NULL ? "(none)" : code->name);
    }
}

static void a_name_is_found_with_and_without_its_prefix(void **state)
{
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {
        { "SGX_QL_NETWORK_ERROR", 2 },                         /* dcap, Azure */
        { "sgx_ql_network_error", 2 }, { "NETWORK_ERROR", 3 }, /* and qcnl */
        { "network_erro", 0 },         { "pck_revoked", 4 },   /* dcap, qvl twice, thim */
        { "STATUS_PCK_REVOKED", 1 },   { "crl_expired", 3 },
        { "tdrelaunchadvised", 1 },    { "SGX_QL_", 0 },
    };
    struct error_code_found found[ERROR_CODES_FOUND_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t count = error_codes_find(bytes_of_text(cases[i].text), found);
        if (count != cases[i].count)
            fail_msg("%s: %zu", cases[i].text, count);
    }
}

static void one_number_of_two_libraries_is_both(void **state)
{
    struct error_code_found found[ERROR_CODES_FOUND_MAX];

    (void)state;
    assert_int_equal(error_codes_find(bytes_of_text("0xE01B"), found), 2);
    assert_ptr_equal(found[0].speaker, &error_library_dcap);
    assert_ptr_equal(found[1].speaker, &error_library_azure);
    assert_int_not_equal(found[0].code->advice, found[1].code->advice);
    assert_int_equal(error_codes_find(bytes_of_text("0"), found), 2);
}

/* clients.md A4 and B4, and verification.md, section 9. */
static void every_code_of_the_references_is_known(void **state)
{
    static const uint32_t numbers[] = {
        0,      0xE001, 0xE002, 0xE011, 0xE019, 0xE01A, 0xE01B, 0xE037, 0xE040, 0xE044,
        0xE047, 0xE049, 0xE061, 0xE062, 0xE065, 0xE067, 0xE01C, 0xE01D, 0xE01F, 0xE021,
        0xE022, 0xE023, 0xE024, 0xE025, 0xE026, 0xE02C, 0xE02D, 0xE02E, 0xE02F, 0xE030,
        0xE031, 0xE032, 0xE038, 0xE039, 0xE03A, 0xE053, 0xE060, 0xE066, 0xE068, 0xA001,
        0xA002, 0xA003, 0xA004, 0xA005, 0xA006, 0xA007, 0xA008, 0xA009, 0xA00A, 403,
        404,    461,    462,    503,    400,    401,    429,    500,    502,
    };
    struct error_code_found found[ERROR_CODES_FOUND_MAX];
    char text[16];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        snprintf(text, sizeof text, "%u", numbers[i]);
        if (error_codes_find(bytes_of_text(text), found) == 0)
            fail_msg("0x%X is not known", numbers[i]);
    }
    for (unsigned i = 0; i <= 88; i++) {
        snprintf(text, sizeof text, "%u", i);
        assert_non_null(only(text, "qvl"));
    }
}

static void every_word_of_our_verdicts_is_known(void **state)
{
    (void)state;
    for (unsigned i = CHECK_PASSED + 1; i < CHECKS; i++) {
        const char *name = verify_check_name((enum verify_check)i);
        if (only(name, "thim") == NULL)
            fail_msg("%s is not known", name);
    }
    assert_int_equal(error_library_check.count, CHECKS - 1);
    for (unsigned i = STANDING_UP_TO_DATE; i <= STANDING_NOT_SUPPORTED; i++)
        assert_non_null(only(tcb_standing_name((enum tcb_standing)i), "tcb-status"));
}

static void every_code_has_its_words_and_stands_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < ERROR_LIBRARIES; i++) {
        const struct error_library *library = error_library(i);
        for (size_t k = 0; k < library->count; k++) {
            const struct error_code *code = &library->codes[k];
            assert_true(code->meaning[0] != 0);
            assert_true(error_advice_cause(code->advice)[0] != 0);
            assert_true(error_advice_remedy(code->advice)[0] != 0);
            if (k > 0 && library->numbered
                && code->number <= library->codes[k - 1].number)
                fail_msg("%s: 0x%X is out of order", library->name, code->number);
            for (size_t before = 0; before < k; before++)
                assert_string_not_equal(library->codes[before].name, code->name);
        }
    }
}

static void a_code_is_explained_without_a_service(void **state)
{
    (void)state;
    assert_said(SAID_BY(explain_code, "0xE019"), EXIT_YES,
                "0xE019  SGX_QL_NETWORK_ERROR  (57369)\n", "");
    assert_said(SAID_BY(explain_code, "e019"), EXIT_YES, "Azure DCAP client", "");
    assert_said(SAID_BY(explain_code, "44"), EXIT_YES,
                "44  STATUS_TCB_INFO_MISMATCH\n  said by", "");
    assert_said(SAID_BY(explain_code, "tcb_info_mismatch", "--json"), EXIT_YES,
                "\"name\": \"tcb_info_mismatch\"", "");
    assert_said(said_by(explain_code, (const char *const[]){ NULL }), EXIT_YES,
                "0xE019  SGX_QL_NETWORK_ERROR", "");
    assert_said(SAID_BY(explain_code, "0xE0FF"), EXIT_NO, "", "nobody is known to say");
    assert_said(SAID_BY(explain_code, "0xE0FF", "--json"), EXIT_NO, "\"codes\": []", "");
    assert_said(SAID_BY(explain_code, "1", "2"), EXIT_USAGE, "", "what is \"2\"?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_found_however_it_is_written),
        cmocka_unit_test(a_name_is_found_with_and_without_its_prefix),
        cmocka_unit_test(one_number_of_two_libraries_is_both),
        cmocka_unit_test(every_code_of_the_references_is_known),
        cmocka_unit_test(every_word_of_our_verdicts_is_known),
        cmocka_unit_test(every_code_has_its_words_and_stands_once),
        cmocka_unit_test(a_code_is_explained_without_a_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
