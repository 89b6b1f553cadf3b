/* SPDX-License-Identifier: Apache-2.0 */
/* A platform's TDX SVNs, which no registration and no request for certificates tells. */
#include "store/host_reader.h"
#include "store/sql.h"
#include "store/store_parts.h"

bool store_keep_tdx_svn(struct store *store, const struct platform_name *name,
                        const uint8_t tee_tcb_svn[16], int64_t now_s, struct error *err)
{
    if (!sql_kept_run(&store->kept,
                      "INSERT INTO tdx_svn (platform, tee_tcb_svn, last_seen_s) SELECT "
                      "platform, ?, ? FROM platform WHERE qe_id = ? AND pce_id = ? ON "
                      "CONFLICT (platform) DO UPDATE SET tee_tcb_svn = "
                      "excluded.tee_tcb_svn, last_seen_s = excluded.last_seen_s",
                      SQL_VALUES(sql_blob(bytes_of(tee_tcb_svn, 16)), sql_int(now_s),
                                 sql_text(name->qe_id), sql_int(name->pce_id)),
                      err))
        return error_within(err, "TDX SVNs");
    return sqlite3_changes(store->db) > 0
           || error_set(err, ERROR_NOT_FOUND, "the store has no such platform");
}

static bool reaches(const uint8_t svn[16], const uint8_t kept[16])
{
    for (size_t i = 0; i < 16; i++)
        if (svn[i] < kept[i])
            return false;
    return true;
}

/* *is_known: there is such a platform with this PPID; *has_svn: with SVNs, these. */
static bool read_kept(struct store *store, const struct platform_name *name,
                      const uint8_t ppid_digest[32], bool *is_known, bool *has_svn,
                      uint8_t kept[16], struct error *err)
{
    struct sql_rows rows = sql_kept_ask(
        &store->kept,
        "SELECT tee_tcb_svn FROM platform LEFT JOIN tdx_svn USING (platform) WHERE "
        "qe_id = ? AND pce_id = ? AND ppid_digest = ?",
        SQL_VALUES(sql_text(name->qe_id), sql_int(name->pce_id),
                   sql_blob(bytes_of(ppid_digest, 32))));

    *is_known = sql_next(&rows);
    *has_svn = *is_known && sql_row_copy(&rows, 0, kept, 16);
    return sql_end(&rows, err) || error_within(err, "TDX SVNs");
}

bool store_raise_tdx_svn(struct store *store, const struct platform_name *name,
                         const uint8_t ppid_digest[32], const uint8_t tee_tcb_svn[16],
                         int64_t now_s, bool *raised, struct error *err)
{
    bool is_known, has_svn;
    uint8_t kept[16];

    *raised = false;
    if (!read_kept(store, name, ppid_digest, &is_known, &has_svn, kept, err))
        return false;
    bool is_news =
        is_known
        && (!has_svn
            || (reaches(tee_tcb_svn, kept) && memcmp(tee_tcb_svn, kept, 16) != 0));
    if (!is_news)
        return true;
    *raised = store_keep_tdx_svn(store, name, tee_tcb_svn, now_s, err);
    return *raised;
}
