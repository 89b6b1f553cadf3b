/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "serve/verify_ask.h"

/* The first byte says whether it is JSON; the rest is the body. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    const char *type = len > 0 && (at[0] & 1) != 0 ? "application/json" : NULL;
    struct bytes body = bytes_after(bytes_of(at, len), 1);
    struct verify_ask ask;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, VERIFY_ASK_ROOM);
    if (verify_ask_read(type, body, &arena, &ask, &err)) {
        FUZZ_CHECK(ask.evidence.kind == evidence_kind_of(ask.evidence.raw));
        FUZZ_CHECK(ask.evidence.kind != EVIDENCE_UNKNOWN);
        FUZZ_CHECK(ask.evidence.raw.len <= body.len);
        FUZZ_CHECK(type != NULL || !ask.has_policy);
    } else {
        FUZZ_CHECK(err.kind != ERROR_NONE && err.text[0] != 0);
    }
    arena_fini(&arena);
    return 0;
}
