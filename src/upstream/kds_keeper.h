/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the thread of upstream/kds.h, shared by the files that make it up and by
 * nobody else: kds.c (inbox, loop, rounds), kds_demand.c (what is asked for, what is
 * wanted), kds_choice.c (whom to ask), kds_call.c (asking), kds_chip.c (judging and
 * keeping VCEKs), kds_lists.c (chains and CRLs). Everything but the inbox is touched by
 * that thread only. */
#ifndef THIM_UPSTREAM_KDS_KEEPER_H
#define THIM_UPSTREAM_KDS_KEEPER_H

#include <pthread.h>

#include "kit/budget.h"
#include "kit/crypto.h"
#include "net/http_client.h"
#include "upstream/breaker.h"
#include "upstream/judge.h"
#include "upstream/kds.h"
#include "upstream/kds_absent.h"
#include "upstream/kds_bucket.h"
#include "upstream/kds_read.h"
#include "upstream/kds_task.h"
#include "upstream/schedule.h"

#define KDS_CALLS_MAX 16 /* of one upstream, under way at once */
#define KDS_DEMANDS_MAX 8192
#define KDS_LISTS 9           /* of each product: VCEKs' chain, CRL, VLEKs' chain */
#define KDS_UNWRITTEN_MAX 256 /* past that nothing more is asked for */
#define HAND_AGAIN_MS 50
#define KDS_WANTED_MAX 64 /* rows that are looked up at once */

struct kds_upstream {
    const struct config_amd_upstream *config;
    struct kds_bucket bucket;
    struct breaker breaker;
    struct kds_queue queue;
    struct upstream_condition condition;
    struct error key_logged;         /* why its token is not there */
    unsigned calling, lists_calling; /* all; of them for chains and CRLs */
    unsigned throttled;              /* 429s in a row that did not say for how long */
};

enum kds_list_state { KDS_LIST_RESTING, KDS_LIST_WAITING, KDS_LIST_CALLING };

struct kds_list { /* a chain or a CRL that is kept fresh */
    struct kds_key key;
    enum kds_list_state state;
    int64_t due_ms; /* judging clock, monotonic */
    bool is_urgent; /* certificates wait for it */
    bool in_round;

    size_t upstream; /* as in struct kds_task */
    uint32_t asked;
    bool was_absent;
    struct error why; /* the first thing that went wrong */
    int64_t retry_after_s;

    uint32_t failures;
    bool is_absent;
    int64_t tried_s, ok_s, tried_ms; /* 0: never */
    struct error logged;
};

struct kds_round { /* somebody waits until things have settled */
    struct kds_round *next;
    bool due_only;                    /* after the clock moved */
    char subject[CONDITION_NAME_MAX]; /* else what is meant; "" is everything */
    bool all_well;
    void *context;
    void (*done)(void *context, bool all_well);
};

struct kds_letter {
    struct kds_letter *next;
    struct chip_demand demand;
};

struct kds {
    struct kds_options options;
    pthread_t thread;
    bool has_thread;
    struct http_client *client;

    pthread_mutex_t lock;   /* guards the next ones */
    pthread_cond_t written; /* the store thread has done with one */
    struct kds_letter *letters, **letters_end;
    size_t letter_count;
    struct kds_round *rounds_in;
    struct kds_task *written_tasks;
    unsigned writing;
    bool is_woken, stopping;

    struct amd_law *law;
    struct platform_reader *reader;
    struct budget *budget;
    struct kds_table table;
    struct kds_absent absent;
    struct kds_upstream upstreams[CONFIG_AMD_UPSTREAMS_MAX];
    size_t upstream_count;
    struct kds_list lists[KDS_LISTS];
    size_t list_count;
    struct kds_round *rounds;
    unsigned wanted;           /* tasks that are rows and that nobody has asked for */
    unsigned unwritten;        /* tasks that the store thread has, or is to have: */
    struct kds_task *unhanded; /* those that its queue had no place for */
    int64_t hand_again_ms;     /* machine's monotonic */
    bool may_be_due;           /* rows may have become due since the last look */
    int64_t looked_s;
    int64_t rested_ms;   /* machine's monotonic: the store is broken, and not pressed */
    int64_t deadline_ms; /* machine time: of the waiter who must be told first */
    bool turns_moved;    /* since deadlines were held against turns */
    bool ending;         /* nothing new is asked */
};

static inline int64_t kds_now_ms(const struct kds *keeper)
{
    return clock_mono_ms(keeper->options.clock);
}

static inline int64_t kds_now_s(const struct kds *keeper)
{
    return clock_wall_s(keeper->options.clock);
}

static inline double kds_dice(void) /* 0 to 1 */
{
    uint32_t drawn;

    random_fill(&drawn, sizeof drawn);
    return (double)drawn / 4294967296.0;
}

/* What certificates of this product are judged by just now. */
static inline struct vcek_law kds_law(const struct kds *keeper, enum snp_product product)
{
    return (struct vcek_law){
        .crl = keeper->law->crls[product],
        .crl_optional = keeper->options.config->amd.crl == AMD_CRL_OPTIONAL,
        .now_s = kds_now_s(keeper),
        .future_s = JUDGE_FUTURE_S,
    };
}

/* ---- kds_demand.c --------------------------------------------------------------- */

/* Into a queue, or held until there is something to judge it by. */
void kds_demand_begin(struct kds *keeper, struct kds_task *task);
void kds_demand_take(struct kds *keeper, const struct chip_demand *demand);
void kds_demand_refuse(const struct chip_demand *demand, enum chip_fetch outcome,
                       int64_t retry_after_s, const char *why);

/* Queues what was held until there is something to judge it by. */
void kds_release_held(struct kds *keeper);

/* Makes tasks of rows that are due, where no others are left. */
void kds_look_for_wanted(struct kds *keeper);

/* Tells who can't be served in time. */
void kds_tell_late(struct kds *keeper);

/* ---- kds_choice.c --------------------------------------------------------------- */

/* Into the queue of the first upstream that may be asked; or the task ends. */
void kds_queue_task(struct kds *keeper, struct kds_task *task);

/* The same for a chain or CRL whose time has come. */
void kds_queue_list(struct kds *keeper, struct kds_list *list);

/* Everything that waits for upstream i looks again for whom to ask, in its order: it is
 * left alone now, or has sent us away. */
void kds_queue_again(struct kds *keeper, size_t i);

/* Whether some upstream is not left alone just now. */
bool kds_somebody_answers(const struct kds *keeper);

/* ---- kds_call.c ----------------------------------------------------------------- */

/* Asks whom the buckets allow; whether anything was asked or has ended. */
bool kds_ask(struct kds *keeper);

/* How long nothing can be asked; at most `most`. */
int64_t kds_pause_ms(const struct kds *keeper, int64_t most);

/* ---- kds_chip.c ----------------------------------------------------------------- */

/* A good answer: judged, and handed to the store thread. False: it is no good. */
bool kds_chip_take(struct kds *keeper, struct kds_task *task, struct bytes body,
                   struct error *err) MUST_CHECK;

/* Notes the first trouble of an attempt. */
void kds_chip_trouble(struct kds_task *task, enum chip_fetch outcome,
                      int64_t retry_after_s, const struct error *err);

/* Nobody is left to be asked: as its troubles say, or not found. */
void kds_chip_fail(struct kds *keeper, struct kds_task *task);

/* Tells of those that the store thread is done with. */
void kds_chips_written(struct kds *keeper);

/* Whether certificates of this kind can be judged now; else why not, and is_coming where
 * what is missing is being fetched. */
bool kds_chip_has_law(struct kds *keeper, const struct kds_key *key, bool *is_coming,
                      struct error *err) MUST_CHECK;

/* ---- kds_lists.c ---------------------------------------------------------------- */

void kds_lists_make(struct kds *keeper);
bool kds_list_is_meant(const struct kds_list *list, const char *subject);
void kds_lists_begin_due(struct kds *keeper);
bool kds_list_take(struct kds *keeper, struct kds_list *list, struct bytes body,
                   struct error *err) MUST_CHECK;
void kds_list_end(struct kds *keeper, struct kds_list *list, bool is_well);

/* Certificates wait for it: fetched now, unless that was tried a moment ago. Whether it
 * is under way. */
bool kds_list_hasten(struct kds *keeper, enum kds_resource resource, enum vek_kind vek,
                     enum snp_product product);

#endif
