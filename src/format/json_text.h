/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between the quotes of a JSON string.
 *
 * Source: RFC 8259, section 7; RFC 3629, section 4. Refused: raw control characters,
 * invalid UTF-8, escapes that do not exist, half a surrogate pair. */
#ifndef THIM_FORMAT_JSON_TEXT_H
#define THIM_FORMAT_JSON_TEXT_H

#include "kit/buf.h"

/* From *offset, which stands after the opening quote, to the closing one, where it is
 * left. False with what is wrong at *offset. */
bool json_text_scan(struct bytes text, size_t *offset, bool *escaped, const char **wrong)
    MUST_CHECK;

/* raw has been scanned; out has room for raw.len bytes, for what is meant is never longer
 * than what was written. How many bytes were meant. */
size_t json_text_decode(struct bytes raw, uint8_t *out);

/* The other way, quotes and all. text must be UTF-8, as everything of ours is. */
void json_text_write(struct buf *out, struct bytes text);

#endif
