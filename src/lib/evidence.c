/* SPDX-License-Identifier: Apache-2.0 */
#include "format/evidence_text.h"

#include "lib/errors.h"

static bool give(struct bytes raw, void *out, size_t room, size_t *out_len,
                 struct error *why)
{
    *out_len = raw.len;
    if (raw.len > room)
        return error_set(why, ERROR_LIMIT, "evidence of %zu bytes, and room for %zu",
                         raw.len, room);
    memcpy(out, raw.at, raw.len);
    return true;
}

bool thim_evidence_read(const void *text, size_t len, void *out, size_t room,
                        size_t *out_len, struct thim_error *error)
{
    struct evidence_text found;
    struct error why = { 0 };
    struct arena arena;

    if (text == NULL || out == NULL || out_len == NULL)
        return errors_tell_usage(error, "evidence: no text, or no place for it");
    *out_len = 0;
    arena_init(&arena, EVIDENCE_ARENA_MAX);
    bool well = evidence_text_read(bytes_of(text, len), &arena, &found, &why)
                && give(found.raw, out, room, out_len, &why);
    arena_fini(&arena);
    return well || errors_tell(error, &why);
}
