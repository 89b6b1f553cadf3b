/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <unistd.h>

#include "kit/file.h"
#include "serve/test_clinic.h"
#include "thim/arguments.h"
#include "thim/commands.h"

#define SVN "03000700000000000000000000000000"

enum { WORDS_MAX = 8 };

/* Runs `thim platform tdx` with these words; standard output goes to a file meanwhile,
 * standard error nowhere. */
static int run(const struct clinic *clinic, const char *const words[WORDS_MAX],
               struct buf *said)
{
    char *argv[WORDS_MAX + 3] = { (char *)(uintptr_t) "tdx",
                                  (char *)(uintptr_t) "--socket",
                                  (char *)(uintptr_t)clinic->socket };
    struct error err = { 0 };
    char path[512];
    int argc = 3;

    for (size_t i = 0; i < WORDS_MAX && words[i] != NULL; i++)
        argv[argc++] = (char *)(uintptr_t)words[i];
    snprintf(path, sizeof path, "%s/said", clinic->stock.directory);
    fflush(stdout);
    int out = dup(STDOUT_FILENO), bad = dup(STDERR_FILENO);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    int nowhere = open("/dev/null", O_WRONLY);
    assert_true(out >= 0 && bad >= 0 && file >= 0 && nowhere >= 0);
    dup2(file, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    int status = command_platform(argc, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(bad, STDERR_FILENO);
    close(out), close(bad), close(file), close(nowhere);
    buf_init(said, 65536);
    assert_ok(file_read(path, said, &err), err);
    return status;
}

static void what_the_operator_says_is_kept(void **state)
{
    static const struct {
        const char *claim;
        const char *words[WORDS_MAX];
        int status;
        const char *part; /* of what is printed */
    } cases[] = {
        { "no QE ID", { "--tee-tcb-svn", SVN }, EXIT_USAGE, "" },
        { "no SVNs", { HELD }, EXIT_USAGE, "" },
        { "a digit less", { HELD, "--tee-tcb-svn", "030007" }, EXIT_USAGE, "" },
        { "a digit that is none",
          { HELD, "--tee-tcb-svn", "0x000700000000000000000000000000" },
          EXIT_USAGE,
          "" },
        { "a PCE-ID that is none",
          { HELD, "--tee-tcb-svn", SVN, "--pce-id", "x" },
          EXIT_USAGE,
          "" },
        { "nobody", { NOBODY, "--tee-tcb-svn", SVN, "--json" }, EXIT_NO, "not_found" },
        { "another PCE-ID",
          { HELD, "--tee-tcb-svn", SVN, "--pce-id", "0100" },
          EXIT_NO,
          "" },
        { "words", { HELD, "--tee-tcb-svn", SVN }, EXIT_YES, "0000: TDX SVNs " SVN },
        { "JSON", { HELD, "--tee-tcb-svn", SVN, "--json" }, EXIT_YES, "\"kept\": true" },
        { "the beginning of a QE ID",
          { "00fbe673", "--tee-tcb-svn", SVN, "--pce-id", "0000" },
          EXIT_YES,
          HELD },
    };
    struct clinic clinic;

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf said;
        int status = run(&clinic, cases[i].words, &said);
        if (status != cases[i].status || strstr(buf_text(&said), cases[i].part) == NULL)
            fail_msg("%s: %d %s", cases[i].claim, status, buf_text(&said));
        buf_fini(&said);
    }
    json_t *shown = get(&clinic, LIST "/show?qe_id=" HELD);
    assert_string_equal(text_at(shown, "tee_tcb_svn"), SVN);
    json_decref(shown);
    clinic_close(&clinic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_operator_says_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
