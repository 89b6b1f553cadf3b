/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/platform_rows.h"

#include <stdlib.h>

#include "kit/file.h"
#include "kit/text.h"

enum { ROWS_AT_ONCE = 1024 };

/* ---- cutting -------------------------------------------------------------------- */

struct cutter {
    struct bytes left;
    size_t line;
    struct rows *rows;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void pass(struct cutter *cutter, size_t len)
{
    struct bytes passed = bytes_first(cutter->left, len);

    for (size_t i = 0; i < passed.len; i++)
        cutter->line += passed.at[i] == '\n';
    cutter->left = bytes_after(cutter->left, len);
}

static bool add_row(struct cutter *cutter, size_t len, struct error *err)
{
    struct rows *rows = cutter->rows;

    if (rows->count % ROWS_AT_ONCE == 0) {
        struct row *more =
            realloc(rows->rows, (rows->count + ROWS_AT_ONCE) * sizeof *more);
        if (more == NULL)
            return error_set(err, ERROR_SYSTEM, "no memory for more than %zu rows",
                             rows->count);
        rows->rows = more;
    }
    rows->rows[rows->count++] =
        (struct row){ .line = cutter->line, .text = bytes_first(cutter->left, len) };
    pass(cutter, len);
    return true;
}

static size_t line_len(struct bytes text)
{
    return bytes_find(text, bytes_of_text("\n"));
}

/* From its brace to the one that closes it, strings passed over; all that is left where
 * none does. */
static size_t object_len(struct bytes text)
{
    bool in_string = false;
    size_t depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']') && --depth == 0)
            return i + 1;
    }
    return text.len;
}

/* What stands between objects is an array's, or a row of its own that will be refused. */
static bool cut_json(struct cutter *cutter, struct error *err)
{
    while (cutter->left.len > 0) {
        uint8_t c = cutter->left.at[0];
        bool well = true;
        if (is_blank(c) || c == '[' || c == ',' || c == ']')
            pass(cutter, 1);
        else
            well = add_row(cutter,
                           c == '{' ? object_len(cutter->left) : line_len(cutter->left),
                           err);
        if (!well)
            return false;
    }
    return true;
}

static bool cut_csv(struct cutter *cutter, struct error *err)
{
    while (cutter->left.len > 0)
        if (is_blank(cutter->left.at[0]))
            pass(cutter, 1);
        else if (!add_row(cutter, line_len(cutter->left), err))
            return false;
    return true;
}

/* ---- reading -------------------------------------------------------------------- */

static uint8_t first_byte(struct bytes text)
{
    size_t i = 0;

    while (i < text.len && is_blank(text.at[i]))
        i++;
    return i < text.len ? text.at[i] : 0;
}

bool rows_cut(struct rows *rows, const char *path, struct error *err)
{
    struct bytes text = buf_bytes(&rows->file);
    struct cutter cutter = { .left = text, .line = 1, .rows = rows };

    rows->is_json = first_byte(text) == '{' || first_byte(text) == '[';
    if (!(rows->is_json ? cut_json(&cutter, err) : cut_csv(&cutter, err)))
        return error_within(err, "%s", safe_string(path).s);
    return rows->count > 0
           || error_set(err, ERROR_FORMAT, "%s has no rows in it", safe_string(path).s);
}

bool rows_read(const char *path, struct rows *out, struct error *err)
{
    *out = (struct rows){ 0 };
    buf_init(&out->file, ROWS_FILE_MAX);
    return file_read(path, &out->file, err) && rows_cut(out, path, err);
}

void rows_fini(struct rows *rows)
{
    free(rows->rows);
    buf_fini(&rows->file);
}

bool rows_registration(const struct rows *rows, size_t i, struct arena *arena,
                       struct registration *out, struct error *err)
{
    struct bytes text = rows->rows[i].text;

    if (rows->is_json)
        return registration_parse(text, arena, out, err);
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return registration_read_csv(text, arena, out, err);
}
