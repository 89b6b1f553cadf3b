/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/verify_ask.h"

#include "format/json.h"
#include "kit/text.h"

static bool is_json(const char *content_type)
{
    struct bytes json = bytes_of_text("application/json");

    if (content_type == NULL)
        return false;
    struct bytes type = bytes_of_text(content_type);
    return text_equal_nocase(bytes_first(type, json.len), json)
           && (type.len == json.len || type.at[json.len] == ';'
               || type.at[json.len] == ' ');
}

static void read_member(struct json *json, struct bytes name, struct bytes *evidence,
                        struct bytes *policy)
{
    if (bytes_equal_text(name, "policy")) {
        *policy = json_skip(json);
    } else if (!bytes_equal_text(name, "evidence") && !bytes_equal_text(name, "quote")) {
        json_refuse(json,
                    "unknown member \"%s\", known here: evidence (or quote), policy",
                    safe(name).s);
    } else if (evidence->at != NULL) {
        json_refuse(json, "evidence is here twice: as evidence and as quote");
    } else {
        *evidence = json_read_string(json);
    }
}

static bool read_json(struct bytes body, struct arena *arena, struct verify_ask *out,
                      struct bytes *evidence, struct error *err)
{
    struct bytes policy = { 0 }, name;
    struct json json;

    json_begin(&json, body, arena, err);
    if (json_read_object(&json))
        while (json_member(&json, &name))
            read_member(&json, name, evidence, &policy);
    if (!json_end(&json))
        return false;
    if (evidence->at == NULL)
        return error_set(err, ERROR_FORMAT,
                         "the member evidence is missing, expected base64");
    out->has_policy = policy.len > 0;
    return !out->has_policy || verification_policy_parse(policy, arena, &out->policy, err)
           || error_within(err, "policy");
}

bool verify_ask_read(const char *content_type, struct bytes body, struct arena *arena,
                     struct verify_ask *out, struct error *err)
{
    struct bytes evidence = { 0 };

    out->has_policy = false;
    if (!is_json(content_type))
        evidence = body;
    else if (!read_json(body, arena, out, &evidence, err))
        return false;
    if (!evidence_text_read(evidence, arena, &out->evidence, err))
        return error_within(err, "evidence");
    return out->evidence.kind != EVIDENCE_UNKNOWN
           || error_set(err, ERROR_FORMAT,
                        "evidence: %zu bytes that begin neither as a quote nor as an "
                        "SEV-SNP report (taken as %s)",
                        out->evidence.raw.len, out->evidence.encoding);
}
