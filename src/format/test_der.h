/* SPDX-License-Identifier: Apache-2.0 */
/* Puts DER together for tests: nothing here checks anything, so that refusals can be
 * provoked. A constructed value is opened, filled and closed; closing puts in its length.
 * Tests only; the daemon writes no DER. */
#ifndef THIM_FORMAT_TEST_DER_H
#define THIM_FORMAT_TEST_DER_H

#include <assert.h>

#include "format/der.h"
#include "kit/buf.h"

#define LITERAL_BYTES(text) bytes_of((text), sizeof(text) - 1)

static inline void der_put_header(struct buf *out, unsigned tag, size_t len)
{
    buf_add_byte(out, (uint8_t)tag);
    if (len >= 0x10000)
        buf_add(out, bytes_of((uint8_t[]){ 0x83, (uint8_t)(len >> 16),
                                           (uint8_t)(len >> 8), (uint8_t)len },
                              4));
    else if (len >= 0x100)
        buf_add(out, bytes_of((uint8_t[]){ 0x82, (uint8_t)(len >> 8), (uint8_t)len }, 3));
    else if (len >= 0x80)
        buf_add(out, bytes_of((uint8_t[]){ 0x81, (uint8_t)len }, 2));
    else
        buf_add_byte(out, (uint8_t)len);
}

static inline void der_put(struct buf *out, unsigned tag, struct bytes content)
{
    der_put_header(out, tag, content.len);
    buf_add(out, content);
}

/* Where the content begins that der_close will wrap. */
static inline size_t der_open(const struct buf *out)
{
    return out->len;
}

/* Wraps all that was put since der_open. */
static inline void der_close(struct buf *out, unsigned tag, size_t opened)
{
    struct buf content;

    buf_init(&content, out->ceiling);
    buf_add(&content, bytes_after(buf_bytes(out), opened));
    out->len = opened;
    der_put(out, tag, buf_bytes(&content));
    buf_fini(&content);
    assert(!out->failed);
}

/* Extension; critical is left out where it is false. */
static inline void der_put_extension(struct buf *out, struct bytes oid, bool critical,
                                     struct bytes value)
{
    size_t opened = der_open(out);

    der_put(out, DER_OID, oid);
    if (critical)
        der_put(out, DER_BOOLEAN, LITERAL_BYTES("\xff"));
    der_put(out, DER_OCTET_STRING, value);
    der_close(out, DER_SEQUENCE, opened);
}

/* Name with one attribute; none where text is NULL. */
static inline void der_put_name(struct buf *out, unsigned tag, const char *common_name)
{
    size_t name = der_open(out);

    if (common_name != NULL) {
        size_t attribute = der_open(out);
        der_put(out, DER_OID, LITERAL_BYTES("\x55\x04\x03"));
        der_put(out, tag, bytes_of_text(common_name));
        der_close(out, DER_SEQUENCE, attribute);
        der_close(out, DER_SET, attribute);
    }
    der_close(out, DER_SEQUENCE, name);
}

#endif
