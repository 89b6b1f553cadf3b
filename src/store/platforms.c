/* SPDX-License-Identifier: Apache-2.0 */
#include "store/platforms.h"

#include <stdio.h>

#include "kit/crypto.h"
#include "store/platform_rows.h"
#include "store/store_parts.h"

const char *platform_bound_by_name(enum platform_bound_by by)
{
    switch (by) {
    case BOUND_BY_ASKING:
        return "asking";
    case BOUND_BY_IMPORT:
        return "import";
    case BOUND_BY_TOKEN:
        return "token";
    case BOUND_BY_OPERATOR:
        return "operator";
    }
    return "nobody";
}

void platform_locator(uint16_t pce_id, struct bytes encrypted_ppid, struct bytes manifest,
                      uint8_t out[32])
{
    struct bytes asked_with = manifest.len > 0 ? manifest : encrypted_ppid;
    uint8_t head[2] = { (uint8_t)pce_id, (uint8_t)(pce_id >> 8) };
    struct sha256 digest = { 0 };
    struct buf text;

    if (asked_with.len > 0) {
        buf_init(&text, sizeof head + MANIFEST_MAX);
        buf_add(&text, bytes_of(head, sizeof head));
        buf_add(&text, asked_with);
        digest = sha256(buf_bytes(&text));
        buf_fini(&text);
    }
    memcpy(out, digest.digest, SHA256_LEN);
}

bool store_platform_failed(struct store *store, int64_t platform, const char *why,
                           int64_t due_s, struct error *err)
{
    char kept_why[PLATFORM_WHY_MAX];

    snprintf(kept_why, sizeof kept_why, "%s", why);
    return sql_kept_run(&store->kept,
                        "UPDATE platform SET failures = min(failures + 1, 4294967295), "
                        "why = ?, due_s = ? WHERE platform = ?",
                        SQL_VALUES(sql_text(kept_why), sql_int(due_s), sql_int(platform)),
                        err)
           || error_within(err, "platform");
}

/* ---- sightings ----------------------------------------------------------------------
 */

static bool see(struct store *store, const struct platform_sighting *sighting,
                struct error *err)
{
    struct sql_value platform = sql_int(sighting->platform);
    int64_t last_seen_s = INT64_MIN;
    bool is_new;

    if (!sql_kept_number(&store->kept,
                         "SELECT last_seen_s FROM platform WHERE platform = ?", &platform,
                         1, &last_seen_s, err))
        return false;
    if (last_seen_s == INT64_MIN) /* it has been forgotten meanwhile */
        return true;
    if (last_seen_s < sighting->seen_s
        && !sql_kept_run(&store->kept,
                         "UPDATE platform SET last_seen_s = ? WHERE platform = ?",
                         SQL_VALUES(sql_int(sighting->seen_s), platform), err))
        return false;
    return platform_raw_tcb_see(&store->kept, sighting->platform, &sighting->raw, false,
                                sighting->seen_s, &is_new, err);
}

bool store_platforms_seen(struct store *store, const struct platform_sighting *sightings,
                          size_t count, struct error *err)
{
    bool well = write_begin(store, err);

    if (!well)
        return error_within(err, "sightings");
    for (size_t i = 0; well && i < count; i++)
        well = see(store, &sightings[i], err);
    well = well && write_end(store, err);
    if (!well)
        write_undo(store);
    return well || error_within(err, "sightings");
}

/* ---- forgetting, and asking again ---------------------------------------------------
 */

/* Its certificates and all else that belongs to it go by the schema's triggers. */
static bool forget(struct store *store, const struct platform_name *name, bool *found,
                   struct error *err)
{
    struct sql_kept *kept = &store->kept;

    if (!sql_kept_run(kept, "DELETE FROM platform WHERE qe_id = ? AND pce_id = ?",
                      SQL_VALUES(sql_text(name->qe_id), sql_int(name->pce_id)), err))
        return false;
    *found = sqlite3_changes(kept->db) > 0;
    return sql_kept_run(kept, "DELETE FROM registration WHERE qe_id = ? AND pce_id = ?",
                        SQL_VALUES(sql_text(name->qe_id), sql_int(name->pce_id)), err);
}

bool store_forget_platform(struct store *store, const struct platform_name *name,
                           bool *found, struct error *err)
{
    bool well = write_begin(store, err);

    if (!well)
        return error_within(err, "platform");
    well = forget(store, name, found, err) && write_end(store, err);
    if (!well)
        write_undo(store);
    return well || error_within(err, "platform");
}

bool store_platforms_due(struct store *store, const uint8_t *fmspc, int64_t moment_s,
                         struct error *err)
{
    return sql_kept_run(&store->kept,
                        "INSERT INTO recall (fmspc, until_s) VALUES (?1, max(?2, "
                        "coalesce((SELECT max(until_s) + 1 FROM recall WHERE until_s "
                        "BETWEEN ?2 AND ?2 + ?3), 0))) ON CONFLICT (fmspc) DO UPDATE SET "
                        "until_s = max(until_s, excluded.until_s)",
                        SQL_VALUES(sql_blob(bytes_of(fmspc, fmspc == NULL ? 0 : 6)),
                                   sql_int(moment_s), sql_int(PLATFORM_RECALL_NEAR_S)),
                        err)
           || error_within(err, "platforms that are due");
}
