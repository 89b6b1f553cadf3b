/* SPDX-License-Identifier: Apache-2.0 */
/* The history of baselines: who moved which, when, why, and what was known of the effect
 * at that moment. Appended, never changed, kept for good; a baseline's state is what its
 * rows come down to (baseline/decide.h), so a restart finds it where it was.
 *
 * Written on the store thread. Steps that change a number take a new generation, in the
 * same transaction: a kill leaves both or neither. */
#ifndef THIM_STORE_BASELINE_STEPS_H
#define THIM_STORE_BASELINE_STEPS_H

#include "kit/arena.h"
#include "store/store.h"

#define BASELINE_STEP_TEXT_MAX 256     /* who, why; with its NUL */
#define BASELINE_STEP_EFFECT_MAX 65536 /* the preview's summary, JSON; without */
#define AMD_TEE 0x100U /* beside enum tee, whose numbers are bytes of quote headers */

struct baseline_row {
    int64_t row;         /* grows; as read */
    uint64_t generation; /* the one it made, or stood in; as read */
    int64_t at_s;        /* judging clock */
    const char *baseline;
    unsigned tee;     /* enum tee; AMD_TEE for SNP products */
    const char *step; /* "promoted": baseline/decide.h's names */
    uint32_t from, to;
    bool moves; /* to be written: from here on another number is in force */
    int64_t until_s;
    unsigned days_left;
    const char *who; /* "rule", "uid 0", a certificate's name */
    const char *why;
    const char *effect; /* JSON text; "" */
};

/* Appends the rows and, where one of them moves a number, publishes the next generation
 * over current; all or nothing. *out: the holdings from now on (a reference),
 * a generation later or the same. Errors as store_publish; ERROR_LIMIT past the limits
 * above. */
bool store_keep_baseline_steps(struct store *store, const struct holdings *current,
                               const struct baseline_row *rows, size_t count,
                               struct holdings **out, struct error *err) MUST_CHECK;

/* On a connection of its own, from any thread. Oldest first; baseline NULL: of all.
 * newest: no more than so many of the newest ones (0: all, to the arena's end). */
bool baseline_rows_read(const char *directory, const char *baseline, size_t newest,
                        struct arena *arena, const struct baseline_row **out,
                        size_t *count, struct error *err) MUST_CHECK;

#endif
