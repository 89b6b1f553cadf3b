/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/denials.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "kit/file.h"
#include "serve/test_denials.h"
#include "verify/test_amd.h"

#define FMSPC "30606a000000"
#define QE_ID "00fbe6733336eaf7a4e3d8b966a82e64"

static const uint8_t fmspc[6] = { 0x30, 0x60, 0x6a };

struct desk {
    char *directory;
    struct denials *denials;
};

static void desk_open(struct desk *desk)
{
    desk->directory = test_directory();
    desk->denials = denials_in(desk->directory);
}

static void desk_close(struct desk *desk)
{
    denials_destroy(desk->denials);
    test_remove(desk->directory);
}

static void desk_reopen(struct desk *desk)
{
    denials_destroy(desk->denials);
    desk->denials = denials_in(desk->directory);
}

static void write_by_hand(const struct desk *desk, const char *yaml)
{
    struct error err = { 0 };
    char path[512];

    snprintf(path, sizeof path, "%s/deny.yaml", desk->directory);
    assert_ok(file_write(path, bytes_of_text(yaml), 0600, &err), err);
}

static struct denial look_at(const struct desk *desk, int64_t now_s)
{
    struct deny_subject subject = { .fmspc = bytes_of(fmspc, sizeof fmspc) };

    return denials_look(desk->denials, &subject, now_s);
}

static void count_entry(void *count, const struct deny_entry *entry)
{
    assert_non_null(entry->why);
    ++*(size_t *)count;
}

static size_t count_of(const struct desk *desk)
{
    size_t count = 0;

    denials_visit(desk->denials, count_entry, &count);
    return count;
}

/* ---- looking ------------------------------------------------------------------------
 */

static void without_a_file_nobody_is_denied(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk);
    assert_false(look_at(&desk, 1).is_denied);
    assert_int_equal(count_of(&desk), 0);
    desk_close(&desk);
}

static void without_a_list_nobody_is_denied(void **state)
{
    struct deny_subject subject = { .fmspc = bytes_of(fmspc, sizeof fmspc) };
    struct key_name name = { .is_known = false };

    (void)state;
    assert_false(denials_look(NULL, &subject, 1).is_denied);
    assert_true(denials_permit(NULL, &subject, 1, NULL));
    assert_true(denials_permit_key(NULL, subject.fmspc, &name, 1, NULL));
    denials_destroy(NULL);
}

static void who_is_denied_is_told_why_and_not_by_whom(void **state)
{
    struct deny_subject subject = { .fmspc = bytes_of(fmspc, sizeof fmspc) };
    struct error err = { 0 };
    struct desk desk;

    (void)state;
    desk_open(&desk);
    deny(desk.denials, DENY_FMSPC, FMSPC);
    struct denial denial = look_at(&desk, 1);
    assert_true(denial.is_denied);
    assert_int_equal(denial.kind, DENY_FMSPC);
    assert_string_equal(denial.why, "stolen");
    assert_string_equal(denial.by, "Jo");
    assert_false(denials_permit(desk.denials, &subject, 1, &err));
    assert_refused(err, ERROR_DENIED, "by its fmspc: stolen");
    assert_null(strstr(err.text, "Jo"));
    subject.fmspc = bytes_of(QE_ID, sizeof fmspc);
    assert_true(denials_permit(desk.denials, &subject, 1, &err));
    desk_close(&desk);
}

static void an_entry_ends_when_its_day_has_come(void **state)
{
    struct error err = { 0 };
    struct desk desk;

    (void)state;
    desk_open(&desk);
    assert_ok(try_deny(desk.denials, DENY_FMSPC, FMSPC, 1000, &err), err);
    assert_true(look_at(&desk, 999).is_denied);
    assert_int_equal(look_at(&desk, 999).until_s, 1000);
    assert_false(look_at(&desk, 1000).is_denied);
    desk_close(&desk);
}

/* ---- changing -----------------------------------------------------------------------
 */

static void what_is_changed_has_been_written(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk);
    deny(desk.denials, DENY_FMSPC, FMSPC);
    deny(desk.denials, DENY_QE_ID, QE_ID);
    desk_reopen(&desk);
    assert_true(look_at(&desk, 1).is_denied);
    assert_int_equal(count_of(&desk), 2);
    undeny(desk.denials, DENY_FMSPC, FMSPC);
    assert_false(look_at(&desk, 1).is_denied);
    desk_reopen(&desk);
    assert_false(look_at(&desk, 1).is_denied);
    assert_int_equal(count_of(&desk), 1);
    desk_close(&desk);
}

static void twins_and_strangers_are_refused(void **state)
{
    struct error err = { 0 };
    struct desk desk;

    (void)state;
    desk_open(&desk);
    deny(desk.denials, DENY_FMSPC, FMSPC);
    assert_false(try_deny(desk.denials, DENY_FMSPC, "30606A000000", 5, &err));
    assert_refused(err, ERROR_FORMAT, "on the deny list already, by Jo: stolen");
    assert_false(try_undeny(desk.denials, DENY_FMSPC, "30606a000001", &err));
    assert_refused(err, ERROR_NOT_FOUND, "not on the deny list");
    assert_int_equal(count_of(&desk), 1);
    desk_close(&desk);
}

static void a_change_keeps_what_was_written_by_hand_meanwhile(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk);
    deny(desk.denials, DENY_QE_ID, QE_ID);
    write_by_hand(&desk, "deny:\n- {fmspc: " FMSPC ", why: a whim, by: Max}\n");
    assert_false(look_at(&desk, 1).is_denied);
    deny(desk.denials, DENY_ADVISORY, "INTEL-SA-00615");
    assert_string_equal(look_at(&desk, 1).why, "a whim");
    assert_int_equal(count_of(&desk), 2);
    desk_close(&desk);
}

static void a_disk_that_says_no_changes_nothing(void **state)
{
    struct error err = { 0 };
    struct desk desk;
    char away[512];

    (void)state;
    desk_open(&desk);
    deny(desk.denials, DENY_FMSPC, FMSPC);
    snprintf(away, sizeof away, "%s.away", desk.directory);
    assert_int_equal(rename(desk.directory, away), 0);
    assert_false(try_deny(desk.denials, DENY_QE_ID, QE_ID, 0, &err));
    assert_refused(err, ERROR_SYSTEM, "deny.yaml");
    assert_true(look_at(&desk, 1).is_denied);
    assert_int_equal(rename(away, desk.directory), 0);
    assert_int_equal(count_of(&desk), 1);
    desk_close(&desk);
}

/* ---- reading again ------------------------------------------------------------------
 */

static void reading_again_takes_a_good_file_and_leaves_a_bad_one(void **state)
{
    struct error err = { 0 };
    struct desk desk;

    (void)state;
    desk_open(&desk);
    write_by_hand(&desk, "deny:\n- {fmspc: " FMSPC ", why: a whim, by: Max}\n");
    assert_ok(denials_reload(desk.denials, &err), err);
    assert_true(look_at(&desk, 1).is_denied);
    write_by_hand(&desk, "deny:\n- fmspc: 30606a\n  why: x\n  by: y\n");
    assert_false(denials_reload(desk.denials, &err));
    assert_refused(err, ERROR_FORMAT, "deny.yaml:2");
    assert_true(look_at(&desk, 1).is_denied);
    assert_false(try_deny(desk.denials, DENY_QE_ID, QE_ID, 0, &err));
    assert_refused(err, ERROR_FORMAT, "deny.yaml:2");
    desk_close(&desk);
}

static void a_bad_file_is_no_list_to_begin_with(void **state)
{
    struct denials *denials;
    struct error err = { 0 };
    struct desk desk;
    char path[512];

    (void)state;
    desk_open(&desk);
    write_by_hand(&desk, "deny:\n- fmspc: 30606a\n  why: x\n  by: y\n");
    snprintf(path, sizeof path, "%s/deny.yaml", desk.directory);
    assert_false(denials_create(path, &denials, &err));
    assert_refused(err, ERROR_FORMAT, "deny.yaml:2");
    desk_close(&desk);
}

/* ---- keys ---------------------------------------------------------------------------
 */

static void a_keys_digest_is_that_of_its_spki(void **state)
{
    struct test_amd_certificate spec = test_vcek();
    struct x509_certificate certificate;
    struct key_name name;
    struct error err = { 0 };

    (void)state;
    struct buf der = test_amd_make(&spec);
    assert_ok(x509_parse(buf_bytes(&der), &certificate, &err), err);
    struct sha256 expected = sha256(certificate.spki);
    assert_ok(key_name_read(buf_bytes(&der), &name, &err), err);
    assert_memory_equal(name.digest, expected.digest, SHA256_LEN);
    assert_false(key_name_read(bytes_first(buf_bytes(&der), der.len - 1), &name, &err));
    assert_int_equal(err.kind, ERROR_FORMAT);
    buf_fini(&der);
}

/* ---- threads ------------------------------------------------------------------------
 */

struct watch {
    const struct desk *desk;
    atomic_bool is_over;
};

static void *watch_list(void *watch_)
{
    struct watch *watch = watch_;

    while (!atomic_load(&watch->is_over)) {
        struct denial denial = look_at(watch->desk, 1);
        if (denial.is_denied && strcmp(denial.why, "stolen") != 0)
            abort();
    }
    return NULL;
}

static void readers_see_the_list_before_or_after_a_change(void **state)
{
    pthread_t readers[2];
    struct desk desk;

    (void)state;
    desk_open(&desk);
    struct watch watch = { .desk = &desk };
    for (size_t i = 0; i < COUNT_OF(readers); i++)
        assert_int_equal(pthread_create(&readers[i], NULL, watch_list, &watch), 0);
    for (int i = 0; i < 20; i++) {
        deny(desk.denials, DENY_FMSPC, FMSPC);
        undeny(desk.denials, DENY_FMSPC, FMSPC);
    }
    atomic_store(&watch.is_over, true);
    for (size_t i = 0; i < COUNT_OF(readers); i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_nobody_is_denied),
        cmocka_unit_test(without_a_list_nobody_is_denied),
        cmocka_unit_test(who_is_denied_is_told_why_and_not_by_whom),
        cmocka_unit_test(an_entry_ends_when_its_day_has_come),
        cmocka_unit_test(what_is_changed_has_been_written),
        cmocka_unit_test(twins_and_strangers_are_refused),
        cmocka_unit_test(a_change_keeps_what_was_written_by_hand_meanwhile),
        cmocka_unit_test(a_disk_that_says_no_changes_nothing),
        cmocka_unit_test(reading_again_takes_a_good_file_and_leaves_a_bad_one),
        cmocka_unit_test(a_bad_file_is_no_list_to_begin_with),
        cmocka_unit_test(a_keys_digest_is_that_of_its_spki),
        cmocka_unit_test(readers_see_the_list_before_or_after_a_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
