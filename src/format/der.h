/* SPDX-License-Identifier: Apache-2.0 */
/* DER, read strictly: one encoding for one value, or a refusal.
 *
 * Source: X.690, clauses 8, 10 and 11; RFC 5280, 4.1.2.5 (dates). A reader stands in the
 * content of one constructed value and goes from front to back. All readers of a document
 * share one error: the first refusal stays, and every read after it yields zeros or an
 * empty view, so a parser runs straight down the ASN.1 and asks once. There is no
 * recursion: a parser enters what it names. Lifetime: views look into the input; the
 * error outlives the readers. */
#ifndef THIM_FORMAT_DER_H
#define THIM_FORMAT_DER_H

#include "kit/cursor.h"
#include "kit/error.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_IA5_STRING = 0x16,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80,             /* + number: [number], primitive */
    DER_CONTEXT_CONSTRUCTED = 0xa0, /* + number: [number], constructed */
};

struct der {
    struct cursor content;
    struct error *refusal; /* ERROR_NONE while all is well; never NULL */
};

/* Over a run of values; *refusal is all zeros before the first reader of a document. */
struct der der_over(struct bytes in, struct error *refusal);

bool der_failed(const struct der *d);

/* Something is left to read; false after a refusal, so that loops end. */
bool der_more(const struct der *d);

/* The next value has this tag; false at the end and after a refusal. */
bool der_next_is(const struct der *d, unsigned tag);

/* Refuses in the caller's words, unless something was refused before. */
void der_refuse(struct der *d, enum error_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* What follows reads one value, and refuses it where tag or encoding are not what they
 * should be; field is what the refusal calls it. */

struct bytes der_content(struct der *d, unsigned tag, const char *field);
struct bytes der_whole(struct der *d, unsigned tag, const char *field); /* with header */
struct bytes der_skip(struct der *d, const char *field); /* any tag; with header */
struct der der_enter(struct der *d, unsigned tag, const char *field);

/* Refuses what is left over. */
void der_end(struct der *d, const char *field);

/* A non-negative INTEGER as a number, big endian: no sign padding; zero is one byte 00.
 * Refuses more than max_len bytes. */
struct bytes der_number(struct der *d, size_t max_len, const char *field);

/* An INTEGER or ENUMERATED between 0 and max. */
uint32_t der_small(struct der *d, unsigned tag, uint32_t max, const char *field);

bool der_boolean(struct der *d, const char *field);

/* A BOOLEAN DEFAULT FALSE: absent, or TRUE; FALSE spelled out is refused (11.5). */
bool der_default_false(struct der *d, const char *field);

/* The bytes of a BIT STRING without unused bits. */
struct bytes der_bits(struct der *d, const char *field);

/* The content of an OBJECT IDENTIFIER whose arcs are complete and minimal. */
struct bytes der_oid(struct der *d, const char *field);

/* UTCTime for the years 1950 to 2049, GeneralizedTime for those it cannot say, both to
 * the second and in Z; seconds since 1970, UTC. */
int64_t der_time(struct der *d, const char *field);

/* Hands the document's refusal to the one who asked; true where there is none. */
bool der_done(const struct error *refusal, struct error *err) MUST_CHECK;

#endif
