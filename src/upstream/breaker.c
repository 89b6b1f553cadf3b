/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/breaker.h"

bool breaker_is_open(const struct breaker *breaker)
{
    return breaker->pause_ms > 0;
}

bool breaker_is_probed(const struct breaker *breaker)
{
    return breaker->probing;
}

bool breaker_allows(struct breaker *breaker, int64_t now_ms)
{
    if (!breaker_is_open(breaker))
        return true;
    if (breaker->probing || now_ms < breaker->open_until_ms)
        return false;
    breaker->probing = true;
    return true;
}

void breaker_ok(struct breaker *breaker)
{
    *breaker = (struct breaker){ 0 };
}

static void count_failure(struct breaker *breaker, uint64_t thing)
{
    for (uint32_t i = 0; i < breaker->failures; i++)
        if (breaker->failed[i] == thing)
            return;
    if (breaker->failures < BREAKER_FAILURES)
        breaker->failed[breaker->failures++] = thing;
}

void breaker_failed(struct breaker *breaker, uint64_t thing, int64_t now_ms)
{
    bool was_probe = breaker->probing;

    breaker->probing = false;
    count_failure(breaker, thing);
    if (breaker->failures < BREAKER_FAILURES)
        return;
    /* Calls that were under way when it opened fail late; only the probe lengthens it. */
    if (breaker_is_open(breaker) && !was_probe)
        return;
    breaker->pause_ms =
        breaker_is_open(breaker) ? breaker->pause_ms * 2 : BREAKER_PAUSE_FIRST_MS;
    if (breaker->pause_ms > BREAKER_PAUSE_LAST_MS)
        breaker->pause_ms = BREAKER_PAUSE_LAST_MS;
    breaker->open_until_ms = now_ms + breaker->pause_ms;
}
