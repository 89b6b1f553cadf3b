/* SPDX-License-Identifier: Apache-2.0 */
/* What readers see of AMD's: chips one by one, in the order of rows, and in the order in
 * which they are to be fetched; chains and CRLs. A chip is one row with what it joins, so
 * that no question needs the file to stand still. */
#include "store/chip_rows.h"
#include "store/reader_parts.h"

enum {
    CHIP_ARENA_MAX = 4 * X509_CERTIFICATE_MAX, /* its own, its issuers', and a little */
    LIST_ARENA_MAX = CRL_MAX + CHIP_ARENA_MAX,
};

bool chip_find(struct platform_reader *reader, const struct kds_key *key,
               struct arena *arena, struct chip_row *out, struct error *err)
{
    struct chip_name name;
    bool is_chip = false;

    if (!chip_name_of(key, &name, err))
        return false;
    struct sql_rows rows =
        sql_kept_ask(&reader->kept, "SELECT " CHIP_ROW "WHERE " CHIP_NAMED, name.values,
                     COUNT_OF(name.values));
    bool well = !sql_next(&rows) || chip_row_read(&rows, arena, out, &is_chip, err);
    if (!sql_end(&rows, well ? err : NULL) || !well)
        return error_within(err, "chip");
    return is_chip
           || error_set(err, ERROR_NOT_FOUND, "the store has no such certificate");
}

/* ---- several ------------------------------------------------------------------------
 */

static bool visit_row(const struct sql_rows *rows,
                      bool (*visit)(void *context, const struct chip_row *row),
                      void *context, bool *goes_on, struct error *err)
{
    struct chip_row row;
    struct arena arena;
    bool is_chip;

    arena_init(&arena, CHIP_ARENA_MAX);
    bool well = chip_row_read(rows, &arena, &row, &is_chip, err);
    if (well && is_chip)
        *goes_on = visit(context, &row);
    arena_fini(&arena);
    return well;
}

static bool walk(struct sql_rows rows,
                 bool (*visit)(void *context, const struct chip_row *row), void *context,
                 int64_t *last, struct error *err)
{
    bool well = true, goes_on = true;

    *last = 0;
    while (well && goes_on && sql_next(&rows)) {
        *last = sql_row_int(&rows, 0);
        well = visit_row(&rows, visit, context, &goes_on, err);
    }
    return (sql_end(&rows, well ? err : NULL) && well) || error_within(err, "chips");
}

bool chip_tcbs(struct platform_reader *reader, const struct kds_key *chip,
               bool (*visit)(void *context, const struct chip_row *row), void *context,
               struct error *err)
{
    struct chip_name name;
    int64_t last;

    return chip_name_of(chip, &name, err)
           && walk(sql_kept_ask(&reader->kept,
                                "SELECT " CHIP_ROW
                                "WHERE hwid = ? AND product = ? ORDER BY tcb",
                                SQL_VALUES(name.values[0], name.values[1])),
                   visit, context, &last, err);
}

bool chips_walk(struct platform_reader *reader, int64_t after, size_t most,
                bool (*visit)(void *context, const struct chip_row *row), void *context,
                int64_t *last, struct error *err)
{
    struct sql_value limit = sql_int(most > INT64_MAX ? INT64_MAX : (int64_t)most);

    return walk(sql_kept_ask(&reader->kept,
                             "SELECT " CHIP_ROW
                             "WHERE chip.chip > ? ORDER BY chip.chip LIMIT ?",
                             SQL_VALUES(sql_int(after), limit)),
                visit, context, last, err);
}

/* ---- what is due --------------------------------------------------------------------
 */

/* A row whose name is damaged is passed over: it is logged when somebody asks for it. */
static bool take_due(struct platform_reader *reader, bool are_strangers, int64_t now_s,
                     size_t most, struct kds_key *keys, size_t *count, struct error *err)
{
    struct sql_rows rows =
        sql_kept_ask(&reader->kept,
                     "SELECT hwid, product, tcb FROM chip WHERE (known_by = 1) = ? AND "
                     "due_s > 0 AND due_s <= ? ORDER BY due_s",
                     SQL_VALUES(sql_int(are_strangers), sql_int(now_s)));

    while (*count < most && sql_next(&rows))
        *count += chip_key_read(sql_row_bytes(&rows, 0), sql_row_bytes(&rows, 1),
                                sql_row_bytes(&rows, 2), &keys[*count]);
    return sql_end(&rows, err);
}

bool chips_due(struct platform_reader *reader, int64_t now_s, size_t most,
               struct kds_key *keys, size_t *count, struct error *err)
{
    *count = 0;
    return (take_due(reader, false, now_s, most, keys, count, err)
            && take_due(reader, true, now_s, most, keys, count, err))
           || error_within(err, "chips that are due");
}

bool chips_count(struct platform_reader *reader, struct chip_counts *out,
                 struct error *err)
{
    struct sql_rows rows = sql_kept_ask(
        &reader->kept, "SELECT known, waiting FROM chip_tally", SQL_NO_VALUES);

    *out = (struct chip_counts){ .known = 0 };
    if (sql_next(&rows)) {
        out->known = (uint64_t)sql_row_int(&rows, 0);
        out->waiting = (uint64_t)sql_row_int(&rows, 1);
        out->held = out->known - out->waiting;
    }
    return sql_end(&rows, err) || error_within(err, "chips");
}

/* ---- chains and CRLs ----------------------------------------------------------------
 */

static bool visit_list(const struct sql_rows *rows,
                       bool (*visit)(void *context, const struct amd_list_row *row),
                       void *context, bool *goes_on, struct error *err)
{
    struct amd_list_row row;
    struct arena arena;
    bool is_list;

    arena_init(&arena, LIST_ARENA_MAX);
    bool well = amd_list_row_read(rows, &arena, &row, &is_list, err);
    if (well && is_list)
        *goes_on = visit(context, &row);
    arena_fini(&arena);
    return well;
}

bool amd_lists_walk(struct platform_reader *reader,
                    bool (*visit)(void *context, const struct amd_list_row *row),
                    void *context, struct error *err)
{
    struct sql_rows rows =
        sql_kept_ask(&reader->kept, "SELECT " AMD_LIST_ROW "ORDER BY key", SQL_NO_VALUES);
    bool well = true, goes_on = true;

    while (well && goes_on && sql_next(&rows))
        well = visit_list(&rows, visit, context, &goes_on, err);
    return (sql_end(&rows, well ? err : NULL) && well)
           || error_within(err, "AMD's chains and CRLs");
}
