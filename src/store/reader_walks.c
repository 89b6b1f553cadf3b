/* SPDX-License-Identifier: Apache-2.0 */
/* What readers see beside platforms: the queue, default policies, the audit. */
#include "kit/crypto.h"
#include "kit/log.h"
#include "kit/text.h"
#include "store/audit.h"
#include "store/policies.h"
#include "store/reader_parts.h"

/* ---- the queue ----------------------------------------------------------------------
 */

static bool read_registration(const struct sql_rows *rows, struct registration *out)
{
    *out = (struct registration){
        .name.pce_id = (uint16_t)sql_row_int(rows, 2),
        .has_raw_tcb = sql_row_bytes(rows, 3).len > 0,
        .raw.pcesvn = (uint16_t)sql_row_int(rows, 4),
        .encrypted_ppid = sql_row_bytes(rows, 5),
        .manifest = sql_row_bytes(rows, 6),
    };
    return sql_row_text(rows, 1, out->name.qe_id, sizeof out->name.qe_id)
           && (!out->has_raw_tcb
               || sql_row_copy(rows, 3, out->raw.cpusvn, sizeof out->raw.cpusvn));
}

bool registrations_walk(struct platform_reader *reader, enum registration_queue queue,
                        bool (*visit)(void *context, int64_t mark,
                                      const struct registration *registration),
                        void *context, struct error *err)
{
    struct sql_rows rows =
        sql_kept_ask(&reader->kept,
                     "SELECT mark, qe_id, pce_id, cpusvn, pcesvn, encrypted_ppid, "
                     "manifest FROM registration WHERE queue = ? ORDER BY mark",
                     SQL_VALUES(sql_int(queue)));
    struct registration registration;
    bool goes_on = true;

    while (goes_on && sql_next(&rows))
        if (read_registration(&rows, &registration))
            goes_on = visit(context, sql_row_int(&rows, 0), &registration);
        else
            log_event(LOG_ERROR, "store", "left out registration=%lld why=\"damaged\"",
                      (long long)sql_row_int(&rows, 0));
    return sql_end(&rows, err) || error_within(err, "queue");
}

/* ---- policies -----------------------------------------------------------------------
 */

static bool has_its_digest(const struct sql_rows *rows)
{
    struct sha384 digest = sha384(sql_row_bytes(rows, 1));

    return bytes_equal(sql_row_bytes(rows, 0), bytes_of(digest.digest, SHA384_LEN));
}

bool policies_walk(struct platform_reader *reader, const uint8_t fmspc[6],
                   bool (*visit)(void *context, struct bytes jws), void *context,
                   struct error *err)
{
    struct sql_rows rows =
        sql_kept_ask(&reader->kept,
                     "SELECT id, jws FROM policy WHERE fmspc = ? AND is_default = 1 "
                     "ORDER BY (tees & ?) = 0",
                     SQL_VALUES(sql_blob(bytes_of(fmspc, 6)), sql_int(POLICY_SGX)));
    bool goes_on = true;

    while (goes_on && sql_next(&rows))
        if (has_its_digest(&rows))
            goes_on = visit(context, sql_row_bytes(&rows, 1));
        else
            log_event(LOG_ERROR, "store",
                      "left out policy of fmspc=%s why=\"its text "
                      "does not have the digest that it is kept under\"",
                      hex(fmspc, 6).s);
    return sql_end(&rows, err) || error_within(err, "policies");
}

/* ---- the audit ----------------------------------------------------------------------
 */

enum { AUDIT_TEXTS = 5 };

static bool visit_entry(const struct sql_rows *rows,
                        bool (*visit)(void *context, const struct audit_entry *entry),
                        void *context)
{
    struct safe_text texts[AUDIT_TEXTS]; /* somebody else may have written there */

    for (int i = 0; i < AUDIT_TEXTS; i++)
        texts[i] = safe(sql_row_bytes(rows, i + 1));
    struct audit_entry entry = {
        .at_s = sql_row_int(rows, 0),
        .who = texts[0].s,
        .from = texts[1].s,
        .what = texts[2].s,
        .subject = texts[3].s,
        .outcome = texts[4].s,
    };
    return visit(context, &entry);
}

bool audit_walk(struct platform_reader *reader, size_t most,
                bool (*visit)(void *context, const struct audit_entry *entry),
                void *context, struct error *err)
{
    struct sql_rows rows = sql_kept_ask(
        &reader->kept,
        "SELECT at_s, who, origin, what, subject, outcome FROM audit ORDER BY entry DESC "
        "LIMIT ?",
        SQL_VALUES(sql_int(most > AUDIT_KEPT ? AUDIT_KEPT : (int64_t)most)));

    while (sql_next(&rows) && visit_entry(&rows, visit, context))
        ;
    return sql_end(&rows, err) || error_within(err, "audit");
}
