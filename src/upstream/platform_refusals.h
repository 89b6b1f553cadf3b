/* SPDX-License-Identifier: Apache-2.0 */
/* What upstream has said of platforms that are not ours: the same question from a
 * stranger within a minute is answered from here. In memory, PLATFORM_REFUSALS_MAX of
 * them, the oldest making room. */
#ifndef THIM_UPSTREAM_PLATFORM_REFUSALS_H
#define THIM_UPSTREAM_PLATFORM_REFUSALS_H

#include "upstream/platforms.h"

#define PLATFORM_REFUSALS_MAX 1024
#define PLATFORM_REFUSAL_MS 60000

/* By both clocks, the machine's and the judging one, monotonic milliseconds: a minute is
 * over when either says so, for one may stand still and the other be moved by days. */
struct platform_moment {
    int64_t machine_ms, judging_ms;
};

struct platform_refusal {
    uint8_t key[32]; /* platform_question_key */
    enum platform_fetch outcome;
    char code[48];
    struct platform_moment until; /* zero: the place is empty */
};

struct platform_refusals {
    struct platform_refusal ring[PLATFORM_REFUSALS_MAX];
    size_t next;
};

/* Remembers NOT_FOUND and REFUSED; other outcomes say nothing of the next try. */
void platform_refusals_note(struct platform_refusals *refusals, const uint8_t key[32],
                            const struct platform_report *report,
                            struct platform_moment now);

bool platform_refusals_find(const struct platform_refusals *refusals,
                            const uint8_t key[32], struct platform_moment now,
                            struct platform_report *out) MUST_CHECK;

#endif
