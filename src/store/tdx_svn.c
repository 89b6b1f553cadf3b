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
