/* SPDX-License-Identifier: Apache-2.0 */
#include "thimd/desk.h"

#include <stdlib.h>

enum { LIST_RETRY_S = 5 };

struct slip { /* who is to be told */
    void *told_context;
    void (*told)(void *told_context, enum miss_outcome outcome, int64_t retry_after_s);
};

static void slip_told(void *context, enum refresh_outcome outcome, int64_t retry_after_s)
{
    static const enum miss_outcome means[] = {
        [REFRESH_DONE] = MISS_FETCHED,     [REFRESH_NOT_FOUND] = MISS_NOT_FOUND,
        [REFRESH_GONE] = MISS_GONE,        [REFRESH_FAILED] = MISS_UNREACHABLE,
        [REFRESH_BUSY] = MISS_UNREACHABLE, [REFRESH_BUDGET] = MISS_BUDGET,
    };
    struct slip *slip = context;

    slip->told(slip->told_context, means[outcome], retry_after_s);
    free(slip);
}

static void copy_address(struct refresh_demand *demand, const struct http_peer *peer)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&peer->address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&peer->address;
    enum { MAPPED_PREFIX_LEN = 12 };

    if (peer->address.ss_family == AF_INET) {
        demand->address_len = 4;
        memcpy(demand->address, &v4->sin_addr, 4);
    } else if (peer->address.ss_family == AF_INET6
               && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        demand->address_len = 4;
        memcpy(demand->address, v6->sin6_addr.s6_addr + MAPPED_PREFIX_LEN, 4);
    } else if (peer->address.ss_family == AF_INET6) {
        demand->address_len = 16;
        memcpy(demand->address, &v6->sin6_addr, 16);
    }
}

static bool has_number(const struct collateral_key *key)
{
    return key->kind == COLLATERAL_TCB_INFO || key->kind == COLLATERAL_IDENTITY;
}

/* Whether any upstream can give the list of FMSPCs at all. */
static bool some_upstream_lists(const struct config *config)
{
    for (size_t i = 0; i < config->intel.upstream_count; i++)
        if (config->intel.upstreams[i].kind != UPSTREAM_PCCS)
            return true;
    return false;
}

static void ask(void *context, const struct question *question,
                const struct http_peer *peer,
                void (*told)(void *told_context, enum miss_outcome outcome,
                             int64_t retry_after_s),
                void *told_context)
{
    struct desk *desk = context;
    struct refresh_demand demand = { .key = question->key, .told = slip_told };

    if (question->kind == ASK_FMSPCS) {
        /* It is fetched on its own schedule, and nobody can hurry it. */
        if (some_upstream_lists(desk->config))
            told(told_context, MISS_UNREACHABLE, LIST_RETRY_S);
        else
            told(told_context, MISS_NOT_FOUND, 0);
        return;
    }
    if (question->key.kind == COLLATERAL_TCB_INFO
        && refresh_vetoes(desk->refresh, question->key.fmspc)) {
        told(told_context, MISS_NOT_FOUND, 0);
        return;
    }
    struct slip *slip = calloc(1, sizeof *slip);
    if (slip == NULL) {
        told(told_context, MISS_UNREACHABLE, 1);
        return;
    }
    *slip = (struct slip){ .told_context = told_context, .told = told };
    if (has_number(&question->key) && question->choice != CHOOSE_NUMBER)
        demand.update = question->choice == CHOOSE_EARLY ? UPDATE_EARLY : UPDATE_STANDARD;
    demand.context = slip;
    copy_address(&demand, peer);
    refresh_demand(desk->refresh, &demand);
}

struct miss_desk desk_counter(struct desk *desk)
{
    return (struct miss_desk){ .context = desk, .ask = ask };
}
