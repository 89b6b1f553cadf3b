/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a dated thing counts at a moment: from <= now (with a tolerance for clocks
 * ahead) and now <= until, both ends included. ERROR_STALE says which date, and which
 * thing ("TCB info", "root CA CRL"). */
#ifndef THIM_VERIFY_FRESHNESS_H
#define THIM_VERIFY_FRESHNESS_H

#include "kit/error.h"

/* Before from, by more than is tolerated; of any two moments at all. */
bool freshness_is_early(int64_t from_s, int64_t now_s, int64_t future_s);

bool freshness_check(const char *what, int64_t from_s, int64_t until_s, int64_t now_s,
                     int64_t future_s, struct error *err) MUST_CHECK;

#endif
