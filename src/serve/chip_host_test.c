/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_host.h"

#include <stdio.h>

#include "format/test_snp_report.h"
#include "kit/file.h"
#include "kit/test.h"

#define TCB UINT64_C(0xdb18000000000104)

static uint8_t chip_id[CHIP_ID_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, [63] = 1 };

struct inn {
    struct config config;
    struct chip_host *host;
    char *directory;
    char path[512];
};

static void inn_open(struct inn *inn, enum amd_host_source source)
{
    struct error err = { 0 };

    *inn = (struct inn){ .directory = test_directory() };
    snprintf(inn->path, sizeof inn->path, "%s/report", inn->directory);
    config_defaults(&inn->config);
    inn->config.amd.host.source = source;
    inn->config.amd.host.report_file = inn->path;
    inn->config.amd.host_refresh_s = 3600;
    assert_ok(chip_host_create(&inn->config, &inn->host, &err), err);
}

static void inn_close(struct inn *inn)
{
    chip_host_destroy(inn->host);
    config_fini(&inn->config);
    test_remove(inn->directory);
}

static void put_report(const struct inn *inn, const struct test_report *report)
{
    struct error err = { 0 };

    assert_ok(file_write(inn->path, bytes_of(report->at, sizeof report->at), 0600, &err),
              err);
}

static struct test_report milan_at(uint64_t tcb)
{
    return report_make(3, 0x19, 0x01, tcb, bytes_of(chip_id, sizeof chip_id));
}

static void none_is_configured(void **state)
{
    (void)state;
    struct chip_name name;
    struct error err = { 0 };
    struct inn inn;

    inn_open(&inn, AMD_HOST_NONE);
    assert_false(chip_host_tick(inn.host, 1000));
    assert_false(chip_host_name(inn.host, &name, &err));
    assert_refused(err, ERROR_NOT_FOUND, "amd.host is not configured");
    inn_close(&inn);
}

static void one_that_is_named_is_known_from_the_first_tick(void **state)
{
    (void)state;
    struct chip_name name;
    struct error err = { 0 };
    struct inn inn;

    inn_open(&inn, AMD_HOST_NAMED);
    inn.config.amd.host.product = SNP_TURIN;
    memcpy(inn.config.amd.host.hwid.at, chip_id, 8);
    inn.config.amd.host.hwid.len = 8;
    inn.config.amd.host.tcb.spl[SPL_FMC] = 1;
    assert_false(chip_host_name(inn.host, &name, &err));
    assert_refused(err, ERROR_UNREACHABLE, "not been read yet");
    assert_true(chip_host_tick(inn.host, 1000));
    assert_false(chip_host_tick(inn.host, 1000 * 3600 * 24));
    assert_ok(chip_host_name(inn.host, &name, &err), err);
    assert_int_equal(name.product, SNP_TURIN);
    assert_int_equal(name.chip_id_len, 8);
    assert_true(name.has_tcb && name.tcb == 1);
    inn_close(&inn);
}

static void a_report_is_read_again_each_hour(void **state)
{
    (void)state;
    struct test_report report = milan_at(TCB);
    struct chip_name name;
    struct error err = { 0 };
    struct inn inn;

    inn_open(&inn, AMD_HOST_REPORT);
    put_report(&inn, &report);
    assert_true(chip_host_tick(inn.host, 1000));
    report = milan_at(TCB + 1);
    put_report(&inn, &report);
    assert_false(chip_host_tick(inn.host, 3600 * 1000));
    assert_ok(chip_host_name(inn.host, &name, &err), err);
    assert_true(name.tcb == TCB && name.product == SNP_MILAN && name.vek == VEK_VCEK);
    assert_true(chip_host_tick(inn.host, 3601 * 1000));
    assert_false(chip_host_tick(inn.host, 7201 * 1000)); /* read, and the same */
    assert_ok(chip_host_name(inn.host, &name, &err), err);
    assert_true(name.tcb == TCB + 1);
    assert_int_equal(name.chip_id_len, CHIP_ID_LEN);
    assert_memory_equal(name.chip_id, chip_id, CHIP_ID_LEN);
    inn_close(&inn);
}

static void what_cannot_be_read_leaves_what_was(void **state)
{
    (void)state;
    struct test_report report = milan_at(TCB);
    struct chip_name name;
    struct error err = { 0 };
    struct inn inn;

    inn_open(&inn, AMD_HOST_REPORT);
    assert_false(chip_host_tick(inn.host, 1000));
    assert_false(chip_host_name(inn.host, &name, &err));
    assert_refused(err, ERROR_UNREACHABLE, "/report");
    put_report(&inn, &report);
    assert_false(chip_host_tick(inn.host, 60 * 1000)); /* a minute has not passed */
    assert_true(chip_host_tick(inn.host, 61 * 1000));
    report.at[0] = 9;
    put_report(&inn, &report);
    assert_false(chip_host_tick(inn.host, 3661 * 1000));
    assert_ok(chip_host_name(inn.host, &name, &err), err);
    assert_true(name.tcb == TCB);
    inn_close(&inn);
}

static void a_report_that_says_less_is_completed_or_refused(void **state)
{
    (void)state;
    struct test_report report = report_make(2, 0, 0, TCB, bytes_of(chip_id, CHIP_ID_LEN));
    struct chip_name name;
    struct error err = { 0 };
    struct inn inn;

    inn_open(&inn, AMD_HOST_REPORT);
    put_report(&inn, &report); /* version 2 names no product, */
    assert_true(chip_host_tick(inn.host, 1000));
    assert_ok(chip_host_name(inn.host, &name, &err), err);
    assert_int_equal(name.product, 0);
    inn.config.amd.host.product = SNP_GENOA; /* and so somebody else may */
    assert_true(chip_host_tick(inn.host, 3601 * 1000));
    assert_ok(chip_host_name(inn.host, &name, &err), err);
    assert_int_equal(name.product, SNP_GENOA);

    report = milan_at(TCB); /* by a VLEK: no chip */
    report_put(&report, 0x48, 4, 4);
    memset(report.at + 0x1a0, 0, CHIP_ID_LEN);
    put_report(&inn, &report);
    assert_true(chip_host_tick(inn.host, 7201 * 1000));
    assert_ok(chip_host_name(inn.host, &name, &err), err);
    assert_int_equal(name.vek, VEK_VLEK);
    assert_int_equal(name.chip_id_len, 0);
    inn_close(&inn);

    inn_open(&inn, AMD_HOST_REPORT); /* masked */
    report_put(&report, 0x48, 0, 4);
    put_report(&inn, &report);
    assert_false(chip_host_tick(inn.host, 1000));
    assert_false(chip_host_name(inn.host, &name, &err));
    assert_refused(err, ERROR_NOT_FOUND, "masks its chip id");
    inn_close(&inn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_configured),
        cmocka_unit_test(one_that_is_named_is_known_from_the_first_tick),
        cmocka_unit_test(a_report_is_read_again_each_hour),
        cmocka_unit_test(what_cannot_be_read_leaves_what_was),
        cmocka_unit_test(a_report_that_says_less_is_completed_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
