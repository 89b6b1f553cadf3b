/* SPDX-License-Identifier: Apache-2.0 */
#include "store/platform_rows.h"

#include <inttypes.h>

#include "kit/log.h"
#include "kit/text.h"
#include "store/store_rows.h"

enum { /* PLATFORM_ROW */
       COLUMN_PLATFORM,
       COLUMN_QE_ID,
       COLUMN_PCE_ID,
       COLUMN_LOCATOR,
       COLUMN_STATE,
       COLUMN_FMSPC,
       COLUMN_PPID_DIGEST,
       COLUMN_ISSUER,
       COLUMN_CACHED_KEYS,
       COLUMN_BOUND_BY,
       COLUMN_ASKED_BY,
       COLUMN_REGISTRAR,
       COLUMN_SOURCE,
       COLUMN_FIRST_SEEN,
       COLUMN_LAST_SEEN,
       COLUMN_FETCHED,
       COLUMN_DUE,
       COLUMN_FAILURES,
       COLUMN_WHY,
       COLUMN_PCKS,
       COLUMN_ENCRYPTED_PPID,
       COLUMN_HAS_MANIFEST,
       COLUMN_CA,
       COLUMN_TEE_TCB_SVN,
};

static bool no_room(struct error *err)
{
    return error_set(err, ERROR_LIMIT, "the platform does not fit into what was lent");
}

static bool copy(struct arena *arena, struct bytes from, struct bytes *out,
                 struct error *err)
{
    *out = arena_copy(arena, from);
    return out->at != NULL || no_room(err);
}

/* ---- the row itself -----------------------------------------------------------------
 */

static bool is_bound_by(int64_t number)
{
    return number >= BOUND_BY_ASKING && number <= BOUND_BY_OPERATOR;
}

/* The columns of fixed form; false where one has another. */
static bool read_forms(const struct sql_rows *rows, struct platform_row *out)
{
    struct platform *p = &out->platform;
    bool is_held = p->state == PLATFORM_HELD;

    return (sql_row_is_null(rows, COLUMN_LOCATOR)
            || sql_row_copy(rows, COLUMN_LOCATOR, p->locator, sizeof p->locator))
           && (!is_held || sql_row_copy(rows, COLUMN_FMSPC, p->fmspc, sizeof p->fmspc))
           && (!is_held
               || sql_row_copy(rows, COLUMN_PPID_DIGEST, p->ppid_digest,
                               sizeof p->ppid_digest))
           && (!p->has_tdx
               || sql_row_copy(rows, COLUMN_TEE_TCB_SVN, p->tee_tcb_svn,
                               sizeof p->tee_tcb_svn))
           && sql_row_text(rows, COLUMN_QE_ID, p->name.qe_id, sizeof p->name.qe_id)
           && sql_row_text(rows, COLUMN_REGISTRAR, p->registrar, sizeof p->registrar)
           && sql_row_text(rows, COLUMN_SOURCE, p->source, sizeof p->source)
           && sql_row_text(rows, COLUMN_WHY, p->why, sizeof p->why)
           && is_bound_by(sql_row_int(rows, COLUMN_BOUND_BY))
           && is_bound_by(sql_row_int(rows, COLUMN_ASKED_BY))
           && (p->state == PLATFORM_WAITING || is_held) && p->pck_count <= PCK_LIST_MAX;
}

bool platform_row_read(const struct sql_rows *rows, struct arena *arena,
                       struct platform_row *out, struct error *err)
{
    *out = (struct platform_row){
        .platform = {
            .platform = sql_row_int(rows, COLUMN_PLATFORM),
            .has_name = !sql_row_is_null(rows, COLUMN_QE_ID),
            .name.pce_id = (uint16_t)sql_row_int(rows, COLUMN_PCE_ID),
            .state = (enum platform_state)sql_row_int(rows, COLUMN_STATE),
            .has_cached_keys = !sql_row_is_null(rows, COLUMN_CACHED_KEYS),
            .cached_keys = sql_row_int(rows, COLUMN_CACHED_KEYS) == 1,
            .bound_by = (enum platform_bound_by)sql_row_int(rows, COLUMN_BOUND_BY),
            .first_seen_s = sql_row_int(rows, COLUMN_FIRST_SEEN),
            .last_seen_s = sql_row_int(rows, COLUMN_LAST_SEEN),
            .fetched_s = sql_row_int(rows, COLUMN_FETCHED),
            .due_s = sql_row_int(rows, COLUMN_DUE),
            .failures = (uint32_t)sql_row_int(rows, COLUMN_FAILURES),
            .pck_count = (size_t)sql_row_int(rows, COLUMN_PCKS),
            .has_manifest = sql_row_int(rows, COLUMN_HAS_MANIFEST) == 1,
            .ca = (enum pck_ca)sql_row_int(rows, COLUMN_CA),
            .has_tdx = !sql_row_is_null(rows, COLUMN_TEE_TCB_SVN),
        },
        .has_locator = !sql_row_is_null(rows, COLUMN_LOCATOR),
        .asked_by = (enum platform_bound_by)sql_row_int(rows, COLUMN_ASKED_BY),
        .issuer = sql_row_int(rows, COLUMN_ISSUER),
    };
    if (!read_forms(rows, out))
        return error_set(err, ERROR_FORMAT, "the row of platform %" PRId64 " is damaged",
                         out->platform.platform);
    return copy(arena, sql_row_bytes(rows, COLUMN_ENCRYPTED_PPID),
                &out->platform.encrypted_ppid, err);
}

/* ---- what belongs to it -------------------------------------------------------------
 */

bool platform_raw_tcbs_read(struct sql_kept *kept, struct arena *arena,
                            struct platform *platform, struct error *err)
{
    enum { MOST = PLATFORM_RAW_TCBS_MAX + PLATFORM_RAW_TCBS_ASKED_MAX };
    struct sql_rows rows = sql_kept_ask(
        kept,
        "SELECT cpusvn, pcesvn, confirmed, last_seen_s FROM raw_tcb WHERE platform = ?",
        SQL_VALUES(sql_int(platform->platform)));
    struct platform_raw_tcb found[MOST];
    size_t count = 0;

    while (count < MOST && sql_next(&rows)) {
        struct platform_raw_tcb *one = &found[count];
        one->raw.pcesvn = (uint16_t)sql_row_int(&rows, 1);
        one->confirmed = sql_row_int(&rows, 2) == 1;
        one->last_seen_s = sql_row_int(&rows, 3);
        count += sql_row_copy(&rows, 0, one->raw.cpusvn, sizeof one->raw.cpusvn);
    }
    if (!sql_end(&rows, err))
        return false;
    struct bytes copied =
        arena_copy(arena, bytes_of(found, count * sizeof(struct platform_raw_tcb)));
    platform->raw_tcbs = (const void *)copied.at;
    platform->raw_tcb_count = count;
    return copied.at != NULL || no_room(err);
}

static bool read_issuer(struct sql_kept *kept, struct arena *arena,
                        struct platform_row *row, struct error *err)
{
    struct sql_rows rows =
        sql_kept_ask(kept, "SELECT chain, digest FROM pck_issuer WHERE issuer = ?",
                     SQL_VALUES(sql_int(row->issuer)));
    struct bytes chain = { 0 };
    struct sha256 digest = { 0 };
    bool well = true, is_whole = false;

    if (sql_next(&rows)) {
        digest = sha256(sql_row_bytes(&rows, 0));
        is_whole =
            bytes_equal(sql_row_bytes(&rows, 1), bytes_of(digest.digest, SHA256_LEN));
        well = copy(arena, sql_row_bytes(&rows, 0), &chain, err);
    }
    if (!sql_end(&rows, well ? err : NULL) || !well)
        return false;
    if (!is_whole)
        return error_set(err, ERROR_FORMAT,
                         "issuer chain %" PRId64 " does not have the digest that it is "
                         "kept under",
                         row->issuer);
    return rows_read_chain(chain, &row->platform.issuer_chain, err)
           || error_within(err, "issuer chain %" PRId64, row->issuer);
}

static bool read_manifest(struct sql_kept *kept, struct arena *arena,
                          struct platform *platform, struct error *err)
{
    struct sql_rows rows =
        sql_kept_ask(kept, "SELECT manifest FROM manifest WHERE platform = ?",
                     SQL_VALUES(sql_int(platform->platform)));
    bool well = true;

    if (sql_next(&rows))
        well = copy(arena, sql_row_bytes(&rows, 0), &platform->manifest, err);
    return sql_end(&rows, well ? err : NULL) && well;
}

enum { PCK_TCBM = 1, PCK_DIGEST, PCK_DER };

/* Why a row is not as it was written; NULL where it is. */
static const char *pck_damage(const struct sql_rows *rows, struct platform_pck *out)
{
    if (!sql_row_copy(rows, PCK_TCBM, out->tcbm, sizeof out->tcbm))
        return "its TCBm is not one";
    if (sql_row_is_null(rows, PCK_DIGEST) && sql_row_is_null(rows, PCK_DER))
        return NULL;
    struct sha256 digest = sha256(sql_row_bytes(rows, PCK_DER));
    memcpy(out->digest, digest.digest, sizeof out->digest);
    return bytes_equal(sql_row_bytes(rows, PCK_DIGEST),
                       bytes_of(digest.digest, SHA256_LEN))
               ? NULL
               : "its bytes do not have the digest that they are kept under";
}

static bool take_pck(const struct sql_rows *rows, struct arena *arena,
                     const struct platform *platform, struct platform_pck *into,
                     size_t *count, struct error *err)
{
    struct platform_pck pck = { .der = { .len = 0 } };
    const char *why = pck_damage(rows, &pck);

    if (why != NULL) {
        log_event(LOG_ERROR, "store", "left out platform=%" PRId64 " tcbm=%s why=\"%s\"",
                  platform->platform, hex(pck.tcbm, sizeof pck.tcbm).s, why);
        return true;
    }
    if (!sql_row_is_null(rows, PCK_DER)
        && !copy(arena, sql_row_bytes(rows, PCK_DER), &pck.der, err))
        return false;
    into[(*count)++] = pck;
    return true;
}

static bool read_pcks(struct sql_kept *kept, struct arena *arena,
                      struct platform *platform, struct error *err)
{
    size_t most = platform->pck_count;
    struct platform_pck *pcks = arena_alloc(arena, most + 1, sizeof *pcks);
    bool well = true;

    if (pcks == NULL)
        return no_room(err);
    struct sql_rows rows = sql_kept_ask(
        kept, "SELECT pck, tcbm, digest, der FROM pck WHERE pck >= ? AND pck < ?",
        SQL_VALUES(sql_int(PCK_PLACE(platform->platform, 0)),
                   sql_int(PCK_PLACE(platform->platform, most))));
    platform->pck_count = 0;
    while (well && sql_next(&rows))
        well = take_pck(&rows, arena, platform, pcks, &platform->pck_count, err);
    platform->pcks = pcks;
    return sql_end(&rows, well ? err : NULL) && well;
}

static bool read_parts(struct sql_kept *kept, struct arena *arena, unsigned parts,
                       struct platform_row *row, struct error *err)
{
    struct platform *platform = &row->platform;

    return ((parts & PLATFORM_RAW_TCBS) == 0
            || platform_raw_tcbs_read(kept, arena, platform, err))
           && ((parts & PLATFORM_ISSUER) == 0 || platform->state != PLATFORM_HELD
               || read_issuer(kept, arena, row, err))
           && ((parts & PLATFORM_ISSUER) == 0 || !row->platform.has_manifest
               || read_manifest(kept, arena, platform, err))
           && ((parts & PLATFORM_PCKS) == 0 || read_pcks(kept, arena, platform, err));
}

bool platform_row_find(struct sql_kept *kept, enum platform_by by,
                       const struct sql_value *values, size_t count, unsigned parts,
                       struct arena *arena, struct platform_row *out, bool *found,
                       struct error *err)
{
    static const char *const questions[] = {
        [PLATFORM_BY_ROW] = "SELECT " PLATFORM_ROW " FROM platform WHERE platform = ?",
        [PLATFORM_BY_NAME] =
            "SELECT " PLATFORM_ROW " FROM platform WHERE qe_id = ? AND pce_id = ?",
        [PLATFORM_BY_LOCATOR] =
            "SELECT " PLATFORM_ROW " FROM platform WHERE locator = ? ORDER BY platform "
            "LIMIT 1",
        [PLATFORM_BY_LOCATOR_ALONE] =
            "SELECT " PLATFORM_ROW " FROM platform WHERE locator = ? AND qe_id IS "
            "NULL",
    };
    struct sql_rows rows = sql_kept_ask(kept, questions[by], values, count);
    bool well = true;

    *found = sql_next(&rows);
    if (*found)
        well = platform_row_read(&rows, arena, out, err);
    if (!sql_end(&rows, well ? err : NULL) || !well)
        return false;
    return !*found || read_parts(kept, arena, parts, out, err)
           || error_within(err, "platform %" PRId64, out->platform.platform);
}
