/* SPDX-License-Identifier: Apache-2.0 */
/* A strict pull reader over one JSON document (RFC 8259) that nobody vouches for.
 *
 * The caller asks for what the vendor's document says stands there; anything else is an
 * error that names the path and the offset. The reader is iterative and keeps no tree.
 * Refused: nesting past JSON_DEPTH_MAX, duplicate member names, numbers that are not
 * plain integers, signs, leading zeros, invalid UTF-8, lone surrogates, a byte order
 * mark, and anything but white space after the end. Each value's byte range in the input
 * can be had, because signatures cover bytes.
 *
 * The first error sticks: every later call returns false or an empty value without
 * moving, so that code reads straight down and asks json_ok once. */
#ifndef THIM_FORMAT_JSON_H
#define THIM_FORMAT_JSON_H

#include "kit/arena.h"
#include "kit/error.h"

#define JSON_DEPTH_MAX 32
#define JSON_MEMBERS_MAX 64         /* members of one object */
#define JSON_TEXT_MAX (1024 * 1024) /* bytes of one document */

/* Values are json_read_* and not plain json_object and the like: jansson, which the
 * service links too, has functions of those names, and the linker would give it ours. */

/* The reader's innards; only format/json.c looks inside. */
struct json {
    struct bytes text;
    size_t offset;
    struct arena *arena;
    struct error *err;
    bool failed;
    unsigned depth;
    size_t mark; /* where the last value, name or closed object began */
    struct json_level *level;
};

/* Both text and arena must outlive what is read; err is filled at the first error. */
void json_begin(struct json *json, struct bytes text, struct arena *arena,
                struct error *err);

/* The same for documents that are larger by nature: of at most max bytes. */
void json_begin_up_to(struct json *json, struct bytes text, size_t max,
                      struct arena *arena, struct error *err);

/* Reads as a document one value of text, as json_skip gave it, with an arena of its own:
 * so a large document is walked part by part. Errors keep the offsets of text. */
void json_begin_within(struct json *json, struct bytes text, struct bytes value,
                       struct arena *arena, struct error *err);
bool json_ok(const struct json *json);

/* After the top value: nothing but white space may follow. Returns json_ok. */
bool json_end(struct json *json) MUST_CHECK;

/* Enters an object; then json_member until it returns false (at "}", which it consumes,
 * or on error). The name is decoded. Each member's value must be read or skipped before
 * the next call. Duplicate names are refused. */
bool json_read_object(struct json *json);
bool json_member(struct json *json, struct bytes *name);

/* Enters an array; then json_element until it returns false. */
bool json_read_array(struct json *json);
bool json_element(struct json *json);

uint64_t json_read_integer(struct json *json, uint64_t max); /* 0..max, digits only */
struct bytes json_read_string(struct json *json); /* decoded, in text or arena */
bool json_boolean(struct json *json);

/* Whether the value that is due begins so: '{', '[', '"'. */
bool json_next_is(struct json *json, char first);

/* Takes the value that is due where it is null; anything else is left to be read. */
bool json_read_null(struct json *json);

/* Reads any value without looking into it (but as strictly); its exact byte range. */
struct bytes json_skip(struct json *json);

/* For callers' own refusals: "what" gets the path and the last value's offset in front.
 * The first is ERROR_FORMAT, the second ERROR_LIMIT. Both return false. */
bool json_refuse(struct json *json, const char *what, ...) PRINTF_LIKE(2, 3);
bool json_over_limit(struct json *json, const char *what, ...) PRINTF_LIKE(2, 3);

/* What another reader refused in the last value, in its kind and words. */
bool json_refuse_as(struct json *json, const struct error *why);

/* Where what is read lies; for readers of what stands in a string. */
static inline struct arena *json_arena(const struct json *json)
{
    return json->arena;
}

/* count items of size bytes from the reader's arena, zeroed; NULL is already refused as
 * ERROR_LIMIT. */
void *json_alloc(struct json *json, size_t count, size_t size) MUST_CHECK;

#endif
