/* SPDX-License-Identifier: Apache-2.0 */
/* The board of baselines: keeps what was decided, decides anew as generations and days
 * come, has it written down before it is in force, and takes the operator's orders.
 *
 * A thread of its own reads the fleet and weighs what a promotion would do to it; nobody
 * who asks for collateral waits for that. Until an effect has been weighed the old number
 * stays. */
#ifndef THIM_SERVE_BASELINES_H
#define THIM_SERVE_BASELINES_H

#include "baseline/preview.h"
#include "kit/clock.h"
#include "serve/baseline_view.h"
#include "serve/denials.h"
#include "store/baseline_steps.h"

struct baselines;

#define BASELINES_WHO_MAX 64

struct baselines_options {
    const struct clock *clock;
    const char *state_directory;
    struct denials *denials;   /* NULL: nobody is denied */
    struct counters *counters; /* of warnings; NULL: they are not counted */
    void *context;
    /* Writes rows down (store_keep_baseline_steps) where generations are published, and
     * calls done when they are, or could not be (why). Any thread; done on any. */
    void (*keep)(void *context, const struct baseline_row *rows, size_t count,
                 void (*done)(void *done_context, const struct error *why),
                 void *done_context);
    /* There is another view: answers are to be made anew. On the board's thread. */
    void (*changed)(void *context);
    /* Somebody should know: one JSON object. On the board's thread. May be NULL. */
    void (*alerted)(void *context, struct bytes json);
};

/* Reads the history. Takes the book over, also where it fails. */
bool baselines_create(const struct baselines_options *options, struct law_book *book,
                      struct baselines **out, struct error *err) MUST_CHECK;
void baselines_destroy(struct baselines *baselines); /* ended; accepts NULL */
DEFINE_OWNED(struct baselines *, baselines_destroy)

/* Starts the board's thread, from when on `keep` must do its work; and ends it, once what
 * is under way has been written. Before and after, views are made, and nothing moves. */
bool baselines_begin(struct baselines *baselines, struct error *err) MUST_CHECK;
void baselines_end(struct baselines *baselines); /* accepts NULL */

/* A generation (NULL: the present one, at another time): makes the next view at once, and
 * reviews it afterwards. */
bool baselines_publish(struct baselines *baselines, const struct holdings *holdings,
                       struct error *err) MUST_CHECK;

/* The present view, held for the caller; NULL before the first generation. */
const struct baseline_view *baselines_view(struct baselines *baselines);

/* Decides again: time has passed, hosts have come. done is called, on the board's thread,
 * once everything that this brings has been written and is in force; at once where the
 * board has ended. */
void baselines_review(struct baselines *baselines, void (*done)(void *context),
                      void *context);

/* SIGHUP: another law. Baselines that are new have their first number by rule. */
void baselines_set_law(struct baselines *baselines, struct law_book *book);

/* ---- for operators ---------------------------------------------------------------- */

struct baselines_order {
    const char *baseline; /* name */
    unsigned tees;        /* bit sets_index(tee); both where 3 */
    struct baseline_order order;
    const char *who, *why; /* copied */
    void *context;
    /* Once, on any thread: NULL when it is in force, with the generation; else why not,
     * and nothing has been written. */
    void (*done)(void *context, uint64_t generation, const struct error *why);
};
/* An order for both TEEs is one generation, or none. */
void baselines_give_order(struct baselines *baselines,
                          const struct baselines_order *order);

struct baselines_preview {
    size_t policy, policy_then; /* indexes into the view's law; then: for min_tcb */
    uint32_t to[2];             /* SGX, TDX; 0: not looked at */
    int64_t host_ttl_s;         /* 0: as the law has it */
};
/* Weighs the whole fleet as it is now; takes a second or two at a million hosts. groups
 * and all else lie in the arena. */
bool baselines_preview(struct baselines *baselines, const struct baseline_view *view,
                       const struct baselines_preview *question, struct arena *arena,
                       struct host_groups *groups, struct preview *out, struct error *err)
    MUST_CHECK;

#endif
