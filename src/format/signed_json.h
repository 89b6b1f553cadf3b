/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope that Intel's signed JSON comes in: {"tcbInfo": {...}, "signature": "..."}.
 *
 * Source: Intel PCS API v4. It has exactly these two members, in either order. The
 * signature covers the bytes of the first member's value as received, from its "{" to its
 * matching "}"; they are kept as they came and only read by others once it is verified.
 */
#ifndef THIM_FORMAT_SIGNED_JSON_H
#define THIM_FORMAT_SIGNED_JSON_H

#include "kit/arena.h"
#include "kit/buf.h"
#include "kit/error.h"

enum signed_json_kind {
    SIGNED_TCB_INFO = 1,       /* "tcbInfo" */
    SIGNED_ENCLAVE_IDENTITY,   /* "enclaveIdentity" */
    SIGNED_EVALUATION_NUMBERS, /* "tcbEvaluationDataNumbers" */
};

struct signed_json {
    enum signed_json_kind kind;
    struct bytes signed_text; /* the object, exactly as received; a view into the body */
    uint8_t signature[64];    /* ECDSA P-256, r then s, big endian */
};

/* Finds the signed range; of what is in it, looks only for its end (as strictly as
 * format/json.h reads anything) and makes nothing of it. ERROR_FORMAT, ERROR_LIMIT.
 * The signature is exactly 128 lower-case hex digits, which is how Intel writes it: one
 * signature has one spelling. */
bool signed_json_parse(struct bytes body, struct arena *arena, struct signed_json *out,
                       struct error *err) MUST_CHECK;

/* The envelope as PCS sends it: no white space, signature in lower-case hex. */
void signed_json_write(struct buf *out, const struct signed_json *document);

const char *signed_json_member(enum signed_json_kind kind); /* "tcbInfo", ... */

#endif
