/* SPDX-License-Identifier: Apache-2.0 */
/* What a change makes of a generation: the rules, without the file. The store's own files
 * include this, nobody else. */
#ifndef THIM_STORE_CHANGE_H
#define THIM_STORE_CHANGE_H

#include "store/holdings_draft.h"
#include "store/store.h"

/* Applies a change to a draft, as store_publish promises; *is_new where it takes a new
 * generation. After a refusal the draft is of no use. */
bool change_apply(struct draft *draft, const struct store_change *change, bool marked,
                  enum store_outcome *outcomes, bool *is_new, struct error *err)
    MUST_CHECK;

/* Whether a hint's text may be kept: within its limit, and a list of FMSPCs. */
bool change_check_hint(struct bytes text, struct error *err) MUST_CHECK;

#endif
