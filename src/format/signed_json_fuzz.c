/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/signed_json.h"

static bool lies_inside(struct bytes part, struct bytes whole)
{
    return part.at >= whole.at && part.len <= whole.len
           && (size_t)(part.at - whole.at) <= whole.len - part.len;
}

/* What was written out again is the same document, and says so once more. */
static void writes_back(const struct signed_json *document, struct arena *arena)
{
    struct signed_json again;
    struct error err = { 0 };
    struct buf first, second;

    buf_init(&first, (size_t)4 << 20);
    buf_init(&second, (size_t)4 << 20);
    signed_json_write(&first, document);
    FUZZ_CHECK(signed_json_parse(buf_bytes(&first), arena, &again, &err));
    FUZZ_CHECK(again.kind == document->kind);
    FUZZ_CHECK(bytes_equal(again.signed_text, document->signed_text));
    FUZZ_CHECK(memcmp(again.signature, document->signature, 64) == 0);
    signed_json_write(&second, &again);
    FUZZ_CHECK(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct signed_json document;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, (size_t)64 << 20);
    if (signed_json_parse(bytes_of(at, len), &arena, &document, &err)) {
        struct bytes text = document.signed_text;
        FUZZ_CHECK(lies_inside(text, bytes_of(at, len)));
        FUZZ_CHECK(text.len >= 2 && text.at[0] == '{' && text.at[text.len - 1] == '}');
        FUZZ_CHECK(strcmp(signed_json_member(document.kind), "unknown") != 0);
        writes_back(&document, &arena);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(err.text[0] != 0);
    }
    arena_fini(&arena);
    return 0;
}
