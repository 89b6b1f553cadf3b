/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_platforms_ask.h"

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
