/* SPDX-License-Identifier: Apache-2.0 */
/* The part of baseline/preview.h that judges one group of hosts under both sets. */
#include "baseline/preview_parts.h"

enum { TDX_MODULE_PLACE = 17, LEVEL_KINDS = 2 /* of the platform, of the module */ };

/* ---- an FMSPC --------------------------------------------------------------------- */

static const struct tcb_info *info_of(const struct sets *sets, enum tee tee,
                                      const uint8_t fmspc[6], uint32_t number)
{
    const struct set_document *document = sets_tcb_info(sets, tee, fmspc, number);

    return document != NULL ? document->tcb_info : NULL;
}

static unsigned level_depth(const struct tcb_level *level)
{
    return tcb_standing_depth((enum tcb_standing)level->status);
}

/* Levels stand newest first. */
static const struct tcb_level *best_level(const struct tcb_info *info)
{
    const struct tcb_level *best = &info->levels[0];

    for (size_t i = 0; i < info->level_count; i++) {
        const struct tcb_level *level = &info->levels[i];
        if (level->status == TCB_UP_TO_DATE)
            return level;
        if (level_depth(level) < level_depth(best))
            best = level;
    }
    return best;
}

bool preview_look(const struct preview_question *question, enum tee tee,
                  const uint8_t fmspc[6], struct fmspc_look *out)
{
    const uint32_t *numbers[SIDES] = { question->from, question->to };
    size_t own = sets_index(tee), sgx = sets_index(TEE_SGX);

    *out = (struct fmspc_look){ .tee = tee };
    if (question->to[own] == 0)
        return false;
    for (int side = NOW; side < SIDES; side++) {
        uint32_t number = numbers[side][own],
                 chooses = numbers[side][sgx] != 0 ? numbers[side][sgx] : number;
        out->number[side] = number;
        out->info[side] = info_of(question->sets, tee, fmspc, number);
        out->chooser[side] = info_of(question->sets, TEE_SGX, fmspc, chooses);
    }
    if (out->info[THEN] != NULL)
        out->goal = best_level(out->info[THEN]);
    return tee == TEE_SGX || out->info[NOW] != NULL || out->info[THEN] != NULL;
}

/* ---- the certificate that a host is given ----------------------------------------- */

static void rank_list(struct ranked_list *list, const struct tcb_info *chooser,
                      const struct host_group *group)
{
    size_t count = group->pck_count < PCK_LIST_MAX ? group->pck_count : PCK_LIST_MAX;

    if (list->chooser == chooser && list->tcbms == group->tcbms && list->count == count)
        return;
    list->chooser = chooser;
    list->tcbms = group->tcbms;
    list->count = count;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *tcbm = group->tcbms[i];
        struct pck_candidate *candidate = &list->candidates[i];
        *candidate =
            (struct pck_candidate){ .pcesvn = (uint16_t)(tcbm[16] | tcbm[17] << 8),
                                    .flaw = PCK_SOUND };
        memcpy(candidate->cpusvn, tcbm, sizeof candidate->cpusvn);
        memcpy(candidate->fmspc, chooser->fmspc, sizeof candidate->fmspc);
        memcpy(candidate->pce_id, chooser->pce_id, sizeof candidate->pce_id);
    }
    if (!pck_rank(chooser, list->candidates, count, list->ranks, NULL))
        list->count = 0;
}

/* A verifier sees the TCB of the certificate, not the raw one. False where the
 * certificates are not known, or none fits. */
static bool choose_tcb(struct ranked_list *list, const struct tcb_info *chooser,
                       const struct host_group *group, struct raw_tcb *out)
{
    if (group->pck_count == 0 || chooser == NULL)
        return false;
    rank_list(list, chooser, group);
    size_t at = pck_choose(list->ranks, list->count, list->candidates, &group->raw);
    if (at == PCK_NONE)
        return false;
    *out = pck_candidate_tcb(&list->candidates[list->ranks[at].candidate]);
    return true;
}

/* ---- advisories ---------------------------------------------------------------------
 */

static bool names(const struct bytes *all, size_t count, struct bytes advisory)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(all[i], advisory))
            return true;
    return false;
}

/* Those of a that b does not name. */
static bool subtract(struct arena *arena, const struct bytes *a, size_t a_count,
                     const struct bytes *b, size_t b_count, const struct bytes **out,
                     size_t *out_count)
{
    struct bytes left[PREVIEW_ADVISORIES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < a_count && count < PREVIEW_ADVISORIES_MAX; i++)
        if (!names(b, b_count, a[i]))
            left[count++] = a[i];
    *out_count = count;
    *out = NULL;
    if (count == 0)
        return true;
    struct bytes *kept = arena_alloc(arena, count, sizeof *kept);
    if (kept == NULL)
        return false;
    memcpy(kept, left, count * sizeof *kept);
    *out = kept;
    return true;
}

static bool tells_end_of_service(const struct bytes *advisories, size_t count)
{
    static const char begins[] = "INTEL-DOC-1000"; /* 10000: servicing, 10001: life */

    for (size_t i = 0; i < count; i++)
        if (bytes_equal_text(bytes_first(advisories[i], sizeof begins - 1), begins))
            return true;
    return false;
}

static bool compare_advisories(struct arena *arena,
                               const struct tcb_verdict verdicts[SIDES],
                               struct advisory_change *out)
{
    struct bytes all[SIDES][LEVEL_KINDS * TCB_ADVISORIES_MAX];
    size_t count[SIDES];

    for (int side = NOW; side < SIDES; side++)
        count[side] =
            tcb_verdict_advisories(&verdicts[side], all[side], COUNT_OF(all[side]));
    out->ends_service = tells_end_of_service(all[THEN], count[THEN]);
    return subtract(arena, all[THEN], count[THEN], all[NOW], count[NOW], &out->gained,
                    &out->gained_count)
           && subtract(arena, all[NOW], count[NOW], all[THEN], count[THEN], &out->cleared,
                       &out->cleared_count);
}

/* The memo's entry for these levels, made where it is another's; NULL where the arena is
 * full. A million hosts stand on a few hundred pairs of levels. */
static const struct advisory_change *advisories_of(
    struct preview_work *work, const struct tcb_verdict verdicts[SIDES])
{
    const void *const key[4] = { verdicts[NOW].launch.level,
                                 verdicts[NOW].launch.module_level,
                                 verdicts[THEN].launch.level,
                                 verdicts[THEN].launch.module_level };
    uintptr_t hash = 0;

    for (size_t i = 0; i < COUNT_OF(key); i++)
        hash = hash * 1000003 + ((uintptr_t)key[i] >> 4);
    struct advisory_change *entry = &work->memo[(hash ^ hash >> 16) % ADVISORY_MEMO];
    if (memcmp(entry->key, key, sizeof key) == 0)
        return entry;
    memcpy(entry->key, key, sizeof key);
    return compare_advisories(work->arena, verdicts, entry) ? entry : NULL;
}

/* ---- one row ------------------------------------------------------------------------
 */

static void judge_side(const struct fmspc_look *look, int side,
                       const struct tcb_subject *subject, struct preview_side *out,
                       struct tcb_verdict *verdict)
{
    *verdict = (struct tcb_verdict){ 0 };
    *out = (struct preview_side){ .number = look->number[side],
                                  .has_set = look->info[side] != NULL };
    if (!out->has_set)
        return;
    tcb_judge(look->info[side], NULL, subject, verdict);
    out->standing = verdict->standing;
    out->level = verdict->launch.level;
    out->tcb_date_s = verdict->tcb_date_s;
}

static enum preview_change change_of(const struct preview_row *row)
{
    unsigned now, then;

    if (!row->now.has_set || !row->then.has_set
        || (row->tee == TEE_TDX && !row->group->has_tdx))
        return PREVIEW_UNKNOWN;
    now = tcb_standing_depth(row->now.standing);
    then = tcb_standing_depth(row->then.standing);
    if (now == then)
        return PREVIEW_SAME;
    return then > now ? PREVIEW_FALLS : PREVIEW_RISES;
}

/* The TDX module's ISVSVN where it lies below all that are UpToDate. */
static struct tcb_shortfall module_shortfall(const struct tcb_info *info,
                                             const struct tcb_subject *subject)
{
    struct tcb_shortfall none = { .place = TCB_PLACES }, found = none;
    const struct tdx_module *module = tdx_module_match(info, subject->tee_tcb_svn[1]);

    if (!subject->has_tdx || module == NULL)
        return none;
    for (size_t i = 0; i < module->level_count; i++)
        if (module->levels[i].status == TCB_UP_TO_DATE)
            found = (struct tcb_shortfall){ .place = TDX_MODULE_PLACE,
                                            .have = subject->tee_tcb_svn[0],
                                            .need = module->levels[i].isvsvn };
    return found.have < found.need ? found : none;
}

static void find_shortfall(const struct fmspc_look *look,
                           const struct tcb_subject *subject, struct preview_row *row)
{
    const struct tcb_info *info = look->info[THEN];

    row->short_of = (struct tcb_shortfall){ .place = TCB_PLACES };
    if (info == NULL || tcb_standing_depth(row->then.standing) <= level_depth(look->goal))
        return;
    row->short_of = tcb_level_shortfall(look->goal, info, subject);
    if (row->short_of.place == TCB_PLACES)
        row->short_of = module_shortfall(info, subject);
    if (row->short_of.place < TCB_PLACES)
        row->place = tcb_place_words(info, row->short_of.place);
}

/* given: by the certificate, where there is one that fits; raw: by the raw TCB alone. */
static bool lacks_pck(const struct fmspc_look *look, const struct host_group *group,
                      const struct tcb_subject *raw, bool is_given,
                      enum tcb_standing given)
{
    struct tcb_verdict verdict;

    if (group->pck_count == 0 || look->info[THEN] == NULL || look->chooser[THEN] == NULL)
        return false;
    tcb_judge(look->info[THEN], NULL, raw, &verdict);
    if (!is_given)
        return verdict.launch.level != NULL;
    return tcb_standing_depth(verdict.standing) < tcb_standing_depth(given);
}

bool preview_judge(struct preview_work *work, const struct fmspc_look *look,
                   const struct host_group *group, struct preview_row *out)
{
    struct tcb_subject raw = { .sgx = group->raw,
                               .has_tdx = look->tee == TEE_TDX && group->has_tdx };
    struct tcb_verdict verdicts[SIDES];
    struct tcb_subject given[SIDES];
    bool is_given[SIDES];

    memcpy(raw.tee_tcb_svn, group->tee_tcb_svn, sizeof raw.tee_tcb_svn);
    *out = (struct preview_row){ .group = group, .tee = look->tee };
    struct preview_side *const sides[SIDES] = { &out->now, &out->then };
    for (int side = NOW; side < SIDES; side++) {
        given[side] = raw;
        is_given[side] =
            choose_tcb(&work->lists[side], look->chooser[side], group, &given[side].sgx);
        judge_side(look, side, &given[side], sides[side], &verdicts[side]);
    }
    out->change = change_of(out);
    find_shortfall(look, &given[THEN], out);
    out->lacks_pck =
        lacks_pck(look, group, &raw, is_given[THEN], verdicts[THEN].standing);
    if (!out->now.has_set || !out->then.has_set)
        return true;
    const struct advisory_change *change = advisories_of(work, verdicts);
    if (change == NULL)
        return false;
    out->gained = change->gained;
    out->gained_count = change->gained_count;
    out->cleared = change->cleared;
    out->cleared_count = change->cleared_count;
    out->ends_service = change->ends_service;
    return true;
}
