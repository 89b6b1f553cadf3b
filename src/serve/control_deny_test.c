/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_deny.h"

#include "serve/test_desk.h"
#include "store/audit.h"

#define DENY "/thim/v1/deny"
#define FMSPC_BODY "\"kind\":\"fmspc\",\"value\":\"30606A000000\""
#define FMSPC_QUERY DENY "?kind=fmspc&value=30606a000000"
#define QE_ID "00fbe6733336eaf7a4e3d8b966a82e64"

static const char *text(const json_t *json, const char *name)
{
    const char *value = json_string_value(json_object_get(json, name));

    return value != NULL ? value : "(none)";
}

static void heard(const struct desk *desk, const char *method, const char *target,
                  const char *body, unsigned status)
{
    json_decref(desk_heard(desk, method, target, body, status));
}

/* A refusal: its status, and a part of its message. */
static void refused(const struct desk *desk, const char *method, const char *target,
                    const char *body, unsigned status, const char *part)
{
    json_t *json = desk_heard(desk, method, target, body, status);
    const char *message = text(json_object_get(json, "error"), "message");

    if (strstr(message, part) == NULL)
        fail_msg("%s %s: \"%s\", expected \"%s\"", method, body, message, part);
    json_decref(json);
}

/* The only entry of the list; the caller's. */
static json_t *only_entry(const struct desk *desk)
{
    json_t *page = desk_heard(desk, "GET", DENY, "", 200);
    json_t *entries = json_object_get(page, "entries");

    assert_int_equal(json_array_size(entries), 1);
    json_t *entry = json_incref(json_array_get(entries, 0));
    json_decref(page);
    return entry;
}

static bool is_denied(const struct desk *desk)
{
    static const uint8_t fmspc[6] = { 0x30, 0x60, 0x6a };
    struct deny_subject subject = { .fmspc = bytes_of(fmspc, sizeof fmspc) };

    return denials_look(desk->house.denials, &subject, TEST_AMD_NOW_S).is_denied;
}

/* ---- changing -----------------------------------------------------------------------
 */

static void what_is_added_is_in_force_when_answered(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    assert_false(is_denied(&desk));
    heard(&desk, "POST", DENY,
          "{" FMSPC_BODY ",\"why\":\"old\",\"by\":\"Jo\","
          "\"until\":\"2037-01-01T00:00:00Z\"}",
          200);
    assert_true(is_denied(&desk));
    json_t *entry = only_entry(&desk);
    assert_string_equal(text(entry, "kind"), "fmspc");
    assert_string_equal(text(entry, "value"), "30606a000000");
    assert_string_equal(text(entry, "why"), "old");
    assert_string_equal(text(entry, "by"), "Jo");
    assert_string_equal(text(entry, "until"), "2037-01-01T00:00:00Z");
    assert_true(json_is_true(json_object_get(entry, "in_force")));
    json_decref(entry);
    heard(&desk, "DELETE", FMSPC_QUERY, "", 200);
    assert_false(is_denied(&desk));
    desk_close(&desk);
}

static void who_asks_is_who_did_it_where_nobody_is_named(void **state)
{
    (void)state;
    char expected[32];
    struct desk desk;

    desk_open(&desk);
    snprintf(expected, sizeof expected, "uid %u", (unsigned)geteuid());
    heard(&desk, "POST", DENY, "{" FMSPC_BODY ",\"why\":\"old\"}", 200);
    json_t *entry = only_entry(&desk);
    assert_string_equal(text(entry, "by"), expected);
    assert_true(json_is_null(json_object_get(entry, "until")));
    json_decref(entry);
    desk_close(&desk);
}

static void an_entry_whose_day_has_come_is_listed_as_over(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    heard(&desk, "POST", DENY,
          "{" FMSPC_BODY ",\"why\":\"old\",\"until\":\"2037-01-01T00:00:00Z\"}", 200);
    int64_t end_s;
    assert_true(utc_read(bytes_of_text("2037-01-01T00:00:00Z"), &end_s));
    assert_true(clock_step_to(desk.house.clock, end_s));
    json_t *entry = only_entry(&desk);
    assert_true(json_is_false(json_object_get(entry, "in_force")));
    json_decref(entry);
    desk_close(&desk);
}

/* ---- the audit ----------------------------------------------------------------------
 */

static bool note_audit(void *notes_, const struct audit_entry *entry)
{
    struct buf *notes = notes_;

    buf_addf(notes, "%s|%s|%s\n", entry->what, entry->subject, entry->outcome);
    return true;
}

static struct buf audit_of(const struct desk *desk)
{
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;
    struct error err = { 0 };
    struct buf notes;

    buf_init(&notes, 65536);
    assert_ok(platform_reader_open(desk->house.stock.directory, &reader, &err), err);
    assert_ok(audit_walk(reader, 100, note_audit, &notes, &err), err);
    return notes;
}

static void each_change_is_audited_and_ids_are_not_given_away(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    heard(&desk, "POST", DENY, "{" FMSPC_BODY ",\"why\":\"old\"}", 200);
    heard(&desk, "POST", DENY,
          "{\"kind\":\"qe_id\",\"value\":\"" QE_ID "\",\"why\":\"stolen\"}", 200);
    heard(&desk, "DELETE", FMSPC_QUERY, "", 200);
    heard(&desk, "DELETE", FMSPC_QUERY, "", 404);
    struct buf notes = audit_of(&desk);
    assert_non_null(strstr(buf_text(&notes), "deny|fmspc 30606a000000|added: old\n"));
    assert_non_null(strstr(buf_text(&notes), "deny|fmspc 30606a000000|removed\n"));
    assert_non_null(strstr(buf_text(&notes), "deny|qe_id "));
    assert_null(strstr(buf_text(&notes), QE_ID));
    size_t lines = 0;
    for (const char *c = buf_text(&notes); *c != 0; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 3); /* what was refused changed nothing */
    buf_fini(&notes);
    desk_close(&desk);
}

/* ---- refusals -----------------------------------------------------------------------
 */

static void what_cannot_be_done_is_refused(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    heard(&desk, "POST", DENY, "{" FMSPC_BODY ",\"why\":\"old\"}", 200);
    refused(&desk, "POST", DENY, "{" FMSPC_BODY ",\"why\":\"again\"}", 409, "already");
    refused(&desk, "DELETE", DENY "?kind=fmspc&value=30606a000001", "", 404,
            "not on the deny list");
    refused(&desk, "PUT", DENY, "", 405, "method");
    desk_close(&desk);
}

static void what_is_asked_wrongly_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *body, *part;
    } cases[] = {
        { "POST", DENY, "", "the body" },
        { "POST", DENY, "[]", "the body" },
        { "POST", DENY, "{" FMSPC_BODY "}", "why" },
        { "POST", DENY, "{" FMSPC_BODY ",\"why\":1}", "the body" },
        { "POST", DENY, "{" FMSPC_BODY ",\"why\":\"\"}", "why: is 0 bytes long" },
        { "POST", DENY, "{" FMSPC_BODY ",\"why\":\"a\\nb\"}", "control character" },
        { "POST", DENY, "{" FMSPC_BODY ",\"why\":\"a\",\"by\":\"\"}",
          "by: is 0 bytes long" },
        { "POST", DENY, "{" FMSPC_BODY ",\"why\":\"a\",\"since\":\"b\"}", "the body" },
        { "POST", DENY, "{" FMSPC_BODY ",\"why\":\"a\",\"why\":\"b\"}", "the body" },
        { "POST", DENY, "{" FMSPC_BODY ",\"why\":\"a\",\"until\":\"2037\"}", "until" },
        { "POST", DENY,
          "{" FMSPC_BODY ",\"why\":\"a\",\"until\":\"2001-01-01T00:00:00Z\"}",
          "has passed" },
        { "POST", DENY, "{\"kind\":\"fmspcs\",\"value\":\"\",\"why\":\"a\"}",
          "is no kind" },
        { "POST", DENY, "{\"kind\":\"fmspc\",\"value\":\"30606a\",\"why\":\"a\"}",
          "30606a" },
        { "DELETE", DENY, "", "is no kind" },
        { "DELETE", DENY "?kind=qe_id&value=00", "", "00" },
    };
    struct desk desk;

    desk_open(&desk);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        refused(&desk, cases[i].method, cases[i].target, cases[i].body, 400,
                cases[i].part);
    json_t *page = desk_heard(&desk, "GET", DENY, "", 200);
    assert_int_equal(json_array_size(json_object_get(page, "entries")), 0);
    json_decref(page);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_in_force_when_answered),
        cmocka_unit_test(who_asks_is_who_did_it_where_nobody_is_named),
        cmocka_unit_test(an_entry_whose_day_has_come_is_listed_as_over),
        cmocka_unit_test(each_change_is_audited_and_ids_are_not_given_away),
        cmocka_unit_test(what_cannot_be_done_is_refused),
        cmocka_unit_test(what_is_asked_wrongly_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
