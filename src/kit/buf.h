/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes being put together, growing up to a ceiling.
 *
 * Lies in the caller's storage. An append that does not fit (ceiling or memory) sets
 * `failed` and changes nothing, as does every append after it: the writer runs straight
 * down and asks once. What was appended stays followed by a NUL that is not counted. */
#ifndef THIM_KIT_BUF_H
#define THIM_KIT_BUF_H

#include "kit/bytes.h"

struct buf {
    uint8_t *at;
    size_t len, room, ceiling;
    bool failed;
};

void buf_init(struct buf *buf, size_t ceiling);
void buf_fini(struct buf *buf);
/* Appends up to so much in all take no more memory; past the ceiling it fails as they do.
 */
void buf_reserve(struct buf *buf, size_t len);
void buf_clear(struct buf *buf); /* empty again, memory kept, failure forgotten */

void buf_add(struct buf *buf, struct bytes more);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_byte(struct buf *buf, uint8_t byte);
void buf_addf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

static inline struct bytes buf_bytes(const struct buf *buf)
{
    return bytes_of(buf->at, buf->len);
}

/* As a C string; "" while empty. */
const char *buf_text(const struct buf *buf);

#endif
