/* SPDX-License-Identifier: Apache-2.0 */
/* The sets that are held: for each TEE and evaluation data number, the TCB infos of the
 * FMSPCs in use and the identity of the quoting enclave, taken together.
 *
 * A view over verified documents, made for a moment from one generation; whoever makes it
 * keeps them alive. The QvE's and QAE's identities keep numbers of their own and belong
 * to no set. An FMSPC is in use where a TCB info of version 3 of it, of whatever number,
 * is held in date: one that Intel has given up, or that nobody can fetch any more, keeps
 * no set from being whole for longer than what is left of it lasts. */
#ifndef THIM_BASELINE_SETS_H
#define THIM_BASELINE_SETS_H

#include "format/evaluation_numbers.h"
#include "format/qe_identity.h"
#include "kit/arena.h"

struct set_document {
    enum tee tee;
    bool is_identity; /* the QE's, or for TDX the TD-QE's; else a TCB info */
    uint8_t fmspc[6]; /* of a TCB info; else zero */
    uint32_t number;
    int64_t from_s, until_s;    /* when it is in date, its chain's dates included */
    bool is_standard, is_early; /* what update=... means of its subject upstream */
    const struct tcb_info *tcb_info;
    const struct qe_identity *identity;
};

struct set_number { /* one number of one TEE */
    uint32_t number;
    bool is_whole;     /* in date: the identity, and a TCB info of every FMSPC in use */
    bool has_identity; /* in date */
    size_t fmspcs;     /* TCB infos in date */
    size_t ended;      /* documents that are held still, but whose dates have passed */
    int64_t until_s;   /* the earliest end among those in date; INT64_MAX: none is */
};

#define SET_NUMBERS_MAX 64 /* of one TEE; the lowest ones give way */

struct set_shelf {                              /* of one TEE */
    struct set_number numbers[SET_NUMBERS_MAX]; /* highest first */
    size_t number_count;
    size_t fmspc_count;       /* in use */
    uint32_t standard, early; /* 0: not known. The number to which all that is in use has
                                 moved: the lowest that an FMSPC in use, or the
                                 identity, has as its own */
    uint32_t newest_standard; /* the highest that any has: a promotion is under way
                                 where it is above standard */
    const struct evaluation_numbers *list; /* NULL: none in date */
};

struct sets {
    const struct set_document *documents; /* sorted by TEE, kind, FMSPC, number */
    size_t count;
    struct set_shelf of[2]; /* sets_of */
};

static inline size_t sets_index(enum tee tee)
{
    return tee == TEE_TDX;
}
static inline const struct set_shelf *sets_of(const struct sets *sets, enum tee tee)
{
    return &sets->of[sets_index(tee)];
}

/* Sorts and counts; documents, of which no two have one subject and number, are copied
 * into the arena. lists: of SGX, of TDX, NULL where none is held in date. ERROR_LIMIT
 * where the arena is full. */
bool sets_make(const struct set_document *documents, size_t count,
               const struct evaluation_numbers *const lists[2], int64_t now_s,
               struct arena *arena, struct sets *out, struct error *err) MUST_CHECK;

const struct set_number *sets_number(const struct sets *sets, enum tee tee,
                                     uint32_t number);

/* Whether there is something to serve of it: the identity and a TCB info in date. An
 * FMSPC that came into use late may have none, and that must end no hold: so this, and
 * not is_whole, is what a set has to keep. number may be NULL. */
static inline bool set_is_servable(const struct set_number *number)
{
    return number != NULL && number->has_identity && number->fmspcs > 0;
}
/* Servable, and nothing that it had has ended. */
static inline bool set_lasts(const struct set_number *number)
{
    return set_is_servable(number) && number->ended == 0;
}

/* NULL where not held; in date or not. */
const struct set_document *sets_tcb_info(const struct sets *sets, enum tee tee,
                                         const uint8_t fmspc[6], uint32_t number);
const struct set_document *sets_identity(const struct sets *sets, enum tee tee,
                                         uint32_t number);

/* Whether a TCB info of this FMSPC, of whatever number, is in date. */
bool sets_tcb_info_in_date(const struct sets *sets, enum tee tee, const uint8_t fmspc[6],
                           int64_t now_s);

/* When a number is expected to become standard, by the signed list alone: nobody says how
 * long a number stays early, but the newest standard took no longer than has passed since
 * its own recovery event, and it takes longer than the next one has waited since its own.
 * Both bounds in seconds since 1970; false where the list does not tell (no list, not
 * named, standard already if only for some). */
bool sets_promotion_expected(const struct set_shelf *shelf, uint32_t number,
                             int64_t now_s, int64_t *earliest_s, int64_t *latest_s);

#endif
