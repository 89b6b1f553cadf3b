/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/http_query.h"
#include "kit/buf.h"
#include "kit/text.h"

enum { ARENA_MAX = 1 << 17 };

static void check_decoded(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        FUZZ_CHECK(text.at[i] >= 0x20 && text.at[i] != 0x7f);
}

/* Neither a segment that goes up nor one that stays. */
static void check_path(struct bytes path)
{
    size_t start = 0;

    FUZZ_CHECK(path.len > 0 && path.at[0] == '/');
    check_decoded(path);
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.at[i] != '/')
            continue;
        struct bytes segment = bytes_first(bytes_after(path, start), i - start);
        FUZZ_CHECK(!bytes_equal_text(segment, ".") && !bytes_equal_text(segment, ".."));
        start = i + 1;
    }
}

static void check_parameters(const struct http_target *target, struct bytes in)
{
    struct buf decoded;

    FUZZ_CHECK(target->parameter_count <= HTTP_PARAMETERS_MAX);
    buf_init(&decoded, HTTP_TARGET_MAX);
    for (size_t i = 0; i < target->parameter_count; i++) {
        const struct http_parameter *p = &target->parameters[i];
        FUZZ_CHECK(p->name.len > 0);
        check_decoded(p->name);
        check_decoded(p->value);
        /* the value is what came, decoded once */
        buf_clear(&decoded);
        FUZZ_CHECK(percent_read(p->raw, &decoded));
        FUZZ_CHECK(bytes_equal(buf_bytes(&decoded), p->value));
        FUZZ_CHECK(p->raw.len == 0 || bytes_find(in, p->raw) < in.len);
        for (size_t k = 0; k < i; k++)
            FUZZ_CHECK(!text_equal_nocase(p->name, target->parameters[k].name));
    }
    buf_fini(&decoded);
}

static void add_segments(struct buf *out, struct bytes path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.at[i] == '/')
            buf_add_byte(out, '/');
        else
            percent_add(out, bytes_of(path.at + i, 1));
    }
}

/* Encoded again, it is read as the same. */
static void check_written_again(const struct http_target *target, struct arena *arena)
{
    struct http_target again;
    struct buf raw;

    buf_init(&raw, 4 * HTTP_TARGET_MAX);
    add_segments(&raw, target->path);
    for (size_t i = 0; i < target->parameter_count; i++) {
        buf_add_byte(&raw, i == 0 ? '?' : '&');
        percent_add(&raw, target->parameters[i].name);
        buf_add_byte(&raw, '=');
        percent_add(&raw, target->parameters[i].value);
    }
    if (raw.len <= HTTP_TARGET_MAX) {
        FUZZ_CHECK(http_target_parse(buf_bytes(&raw), arena, &again, NULL));
        FUZZ_CHECK(bytes_equal(again.path, target->path));
        FUZZ_CHECK(again.parameter_count == target->parameter_count);
        for (size_t i = 0; i < again.parameter_count; i++)
            FUZZ_CHECK(
                bytes_equal(again.parameters[i].value, target->parameters[i].value)
                && bytes_equal(again.parameters[i].name, target->parameters[i].name));
    }
    buf_fini(&raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct error err = { 0 };
    struct http_target target;
    struct arena arena;

    arena_init(&arena, ARENA_MAX);
    if (http_target_parse(in, &arena, &target, &err)) {
        check_path(target.path);
        check_parameters(&target, in);
        check_written_again(&target, &arena);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(err.text[0] != 0);
    }
    arena_fini(&arena);
    return 0;
}
