/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/crypto.h"
#include "store/platform_rows.h"
#include "store/store_rows.h"

static struct sql_value blob_where(bool there, const void *at, size_t len)
{
    return there ? sql_blob(bytes_of(at, len)) : sql_null();
}

bool platform_row_write(struct sql_kept *kept, struct platform_row *row,
                        struct error *err)
{
    struct platform *p = &row->platform;
    bool is_new = p->platform == 0, is_held = p->state == PLATFORM_HELD;

    if (!sql_kept_run(
            kept,
            "INSERT INTO platform (" PLATFORM_COLUMNS ") VALUES "
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (platform) DO UPDATE SET qe_id = excluded.qe_id, locator = "
            "excluded.locator, state = excluded.state, fmspc = excluded.fmspc, "
            "ppid_digest = excluded.ppid_digest, issuer = excluded.issuer, cached_keys = "
            "excluded.cached_keys, bound_by = excluded.bound_by, asked_by = "
            "excluded.asked_by, registrar = excluded.registrar, source = "
            "excluded.source, last_seen_s = excluded.last_seen_s, fetched_s = "
            "excluded.fetched_s, due_s = excluded.due_s, failures = excluded.failures, "
            "why = excluded.why, pcks = excluded.pcks, encrypted_ppid = "
            "excluded.encrypted_ppid, has_manifest = excluded.has_manifest",
            SQL_VALUES(is_new ? sql_null() : sql_int(p->platform),
                       p->has_name ? sql_text(p->name.qe_id) : sql_null(),
                       sql_int(p->name.pce_id),
                       blob_where(row->has_locator, p->locator, sizeof p->locator),
                       sql_int(p->state), blob_where(is_held, p->fmspc, sizeof p->fmspc),
                       blob_where(is_held, p->ppid_digest, sizeof p->ppid_digest),
                       is_held ? sql_int(row->issuer) : sql_null(),
                       p->has_cached_keys ? sql_int(p->cached_keys) : sql_null(),
                       sql_int(p->bound_by), sql_int(row->asked_by),
                       sql_text(p->registrar), sql_text(p->source),
                       sql_int(p->first_seen_s), sql_int(p->last_seen_s),
                       sql_int(p->fetched_s), sql_int(p->due_s), sql_int(p->failures),
                       sql_text(p->why), sql_int((int64_t)p->pck_count),
                       sql_blob(p->encrypted_ppid), sql_int(row->platform.has_manifest)),
            err))
        return false;
    if (is_new)
        p->platform = sqlite3_last_insert_rowid(kept->db);
    return true;
}

bool platform_manifest_write(struct sql_kept *kept, int64_t platform,
                             struct bytes manifest, struct error *err)
{
    return sql_kept_run(kept,
                        "INSERT OR REPLACE INTO manifest (platform, manifest) "
                        "VALUES (?, ?)",
                        SQL_VALUES(sql_int(platform), sql_blob(manifest)), err);
}

bool platform_pcks_write(struct sql_kept *kept, int64_t platform,
                         const struct platform_pck *pcks, size_t count, struct error *err)
{
    bool well = sql_kept_run(
        kept, "DELETE FROM pck WHERE pck >= ? AND pck < ?",
        SQL_VALUES(sql_int(PCK_PLACE(platform, 0)), sql_int(PCK_PLACE(platform + 1, 0))),
        err);

    for (size_t i = 0; well && i < count; i++) {
        const struct platform_pck *pck = &pcks[i];
        bool is_gap = pck->der.len == 0;
        well = sql_kept_run(
            kept, "INSERT INTO pck (pck, tcbm, digest, der) VALUES (?, ?, ?, ?)",
            SQL_VALUES(sql_int(PCK_PLACE(platform, i)),
                       sql_blob(bytes_of(pck->tcbm, sizeof pck->tcbm)),
                       blob_where(!is_gap, pck->digest, sizeof pck->digest),
                       is_gap ? sql_null() : sql_blob(pck->der)),
            err);
    }
    return well;
}

/* Of lists there are few, one of each kind of platform and its time, so none is ever
 * taken out. A platform with gaps alone has none. */
bool platform_tcb_list_write(struct sql_kept *kept, int64_t platform,
                             const struct platform_pck *pcks, size_t count,
                             struct error *err)
{
    uint8_t tcbms[PCK_LIST_MAX * TCBM_LEN];
    size_t len = 0;

    for (size_t i = 0; i < count && i < PCK_LIST_MAX; i++) {
        if (pcks[i].der.len == 0)
            continue;
        memcpy(tcbms + len, pcks[i].tcbm, TCBM_LEN);
        len += TCBM_LEN;
    }
    struct sha256 digest = sha256(bytes_of(tcbms, len));
    struct sql_value named = sql_blob(bytes_of(digest.digest, SHA256_LEN));
    return (len == 0
            || sql_kept_run(kept,
                            "INSERT INTO tcb_list (digest, tcbms) VALUES (?, ?) ON "
                            "CONFLICT (digest) DO UPDATE SET tcbms = excluded.tcbms "
                            "WHERE tcbms != excluded.tcbms",
                            SQL_VALUES(named, sql_blob(bytes_of(tcbms, len))), err))
           && sql_kept_run(kept,
                           "UPDATE platform SET tcb_list = (SELECT tcb_list FROM "
                           "tcb_list WHERE digest = ?) WHERE platform = ?",
                           SQL_VALUES(named, sql_int(platform)), err);
}

/* Of the chains that were ever kept there are few, so none is ever taken out. */
bool platform_issuer_write(struct sql_kept *kept, const struct pck_issuer_facts *issuer,
                           int64_t *row, struct error *err)
{
    struct sql_value digest = sql_blob(bytes_of(issuer->digest, sizeof issuer->digest));
    const char find[] = "SELECT issuer FROM pck_issuer WHERE digest = ?";
    struct buf chain;

    *row = 0;
    if (!sql_number(kept->db, find, &digest, 1, row, err) || *row != 0)
        return *row != 0;
    rows_write_chain(&chain, &issuer->chain);
    bool well = chain.failed ? error_set(err, ERROR_LIMIT, "chain is too long to keep")
                             : sql_run(kept->db,
                                       "INSERT INTO pck_issuer (digest, ca, chain) "
                                       "VALUES (?, ?, ?)",
                                       SQL_VALUES(digest, sql_int(issuer->ca),
                                                  sql_blob(buf_bytes(&chain))),
                                       err);
    buf_fini(&chain);
    *row = sqlite3_last_insert_rowid(kept->db);
    return well;
}

/* ---- raw TCBs -----------------------------------------------------------------------
 */

/* One of its kind gives way where there are `most`: the one that was seen longest ago,
 * if that was before the moment given. *has_room. */
static bool make_room(struct sql_kept *kept, int64_t platform, bool confirmed,
                      int64_t most, int64_t before_s, bool *has_room, struct error *err)
{
    int64_t count = 0;

    if (!sql_kept_number(kept,
                         "SELECT count(*) FROM raw_tcb WHERE platform = ? AND confirmed "
                         "= ?",
                         SQL_VALUES(sql_int(platform), sql_int(confirmed)), &count, err))
        return false;
    *has_room = count < most;
    if (*has_room)
        return true;
    if (!sql_kept_run(
            kept,
            "DELETE FROM raw_tcb WHERE platform = ?1 AND (cpusvn, pcesvn) = "
            "(SELECT cpusvn, pcesvn FROM raw_tcb WHERE platform = ?1 AND "
            "confirmed = ?2 AND last_seen_s < ?3 ORDER BY last_seen_s LIMIT 1)",
            SQL_VALUES(sql_int(platform), sql_int(confirmed), sql_int(before_s)), err))
        return false;
    *has_room = sqlite3_changes(kept->db) > 0;
    return true;
}

static bool make_room_for(struct sql_kept *kept, int64_t platform, bool confirmed,
                          int64_t seen_s, bool *has_room, struct error *err)
{
    return confirmed ? make_room(kept, platform, true, PLATFORM_RAW_TCBS_MAX, INT64_MAX,
                                 has_room, err)
                     : make_room(kept, platform, false, PLATFORM_RAW_TCBS_ASKED_MAX,
                                 seen_s - PLATFORM_RAW_TCB_STALE_S, has_room, err);
}

bool platform_raw_tcb_see(struct sql_kept *kept, int64_t platform,
                          const struct raw_tcb *raw, bool confirmed, int64_t seen_s,
                          bool *is_new, struct error *err)
{
    struct sql_value cpusvn = sql_blob(bytes_of(raw->cpusvn, sizeof raw->cpusvn));
    int64_t known_as = -1; /* whether it is confirmed, where it is known */
    bool has_room = true;

    if (!sql_kept_number(kept,
                         "SELECT confirmed FROM raw_tcb WHERE platform = ? AND cpusvn = "
                         "? AND pcesvn = ?",
                         SQL_VALUES(sql_int(platform), cpusvn, sql_int(raw->pcesvn)),
                         &known_as, err))
        return false;
    *is_new = known_as < (int64_t)confirmed;
    if (*is_new && !make_room_for(kept, platform, confirmed, seen_s, &has_room, err))
        return false;
    *is_new = *is_new && has_room;
    return !has_room
           || sql_kept_run(
               kept,
               "INSERT INTO raw_tcb (platform, cpusvn, pcesvn, confirmed, last_seen_s) "
               "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
               "confirmed = max(confirmed, excluded.confirmed), "
               "last_seen_s = max(last_seen_s, excluded.last_seen_s)",
               SQL_VALUES(sql_int(platform), cpusvn, sql_int(raw->pcesvn),
                          sql_int(confirmed), sql_int(seen_s)),
               err);
}
