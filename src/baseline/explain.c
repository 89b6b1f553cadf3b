/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/explain.h"

#include <stdio.h>

#include "kit/text.h"
#include "verify/freshness.h"

enum {
    FUTURE_S = 300,    /* clocks may be ahead of ours by this much */
    MODULE_ISVSVN = 0, /* indexes into tee_tcb_svn */
    MODULE_MAJOR = 1,
    PCESVN_PLACE = 16,
    LEVEL_KINDS = 3, /* of the platform, the module, the QE */
};

struct question {
    const struct sets *sets;
    enum tee tee;
    const struct tcb_subject *subject;
    int64_t now_s;
    struct arena *arena;
};

/* ---- the goal ---------------------------------------------------------------------- */

/* Less is better. UpToDate and SWHardeningNeeded have one depth, but only the first asks
 * for nothing more. */
static unsigned level_rank(const struct tcb_level *level)
{
    return 2 * tcb_standing_depth((enum tcb_standing)level->status)
           + (level->status != TCB_UP_TO_DATE);
}

/* The first, and so the greatest, of the best. */
static const struct tcb_level *best_level(const struct tcb_info *info)
{
    const struct tcb_level *best = &info->levels[0];

    for (size_t i = 1; i < info->level_count; i++)
        if (level_rank(&info->levels[i]) < level_rank(best))
            best = &info->levels[i];
    return best;
}

/* ---- needs ------------------------------------------------------------------------- */

static void raise_place(struct tcb_subject *subject, const struct explain_need *need)
{
    if (need->place < PCESVN_PLACE)
        subject->sgx.cpusvn[need->place] = (uint8_t)need->need;
    else if (need->place == PCESVN_PLACE)
        subject->sgx.pcesvn = (uint16_t)need->need;
    else
        subject->tee_tcb_svn[need->place - PCESVN_PLACE - 1] = (uint8_t)need->need;
}

/* Raises the subject to the level, one place after another; what each of them took is
 * left in needs, and how many they were. */
static size_t raise_to(const struct tcb_info *info, const struct tcb_level *level,
                       struct tcb_subject *subject, struct explain_need needs[TCB_PLACES])
{
    size_t count = 0;

    for (;;) {
        struct tcb_shortfall shortfall = tcb_level_shortfall(level, info, subject);
        if (shortfall.place == TCB_PLACES)
            return count;
        needs[count] = (struct explain_need){
            .place = shortfall.place,
            .have = shortfall.have,
            .need = shortfall.need,
            .words = tcb_place_words(info, shortfall.place),
        };
        raise_place(subject, &needs[count++]);
    }
}

/* The least ISVSVN that is up to date and above this one; false where it is up to date
 * itself, or nothing above it is. */
static bool enclave_need(const struct enclave_tcb_level *levels, size_t count,
                         uint16_t have, unsigned *need)
{
    const struct enclave_tcb_level *level = enclave_level_match(levels, count, have);
    bool found = false;

    if (level != NULL && level->status == TCB_UP_TO_DATE)
        return false;
    for (size_t i = 0; i < count && levels[i].isvsvn > have; i++)
        if (levels[i].status == TCB_UP_TO_DATE) {
            *need = levels[i].isvsvn;
            found = true;
        }
    return found;
}

static void find_module_need(const struct tcb_info *info, struct tcb_subject *raised,
                             struct explain_set *out)
{
    uint8_t *isvsvn = &raised->tee_tcb_svn[MODULE_ISVSVN];
    const struct tdx_module *module =
        raised->has_tdx ? tdx_module_match(info, raised->tee_tcb_svn[MODULE_MAJOR])
                        : NULL;

    if (module == NULL)
        return;
    out->module_have = *isvsvn;
    out->module_needs =
        enclave_need(module->levels, module->level_count, *isvsvn, &out->module_need)
        && out->module_need <= UINT8_MAX; /* no TD could show more */
    if (out->module_needs)
        *isvsvn = (uint8_t)out->module_need;
}

static void find_qe_need(const struct qe_identity *identity, struct tcb_subject *raised,
                         struct explain_set *out)
{
    if (identity == NULL || !raised->has_qe)
        return;
    out->qe_have = raised->qe_isvsvn;
    out->qe_needs = enclave_need(identity->levels, identity->level_count,
                                 raised->qe_isvsvn, &out->qe_need);
    if (out->qe_needs)
        raised->qe_isvsvn = (uint16_t)out->qe_need;
}

/* raised: in, the subject; out, the same with all that it needs. False where the arena is
 * full. */
static bool find_needs(const struct question *question, const struct tcb_info *info,
                       const struct qe_identity *identity, struct tcb_subject *raised,
                       struct explain_set *out)
{
    const struct tcb_level *best = best_level(info), *level = out->verdict.launch.level;
    struct explain_need found[TCB_PLACES];

    if (level == NULL || level_rank(level) > level_rank(best))
        out->need_count = raise_to(info, best, raised, found);
    if (out->need_count > 0) {
        struct explain_need *needs =
            arena_alloc(question->arena, out->need_count, sizeof *needs);
        if (needs == NULL)
            return false;
        memcpy(needs, found, out->need_count * sizeof *needs);
        out->goal = best;
        out->needs = needs;
    }
    find_module_need(info, raised, out);
    find_qe_need(identity, raised, out);
    return true;
}

/* ---- advisories -------------------------------------------------------------------- */

struct names {
    struct bytes at[LEVEL_KINDS * TCB_ADVISORIES_MAX];
    size_t count;
};

static void names_of(const struct tcb_verdict *verdict, struct names *out)
{
    out->count = tcb_verdict_advisories(verdict, out->at, COUNT_OF(out->at));
}

/* Takes away what the other names; both are sorted. */
static void names_take(struct names *names, const struct names *other)
{
    size_t kept = 0, at = 0;

    for (size_t i = 0; i < names->count; i++) {
        while (at < other->count && bytes_compare(other->at[at], names->at[i]) < 0)
            at++;
        if (at == other->count || !bytes_equal(other->at[at], names->at[i]))
            names->at[kept++] = names->at[i];
    }
    names->count = kept;
}

/* False where the arena is full. */
static bool names_keep(const struct names *names, struct arena *arena,
                       const struct bytes **out, size_t *count)
{
    struct bytes *kept = arena_alloc(arena, names->count + 1, sizeof *kept);

    if (kept == NULL)
        return false;
    memcpy(kept, names->at, names->count * sizeof *kept);
    *out = kept;
    *count = names->count;
    return true;
}

static bool find_advisories(struct arena *arena, const struct tcb_verdict *raised,
                            struct explain_set *out)
{
    struct names named, left;

    names_of(&out->verdict, &named);
    names_of(raised, &left);
    if (!names_keep(&named, arena, &out->advisories, &out->advisory_count))
        return false;
    names_take(&named, &left);
    return names_keep(&named, arena, &out->cleared, &out->cleared_count);
}

/* ---- one number -------------------------------------------------------------------- */

static bool in_date(const struct set_document *document, int64_t now_s)
{
    return document == NULL
           || freshness_check("document", document->from_s, document->until_s, now_s,
                              FUTURE_S, NULL);
}

static void find_dates(const struct question *question,
                       const struct set_document *tcb_info,
                       const struct set_document *identity, struct explain_set *out)
{
    const struct set_shelf *shelf = sets_of(question->sets, question->tee);
    const struct evaluation_numbers *list = shelf->list;

    out->is_standard = tcb_info->is_standard;
    out->is_early = tcb_info->is_early;
    out->in_date =
        in_date(tcb_info, question->now_s) && in_date(identity, question->now_s);
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (list->numbers[i].number == out->number) {
            out->listed = true;
            out->recovery_event_s = list->numbers[i].recovery_event_s;
        }
    out->has_promotion =
        sets_promotion_expected(shelf, out->number, question->now_s,
                                &out->promotion_earliest_s, &out->promotion_latest_s);
}

/* False where the arena is full. */
static bool explain_number(const struct question *question,
                           const struct set_document *tcb_info, struct explain_set *out)
{
    const struct set_document *held =
        sets_identity(question->sets, question->tee, tcb_info->number);
    const struct qe_identity *identity = held != NULL ? held->identity : NULL;
    struct tcb_subject raised = *question->subject;
    struct tcb_verdict reached;

    *out = (struct explain_set){ .number = tcb_info->number };
    find_dates(question, tcb_info, held, out);
    tcb_judge(tcb_info->tcb_info, identity, question->subject, &out->verdict);
    if (!find_needs(question, tcb_info->tcb_info, identity, &raised, out))
        return false;
    tcb_judge(tcb_info->tcb_info, identity, &raised, &reached);
    return find_advisories(question->arena, &reached, out);
}

bool explain_make(const struct sets *sets, enum tee tee, const uint8_t fmspc[6],
                  const struct tcb_subject *subject, int64_t now_s, struct arena *arena,
                  struct explanation *out, struct error *err)
{
    const struct question question = { sets, tee, subject, now_s, arena };
    const struct set_shelf *shelf = sets_of(sets, tee);
    struct explain_set *rows = arena_alloc(arena, shelf->number_count + 1, sizeof *rows);
    bool fits = rows != NULL;

    *out = (struct explanation){ .tee = tee, .subject = *subject, .sets = rows };
    memcpy(out->fmspc, fmspc, sizeof out->fmspc);
    for (size_t i = 0; fits && i < shelf->number_count; i++) {
        const struct set_document *tcb_info =
            sets_tcb_info(sets, tee, fmspc, shelf->numbers[i].number);
        if (tcb_info != NULL)
            fits = explain_number(&question, tcb_info, &rows[out->set_count++]);
    }
    if (!fits)
        return error_set(err, ERROR_LIMIT, "the explanation does not fit into %zu bytes",
                         arena->ceiling);
    if (out->set_count == 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "no TCB info of FMSPC %s is held for %s; its platforms are not "
                         "known here, or its collateral has not been fetched yet",
                         hex(fmspc, sizeof out->fmspc).s, tee_name(tee));
    return true;
}

/* ---- links ------------------------------------------------------------------------- */

bool advisory_link(struct bytes advisory, char *out, size_t size)
{
    static const char begins[] = "INTEL-SA-";
    enum { DIGITS_MAX = 10 };
    struct bytes digits = bytes_after(advisory, sizeof begins - 1);

    if (!bytes_equal_text(bytes_first(advisory, sizeof begins - 1), begins)
        || digits.len == 0 || digits.len > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < digits.len; i++)
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
    int len = snprintf(out, size,
                       "https://www.intel.com/content/www/us/en/security-center/advisory/"
                       "intel-sa-%.*s.html",
                       (int)digits.len, (const char *)digits.at);
    return len > 0 && (size_t)len < size;
}
