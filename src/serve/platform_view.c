/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/platform_view.h"

/* The baseline's; where it has none, or it is not held of this FMSPC, standard; where
 * that is not known (an import, a PCCS upstream) the highest number held. */
static const struct holding *find_tcb_info(const struct view_law *law,
                                           const uint8_t fmspc[6])
{
    const struct holdings *holdings = law->holdings;
    struct collateral_key subject = key_tcb_info(TEE_SGX, 3, fmspc, 0);
    struct collateral_key wanted = key_tcb_info(TEE_SGX, 3, fmspc, law->number);
    const struct holding *found =
        law->number != 0 ? holdings_find(holdings, &wanted) : NULL;

    if (found == NULL)
        found = holdings_designated(holdings, &subject, UPDATE_STANDARD);
    for (size_t i = 0; found == NULL && i < holdings->count; i++) {
        const struct holding *holding = &holdings->entries[holdings->count - 1 - i];
        struct collateral_key of =
            collateral_subject(&verified_facts(holding->item)->key);
        if (collateral_key_compare(&of, &subject) == 0)
            found = holding;
    }
    return found;
}

static void find_collateral(struct platform_view *view, const struct view_law *law)
{
    struct collateral_key root_crl = key_root_crl();
    struct collateral_key pck_crl = key_pck_crl(view->platform->ca);

    view->tcb_info = find_tcb_info(law, view->platform->fmspc);
    view->root_crl = holdings_find(law->holdings, &root_crl);
    view->pck_crl = holdings_find(law->holdings, &pck_crl);
}

static bool is_same(const struct holding *a, const struct holding *b)
{
    return a == NULL || b == NULL ? a == b : a->item == b->item;
}

bool platform_view_follow(struct platform_view *view, const struct view_law *law)
{
    struct platform_view next = *view;

    find_collateral(&next, law);
    if (!is_same(view->tcb_info, next.tcb_info) || !is_same(view->root_crl, next.root_crl)
        || !is_same(view->pck_crl, next.pck_crl))
        return false;
    *view = next;
    return true;
}

static void read_pck(const struct platform_pck *row, struct view_pck *out)
{
    struct x509_certificate certificate;

    *out = (struct view_pck){ .row = row, .is_gap = row->der.len == 0 };
    if (out->is_gap || !x509_parse(row->der, &certificate, &out->why)
        || !pck_cert_parse(&certificate, &out->cert, &out->why))
        return;
    out->is_read = true;
    out->not_before_s = certificate.not_before_s;
    out->not_after_s = certificate.not_after_s;
}

static void make_candidate(const struct view_pck *pck, int64_t now_s,
                           struct pck_candidate *out)
{
    pck_candidate_of(&pck->cert, out);
    out->flaw = PCK_SOUND;
    if (!pck->is_read)
        out->flaw = PCK_UNREADABLE;
    else if (now_s < pck->not_before_s || now_s > pck->not_after_s)
        out->flaw = PCK_EXPIRED;
}

static bool rank(struct platform_view *view, struct arena *arena, struct error *err)
{
    if (view->tcb_info == NULL)
        return true;
    struct pck_rank *ranks = arena_alloc(arena, view->count + 1, sizeof *ranks);
    if (ranks == NULL)
        return error_set(err, ERROR_LIMIT, "no room to rank %zu certificates",
                         view->count);
    view->ranks = ranks;
    return pck_rank(verified_facts(view->tcb_info->item)->tcb_info, view->candidates,
                    view->count, ranks, err);
}

bool platform_view_make(const struct platform *platform, const struct view_law *law,
                        struct arena *arena, struct platform_view *out, struct error *err)
{
    size_t count = platform->pck_count;
    struct view_pck *pcks = arena_alloc(arena, count + 1, sizeof *pcks);
    struct pck_candidate *candidates = arena_alloc(arena, count + 1, sizeof *candidates);
    uint16_t *pck_of = arena_alloc(arena, count + 1, sizeof *pck_of);

    if (pcks == NULL || candidates == NULL || pck_of == NULL)
        return error_set(err, ERROR_LIMIT, "no room for %zu certificates", count);
    *out = (struct platform_view){ .platform = platform,
                                   .pcks = pcks,
                                   .pck_count = count,
                                   .candidates = candidates,
                                   .pck_of = pck_of };
    for (size_t i = 0; i < count; i++) {
        read_pck(&platform->pcks[i], &pcks[i]);
        if (pcks[i].is_gap)
            continue;
        make_candidate(&pcks[i], law->now_s, &candidates[out->count]);
        pck_of[out->count++] = (uint16_t)i;
    }
    if (platform->state != PLATFORM_HELD)
        return true;
    find_collateral(out, law);
    return rank(out, arena, err);
}

size_t platform_view_choose(const struct platform_view *view, const struct raw_tcb *raw)
{
    if (view->ranks == NULL)
        return PCK_NONE;
    size_t place = pck_choose(view->ranks, view->count, view->candidates, raw);
    return place == PCK_NONE ? PCK_NONE : view->pck_of[view->ranks[place].candidate];
}

void platform_view_reject(struct platform_view *view, size_t pck, enum pck_flaw flaw)
{
    for (size_t i = 0; i < view->count; i++) {
        size_t candidate = view->ranks[i].candidate;
        if (view->pck_of[candidate] == pck)
            view->candidates[candidate].flaw = view->ranks[i].flaw = flaw;
    }
}

/* A gap is known by its TCBm alone: CPUSVN, then PCESVN little endian. */
static bool reaches(const struct raw_tcb *raw, const uint8_t tcbm[TCBM_LEN])
{
    for (size_t i = 0; i < sizeof raw->cpusvn; i++)
        if (raw->cpusvn[i] < tcbm[i])
            return false;
    return raw->pcesvn >= (tcbm[16] | tcbm[17] << 8);
}

size_t platform_view_gap(const struct platform_view *view, const struct raw_tcb *raw)
{
    for (size_t i = 0; i < view->pck_count; i++)
        if (view->pcks[i].is_gap && reaches(raw, view->pcks[i].row->tcbm))
            return i;
    return PCK_NONE;
}
