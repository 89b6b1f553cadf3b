/* SPDX-License-Identifier: Apache-2.0 */
/* Ready answers: everything one generation can be asked for, as replies with headers and
 * body, so that a request is a look-up and a write.
 *
 * Immutable once built; rebuilt for each generation and at least once a minute, because
 * max-age shrinks as nextUpdate nears and things go out of date. Only what is in date
 * stands on it. Answers that several questions share are one reply. */
#ifndef THIM_SERVE_SHELF_H
#define THIM_SERVE_SHELF_H

#include "config/config.h"
#include "net/http_server.h"
#include "serve/question.h"
#include "store/holdings.h"

struct shelf;

struct shelf_options {
    int64_t now_s;         /* judging clock */
    int64_t future_s;      /* tolerance for issue dates ahead */
    int64_t max_age_s;     /* configuration's longest; what is sent is 1 to 86400 */
    bool wears_test_roots; /* test roots or a moved clock: answers say so in a header */
};

bool shelf_build(const struct holdings *holdings, const struct shelf_options *options,
                 struct shelf **out, struct error *err) MUST_CHECK;
void shelf_free(struct shelf *shelf); /* accepts NULL */
DEFINE_OWNED(struct shelf *, shelf_free)

struct shelf_answer {
    struct http_reply *full, *not_modified; /* the shelf's own; hold to keep */
    const char *etag;                       /* strong, with its quotes */
    bool is_v3_with_warning;
};

/* NULL-filled and false where nothing in date answers the question. */
bool shelf_find(const struct shelf *shelf, const struct question *question,
                struct shelf_answer *out);

uint64_t shelf_generation(const struct shelf *shelf);
bool shelf_is_ready(
    const struct shelf *shelf); /* one valid set: root CRL, a PCK CRL, a TCB
                                   info and an identity, all in date */
#endif
