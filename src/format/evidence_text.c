/* SPDX-License-Identifier: Apache-2.0 */
#include "format/evidence_text.h"

#include "format/pem.h"
#include "kit/cursor.h"
#include "kit/text.h"

enum {
    REPORT_VERSION_LEAST = 2,
    REPORT_VERSION_MOST = 5,
};

const char *evidence_kind_name(enum evidence_kind kind)
{
    static const char *const names[] = {
        [EVIDENCE_UNKNOWN] = "unknown",
        [EVIDENCE_QUOTE] = "quote",
        [EVIDENCE_REPORT] = "SEV-SNP report",
    };

    return names[kind];
}

/* A quote has its key type, never 0, where a report has the upper half of its version. */
enum evidence_kind evidence_kind_of(struct bytes raw)
{
    struct cursor c = cursor_over(raw);
    uint32_t version = cursor_u32le(&c);

    if (version >= REPORT_VERSION_LEAST && version <= REPORT_VERSION_MOST)
        return EVIDENCE_REPORT;
    return quote_looks_like(raw) ? EVIDENCE_QUOTE : EVIDENCE_UNKNOWN;
}

/* ---- text ------------------------------------------------------------------------- */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bytes without_nuls_behind(struct bytes text)
{
    while (text.len > 0 && text.at[text.len - 1] == 0)
        text.len--;
    return text;
}

/* What is left without white space; .at NULL where the arena has no room. */
static struct bytes packed(struct bytes text, struct arena *arena)
{
    uint8_t *at = arena_alloc(arena, text.len + 1, 1);
    size_t len = 0;

    if (at == NULL)
        return bytes_of(NULL, 0);
    for (size_t i = 0; i < text.len; i++)
        if (!is_space(text.at[i]))
            at[len++] = text.at[i];
    return bytes_of(at, len);
}

static bool read_hex(struct bytes digits, struct arena *arena, struct bytes *raw)
{
    if (text_equal_nocase(bytes_first(digits, 2), bytes_of_text("0x")))
        digits = bytes_after(digits, 2);

    uint8_t *at = arena_alloc(arena, digits.len / 2 + 1, 1);
    *raw = bytes_of(at, digits.len / 2);
    return at != NULL && raw->len > 0 && digits.len % 2 == 0
           && hex_read(digits, at, raw->len);
}

/* Both alphabets, but not in one text; padded as it must be, or not at all. */
static bool read_base64(struct bytes text, struct arena *arena, struct bytes *raw,
                        const char **encoding)
{
    uint8_t *digits = arena_alloc(arena, text.len + 1, 1);
    bool standard = false, url = false;
    size_t len = 0, padding = 0;
    struct buf decoded;

    while (padding < 2 && padding < text.len && text.at[text.len - 1 - padding] == '=')
        padding++;
    if (digits == NULL || (padding > 0 && text.len % 4 != 0))
        return false;
    for (; len < text.len - padding; len++) {
        uint8_t c = text.at[len];
        standard |= c == '+' || c == '/';
        url |= c == '-' || c == '_';
        digits[len] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    *encoding = url ? "base64url" : "base64";
    buf_init(&decoded, EVIDENCE_MAX);
    bool well = !(standard && url) && base64url_read(bytes_of(digits, len), &decoded)
                && decoded.len > 0;
    *raw = arena_copy(arena, buf_bytes(&decoded));
    buf_fini(&decoded);
    return well && raw->at != NULL;
}

/* A text of hex digits alone may be base64 as well. */
static bool read_text(struct bytes text, struct arena *arena, struct evidence_text *out)
{
    struct bytes digits = packed(text, arena), from_hex, from_base64;
    const char *base64_name;
    bool is_hex = read_hex(digits, arena, &from_hex);
    bool is_base64 = read_base64(digits, arena, &from_base64, &base64_name);

    if (!is_hex && !is_base64)
        return false;
    if (is_hex
        && (!is_base64 || evidence_kind_of(from_hex) != EVIDENCE_UNKNOWN
            || evidence_kind_of(from_base64) == EVIDENCE_UNKNOWN)) {
        out->encoding = "hex";
        out->raw = from_hex;
    } else {
        out->encoding = base64_name;
        out->raw = from_base64;
    }
    return true;
}

/* ---- the whole --------------------------------------------------------------------- */

static bool take_as_it_is(struct bytes in, struct evidence_text *out)
{
    *out = (struct evidence_text){ .encoding = "raw",
                                   .kind = evidence_kind_of(in),
                                   .raw = in };
    return out->kind != EVIDENCE_UNKNOWN;
}

static bool read_any(struct bytes in, struct arena *arena, struct evidence_text *out,
                     struct error *err)
{
    struct bytes text = without_nuls_behind(in);

    if (take_as_it_is(in, out))
        return true;
    if (pem_looks_like(text)) {
        out->encoding = "PEM";
        if (!pem_block_read(text, NULL, arena, &out->raw, err))
            return false;
    } else if (text.len > 0) {
        (void)read_text(text, arena, out);
    }
    out->kind = evidence_kind_of(out->raw);
    return true;
}

bool evidence_text_read(struct bytes in, struct arena *arena, struct evidence_text *out,
                        struct error *err)
{
    *out = (struct evidence_text){ .encoding = "raw" };
    if (in.len == 0)
        return error_set(err, ERROR_FORMAT, "there is nothing in it");
    if (in.len > EVIDENCE_TEXT_MAX)
        return error_set(err, ERROR_LIMIT, "%zu bytes, at most %d", in.len,
                         EVIDENCE_TEXT_MAX);
    if (!read_any(in, arena, out, err))
        return false;
    if (out->raw.len > EVIDENCE_MAX)
        return error_set(err, ERROR_LIMIT, "%zu bytes of evidence, at most %d",
                         out->raw.len, EVIDENCE_MAX);
    return true;
}
