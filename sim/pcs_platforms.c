/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pcs_platforms.h"

#include <jansson.h>

#include "kit/text.h"

DEFINE_OWNED(json_t *, json_decref)

static const struct post {
    const char *path, *content_type;
    enum world_kind kind;
    enum pcs_encoding encoding;
    bool adds_package;
} posts[] = {
    { "/sgx/certification/v4/pckcerts", "application/json", WORLD_PCKCERTS, PCS_JSON,
      false },
    { "/sgx/certification/v4/pckcert", "application/json", WORLD_PCKCERT, PCS_PEM,
      false },
    { "/sgx/registration/v1/platform", "application/octet-stream", WORLD_REGISTRATION,
      PCS_TEXT, false },
    { "/sgx/registration/v1/package", "application/octet-stream", WORLD_REGISTRATION,
      PCS_OCTETS, true },
};

/* ---- requests --------------------------------------------------------------------- */

static bool read_hex(const json_t *object, const char *name, uint8_t *out, size_t len)
{
    const json_t *value = json_object_get(object, name);

    return json_is_string(value)
           && hex_read(bytes_of(json_string_value(value), json_string_length(value)), out,
                       len);
}

static bool read_manifest(const json_t *object, struct pcs_request *out)
{
    const json_t *value = json_object_get(object, "platformManifest");
    size_t len = json_string_length(value) / 2;
    uint8_t byte;

    for (size_t i = 0; i < len; i++) {
        if (!hex_read(bytes_of(json_string_value(value) + 2 * i, 2), &byte, 1))
            return false;
        buf_add_byte(&out->manifest, byte);
    }
    out->question.manifest = buf_bytes(&out->manifest);
    return len > 0 && json_string_length(value) == 2 * len && !out->manifest.failed;
}

static const char *read_json(struct bytes body, struct pcs_request *out)
{
    OWNED(json_decref)
    json_t *object =
        json_loadb((const char *)body.at, body.len, JSON_REJECT_DUPLICATES, NULL);
    struct world_question *question = &out->question;

    if (!json_is_object(object))
        return "the body is no JSON object";
    if (!read_manifest(object, out))
        return "platformManifest is missing or wrong";
    if (!read_hex(object, "pceid", question->pce_id, sizeof question->pce_id))
        return "pceid is missing or wrong";
    if (question->kind == WORLD_PCKCERT
        && (!read_hex(object, "cpusvn", question->raw_tcb, CPUSVN_LEN)
            || !read_hex(object, "pcesvn", question->raw_tcb + CPUSVN_LEN, 2)))
        return "cpusvn or pcesvn is missing or wrong";
    return NULL;
}

/* Whether a Content-Type is the one that is wanted, with or without parameters. */
static bool is_type(struct bytes said, const char *wanted)
{
    size_t end = bytes_find(said, bytes_of_text(";"));

    return text_equal_nocase(bytes_first(said, end), bytes_of_text(wanted));
}

unsigned pcs_platforms_read(const struct wire_request *request, struct bytes target,
                            struct pcs_request *out, const char **why)
{
    struct bytes path = bytes_first(target, bytes_find(target, bytes_of_text("?")));
    const struct post *post = posts;

    pcs_request_init(out, PCS);
    while (post < posts + COUNT_OF(posts) && !bytes_equal_text(path, post->path))
        post++;
    *why = "only GET here";
    if (post == posts + COUNT_OF(posts))
        return 405;
    *why = "another Content-Type is expected";
    if (!is_type(wire_said(request, "Content-Type"), post->content_type))
        return 415;
    out->question.kind = post->kind;
    out->question.adds_package = post->adds_package;
    out->encoding = post->encoding;
    *why = NULL;
    if (post->kind == WORLD_REGISTRATION)
        out->question.manifest = request->body;
    else
        *why = read_json(request->body, out);
    return *why == NULL ? 200 : 400;
}

bool pcs_platforms_is_guarded(const struct world_question *question)
{
    return question->kind == WORLD_PCKCERTS || question->kind == WORLD_PCKCERT
           || (question->kind == WORLD_REGISTRATION && question->adds_package);
}

/* ---- answers ---------------------------------------------------------------------- */

static void add_hex_header(struct wire_answer *out, const char *name, const uint8_t *at,
                           size_t len)
{
    buf_addf(&out->headers, "%s: ", name);
    for (size_t i = 0; i < len; i++)
        buf_addf(&out->headers, "%02X", at[i]);
    buf_add_text(&out->headers, "\r\n");
}

void pcs_platforms_headers(const struct pcs_request *request,
                           const struct world_answer *answer, struct wire_answer *out)
{
    static const char *const ca_types[][2] = {
        [WORLD_PROCESSOR] = { "processor", "PROCESSOR" },
        [WORLD_PLATFORM] = { "platform", "PLATFORM" }
    };
    const struct world_question *question = &request->question;

    if (question->kind == WORLD_REGISTRATION && question->adds_package)
        wire_header(out, "Certificate-Count", "1");
    if (question->kind != WORLD_PCKCERTS && question->kind != WORLD_PCKCERT)
        return;
    add_hex_header(out, "SGX-FMSPC", answer->fmspc, sizeof answer->fmspc);
    wire_header(out, "SGX-PCK-Certificate-CA-Type",
                ca_types[answer->ca][request->flavour == PCCS ? 1 : 0]);
    if (question->kind == WORLD_PCKCERT)
        add_hex_header(out, "SGX-TCBm", answer->tcbm, sizeof answer->tcbm);
}
