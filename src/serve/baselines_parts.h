/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up the board share: baselines.c (the present view, inbox and
 * thread), baselines_review.c (deciding, writing down, obeying), baselines_weigh.c (what
 * a move does to the fleet), baselines_watch.c (early warning). */
#ifndef THIM_SERVE_BASELINES_PARTS_H
#define THIM_SERVE_BASELINES_PARTS_H

#include <pthread.h>

#include "kit/counter.h"
#include "serve/baselines.h"

#define BOARD_ORDERS_MAX 64 /* waiting */
#define BOARD_FLEET_BYTES_MAX ((size_t)512 << 20)

struct board_baseline {
    char name[BASELINE_NAME_MAX];
    struct baseline_past of[2];   /* sets_index(tee) */
    int64_t weighed_s[2];         /* when the effect was computed; judging clock */
    uint64_t weighed_in[2];       /* and in which generation */
    enum baseline_reason told[2]; /* what the log was last told; 0: nothing yet */
};

struct board_past { /* of all baselines that ever had a number, in the law still or not */
    struct board_baseline *entries;
    size_t count, room;
};

struct board_waiter {
    struct board_waiter *next;
    void (*done)(void *context);
    void *context;
};

struct board_order {
    struct board_order *next;
    struct baselines_order order;
    char baseline[BASELINE_NAME_MAX];
    char who[BASELINES_WHO_MAX];
    char why[BASELINE_STEP_TEXT_MAX];
};

struct board_work {
    struct board_order *orders;
    struct board_waiter *waiters;
};

struct board_warning { /* what has been told of one number */
    uint32_t number;
    size_t hosts; /* the most that fall under it */
};

struct board_watch {                  /* the board's thread alone */
    const struct baseline_view *seen; /* the view that was looked at last; NULL: none */
    struct board_warning warned[2][SET_NUMBERS_MAX]; /* by TEE */
    size_t warned_count[2];
    struct counter *falls_ahead, *levels_changed;
};

struct baselines {
    struct baselines_options options;
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* guards the rest but for what is the thread's */
    pthread_cond_t woken;
    struct law_book *book;
    struct holdings *holdings;
    const struct baseline_view *view;
    struct board_past past;
    struct board_waiter *waiters;
    struct board_order *orders, **orders_end;
    size_t order_count;
    bool is_due, stopping;

    struct board_watch watch;
};

/* ---- baselines.c; the lock is held ------------------------------------------------ */

bool board_make_view(struct baselines *b, struct error *err) MUST_CHECK;
void board_note(struct board_past *past, const char *baseline, enum tee tee,
                const struct baseline_step *step);

/* ---- baselines_review.c; on the board's thread, without the lock ------------------ */

/* Decides until nothing is left to be written down. */
void board_review(struct baselines *b);
void board_obey(struct baselines *b, struct board_order *letter);

/* ---- baselines_weigh.c ------------------------------------------------------------ */

struct board_fleet { /* the known hosts, read once for a review, when first needed */
    struct arena arena;
    bool is_read;
    struct error why; /* they cannot be: not tried again either */
    struct host_groups groups;
};
void board_fleet_init(struct board_fleet *fleet);
void board_fleet_fini(struct board_fleet *fleet);
bool board_fleet_read(struct baselines *b, const struct baseline_view *view,
                      struct board_fleet *fleet, struct error *err) MUST_CHECK;

/* What a move of one TEE under one policy does. text (may be NULL) receives it as JSON.
 */
bool board_weigh(struct baselines *b, const struct baseline_view *view,
                 struct board_fleet *fleet, size_t policy, enum tee tee, uint32_t from,
                 uint32_t to, struct baseline_effect *out, struct buf *text,
                 struct error *err) MUST_CHECK;

/* ---- baselines_watch.c ------------------------------------------------------------ */

/* Warns of numbers in sight under which known hosts fall, and of documents signed anew
 * with other levels that make hosts fall, of each once, and again where more fall; and of
 * pins that are lost. */
void board_watch(struct baselines *b, const struct baseline_view *view,
                 struct board_fleet *fleet);
/* An alert of a hold that ends in so many days. */
void board_tell_hold(struct baselines *b, const struct baseline_view *view, size_t policy,
                     enum tee tee, unsigned days_left);
void board_watch_fini(struct board_watch *watch);

#endif
