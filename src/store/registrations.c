/* SPDX-License-Identifier: Apache-2.0 */
#include "store/registrations.h"

#include "store/platforms.h"
#include "store/store_parts.h"

/* The columns that tell one row from another, as values: (queue, qe_id, pce_id, cpusvn,
 * pcesvn). */
#define WHICH(queue, r)                                                               \
    sql_int(queue), sql_text((r)->name.qe_id), sql_int((r)->name.pce_id),             \
        sql_blob(                                                                     \
            bytes_of((r)->raw.cpusvn, (r)->has_raw_tcb ? sizeof(r)->raw.cpusvn : 0)), \
        sql_int((r)->has_raw_tcb ? (r)->raw.pcesvn : 0)
#define WHERE_WHICH \
    "WHERE queue = ?1 AND qe_id = ?2 AND pce_id = ?3 AND cpusvn = ?4 AND pcesvn = ?5"

static bool check_room(struct sql_kept *kept, const char *registrar, size_t most,
                       struct error *err)
{
    int64_t queued = 0;

    if (!sql_kept_number(kept, "SELECT queued FROM queue_tally WHERE registrar = ?",
                         SQL_VALUES(sql_text(registrar)), &queued, err))
        return false;
    return queued < (int64_t)most
           || error_set(err, ERROR_LIMIT,
                        "%zu of this registrar's platforms wait already: an operator has "
                        "to fetch them first",
                        most);
}

/* What says something new goes to the end, behind any mark that was given out. */
static bool put(struct sql_kept *kept, enum registration_queue queue,
                const struct registration *r, const char *registrar, size_t most,
                int64_t now_s, struct error *err)
{
    struct sql_value encrypted_ppid = sql_blob(r->encrypted_ppid),
                     manifest = sql_blob(r->manifest);
    int64_t same = 0;

    if (!sql_kept_number(kept,
                         "SELECT count(*) FROM registration " WHERE_WHICH
                         " AND encrypted_ppid = ?6 AND manifest = ?7",
                         SQL_VALUES(WHICH(queue, r), encrypted_ppid, manifest), &same,
                         err))
        return false;
    if (same > 0)
        return true;
    return sql_kept_run(kept, "DELETE FROM registration " WHERE_WHICH,
                        SQL_VALUES(WHICH(queue, r)), err)
           && check_room(kept, registrar, most, err)
           && sql_kept_run(
               kept,
               "INSERT INTO registration (queue, qe_id, pce_id, cpusvn, pcesvn, "
               "registrar, queued_s, encrypted_ppid, manifest) VALUES (?, ?, ?, ?, ?, ?, "
               "?, ?, ?)",
               SQL_VALUES(WHICH(queue, r), sql_text(registrar), sql_int(now_s),
                          encrypted_ppid, manifest),
               err);
}

bool store_queue_registration(struct store *store, enum registration_queue queue,
                              const struct registration *registration,
                              const char *registrar, size_t most, int64_t now_s,
                              struct error *err)
{
    if (strlen(registrar) >= PLATFORM_NAME_MAX)
        return error_set(err, ERROR_LIMIT, "queue: registrar is longer than %d",
                         PLATFORM_NAME_MAX - 1);
    bool well = write_begin(store, err);
    if (!well)
        return error_within(err, "queue");
    well = put(&store->kept, queue, registration, registrar, most, now_s, err)
           && write_end(store, err);
    if (!well)
        write_undo(store);
    return well || error_within(err, "queue");
}

bool store_drain_registrations(struct store *store, enum registration_queue queue,
                               int64_t mark, size_t *count, struct error *err)
{
    if (!sql_kept_run(&store->kept,
                      "DELETE FROM registration WHERE mark <= ? AND queue = ?",
                      SQL_VALUES(sql_int(mark), sql_int(queue)), err))
        return error_within(err, "queue");
    *count = (size_t)sqlite3_changes(store->db);
    return true;
}
