/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/evidence_text.h"
#include "kit/buf.h"
#include "kit/text.h"

static void check_same(struct bytes text, const struct evidence_text *was,
                       const char *encoding)
{
    struct evidence_text again;
    struct arena arena;

    arena_init(&arena, EVIDENCE_ARENA_MAX);
    FUZZ_CHECK(evidence_text_read(text, &arena, &again, NULL));
    FUZZ_CHECK(strcmp(again.encoding, encoding) == 0);
    FUZZ_CHECK(again.kind == was->kind && bytes_equal(again.raw, was->raw));
    arena_fini(&arena);
}

/* What is evidence is the same evidence in every encoding of ours. */
static void check_evidence(const struct evidence_text *was)
{
    struct buf text;

    check_same(was->raw, was, "raw");
    buf_init(&text, EVIDENCE_TEXT_MAX);
    hex_add(&text, was->raw);
    check_same(buf_bytes(&text), was, "hex");
    buf_clear(&text);
    base64_add(&text, was->raw);
    buf_add_text(&text, "\r\n");
    check_same(buf_bytes(&text), was, "base64");
    buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct evidence_text out;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, EVIDENCE_ARENA_MAX);
    if (evidence_text_read(bytes_of(at, len), &arena, &out, &err)) {
        FUZZ_CHECK(out.raw.len >= 1 && out.raw.len <= EVIDENCE_MAX);
        FUZZ_CHECK(out.kind == evidence_kind_of(out.raw));
        if (out.kind != EVIDENCE_UNKNOWN)
            check_evidence(&out);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
    }
    arena_fini(&arena);
    return 0;
}
