/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: what goes wrong, with which questions, how often and until when.
 *
 * They stand in a small ordered list (faults_json.h reads it; doc/thim-sim.md describes
 * it), and the first that matches a question is the one that is shown. Some bend the
 * question before the world is asked, some spoil the document it gives, some concern HTTP
 * alone. */
#ifndef THIM_SIM_FAULTS_H
#define THIM_SIM_FAULTS_H

#include "sim/wire.h"
#include "sim/world.h"

#define FAULTS_MAX 64
#define FAULT_PATH_MAX 128
#define FAULT_HUGE_LEN ((size_t)64 << 20)

enum fault_kind {
    FAULT_NONE,
    FAULT_DOWN,
    FAULT_HANG,
    FAULT_SLOW,
    FAULT_CUT,
    FAULT_429,
    FAULT_500,
    FAULT_503,
    FAULT_404,
    FAULT_410,
    FAULT_REDIRECT,
    FAULT_WRONG_DATE,
    FAULT_HUGE,
    FAULT_NO_CHAIN,
    FAULT_GARBAGE_CHAIN,
    FAULT_GARBAGE,
    FAULT_TRUNCATED,
    FAULT_BAD_SIGNATURE,
    FAULT_EXTRA_MEMBERS,
    FAULT_EXPIRED,
    FAULT_OLDER,
    FAULT_FUTURE,
    FAULT_OTHER,
    FAULT_IMPOSTOR,
    FAULT_LOWER_STANDARD,
    FAULT_FROZEN,
    FAULT_KINDS /* how many */
};

struct fault {
    enum fault_kind kind;
    bool matches_kind, matches_fmspc, matches_tee, matches_ca; /* false: any */
    bool matches_product;
    enum world_kind of_kind;
    uint8_t of_fmspc[FMSPC_LEN];
    enum world_tee of_tee;
    enum world_ca of_ca;
    enum world_product of_product;
    char of_path[FAULT_PATH_MAX];   /* what the target begins with; "" for any */
    unsigned retry_after_s;         /* 0: no such header */
    int64_t delay_ms;               /* before the answer, whatever it is */
    int64_t date_off_s;             /* FAULT_WRONG_DATE */
    int64_t after;                  /* how many matching questions still pass unharmed */
    int64_t share;                  /* of a hundred that match, how many see it */
    int64_t matched;                /* how many have, of those that count */
    int64_t times;                  /* how often still; negative: always */
    int64_t from_s, until_s, set_s; /* by the simulator's clock; until is outside */
    uint64_t shown;                 /* how often so far */
};

struct faults {
    struct fault list[FAULTS_MAX];
    size_t count;
};

/* The fault to show now, FAULT_NONE where there is none; counts it. question is NULL for
 * a target that asks no question: only faults that match any kind concern it. */
struct fault faults_next(struct faults *faults, const struct world_question *question,
                         struct bytes target, int64_t now_s);

/* The status to answer with instead of asking the world; 0 where it is to be asked. */
unsigned fault_status(const struct fault *fault);

/* Before the world is asked. */
void fault_bend(const struct fault *fault, struct world_question *question);

/* After it has answered, body and chain being as the world gave them (DER for a CRL). */
void fault_spoil(const struct fault *fault, struct world_answer *answer);

/* Last: headers and manners of the finished answer. */
void fault_dress(const struct fault *fault, struct bytes target, struct wire_answer *out);

/* "bad_signature", "td_qe_identity", ...: the words of the JSON. */
const char *fault_name(enum fault_kind kind);
const char *world_kind_name(enum world_kind kind);

#endif
