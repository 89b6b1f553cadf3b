/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/platform_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/file.h"
#include "kit/test.h"

#define PPID_DIGITS 768
#define MOST 8

/* "P" stands for an encrypted PPID of ones. */
static void write_out(const char *path, const char *text)
{
    struct error err = { 0 };
    struct buf out;

    buf_init(&out, 65536);
    for (; *text != 0; text++)
        if (*text != 'P')
            buf_add_byte(&out, (uint8_t)*text);
        else
            for (size_t i = 0; i < PPID_DIGITS; i++)
                buf_add_byte(&out, '1');
    assert_ok(file_write(path, buf_bytes(&out), 0600, &err), err);
    buf_fini(&out);
}

#define CPUSVN "0102030405060708090a0b0c0d0e0f10"
#define CSV(qe_id) "P,0000," CPUSVN ",0d00," qe_id
#define JSON(qe_id)                                                       \
    "{\"enc_ppid\":\"P\",\"pce_id\":\"0000\",\"cpu_svn\":\"" CPUSVN "\"," \
    "\"pce_svn\":\"0d00\",\"qe_id\":\"" qe_id "\"}"

static const struct {
    const char *name, *text;
    struct {
        size_t line;
        const char *qe_id; /* NULL: cannot be read */
    } rows[MOST];
} cases[] = {
    { "one line", CSV("aa"), { { 1, "aa" } } },
    { "lines, of Windows too, empty ones, quotes",
      CSV("aa") "\r\n\r\n  \n" CSV("\"bb\"") "\n" CSV("cc") ",\n",
      { { 1, "aa" }, { 4, "bb" }, { 5, "cc" } } },
    { "a line that cannot be read, among others",
      CSV("aa") "\nenc_ppid,pce_id\n" CSV("xx") "\n" CSV("bb"),
      { { 1, "aa" }, { 2, NULL }, { 3, NULL }, { 4, "bb" } } },
    { "an object", "\n" JSON("aa") "\n", { { 2, "aa" } } },
    { "an array, over several lines",
      "[\n" JSON("aa") ",\n\n " JSON("bb") " ]",
      { { 2, "aa" }, { 4, "bb" } } },
    { "objects one after another, without an array",
      JSON("aa") "\n" JSON("bb") JSON("cc"),
      { { 1, "aa" }, { 2, "bb" }, { 2, "cc" } } },
    { "braces in strings, and escaped quotes",
      "[{\"a\":\"}\\\"{\",\"qe_id\":\"aa\"}," JSON("bb") "]",
      { { 1, NULL }, { 1, "bb" } } },
    { "an object that does not end takes the rest with it",
      JSON("aa") "\n{\"qe_id\":\"bb\"\n" JSON("cc"),
      { { 1, "aa" }, { 2, NULL } } },
    { "what is no object is a row that cannot be read",
      "[" JSON("aa") ",\nnull,\n" JSON("bb") "]",
      { { 1, "aa" }, { 2, NULL }, { 3, "bb" } } },
};

static void rows_know_their_lines_and_stand_by_themselves(void **state)
{
    char *directory = test_directory();
    char path[512];

    (void)state;
    snprintf(path, sizeof path, "%s/rows", directory);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct rows rows;
        size_t count = 0;
        while (count < MOST && cases[i].rows[count].line != 0)
            count++;
        write_out(path, cases[i].text);
        assert_ok(rows_read(path, &rows, &err), err);
        if (rows.count != count)
            fail_msg("%s: %zu rows", cases[i].name, rows.count);
        for (size_t r = 0; r < count; r++) {
            struct registration registration;
            struct arena arena;
            arena_init(&arena, 65536);
            bool read = rows_registration(&rows, r, &arena, &registration, &err);
            const char *qe_id = read ? registration.name.qe_id : NULL;
            if (rows.rows[r].line != cases[i].rows[r].line
                || read != (cases[i].rows[r].qe_id != NULL)
                || (read && strcmp(qe_id, cases[i].rows[r].qe_id) != 0))
                fail_msg("%s: row %zu, line %zu, %s", cases[i].name, r, rows.rows[r].line,
                         read ? qe_id : err.text);
            arena_fini(&arena);
        }
        rows_fini(&rows);
    }
    test_remove(directory);
}

static void files_without_a_row_are_refused(void **state)
{
    static const char *const texts[] = { "", "\n \n", "[]", "[ ,\n]" };
    char *directory = test_directory();
    struct error err = { 0 };
    struct rows rows;
    char path[512];

    (void)state;
    snprintf(path, sizeof path, "%s/rows", directory);
    assert_false(rows_read(path, &rows, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    rows_fini(&rows);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        write_out(path, texts[i]);
        assert_false(rows_read(path, &rows, &err));
        assert_refused(err, ERROR_FORMAT, "no rows");
        rows_fini(&rows);
    }
    test_remove(directory);
}

static void many_rows_are_all_there(void **state)
{
    enum { ROWS = 3000 };
    char *directory = test_directory();
    struct error err = { 0 };
    struct rows rows;
    struct buf out;
    char path[512];

    (void)state;
    snprintf(path, sizeof path, "%s/rows", directory);
    buf_init(&out, 65536);
    for (size_t i = 0; i < ROWS; i++)
        buf_addf(&out, "row %zu\n", i);
    assert_ok(file_write(path, buf_bytes(&out), 0600, &err), err);
    assert_ok(rows_read(path, &rows, &err), err);
    assert_int_equal(rows.count, ROWS);
    assert_int_equal(rows.rows[ROWS - 1].line, ROWS);
    assert_true(bytes_equal_text(rows.rows[ROWS - 1].text, "row 2999"));
    rows_fini(&rows);
    buf_fini(&out);
    test_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_know_their_lines_and_stand_by_themselves),
        cmocka_unit_test(files_without_a_row_are_refused),
        cmocka_unit_test(many_rows_are_all_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
