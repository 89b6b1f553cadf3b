/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pccs_file.h"

#include <stdio.h>
#include <unistd.h>

#include "format/pem.h"
#include "format/platform_bundle.h"
#include "kit/text.h"
#include "store/pccs_parts.h"

enum {
    PIECE_MAX = 8 * 1024 * 1024,
    PIECE_LARGE = 64 * 1024,
    PAGES_MAX = 8 * 1024 * 1024
};
enum { ROOT_CERTIFICATE = 1, PROCESSOR_CA, TCB_SIGNING, PLATFORM_CA }; /* their ids */

/* ---- what both halves need ----------------------------------------------------------
 */

bool pccs_flush(struct pccs_reading *r, bool all)
{
    if (r->piece.failed)
        return error_set(r->err, ERROR_LIMIT, "one row fills more than %d bytes",
                         PIECE_MAX);
    if (r->piece.len == 0 || (!all && r->piece.len < PIECE_LARGE))
        return true;
    r->written += r->piece.len;
    if (r->written > BUNDLE_BYTES_MAX)
        return error_set(r->err, ERROR_LIMIT,
                         "it is more than a bundle can hold (%zu bytes)",
                         (size_t)BUNDLE_BYTES_MAX);
    bool well = r->out(r->context, buf_bytes(&r->piece), r->err);
    buf_clear(&r->piece);
    return well;
}

void pccs_odd(struct pccs_reading *r, struct bytes which, const char *what)
{
    char text[ERROR_TEXT_MAX];

    r->counts->odd++;
    snprintf(text, sizeof text, "%s: %s", safe(which).s, what);
    if (r->odd != NULL)
        r->odd(r->context, text);
}

void pccs_separate(struct pccs_reading *r, bool *is_first)
{
    if (!*is_first)
        buf_add_text(&r->piece, ",");
    *is_first = false;
}

/* A real table: what a view or a virtual table does is anybody's guess. */
static bool is_table(struct pccs_reading *r, const char *name)
{
    int64_t count = 0;

    return sql_number(r->kept.db,
                      "SELECT count(*) FROM sqlite_schema WHERE name = ? AND type = "
                      "'table' AND sql NOT LIKE 'CREATE VIRTUAL%'",
                      SQL_VALUES(sql_text(name)), &count, NULL)
           && count == 1;
}

static bool has_column(struct pccs_reading *r, const char *table, const char *column)
{
    int64_t count = 0;

    return sql_number(r->kept.db,
                      "SELECT count(*) FROM pragma_table_info(?) WHERE name = ?",
                      SQL_VALUES(sql_text(table), sql_text(column)), &count, NULL)
           && count == 1;
}

/* ---- the documents ------------------------------------------------------------------
 */

/* Rows of (what it is of, kind, whether early, the newest version first, the document)
 * out of a table that had fewer columns once. */
static struct sql_rows ask_documents(struct pccs_reading *r, const char *table,
                                     const char *of, const char *kind, const char *body)
{
    char question[512];

    snprintf(question, sizeof question,
             "SELECT %s, %s, %s, %s FROM %s ORDER BY 1, 2, 3, %s DESC", of,
             has_column(r, table, kind) ? kind : "0",
             has_column(r, table, "update_type") ? "upper(update_type) = 'EARLY'" : "0",
             body, table, has_column(r, table, "version") ? "version" : "1");
    return sql_ask(r->kept.db, question, SQL_NO_VALUES);
}

struct tcb_infos { /* the walk over fmspc_tcbs */
    char fmspc[13];
    bool is_first, is_first_member;
    int64_t last_kind, last_early;
};

static void begin_fmspc(struct pccs_reading *r, struct tcb_infos *at, struct bytes fmspc)
{
    if (at->fmspc[0] != 0)
        buf_add_text(&r->piece, "}");
    pccs_separate(r, &at->is_first);
    snprintf(at->fmspc, sizeof at->fmspc, "%.*s", (int)fmspc.len, (const char *)fmspc.at);
    buf_addf(&r->piece, "{\"fmspc\":\"%s\"", at->fmspc);
    at->last_kind = at->last_early = -1;
}

static void add_tcb_info(struct pccs_reading *r, struct tcb_infos *at,
                         const struct sql_rows *rows, struct bytes fmspc)
{
    int64_t kind = sql_row_int(rows, 1), early = sql_row_int(rows, 2);
    bool is_same = bytes_equal_text(fmspc, at->fmspc);
    struct buf document;

    if (is_same && kind == at->last_kind && early == at->last_early)
        return; /* an older form of the same */
    buf_init(&document, (size_t)2 << 20);
    if ((kind != 0 && kind != 1) || !pccs_add_document(&document, sql_row_bytes(rows, 3))
        || document.failed) {
        pccs_odd(r, fmspc, "its TCB info is no signed document");
    } else {
        if (!is_same)
            begin_fmspc(r, at, fmspc);
        buf_addf(&r->piece, ",\"%s_tcbinfo%s\":", kind == 0 ? "sgx" : "tdx",
                 early == 0 ? "" : "_early");
        buf_add(&r->piece, buf_bytes(&document));
        at->last_kind = kind;
        at->last_early = early;
        r->counts->tcb_infos++;
    }
    buf_fini(&document);
}

static bool write_tcb_infos(struct pccs_reading *r)
{
    struct sql_rows rows =
        ask_documents(r, "fmspc_tcbs", "lower(fmspc)", "type", "tcbinfo");
    struct tcb_infos at = { .is_first = true };
    bool well = true;

    buf_add_text(&r->piece, ",\"tcbinfos\":[");
    while (well && sql_next(&rows)) {
        uint8_t fmspc[6];
        struct bytes text = sql_row_bytes(&rows, 0);
        if (hex_read(text, fmspc, sizeof fmspc))
            add_tcb_info(r, &at, &rows, text);
        else
            pccs_odd(r, text, "a TCB info of no FMSPC");
        well = pccs_flush(r, false);
    }
    buf_add_text(&r->piece, at.fmspc[0] == 0 ? "]" : "}]");
    return sql_end(&rows, well ? r->err : NULL) && well;
}

static void add_identity(struct pccs_reading *r, const struct sql_rows *rows,
                         bool written[3][2])
{
    static const char *const members[] = { "qeidentity", "qveidentity", "tdqeidentity" };
    int64_t id = sql_row_int(rows, 0) - 1;
    bool early = sql_row_int(rows, 2) != 0;
    struct buf document;

    buf_init(&document, (size_t)2 << 20);
    if (id < 0 || id > 2 || !pccs_add_document(&document, sql_row_bytes(rows, 3))
        || document.failed) {
        pccs_odd(r, sql_row_bytes(rows, 0), "an enclave identity is no signed document");
    } else if (!written[id][early]) {
        buf_addf(&r->piece, ",\"%s%s\":", members[id], early ? "_early" : "");
        pccs_add_string(&r->piece, buf_bytes(&document));
        written[id][early] = true;
        r->counts->identities++;
    }
    buf_fini(&document);
}

static bool write_identities(struct pccs_reading *r)
{
    bool written[3][2] = { { false } };

    if (!is_table(r, "enclave_identities"))
        return true;
    struct sql_rows rows = ask_documents(r, "enclave_identities", "id", "id", "identity");
    while (sql_next(&rows))
        add_identity(r, &rows, written);
    return sql_end(&rows, r->err);
}

/* ---- lists and chains ---------------------------------------------------------------
 */

static bool add_crl(struct pccs_reading *r, const char *before, struct bytes value,
                    struct bytes which)
{
    struct buf crl;

    buf_init(&crl, (size_t)2 << 20);
    bool well = pccs_add_crl(&crl, value) && !crl.failed;
    if (well) {
        buf_addf(&r->piece, "%s\"", before);
        buf_add(&r->piece, buf_bytes(&crl));
        buf_add_text(&r->piece, "\"");
        r->counts->crls++;
    } else {
        pccs_odd(r, which, "its CRL is none");
    }
    buf_fini(&crl);
    return well;
}

static bool write_pck_crls(struct pccs_reading *r)
{
    struct sql_rows rows = sql_ask(
        r->kept.db, "SELECT upper(ca), pck_crl FROM pck_crl ORDER BY 1", SQL_NO_VALUES);
    bool is_first = true;

    buf_add_text(&r->piece, ",\"pckcacrl\":{");
    while (sql_next(&rows)) {
        struct bytes ca = sql_row_bytes(&rows, 0);
        bool is_platform = bytes_equal_text(ca, "PLATFORM");
        char before[32];
        snprintf(before, sizeof before, "%s\"%sCrl\":", is_first ? "" : ",",
                 is_platform ? "platform" : "processor");
        if (!is_platform && !bytes_equal_text(ca, "PROCESSOR"))
            pccs_odd(r, ca, "a PCK CRL of no CA");
        else if (add_crl(r, before, sql_row_bytes(&rows, 1), ca))
            is_first = false;
    }
    buf_add_text(&r->piece, "}");
    return sql_end(&rows, r->err);
}

/* Where the root certificate's row has none, what was cached by its address. */
static bool write_root_crl(struct pccs_reading *r)
{
    bool has_cache = is_table(r, "crl_cache");
    struct sql_rows rows =
        sql_ask(r->kept.db,
                has_cache ? "SELECT crl FROM pcs_certificates WHERE id = 1 AND "
                            "length(crl) > 0 UNION ALL SELECT crl FROM crl_cache WHERE "
                            "cdp_url LIKE '%IntelSGXRootCA%' AND length(crl) > 0"
                          : "SELECT crl FROM pcs_certificates WHERE id = 1 AND "
                            "length(crl) > 0",
                SQL_NO_VALUES);
    bool done = false;

    while (!done && sql_next(&rows))
        done = add_crl(r, ",\"rootcacrl\":", sql_row_bytes(&rows, 0),
                       bytes_of_text("root CA"));
    return sql_end(&rows, r->err);
}

static bool add_certificate(struct pccs_reading *r, struct buf *out, int id)
{
    struct sql_rows rows =
        sql_kept_ask(&r->kept, "SELECT cert FROM pcs_certificates WHERE id = ?",
                     SQL_VALUES(sql_int(id)));
    bool there = sql_next(&rows) && sql_row_bytes(&rows, 0).len > 0;
    bool well = there && pccs_add_certificate(out, sql_row_bytes(&rows, 0));

    if (there && !well)
        pccs_odd(r, bytes_of_text("pcs_certificates"),
                 "a CA's certificate can't be read");
    return sql_end(&rows, NULL) && well;
}

/* "name": the chain of these two, where both are there. */
static void add_chain(struct pccs_reading *r, const char *name, int id, bool *is_first)
{
    struct buf chain;

    buf_init(&chain, (size_t)1 << 20);
    if (add_certificate(r, &chain, id) && add_certificate(r, &chain, ROOT_CERTIFICATE)) {
        pccs_separate(r, is_first);
        buf_addf(&r->piece, "\"%s\":\"", name);
        percent_add(&r->piece, buf_bytes(&chain));
        buf_add_text(&r->piece, "\"");
    }
    buf_fini(&chain);
}

static void write_chains(struct pccs_reading *r)
{
    bool is_first = true;

    buf_add_text(&r->piece, ",\"certificates\":{\"SGX-PCK-Certificate-Issuer-Chain\":{");
    add_chain(r, "PROCESSOR", PROCESSOR_CA, &is_first);
    add_chain(r, "PLATFORM", PLATFORM_CA, &is_first);
    buf_add_text(&r->piece, "}");
    is_first = false;
    add_chain(r, "TCB-Info-Issuer-Chain", TCB_SIGNING, &is_first);
    add_chain(r, "SGX-Enclave-Identity-Issuer-Chain", TCB_SIGNING, &is_first);
    buf_add_text(&r->piece, "}");
}

/* ---- the file -----------------------------------------------------------------------
 */

static bool check_table(struct pccs_reading *r, const char *table, const char *columns)
{
    char column[32];

    if (!is_table(r, table))
        return error_set(r->err, ERROR_FORMAT,
                         "it is no PCCS's database: it has no table \"%s\"", table);
    while (*columns != 0) {
        size_t len = strcspn(columns, " ");
        snprintf(column, sizeof column, "%.*s", (int)len, columns);
        if (!has_column(r, table, column))
            return error_set(r->err, ERROR_FORMAT,
                             "it is no PCCS's database: table \"%s\" has no \"%s\"",
                             table, column);
        columns += len + (columns[len] == ' ');
    }
    return true;
}

static bool check_tables(struct pccs_reading *r)
{
    static const struct {
        const char *table, *columns;
    } tables[] = {
        { "platforms", "qe_id pce_id enc_ppid platform_manifest" },
        { "platform_tcbs", "qe_id pce_id cpu_svn pce_svn" },
        { "pck_cert", "qe_id pce_id tcbm pck_cert" },
        { "pcs_certificates", "id cert crl" },
        { "pck_crl", "ca pck_crl" },
        { "fmspc_tcbs", "fmspc tcbinfo" },
    };

    for (size_t i = 0; i < COUNT_OF(tables); i++)
        if (!check_table(r, tables[i].table, tables[i].columns))
            return false;
    return true;
}

static bool write_bundle(struct pccs_reading *r)
{
    buf_add_text(&r->piece, "{");
    if (!pccs_write_platforms(r))
        return false;
    buf_add_text(&r->piece, ",\"collaterals\":{\"version\":4,");
    if (!pccs_write_pcks(r) || !write_tcb_infos(r) || !write_pck_crls(r)
        || !write_identities(r))
        return false;
    write_chains(r);
    if (!write_root_crl(r))
        return false;
    buf_add_text(&r->piece, "}}\n");
    return pccs_flush(r, true);
}

/* A journal beside it that only a writer could settle (PCCS was killed, or the file was
 * copied while it ran): then the file is read as it lies there. */
static bool connect_to(struct pccs_reading *r, const char *path)
{
    struct error why = { 0 };

    if (sql_connect(path, SQL_READ, PAGES_MAX, &r->kept.db, &why)
        && sql_exec(r->kept.db, "BEGIN; SELECT count(*) FROM sqlite_schema", &why))
        return true;
    int status = sqlite3_errcode(r->kept.db) & 0xff;
    if (status != SQLITE_READONLY && status != SQLITE_CANTOPEN)
        return error_set(r->err, why.kind, "%s", why.text);
    sqlite3_close(r->kept.db);
    r->kept.db = NULL;
    pccs_odd(r, bytes_of_text("its journal"),
             "it can't be read without changing the file: stop PCCS first, or go by what "
             "the file had before");
    return sql_connect(path, SQL_READ_STILL, PAGES_MAX, &r->kept.db, r->err)
           && sql_exec(r->kept.db, "BEGIN", r->err);
}

bool pccs_file_to_bundle(const char *path,
                         bool (*out)(void *context, struct bytes piece,
                                     struct error *err),
                         void (*odd)(void *context, const char *what), void *context,
                         struct pccs_counts *counts, struct error *err)
{
    struct pccs_reading r = {
        .out = out, .odd = odd, .context = context, .counts = counts, .err = err
    };

    *counts = (struct pccs_counts){ .platforms = 0 };
    if (access(path, F_OK) != 0)
        return error_set(err, ERROR_NOT_FOUND, "%s: there is no such file",
                         safe_string(path).s);
    buf_init(&r.piece, PIECE_MAX);
    bool well = connect_to(&r, path) && check_tables(&r) && write_bundle(&r);
    buf_fini(&r.piece);
    sql_kept_close(&r.kept);
    sqlite3_close(r.kept.db);
    return well || error_within(err, "%s", safe_string(path).s);
}
