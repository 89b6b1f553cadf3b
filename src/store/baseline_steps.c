/* SPDX-License-Identifier: Apache-2.0 */
#include "store/baseline_steps.h"

#include <string.h>

#include "kit/text.h"
#include "store/reader_parts.h"
#include "store/store_parts.h"

/* ---- writing ------------------------------------------------------------------------
 */

struct steps {
    struct store *store;
    const struct baseline_row *rows;
    size_t count;
};

static bool write_row(struct sql_kept *kept, const struct baseline_row *row,
                      uint64_t generation, struct error *err)
{
    return sql_kept_run(
        kept,
        "INSERT INTO baseline_step (generation, at_s, baseline, tee, step, from_number, "
        "to_number, until_s, days_left, who, why, effect) VALUES (?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?)",
        SQL_VALUES(sql_int((int64_t)generation), sql_int(row->at_s),
                   sql_text(row->baseline), sql_int(row->tee), sql_text(row->step),
                   sql_int(row->from), sql_int(row->to), sql_int(row->until_s),
                   sql_int(row->days_left), sql_text(row->who), sql_text(row->why),
                   sql_text(row->effect)),
        err);
}

static bool write_rows(void *context, uint64_t generation, struct error *err)
{
    const struct steps *steps = context;

    for (size_t i = 0; i < steps->count; i++)
        if (!write_row(&steps->store->kept, &steps->rows[i], generation, err))
            return false;
    return true;
}

static bool check_row(const struct baseline_row *row, struct error *err)
{
    const struct {
        const char *what, *text;
        size_t most;
    } bounds[] = {
        { "who", row->who, BASELINE_STEP_TEXT_MAX - 1 },
        { "why", row->why, BASELINE_STEP_TEXT_MAX - 1 },
        { "effect", row->effect, BASELINE_STEP_EFFECT_MAX },
    };

    for (size_t i = 0; i < COUNT_OF(bounds); i++)
        if (strlen(bounds[i].text) > bounds[i].most)
            return error_set(err, ERROR_LIMIT, "%s of a step is longer than %zu",
                             bounds[i].what, bounds[i].most);
    return true;
}

bool store_keep_baseline_steps(struct store *store, const struct holdings *current,
                               const struct baseline_row *rows, size_t count,
                               struct holdings **out, struct error *err)
{
    static const struct store_change nothing = { .entry_count = 0 };
    struct steps steps = { .store = store, .rows = rows, .count = count };
    struct publish_rider rider = { .write = write_rows, .context = &steps };

    for (size_t i = 0; i < count; i++) {
        if (!check_row(&rows[i], err))
            return error_within(err, "baseline %s", safe_string(rows[i].baseline).s);
        rider.takes_generation = rider.takes_generation || rows[i].moves;
    }
    return publish_with(store, current, &nothing, &rider, NULL, out, err)
           || error_within(err, "steps of baselines");
}

/* ---- reading ------------------------------------------------------------------------
 */

enum { /* as they are asked for below */
       COLUMN_ENTRY,
       COLUMN_GENERATION,
       COLUMN_AT,
       COLUMN_BASELINE,
       COLUMN_TEE,
       COLUMN_STEP,
       COLUMN_FROM,
       COLUMN_TO,
       COLUMN_UNTIL,
       COLUMN_DAYS_LEFT,
       COLUMN_WHO,
       COLUMN_WHY,
       COLUMN_EFFECT,
};

static bool no_room(struct error *err)
{
    return error_set(err, ERROR_LIMIT, "they do not fit into what was lent");
}

static bool copy_text(const struct sql_rows *rows, int column, struct arena *arena,
                      const char **out, struct error *err)
{
    struct bytes text = sql_row_bytes(rows, column);
    char *copied = arena_alloc(arena, text.len + 1, 1);

    if (copied == NULL)
        return no_room(err);
    if (text.len > 0)
        memcpy(copied, text.at, text.len);
    *out = copied;
    return true;
}

static bool read_row(const struct sql_rows *rows, struct arena *arena,
                     struct baseline_row *out, struct error *err)
{
    *out = (struct baseline_row){
        .row = sql_row_int(rows, COLUMN_ENTRY),
        .generation = (uint64_t)sql_row_int(rows, COLUMN_GENERATION),
        .at_s = sql_row_int(rows, COLUMN_AT),
        .tee = (unsigned)sql_row_int(rows, COLUMN_TEE),
        .from = (uint32_t)sql_row_int(rows, COLUMN_FROM),
        .to = (uint32_t)sql_row_int(rows, COLUMN_TO),
        .until_s = sql_row_int(rows, COLUMN_UNTIL),
        .days_left = (unsigned)sql_row_int(rows, COLUMN_DAYS_LEFT),
    };
    return copy_text(rows, COLUMN_BASELINE, arena, &out->baseline, err)
           && copy_text(rows, COLUMN_STEP, arena, &out->step, err)
           && copy_text(rows, COLUMN_WHO, arena, &out->who, err)
           && copy_text(rows, COLUMN_WHY, arena, &out->why, err)
           && copy_text(rows, COLUMN_EFFECT, arena, &out->effect, err);
}

static bool count_rows(struct sql_kept *kept, struct sql_value baseline, size_t newest,
                       size_t *count, struct error *err)
{
    int64_t there = 0;

    if (!sql_kept_number(kept,
                         "SELECT count(*) FROM baseline_step WHERE ?1 IS NULL OR "
                         "baseline = ?1",
                         &baseline, 1, &there, err))
        return false;
    *count = newest > 0 && (uint64_t)there > newest ? newest : (size_t)there;
    return true;
}

/* Asked for from the newest, so filled from the end. */
static bool fill(struct sql_kept *kept, struct sql_value baseline, struct arena *arena,
                 struct baseline_row *out, size_t count, struct error *err)
{
    struct sql_rows rows = sql_kept_ask(
        kept,
        "SELECT entry, generation, at_s, baseline, tee, step, from_number, to_number, "
        "until_s, days_left, who, why, effect FROM baseline_step WHERE ?1 IS NULL OR "
        "baseline = ?1 ORDER BY entry DESC LIMIT ?2",
        SQL_VALUES(baseline, sql_int((int64_t)count)));
    bool well = true;

    while (well && count > 0 && sql_next(&rows))
        well = read_row(&rows, arena, &out[--count], err);
    return sql_end(&rows, well ? err : NULL) && well;
}

static bool read_rows(struct platform_reader *reader, const char *baseline, size_t newest,
                      struct arena *arena, const struct baseline_row **out, size_t *count,
                      struct error *err)
{
    struct sql_value named = baseline == NULL ? sql_null() : sql_text(baseline);

    if (!count_rows(&reader->kept, named, newest, count, err))
        return false;
    struct baseline_row *rows = arena_alloc(arena, *count + 1, sizeof *rows);
    if (rows == NULL)
        return no_room(err);
    *out = rows;
    return fill(&reader->kept, named, arena, rows, *count, err);
}

bool baseline_rows_read(const char *directory, const char *baseline, size_t newest,
                        struct arena *arena, const struct baseline_row **out,
                        size_t *count, struct error *err)
{
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;

    *out = NULL;
    *count = 0;
    if (!platform_reader_open(directory, &reader, err) || !reader_begin(reader, err))
        return error_within(err, "steps of baselines");
    bool well = read_rows(reader, baseline, newest, arena, out, count, err);
    reader_end(reader);
    return well || error_within(err, "steps of baselines");
}
