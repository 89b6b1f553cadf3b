/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/json.h"

/* What the next value is, as far as its first byte says. */
static uint8_t next_byte(const struct json *json, size_t len, const uint8_t *at)
{
    size_t offset = json->offset;

    while (offset < len && strchr(" \t\r\n", at[offset]) != NULL && at[offset] != 0)
        offset++;
    return offset < len ? at[offset] : 0;
}

/* Reads the value that is due by asking for what stands there; enters what can be. */
static void read_value(struct json *json, struct bytes in)
{
    uint8_t next = next_byte(json, in.len, in.at);

    if (next == '{')
        json_read_object(json);
    else if (next == '[')
        json_read_array(json);
    else if (next == '"')
        json_read_string(json);
    else if (next == 't' || next == 'f')
        json_boolean(json);
    else if (next >= '0' && next <= '9')
        json_read_integer(json, UINT64_MAX);
    else
        json_skip(json);
}

/* The whole document by pulling; what json_skip takes, this takes, and nothing else. */
static bool pull_all(struct bytes in, struct arena *arena, struct error *err)
{
    struct json json;
    struct bytes name;
    bool is_object[JSON_DEPTH_MAX + 1] = { false };

    json_begin(&json, in, arena, err);
    for (;;) {
        uint8_t next = next_byte(&json, in.len, in.at);
        unsigned before = json.depth;
        read_value(&json, in);
        if (!json_ok(&json))
            return false;
        FUZZ_CHECK(json.depth <= JSON_DEPTH_MAX && json.depth <= before + 1);
        if (json.depth > before)
            is_object[json.depth] = next == '{';
        while (json.depth > 0) {
            bool more =
                is_object[json.depth] ? json_member(&json, &name) : json_element(&json);
            if (more)
                break;
            if (!json_ok(&json))
                return false;
        }
        if (json.depth == 0)
            return json_end(&json);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct error err = { 0 }, pull_err = { 0 };
    struct arena arena;
    struct json json;

    arena_init(&arena, (size_t)64 << 20);
    json_begin(&json, in, &arena, &err);
    struct bytes range = json_skip(&json);
    bool ok = json_end(&json);
    if (ok) {
        struct json again;
        FUZZ_CHECK(err.kind == ERROR_NONE);
        FUZZ_CHECK(range.len > 0 && range.at >= at && range.at + range.len <= at + len);
        json_begin(&again, range, &arena, &err); /* a value alone is a document */
        FUZZ_CHECK(json_skip(&again).len == range.len && json_end(&again));
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(strstr(err.text, "at byte ") != NULL);
    }
    FUZZ_CHECK(pull_all(in, &arena, &pull_err) == ok);
    arena_fini(&arena);
    return 0;
}
