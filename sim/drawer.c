/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/drawer.h"

#include <stdlib.h>

struct drawer_slot {
    struct drawer_key key;
    struct buf body;
};

bool drawer_init(struct drawer *drawer)
{
    *drawer = (struct drawer){ .slots = calloc(DRAWER_MAX, sizeof *drawer->slots) };
    return drawer->slots != NULL;
}

void drawer_clear(struct drawer *drawer)
{
    for (size_t i = 0; i < drawer->count; i++)
        buf_fini(&drawer->slots[i].body);
    drawer->count = drawer->next = 0;
}

void drawer_fini(struct drawer *drawer)
{
    drawer_clear(drawer);
    free(drawer->slots);
    drawer->slots = NULL;
}

static bool is_same(const struct drawer_key *a, const struct drawer_key *b)
{
    return a->issue_s == b->issue_s && a->kind == b->kind && a->number == b->number
           && a->tee == b->tee && a->ca == b->ca && a->is_impostors == b->is_impostors
           && memcmp(a->fmspc, b->fmspc, FMSPC_LEN) == 0;
}

bool drawer_take(const struct drawer *drawer, const struct drawer_key *key,
                 struct buf *out)
{
    for (size_t i = 0; i < drawer->count; i++) {
        if (drawer->slots[i].body.len > 0 && is_same(&drawer->slots[i].key, key)) {
            buf_add(out, buf_bytes(&drawer->slots[i].body));
            return true;
        }
    }
    return false;
}

void drawer_put(struct drawer *drawer, const struct drawer_key *key, struct bytes body)
{
    struct drawer_slot *slot = &drawer->slots[drawer->next];

    if (drawer->next < drawer->count)
        buf_fini(&slot->body);
    buf_init(&slot->body, WORLD_BODY_MAX);
    buf_add(&slot->body, body);
    slot->key = *key;
    drawer->next = (drawer->next + 1) % DRAWER_MAX;
    if (drawer->count < DRAWER_MAX)
        drawer->count++;
}
