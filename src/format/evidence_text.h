/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence as people and programs pass it on: a quote or an SEV-SNP report, raw, or
 * written as text.
 *
 * Text is hex (with or without 0x), base64 of RFC 4648, section 4 or 5, with or without
 * padding, or one PEM block of any label; white space may stand anywhere in hex and
 * base64, and NULs behind text are passed over. What begins as evidence does is taken
 * raw; of two encodings that a text may be, the one that makes evidence of it. What is in
 * no known encoding is raw, and of no kind: then its reader says what is wrong with it.
 *
 * Lifetime: views look into the input or the arena. Says nothing of trust, nor whether
 * the evidence is well formed. */
#ifndef THIM_FORMAT_EVIDENCE_TEXT_H
#define THIM_FORMAT_EVIDENCE_TEXT_H

#include "format/quote.h"
#include "kit/arena.h"
#include "kit/error.h"

#define EVIDENCE_MAX QUOTE_MAX                /* bytes */
#define EVIDENCE_TEXT_MAX (4 * 1024 * 1024)   /* of it as text */
#define EVIDENCE_ARENA_MAX ((size_t)16 << 20) /* what reading the largest may take */

enum evidence_kind { /* by how it begins */
                     EVIDENCE_UNKNOWN = 0,
                     EVIDENCE_QUOTE,
                     EVIDENCE_REPORT, /* SEV-SNP */
};
const char *evidence_kind_name(enum evidence_kind kind); /* "quote" */

struct evidence_text {
    const char *encoding; /* "raw", "hex", "base64", "base64url", "PEM" */
    enum evidence_kind kind;
    struct bytes raw;
};

/* ERROR_FORMAT: nothing in it, or a PEM block that does not read. ERROR_LIMIT past the
 * two limits above, or the arena. */
bool evidence_text_read(struct bytes in, struct arena *arena, struct evidence_text *out,
                        struct error *err) MUST_CHECK;

/* Of raw bytes. A report is known by its version alone, whatever its length, so that it
 * is refused as one. */
enum evidence_kind evidence_kind_of(struct bytes raw);

#endif
