/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON text (RFC 8259) being put together, member after member, where building a tree
 * of it first would take longer than the work that it tells of.
 *
 * Commas come by themselves. name is the member's, of 60 plain characters at most; NULL
 * in an array, and for the outermost value. What is not there is null, never left out.
 * Nobody checks that what was begun is ended: tests read what was written. */
#ifndef THIM_FORMAT_JSON_WRITE_H
#define THIM_FORMAT_JSON_WRITE_H

#include "kit/buf.h"

void json_write_begin(struct buf *out, const char *name, char bracket); /* '{', '[' */
void json_write_end(struct buf *out, char bracket);                     /* '}', ']' */

void json_write_null(struct buf *out, const char *name);
void json_write_boolean(struct buf *out, const char *name, bool value);
void json_write_number(struct buf *out, const char *name, uint64_t value);

/* NULL: null. Plain characters; anybody else's text is json_write_text's. */
void json_write_word(struct buf *out, const char *name, const char *word);

/* at NULL: null. UTF-8, of whatever characters. */
void json_write_text(struct buf *out, const char *name, struct bytes text);

/* Lower case; at NULL: null. */
void json_write_hex(struct buf *out, const char *name, struct bytes b);
void json_write_hex64(struct buf *out, const char *name, uint64_t value); /* 16 digits */

/* 2025-06-20T00:00:00Z */
void json_write_date(struct buf *out, const char *name, int64_t seconds);

#endif
