/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/platform_refusals.h"

#include <stdio.h>

void platform_refusals_note(struct platform_refusals *refusals, const uint8_t key[32],
                            const struct platform_report *report,
                            struct platform_moment now)
{
    if (report->outcome != FETCH_NOT_FOUND && report->outcome != FETCH_REFUSED)
        return;
    struct platform_refusal *place = &refusals->ring[refusals->next];
    refusals->next = (refusals->next + 1) % PLATFORM_REFUSALS_MAX;
    memcpy(place->key, key, sizeof place->key);
    place->outcome = report->outcome;
    memcpy(place->code, report->code, sizeof place->code);
    place->until = (struct platform_moment){ now.machine_ms + PLATFORM_REFUSAL_MS,
                                             now.judging_ms + PLATFORM_REFUSAL_MS };
}

bool platform_refusals_find(const struct platform_refusals *refusals,
                            const uint8_t key[32], struct platform_moment now,
                            struct platform_report *out)
{
    for (size_t i = 0; i < PLATFORM_REFUSALS_MAX; i++) {
        const struct platform_refusal *each = &refusals->ring[i];
        if (each->until.machine_ms <= now.machine_ms
            || each->until.judging_ms <= now.judging_ms
            || memcmp(each->key, key, sizeof each->key) != 0)
            continue;
        *out = (struct platform_report){ .outcome = each->outcome };
        memcpy(out->code, each->code, sizeof out->code);
        snprintf(out->why, sizeof out->why, "upstream said so a moment ago");
        return true;
    }
    return false;
}
