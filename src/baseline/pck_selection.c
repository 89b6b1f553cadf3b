/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/pck_selection.h"

enum { PCESVN_AT = TCB_COMPONENTS - 1 };

const char *pck_flaw_name(enum pck_flaw flaw)
{
    static const char *const names[] = {
        [PCK_SOUND] = "sound",
        [PCK_UNREADABLE] = "unreadable",
        [PCK_UNTRUSTED] = "untrusted",
        [PCK_EXPIRED] = "expired",
        [PCK_OTHER_PPID] = "of another PPID",
        [PCK_OTHER_FMSPC] = "of another FMSPC",
        [PCK_OTHER_PCE_ID] = "of another PCE-ID",
    };

    return (size_t)flaw < COUNT_OF(names) ? names[flaw] : "unknown";
}

void pck_candidate_of(const struct pck_cert *cert, struct pck_candidate *out)
{
    *out = (struct pck_candidate){ .pcesvn = cert->pcesvn, .flaw = PCK_SOUND };
    memcpy(out->cpusvn, cert->cpusvn, sizeof out->cpusvn);
    memcpy(out->fmspc, cert->fmspc, sizeof out->fmspc);
    memcpy(out->pce_id, cert->pce_id, sizeof out->pce_id);
    memcpy(out->ppid, cert->ppid, sizeof out->ppid);
}

/* ---- vectors of 17 numbers ------------------------------------------------------ */

unsigned tcb_component(const struct raw_tcb *tcb, unsigned component)
{
    return component == PCESVN_AT ? tcb->pcesvn : tcb->cpusvn[component];
}

unsigned tcb_first_short(const struct raw_tcb *a, const struct raw_tcb *b)
{
    unsigned i = 0;

    while (i < TCB_COMPONENTS && tcb_component(a, i) >= tcb_component(b, i))
        i++;
    return i;
}

static bool reaches(const struct raw_tcb *a, const struct raw_tcb *b)
{
    return tcb_first_short(a, b) == TCB_COMPONENTS;
}

struct raw_tcb pck_candidate_tcb(const struct pck_candidate *candidate)
{
    struct raw_tcb tcb = { .pcesvn = candidate->pcesvn };

    memcpy(tcb.cpusvn, candidate->cpusvn, sizeof tcb.cpusvn);
    return tcb;
}

/* ---- levels, from the greatest down --------------------------------------------- */

/* The TCB info's levels as the selection wants them: a greater one before a lesser, and
 * those that cannot be compared in the document's order. The match of format/tcb_levels
 * has another order for these, and with it some platforms would get other certificates.
 */
struct ladder {
    struct raw_tcb rungs[TCB_LEVELS_MAX];
    uint16_t level_of[TCB_LEVELS_MAX]; /* by rung: index into the TCB info's levels */
    uint16_t rung_of[TCB_LEVELS_MAX];  /* and the other way round */
    size_t count;
};

static struct raw_tcb tcb_of_level(const struct tcb_level *level)
{
    struct raw_tcb tcb = { .pcesvn = level->pcesvn };

    for (size_t i = 0; i < sizeof tcb.cpusvn; i++)
        tcb.cpusvn[i] = level->sgx[i].svn;
    return tcb;
}

/* Indices of levels, as the document had them. */
static void document_order(const struct tcb_info *info, uint16_t order[TCB_LEVELS_MAX])
{
    for (size_t i = 0; i < info->level_count; i++) {
        size_t at = i;
        for (; at > 0 && info->levels[order[at - 1]].place > info->levels[i].place; at--)
            order[at] = order[at - 1];
        order[at] = (uint16_t)i;
    }
}

/* Before the first rung that it reaches, else at the end. */
static void ladder_add(struct ladder *ladder, const struct tcb_info *info, uint16_t level)
{
    struct raw_tcb tcb = tcb_of_level(&info->levels[level]);
    size_t at = 0;

    while (at < ladder->count && !reaches(&tcb, &ladder->rungs[at]))
        at++;
    for (size_t i = ladder->count++; i > at; i--) {
        ladder->rungs[i] = ladder->rungs[i - 1];
        ladder->level_of[i] = ladder->level_of[i - 1];
    }
    ladder->rungs[at] = tcb;
    ladder->level_of[at] = level;
}

static void ladder_make(const struct tcb_info *info, struct ladder *out)
{
    uint16_t order[TCB_LEVELS_MAX];

    out->count = 0;
    document_order(info, order);
    for (size_t i = 0; i < info->level_count; i++)
        ladder_add(out, info, order[i]);
    for (size_t i = 0; i < out->count; i++)
        out->rung_of[out->level_of[i]] = (uint16_t)i;
}

static uint16_t level_reached(const struct ladder *ladder, const struct raw_tcb *tcb)
{
    for (size_t i = 0; i < ladder->count; i++)
        if (reaches(tcb, &ladder->rungs[i]))
            return ladder->level_of[i];
    return PCK_NO_LEVEL;
}

static size_t rung_of(const struct ladder *ladder, uint16_t level)
{
    return level == PCK_NO_LEVEL ? ladder->count : ladder->rung_of[level];
}

/* ---- what is wrong with a certificate ------------------------------------------- */

/* The caller's flaw, else what the TCB info shows. */
static enum pck_flaw flaw_by_info(const struct tcb_info *info,
                                  const struct pck_candidate *candidate)
{
    if (candidate->flaw != PCK_SOUND)
        return candidate->flaw;
    if (memcmp(candidate->fmspc, info->fmspc, sizeof info->fmspc) != 0)
        return PCK_OTHER_FMSPC;
    if (info->has_pce_id
        && memcmp(candidate->pce_id, info->pce_id, sizeof info->pce_id) != 0)
        return PCK_OTHER_PCE_ID;
    return PCK_SOUND;
}

static size_t votes_for(const struct pck_rank *ranks, size_t count,
                        const struct pck_candidate *candidates, const uint8_t ppid[16])
{
    size_t votes = 0;

    for (size_t i = 0; i < count; i++)
        votes += ranks[i].flaw == PCK_SOUND
                 && memcmp(candidates[i].ppid, ppid, sizeof candidates[i].ppid) == 0;
    return votes;
}

/* The PPID of most certificates that are otherwise sound; of as many, the first one's.
 * NULL where none is sound. ranks stand in the order of the candidates. */
static const uint8_t *platform_ppid(const struct pck_rank *ranks, size_t count,
                                    const struct pck_candidate *candidates)
{
    const uint8_t *found = NULL;
    size_t most = 0;

    for (size_t i = 0; i < count && most <= count - i; i++) {
        if (ranks[i].flaw != PCK_SOUND
            || (found != NULL && memcmp(found, candidates[i].ppid, 16) == 0))
            continue;
        size_t votes = votes_for(ranks, count, candidates, candidates[i].ppid);
        if (votes > most) {
            most = votes;
            found = candidates[i].ppid;
        }
    }
    return found;
}

static void find_flaws(const struct tcb_info *info,
                       const struct pck_candidate *candidates, size_t count,
                       struct pck_rank *ranks)
{
    for (size_t i = 0; i < count; i++)
        ranks[i] = (struct pck_rank){ .candidate = (uint16_t)i,
                                      .level = PCK_NO_LEVEL,
                                      .flaw = flaw_by_info(info, &candidates[i]) };
    const uint8_t *ppid = platform_ppid(ranks, count, candidates);
    for (size_t i = 0; i < count; i++)
        if (ranks[i].flaw == PCK_SOUND && memcmp(candidates[i].ppid, ppid, 16) != 0)
            ranks[i].flaw = PCK_OTHER_PPID;
}

/* ---- ranking -------------------------------------------------------------------- */

/* Whether b, which comes after it, stays behind a: a is sound and of a greater level; or
 * of the same, and b does not reach it. Of two with one TCB the later stands first, as in
 * Intel's library. */
static bool stays_behind(const struct ladder *ladder,
                         const struct pck_candidate *candidates, const struct pck_rank *a,
                         const struct pck_rank *b)
{
    size_t rungs[] = { rung_of(ladder, a->level), rung_of(ladder, b->level) };

    if (a->flaw != PCK_SOUND || rungs[0] != rungs[1])
        return a->flaw == PCK_SOUND && rungs[0] < rungs[1];
    struct raw_tcb tcbs[] = { pck_candidate_tcb(&candidates[a->candidate]),
                              pck_candidate_tcb(&candidates[b->candidate]) };
    return !reaches(&tcbs[1], &tcbs[0]);
}

/* The ranks before place i are settled; i finds its own among them. */
static void settle(const struct ladder *ladder, const struct pck_candidate *candidates,
                   struct pck_rank *ranks, size_t i)
{
    struct pck_rank rank = ranks[i];
    size_t at = 0;

    while (at < i && stays_behind(ladder, candidates, &ranks[at], &rank))
        at++;
    memmove(&ranks[at + 1], &ranks[at], (i - at) * sizeof *ranks);
    ranks[at] = rank;
}

bool pck_rank(const struct tcb_info *info, const struct pck_candidate *candidates,
              size_t count, struct pck_rank *ranks, struct error *err)
{
    struct ladder ladder;

    if (info->tee != TEE_SGX)
        return error_set(err, ERROR_FORMAT,
                         "TCB info is for %s; PCK certificates are chosen by SGX's",
                         tee_name(info->tee));
    if (count > UINT16_MAX)
        return error_set(err, ERROR_LIMIT, "%zu PCK certificates, at most %d", count,
                         UINT16_MAX);
    find_flaws(info, candidates, count, ranks);
    ladder_make(info, &ladder);
    for (size_t i = 0; i < count; i++) {
        if (ranks[i].flaw != PCK_SOUND)
            continue;
        struct raw_tcb tcb = pck_candidate_tcb(&candidates[i]);
        ranks[i].level = level_reached(&ladder, &tcb);
        settle(&ladder, candidates, ranks, i);
    }
    return true;
}

/* ---- choosing ------------------------------------------------------------------- */

size_t pck_choose(const struct pck_rank *ranks, size_t count,
                  const struct pck_candidate *candidates, const struct raw_tcb *raw)
{
    for (size_t i = 0; i < count; i++) {
        struct raw_tcb tcb = pck_candidate_tcb(&candidates[ranks[i].candidate]);
        if (ranks[i].flaw == PCK_SOUND && reaches(raw, &tcb))
            return i;
    }
    return PCK_NONE;
}

void pck_trace(const struct pck_rank *ranks, size_t count,
               const struct pck_candidate *candidates, const struct raw_tcb *raw,
               struct pck_trace *out)
{
    size_t chosen = pck_choose(ranks, count, candidates, raw);

    for (size_t i = 0; i < count; i++) {
        struct raw_tcb tcb = pck_candidate_tcb(&candidates[ranks[i].candidate]);
        unsigned component = tcb_first_short(raw, &tcb);
        out[i] = (struct pck_trace){ .rank = ranks[i] };
        if (ranks[i].flaw != PCK_SOUND) {
            out[i].standing = PCK_FLAWED;
        } else if (component < TCB_COMPONENTS) {
            out[i].standing = PCK_ABOVE_RAW;
            out[i].component = component;
            out[i].have = tcb_component(raw, component);
            out[i].need = tcb_component(&tcb, component);
        } else {
            out[i].standing = i == chosen ? PCK_CHOSEN : PCK_BELOW_CHOSEN;
        }
    }
}

bool pck_is_below(const struct pck_candidate *candidate, const struct raw_tcb *raw)
{
    struct raw_tcb tcb = pck_candidate_tcb(candidate);

    return !reaches(&tcb, raw);
}
