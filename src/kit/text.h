/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes, dates and names as text, and back.
 *
 * The printing helpers return a struct that holds the characters, so a call can stand in
 * an argument list: error_set(err, kind, "FMSPC %s", hex(fmspc, 6).s). */
#ifndef THIM_KIT_TEXT_H
#define THIM_KIT_TEXT_H

#include "kit/bytes.h"

struct buf;

struct hex_text {
    char s[131]; /* up to 64 bytes; longer input ends in ".." */
};
struct hex_text hex(const void *at, size_t len); /* lower case */

struct utc_text {
    char s[24]; /* 2025-06-20T00:00:00Z, or "(no date)" beyond years 0000..9999 */
};
struct utc_text utc(int64_t seconds);

struct safe_text {
    char s[161];
};
/* The one escaper for text from outside: printable ASCII stays (but for backslash and
 * double quote), the rest is \xNN, and what is longer than 160 characters ends in "..".
 */
struct safe_text safe(struct bytes text);
struct safe_text safe_string(const char *text); /* NULL is "(none)" */

/* Exactly 2*len hex digits of either case to len bytes. */
bool hex_read(struct bytes digits, uint8_t *out, size_t len) MUST_CHECK;
void hex_add(struct buf *out, struct bytes b); /* lower case, any length */

/* Exactly YYYY-MM-DDTHH:MM:SSZ, of a day that exists; seconds since 1970, UTC. */
bool utc_read(struct bytes text, int64_t *seconds) MUST_CHECK;

/* Seconds since 1970 of a civil date and time; month and day count from 1. False where
 * there is no such moment (30 February, 24:00, a leap second). */
bool utc_from_civil(int year, int month, int day, int hour, int minute, int second,
                    int64_t *seconds) MUST_CHECK;

/* Decimal digits only, no sign, no leading zero but "0" itself, at most max. */
bool decimal_read(struct bytes digits, uint64_t max, uint64_t *value) MUST_CHECK;

/* RFC 4648 section 4 with padding; white space only where allow_space. Appends. */
bool base64_read(struct bytes text, bool allow_space, struct buf *out) MUST_CHECK;
void base64_add(struct buf *out, struct bytes b); /* no line breaks */

/* RFC 4648 section 5 without padding, as RFC 7515 has it; no white space. Appends. */
bool base64url_read(struct bytes text, struct buf *out) MUST_CHECK;

/* RFC 3986 section 2.1: %XX to bytes; a lone % or a bad digit is refused; + stays +. */
bool percent_read(struct bytes text, struct buf *out) MUST_CHECK;
/* Everything but RFC 3986's unreserved characters becomes %XX, upper case. */
void percent_add(struct buf *out, struct bytes b);

/* ASCII only, whatever the locale. */
bool text_equal_nocase(struct bytes a, struct bytes b);

/* RFC 3629, section 4: the length of the sequence that b begins with; 0: it is none. */
size_t utf8_sequence(struct bytes b);

#endif
