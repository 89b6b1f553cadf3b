/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind serve/control_baselines.h share: control_baselines.c (who may,
 * which route), control_baselines_look.c (lists, one baseline, its history),
 * control_baselines_diff.c, control_baselines_preview.c, control_baselines_change.c
 * (orders) and control_explain.c.
 *
 * A request is read where it comes, suspended, and worked on as an errand by threads of
 * our own, since a preview weighs a whole fleet; orders are carried out by the board. */
#ifndef THIM_SERVE_CONTROL_BASELINES_PARTS_H
#define THIM_SERVE_CONTROL_BASELINES_PARTS_H

#include "serve/control_baselines.h"
#include "serve/control_baselines_ask.h"
#include "serve/control_baselines_json.h"
#include "serve/control_wait.h"
#include "serve/host_issuers.h"
#include "serve/host_readers.h"
#include "serve/workroom.h"

struct control_baselines {
    struct control_baselines_options options;
    struct host_readers *readers;
    struct host_issuers *issuers;
    struct workroom *room;
    struct http_reply *spare; /* for a waiter, when there is no memory for another */
};

struct baselines_errand { /* one request, from the asking to the answer */
    struct control_baselines *control;
    struct control_wait wait;
    struct caller caller;
    const char *remedy; /* where what was asked for is not found */
    char name[BASELINE_NAME_MAX], verb[16];
    struct baselines_ask ask;
    size_t body_len;
    uint8_t body[]; /* a certificate, or an order */
};

/* ---- requests ------------------------------------------------------------------- */

struct baselines_call { /* lives until the route's function returns */
    struct control_baselines *control;
    struct http_request *request;
    struct http_target target;
    struct baselines_path path;
    struct arena arena;
    struct caller caller;
    const char *remedy;
};

void baselines_refuse_malformed(struct http_request *request, const struct error *err);

/* Reads name and parameters, and suspends; NULL where that was refused and said so. */
struct baselines_errand *baselines_errand_begin(struct baselines_call *call);

/* ---- errands: each ends with one of these ---------------------------------------- */

/* Takes the JSON, and the errand; NULL is answered as a machine out of memory. */
void baselines_errand_tell(struct baselines_errand *errand, json_t *json);
void baselines_errand_fail(struct baselines_errand *errand, const struct error *err);

/* The present view, to be released. ERROR_UNREACHABLE where nothing is held yet. */
bool baselines_errand_view(const struct baselines_errand *errand,
                           const struct baseline_view **view, struct error *err)
    MUST_CHECK;
/* The same, and where the law has the errand's baseline; ERROR_NOT_FOUND. */
bool baselines_errand_policy(const struct baselines_errand *errand,
                             const struct baseline_view **view, size_t *policy,
                             struct error *err) MUST_CHECK;

/* Of an errand whose body is an order: it is handed to the board, which ends it. */
void baselines_errand_order(void *errand);

/* On threads of our own. */
void baselines_errand_list(void *errand);
void baselines_errand_show(void *errand);
void baselines_errand_history(void *errand);
void baselines_errand_diff(void *errand);
void baselines_errand_preview(void *errand);
void baselines_errand_explain(void *errand);

#endif
