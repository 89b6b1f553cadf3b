/* SPDX-License-Identifier: Apache-2.0 */
#include "thimd/desk.h"

#include <stdlib.h>

#include "upstream/platforms.h"

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

static void slip_told_of_platform(void *context, const struct platform_report *report)
{
    static const enum miss_outcome means[] = {
        [FETCH_KEPT] = MISS_FETCHED,
        [FETCH_NOT_FOUND] = MISS_PLATFORM_UNKNOWN,
        [FETCH_REFUSED] = MISS_PLATFORM_REFUSED,
        [FETCH_UNTRUSTED] = MISS_UNTRUSTED,
        [FETCH_CONFLICT] = MISS_CONFLICT,
        [FETCH_UNREACHABLE] = MISS_UNREACHABLE,
        [FETCH_BUDGET] = MISS_BUDGET,
        [FETCH_BUSY] = MISS_UNREACHABLE,
        [FETCH_GAP] = MISS_PLATFORM_GAP,
    };
    struct slip *slip = context;

    slip->told(slip->told_context, means[report->outcome], report->retry_after_s);
    free(slip);
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

static void copy_address(const struct http_peer *peer, uint8_t out[16], size_t *len)
{
    struct bytes address = http_peer_address(peer);

    if (address.len > 0)
        memcpy(out, address.at, address.len);
    *len = address.len;
}

static void ask_for_platform(struct desk *desk, const struct question *question,
                             const struct http_peer *peer, struct slip *slip)
{
    const struct pck_question *pck = &question->pck;
    struct platform_demand demand = {
        .has_name = pck->has_name,
        .name = pck->name,
        .bound_by = BOUND_BY_ASKING,
        .has_encrypted_ppid = pck->has_encrypted_ppid,
        .has_raw_tcb = true,
        .raw = pck->raw,
        .context = slip,
        .told = slip_told_of_platform,
    };

    memcpy(demand.encrypted_ppid, pck->encrypted_ppid, sizeof demand.encrypted_ppid);
    copy_address(peer, demand.address, &demand.address_len);
    refresh_fetch_platform(desk->refresh, &demand);
}

static void ask_for_collateral(struct desk *desk, const struct question *question,
                               const struct http_peer *peer, struct slip *slip)
{
    struct refresh_demand demand = { .key = question->key,
                                     .context = slip,
                                     .told = slip_told };

    if (question->wants_tcb_info)
        demand.key = key_tcb_info(TEE_SGX, 3, question->fmspc_wanted, 0);
    else if (question->number_wanted != 0)
        demand.key.evaluation_data_number = question->number_wanted;
    if (has_number(&demand.key) && demand.key.evaluation_data_number == 0)
        demand.update = question->choice == CHOOSE_EARLY ? UPDATE_EARLY : UPDATE_STANDARD;
    copy_address(peer, demand.address, &demand.address_len);
    refresh_demand(desk->refresh, &demand);
}

/* What can be said without asking anybody; 0 where somebody has to be asked. */
static enum miss_outcome known_already(const struct desk *desk,
                                       const struct question *question)
{
    if (question->kind == ASK_FMSPCS) /* fetched on its own schedule; no hurrying it */
        return some_upstream_lists(desk->config) ? MISS_UNREACHABLE : MISS_NOT_FOUND;
    if (question->kind == ASK_COLLATERAL && question->key.kind == COLLATERAL_TCB_INFO
        && refresh_vetoes(desk->refresh, question->key.fmspc))
        return MISS_NOT_FOUND;
    return 0;
}

static void ask(void *context, const struct question *question,
                const struct http_peer *peer,
                void (*told)(void *told_context, enum miss_outcome outcome,
                             int64_t retry_after_s),
                void *told_context)
{
    struct desk *desk = context;
    enum miss_outcome known = known_already(desk, question);
    struct slip *slip = known != 0 ? NULL : calloc(1, sizeof *slip);

    if (slip == NULL) {
        told(told_context, known != 0 ? known : MISS_UNREACHABLE, LIST_RETRY_S);
        return;
    }
    *slip = (struct slip){ .told_context = told_context, .told = told };
    if (question->kind == ASK_PCK_CERT && !question->wants_tcb_info)
        ask_for_platform(desk, question, peer, slip);
    else
        ask_for_collateral(desk, question, peer, slip);
}

struct miss_desk desk_counter(struct desk *desk)
{
    return (struct miss_desk){ .context = desk, .ask = ask };
}
