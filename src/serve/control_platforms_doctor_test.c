/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor's rounds over the admin socket; what each cause looks like is
 * serve/doctor_test.c's. */
#include "serve/test_clinic.h"

static void expect_ailment(const struct clinic *clinic, const char *target,
                           const char *ailment, bool asked)
{
    json_t *found = get(clinic, target);

    if (strcmp(text_at(found, "ailment"), ailment) != 0
        || json_is_true(json_object_get(found, "asked")) != asked)
        fail_msg("%.80s: %s, %s", target, text_at(found, "ailment"),
                 text_at(found, "finding"));
    assert_true(strlen(text_at(found, "remedy")) > 10);
    json_decref(found);
}

static void the_doctor_asks_upstream_where_it_can_tell_more(void **state)
{
    struct clinic clinic;
    char room[2048];

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    expect_ailment(&clinic, query(room, HELD, 9, 7), "none", false);
    expect_ailment(&clinic, query(room, HELD, 9, 0), "none", false);
    expect_ailment(&clinic, query(room, NOBODY, 9, 0), "zero_ppid", false);
    expect_ailment(&clinic, LIST "/doctor?qe_id=" NOBODY, "not_registered", false);
    assert_int_equal(clinic.asked, 0);

    expect_ailment(&clinic, query(room, HELD, 4, 7), "impossible_cpusvn", true);
    expect_ailment(&clinic, LIST "/doctor?qe_id=" HELD, "below", true);
    assert_int_equal(clinic.last.bound_by, BOUND_BY_TOKEN);
    expect_ailment(&clinic, LIST "/doctor?qe_id=" WAITS, "upstream", true);
    expect_ailment(&clinic, query(room, NOBODY, 9, 3), "upstream", true);
    assert_int_equal(clinic.last.bound_by, BOUND_BY_ASKING);
    clinic.says = (struct platform_report){ .outcome = FETCH_CONFLICT };
    expect_ailment(&clinic, query(room, HELD, 9, 3), "bound_to_another", true);
    assert_int_equal(clinic.last.bound_by, BOUND_BY_ASKING);
    clinic.says = (struct platform_report){ .outcome = FETCH_NOT_FOUND };
    expect_ailment(&clinic, query(room, NOBODY, 9, 3), "manifest_missing", true);
    clinic.says = (struct platform_report){ .outcome = FETCH_REFUSED,
                                            .code = "InvalidOrRevokedPackage" };
    expect_ailment(&clinic, LIST "/doctor?qe_id=" WAITS, "package_revoked", true);
    clinic.says = (struct platform_report){ .outcome = FETCH_KEPT };
    expect_ailment(&clinic, LIST "/doctor?qe_id=" HELD, "below", true);
    assert_int_equal(clinic.changed, 1);
    clinic_close(&clinic);

    clinic_open(&clinic, FILL_OFFLINE);
    expect_ailment(&clinic, LIST "/doctor?qe_id=" WAITS, "waiting", false);
    expect_ailment(&clinic, query(room, NOBODY, 9, 3), "not_registered", false);
    assert_int_equal(clinic.asked, 0);
    clinic_close(&clinic);
}

static void who_is_denied_is_told_so_before_anything_else(void **state)
{
    struct clinic clinic;
    char room[2048];

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    deny(clinic.denials, DENY_QE_ID, NOBODY);
    expect_ailment(&clinic, LIST "/doctor?qe_id=" NOBODY, "denied", false);
    deny(clinic.denials, DENY_QE_ID, HELD);
    expect_ailment(&clinic, query(room, HELD, 9, 7), "denied", false);
    undeny(clinic.denials, DENY_QE_ID, HELD);
    expect_ailment(&clinic, query(room, HELD, 9, 7), "none", false);
    deny(clinic.denials, DENY_FMSPC, "00906ea10000");
    expect_ailment(&clinic, query(room, HELD, 9, 7), "denied", false);
    assert_int_equal(clinic.asked, 0);
    clinic_close(&clinic);
}

static void what_has_run_out_is_seen(void **state)
{
    struct clinic clinic;
    char room[2048];

    (void)state;
    clinic_open(&clinic, FILL_OFFLINE);
    expect_ailment(&clinic, query(room, EXPIRED, 9, 7), "expired", false);
    json_t *shown = get(&clinic, LIST "/show?qe_id=" EXPIRED);
    assert_string_equal(text_at(item(shown, "list", 0), "verdict"), "expired");
    assert_non_null(strstr(text_at(item(shown, "list", 0), "why"), "notAfter"));
    json_decref(shown);
    clinic_close(&clinic);
}

/* A queue's rows are no platforms yet, and somebody has brought them all the same. */
static void what_stands_in_the_queue_is_not_called_unknown(void **state)
{
    struct clinic clinic;
    char room[4096];

    (void)state;
    clinic_open(&clinic, FILL_OFFLINE);
    unsigned status;
    json_t *told = ask(&clinic, "POST", LIST, registration_of(room, NOBODY, 3), &status);
    assert_string_equal(text_at(told, "outcome"), "queued");
    json_decref(told);
    expect_ailment(&clinic, LIST "/doctor?qe_id=" NOBODY, "waiting", false);
    clinic_close(&clinic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_doctor_asks_upstream_where_it_can_tell_more),
        cmocka_unit_test(who_is_denied_is_told_so_before_anything_else),
        cmocka_unit_test(what_has_run_out_is_seen),
        cmocka_unit_test(what_stands_in_the_queue_is_not_called_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
