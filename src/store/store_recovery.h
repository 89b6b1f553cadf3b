/* SPDX-License-Identifier: Apache-2.0 */
/* One store_recover under way, shared by the files that make it up: store_recover.c
 * (items, which vendors sign), store_unsigned.c (what nobody signs), store_aside.c (where
 * damage goes). */
#ifndef THIM_STORE_STORE_RECOVERY_H
#define THIM_STORE_STORE_RECOVERY_H

#include "store/holdings_draft.h"
#include "store/store_parts.h"

#define LOSS_NAME_MAX (2 * COLLATERAL_KEY_TEXT_MAX)

struct loss { /* what is no longer as it was put there */
    char name[LOSS_NAME_MAX];
    int64_t item; /* its row; 0 where there is none */
    struct error why;
};

struct recovery {
    struct store *store;
    struct judgement law;
    struct verified_collateral *root_crl; /* that the rest is judged by */
    struct draft draft;                   /* what is as it was */
    struct loss *losses;
    size_t loss_count, loss_room, item_losses;
};

/* Notes a loss; name may hold anything. False (ERROR_SYSTEM) without memory. */
bool recovery_lose(struct recovery *r, struct bytes name, int64_t item,
                   const struct error *why, struct error *err) MUST_CHECK;

/* After the items: a list that does not match its seal is a loss. */
bool recovery_check_list(struct recovery *r, struct error *err) MUST_CHECK;

/* Designations and hints, of the newest generation where they match their seal. */
bool recovery_read_unsigned(struct recovery *r, struct error *err) MUST_CHECK;

/* Moves the losses aside and publishes what is left as the next generation. */
bool recovery_publish(struct recovery *r, struct holdings **out, struct error *err)
    MUST_CHECK;

#endif
