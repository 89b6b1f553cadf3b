/* SPDX-License-Identifier: Apache-2.0 */
/* Where on the shelf an answer stands: what a question comes down to once dialects are
 * told apart, as a few bytes that sort and compare. */
#ifndef THIM_SERVE_SHELF_SLOT_H
#define THIM_SERVE_SHELF_SLOT_H

#include "serve/question.h"

#define SLOT_KEY_LEN 16

struct slot_key {
    uint8_t at[SLOT_KEY_LEN];
};

struct slot_asked {
    struct collateral_key key;
    enum number_choice choice; /* 0 where the kind has no number */
    size_t policy;             /* CHOOSE_BASELINE: below BASELINES_MAX */
    enum crl_form form;        /* 0 but for CRLs */
    bool older_path;           /* v2 or v3 */
};

struct slot_key slot_key_of(const struct slot_asked *asked);
struct slot_key slot_key_of_fmspcs(enum fmspc_platform platform, bool older_path);

static inline int slot_key_compare(const struct slot_key *a, const struct slot_key *b)
{
    return memcmp(a->at, b->at, SLOT_KEY_LEN);
}

#endif
