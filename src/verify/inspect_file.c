/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/inspect_file.h"

#include "format/der.h"
#include "format/http_head.h"
#include "kit/text.h"

enum { SHOWN = 16 }; /* bytes of a file that is nothing we know */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool begins_with(struct bytes text, const char *start)
{
    return bytes_equal_text(bytes_first(text, strlen(start)), start);
}

static struct bytes without_leading_space(struct bytes text)
{
    while (text.len > 0 && is_space(text.at[0]))
        text = bytes_after(text, 1);
    return text;
}

/* A certificate's signed part begins with its version in [0], a CRL's with an INTEGER. */
static bool is_certificate(struct bytes der)
{
    struct error refusal = { 0 };
    struct der outside = der_over(der, &refusal);
    struct der whole = der_enter(&outside, DER_SEQUENCE, "signed object");
    struct der tbs = der_enter(&whole, DER_SEQUENCE, "signed part");

    return der_next_is(&tbs, DER_CONTEXT_CONSTRUCTED + 0);
}

static bool take_der(struct bytes der, struct inspect_file *out)
{
    if (is_certificate(der))
        out->ders = (struct der_chain){ .certificates = { der }, .count = 1 };
    else
        out->crl = der;
    return true;
}

static bool read_pem(struct bytes text, struct arena *arena, struct inspect_file *out,
                     struct error *err)
{
    out->encoding = "PEM";
    if (begins_with(text, "-----BEGIN X509 CRL-----"))
        return pem_block_read(text, "X509 CRL", arena, &out->crl, err);
    return pem_chain_read(text, arena, &out->ders, err);
}

static bool read_percent(struct bytes text, struct arena *arena, struct inspect_file *out,
                         struct error *err)
{
    out->encoding = "PEM";
    while (text.len > 0 && is_space(text.at[text.len - 1]))
        text.len--;
    return http_chain_read(text, arena, &out->ders, err);
}

/* Two digits a byte; white space between bytes and between digits is passed over. */
static bool read_hex(struct bytes text, struct arena *arena, struct inspect_file *out,
                     struct error *err)
{
    uint8_t *der = arena_alloc(arena, text.len / 2 + 1, 1);
    uint8_t pair[2];
    size_t len = 0, digits = 0;

    out->encoding = "hex";
    if (der == NULL)
        return error_set(err, ERROR_LIMIT, "no room for %zu bytes of hex", text.len);
    for (size_t i = 0; i < text.len; i++) {
        if (is_space(text.at[i]))
            continue;
        pair[digits++ % 2] = text.at[i];
        if (digits % 2 == 0 && !hex_read(bytes_of(pair, 2), &der[len++], 1))
            return error_set(err, ERROR_FORMAT, "hex: no digit before byte %zu", i + 1);
    }
    if (digits % 2 != 0)
        return error_set(err, ERROR_FORMAT, "hex: %zu digits, which is odd", digits);
    return take_der(bytes_of(der, len), out);
}

bool inspect_file_read(struct bytes file, size_t max, struct arena *arena,
                       struct inspect_file *out, struct error *err)
{
    struct bytes text = without_leading_space(file);

    *out = (struct inspect_file){ .encoding = "DER" };
    if (file.len > max)
        return error_set(err, ERROR_LIMIT, "%zu bytes, at most %zu", file.len, max);
    if (text.len == 0)
        return error_set(err, ERROR_FORMAT, "there is nothing in it");
    if (file.at[0] == DER_SEQUENCE) /* the character is '0', and DER's hex starts '3' */
        return take_der(file, out);
    if (pem_looks_like(text))
        return read_pem(text, arena, out, err);
    if (begins_with(text, "-----BEGIN%20") || begins_with(text, "%2D%2D%2D"))
        return read_percent(text, arena, out, err);
    if (begins_with(text, "30"))
        return read_hex(text, arena, out, err);
    if (text.at[0] == '{') {
        out->encoding = "JSON";
        out->json = file;
        return true;
    }
    return error_set(err, ERROR_FORMAT,
                     "neither PEM, DER, hex of DER nor a JSON object: it begins with "
                     "\"%s\"",
                     safe(bytes_first(text, SHOWN)).s);
}
