/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/faults_json.h"

#include <stdlib.h>
#include <string.h>

#include "kit/test.h"
#include "kit/text.h"

static void everything_that_can_be_said_is_read(void **state)
{
    static const char text[] =
        "[{\"fault\":\"429\",\"retry_after\":30,\"after\":2,\"times\":5,\"share\":20,"
        "\"from\":\"2025-06-20T00:00:00Z\",\"until\":\"2025-06-21T00:00:00Z\","
        "\"match\":{\"kind\":\"tcb\",\"fmspc\":\"00906ED50000\",\"tee\":\"tdx\","
        "\"path\":\"/tdx/\"}},"
        "{\"fault\":\"slow\",\"delay_ms\":250,\"match\":{\"ca\":\"platform\"}},"
        "{\"fault\":\"wrong_date\",\"date_off_s\":-3600},"
        "{\"fault\":\"429\",\"match\":{\"kind\":\"vcek\",\"product\":\"Turin\"}}]";
    static struct faults faults;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(faults_read(&faults, bytes_of_text(text), 7, &err), err);
    assert_int_equal(faults.count, 4);
    const struct fault *first = &faults.list[0];
    assert_int_equal(first->kind, FAULT_429);
    assert_int_equal(first->retry_after_s, 30);
    assert_int_equal(first->after, 2);
    assert_int_equal(first->times, 5);
    assert_int_equal(first->share, 20);
    assert_int_equal(first->until_s - first->from_s, 86400);
    assert_int_equal(first->set_s, 7);
    assert_true(first->matches_kind && first->matches_fmspc && first->matches_tee);
    assert_false(first->matches_ca);
    assert_int_equal(first->of_kind, WORLD_TCB);
    assert_int_equal(first->of_tee, WORLD_TDX);
    assert_string_equal(hex(first->of_fmspc, FMSPC_LEN).s, "00906ed50000");
    assert_string_equal(first->of_path, "/tdx/");
    assert_int_equal(faults.list[1].delay_ms, 250);
    assert_int_equal(faults.list[1].of_ca, WORLD_PLATFORM);
    assert_int_equal(faults.list[2].date_off_s, -3600);
    assert_int_equal(faults.list[3].of_kind, WORLD_VCEK);
    assert_true(faults.list[3].matches_product && !first->matches_product);
    assert_int_equal(faults.list[3].of_product, WORLD_TURIN);
}

static void one_fault_needs_no_list_and_has_defaults(void **state)
{
    static struct faults faults;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(faults_read(&faults, bytes_of_text("{\"fault\":\"slow\"}"), 0, &err), err);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.list[0].delay_ms, 1000);
    assert_int_equal(faults.list[0].times, -1);
    assert_int_equal(faults.list[0].share, 100);
    assert_true(faults.list[0].until_s == INT64_MAX);
}

static void every_fault_has_a_name_that_is_read_back(void **state)
{
    (void)state;
    for (int kind = FAULT_NONE + 1; kind < FAULT_KINDS; kind++) {
        static struct faults faults;
        struct error err = { .kind = ERROR_NONE };
        struct buf text;

        buf_init(&text, 100);
        buf_addf(&text, "[{\"fault\":\"%s\"}]", fault_name((enum fault_kind)kind));
        assert_ok(faults_read(&faults, buf_bytes(&text), 0, &err), err);
        assert_int_equal(faults.list[0].kind, kind);
        buf_fini(&text);
    }
}

static void what_is_written_can_be_read(void **state)
{
    static const char text[] =
        "[{\"fault\":\"429\",\"match\":{\"kind\":\"tcb\",\"fmspc\":"
        "\"00906ed50000\",\"path\":\"/sgx\"},\"retry_after\":30,"
        "\"after\":2,\"share\":20,\"times\":0,\"until\":"
        "\"2025-06-21T00:00:00Z\",\"shown\":0}]";
    static struct faults faults;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(faults_read(&faults, bytes_of_text(text), 0, &err), err);
    json_t *written = faults_write(&faults);
    char *again = json_dumps(written, JSON_COMPACT);
    assert_string_equal(again, text);
    free(again);
    json_decref(written);
}

static void what_is_not_understood_is_refused_and_changes_nothing(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "[", "not JSON" },
        { "[{\"fault\":\"down\"},7]", "fault 1: a fault is an object" },
        { "{}", "fault: \"(none)\" is not known" },
        { "{\"fault\":\"none\"}", "fault: \"none\" is not known" },
        { "{\"fault\":\"dawn\"}", "fault: \"dawn\" is not known" },
        { "{\"fault\":7}", "is not known" },
        { "{\"fault\":\"down\",\"time\":1}", "no member \"time\" is known here" },
        { "{\"fault\":\"down\",\"times\":-1}", "times: expected a number from 0" },
        { "{\"fault\":\"down\",\"times\":\"1\"}", "times: expected a number" },
        { "{\"fault\":\"down\",\"share\":0}", "share: expected a number from 1 to 100" },
        { "{\"fault\":\"slow\",\"delay_ms\":600001}", "from 0 to 600000" },
        { "{\"fault\":\"down\",\"until\":\"2025-06-31T00:00:00Z\"}", "until: expected" },
        { "{\"fault\":\"down\",\"from\":1}", "from: expected a time" },
        { "{\"fault\":\"down\",\"match\":[]}", "match: expected an object" },
        { "{\"fault\":\"down\",\"match\":{\"kind\":\"tbc\"}}",
          "match.kind: \"tbc\" is not known" },
        { "{\"fault\":\"down\",\"match\":{\"kind\":1}}", "match.kind" },
        { "{\"fault\":\"down\",\"match\":{\"fmspc\":\"00906ed5000\"}}",
          "match.fmspc: expected 12 hex digits" },
        { "{\"fault\":\"down\",\"match\":{\"tee\":\"snp\"}}", "match.tee" },
        { "{\"fault\":\"down\",\"match\":{\"color\":\"red\"}}", "no member \"color\"" },
    };
    static struct faults faults;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(faults_read(&faults, bytes_of_text("{\"fault\":\"hang\"}"), 0, &err), err);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (faults_read(&faults, bytes_of_text(cases[i].text), 0, &err))
            fail_msg("read: %s", cases[i].text);
        assert_refused(err, ERROR_FORMAT, cases[i].why);
        assert_int_equal(faults.count, 1);
        assert_int_equal(faults.list[0].kind, FAULT_HANG);
    }
}

static void the_list_and_its_paths_have_limits(void **state)
{
    static struct faults faults;
    struct error err = { .kind = ERROR_NONE };
    struct buf text;

    (void)state;
    buf_init(&text, 8192);
    buf_add_text(&text, "[{\"fault\":\"down\"}");
    for (int i = 1; i < FAULTS_MAX; i++)
        buf_add_text(&text, ",{\"fault\":\"down\"}");
    buf_add_text(&text, "]");
    assert_ok(faults_read(&faults, buf_bytes(&text), 0, &err), err);
    text.len--;
    buf_add_text(&text, ",{\"fault\":\"down\"}]");
    assert_false(faults_read(&faults, buf_bytes(&text), 0, &err));
    assert_refused(err, ERROR_LIMIT, "65 faults, at most 64");

    buf_clear(&text);
    buf_addf(&text, "{\"fault\":\"down\",\"match\":{\"path\":\"/%0*d\"}}",
             FAULT_PATH_MAX - 1, 0);
    assert_false(faults_read(&faults, buf_bytes(&text), 0, &err));
    assert_refused(err, ERROR_FORMAT, "match.path: expected a text below 128 bytes");
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_can_be_said_is_read),
        cmocka_unit_test(one_fault_needs_no_list_and_has_defaults),
        cmocka_unit_test(every_fault_has_a_name_that_is_read_back),
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(what_is_not_understood_is_refused_and_changes_nothing),
        cmocka_unit_test(the_list_and_its_paths_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
