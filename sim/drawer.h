/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that were signed already, kept because an ECDSA signature differs each time
 * it is made: who asks twice on one day must get the same bytes twice.
 *
 * A ring: past DRAWER_MAX the oldest is forgotten first. Lies in the owner's storage. */
#ifndef THIM_SIM_DRAWER_H
#define THIM_SIM_DRAWER_H

#include "sim/world.h"

#define DRAWER_MAX 8192

struct drawer_key { /* what makes one document another */
    int64_t issue_s;
    enum world_kind kind;
    enum world_tee tee;
    enum world_ca ca;
    uint8_t fmspc[FMSPC_LEN];
    unsigned number;
    bool is_impostors;
};

struct drawer {
    struct drawer_slot *slots;
    size_t count, next;
};

bool drawer_init(struct drawer *drawer) MUST_CHECK; /* false without memory */
void drawer_clear(struct drawer *drawer);
void drawer_fini(struct drawer *drawer);

/* Appends the document kept under the key; false where there is none. */
bool drawer_take(const struct drawer *drawer, const struct drawer_key *key,
                 struct buf *out);

/* Keeps a copy; without memory it keeps nothing. */
void drawer_put(struct drawer *drawer, const struct drawer_key *key, struct bytes body);

#endif
