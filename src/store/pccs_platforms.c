/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pck_list.h"
#include "format/platform_bundle.h"
#include "kit/text.h"
#include "store/pccs_parts.h"

enum { COLUMN_QE_ID, COLUMN_PCE_ID, COLUMN_ENC_PPID, COLUMN_MANIFEST };

#define PLATFORMS                                                       \
    "SELECT qe_id, pce_id, enc_ppid, platform_manifest FROM platforms " \
    "ORDER BY qe_id, pce_id"

/* A name's hex digits without its quotes. */
static bool add_name(struct buf *out, const struct sql_rows *rows)
{
    buf_add_text(out, "\"qe_id\":\"");
    bool well = pccs_add_digits(out, sql_row_bytes(rows, COLUMN_QE_ID), 1, QE_ID_MAX);
    buf_add_text(out, "\",\"pce_id\":\"");
    well = well && pccs_add_digits(out, sql_row_bytes(rows, COLUMN_PCE_ID), 4, 4);
    buf_add_text(out, "\"");
    return well;
}

/* What it is asked for with; a value of another length than it can have is left empty,
 * and told of once. */
static void add_asking(struct pccs_reading *r, struct buf *out,
                       const struct sql_rows *rows, bool tells)
{
    const struct {
        const char *member;
        int column;
        size_t least, most;
    } parts[] = {
        { "enc_ppid", COLUMN_ENC_PPID, ENCRYPTED_PPID_LEN, ENCRYPTED_PPID_LEN },
        { "platform_manifest", COLUMN_MANIFEST, MANIFEST_LEAST, MANIFEST_MAX },
    };
    struct buf digits;

    buf_init(&digits, (size_t)1 << 20);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buf_clear(&digits);
        pccs_add_hex(&digits, sql_row_bytes(rows, parts[i].column));
        bool fits = !digits.failed && digits.len >= 2 * parts[i].least
                    && digits.len <= 2 * parts[i].most;
        if (tells && !fits && (digits.len > 0 || digits.failed))
            pccs_odd(r, sql_row_bytes(rows, COLUMN_QE_ID),
                     i == 0 ? "its encrypted PPID has another length than it can have"
                            : "its manifest has another length than it can have");
        buf_addf(out, ",\"%s\":\"", parts[i].member);
        buf_add(out, fits ? buf_bytes(&digits) : bytes_of("", 0));
        buf_add_text(out, "\"");
    }
    buf_fini(&digits);
}

/* ---- "platforms" --------------------------------------------------------------------
 */

static struct sql_rows ask_about(struct pccs_reading *r, const char *question,
                                 const struct sql_rows *platform)
{
    struct sql_value name[] = {
        { .type = SQL_TEXT, .bytes = sql_row_bytes(platform, COLUMN_QE_ID) },
        { .type = SQL_TEXT, .bytes = sql_row_bytes(platform, COLUMN_PCE_ID) },
    };

    return sql_kept_ask(&r->kept, question, name, COUNT_OF(name));
}

/* The members cpu_svn and pce_svn of a row; false where it has none that can be. */
static bool add_raw_tcb(struct buf *out, const struct sql_rows *rows)
{
    buf_add_text(out, ",\"cpu_svn\":\"");
    bool well = pccs_add_digits(out, sql_row_bytes(rows, 0), 32, 32);
    buf_add_text(out, "\",\"pce_svn\":\"");
    well = well && pccs_add_digits(out, sql_row_bytes(rows, 1), 4, 4);
    buf_add_text(out, "\"");
    return well;
}

/* One entry for each raw TCB, or one without; what it is asked for with stands in the
 * first. */
static bool write_entries(struct pccs_reading *r, const struct sql_rows *platform,
                          struct bytes name, struct bytes asking, bool *is_first)
{
    struct sql_rows rows = ask_about(
        r, "SELECT cpu_svn, pce_svn FROM platform_tcbs WHERE qe_id = ? AND pce_id = ?",
        platform);
    bool well = true, is_alone = true, more = sql_next(&rows);
    struct buf raw;

    buf_init(&raw, 1024);
    do {
        buf_clear(&raw);
        if (more && !add_raw_tcb(&raw, &rows)) {
            pccs_odd(r, sql_row_bytes(platform, COLUMN_QE_ID),
                     "a raw TCB of it is no hex of the right length");
            buf_clear(&raw);
        }
        if (is_alone || raw.len > 0) {
            pccs_separate(r, is_first);
            buf_add_text(&r->piece, "{");
            buf_add(&r->piece, name);
            buf_add(&r->piece, is_alone ? asking : bytes_of("", 0));
            buf_add(&r->piece, buf_bytes(&raw));
            buf_add_text(&r->piece, "}");
            is_alone = false;
        }
        well = pccs_flush(r, false);
        more = well && more && sql_next(&rows);
    } while (more);
    buf_fini(&raw);
    return sql_end(&rows, well ? r->err : NULL) && well;
}

static bool write_platform(struct pccs_reading *r, const struct sql_rows *rows,
                           bool *is_first)
{
    struct buf name, asking;
    bool well = true;

    buf_init(&name, 1024);
    buf_init(&asking, (size_t)1 << 20);
    if (!add_name(&name, rows)) {
        pccs_odd(r, sql_row_bytes(rows, COLUMN_QE_ID),
                 "its QE ID or PCE-ID is no hex of the right length");
    } else {
        add_asking(r, &asking, rows, true);
        r->counts->platforms++;
        well = write_entries(r, rows, buf_bytes(&name), buf_bytes(&asking), is_first);
    }
    buf_fini(&asking);
    buf_fini(&name);
    return well;
}

bool pccs_write_platforms(struct pccs_reading *r)
{
    struct sql_rows rows = sql_ask(r->kept.db, PLATFORMS, SQL_NO_VALUES);
    bool well = true, is_first = true;

    buf_add_text(&r->piece, "\"platforms\":[");
    while (well && sql_next(&rows)) {
        if (r->counts->platforms == BUNDLE_PLATFORMS_MAX)
            well = error_set(r->err, ERROR_LIMIT, "more than %d platforms",
                             BUNDLE_PLATFORMS_MAX);
        else
            well = write_platform(r, &rows, &is_first);
    }
    buf_add_text(&r->piece, "]");
    return sql_end(&rows, well ? r->err : NULL) && well;
}

/* ---- "pck_certs" --------------------------------------------------------------------
 */

/* The TCB's components can't be had from its TCBm; readers take them from the
 * certificate. */
static bool add_pck(struct buf *out, const struct sql_rows *rows)
{
    struct bytes certificate = sql_row_bytes(rows, 1);
    struct buf pem;

    buf_add_text(out, "{\"tcbm\":\"");
    bool well = pccs_add_digits(out, sql_row_bytes(rows, 0), 2 * (size_t)TCBM_LEN,
                                2 * (size_t)TCBM_LEN);
    buf_add_text(out, "\",\"cert\":\"");
    buf_init(&pem, (size_t)1 << 20);
    if (bytes_equal_text(certificate, "Not available"))
        buf_add(out, certificate);
    else
        well = well && pccs_add_certificate(&pem, certificate);
    percent_add(out, buf_bytes(&pem));
    buf_fini(&pem);
    buf_add_text(out, "\"}");
    return well && !out->failed;
}

static bool write_list(struct pccs_reading *r, const struct sql_rows *platform)
{
    struct sql_rows rows = ask_about(r,
                                     "SELECT tcbm, pck_cert FROM pck_cert WHERE qe_id = "
                                     "? AND pce_id = ? ORDER BY tcbm",
                                     platform);
    bool well = true, is_first = true;
    struct buf pck;

    buf_init(&pck, (size_t)1 << 20);
    while (well && sql_next(&rows)) {
        buf_clear(&pck);
        if (add_pck(&pck, &rows)) {
            pccs_separate(r, &is_first);
            buf_add(&r->piece, buf_bytes(&pck));
            r->counts->pcks++;
        } else {
            pccs_odd(r, sql_row_bytes(platform, COLUMN_QE_ID),
                     "a PCK certificate of it, or its TCBm, can't be read");
        }
        well = pccs_flush(r, false);
    }
    buf_fini(&pck);
    return sql_end(&rows, well ? r->err : NULL) && well;
}

static bool has_pcks(struct pccs_reading *r, const struct sql_rows *platform)
{
    struct sql_rows rows = ask_about(
        r, "SELECT 1 FROM pck_cert WHERE qe_id = ? AND pce_id = ? LIMIT 1", platform);
    bool has = sql_next(&rows);

    return sql_end(&rows, NULL) && has;
}

static bool write_pcks_of(struct pccs_reading *r, const struct sql_rows *rows,
                          bool *is_first)
{
    struct buf head;

    buf_init(&head, (size_t)1 << 20);
    bool is_wanted = add_name(&head, rows) && has_pcks(r, rows);
    if (is_wanted) {
        add_asking(r, &head, rows, false);
        pccs_separate(r, is_first);
        buf_add_text(&r->piece, "{");
        buf_add(&r->piece, buf_bytes(&head));
        buf_add_text(&r->piece, ",\"certs\":[");
    }
    bool well = !is_wanted || write_list(r, rows);
    if (is_wanted)
        buf_add_text(&r->piece, "]}");
    buf_fini(&head);
    return well;
}

static bool tell_of_strays(struct pccs_reading *r)
{
    struct sql_rows rows =
        sql_ask(r->kept.db,
                "SELECT DISTINCT qe_id FROM pck_cert WHERE NOT EXISTS (SELECT 1 FROM "
                "platforms WHERE platforms.qe_id = pck_cert.qe_id AND platforms.pce_id = "
                "pck_cert.pce_id) LIMIT 1000",
                SQL_NO_VALUES);

    while (sql_next(&rows))
        pccs_odd(r, sql_row_bytes(&rows, 0),
                 "PCK certificates of a platform that is not there");
    return sql_end(&rows, r->err);
}

bool pccs_write_pcks(struct pccs_reading *r)
{
    struct sql_rows rows = sql_ask(r->kept.db, PLATFORMS, SQL_NO_VALUES);
    bool well = true, is_first = true;

    buf_add_text(&r->piece, "\"pck_certs\":[");
    while (well && sql_next(&rows))
        well = write_pcks_of(r, &rows, &is_first) && pccs_flush(r, false);
    buf_add_text(&r->piece, "]");
    return sql_end(&rows, well ? r->err : NULL) && well && tell_of_strays(r);
}
