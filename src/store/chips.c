/* SPDX-License-Identifier: Apache-2.0 */
/* Chips as the store thread writes them. That a chip is wanted and that its certificate
 * is kept begin alike, with a row that names it. */
#include "store/chips.h"

#include <stdio.h>

#include "kit/crypto.h"
#include "store/chip_rows.h"
#include "store/store_parts.h"

/* Ends what write_begin began. */
static bool settle(struct store *store, bool well, struct error *err)
{
    well = well && write_end(store, err);
    if (!well)
        write_undo(store);
    return well;
}

/* ---- knowing one --------------------------------------------------------------------
 */

/* Where a chip has as many TCBs as it may, one gives way: of those that were made known
 * by the weakest the one asked for longest ago. */
static bool make_room(struct sql_kept *kept, const struct chip_name *name,
                      struct error *err)
{
    int64_t count = 0;

    if (!sql_kept_number(kept, "SELECT count(*) FROM chip WHERE hwid = ? AND product = ?",
                         SQL_VALUES(name->values[0], name->values[1]), &count, err))
        return false;
    return count < CHIP_TCBS_MAX
           || sql_kept_run(kept,
                           "DELETE FROM chip WHERE chip = (SELECT chip FROM chip WHERE "
                           "hwid = ? AND product = ? ORDER BY known_by, last_asked_s, "
                           "chip LIMIT 1)",
                           SQL_VALUES(name->values[0], name->values[1]), err);
}

static bool find(struct sql_kept *kept, const struct chip_name *name, int64_t *row,
                 struct error *err)
{
    *row = 0;
    return sql_kept_number(kept, "SELECT chip FROM chip WHERE " CHIP_NAMED, name->values,
                           COUNT_OF(name->values), row, err);
}

/* The chip's row, made where it is not there; without a certificate it is due now. A
 * strength that is none is damage, and gives way. */
static bool know(struct sql_kept *kept, const struct chip_name *name,
                 enum chip_known_by known_by, int64_t now_s, int64_t *row, bool *is_new,
                 struct error *err)
{
    if (!find(kept, name, row, err))
        return false;
    *is_new = *row == 0;
    if (!*is_new)
        return sql_kept_run(
            kept,
            "UPDATE chip SET known_by = CASE WHEN known_by BETWEEN ?1 AND "
            "4 THEN known_by ELSE ?1 END, due_s = CASE state WHEN 1 THEN "
            "?2 ELSE due_s END WHERE chip = ?3",
            SQL_VALUES(sql_int(known_by), sql_int(now_s), sql_int(*row)), err);
    if (!make_room(kept, name, err)
        || !sql_kept_run(
            kept,
            "INSERT INTO chip (hwid, product, tcb, state, "
            "revocation_checked, known_by, source, first_seen_s, fetched_s, "
            "last_asked_s, valid_until_s, due_s, failures, why) VALUES (?1, "
            "?2, ?3, 1, 0, ?4, '', ?5, 0, ?5, 0, ?5, 0, '')",
            SQL_VALUES(CHIP_NAME_VALUES(*name), sql_int(known_by), sql_int(now_s)), err))
        return false;
    *row = sqlite3_last_insert_rowid(kept->db);
    return true;
}

static bool want(struct sql_kept *kept, const struct kds_key *key,
                 enum chip_known_by known_by, int64_t now_s, size_t *added,
                 struct error *err)
{
    struct chip_name name;
    int64_t row;
    bool is_new;

    if (!chip_name_of(key, &name, err)
        || !know(kept, &name, known_by, now_s, &row, &is_new, err))
        return false;
    *added += is_new;
    return true;
}

bool store_want_chips(struct store *store, const struct kds_key *keys, size_t count,
                      enum chip_known_by known_by, int64_t now_s, size_t *added,
                      struct error *err)
{
    bool well = write_begin(store, err);

    *added = 0;
    if (!well)
        return error_within(err, "chips");
    for (size_t i = 0; well && i < count; i++)
        well = want(&store->kept, &keys[i], known_by, now_s, added, err);
    well = settle(store, well, err);
    if (!well)
        *added = 0;
    return well || error_within(err, "chips");
}

/* ---- its certificate ----------------------------------------------------------------
 */

/* What is kept so far, and what that means for the one that comes. One that ends earlier
 * than a whole one which is there is an older one: it stays outside. */
static bool judge(struct sql_kept *kept, int64_t row, const struct vcek_facts *facts,
                  enum chip_outcome *outcome, bool *stays_out, struct error *err)
{
    struct sql_rows rows = sql_kept_ask(
        kept,
        "SELECT digest, der, valid_until_s FROM vek JOIN chip ON chip.chip = "
        "vek.chip WHERE vek.chip = ? AND state = 2",
        SQL_VALUES(sql_int(row)));

    *outcome = CHIP_ADDED;
    *stays_out = false;
    if (sql_next(&rows)) {
        struct sha256 digest = sha256(sql_row_bytes(&rows, 1));
        struct bytes found = bytes_of(digest.digest, SHA256_LEN);
        bool is_whole = bytes_equal(sql_row_bytes(&rows, 0), found);
        bool is_same = bytes_equal(bytes_of(facts->digest, sizeof facts->digest), found);
        *stays_out = is_whole && !is_same && facts->valid_until_s < sql_row_int(&rows, 2);
        *outcome = (is_whole && is_same) || *stays_out ? CHIP_SAME : CHIP_REPLACED;
    }
    return sql_end(&rows, err);
}

static bool write_certificate(struct sql_kept *kept, int64_t row,
                              const struct chip_change *change, enum chip_outcome outcome,
                              struct error *err)
{
    const struct vcek_facts *facts = vcek_facts(change->vcek);
    int64_t issuer;

    if (!amd_issuer_write(kept, amd_issuer_facts(facts->issuer), &issuer, err))
        return false;
    if (outcome != CHIP_SAME
        && !sql_kept_run(
            kept, "INSERT OR REPLACE INTO vek (chip, digest, der) VALUES (?, ?, ?)",
            SQL_VALUES(sql_int(row),
                       sql_blob(bytes_of(facts->digest, sizeof facts->digest)),
                       sql_blob(facts->der)),
            err))
        return false;
    return sql_kept_run(kept,
                        "UPDATE chip SET state = 2, issuer = ?, revocation_checked = ?, "
                        "source = ?, fetched_s = ?, valid_until_s = ?, due_s = 0, "
                        "failures = 0, why = '' WHERE chip = ?",
                        SQL_VALUES(sql_int(issuer), sql_int(facts->revocation_checked),
                                   sql_text(change->source), sql_int(change->now_s),
                                   sql_int(facts->valid_until_s), sql_int(row)),
                        err);
}

static bool keep(struct store *store, const struct chip_change *change,
                 enum chip_outcome *outcome, struct error *err)
{
    const struct vcek_facts *facts = vcek_facts(change->vcek);
    struct sql_kept *kept = &store->kept;
    struct chip_name name;
    int64_t row;
    bool is_new, stays_out;

    if (!chip_name_of(&facts->key, &name, err)
        || !know(kept, &name, change->known_by, change->now_s, &row, &is_new, err)
        || !judge(kept, row, facts, outcome, &stays_out, err))
        return false;
    return stays_out ? sql_kept_run(kept,
                                    "UPDATE chip SET due_s = 0, failures = 0, why = '' "
                                    "WHERE chip = ?",
                                    SQL_VALUES(sql_int(row)), err)
                     : write_certificate(kept, row, change, *outcome, err);
}

bool store_keep_chip(struct store *store, const struct chip_change *change,
                     enum chip_outcome *outcome, struct error *err)
{
    const struct vcek_facts *facts = vcek_facts(change->vcek);

    if (strlen(change->source) >= PLATFORM_NAME_MAX)
        return error_set(err, ERROR_LIMIT, "chip: source is longer than %d",
                         PLATFORM_NAME_MAX - 1);
    bool well =
        amd_root_check(store->marked, amd_issuer_facts(facts->issuer)->root_origin, err)
        && write_begin(store, err)
        && settle(store, keep(store, change, outcome, err), err);
    return well || error_within(err, "chip");
}

/* ---- what comes of it ---------------------------------------------------------------
 */

bool store_chip_failed(struct store *store, const struct kds_key *key, const char *why,
                       int64_t due_s, struct error *err)
{
    char kept_why[PLATFORM_WHY_MAX];
    struct chip_name name;

    snprintf(kept_why, sizeof kept_why, "%s", why);
    return (chip_name_of(key, &name, err)
            && sql_kept_run(
                &store->kept,
                "UPDATE chip SET failures = min(failures + 1, 4294967295), "
                "why = ?, due_s = ? WHERE " CHIP_NAMED,
                SQL_VALUES(sql_text(kept_why), sql_int(due_s), CHIP_NAME_VALUES(name)),
                err))
           || error_within(err, "chip");
}

static bool note_asked(struct sql_kept *kept, const struct kds_key *key, int64_t now_s,
                       struct error *err)
{
    struct chip_name name;

    return chip_name_of(key, &name, err)
           && sql_kept_run(
               kept,
               "UPDATE chip SET last_asked_s = ? WHERE " CHIP_NAMED
               " AND last_asked_s < ?",
               SQL_VALUES(sql_int(now_s), CHIP_NAME_VALUES(name), sql_int(now_s)), err);
}

bool store_chips_asked(struct store *store, const struct kds_key *keys, size_t count,
                       int64_t now_s, struct error *err)
{
    bool well = write_begin(store, err);

    if (!well)
        return error_within(err, "chips");
    for (size_t i = 0; well && i < count; i++)
        well = note_asked(&store->kept, &keys[i], now_s, err);
    return settle(store, well, err) || error_within(err, "chips");
}

/* Its certificate goes with it, by the schema. */
bool store_forget_chip(struct store *store, const struct kds_key *key, bool *found,
                       struct error *err)
{
    struct chip_name name;

    *found = false;
    if (!chip_name_of(key, &name, err)
        || !sql_kept_run(&store->kept, "DELETE FROM chip WHERE " CHIP_NAMED, name.values,
                         COUNT_OF(name.values), err))
        return error_within(err, "chip");
    *found = sqlite3_changes(store->db) > 0;
    return true;
}
