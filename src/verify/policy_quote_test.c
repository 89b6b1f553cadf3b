/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for enclaves, trust domains and their platforms. */
#include <stdio.h>

#include "verify/test_policy.h"

/* ---- enclaves and trust domains --------------------------------------------------- */

static void an_enclaves_numbers_are_judged(void **state)
{
    static const struct {
        const char *text, *rule, *why;
    } cases[] = {
        { "{\"sgx\":{\"isv_prod_id\":7}}", NULL, NULL },
        { "{\"sgx\":{\"isv_prod_id\":6}}", "sgx.isv_prod_id", "7, demanded 6" },
        { "{\"sgx\":{\"isv_prod_id\":[6,7]}}", NULL, NULL },
        { "{\"sgx\":{\"isv_prod_id\":[6,8]}}", "sgx.isv_prod_id", "none of 2" },
        { "{\"sgx\":{\"min_isv_svn\":9}}", NULL, NULL },
        { "{\"sgx\":{\"min_isv_svn\":10}}", "sgx.min_isv_svn", "9, demanded 10" },
        { "{\"sgx\":{\"min_config_svn\":3}}", NULL, NULL },
        { "{\"sgx\":{\"min_config_svn\":4}}", "sgx.min_config_svn", "3, demanded 4" },
    };
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SGX);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect(cases[i].text, &t.verdict, cases[i].rule, cases[i].why);
}

static void sept_ve_disable_is_bit_28(void **state)
{
    static const uint8_t set[8] = { 0, 0, 0, 0x10 };
    static const uint8_t others[8] = { 0xfe, 0xff, 0xff, 0xef, 0xff, 0xff, 0xff, 0xff };
    static const char demanded[] = "{\"tdx\":{\"sept_ve_disable\":true}}";
    static const char refused[] = "{\"tdx\":{\"sept_ve_disable\":false}}";
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    t.verdict.intel.quote.td.td_attributes = bytes_of(set, sizeof set);
    expect(demanded, &t.verdict, NULL, NULL);
    expect(refused, &t.verdict, "tdx.sept_ve_disable", "set, demanded clear");
    t.verdict.intel.quote.td.td_attributes = bytes_of(others, sizeof others);
    expect(demanded, &t.verdict, "tdx.sept_ve_disable", "clear, demanded set");
    expect(refused, &t.verdict, NULL, NULL);
}

/* ---- platforms ----------------------------------------------------------------------
 */

static void a_platform_is_on_its_list(void **state)
{
    const struct {
        const char *rule;
        size_t at, len;
    } cases[] = {
        { "platform.fmspc", offsetof(struct pck_cert, fmspc), 6 },
        { "platform.pce_id", offsetof(struct pck_cert, pce_id), 2 },
        { "platform.ppid", offsetof(struct pck_cert, ppid), 16 },
        { "platform.platform_instance_id",
          offsetof(struct pck_cert, platform_instance_id), 16 },
    };
    struct test_verdict t;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf policy;
        verdict_make(&t, EVIDENCE_TDX);
        uint8_t *at = (uint8_t *)&t.verdict.intel.pck + cases[i].at;
        write_policy(&policy, cases[i].rule, bytes_of(at, cases[i].len));
        expect(buf_text(&policy), &t.verdict, NULL, NULL);
        for (size_t k = 0; k < cases[i].len; k++) {
            at[k] ^= 0x80;
            expect(buf_text(&policy), &t.verdict, cases[i].rule, "demanded");
            at[k] ^= 0x80;
        }
        t.verdict.intel.pck.has_platform = false;
        expect(buf_text(&policy), &t.verdict, i == 3 ? cases[i].rule : NULL,
               "there is none");
        buf_fini(&policy);
    }
}

static void sgx_types_are_chosen(void **state)
{
    static const char scalable[] = "{\"platform\":{\"accepted_sgx_types\":"
                                   "[\"Scalable\",\"ScalableWithIntegrity\"]}}";
    static const char standard[] = "{\"platform\":{\"accepted_sgx_types\":"
                                   "[\"Standard\"]}}";
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SGX);
    for (unsigned type = PCK_STANDARD; type <= PCK_SCALABLE_WITH_INTEGRITY; type++) {
        t.verdict.intel.pck.sgx_type = (enum pck_sgx_type)type;
        expect(scalable, &t.verdict,
               type == PCK_STANDARD ? "platform.accepted_sgx_types" : NULL, "SGX type");
        expect(standard, &t.verdict,
               type == PCK_STANDARD ? NULL : "platform.accepted_sgx_types", "SGX type");
    }
}

/* What the certificate does not say has not been shown. */
static void leave_is_given_or_denied(void **state)
{
    static const struct {
        const char *name;
        size_t at;
    } flags[] = {
        { "allow_dynamic_platform", offsetof(struct pck_cert, dynamic_platform) },
        { "allow_cached_keys", offsetof(struct pck_cert, cached_keys) },
        { "allow_smt_enabled", offsetof(struct pck_cert, smt_enabled) },
    };
    struct test_verdict t;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        char given[96], denied[96], rule[64];
        snprintf(given, sizeof given, "{\"platform\":{\"%s\":true}}", flags[i].name);
        snprintf(denied, sizeof denied, "{\"platform\":{\"%s\":false}}", flags[i].name);
        snprintf(rule, sizeof rule, "platform.%s", flags[i].name);
        verdict_make(&t, EVIDENCE_SGX);
        bool *flag = (bool *)(void *)((char *)&t.verdict.intel.pck + flags[i].at);
        expect(denied, &t.verdict, NULL, NULL);
        *flag = true;
        expect("{}", &t.verdict, NULL, NULL);
        expect(given, &t.verdict, NULL, NULL);
        expect(denied, &t.verdict, rule, "says that it is so");
        t.verdict.intel.pck.has_platform = *flag = false;
        expect(given, &t.verdict, NULL, NULL);
        expect(denied, &t.verdict, rule, "does not say");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enclaves_numbers_are_judged),
        cmocka_unit_test(sept_ve_disable_is_bit_28),
        cmocka_unit_test(a_platform_is_on_its_list),
        cmocka_unit_test(sgx_types_are_chosen),
        cmocka_unit_test(leave_is_given_or_denied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
