/* SPDX-License-Identifier: Apache-2.0 */
/* The upstream thread's own state, shared by the files that make it up and by nobody
 * else: refresh.c (inbox and loop), agenda.c (what is to be asked for), attempt.c
 * (asking), answer.c (reading), verdicts.c (judging), publish.c (the next generation),
 * ending.c (what is remembered and told); platforms have files of their own, see
 * platform_keeper.h. Everything but the inboxes and the present holdings is touched by
 * that thread only. */
#ifndef THIM_UPSTREAM_KEEPER_H
#define THIM_UPSTREAM_KEEPER_H

#include <pthread.h>

#include "kit/budget.h"
#include "net/http_client.h"
#include "upstream/breaker.h"
#include "upstream/judge.h"
#include "upstream/platform_keeper.h"
#include "upstream/task.h"

#define KEEPER_CALLS_MAX 16     /* scheduled calls under way at once */
#define KEEPER_DEMANDS_MAX 8192 /* waiting in the inbox */
#define KEEPER_LINGER_MS 200    /* a verified answer waits this long for company */
#define KEEPER_COMPANY_MAX 200  /* or until so many wait */
#define KEEPER_REFUSAL_MS 60000 /* a miss that failed is not asked again so soon */

struct keeper_upstream {
    struct breaker breaker;
    struct upstream_condition condition;
    int64_t platforms_after_ms; /* judging clock: it asked to be left alone with platforms
                                   until then; 0: it did not */
    struct error key_logged;    /* why its key could not be read */
    struct error odd_logged;    /* why a certificate of its was left out */
};

struct inbox_demand {
    struct inbox_demand *next;
    struct refresh_demand demand;
};

struct round { /* somebody waits until tasks have settled */
    struct round *next;
    char subject[PCS_ITEM_NAME_MAX]; /* "": everything */
    bool due_only;                   /* after the clock moved: what is due by now */
    bool all_well;
    void *context;
    void (*done)(void *context, bool all_well);
};

struct refresh {
    struct refresh_options options;
    pthread_t thread;
    bool has_thread;
    struct http_client *client;

    pthread_mutex_t lock;   /* guards the next seven */
    pthread_cond_t written; /* letters.has_written */
    struct letter_box letters;
    struct inbox_demand *demands, **demands_end;
    size_t demand_count;
    struct round *rounds_in;
    bool stopping;
    struct holdings *holdings; /* read by this thread without the lock: it alone writes */

    struct budget *budget;
    struct task_table tasks;
    struct keeper_upstream upstreams[CONFIG_UPSTREAMS_MAX];
    struct round *rounds;
    struct platform_room platforms;
    struct verified_collateral *root_crl;            /* the newest in date, or NULL */
    struct verified_collateral *sgx_list, *tdx_list; /* likewise */
    unsigned calling, answered, verified;            /* tasks in these states */
    int64_t verified_since_ms;                       /* machine time; 0: none waits */
    bool law_changed;     /* the root CRL is another than what the holdings stood under */
    bool held;            /* there may be tasks in that state */
    bool updates_refused; /* update= of something came to nothing since the agenda was
                             drawn up: numbers may have waited for that */
    size_t wanted_count;  /* tasks on the agenda */
    bool ending;          /* nothing new is asked */
    int64_t pruned_ms;    /* machine time of the last look for tasks nobody needs */
};

/* Who is being asked, or was last. */
static inline const struct config_upstream *keeper_upstream(const struct refresh *keeper,
                                                            const struct task *task)
{
    return &keeper->options.config->intel.upstreams[task->upstream];
}

/* ---- refresh.c ------------------------------------------------------------------ */

/* On the thread itself, whatever the fill mode. */
void keeper_take_demand(struct refresh *keeper, const struct refresh_demand *demand);

/* ---- attempt.c ------------------------------------------------------------------ */

/* Asks the first upstream that may be asked; the task ends as failed where none may. */
void attempt_begin(struct refresh *keeper, struct task *task);

/* The present upstream was no help (why is in err): asks the next, or ends the task. */
void attempt_next(struct refresh *keeper, struct task *task, const struct error *err);

/* Asks again for what others wait for, unless it is under way or has failed just now. */
void attempt_hasten(struct refresh *keeper, struct collateral_key key);

/* Tasks that waited for an upstream to be tried again: asks, or goes on waiting. */
void attempt_release_held(struct refresh *keeper);

/* ---- answer.c ------------------------------------------------------------------- */

/* Takes body and chain out of the answer, to be judged; or goes on to the next upstream,
 * or ends the attempt. */
void answer_read(struct refresh *keeper, struct task *task,
                 const struct http_answer *answer);

/* Counts a call and what it says of the upstream; thing: as in breaker_failed. */
void keeper_note_call(struct refresh *keeper, size_t i, uint64_t thing,
                      const struct http_answer *answer, bool well);

/* ---- ending.c ------------------------------------------------------------------- */

/* Records how the attempt went, sets the next due time, tells who waits. */
void attempt_end(struct refresh *keeper, struct task *task, enum refresh_outcome outcome);

/* ---- verdicts.c ----------------------------------------------------------------- */

/* Judges every answer that can be judged by now. */
void verdicts_reach(struct refresh *keeper);

/* Takes root CRL and lists from the holdings where they are newer, drops them once out
 * of date. */
void verdicts_refresh_law(struct refresh *keeper);

/* A root CRL that has been found true is the law from now on, if it is newer; anything
 * else changes nothing. */
void verdicts_take_root_crl(struct refresh *keeper,
                            const struct verified_collateral *fresh);

/* ---- publish.c ------------------------------------------------------------------ */

/* Publishes what is verified as one generation. */
void publish_verified(struct refresh *keeper);

/* The unsigned list of an upstream, found well-formed: kept as a hint. */
bool publish_hint(struct refresh *keeper, const char *source, struct bytes text,
                  struct error *err);

/* What somebody else has verified, with what belongs to it. */
bool publish_import(struct refresh *keeper, const struct import_demand *import,
                    struct error *err) MUST_CHECK;

void publish_baselines(struct refresh *keeper, const struct baseline_demand *demand);

/* ---- agenda.c ------------------------------------------------------------------- */

/* Makes the tasks that the holdings and the configuration call for, and lets go of those
 * that neither calls for any more. */
void keeper_sync_tasks(struct refresh *keeper);

/* Forgets misses that came to nothing. */
void keeper_prune_tasks(struct refresh *keeper);

/* The pause between two good answers for this. */
int64_t keeper_interval_s(const struct refresh *keeper, const struct pcs_item *item);

/* What is held of what the item asks for; NULL where nothing is. */
const struct holding *keeper_held(const struct refresh *keeper,
                                  const struct pcs_item *item);

/* Scheduled, resting, and its time has come. */
bool keeper_is_due(const struct refresh *keeper, const struct task *task);

double keeper_dice(void); /* 0 to 1 */

/* ---- rounds.c ------------------------------------------------------------------- */

/* Takes new rounds from the inbox and marks what they concern; tells of those that have
 * settled. */
void rounds_take(struct refresh *keeper);
void rounds_settle(struct refresh *keeper);
#endif
