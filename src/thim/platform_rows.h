/* SPDX-License-Identifier: Apache-2.0 */
/* A file of rows: lines, or JSON (an object, an array, or objects one after another).
 * Cut into rows that remember their lines, each of which is read by itself, so that one
 * that cannot be read does not stop the rest. Of registrations these are
 * PCKIDRetrievalTool's CSV, or JSON in PCCS's shape; chips come in rows too. */
#ifndef THIM_THIM_PLATFORM_ROWS_H
#define THIM_THIM_PLATFORM_ROWS_H

#include "format/registration.h"

#define ROWS_FILE_MAX (512 * 1024 * 1024)

struct row {
    size_t line; /* where it begins, from 1 */
    struct bytes text;
};

struct rows {
    struct buf file;
    bool is_json;
    struct row *rows;
    size_t count;
};

/* "-" is standard input. ERROR_NOT_FOUND, ERROR_LIMIT, ERROR_SYSTEM; ERROR_FORMAT for an
 * empty file. The rows are to be ended in either case. */
bool rows_read(const char *path, struct rows *out, struct error *err) MUST_CHECK;
/* The same for what lies in rows->file already; path names it. */
bool rows_cut(struct rows *rows, const char *path, struct error *err) MUST_CHECK;
void rows_fini(struct rows *rows);

/* ERROR_FORMAT names what is wrong with this one. */
bool rows_registration(const struct rows *rows, size_t i, struct arena *arena,
                       struct registration *out, struct error *err) MUST_CHECK;

#endif
