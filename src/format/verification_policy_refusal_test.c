/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy may not say, and how much of it. */
#include <stdio.h>

#include "format/test_verification_policy.h"

static void other_members_are_read_and_refused(void **state)
{
    static const struct {
        const char *section, *member, *value, *refusal; /* NULL: read */
    } cases[] = {
        { "", "accepted_statuses", "[\"OutOfDate\"]", NULL },
        { "", "accepted_statuses", "[\"Outofdate\"]", "unknown value \"Outofdate\"" },
        { "", "accepted_statuses", "[\"Revoked\"]", "never valid" },
        { "", "accepted_statuses", "[\"NotSupported\"]", "never valid" },
        { "", "accepted_statuses", "[]", "the list is empty" },
        { "", "accepted_statuses", "\"UpToDate\"", "expected an array" },
        { "", "min_evaluation_data_number", "1", NULL },
        { "", "min_evaluation_data_number", "0", "0 is under 1" },
        { "", "min_evaluation_data_number", "\"17\"", "expected" },
        { "", "min_tcb_date", "\"2024-02-29T00:00:00Z\"", NULL },
        { "", "min_tcb_date", "\"2023-02-29T00:00:00Z\"", "is not a date" },
        { "", "min_tcb_date", "\"2024-02-29\"", "is not a date" },
        { "", "accepted_advisories", "[]", NULL },
        { "", "accepted_advisories", "[\"INTEL-SA-00615\"]", NULL },
        { "", "accepted_advisories", "[\"INTEL-SA-0615\"]", "no advisory" },
        { "", "accepted_advisories", "[\"Intel-SA-00615\"]", "no advisory" },
        { "", "accepted_advisories", "[\"INTEL-SA-0061S\"]", "no advisory" },
        { "", "accepted_advisories", "[\"\"]", "no advisory" },
        { "", "blocked_advisories", "[\"INTEL-SA-00615\"]", NULL },
        { "", "blocked_advisories", "[\"CVE-2022-21123\"]", "no advisory" },
        { "", "blocked_advisories", "[]", "the list is empty" },
        { "", "allow_debug", "false", NULL },
        { "", "allow_debug", "0", "expected true or false" },
        { "", "require_revocation_checked", "true", NULL },
        { "", "require_revocation_checked", "\"true\"", "expected true or false" },
        { "platform", "accepted_sgx_types", "[\"Scalable\"]", NULL },
        { "platform", "accepted_sgx_types", "[\"scalable\"]", "unknown value" },
        { "platform", "accepted_sgx_types", "[1]", "expected a string" },
        { "platform", "allow_cached_keys", "true", NULL },
        { "platform", "allow_cached_keys", "null", "expected true or false" },
        { "sgx", "isv_prod_id", "65535", NULL },
        { "sgx", "isv_prod_id", "65536", "65535" },
        { "sgx", "isv_prod_id", "[0, 1]", NULL },
        { "sgx", "isv_prod_id", "[0, 65536]", "sgx.isv_prod_id[1]" },
        { "sgx", "isv_prod_id", "[]", "the list is empty" },
        { "sgx", "min_isv_svn", "65535", NULL },
        { "sgx", "min_isv_svn", "65536", "65535" },
        { "sgx", "min_isv_svn", "-1", "number with a sign" },
        { "sgx", "min_config_svn", "3", NULL },
        { "sgx", "min_config_svn", "3.5", "a fraction" },
        { "tdx", "sept_ve_disable", "true", NULL },
        { "tdx", "sept_ve_disable", "1", "expected true or false" },
        { "snp", "vmpl", "3", NULL },
        { "snp", "vmpl", "4", "3" },
        { "snp", "vmpl", "[]", "the list is empty" },
        { "snp", "min_guest_svn", "4294967296", "4294967295" },
        { "snp", "min_report_version", "5", NULL },
        { "snp", "accepted_veks", "[\"VCEK\", \"VLEK\"]", NULL },
        { "snp", "accepted_veks", "[\"vcek\"]", "unknown value" },
        { "snp", "policy", "{\"min_abi\":\"1.51\"}", NULL },
        { "snp", "policy", "{\"min_abi\":\"1\"}", "no ABI version" },
        { "snp", "policy", "{\"min_abi\":\"1.51.0\"}", "no ABI version" },
        { "snp", "policy", "{\"min_abi\":\"1.256\"}", "no ABI version" },
        { "snp", "policy", "{\"min_abi\":\"1.051\"}", "no ABI version" },
        { "snp", "policy", "{\"min_abi\":1.51}", "expected a string" },
        { "snp", "policy", "{\"debug\":false}", "no such member" },
        { "snp", "platform_info", "{\"tsme_en\":true}", NULL },
        { "snp", "platform_info", "{\"tsme\":true}", "did you mean \"tsme_en\"?" },
        { "snp", "min_firmware", "\"1.55.0\"", NULL },
        { "snp", "min_firmware", "\"1.55\"", "no firmware version" },
        { "snp", "min_firmware", "\"1.55.21.\"", "no firmware version" },
        { "snp", "min_tcb", "{\"Milan\":\"db18000000000004\"}", NULL },
        { "snp", "min_tcb", "{\"Milan\":\"db1800000000004\"}", "is not 16 hex digits" },
        { "snp", "min_tcb", "{\"Milan\":\"5100000004010101\"}", "TCB_VERSION" },
        { "snp", "min_tcb", "{\"Rome\":\"db18000000000004\"}", "no such member" },
        { "snp", "min_tcb", "{}", "has no product" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect(cases[i].section, cases[i].member, cases[i].value, cases[i].refusal);
}

static void a_masked_chip_id_is_no_chip(void **state)
{
    struct buf value;

    (void)state;
    buf_init(&value, 4096);
    buf_addf(&value, "[\"%0128d\"]", 1);
    expect("snp", "chip_id", buf_text(&value), NULL);
    buf_clear(&value);
    buf_addf(&value, "[\"%0128d\",\"%0128d\"]", 1, 0);
    expect("snp", "chip_id", buf_text(&value), "item 1 is zeros only");
    buf_fini(&value);
}

static void an_unknown_member_is_refused_wherever_it_stands(void **state)
{
    static const struct {
        const char *text, *refusal;
    } cases[] = {
        { "{\"accepted_status\":[]}", "accepted_status, at byte 1: there is no such "
                                      "member, did you mean \"accepted_statuses\"?" },
        { "{\"sgx\":{\"mr_enclave\":\"\"}}",
          "sgx.mr_enclave, at byte 8: there is no such "
          "member, did you mean \"mrenclave\"?" },
        { "{\"tdx\":{\"rtmr4\":\"\"}}", "did you mean \"rtmr0\"?" },
        { "{\"platform\":{\"allow_dynamic_plaform\":true}}",
          "did you mean \"allow_dynamic_platform\"?" },
        { "{\"snp\":{\"policy\":{\"migrate\":true}}}", "snp.policy.migrate" },
        { "{\"colour\":1}", "colour, at byte 1: there is no such member" },
        { "{\"\":1}", "there is no such member" },
        { "{\"sev-snp\":{}}", "sev-snp, at byte 1: its name is \"snp\" here" },
        { "{\"sgx\":{},\"sgx\":{}}", "sgx" },
        { "[]", "expected an object" },
        { "{} {}", "policy" },
        { "", "policy" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect_refused(cases[i].text, cases[i].refusal);
}

/* ---- limits -------------------------------------------------------------------------
 */

static bool read_list(const char *member, const char *item, size_t count,
                      struct error *err)
{
    struct buf text;
    struct reading r;

    buf_init(&text, 1 << 20);
    buf_addf(&text, "{%s[", member);
    for (size_t i = 0; i < count; i++)
        buf_addf(&text, "%s%s", i == 0 ? "" : ",", item);
    buf_add_text(&text, strchr(member, '{') != NULL ? "]}}" : "]}");
    read_policy(&r, buf_bytes(&text));
    *err = r.err;
    arena_fini(&r.arena);
    buf_fini(&text);
    return r.ok;
}

static void lists_and_texts_have_limits(void **state)
{
    static const char numbers[] = "\"sgx\":{\"isv_prod_id\":";
    static const char advisories[] = "\"accepted_advisories\":";
    struct error err = { 0 };
    struct reading r;
    struct buf text;

    (void)state;
    assert_ok(read_list(numbers, "1", POLICY_VALUES_MAX, &err), err);
    assert_false(read_list(numbers, "1", POLICY_VALUES_MAX + 1, &err));
    assert_refused(err, ERROR_LIMIT, "more than 8192");
    assert_ok(read_list(advisories, "\"INTEL-SA-00001\"", POLICY_ADVISORIES_MAX, &err),
              err);
    assert_false(
        read_list(advisories, "\"INTEL-SA-00001\"", POLICY_ADVISORIES_MAX + 1, &err));
    assert_refused(err, ERROR_LIMIT, "more than 1024");

    buf_init(&text, 1 << 20);
    buf_add_text(&text, "{}");
    while (text.len < VERIFICATION_POLICY_MAX)
        buf_add_byte(&text, ' ');
    read_policy(&r, buf_bytes(&text));
    assert_ok(r.ok, r.err);
    arena_fini(&r.arena);
    buf_add_byte(&text, ' ');
    read_policy(&r, buf_bytes(&text));
    assert_false(r.ok);
    assert_int_equal(r.err.kind, ERROR_LIMIT);
    arena_fini(&r.arena);
    buf_fini(&text);
}

/* As many of a machine's names as a text of full length can hold. */
static void the_room_suffices_for_the_largest_text(void **state)
{
    char ppid[40], chip_id[140];
    struct error err = { 0 };

    (void)state;
    snprintf(ppid, sizeof ppid, "\"%032d\"", 7);
    snprintf(chip_id, sizeof chip_id, "\"%0128d\"", 7);
    assert_ok(read_list("\"platform\":{\"ppid\":", ppid, 7480, &err), err);
    assert_ok(read_list("\"snp\":{\"chip_id\":", chip_id, 2000, &err), err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_members_are_read_and_refused),
        cmocka_unit_test(a_masked_chip_id_is_no_chip),
        cmocka_unit_test(an_unknown_member_is_refused_wherever_it_stands),
        cmocka_unit_test(lists_and_texts_have_limits),
        cmocka_unit_test(the_room_suffices_for_the_largest_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
