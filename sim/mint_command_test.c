/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/mint_command.h"

#include <fcntl.h>
#include <unistd.h>

#include "kit/file.h"
#include "sim/test_minted.h"

enum { ARGUMENTS_MAX = 20 };

static char *directory;

static int make_directory(void **state)
{
    (void)state;
    directory = test_directory();
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    test_remove(directory);
    return 0;
}

/* The status of a command line that has no spaces but between its words; what it prints
 * goes to the file "said". */
static int run(enum minted what, const char *line)
{
    char words[512], path[256], *argv[ARGUMENTS_MAX];
    int argc = 0, standard[2] = { dup(1), dup(2) };

    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word != NULL && argc + 1 < ARGUMENTS_MAX;
         word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    snprintf(path, sizeof path, "%s/said", directory);
    fflush(stdout);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(dup2(file, 1) == 1 && dup2(file, 2) == 2);
    int status = mint_command(what, argc, argv);
    fflush(stdout);
    assert_true(dup2(standard[0], 1) == 1 && dup2(standard[1], 2) == 2);
    close(standard[0]);
    close(standard[1]);
    close(file);
    return status;
}

static struct buf file_named(const char *name)
{
    char path[256];
    struct error err = { .kind = ERROR_NONE };
    struct buf out;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    buf_init(&out, 4 * MINTED_MAX);
    assert_ok(file_read(path, &out, &err), err);
    return out;
}

static void expect(enum minted what, const char *line, int status, const char *part)
{
    int ended = run(what, line);
    struct buf said = file_named("said");

    if (ended != status || bytes_find(buf_bytes(&said), bytes_of_text(part)) == said.len)
        fail_msg("%s: %d %s", line, ended, buf_text(&said));
    buf_fini(&said);
}

static void it_tells_what_there_is(void **state)
{
    (void)state;
    expect(MINTED_QUOTE, "quote --help", 0, "  --tee-tcb-svn2 HEX   ");
    expect(MINTED_QUOTE, "quote --defects", 0, "\nqe_debug  ");
    expect(MINTED_REPORT, "report --help", 0, "  --vek FILE ");
    expect(MINTED_REPORT, "report --defects", 0, "\npolicy_17  ");
}

static void a_wrong_line_ends_with_2(void **state)
{
    (void)state;
    expect(MINTED_QUOTE, "quote", 2, "--seed: whose world?");
    expect(MINTED_QUOTE, "quote --seed test --tee amd", 2, "expected sgx|tdx, not amd");
    expect(MINTED_QUOTE, "quote --seed test --vek here", 2, "--vek");
    expect(MINTED_QUOTE, "quote --seed test extra", 2, "unexpected argument");
    expect(MINTED_QUOTE, "quote --seed test --fmspcs 0", 2, "expected 1 to 4096");
    expect(MINTED_QUOTE, "quote --seed test --format xml", 2, "raw, hex, base64 or pem");
    expect(MINTED_QUOTE, "quote --seed test --clock noon", 2, "expected a time like");
    expect(MINTED_QUOTE, "quote --seed test --tcb 1", 2, "tcb: there are levels");
    expect(MINTED_QUOTE, "quote --seed test --out /dev/null/x", 3, "/dev/null/x");
}

/* The root's certificate is signed anew in each world, so only what is before it is the
 * same. */
static void it_mints_as_the_simulator_of_that_seed(void **state)
{
    char line[300];
    struct world world;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(synthetic_open("test", test_time(TEST_NOW), 4, &world, &err), err);
    struct buf quote = test_minted(&world, MINTED_QUOTE, "tee=tdx defect=vendor");
    snprintf(line, sizeof line,
             "quote --seed test --clock step:%s --fmspcs 4 --tee tdx --defect vendor "
             "--out %s/quote",
             TEST_NOW, directory);
    assert_int_equal(run(MINTED_QUOTE, line), 0);
    struct buf written = file_named("quote");
    assert_true(bytes_equal(bytes_first(buf_bytes(&written), 1226),
                            bytes_first(buf_bytes(&quote), 1226)));
    buf_fini(&quote);
    buf_fini(&written);
    world_close(&world);
}

static void a_report_is_written_with_its_certificates(void **state)
{
    static const struct {
        const char *name, *begins;
    } files[] = { { "vek", "0\x82" },
                  { "chain", "-----BEGIN CERTIFICATE-----" },
                  { "crl", "0\x82" },
                  { "report", "-----BEGIN REPORT-----\n" } };
    char line[500];

    (void)state;
    snprintf(line, sizeof line,
             "report --seed test --format pem --out %s/report --vek %s/vek --chain "
             "%s/chain --crl %s/crl",
             directory, directory, directory, directory);
    assert_int_equal(run(MINTED_REPORT, line), 0);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct buf file = file_named(files[i].name);
        assert_memory_equal(file.at, files[i].begins, strlen(files[i].begins));
        buf_fini(&file);
    }
}

static void four_formats_say_the_same(void **state)
{
    struct buf raw, text, read;
    uint8_t bytes[1184];

    (void)state;
    buf_init(&read, MINTED_MAX);
    assert_int_equal(run(MINTED_REPORT, "report --seed test"), 0);
    raw = file_named("said");
    assert_int_equal(raw.len, sizeof bytes);
    assert_int_equal(run(MINTED_REPORT, "report --seed test --format hex"), 0);
    text = file_named("said");
    assert_true(
        hex_read(bytes_first(buf_bytes(&text), text.len - 1), bytes, sizeof bytes));
    assert_memory_equal(bytes, raw.at, raw.len);
    buf_fini(&text);
    assert_int_equal(run(MINTED_REPORT, "report --seed test --format base64"), 0);
    text = file_named("said");
    assert_true(base64_read(buf_bytes(&text), true, &read));
    assert_true(bytes_equal(buf_bytes(&read), buf_bytes(&raw)));
    buf_fini(&text);
    buf_fini(&raw);
    buf_fini(&read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_what_there_is),
        cmocka_unit_test(a_wrong_line_ends_with_2),
        cmocka_unit_test(it_mints_as_the_simulator_of_that_seed),
        cmocka_unit_test(a_report_is_written_with_its_certificates),
        cmocka_unit_test(four_formats_say_the_same),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
