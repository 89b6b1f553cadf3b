/* SPDX-License-Identifier: Apache-2.0 */
/* The evaluation numbers that are kept beside standard and early: those that Intel's
 * signed lists name, and those that are held. So every number between the two is there
 * before anybody asks for it, and one that has been left behind while it lasts.
 *
 * Pure: what is held and the lists in date are arguments. A list may name numbers that
 * are signed no more; only asking tells (410). */
#ifndef THIM_UPSTREAM_NUMBERS_H
#define THIM_UPSTREAM_NUMBERS_H

#include "store/holdings.h"

struct number_lists { /* in date; NULL where none is held */
    const struct evaluation_numbers *sgx, *tdx;
};

/* A list that names a number above standard is a promotion to come, and nobody says when:
 * all that it speaks for is asked for once a day at least, so that what is held of the
 * old number on that day lasts as long as it can. */
#define NUMBERS_DAY_S 86400

/* Between two tries of a number that is not to be had; its jitter, a tenth, comes off. */
#define NUMBERS_GONE_S (NUMBERS_DAY_S + NUMBERS_DAY_S / 8)

/* Calls found for each document of a number that is neither standard nor early of its
 * subject: first those that are held, then those that a list names for a subject of which
 * standard or early is known. */
void numbers_visit(const struct holdings *holdings, const struct number_lists *lists,
                   void *context,
                   void (*found)(void *context, const struct collateral_key *key));

/* The pause between two good answers for this key or subject, where interval_s is the
 * configured one. */
int64_t numbers_interval_s(const struct holdings *holdings,
                           const struct number_lists *lists,
                           const struct collateral_key *key, int64_t interval_s);

#endif
