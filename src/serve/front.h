/* SPDX-License-Identifier: Apache-2.0 */
/* The door for hosts: takes requests off the listener, answers from the shelf, hands
 * misses over, and speaks for the service's health.
 *
 * Routes: serve/question.h, serve/chips.h, serve/verify_desk.h, and /healthz/live,
 * /healthz/ready, /healthz/startup, /livez, /readyz (with ?verbose). Every answer carries
 * Request-ID: the client's own where it sent a sane one (1 to 64 of A-Z a-z 0-9 - _ .),
 * the shelf's else.
 */
#ifndef THIM_SERVE_FRONT_H
#define THIM_SERVE_FRONT_H

#include "kit/clock.h"
#include "serve/miss.h"
#include "serve/shelf.h"

#define FRONT_FUTURE_S 300 /* how far ahead of our clock a thing may be issued */

struct chips;
struct tcb_release_table;
struct front;
struct hosts;
struct registry;
struct control_baselines;
struct control_platforms;
struct verify_desk;

struct front_options {
    const struct config *config; /* must outlive the front */
    const struct clock *clock;
    struct miss_desk desk;     /* ask may be NULL: a miss is then not found */
    struct hosts *hosts;       /* NULL: there are no platforms here, as with registry */
    struct registry *registry; /* all four must outlive the front */
    struct control_platforms *platforms;      /* NULL: they are not shown here */
    struct control_baselines *baselines;      /* likewise */
    struct chips *chips;                      /* NULL: AMD's routes are unknown here */
    struct verify_desk *verify;               /* NULL: nothing is judged here */
    const struct tcb_release_table *releases; /* NULL: Azure's list is not given here */
};

bool front_create(const struct front_options *options, struct front **out,
                  struct error *err) MUST_CHECK;
void front_destroy(struct front *front); /* no request may be under way; accepts NULL */
DEFINE_OWNED(struct front *, front_destroy)

/* For http_server_start; the same front may serve several listeners. */
struct http_handler front_handler(struct front *front);

/* Builds a shelf of this view and puts it in place of the present one; platforms are
 * judged by its holdings from now on. Called at each generation, and at least once a
 * minute of the judging clock, since a shelf ages. Where no shelf can be built the one
 * before stays. */
bool front_publish(struct front *front, const struct baseline_view *view,
                   struct error *err) MUST_CHECK;

void front_set_started(struct front *front);  /* the first refreshes have ended */
void front_set_draining(struct front *front); /* readiness says no from here on */

/* As /readyz would say (serve/front_health.h), and why not. */
#define FRONT_WHY_MAX 256
bool front_is_ready(const struct front *front, char why[FRONT_WHY_MAX]);

struct front_counts {
    uint64_t answered, not_modified, missed, refused;
};
void front_counts(const struct front *front, struct front_counts *out);

#endif
