/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/amd_sources.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/pem.h"
#include "format/snp_certificate_table.h"
#include "format/snp_report.h"
#include "kit/file.h"
#include "kit/text.h"
#include "thim/platform_rows.h"

enum {
    DEPTH_MAX = 8, /* of directories */
    PATH_BYTES_MAX = 4096,
    ROW_ROOM = 64 * 1024,
    PEM_ROOM = 256 * 1024,
};

/* ---- certificates --------------------------------------------------------------- */

/* What cannot be read as a certificate may still have a name that tells a chip. */
static bool take_by_name(const char *path, const struct error *why,
                         const struct amd_sink *sink, struct error *err)
{
    struct kds_key key;
    struct error ignored = { 0 };

    sink->refused(sink->context, path, 0, why->text);
    if (chip_path_read(bytes_of_text(path), &sink->hint, &key, &ignored))
        return sink->chip(sink->context, &key, err);
    return true;
}

/* With a hint at another TCB the chip is wanted there too. */
static bool want_coming(const struct kds_key *held, const char *path,
                        const struct amd_sink *sink, struct error *err)
{
    struct kds_key key = *held;
    struct error why = { 0 };

    if (!sink->hint.has_tcb || key.vek != VEK_VCEK)
        return true;
    if (tcb_version_read(key.product, sink->hint.tcb_version, &key.tcb, &why))
        return sink->chip(sink->context, &key, err);
    sink->refused(sink->context, path, 0, why.text);
    return true;
}

static bool take_der(struct bytes der, const char *path, const struct amd_sink *sink,
                     struct error *err)
{
    struct x509_certificate certificate;
    struct vcek vcek;
    struct error why = { 0 };

    if (!x509_parse(der, &certificate, &why))
        return take_by_name(path, &why, sink, err);
    if (certificate.is_ca)
        return true; /* an ASK or ARK beside them: the service has its own */
    if (!vcek_parse(&certificate, &vcek, &why))
        return take_by_name(path, &why, sink, err);
    struct kds_key key = kds_key_of(&vcek);
    return sink->certificate(sink->context, der, &key, path, err)
           && want_coming(&key, path, sink, err);
}

static bool take_pem(struct bytes text, const char *path, const struct amd_sink *sink,
                     struct error *err)
{
    struct der_chain chain;
    struct arena arena;
    struct error why = { 0 };
    bool well = true;

    arena_init(&arena, PEM_ROOM);
    if (!pem_chain_read(text, &arena, &chain, &why)) {
        well = take_by_name(path, &why, sink, err);
    } else {
        for (size_t i = 0; well && i < chain.count; i++)
            well = take_der(chain.certificates[i], path, sink, err);
    }
    arena_fini(&arena);
    return well;
}

static bool take_certificate(struct bytes text, const char *path,
                             const struct amd_sink *sink, struct error *err)
{
    return pem_looks_like(text) ? take_pem(text, path, sink, err)
                                : take_der(text, path, sink, err);
}

static bool take_table(struct bytes text, const char *path, const struct amd_sink *sink,
                       struct error *err)
{
    struct snp_certificate_table table;
    struct error why = { 0 };

    if (!snp_certificate_table_read(text, &table, &why)) {
        sink->refused(sink->context, path, 0, why.text);
        return true;
    }
    return (table.vcek.len == 0 || take_certificate(table.vcek, path, sink, err))
           && (table.vlek.len == 0 || take_certificate(table.vlek, path, sink, err));
}

/* ---- reports, lists ------------------------------------------------------------- */

static bool take_report(struct bytes text, const char *path, const struct amd_sink *sink,
                        struct error *err)
{
    struct kds_key key;
    struct error why = { 0 };

    if (chip_report_read(text, &sink->hint, &key, &why))
        return sink->chip(sink->context, &key, err);
    sink->refused(sink->context, path, 0, why.text);
    return true;
}

static bool take_row(const struct rows *rows, const struct row *row, const char *path,
                     const struct amd_sink *sink, struct error *err)
{
    struct kds_key key;
    struct arena arena;
    struct error why = { 0 };

    if (!rows->is_json && chip_line_is_empty(row->text))
        return true;
    arena_init(&arena, ROW_ROOM);
    bool read = rows->is_json
                    ? chip_object_read(row->text, &sink->hint, &arena, &key, &why)
                    : chip_line_read(row->text, &sink->hint, &arena, &key, &why);
    arena_fini(&arena);
    if (read)
        return sink->chip(sink->context, &key, err);
    sink->refused(sink->context, path, row->line, why.text);
    return true;
}

static bool take_rows(struct rows *rows, const char *path, const struct amd_sink *sink,
                      struct error *err)
{
    struct error why = { 0 };

    if (!rows_cut(rows, path, &why)) {
        sink->refused(sink->context, path, 0, why.text);
        return true;
    }
    for (size_t i = 0; i < rows->count; i++)
        if (!take_row(rows, &rows->rows[i], path, sink, err))
            return false;
    return true;
}

/* ---- files ---------------------------------------------------------------------- */

static bool is_der(struct bytes text)
{
    return text.len > 2 && text.at[0] == 0x30 && (text.at[1] & 0x80) != 0;
}

static bool take_file(const char *path, const struct amd_sink *sink, struct error *err)
{
    struct rows rows = { .count = 0 };
    bool well;

    buf_init(&rows.file, ROWS_FILE_MAX);
    if (!file_read(path, &rows.file, err)) {
        if (err->kind == ERROR_NOT_FOUND)
            err->kind = ERROR_FORMAT; /* a file, not a chip */
        buf_fini(&rows.file);
        return false;
    }
    struct bytes text = buf_bytes(&rows.file);
    if (pem_looks_like(text) || is_der(text))
        well = take_certificate(text, path, sink, err);
    else if (snp_certificate_table_looks_like(text))
        well = take_table(text, path, sink, err);
    else if (text.len == SNP_REPORT_LEN && memchr(text.at, 0, text.len) != NULL)
        well = take_report(text, path, sink, err);
    else
        well = take_rows(&rows, path, sink, err);
    rows_fini(&rows);
    return well;
}

/* ---- directories ---------------------------------------------------------------- */

static bool take_path(const char *path, unsigned depth, const struct amd_sink *sink,
                      struct error *err);

static bool take_entry(const char *directory, const char *name, unsigned depth,
                       const struct amd_sink *sink, struct error *err)
{
    char path[PATH_BYTES_MAX];

    if (name[0] == '.')
        return true;
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return error_set(err, ERROR_LIMIT, "%s: the path is too long",
                         safe_string(directory).s);
    return take_path(path, depth + 1, sink, err);
}

static bool take_directory(const char *path, unsigned depth, const struct amd_sink *sink,
                           struct error *err)
{
    struct dirent **names;
    bool well = true;

    if (depth > DEPTH_MAX)
        return error_set(err, ERROR_LIMIT, "%s: more than %d directories deep",
                         safe_string(path).s, DEPTH_MAX);
    int count = scandir(path, &names, NULL, alphasort);
    if (count < 0)
        return error_set(err, ERROR_SYSTEM, "%s: %s", safe_string(path).s,
                         strerror(errno));
    for (int i = 0; i < count; i++) {
        well = well && take_entry(path, names[i]->d_name, depth, sink, err);
        free(names[i]);
    }
    free(names);
    return well;
}

static bool take_path(const char *path, unsigned depth, const struct amd_sink *sink,
                      struct error *err)
{
    struct stat found;

    if (strcmp(path, "-") == 0)
        return take_file(path, sink, err);
    if (stat(path, &found) != 0)
        return error_set(err, ERROR_FORMAT, "%s: %s", safe_string(path).s,
                         strerror(errno));
    return S_ISDIR(found.st_mode) ? take_directory(path, depth, sink, err)
                                  : take_file(path, sink, err);
}

bool amd_sources_read(const char *path, const struct amd_sink *sink, struct error *err)
{
    return take_path(path, 0, sink, err);
}
