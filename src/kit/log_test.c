/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/clock.h"
#include "kit/log.h"
#include "kit/text.h"

static int kept_stderr = -1;
static FILE *caught;

/* From here on standard error goes to a file of this test's. */
static int catch_stderr(void **state)
{
    (void)state;
    caught = tmpfile();
    kept_stderr = dup(STDERR_FILENO);
    log_set_level(LOG_INFO);
    return caught != NULL && kept_stderr >= 0
                   && dup2(fileno(caught), STDERR_FILENO) == STDERR_FILENO
               ? 0
               : -1;
}

static int release_stderr(void **state)
{
    (void)state;
    log_set_level(LOG_INFO);
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    fclose(caught);
    return 0;
}

/* What was written so far; the caller owns it. */
static struct buf what_was_written(void)
{
    struct buf out;
    char chunk[4096];
    size_t got;

    buf_init(&out, 1 << 20);
    rewind(caught);
    while ((got = fread(chunk, 1, sizeof chunk, caught)) > 0)
        buf_add(&out, bytes_of(chunk, got));
    fseek(caught, 0, SEEK_END);
    assert_false(out.failed);
    return out;
}

static void an_event_is_one_line_with_the_machines_date(void **state)
{
    int64_t before_s = clock_real_wall_s(), at_s = 0;

    (void)state;
    log_event(LOG_WARNING, "refresh", "fmspc=%s kept=%d", "30606a000000", 41);
    struct buf out = what_was_written();
    assert_true(utc_read(bytes_first(buf_bytes(&out), 20), &at_s));
    assert_true(before_s <= at_s && at_s <= clock_real_wall_s());
    assert_string_equal(buf_text(&out) + 20,
                        " warning refresh fmspc=30606a000000 kept=41\n");
    buf_fini(&out);
}

static void what_is_below_the_level_is_not_written(void **state)
{
    static const struct {
        enum log_level least;
        size_t lines; /* of one at each level */
    } cases[] = { { LOG_DEBUG, 4 },
                  { LOG_INFO, 3 },
                  { LOG_WARNING, 2 },
                  { LOG_ERROR, 1 },
                  { LOG_SILENT, 0 } };
    size_t before = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t lines = 0;
        log_set_level(cases[i].least);
        log_event(LOG_DEBUG, "test", "x=1");
        log_event(LOG_INFO, "test", "x=1");
        log_event(LOG_WARNING, "test", "x=1");
        log_event(LOG_ERROR, "test", "x=1");
        log_event(LOG_SILENT, "test", "never");
        struct buf out = what_was_written();
        for (size_t k = before; k < out.len; k++)
            lines += out.at[k] == '\n';
        before = out.len;
        assert_int_equal(lines, cases[i].lines);
        buf_fini(&out);
    }
}

/* However long, a line ends in its own line feed, within the limit. */
static void a_line_is_bounded(void **state)
{
    char filler[2 * LOG_LINE_MAX];

    (void)state;
    memset(filler, 'x', sizeof filler);
    for (size_t len = LOG_LINE_MAX - 64; len < LOG_LINE_MAX + 64; len++) {
        struct buf before = what_was_written();
        log_event(LOG_ERROR, "test", "why=%.*s", (int)len, filler);
        struct buf after = what_was_written();
        size_t line = after.len - before.len;
        size_t whole = strlen("2025-06-20T00:00:00Z error test why=") + len + 1;
        assert_true(line <= LOG_LINE_MAX);
        assert_true(line == whole || (whole >= LOG_LINE_MAX && line >= LOG_LINE_MAX - 2));
        assert_int_equal(after.at[after.len - 1], '\n');
        assert_int_equal(after.at[after.len - 2], 'x');
        buf_fini(&before);
        buf_fini(&after);
    }
}

enum { WRITERS = 4, LINES = 250 };

static void *write_lines(void *argument)
{
    char filler[201] = { 0 };

    memset(filler, *(const char *)argument, sizeof filler - 1);
    for (int i = 0; i < LINES; i++)
        log_event(LOG_INFO, "test", "%s", filler);
    return NULL;
}

static void lines_of_many_threads_do_not_mix(void **state)
{
    static const char letters[WRITERS] = { 'a', 'b', 'c', 'd' };
    size_t per_letter[WRITERS] = { 0 };
    pthread_t threads[WRITERS];

    (void)state;
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, write_lines, (void *)&letters[i]), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    struct buf out = what_was_written();
    size_t line_len = strlen("2025-06-20T00:00:00Z info test ") + 200 + 1;
    assert_int_equal(out.len, line_len * WRITERS * LINES);
    for (size_t at = 0; at < out.len; at += line_len) {
        const uint8_t *text = out.at + at + line_len - 201;
        for (size_t k = 1; k < 200; k++)
            assert_int_equal(text[k], text[0]);
        assert_int_equal(text[200], '\n');
        per_letter[text[0] - 'a']++;
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(per_letter[i], LINES);
    buf_fini(&out);
}

#define CAUGHT(test) cmocka_unit_test_setup_teardown(test, catch_stderr, release_stderr)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CAUGHT(an_event_is_one_line_with_the_machines_date),
        CAUGHT(what_is_below_the_level_is_not_written),
        CAUGHT(a_line_is_bounded),
        CAUGHT(lines_of_many_threads_do_not_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
