/* SPDX-License-Identifier: Apache-2.0 */
#include "store/policies.h"

#include "kit/crypto.h"
#include "store/store_parts.h"

/* What one word speaks of: for each FMSPC one default of each. */
static unsigned kinds_of(unsigned tees)
{
    const unsigned tdx = POLICY_TDX_1_0 | POLICY_TDX_1_5 | POLICY_TD_QE;

    return (tees & POLICY_SGX) | ((tees & tdx) != 0 ? tdx : 0);
}

static bool check_room(struct sql_kept *kept, struct error *err)
{
    int64_t count = 0;

    return sql_kept_number(kept, "SELECT count(*) FROM policy", SQL_NO_VALUES, &count,
                           err)
           && (count <= POLICIES_MAX
               || error_set(err, ERROR_LIMIT, "%d are kept already", POLICIES_MAX));
}

static bool put(struct sql_kept *kept, const struct policy_change *change,
                struct sql_value id, struct error *err)
{
    struct sql_value fmspc = sql_blob(bytes_of(change->fmspc, sizeof change->fmspc));

    return (!change->is_default
            || sql_kept_run(kept,
                            "UPDATE policy SET is_default = 0 WHERE fmspc = ? AND "
                            "is_default = 1 AND (tees & ?) != 0",
                            SQL_VALUES(fmspc, sql_int(kinds_of(change->tees))), err))
           && sql_kept_run(
               kept,
               "INSERT INTO policy (id, fmspc, tees, is_default, kept_s, jws) "
               "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id, fmspc) DO UPDATE "
               "SET tees = excluded.tees, is_default = excluded.is_default, "
               "kept_s = excluded.kept_s, jws = excluded.jws",
               SQL_VALUES(id, fmspc, sql_int(change->tees), sql_int(change->is_default),
                          sql_int(change->now_s), sql_blob(change->jws)),
               err)
           && check_room(kept, err);
}

bool store_keep_policy(struct store *store, const struct policy_change *change,
                       uint8_t id[48], struct error *err)
{
    struct sha384 digest = sha384(change->jws);

    if (change->jws.len > APPRAISAL_POLICY_MAX)
        return error_set(err, ERROR_LIMIT, "policy: longer than %d bytes",
                         APPRAISAL_POLICY_MAX);
    bool well = write_begin(store, err);
    if (!well)
        return error_within(err, "policy");
    well = put(&store->kept, change, sql_blob(bytes_of(digest.digest, SHA384_LEN)), err)
           && write_end(store, err);
    if (!well)
        write_undo(store);
    memcpy(id, digest.digest, SHA384_LEN);
    return well || error_within(err, "policy");
}
