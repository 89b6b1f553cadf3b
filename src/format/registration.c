/* SPDX-License-Identifier: Apache-2.0 */
#include "format/registration.h"

#include "format/json_fields.h"
#include "kit/text.h"

enum { CPUSVN_LEN = 16, SHOWN = 40, CSV_FIELDS_LEAST = 5, CSV_FIELDS_MAX = 6 };

static bool not_hex(struct bytes text, const char *what, size_t digits, struct error *err)
{
    return error_set(err, ERROR_FORMAT, "%s: \"%s\" is not %zu hex digits", what,
                     safe(bytes_first(text, SHOWN)).s, digits);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'F' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool is_lower_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool qe_id_read(struct bytes text, const char *what, char out[QE_ID_MAX + 1],
                struct error *err)
{
    if (text.len == 0)
        return error_set(err, ERROR_FORMAT, "%s is empty", what);
    if (text.len > QE_ID_MAX)
        return error_set(err, ERROR_LIMIT, "%s of %zu characters, at most %d", what,
                         text.len, QE_ID_MAX);
    for (size_t i = 0; i < text.len; i++) {
        out[i] = (char)lower(text.at[i]);
        if (!is_lower_hex((uint8_t)out[i]))
            return error_set(err, ERROR_FORMAT, "%s: \"%s\" is not hex digits", what,
                             safe(bytes_first(text, SHOWN)).s);
    }
    out[text.len] = 0;
    return true;
}

bool u16le_hex_read(struct bytes text, const char *what, uint16_t *out, struct error *err)
{
    uint8_t b[2];

    if (!hex_read(text, b, sizeof b))
        return not_hex(text, what, 2 * sizeof b, err);
    *out = (uint16_t)(b[0] | b[1] << 8);
    return true;
}

bool cpusvn_read(struct bytes text, const char *what, uint8_t out[16], struct error *err)
{
    return hex_read(text, out, CPUSVN_LEN) || not_hex(text, what, 2 * CPUSVN_LEN, err);
}

/* What the digits say, in the arena; their number is even. */
static bool bytes_read(struct bytes text, const char *what, struct arena *arena,
                       struct bytes *out, struct error *err)
{
    uint8_t *at = arena_alloc(arena, text.len / 2, 1);

    if (at == NULL)
        return error_set(err, ERROR_LIMIT, "%s: no memory left", what);
    if (!hex_read(text, at, text.len / 2))
        return not_hex(text, what, text.len, err);
    *out = bytes_of(at, text.len / 2);
    return true;
}

static bool is_all_zero(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.at[i] != 0)
            return false;
    return true;
}

bool encrypted_ppid_read(struct bytes text, const char *what, struct arena *arena,
                         struct bytes *out, struct error *err)
{
    if (text.len != 2 * ENCRYPTED_PPID_LEN)
        return error_set(err, ERROR_FORMAT,
                         "%s of %zu characters, expected %d hex digits", what, text.len,
                         2 * ENCRYPTED_PPID_LEN);
    if (!bytes_read(text, what, arena, out, err))
        return false;
    if (is_all_zero(*out))
        *out = (struct bytes){ 0 };
    return true;
}

bool manifest_read(struct bytes text, const char *what, struct arena *arena,
                   struct bytes *out, struct error *err)
{
    if (text.len > 2 * MANIFEST_MAX)
        return error_set(err, ERROR_LIMIT, "%s of %zu characters, at most %d", what,
                         text.len, 2 * MANIFEST_MAX);
    if (text.len < 2 * MANIFEST_LEAST || text.len % 2 != 0)
        return error_set(err, ERROR_FORMAT,
                         "%s of %zu characters, expected an even number of hex digits "
                         "from %d on",
                         what, text.len, 2 * MANIFEST_LEAST);
    return bytes_read(text, what, arena, out, err);
}

int platform_name_compare(const struct platform_name *a, const struct platform_name *b)
{
    int by_qe_id = strcmp(a->qe_id, b->qe_id);

    if (by_qe_id != 0)
        return by_qe_id < 0 ? -1 : 1;
    return (a->pce_id > b->pce_id) - (a->pce_id < b->pce_id);
}

/* A registration as it was written, whatever it was written in; empty is not there. */
struct written {
    struct bytes enc_ppid, pce_id, cpu_svn, pce_svn, qe_id, manifest;
};

static bool read_raw_tcb(const struct written *written, struct registration *out,
                         struct error *err)
{
    out->has_raw_tcb = written->cpu_svn.len > 0;
    if ((written->pce_svn.len > 0) != out->has_raw_tcb)
        return error_set(err, ERROR_FORMAT, "%s without %s",
                         out->has_raw_tcb ? "cpu_svn" : "pce_svn",
                         out->has_raw_tcb ? "pce_svn" : "cpu_svn");
    return !out->has_raw_tcb
           || (cpusvn_read(written->cpu_svn, "cpu_svn", out->raw.cpusvn, err)
               && u16le_hex_read(written->pce_svn, "pce_svn", &out->raw.pcesvn, err));
}

/* A platform without a manifest can only be asked for by its encrypted PPID, and is only
 * served at its TCB. */
static bool check_whole(const struct written *written, struct error *err)
{
    const char *missing = written->enc_ppid.len == 0  ? "enc_ppid"
                          : written->cpu_svn.len == 0 ? "cpu_svn"
                          : written->pce_svn.len == 0 ? "pce_svn"
                                                      : NULL;

    return missing == NULL || written->manifest.len > 0
           || error_set(err, ERROR_FORMAT,
                        "lacks \"%s\", which must be there without a platform_manifest",
                        missing);
}

static bool read_written(const struct written *written, bool is_bundle,
                         struct arena *arena, struct registration *out, struct error *err)
{
    *out = (struct registration){ 0 };
    return qe_id_read(written->qe_id, "qe_id", out->name.qe_id, err)
           && u16le_hex_read(written->pce_id, "pce_id", &out->name.pce_id, err)
           && (is_bundle || check_whole(written, err)) && read_raw_tcb(written, out, err)
           && (written->enc_ppid.len == 0
               || encrypted_ppid_read(written->enc_ppid, "enc_ppid", arena,
                                      &out->encrypted_ppid, err))
           && (written->manifest.len == 0
               || manifest_read(written->manifest, "platform_manifest", arena,
                                &out->manifest, err));
}

static void read_text_or_null(struct json *json, void *into)
{
    struct bytes *text = into;

    *text = json_read_null(json) ? (struct bytes){ 0 } : json_read_string(json);
}

#define OPTIONAL(MEMBER)                             \
    FIELD_READ(read_text_or_null), .optional = true, \
                                   .at = offsetof(struct written, MEMBER)

bool registration_read(struct json *json, bool is_bundle, struct registration *out)
{
    static const struct json_field fields[] = {
        { "enc_ppid", OPTIONAL(enc_ppid) },
        { "pce_id", FIELD_INTO(TEXT, struct written, pce_id) },
        { "cpu_svn", OPTIONAL(cpu_svn) },
        { "pce_svn", OPTIONAL(pce_svn) },
        { "qe_id", FIELD_INTO(TEXT, struct written, qe_id) },
        { "platform_manifest", OPTIONAL(manifest) },
    };
    struct written written = { 0 };
    struct error why = { 0 };

    *out = (struct registration){ 0 };
    if (!json_fields(json, fields, COUNT_OF(fields), &written))
        return false;
    if (read_written(&written, is_bundle, json_arena(json), out, &why))
        return true;
    *out = (struct registration){ 0 };
    return json_refuse_as(json, &why);
}

bool registration_parse(struct bytes text, struct arena *arena, struct registration *out,
                        struct error *err)
{
    struct registration read;
    struct json json;

    *out = (struct registration){ 0 };
    json_begin_up_to(&json, text, REGISTRATION_BYTES_MAX, arena, err);
    registration_read(&json, false, &read);
    if (!json_end(&json))
        return false;
    *out = read;
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* One field from the front, without blanks and quotes around it, and the comma behind. */
static bool take_field(struct bytes *line, struct bytes *field, bool *more)
{
    size_t len = bytes_find(*line, bytes_of_text(","));

    *more = len < line->len;
    *field = bytes_first(*line, len);
    *line = bytes_after(*line, len + 1);
    while (field->len > 0 && is_blank(field->at[0]))
        *field = bytes_after(*field, 1);
    while (field->len > 0 && is_blank(field->at[field->len - 1]))
        field->len--;
    if (field->len == 0 || field->at[0] != '"')
        return true;
    if (field->len < 2 || field->at[field->len - 1] != '"')
        return false;
    *field = bytes_of(field->at + 1, field->len - 2);
    return true;
}

bool registration_read_csv(struct bytes line, struct arena *arena,
                           struct registration *out, struct error *err)
{
    struct written written = { 0 };
    struct bytes *const fields[CSV_FIELDS_MAX] = {
        &written.enc_ppid, &written.pce_id, &written.cpu_svn,
        &written.pce_svn,  &written.qe_id,  &written.manifest,
    };
    bool more = true;
    size_t count = 0;

    *out = (struct registration){ 0 };
    if (line.len > REGISTRATION_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "line of %zu bytes, at most %d", line.len,
                         REGISTRATION_BYTES_MAX);
    while (more && count < CSV_FIELDS_MAX)
        if (!take_field(&line, fields[count++], &more))
            return error_set(err, ERROR_FORMAT, "field %zu: its quotes do not end",
                             count);
    if (more || count < CSV_FIELDS_LEAST)
        return error_set(err, ERROR_FORMAT,
                         "%s fields than enc_ppid, pce_id, cpu_svn, pce_svn, qe_id and "
                         "perhaps platform_manifest",
                         more ? "more" : "fewer");
    if (read_written(&written, false, arena, out, err))
        return true;
    *out = (struct registration){ 0 };
    return false;
}

static void add_u16le(struct buf *out, uint16_t value)
{
    const uint8_t b[] = { (uint8_t)value, (uint8_t)(value >> 8) };

    hex_add(out, bytes_of(b, sizeof b));
}

void registration_write(struct buf *out, const struct registration *registration)
{
    buf_add_text(out, "{\"enc_ppid\":\"");
    hex_add(out, registration->encrypted_ppid);
    buf_add_text(out, "\",\"pce_id\":\"");
    add_u16le(out, registration->name.pce_id);
    buf_add_text(out, "\",\"cpu_svn\":\"");
    if (registration->has_raw_tcb)
        hex_add(out, bytes_of(registration->raw.cpusvn, CPUSVN_LEN));
    buf_add_text(out, "\",\"pce_svn\":\"");
    if (registration->has_raw_tcb)
        add_u16le(out, registration->raw.pcesvn);
    buf_addf(out, "\",\"qe_id\":\"%s\",\"platform_manifest\":\"",
             registration->name.qe_id);
    hex_add(out, registration->manifest);
    buf_add_text(out, "\"}");
}
