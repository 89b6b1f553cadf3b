/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/question_pck.h"

static bool find(const struct http_target *target, const char *name, const char *expected,
                 struct bytes *out, struct error *err)
{
    const struct http_parameter *p = http_parameter(target, name);

    *out = p == NULL ? (struct bytes){ 0 } : p->value;
    return out->len > 0
           || error_set(err, ERROR_FORMAT, "parameter %s is missing, expected %s", name,
                        expected);
}

/* Empty and all zeros both say that the host has none. */
static bool read_encrypted_ppid(const struct http_target *target, struct arena *arena,
                                struct pck_question *out, struct error *err)
{
    const struct http_parameter *p = http_parameter(target, "encrypted_ppid");
    struct bytes ppid;

    if (p == NULL || p->value.len == 0)
        return true;
    if (!encrypted_ppid_read(p->value, "parameter encrypted_ppid", arena, &ppid, err))
        return false;
    out->has_encrypted_ppid = ppid.len > 0;
    if (out->has_encrypted_ppid)
        memcpy(out->encrypted_ppid, ppid.at, ENCRYPTED_PPID_LEN);
    return true;
}

static bool read_pce_id(const struct http_target *target, struct pck_question *out,
                        struct error *err)
{
    struct bytes text;

    return find(target, "pceid", "4 hex digits", &text, err)
           && u16le_hex_read(text, "parameter pceid", &out->name.pce_id, err);
}

static bool read_name(const struct http_target *target, struct pck_question *out,
                      struct error *err)
{
    struct bytes text;

    out->has_name = http_parameter(target, "qeid") != NULL || !out->has_encrypted_ppid;
    if (!out->has_name)
        return true;
    return find(target, "qeid", "the QE ID in hex digits", &text, err)
           && qe_id_read(text, "parameter qeid", out->name.qe_id, err);
}

static bool read_raw_tcb(const struct http_target *target, struct pck_question *out,
                         struct error *err)
{
    struct bytes cpusvn, pcesvn;

    return find(target, "cpusvn", "32 hex digits", &cpusvn, err)
           && cpusvn_read(cpusvn, "parameter cpusvn", out->raw.cpusvn, err)
           && find(target, "pcesvn", "4 hex digits", &pcesvn, err)
           && u16le_hex_read(pcesvn, "parameter pcesvn", &out->raw.pcesvn, err);
}

/* A parameter that is too long is malformed, as one too short is. */
static bool refused(struct error *err)
{
    if (err != NULL)
        err->kind = ERROR_FORMAT;
    return false;
}

bool pck_question_read(const struct http_target *target, struct arena *arena,
                       struct pck_question *out, struct error *err)
{
    *out = (struct pck_question){ 0 };
    return (read_encrypted_ppid(target, arena, out, err) && read_name(target, out, err)
            && read_raw_tcb(target, out, err) && read_pce_id(target, out, err))
           || refused(err);
}

bool pck_list_question_read(const struct http_target *target, struct arena *arena,
                            struct pck_question *out, struct error *err)
{
    struct bytes text;

    *out = (struct pck_question){ 0 };
    if (!find(target, "encrypted_ppid", "768 hex digits", &text, err)
        || !read_encrypted_ppid(target, arena, out, err)
        || !read_pce_id(target, out, err))
        return refused(err);
    return out->has_encrypted_ppid
           || error_set(err, ERROR_FORMAT,
                        "parameter encrypted_ppid is all zeros, which is nobody's");
}
