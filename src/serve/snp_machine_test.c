/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of configfs-tsm as plain files: what the kernel does with them is not tested
 * here, but what is made of its answers. */
#include "serve/snp_machine.h"

#include <stdio.h>
#include <sys/stat.h>

#include "kit/file.h"
#include "kit/test.h"

struct entry {
    const char *provider, *generation, *outblob; /* NULL: no such attribute */
    bool has_inblob;
};

static void put(const char *directory, const char *name, const char *text)
{
    struct error err = { 0 };
    char path[512];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (text != NULL)
        assert_ok(file_write(path, bytes_of_text(text), 0600, &err), err);
}

static char *make(const struct entry *entry)
{
    char *directory = test_directory();

    put(directory, "provider", entry->provider);
    put(directory, "generation", entry->generation);
    put(directory, "outblob", entry->outblob);
    put(directory, "inblob", entry->has_inblob ? "" : NULL);
    return directory;
}

static void an_entry_is_written_and_read(void **state)
{
    (void)state;
    static const struct entry entry = { "sev_guest\n", "1\n", "a report", true };
    char *directory = make(&entry);
    struct error err = { 0 };
    struct buf report, asked;
    char path[512];

    buf_init(&report, 4096);
    buf_init(&asked, 4096);
    assert_ok(snp_tsm_read(directory, &report, &err), err);
    assert_string_equal(buf_text(&report), "a report");
    snprintf(path, sizeof path, "%s/inblob", directory);
    assert_ok(file_read(path, &asked, &err), err);
    assert_int_equal(asked.len, 64);
    buf_fini(&report);
    buf_fini(&asked);
    test_remove(directory);
}

static void what_is_wrong_with_an_entry_is_said(void **state)
{
    (void)state;
    static const struct {
        struct entry entry;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { { "tdx_guest\n", "1\n", "a quote", true }, ERROR_NOT_FOUND, "tdx_guest" },
        { { NULL, "1\n", "a report", true }, ERROR_NOT_FOUND, "provider" },
        { { "sev_guest\n", "2\n", "a report", true }, ERROR_SYSTEM, "somebody else" },
        { { "sev_guest\n", "1\n", "a report", false }, ERROR_SYSTEM, "inblob" },
        { { "sev_guest\n", "1\n", NULL, true }, ERROR_NOT_FOUND, "outblob" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *directory = make(&cases[i].entry);
        struct error err = { 0 };
        struct buf report;
        buf_init(&report, 4096);
        assert_false(snp_tsm_read(directory, &report, &err));
        assert_refused(err, cases[i].kind, cases[i].part);
        assert_int_equal(report.len, 0);
        buf_fini(&report);
        test_remove(directory);
    }
}

/* A directory that is none of the kernel's makes entries without attributes. */
static void an_entry_is_removed_again(void **state)
{
    (void)state;
    char *directory = test_directory();
    struct error err = { 0 };
    struct stat before, after;
    struct buf report;

    buf_init(&report, 4096);
    assert_int_equal(stat(directory, &before), 0);
    assert_false(snp_tsm_report(directory, &report, &err));
    assert_refused(err, ERROR_NOT_FOUND, "provider");
    assert_int_equal(stat(directory, &after), 0);
    assert_int_equal(before.st_nlink, after.st_nlink);
    test_remove(directory);
    assert_false(snp_tsm_report("/nowhere/at/all", &report, &err));
    assert_refused(err, ERROR_NOT_FOUND, "/nowhere/at/all/thim-");
    buf_fini(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_is_written_and_read),
        cmocka_unit_test(what_is_wrong_with_an_entry_is_said),
        cmocka_unit_test(an_entry_is_removed_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
