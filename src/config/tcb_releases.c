/* SPDX-License-Identifier: Apache-2.0 */
#include "config/tcb_releases.h"

#include <stdio.h>

#include "baseline/policy.h"
#include "config/schema.h"
#include "kit/file.h"
#include "kit/text.h"

struct row {
    struct tcb_release release;
    int line;
};

struct rows {
    struct row rows[TCB_RELEASES_MAX];
    size_t count;
};

/* A day, as people write it. */
static bool read_day(struct schema_walk *walk, const struct schema_key *key,
                     const struct value *value, void *base, struct error *err)
{
    struct bytes text;
    char moment[32];
    int64_t day_s;

    if (!schema_scalar(walk, value, "a day", &text, err))
        return false;
    snprintf(moment, sizeof moment, "%.10sT00:00:00Z", (const char *)text.at);
    if (text.len != 10 || !utc_read(bytes_of_text(moment), &day_s))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" is no day; expected one like 2024-03-13",
                             safe(text).s);
    memcpy((char *)base + key->at, &day_s, sizeof day_s);
    return true;
}

/* Digits and dots: it goes into an answer as it is. */
static bool read_version(struct schema_walk *walk, const struct schema_key *key,
                         const struct value *value, void *base, struct error *err)
{
    struct bytes text;

    if (!schema_scalar(walk, value, "a version", &text, err))
        return false;
    const char *version = (const char *)text.at;
    if (text.len >= TCB_RELEASE_VERSION_MAX || strspn(version, "0123456789.") != text.len)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" is no version; expected one like 2.13.100.2",
                             safe(text).s);
    memcpy((char *)base + key->at, &version, sizeof version);
    return true;
}

#define IN_ROW(field) .at = offsetof(struct row, release.field)

static const struct schema_key row_keys[] = {
    { .name = "number",
      .read = schema_number,
      SCHEMA_AT(struct row, release.number),
      .least = 1,
      .most = BASELINE_NUMBER_MAX,
      .is_required = true },
    { .name = "released", .read = read_day, IN_ROW(released_s), .is_required = true },
    { .name = "psw_linux", .read = read_version, IN_ROW(psw_linux) },
    { .name = "psw_windows", .read = read_version, IN_ROW(psw_windows) },
    { 0 },
};

static const struct schema_key file_keys[] = {
    { .name = "tcb_releases",
      .read = schema_list,
      .at = offsetof(struct rows, rows),
      .count_at = offsetof(struct rows, count),
      .item_size = sizeof(struct row),
      .line_at = offsetof(struct row, line),
      .most = TCB_RELEASES_MAX,
      .below = row_keys },
    { 0 },
};

/* Twins are named by their lines here; the merger knows no file. */
static bool check_twins(const struct schema_walk *walk, const struct rows *rows,
                        struct error *err)
{
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < i; k++)
            if (rows->rows[i].release.number == rows->rows[k].release.number)
                return error_set(err, ERROR_FORMAT,
                                 "%s:%d: tcb_releases: number %u stands in line %d "
                                 "already",
                                 walk->file, rows->rows[i].line,
                                 rows->rows[i].release.number, rows->rows[k].line);
    return true;
}

static bool merge(const struct rows *rows, struct arena *arena,
                  struct tcb_release_table *out, struct error *err)
{
    struct tcb_release *more = arena_alloc(arena, rows->count + 1, sizeof *more);

    if (more == NULL)
        return error_set(err, ERROR_LIMIT, "no room for %zu TCB releases", rows->count);
    for (size_t i = 0; i < rows->count; i++)
        more[i] = rows->rows[i].release;
    return tcb_releases_merge(&tcb_releases_known, more, rows->count, arena, out, err);
}

bool tcb_releases_parse(struct bytes yaml, const char *name, struct arena *arena,
                        struct tcb_release_table *out, struct error *err)
{
    struct safe_text file = safe_string(name);
    struct schema_walk walk = { .file = file.s, .arena = arena, .all = file_keys };
    struct rows *rows = arena_alloc(arena, 1, sizeof *rows);
    struct value *root;

    if (rows == NULL)
        return error_set(err, ERROR_LIMIT, "%s: out of memory", file.s);
    if (yaml.len > TCB_RELEASES_FILE_MAX)
        return error_set(err, ERROR_LIMIT, "%s is larger than %d bytes", file.s,
                         TCB_RELEASES_FILE_MAX);
    if (!document_parse(yaml, file.s, arena, &root, err)
        || !schema_read(&walk, root, rows, err) || !check_twins(&walk, rows, err))
        return false;
    return merge(rows, arena, out, err) || error_within(err, "%s", file.s);
}

bool tcb_releases_read(const char *path, struct arena *arena,
                       struct tcb_release_table *out, struct error *err)
{
    struct buf text;

    *out = tcb_releases_known;
    if (path == NULL)
        return true;
    buf_init(&text, TCB_RELEASES_FILE_MAX);
    bool well = file_read(path, &text, err)
                && tcb_releases_parse(buf_bytes(&text), path, arena, out, err);
    buf_fini(&text);
    return well;
}
