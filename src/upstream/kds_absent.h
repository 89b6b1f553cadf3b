/* SPDX-License-Identifier: Apache-2.0 */
/* What an upstream has lately said it does not have: remembered for KDS_ABSENT_S, so that
 * a host that asks again and again for a chip that KDS does not know costs one slot a
 * minute. Not longer: firmware may be newer than KDS's data, and its 404s have been wrong
 * before. The one longest remembered of
 * KDS_ABSENT_MAX gives way. Pure; the judging clock's
 * milliseconds. */
#ifndef THIM_UPSTREAM_KDS_ABSENT_H
#define THIM_UPSTREAM_KDS_ABSENT_H

#include "format/kds_url.h"

#define KDS_ABSENT_MAX 1024

struct kds_absent {
    struct {
        struct kds_key key;
        int64_t until_ms;
    } entries[KDS_ABSENT_MAX];
    size_t count, oldest;
};

void kds_absent_note(struct kds_absent *absent, const struct kds_key *key,
                     int64_t until_ms);

/* *left_s: how long it will still be remembered. */
bool kds_absent_has(const struct kds_absent *absent, const struct kds_key *key,
                    int64_t now_ms, int64_t *left_s);

#endif
