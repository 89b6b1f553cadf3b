/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_platforms_ask.h"

#include <jansson.h>

#include "kit/text.h"

/* By either of its names: ours, or that of a pckcert request. */
static struct bytes value_of(const struct http_target *target, const char *name,
                             const char *other_name)
{
    const struct http_parameter *p = http_parameter(target, name);

    if (p == NULL)
        p = http_parameter(target, other_name);
    return p == NULL ? (struct bytes){ 0 } : p->value;
}

static bool read_name(const struct http_target *target, struct platform_ask *out,
                      struct error *err)
{
    struct bytes qe_id = value_of(target, "qe_id", "qeid");
    struct bytes pce_id = value_of(target, "pce_id", "pceid");

    out->has_name = qe_id.len > 0;
    return (!out->has_name || qe_id_read(qe_id, "parameter qe_id", out->name.qe_id, err))
           && (pce_id.len == 0
               || u16le_hex_read(pce_id, "parameter pce_id", &out->name.pce_id, err));
}

static bool read_raw_tcb(const struct http_target *target, struct platform_ask *out,
                         struct error *err)
{
    struct bytes cpusvn = value_of(target, "cpusvn", "cpu_svn");
    struct bytes pcesvn = value_of(target, "pcesvn", "pce_svn");

    out->has_raw_tcb = cpusvn.len > 0 && pcesvn.len > 0;
    if (!out->has_raw_tcb)
        return (cpusvn.len == 0 && pcesvn.len == 0)
               || error_set(err, ERROR_FORMAT, "of cpusvn and pcesvn one is missing");
    return cpusvn_read(cpusvn, "parameter cpusvn", out->raw.cpusvn, err)
           && u16le_hex_read(pcesvn, "parameter pcesvn", &out->raw.pcesvn, err);
}

static bool read_encrypted_ppid(const struct http_target *target, struct arena *arena,
                                struct platform_ask *out, struct error *err)
{
    struct bytes text = value_of(target, "encrypted_ppid", "enc_ppid"), ppid;

    if (text.len == 0)
        return true;
    if (!encrypted_ppid_read(text, "parameter encrypted_ppid", arena, &ppid, err))
        return false;
    out->has_encrypted_ppid = ppid.len > 0;
    if (out->has_encrypted_ppid)
        memcpy(out->encrypted_ppid, ppid.at, ENCRYPTED_PPID_LEN);
    return true;
}

static bool read_number(const struct http_target *target, const char *name, uint64_t most,
                        uint64_t *out, struct error *err)
{
    struct bytes text = value_of(target, name, name);

    return text.len == 0 || decimal_read(text, most, out)
           || error_set(err, ERROR_FORMAT,
                        "parameter %s is \"%s\", expected a number up to %llu", name,
                        safe(text).s, (unsigned long long)most);
}

static bool read_page(const struct http_target *target, struct platform_ask *out,
                      struct error *err)
{
    struct bytes fmspc = value_of(target, "fmspc", "fmspc");

    out->limit = PLATFORM_LIMIT_USUAL;
    out->has_fmspc = fmspc.len > 0;
    if (out->has_fmspc && !hex_read(fmspc, out->fmspc, sizeof out->fmspc))
        return error_set(err, ERROR_FORMAT,
                         "parameter fmspc is \"%s\", expected 12 hex digits",
                         safe(fmspc).s);
    return read_number(target, "after", INT64_MAX, &out->after, err)
           && read_number(target, "limit", PLATFORM_LIMIT_MAX, &out->limit, err);
}

bool platform_ask_read(const struct http_target *target, struct arena *arena,
                       struct platform_ask *out, struct error *err)
{
    *out = (struct platform_ask){ 0 };
    return read_name(target, out, err) && read_raw_tcb(target, out, err)
           && read_encrypted_ppid(target, arena, out, err) && read_page(target, out, err);
}

/* ---- TDX SVNs ------------------------------------------------------------------- */

static bool read_tdx_member(const char *name, struct bytes value,
                            struct platform_ask *out, struct error *err)
{
    if (strcmp(name, "qe_id") == 0) {
        out->has_name = true;
        return qe_id_read(value, "qe_id", out->name.qe_id, err);
    }
    if (strcmp(name, "pce_id") == 0)
        return u16le_hex_read(value, "pce_id", &out->name.pce_id, err);
    if (strcmp(name, "tee_tcb_svn") != 0)
        return error_set(err, ERROR_FORMAT, "no member %s is known", safe_string(name).s);
    out->has_tee_tcb_svn = hex_read(value, out->tee_tcb_svn, sizeof out->tee_tcb_svn);
    return out->has_tee_tcb_svn
           || error_set(err, ERROR_FORMAT,
                        "tee_tcb_svn is \"%s\", expected 32 hex digits", safe(value).s);
}

static bool read_tdx_members(json_t *json, struct platform_ask *out, struct error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(json, name, value)
    {
        struct bytes text = bytes_of(json_string_value(value), json_string_length(value));
        if (!json_is_string(value))
            return error_set(err, ERROR_FORMAT, "%s is no text", safe_string(name).s);
        if (!read_tdx_member(name, text, out, err))
            return false;
    }
    return true;
}

bool platform_tdx_read(struct bytes body, struct platform_ask *out, struct error *err)
{
    json_error_t why;
    json_t *json =
        json_loadb((const char *)body.at, body.len, JSON_REJECT_DUPLICATES, &why);
    bool well = json_is_object(json)
                || error_set(err, ERROR_FORMAT, "the body is not one JSON object");

    *out = (struct platform_ask){ 0 };
    well = well && read_tdx_members(json, out, err);
    json_decref(json);
    if (well && !out->has_name)
        return error_set(err, ERROR_FORMAT, "qe_id is missing");
    return well
           && (out->has_tee_tcb_svn
               || error_set(err, ERROR_FORMAT, "tee_tcb_svn is missing"));
}
