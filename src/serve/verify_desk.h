/* SPDX-License-Identifier: Apache-2.0 */
/* POST /thim/v1/verify: quotes and SEV-SNP reports, judged under the asker's baseline and
 * by what is held of it, and by nothing that the asker brings.
 *
 *   body: evidence alone or with a policy, up to 1 MiB       serve/verify_ask.h
 *   which baseline and number                                serve/verify_law.h
 *   who may, and how much                                    serve/verify_gate.h
 *   answers                                                  serve/verify_reply.h
 *
 * Certificates that a quote or report only names are looked for among those that are
 * kept; nobody upstream is asked. A body that is neither quote nor report: 400. Errors
 * are { "error": { "code", "message", "remedy" } }; a 503 has no body, and its message in
 * THIM-Error-Message.
 *
 * Judged where it is read, on the thread of its connection, without a lock or an
 * allocation of its own: a platform that was judged before costs one P-256 verification.
 */
#ifndef THIM_SERVE_VERIFY_DESK_H
#define THIM_SERVE_VERIFY_DESK_H

#include "kit/clock.h"
#include "serve/baseline_view.h"
#include "serve/chips.h"
#include "serve/hosts.h"
#include "serve/tdx_sightings.h"
#include "serve/verify_gate.h"

struct verify_desk;

struct verify_desk_options { /* all must outlive the desk */
    const struct config *config;
    const struct clock *clock;
    struct verify_gate *gate;
    struct denials *denials;         /* NULL: nobody is denied */
    struct hosts *hosts;             /* NULL: no platforms are known */
    struct chips *chips;             /* NULL: no chips are known */
    struct tdx_sightings *sightings; /* NULL: what quotes show is not kept */
};

bool verify_desk_create(const struct verify_desk_options *options,
                        struct verify_desk **out, struct error *err) MUST_CHECK;
void verify_desk_destroy(struct verify_desk *desk); /* no request may be under way;
                                                       accepts NULL */
DEFINE_OWNED(struct verify_desk *, verify_desk_destroy)

/* What is judged by from now on. */
void verify_desk_publish(struct verify_desk *desk, const struct baseline_view *view);

/* Whether a target is this route, with or without baseline/NAME in front. */
bool verify_desk_is_asked(struct bytes target);

/* As struct http_handler has them, through whichever door; ended is for every request of
 * the door, for what is explained has a place at the same gate. */
size_t verify_desk_body_limit(struct verify_desk *desk,
                              const struct http_request *request);
void verify_desk_handle(struct verify_desk *desk, struct http_request *request);
void verify_desk_ended(struct verify_desk *desk, const struct http_request *request);

#endif
