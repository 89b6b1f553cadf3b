/* SPDX-License-Identifier: Apache-2.0 */
/* The platforms' part of the upstream thread's state, shared by the files that make it
 * up: letters.c (what other threads ask for), platform_demand.c (what is known),
 * platform_fetch.c (asking), platform_answer.c (reading and judging), platform_write.c
 * (keeping), platform_round.c (what nobody waits for), platform_relay.c and import.c.
 * Part of keeper.h, and included by it alone. */
#ifndef THIM_UPSTREAM_PLATFORM_KEEPER_H
#define THIM_UPSTREAM_PLATFORM_KEEPER_H

#include "store/platform_reader.h"
#include "upstream/platform_refusals.h"
#include "upstream/platform_task.h"

#define PLATFORM_CALLS_MAX 32      /* under way at once */
#define PLATFORM_UNDER_WAY_MAX 256 /* that hold an answer, or are about to */
#define PLATFORM_BACKGROUND_MAX 4  /* that nobody waits for, at once */
#define PLATFORM_BATCH_MAX 256     /* in one transaction */
#define PLATFORM_DUE_MAX 64        /* rows looked up at once */
#define PLATFORM_DOUBTS_MAX 256    /* more are forgotten */
#define LETTERS_MAX 8192
#define LETTER_BYTES_MAX ((size_t)16 * 1024 * 1024) /* of manifests and bodies */

struct letter;

struct letter_box { /* guarded by the keeper's lock */
    struct letter *first, **end;
    size_t count, bytes;
    int64_t doubts[PLATFORM_DOUBTS_MAX];
    size_t doubt_count;
    bool has_written; /* the store thread is done with the batch */
};

struct platform_round { /* somebody waits until what is due now has been tried */
    struct platform_round *next;
    bool has_fmspc;
    uint8_t fmspc[6];
    bool is_begun;
    int64_t moment_s;
    bool all_well;
    void *context;
    void (*done)(void *context, bool all_well);
};

struct platform_batch { /* the store thread's while is_writing */
    struct platform_task *tasks[PLATFORM_BATCH_MAX];
    size_t count;
};

struct platform_room {
    struct platform_table table;
    struct platform_refusals refusals;
    struct platform_reader *reader;
    bool by_raw_tcb;     /* some upstream is asked by QE ID and raw TCB */
    struct error logged; /* the reason of a failure last written to the log */

    struct platform_batch batch;
    bool is_writing;
    int64_t write_again_ms; /* machine time; the writer's queue was full */

    struct platform_round *rounds;
    int64_t due[PLATFORM_DUE_MAX];
    size_t due_count, due_next; /* those from due_next on have not been begun */
    int64_t read_s;             /* judging time of the last look */
    bool may_be_due;            /* since then rows have changed, or a round has begun */
    int64_t doubts[PLATFORM_DOUBTS_MAX];
    size_t doubt_count;
    int64_t paced_ms;      /* judging clock: not before then */
    int64_t rest_until_ms; /* machine time: the store did not take the last ones */

    size_t relay_count;
};

/* ---- letters.c ------------------------------------------------------------------ */

/* Does what the letters say; while ending, says that it will not be done. */
void letters_take(struct refresh *keeper);

/* ---- platform_demand.c ---------------------------------------------------------- */

void platform_fetch(struct refresh *keeper, const struct platform_demand *demand);
/* Nobody waits; is_doubt: only if the last fetch is old enough. False where nothing is
 * begun. */
bool platform_fetch_row(struct refresh *keeper, int64_t row, bool is_doubt);

/* ---- platform_fetch.c ----------------------------------------------------------- */

/* Asks for those that wait for a call. */
void platform_fetch_begin(struct refresh *keeper);

/* The present upstream was no help: asks the next, or ends the attempt. err NULL: it has
 * no such platform. */
void platform_fetch_next(struct refresh *keeper, struct platform_task *task,
                         enum platform_fetch outcome, const struct error *err);
/* No upstream can be of help: err says why, or NULL where the upstreams have. */
void platform_fetch_fail(struct refresh *keeper, struct platform_task *task,
                         enum platform_fetch outcome, const struct error *err);

/* What api_key_file holds just now; "" where there is none to send. */
bool keeper_read_key(struct refresh *keeper, size_t i, char key[SECRET_ROOM],
                     struct error *err) MUST_CHECK;

/* ---- platform_answer.c ---------------------------------------------------------- */

void platform_answer_read(struct refresh *keeper, struct platform_task *task,
                          const struct http_answer *answer);
/* Judges every answer whose law is there, or won't be. */
void platform_answers_judge(struct refresh *keeper);

/* ---- platform_write.c ----------------------------------------------------------- */

/* Takes back what has been written, and hands on what is ready. */
void platform_write(struct refresh *keeper);
/* At the end: what the store thread still has is waited for, before the client is closed;
 * then everybody is told that it is over. */
void platform_await_store(struct refresh *keeper);
void platform_close(struct refresh *keeper);

/* ---- platform_round.c ----------------------------------------------------------- */

void platform_round_add(struct refresh *keeper, struct platform_round *round);
void platform_doubts_take(struct refresh *keeper, const int64_t *rows, size_t count);
/* Begins what is due, as far as its pace allows. */
void platform_round_begin(struct refresh *keeper);
void platform_rounds_settle(struct refresh *keeper);
/* Nothing is under way, and nothing due that could be fetched. *all_well: nor that could
 * not, because nobody answers. */
bool platform_round_is_over(struct refresh *keeper, bool *all_well);
/* How long nothing will have to be done; at most `most`. */
/* Now, by both clocks. */
struct platform_moment platform_now(const struct refresh *keeper);

int64_t platform_pause_ms(const struct refresh *keeper, int64_t most);
/* When a row is to be fetched next, after a good fetch and after a failed one. */
int64_t platform_due_after_success(struct refresh *keeper,
                                   const struct platform_task *task);
int64_t platform_due_after_failure(struct refresh *keeper,
                                   const struct platform_task *task);

/* ---- platform_relay.c, import.c ------------------------------------------------- */

void platform_relay(struct refresh *keeper, const struct relay_demand *demand);
void import_publish(struct refresh *keeper, const struct import_demand *demand);

#endif
