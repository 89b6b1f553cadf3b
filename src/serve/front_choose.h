/* SPDX-License-Identifier: Apache-2.0 */
/* Under which baseline a request is answered, and whether it may have what it chooses:
 * a number in the query is the strongest, then customParameter, the header
 * X-THIM-Baseline, the prefix baseline/NAME/, a rule for the asker's address, and the
 * default baseline; all within the `choice` of the baseline that the address has, and the
 * floor. Pure. */
#ifndef THIM_SERVE_FRONT_CHOOSE_H
#define THIM_SERVE_FRONT_CHOOSE_H

#include "serve/baseline_view.h"
#include "serve/front_reply.h"
#include "serve/question.h"

enum choose_outcome {
    CHOSEN = 1,
    CHOOSE_UNKNOWN,   /* no baseline of this name */
    CHOOSE_FORBIDDEN, /* `choice` does not allow it */
    CHOOSE_BELOW_FLOOR,
    CHOOSE_REFUSING, /* its signatures have ended, and it is meant to refuse then */
    CHOOSE_OLDER,    /* serve/verify_law.h: than the default baseline's law */
};

/* Fills policy, baseline_source and number_wanted of the question; why says what is wrong
 * where the outcome is not CHOSEN. address: 4 or 16 bytes; empty where there is none. A
 * question that has been through here may come again, under another view. */
enum choose_outcome front_choose(const struct baseline_view *view, struct bytes address,
                                 struct question *question, struct error *why);

/* The number of what a question gets that has been through front_choose; 0: none. */
uint32_t choose_number_given(const struct baseline_view *view,
                             const struct question *question);

/* What is said where the outcome is not CHOSEN; looks into why. */
struct refusal choose_refusal(enum choose_outcome outcome, const struct error *why);

#endif
