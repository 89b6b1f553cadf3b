/* SPDX-License-Identifier: Apache-2.0 */
/* What nobody signs is as good as its seal. */
#include <stdio.h>

#include "kit/text.h"
#include "store/change.h"
#include "store/store_recovery.h"
#include "store/store_rows.h"

static bool read_designations(struct recovery *r, uint64_t generation, struct error *err)
{
    struct sql_rows rows = sql_ask(r->store->db,
                                   "SELECT subject, wanted, evaluation_data_number, "
                                   "listed FROM designation WHERE generation = ?",
                                   SQL_VALUES(sql_int((int64_t)generation)));
    const struct error why = { ERROR_FORMAT, "it designates for a subject that is none" };
    bool well = true, changed;

    while (well && sql_next(&rows)) {
        struct designation designation = {
            .update = bytes_equal_text(sql_row_bytes(&rows, 1), "early")
                          ? UPDATE_EARLY
                          : UPDATE_STANDARD,
            .evaluation_data_number = (uint32_t)sql_row_int(&rows, 2),
            .listed = sql_row_int(&rows, 3) != 0,
        };
        struct bytes subject = sql_row_bytes(&rows, 0);
        if (collateral_key_read(subject, &designation.subject)
            && designation.subject.evaluation_data_number == 0)
            well = draft_designate(&r->draft, &designation, &changed, err);
        else
            well = recovery_lose(r, subject, 0, &why, err);
    }
    return sql_end(&rows, well ? err : NULL) && well;
}

static bool check_hint(struct bytes source, struct bytes digest, struct bytes text,
                       struct error *why)
{
    struct sha256 found = sha256(text);

    if (!bytes_equal(digest, bytes_of(found.digest, SHA256_LEN)))
        return error_set(why, ERROR_FORMAT,
                         "its bytes do not have the digest that they "
                         "are kept under");
    if (source.len >= sizeof((struct hint *)NULL)->source)
        return error_set(why, ERROR_LIMIT, "the name of its source is too long");
    return change_check_hint(text, why);
}

static bool take_hint(struct recovery *r, const struct sql_rows *row, struct error *err)
{
    struct bytes source = sql_row_bytes(row, 0);
    struct hint hint = { .fetched_s = sql_row_int(row, 1),
                         .text = sql_row_bytes(row, 3) };
    struct error why = { 0 };
    char name[LOSS_NAME_MAX];
    bool changed;

    if (check_hint(source, sql_row_bytes(row, 2), hint.text, &why)) {
        memcpy(hint.source, source.at, source.len);
        return draft_hint(&r->draft, &hint, &changed, err);
    }
    snprintf(name, sizeof name, "fmspcs of %.100s", safe(source).s);
    return recovery_lose(r, bytes_of_text(name), 0, &why, err);
}

static bool read_hints(struct recovery *r, uint64_t generation, struct error *err)
{
    struct sql_rows rows =
        sql_ask(r->store->db,
                "SELECT hint_listing.source, hint.fetched_s, hint.text, object.body "
                "FROM hint_listing LEFT JOIN hint ON hint.hint = hint_listing.hint "
                "LEFT JOIN object ON object.digest = hint.text "
                "WHERE hint_listing.generation = ?",
                SQL_VALUES(sql_int((int64_t)generation)));
    bool well = true;

    while (well && sql_next(&rows))
        well = take_hint(r, &rows, err);
    return sql_end(&rows, well ? err : NULL) && well;
}

struct sealed {
    bool items, unsigned_part; /* are as they were sealed */
};

static bool check_seals(struct recovery *r, uint64_t generation, struct sealed *out,
                        struct error *err)
{
    struct seals found;

    if (!rows_seals(r->store->db, generation, &found, err))
        return false;
    struct sql_rows rows = sql_ask(
        r->store->db, "SELECT seal, unsigned_seal FROM generation WHERE generation = ?",
        SQL_VALUES(sql_int((int64_t)generation)));
    bool there = sql_next(&rows);
    out->items =
        there
        && bytes_equal(sql_row_bytes(&rows, 0), bytes_of(found.items.digest, SHA256_LEN));
    out->unsigned_part = there
                         && bytes_equal(sql_row_bytes(&rows, 1),
                                        bytes_of(found.unsigned_part.digest, SHA256_LEN));
    return sql_end(&rows, err);
}

/* The newest generation whose designations and hints are as they were sealed; 0: none. */
static bool find_sealed(struct recovery *r, uint64_t *generation, struct error *err)
{
    struct sealed sealed = { false, false };
    int64_t at = (int64_t)r->store->generation;

    while (at > 0) {
        if (!check_seals(r, (uint64_t)at, &sealed, err))
            return false;
        if (sealed.unsigned_part)
            break;
        int64_t earlier = 0;
        if (!sql_number(r->store->db,
                        "SELECT max(generation) FROM generation WHERE generation < ?",
                        SQL_VALUES(sql_int(at)), &earlier, err))
            return false;
        at = earlier;
    }
    *generation = (uint64_t)at;
    return true;
}

bool recovery_read_unsigned(struct recovery *r, struct error *err)
{
    uint64_t from;
    struct error why = { 0 };

    if (!find_sealed(r, &from, err))
        return false;
    if (from != r->store->generation) {
        error_set(
            &why, ERROR_FORMAT,
            "designations and hints do not match their seal; going by those of %s %llu",
            from == 0 ? "none," : "generation", (unsigned long long)from);
        if (!recovery_lose(r, bytes_of_text("designations"), 0, &why, err))
            return false;
    }
    return read_designations(r, from, err) && read_hints(r, from, err);
}

bool recovery_check_list(struct recovery *r, struct error *err)
{
    struct sealed sealed;
    struct error why = { ERROR_FORMAT, "the list does not match its seal; what is on it "
                                       "was judged one by one" };

    if (!check_seals(r, r->store->generation, &sealed, err))
        return false;
    return sealed.items || r->item_losses > 0
           || recovery_lose(r, bytes_of_text("list of items"), 0, &why, err);
}
