/* SPDX-License-Identifier: Apache-2.0 */
#include "format/signed_json.h"

#include "format/json.h"
#include "kit/text.h"

static const char *const member_names[] = {
    [SIGNED_TCB_INFO] = "tcbInfo",
    [SIGNED_ENCLAVE_IDENTITY] = "enclaveIdentity",
    [SIGNED_EVALUATION_NUMBERS] = "tcbEvaluationDataNumbers",
};

const char *signed_json_member(enum signed_json_kind kind)
{
    return kind > 0 && (size_t)kind < COUNT_OF(member_names) ? member_names[kind]
                                                             : "unknown";
}

/* 0 where the name is none of ours. */
static enum signed_json_kind kind_of(struct bytes name)
{
    for (size_t kind = 1; kind < COUNT_OF(member_names); kind++)
        if (bytes_equal_text(name, member_names[kind]))
            return (enum signed_json_kind)kind;
    return 0;
}

static void read_signature(struct json *json, uint8_t signature[64])
{
    struct bytes digits = json_read_string(json);

    if (!json_ok(json))
        return;
    if (digits.len != 128) {
        json_refuse(json, "%zu characters, expected 128 hex digits", digits.len);
        return;
    }
    for (size_t i = 0; i < digits.len; i++)
        if (digits.at[i] >= 'A' && digits.at[i] <= 'F') {
            json_refuse(json, "upper-case hex digit, expected lower case");
            return;
        }
    if (!hex_read(digits, signature, 64))
        json_refuse(json, "a character that is no hex digit");
}

static void read_member(struct json *json, struct bytes name, struct signed_json *out,
                        bool *has_signature)
{
    enum signed_json_kind kind = kind_of(name);

    if (bytes_equal_text(name, "signature")) {
        *has_signature = true;
        read_signature(json, out->signature);
    } else if (kind == 0 || out->kind != 0) {
        json_refuse(json, "member \"%.48s\" does not belong here", safe(name).s);
    } else {
        out->kind = kind;
        out->signed_text = json_skip(json);
        if (json_ok(json) && out->signed_text.at[0] != '{')
            json_refuse(json, "expected an object");
    }
}

bool signed_json_parse(struct bytes body, struct arena *arena, struct signed_json *out,
                       struct error *err)
{
    struct json json;
    struct bytes name;
    bool has_signature = false;

    *out = (struct signed_json){ 0 };
    json_begin(&json, body, arena, err);
    json_read_object(&json);
    while (json_member(&json, &name))
        read_member(&json, name, out, &has_signature);
    if (json_ok(&json) && out->kind == 0)
        json_refuse(&json, "lacks the member that is signed (\"tcbInfo\", "
                           "\"enclaveIdentity\" or \"tcbEvaluationDataNumbers\")");
    if (json_ok(&json) && !has_signature)
        json_refuse(&json, "lacks \"signature\"");
    return json_end(&json);
}

void signed_json_write(struct buf *out, const struct signed_json *document)
{
    buf_addf(out, "{\"%s\":", signed_json_member(document->kind));
    buf_add(out, document->signed_text);
    buf_add_text(out, ",\"signature\":\"");
    hex_add(out, bytes_of(document->signature, sizeof document->signature));
    buf_add_text(out, "\"}");
}
