/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/verifier_policy.h"

#include "format/json.h"
#include "kit/test.h"

enum { MAX = 16384 };
#define BIT(standing) (1u << (standing))

static const char *const allowed_ids[] = { "INTEL-SA-00615", "INTEL-SA-00657" };
static const char *const blocked_ids[] = { "INTEL-SA-00837" };

static struct verifier_policy plain(void)
{
    return (struct verifier_policy){
        .baseline = "steady",
        .floors = { { .number = 19, .tcb_date_s = 1747094400 },
                    { .number = 20, .tcb_date_s = 1755043200 } },
    };
}

struct written {
    struct buf out, notes;
};

static struct written write_for(enum verifier verifier,
                                const struct verifier_policy *policy)
{
    struct written written;
    struct error err = { 0 };

    buf_init(&written.out, MAX);
    buf_init(&written.notes, MAX);
    assert_ok(verifier_policy_write(verifier, policy, &written.out, &written.notes, &err),
              err);
    return written;
}

static void drop(struct written *written)
{
    buf_fini(&written->out);
    buf_fini(&written->notes);
}

static bool says(const struct buf *buf, const char *part)
{
    return strstr(buf_text(buf), part) != NULL;
}

static void assert_says(const struct buf *buf, const char *part)
{
    if (!says(buf, part))
        fail_msg("\"%s\" is not in:\n%s", part, buf_text(buf));
}

/* JSON of one value, as our strictest reader takes it. */
static void assert_json(const struct buf *buf)
{
    struct arena arena;
    struct error err = { 0 };
    struct json json;

    arena_init(&arena, MAX);
    json_begin(&json, buf_bytes(buf), &arena, &err);
    json_skip(&json);
    assert_ok(json_end(&json), err);
    arena_fini(&arena);
}

/* Of a format with comments every line that says something is one of them. */
static void assert_commented(const struct written *written, const char *first_rule)
{
    const char *text = buf_text(&written->out), *rule = strstr(text, first_rule);

    assert_non_null(rule);
    assert_int_equal(written->notes.len, 0);
    for (const char *line = text; line < rule; line = strchr(line, '\n') + 1)
        if (line[0] != '#')
            fail_msg("no comment: %.40s", line);
}

/* ---- names --------------------------------------------------------------------------
 */

static void verifiers_and_statuses_are_known_by_name(void **state)
{
    static const char *const names[] = { "trustee", "go-tdx-guest", "dcap-qvl",
                                         "intel-qal" };
    enum tcb_standing standing;
    enum verifier verifier;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_true(verifier_named(bytes_of_text(names[i]), &verifier));
        assert_int_equal(verifier, VERIFIER_TRUSTEE + i);
    }
    assert_false(verifier_named(bytes_of_text("trustees"), &verifier));
    assert_false(verifier_named(bytes_of_text(""), &verifier));
    assert_true(verifier_status_named(bytes_of_text("OutOfDate"), &standing));
    assert_int_equal(standing, STANDING_OUT_OF_DATE);
    assert_true(verifier_status_named(bytes_of_text("TDRelaunchAdvised"), &standing));
    assert_int_equal(standing, STANDING_TD_RELAUNCH_ADVISED);
    assert_false(verifier_status_named(bytes_of_text("Revoked"), &standing));
    assert_false(verifier_status_named(bytes_of_text("outofdate"), &standing));
}

/* ---- trustee ------------------------------------------------------------------------
 */

static void trustee_compares_number_status_and_expiry(void **state)
{
    struct verifier_policy policy = plain();
    struct written w = write_for(VERIFIER_TRUSTEE, &policy);

    (void)state;
    assert_commented(&w, "package policy\n");
    assert_says(&w.out, "baseline steady");
    assert_says(&w.out,
                "\t\"sgx\": {\"number\": 19, \"tcb_date\": \"2025-05-13T00:00:00Z\"},\n"
                "\t\"tdx\": {\"number\": 20, \"tcb_date\": \"2025-08-13T00:00:00Z\"},\n");
    assert_says(&w.out, "thim_accepted_statuses := {\"UpToDate\"}\n");
    assert_says(&w.out, "thim_blocked_advisories := set()\n");
    assert_says(&w.out, "claims.collateral_expiration_status == \"0\"\n");
    assert_false(says(&w.out, "thim_recent_enough"));
    assert_false(says(&w.out, "thim_allowed_advisories"));
    drop(&w);
}

static void trustee_bounds_an_accepted_out_of_date_by_the_date(void **state)
{
    struct verifier_policy policy = plain();

    (void)state;
    policy.accepted = BIT(STANDING_OUT_OF_DATE);
    struct written dated = write_for(VERIFIER_TRUSTEE, &policy);
    assert_says(&dated.out, "{\"UpToDate\", \"OutOfDate\"}\n");
    assert_says(&dated.out, "\tthim_recent_enough(claims, tee)\n");
    assert_false(says(&dated.out, "is not known"));
    drop(&dated);
    policy.floors[1].tcb_date_s = 0;
    struct written dateless = write_for(VERIFIER_TRUSTEE, &policy);
    assert_false(says(&dateless.out, "thim_recent_enough"));
    assert_says(&dateless.out, "the number's TCB date is not known");
    drop(&dateless);
}

static void trustee_takes_both_lists_of_advisories(void **state)
{
    struct verifier_policy policy = plain();

    (void)state;
    policy.allowed = (struct verifier_advisories){ allowed_ids, COUNT_OF(allowed_ids) };
    policy.blocked = (struct verifier_advisories){ blocked_ids, COUNT_OF(blocked_ids) };
    struct written w = write_for(VERIFIER_TRUSTEE, &policy);
    assert_says(&w.out, "thim_blocked_advisories := {\"INTEL-SA-00837\"}\n");
    assert_says(&w.out,
                "thim_allowed_advisories := {\"INTEL-SA-00615\", \"INTEL-SA-00657\"}\n");
    assert_says(&w.out, "count(advisories - thim_allowed_advisories) == 0\n");
    drop(&w);
}

/* ---- go-tdx-guest -------------------------------------------------------------------
 */

static void go_tdx_guest_is_told_to_look_at_all(void **state)
{
    struct verifier_policy policy = plain();

    (void)state;
    policy.accepted = BIT(STANDING_SW_HARDENING_NEEDED);
    policy.blocked = (struct verifier_advisories){ blocked_ids, 1 };
    struct written w = write_for(VERIFIER_GO_TDX_GUEST, &policy);
    assert_commented(&w,
                     "root_of_trust {\n  check_crl: true\n  get_collateral: true\n}\n");
    assert_says(&w.out, "number for TDX is 20, of TCB date 2025-08-13T00:00:00Z");
    assert_says(&w.out, "#  - A minimum evaluation data number");
    assert_says(&w.out, "#  - A status beside UpToDate");
    assert_says(&w.out, "#  - Advisories");
    drop(&w);
}

/* ---- dcap-qvl -----------------------------------------------------------------------
 */

static void dcap_qvl_has_only_members_that_it_knows(void **state)
{
    struct verifier_policy policy = plain();

    (void)state;
    policy.accepted = BIT(STANDING_CONFIGURATION_AND_SW_HARDENING_NEEDED)
                      | BIT(STANDING_TD_RELAUNCH_ADVISED);
    policy.allowed = (struct verifier_advisories){ allowed_ids, 1 };
    policy.blocked = (struct verifier_advisories){ blocked_ids, 1 };
    struct written w = write_for(VERIFIER_DCAP_QVL, &policy);
    assert_string_equal(
        buf_text(&w.out),
        "{\n"
        "  \"allowed_statuses\": [\"UpToDate\", \"ConfigurationAndSWHardeningNeeded\"],\n"
        "  \"rejected_advisory_ids\": [\"INTEL-SA-00837\"],\n"
        "  \"min_tcb_eval_data_number\": 19\n"
        "}\n");
    assert_says(&w.notes, "SGX has 19 and TDX 20, the lower is written");
    assert_says(&w.notes, "TDRelaunchAdvised");
    assert_says(&w.notes, "advisories that alone are allowed");
    drop(&w);
}

static void dcap_qvl_takes_the_number_of_the_only_tee(void **state)
{
    struct verifier_policy policy = plain();

    (void)state;
    policy.floors[0].number = 0;
    struct written w = write_for(VERIFIER_DCAP_QVL, &policy);
    assert_json(&w.out);
    assert_says(&w.out, "\"min_tcb_eval_data_number\": 20\n");
    assert_false(says(&w.notes, "the lower is written"));
    drop(&w);
}

/* ---- Intel's QAL --------------------------------------------------------------------
 */

static void qal_has_an_entry_for_each_platform_class(void **state)
{
    struct verifier_policy policy = plain();

    (void)state;
    policy.accepted = BIT(STANDING_TD_RELAUNCH_ADVISED);
    policy.blocked = (struct verifier_advisories){ blocked_ids, 1 };
    struct written w = write_for(VERIFIER_INTEL_QAL, &policy);
    assert_json(&w.out);
    assert_says(
        &w.out,
        "{\"class_id\": \"3123ec35-8d38-4ea5-87a5-d6c48b567570\"},\n"
        "      \"reference\": {\n"
        "        \"accepted_tcb_status\": [\"UpToDate\", \"TDRelaunchAdvised\"],\n"
        "        \"rejected_advisory_ids\": [\"INTEL-SA-00837\"],\n"
        "        \"min_eval_num\": 19\n");
    assert_says(&w.out, "9eec018b-7481-4b1c-8e1a-9f7c0c8c777f");
    assert_says(&w.out, "f708b97f-0fb2-4e6b-8b03-8a5bcd1221d3");
    assert_says(&w.out, "{\"class_id\": \"3769258c-75e6-4bc7-8d72-d2b0e224cad2\"},\n"
                        "      \"reference\": {\n"
                        "        \"accepted_tcb_status\": [\"UpToDate\"],\n");
    assert_says(&w.notes, "JWS, ES384");
    assert_false(says(&w.notes, "each is accepted alone"));
    drop(&w);
}

static void qal_takes_statuses_that_stand_together_apart(void **state)
{
    struct verifier_policy policy = plain();

    (void)state;
    policy.floors[1].number = 0;
    policy.accepted = BIT(STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED);
    struct written w = write_for(VERIFIER_INTEL_QAL, &policy);
    assert_json(&w.out);
    assert_says(&w.out, "[\"UpToDate\", \"ConfigurationNeeded\", \"OutOfDate\"]");
    assert_false(says(&w.out, "f708b97f"));
    assert_says(&w.notes, "each is accepted alone");
    assert_says(&w.notes, "min_eval_num excludes its grace periods");
    drop(&w);
}

/* ---- refusals -----------------------------------------------------------------------
 */

static void assert_write_refused(enum verifier verifier,
                                 const struct verifier_policy *policy,
                                 enum error_kind kind, const char *part)
{
    struct error err = { 0 };
    struct buf out, notes;

    buf_init(&out, MAX);
    buf_init(&notes, MAX);
    assert_false(verifier_policy_write(verifier, policy, &out, &notes, &err));
    assert_refused(err, kind, part);
    buf_fini(&out);
    buf_fini(&notes);
}

static void a_baseline_without_a_number_is_refused(void **state)
{
    struct verifier_policy policy = plain();

    (void)state;
    policy.floors[1].number = 0;
    assert_write_refused(VERIFIER_GO_TDX_GUEST, &policy, ERROR_NOT_FOUND, "go-tdx-guest");
    policy.floors[0].number = 0;
    assert_write_refused(VERIFIER_TRUSTEE, &policy, ERROR_NOT_FOUND, "steady");
}

static void what_is_no_advisory_is_refused(void **state)
{
    static const char *const bad[] = { "", "INTEL-SA-00615\"", "intel-sa-00615",
                                       "INTEL-SA-00615 ",
                                       "INTEL-SA-00615-00615-00615-00615-X" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct verifier_policy policy = plain();
        policy.allowed = (struct verifier_advisories){ &bad[i], 1 };
        assert_write_refused(VERIFIER_TRUSTEE, &policy, ERROR_FORMAT, "is no advisory");
        policy.allowed.count = 0;
        policy.blocked = (struct verifier_advisories){ &bad[i], 1 };
        assert_write_refused(VERIFIER_INTEL_QAL, &policy, ERROR_FORMAT, "is no advisory");
    }
}

static void a_policy_past_its_buffer_is_refused(void **state)
{
    struct verifier_policy policy = plain();
    struct error err = { 0 };
    struct buf out, notes;

    (void)state;
    buf_init(&out, 64);
    buf_init(&notes, MAX);
    assert_false(verifier_policy_write(VERIFIER_TRUSTEE, &policy, &out, &notes, &err));
    assert_refused(err, ERROR_LIMIT, "too long");
    buf_fini(&out);
    buf_fini(&notes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifiers_and_statuses_are_known_by_name),
        cmocka_unit_test(trustee_compares_number_status_and_expiry),
        cmocka_unit_test(trustee_bounds_an_accepted_out_of_date_by_the_date),
        cmocka_unit_test(trustee_takes_both_lists_of_advisories),
        cmocka_unit_test(go_tdx_guest_is_told_to_look_at_all),
        cmocka_unit_test(dcap_qvl_has_only_members_that_it_knows),
        cmocka_unit_test(dcap_qvl_takes_the_number_of_the_only_tee),
        cmocka_unit_test(qal_has_an_entry_for_each_platform_class),
        cmocka_unit_test(qal_takes_statuses_that_stand_together_apart),
        cmocka_unit_test(a_baseline_without_a_number_is_refused),
        cmocka_unit_test(what_is_no_advisory_is_refused),
        cmocka_unit_test(a_policy_past_its_buffer_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
