/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "format/pem.h"
#include "format/signed_json.h"
#include "kit/text.h"
#include "store/pccs_parts.h"

enum { VALUE_ARENA_MAX = 4 * 1024 * 1024, VALUE_MAX = 2 * 1024 * 1024 };

static bool is_hex_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_hex(struct bytes value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!is_hex_digit(value.at[i]))
            return false;
    return value.len % 2 == 0;
}

static void add_lower(struct buf *out, struct bytes digits)
{
    for (size_t i = 0; i < digits.len; i++)
        buf_add_byte(out, digits.at[i] >= 'A' && digits.at[i] <= 'F'
                              ? (uint8_t)(digits.at[i] | 0x20)
                              : digits.at[i]);
}

/* Hundreds of bytes that chance has made hex digits there are none. */
void pccs_add_hex(struct buf *out, struct bytes value)
{
    if (is_hex(value))
        add_lower(out, value);
    else
        hex_add(out, value);
}

void pccs_add_bytes(struct buf *out, struct bytes value)
{
    if (!is_hex(value)) {
        buf_add(out, value);
        return;
    }
    for (size_t i = 0; i + 1 < value.len; i += 2) {
        uint8_t byte = 0;
        if (hex_read(bytes_of(value.at + i, 2), &byte, 1))
            buf_add_byte(out, byte);
    }
}

bool pccs_add_digits(struct buf *out, struct bytes value, size_t least, size_t most)
{
    for (size_t i = 0; i < value.len; i++)
        if (!is_hex_digit(value.at[i]))
            return false;
    if (value.len < least || value.len > most)
        return false;
    add_lower(out, value);
    return true;
}

bool pccs_add_certificate(struct buf *out, struct bytes value)
{
    struct der_chain chain;
    struct arena arena;
    struct buf text;

    arena_init(&arena, VALUE_ARENA_MAX);
    buf_init(&text, VALUE_MAX);
    bool well = bytes_find(value, bytes_of_text("%20")) == value.len
                || percent_read(value, &text);
    if (well && text.len > 0)
        value = buf_bytes(&text);
    well = well && pem_chain_read(value, &arena, &chain, NULL) && chain.count == 1;
    if (well)
        pem_chain_write(out, &chain);
    buf_fini(&text);
    arena_fini(&arena);
    return well;
}

bool pccs_add_crl(struct buf *out, struct bytes value)
{
    struct bytes der = { 0 };
    struct arena arena;
    struct buf bytes;

    arena_init(&arena, VALUE_ARENA_MAX);
    buf_init(&bytes, VALUE_MAX);
    if (pem_looks_like(value)) {
        if (pem_block_read(value, "X509 CRL", &arena, &der, NULL))
            buf_add(&bytes, der);
    } else {
        pccs_add_bytes(&bytes, value);
    }
    bool well = !bytes.failed && bytes.len > 0 && bytes.at[0] == 0x30;
    if (well)
        hex_add(out, buf_bytes(&bytes));
    buf_fini(&bytes);
    arena_fini(&arena);
    return well;
}

bool pccs_add_document(struct buf *out, struct bytes value)
{
    struct signed_json document;
    struct arena arena;

    arena_init(&arena, VALUE_ARENA_MAX);
    bool well = signed_json_parse(value, &arena, &document, NULL);
    if (well)
        signed_json_write(out, &document);
    arena_fini(&arena);
    return well;
}

void pccs_add_string(struct buf *out, struct bytes text)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (c == '"' || c == '\\')
            buf_add_byte(out, '\\');
        if (c < ' ')
            buf_addf(out, "\\u%04x", c);
        else
            buf_add_byte(out, c);
    }
    buf_add_byte(out, '"');
}
