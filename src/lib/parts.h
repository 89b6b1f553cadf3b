/* SPDX-License-Identifier: Apache-2.0 */
/* What the opaque types of include/thim.h are made of. */
#ifndef THIM_LIB_PARTS_H
#define THIM_LIB_PARTS_H

#include <stdatomic.h>

#include "lib/errors.h"
#include "verify/collateral_set.h"
#include "verify/policy.h"
#include "verify/vek_set.h"

struct thim_trust {
    struct trust trust;
};

struct thim_collateral {
    atomic_uint holders;
    struct trust trust; /* as it was when this was verified */
    struct collateral_set *set;
};

struct thim_amd_collateral {
    atomic_uint holders;
    struct trust trust;
    struct vek_set *set;
};

struct thim_policy {
    atomic_uint holders;
    struct arena arena; /* the text, and what was read of it */
    struct verification_policy policy;
};

struct thim_verifier {
    struct signer_lanes *lanes;
};

/* Owns or holds all that `found` looks into. */
struct thim_verdict {
    struct verdict found;
    struct policy_answer answer;
    struct thim_error misuse;           /* kind THIM_ERROR_NONE: there is a verdict */
    struct thim_collateral *collateral; /* those it was judged by last */
    struct thim_amd_collateral *amd_collateral;
    uint8_t *evidence;
    size_t room;
};

/* The pinned roots where trust is NULL. */
struct trust trust_of(const struct thim_trust *trust);

struct bytes bytes_given(struct thim_bytes given);

/* A copy, which found may look into; longer than `max` is cut to one more, so that it is
 * refused. False: no memory, and told as misuse. */
bool verdict_keep(struct thim_verdict *verdict, const void *evidence, size_t len,
                  size_t max, struct bytes *out) MUST_CHECK;
void verdict_hold(struct thim_verdict *verdict, const struct thim_collateral *collateral);
void verdict_hold_amd(struct thim_verdict *verdict,
                      const struct thim_amd_collateral *collateral);

/* Whether it is there, and its call was right. */
bool verdict_is_there(const struct thim_verdict *verdict);

#endif
