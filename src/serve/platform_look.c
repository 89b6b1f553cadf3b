/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/platform_look.h"

static bool judge_one(const struct platform_look *look,
                      const struct verified_pck_issuer *issuer,
                      const struct look_law *law, size_t pck, struct error *err)
{
    const struct platform_view *view = &look->view;
    OWNED(pck_release) struct verified_pck *verified = NULL;
    struct pck_law judged_by = {
        .root_crl = view->root_crl == NULL ? NULL : view->root_crl->item,
        .pck_crl = view->pck_crl == NULL ? NULL : view->pck_crl->item,
        .now_s = law->now_s,
        .future_s = law->future_s,
    };

    return verify_kept_pck(view->pcks[pck].row->der, issuer, &verified, err)
           && pck_may_be_given(verified, &judged_by, err);
}

static void judge(struct platform_look *look, const struct look_law *law)
{
    const struct host_issuer *issuer = NULL;
    struct error no_issuer = { 0 };

    if (look->view.count > 0
        && !host_issuer_of(law->issuers, &look->platform.issuer_chain, &issuer,
                           &no_issuer))
        issuer = NULL;
    for (size_t i = 0; i < look->view.pck_count; i++) {
        struct error *why = &look->pcks[i].why;
        if (look->view.pcks[i].is_gap)
            continue;
        if (issuer == NULL)
            *why = no_issuer;
        else if (judge_one(look, issuer->verified, law, i, why))
            continue;
        if (why->kind != ERROR_REVOKED && look->view.ranks != NULL)
            platform_view_reject(&look->view, i,
                                 why->kind == ERROR_STALE ? PCK_EXPIRED : PCK_UNTRUSTED);
    }
}

static uint32_t number_of(const struct platform_look *look, const struct look_law *law)
{
    const struct baseline_view *view = law->view;

    return view == NULL ? 0
                        : baseline_view_number(view, view->law->default_policy, TEE_SGX,
                                               look->platform.fmspc);
}

bool platform_look_make(struct platform_reader *reader, const struct platform_name *name,
                        struct holdings *holdings, const struct look_law *law,
                        struct platform_look *out, struct error *err)
{
    *out = (struct platform_look){ .holdings = holdings_hold(holdings) };
    arena_init(&out->arena, PLATFORM_LOOK_MAX);
    if (!platform_find(reader, name, &out->arena, &out->platform, err))
        return false;
    struct view_law view_law = { .holdings = holdings,
                                 .number = number_of(out, law),
                                 .now_s = law->now_s };
    if (!platform_view_make(&out->platform, &view_law, &out->arena, &out->view, err))
        return false;
    out->pcks = arena_alloc(&out->arena, out->view.pck_count + 1, sizeof *out->pcks);
    if (out->pcks == NULL)
        return error_set(err, ERROR_LIMIT, "no room to judge %zu certificates",
                         out->view.pck_count);
    judge(out, law);
    return true;
}

void platform_look_end(struct platform_look *look)
{
    holdings_release(TAKE(look->holdings));
    arena_fini(&look->arena);
}

const struct pck_rank *look_rank_of(const struct platform_look *look, size_t pck)
{
    const struct platform_view *view = &look->view;

    for (size_t i = 0; view->ranks != NULL && i < view->count; i++)
        if (view->pck_of[view->ranks[i].candidate] == pck)
            return &view->ranks[i];
    return NULL;
}

const char *look_verdict_name(const struct platform_look *look, size_t pck)
{
    const struct pck_rank *rank = look_rank_of(look, pck);
    enum error_kind kind = look->pcks[pck].why.kind;

    if (look->view.pcks[pck].is_gap)
        return "gap";
    if (!look->view.pcks[pck].is_read)
        return "unreadable";
    if (kind == ERROR_STALE)
        return "expired";
    if (kind != ERROR_NONE)
        return error_kind_name(kind);
    return pck_flaw_name(rank == NULL ? PCK_SOUND : rank->flaw);
}
