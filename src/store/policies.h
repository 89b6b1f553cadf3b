/* SPDX-License-Identifier: Apache-2.0 */
/* Appraisal policies: kept as given, by SHA-384 of their text; for each FMSPC one default
 * for SGX and one for TDX at most, side by side. On the store thread; reading is
 * store/platform_reader.h's. */
#ifndef THIM_STORE_POLICIES_H
#define THIM_STORE_POLICIES_H

#include "format/appraisal_policy.h"
#include "store/store.h"

#define POLICIES_MAX 4096 /* kept in all */

struct policy_change {
    struct bytes jws;
    unsigned tees; /* enum policy_tee */
    uint8_t fmspc[6];
    bool is_default; /* takes the place of the FMSPC's default of the same TEEs */
    int64_t now_s;
};

/* id: SHA-384 of the text. ERROR_LIMIT past POLICIES_MAX. */
bool store_keep_policy(struct store *store, const struct policy_change *change,
                       uint8_t id[48], struct error *err) MUST_CHECK;

#endif
