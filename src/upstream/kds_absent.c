/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_absent.h"

/* KDS_ABSENT_MAX where it is not remembered. */
static size_t place_of(const struct kds_absent *absent, const struct kds_key *key)
{
    for (size_t i = 0; i < absent->count; i++)
        if (kds_key_compare(&absent->entries[i].key, key) == 0)
            return i;
    return KDS_ABSENT_MAX;
}

void kds_absent_note(struct kds_absent *absent, const struct kds_key *key,
                     int64_t until_ms)
{
    size_t i = place_of(absent, key);

    if (i == KDS_ABSENT_MAX && absent->count < KDS_ABSENT_MAX) {
        i = absent->count++;
    } else if (i == KDS_ABSENT_MAX) {
        i = absent->oldest;
        absent->oldest = (absent->oldest + 1) % KDS_ABSENT_MAX;
    }
    absent->entries[i].key = *key;
    absent->entries[i].until_ms = until_ms;
}

bool kds_absent_has(const struct kds_absent *absent, const struct kds_key *key,
                    int64_t now_ms, int64_t *left_s)
{
    size_t i = place_of(absent, key);

    if (i == KDS_ABSENT_MAX || absent->entries[i].until_ms <= now_ms)
        return false;
    *left_s = (absent->entries[i].until_ms - now_ms + 999) / 1000;
    return true;
}
