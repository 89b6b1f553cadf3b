/* SPDX-License-Identifier: Apache-2.0 */
/* Which evaluation data number a baseline has now, and whether it moves: the rules that
 * hold, delay, pin and promote. Pure: what is held, what was decided before, what a move
 * would do to the known hosts, and the time are arguments.
 *
 * A hold is a delay, never a veto: see DESIGN, "Baselines". */
#ifndef THIM_BASELINE_DECIDE_H
#define THIM_BASELINE_DECIDE_H

#include "baseline/policy.h"
#include "baseline/sets.h"

enum baseline_step_kind { /* what happened to a baseline; each is a row of its history */
                          STEP_FIRST = 1,   /* its first number */
                          STEP_NOTICED,     /* a promotion became possible: the clock of
                                               delays starts. `to` is the number in sight,
                                               `from` the one that stays */
                          STEP_PROMOTED,    /* to a higher number: by rule or by hand */
                          STEP_HELD,        /* by hand: no promotion until a day */
                          STEP_RELEASED,    /* by hand: holds no longer */
                          STEP_PINNED,      /* by hand, until a day */
                          STEP_UNPINNED,    /* by hand, or the day has come */
                          STEP_ROLLED_BACK, /* by hand, to a lower number */
                          STEP_PINNED_BY_FILE, /* to the file's number, up or down; that
                                                  it stays is no part of the state, but
                                                  asked of the file each time */
                          STEP_FELL,    /* what it had ended and nothing else could be
                                           had: withdrawn, expired */
                          STEP_ALERTED, /* `to`: the number in sight; days_left told */
};
const char *baseline_step_name(enum baseline_step_kind kind); /* "promoted" */
bool baseline_step_named(struct bytes name, enum baseline_step_kind *out);

/* 9999-12-31T23:59:59Z: a hold by hand that only the end of the signatures ends. */
#define HELD_TO_THE_END ((int64_t)253402300799)

struct baseline_state { /* of one baseline and TEE: what its history comes down to */
    uint32_t number;    /* 0: it has never had one */
    int64_t since_s;
    uint32_t noticed; /* the number in sight; 0: none */
    int64_t noticed_s;
    int64_t held_until_s; /* by hand; 0: not held; it may be HELD_TO_THE_END */
    uint32_t pinned;      /* by hand; 0: not pinned */
    int64_t pinned_until_s;
    uint32_t rolled_back_from; /* a promotion to it waits for a hand; 0: none */
    unsigned alerted_days;     /* the last alert's days; 0: none yet for `noticed` */
};

/* Applies one row of history to the state, oldest first. */
struct baseline_step {
    enum baseline_step_kind kind;
    uint32_t from, to;
    int64_t at_s, until_s; /* until: of holds and pins; else 0 */
    unsigned days_left;    /* of alerts */
};
void baseline_state_apply(struct baseline_state *state, const struct baseline_step *step);

struct baseline_effect { /* what moving from `from` to `to` does to known hosts */
    uint32_t from, to;   /* 0: it has not been computed */
    size_t counted;      /* hosts that count */
    size_t demoted;      /* of those */
    size_t unknown;      /* TDX hosts whose SVNs nobody has seen: never safe */
};

enum baseline_reason {
    REASON_FOLLOWS = 1,    /* it has what it follows */
    REASON_NOTHING,        /* nothing is held: number is 0 */
    REASON_UNDER_WAY,      /* standard has moved for some FMSPCs, not for all; or what it
                              follows is not held whole yet */
    REASON_DELAYED,        /* by delay_days */
    REASON_BLIND,          /* no known hosts, or TDX hosts of unknown SVNs */
    REASON_EFFECT_UNKNOWN, /* the effect has not been computed yet: stays meanwhile */
    REASON_HELD,           /* more hosts than allowed would fall */
    REASON_HELD_BY_HAND,
    REASON_PINNED,      /* by hand or by the file */
    REASON_ROLLED_BACK, /* waits for a hand */
    REASON_ENDING,      /* moves because the held signatures end: hold_margin */
    REASON_REFUSING,    /* the held signatures have ended, on_hold_end: refuse */
    REASON_EXPIRED,     /* the same, serve_expired */
    REASON_PIN_LOST,    /* it does not wait, but it is pinned to what is not held whole,
                           or its day has passed; where it waits `why` tells it */
};
const char *baseline_reason_name(enum baseline_reason reason); /* "held" */

#define BASELINE_STEPS_MAX 4
#define BASELINE_WHY_MAX 200

struct baseline_decision {
    uint32_t number; /* to be served from now on; 0: nothing */
    uint32_t target; /* what it would have without delay; number where it has it */
    enum baseline_reason reason;
    bool pin_is_lost;    /* it is pinned to what is not held whole, or the day of its pin
                            has passed: it follows instead, for whatever reason */
    bool serves_expired; /* of this number also what is out of date, marked */
    int64_t hold_ends_s; /* when it moves (or refuses) by itself; 0: it does not wait */
    char why[BASELINE_WHY_MAX]; /* a sentence: "holds 19: 7 of 22 hosts would fall at 20;
                                   moves by itself on 2026-09-03" */
    /* What is to be written down, in this order, before the number is served; none where
     * nothing has changed. */
    struct baseline_step steps[BASELINE_STEPS_MAX];
    size_t step_count;
    bool alerts; /* an alert is due: days_left of the STEP_ALERTED among the steps */
};

/* Days before hold_ends_s at which an alert is due: 14, 7, 3, 1. */
void baseline_decide(const struct baseline_policy *policy, enum tee tee,
                     const struct baseline_state *state, const struct sets *sets,
                     const struct baseline_effect *effect, int64_t now_s,
                     struct baseline_decision *out);

/* What an operator wants done by hand. */
struct baseline_order {
    enum baseline_step_kind kind; /* PROMOTED, HELD, RELEASED, PINNED, UNPINNED,
                                     ROLLED_BACK */
    uint32_t number;              /* PROMOTED, PINNED; ROLLED_BACK: 0 is the one before */
    int64_t until_s;              /* HELD (0: HELD_TO_THE_END), PINNED */
};

/* The step that does it, or why it cannot be done: ERROR_FORMAT for an order that makes
 * no sense (no until, a promotion downwards), ERROR_NOT_FOUND where the number is not
 * held whole and in date, ERROR_STALE where it no longer is. previous: the number before
 * the present one by its history; 0: there is none. */
bool baseline_order_check(const struct baseline_order *order,
                          const struct baseline_state *state, uint32_t previous,
                          uint32_t floor, enum tee tee, const struct sets *sets,
                          int64_t now_s, struct baseline_step *out, struct error *err)
    MUST_CHECK;

#endif
