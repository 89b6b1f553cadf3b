/* SPDX-License-Identifier: Apache-2.0 */
/* The counter where a request that the shelf cannot answer is handed in. serve/ does not
 * know upstream/: thimd hands it these functions. */
#ifndef THIM_SERVE_MISS_H
#define THIM_SERVE_MISS_H

#include "net/http_server.h"
#include "serve/question.h"

enum miss_outcome {
    MISS_FETCHED = 1, /* it is in the generation that is served now: look again */
    MISS_NOT_FOUND,   /* the vendor has no such thing: 404 */
    MISS_GONE,        /* the vendor no longer signs that number: 410 */
    MISS_UNREACHABLE, /* nobody could be asked, or what came was refused: 503 */
    MISS_BUDGET,      /* too many misses from this address or in all: 429, Retry-After */
    MISS_PLATFORM_UNKNOWN, /* the vendor knows no such platform: 404 */
    MISS_PLATFORM_REFUSED, /* the vendor says that it was asked for wrongly: 404 */
    MISS_PLATFORM_GAP,     /* the vendor has no certificate for any of its TCBs: 462 */
    MISS_CONFLICT,         /* another PPID is bound to this QE ID: 404 */
    MISS_UNTRUSTED,        /* what the vendor gave did not verify: 503 */
};

struct miss_desk {
    void *context;
    /* Hands the question over, from any thread; told is called exactly once, from any
     * thread, maybe before this returns. */
    void (*ask)(void *context, const struct question *question,
                const struct http_peer *peer,
                void (*told)(void *told_context, enum miss_outcome outcome,
                             int64_t retry_after_s),
                void *told_context);
};

#endif
