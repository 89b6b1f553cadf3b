/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/freshness.h"

#include "kit/text.h"

bool freshness_is_early(int64_t from_s, int64_t now_s, int64_t future_s)
{
    /* both may lie at the ends of what counts: the distance fits where no sign is */
    return now_s < from_s && (uint64_t)from_s - (uint64_t)now_s > (uint64_t)future_s;
}

bool freshness_check(const char *what, int64_t from_s, int64_t until_s, int64_t now_s,
                     int64_t future_s, struct error *err)
{
    if (freshness_is_early(from_s, now_s, future_s))
        return error_set(err, ERROR_STALE, "%s: not valid before %s, and it is %s", what,
                         utc(from_s).s, utc(now_s).s);
    if (now_s > until_s)
        return error_set(err, ERROR_STALE, "%s: nextUpdate was %s, and it is %s", what,
                         utc(until_s).s, utc(now_s).s);
    return true;
}
