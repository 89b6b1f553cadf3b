/* SPDX-License-Identifier: Apache-2.0 */
/* Ready answers: everything one generation can be asked for, as replies with headers and
 * body, so that a request is a look-up and a write.
 *
 * Immutable once built; rebuilt for each generation and at least once a minute, because
 * max-age shrinks as nextUpdate nears and things go out of date. Only what is in date
 * stands on it, and each answer knows until when, so that a shelf that is late to be
 * rebuilt hands out nothing stale; but where a baseline says serve_expired, what it holds
 * stands there with a warning. Answers that several questions share are one reply.
 *
 * Headers and encodings: PCS API v4, PCCS 1.27 (reference intel-pccs-and-pcs, 1.1 and 9),
 * and what clients need of them (reference clients, section D). */
#ifndef THIM_SERVE_SHELF_H
#define THIM_SERVE_SHELF_H

#include "config/config.h"
#include "net/http_server.h"
#include "serve/baseline_view.h"
#include "serve/question.h"

struct shelf;

struct shelf_options {
    int64_t now_s;         /* judging clock */
    int64_t future_s;      /* tolerance for issue dates ahead */
    int64_t max_age_s;     /* configuration's longest; what is sent is 1 to 86400 */
    bool wears_test_roots; /* test roots or a moved clock: answers say so in a header */
};

#define SHELF_REBUILD_S 60 /* the longest that a shelf should stand */

/* Takes a reference to the view, whose holdings these are. */
bool shelf_build(const struct baseline_view *view, const struct shelf_options *options,
                 struct shelf **out, struct error *err) MUST_CHECK;
void shelf_free(struct shelf *shelf); /* accepts NULL */
DEFINE_OWNED(struct shelf *, shelf_free)

struct shelf_page;

struct shelf_answer {
    struct http_reply *full;         /* the shelf's own; hold to keep */
    struct http_reply *not_modified; /* NULL where full is a refusal: 500, a document too
                                        large for any client */
    const char *etag;                /* strong, with its quotes; NULL likewise */
    bool is_v3_with_warning;
    const struct shelf_page *page; /* for shelf_reply */
};

/* NULL-filled and false where nothing that is in date at now_s answers the question. */
bool shelf_find(const struct shelf *shelf, const struct question *question, int64_t now_s,
                struct shelf_answer *out);

/* The reply to a request: whole or 304, with the client's own Request-ID where it sent
 * one (id, else NULL). The caller owns it; NULL where memory is out. */
struct http_reply *shelf_reply(const struct shelf_answer *answer,
                               const char *if_none_match, const char *id,
                               bool *unchanged);

uint64_t shelf_generation(const struct shelf *shelf);
const struct baseline_view *shelf_view(const struct shelf *shelf); /* the shelf's own */

/* Nothing of Intel's is held, in date or not. */
bool shelf_is_empty(const struct shelf *shelf);

/* What is missing at now_s of one valid set (a root CRL, a PCK CRL, a TCB info and an
 * identity), for people: "root CRL, TCB info"; "" where it is whole. */
#define SHELF_MISSING_MAX 64
void shelf_missing(const struct shelf *shelf, int64_t now_s, char out[SHELF_MISSING_MAX]);

#endif
