/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/preview.h"

#include <stdlib.h>

#include "baseline/preview_parts.h"

enum { TEES = 2 };

static const enum tee tees[TEES] = { TEE_SGX, TEE_TDX };

const char *preview_change_name(enum preview_change change)
{
    switch (change) {
    case PREVIEW_SAME:
        return "same";
    case PREVIEW_FALLS:
        return "falls";
    case PREVIEW_RISES:
        return "rises";
    case PREVIEW_UNKNOWN:
        return "unknown";
    }
    return "none";
}

static bool arena_full(const struct arena *arena, struct error *err)
{
    return error_set(err, ERROR_LIMIT,
                     "a preview of this fleet does not fit into %zu bytes",
                     arena->ceiling);
}

/* ---- platforms, FMSPC by FMSPC ------------------------------------------------------
 */

/* Those of one FMSPC together, and of these the ones that share their certificates: a TCB
 * info is looked up, and a list ranked, once. */
static int group_order(const void *a_, const void *b_)
{
    const struct host_group *a = *(const struct host_group *const *)a_,
                            *b = *(const struct host_group *const *)b_;
    int by_fmspc = memcmp(a->fmspc, b->fmspc, sizeof a->fmspc);
    uintptr_t lists[] = { (uintptr_t)a->tcbms, (uintptr_t)b->tcbms };

    if (by_fmspc != 0)
        return by_fmspc;
    if (lists[0] != lists[1])
        return lists[0] < lists[1] ? -1 : 1;
    return (a > b) - (a < b);
}

struct run { /* groups of one FMSPC */
    const struct host_group *const *groups;
    size_t count;
    struct fmspc_look looks[TEES];
    size_t look_count;
};

/* The run that begins at a place. */
static struct run run_at(const struct preview_question *question,
                         const struct host_group *const *order, size_t count)
{
    struct run run = { .groups = order, .count = 1 };
    const uint8_t *fmspc = order[0]->fmspc;

    while (run.count < count && memcmp(order[run.count]->fmspc, fmspc, 6) == 0)
        run.count++;
    for (size_t i = 0; i < TEES; i++)
        run.look_count +=
            preview_look(question, tees[i], fmspc, &run.looks[run.look_count]);
    return run;
}

struct making {
    const struct preview_question *question;
    struct preview_work *work;
    struct preview_row *rows;
    struct preview_by_fmspc *by_fmspc;
    struct preview *out;
};

static bool judge_group(struct making *making, const struct run *run,
                        const struct host_group *group)
{
    const struct preview_question *question = making->question;
    struct preview *out = making->out;
    struct preview_tally whole = { .change = PREVIEW_SAME };
    bool is_denied =
        question->is_denied != NULL && question->is_denied(question->context, group);

    for (size_t i = 0; i < run->look_count; i++) {
        struct preview_row *row = &making->rows[out->row_count];
        if (!preview_judge(making->work, &run->looks[i], group, row))
            return false;
        out->row_count++;
        struct preview_tally tally = { .standing = group->standing,
                                       .hosts = group->hosts,
                                       .change = row->change,
                                       .lacks_pck = row->lacks_pck,
                                       .ends_service = row->ends_service,
                                       .is_denied = is_denied };
        preview_count(&out->by_tee[sets_index(row->tee)], &tally);
        preview_count(&making->by_fmspc[out->by_fmspc_count + i].totals, &tally);
        if (i == 0)
            whole = tally;
        else
            preview_join(&whole, &tally);
    }
    if (run->look_count > 0)
        preview_count(&out->totals, &whole);
    return true;
}

static bool judge_run(struct making *making, const struct run *run)
{
    struct preview *out = making->out;

    for (size_t i = 0; i < run->look_count; i++) {
        struct preview_by_fmspc *by = &making->by_fmspc[out->by_fmspc_count + i];
        by->tee = run->looks[i].tee;
        memcpy(by->fmspc, run->groups[0]->fmspc, sizeof by->fmspc);
    }
    for (size_t i = 0; i < run->count; i++)
        if (!judge_group(making, run, run->groups[i]))
            return false;
    out->by_fmspc_count += run->look_count;
    return true;
}

/* Those that fall first, then those that count, then most hosts. */
static int row_order(const void *a_, const void *b_)
{
    const struct preview_row *a = a_, *b = b_;

    if ((a->change == PREVIEW_FALLS) != (b->change == PREVIEW_FALLS))
        return a->change == PREVIEW_FALLS ? -1 : 1;
    if (a->group->standing != b->group->standing)
        return a->group->standing < b->group->standing ? -1 : 1;
    if (a->group->hosts != b->group->hosts)
        return a->group->hosts > b->group->hosts ? -1 : 1;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->tee > b->tee) - (a->tee < b->tee);
}

static bool judge_all(struct making *making, const struct host_group *const *order,
                      size_t count, struct arena *arena)
{
    struct run run;
    size_t rows = 0, entries = 0;

    for (size_t at = 0; at < count; at += run.count) {
        run = run_at(making->question, order + at, count - at);
        rows += run.count * run.look_count;
        entries += run.look_count;
    }
    if (rows == 0)
        return true;
    making->rows = arena_alloc(arena, rows, sizeof *making->rows);
    making->by_fmspc = arena_alloc(arena, entries, sizeof *making->by_fmspc);
    if (making->rows == NULL || making->by_fmspc == NULL)
        return false;
    for (size_t at = 0; at < count; at += run.count) {
        run = run_at(making->question, order + at, count - at);
        if (!judge_run(making, &run))
            return false;
    }
    qsort(making->rows, rows, sizeof *making->rows, row_order);
    making->out->rows = making->rows;
    making->out->by_fmspc = making->by_fmspc;
    return true;
}

static bool judge_platforms(const struct preview_question *question, struct arena *arena,
                            struct preview *out)
{
    const struct host_groups *groups = question->groups;
    struct making making = { .question = question, .out = out };

    if (groups->count == 0)
        return true;
    const struct host_group **order = arena_alloc(arena, groups->count, sizeof *order);
    making.work = arena_alloc(arena, 1, sizeof *making.work);
    if (order == NULL || making.work == NULL)
        return false;
    making.work->arena = arena;
    for (size_t i = 0; i < groups->count; i++)
        order[i] = &groups->groups[i];
    qsort(order, groups->count, sizeof *order, group_order);
    return judge_all(&making, order, groups->count, arena);
}

/* ---- chips --------------------------------------------------------------------------
 */

static const struct tcb_version *minimum_of(const struct baseline_policy *policy,
                                            enum snp_product product)
{
    return policy != NULL && policy->has_min_tcb[product] ? &policy->min_tcb[product]
                                                          : NULL;
}

static void judge_chip(const struct preview_question *question,
                       const struct chip_group *group, struct preview_chip_row *out)
{
    const struct tcb_version *now = minimum_of(question->policy_now, group->product),
                             *then = minimum_of(question->policy_then, group->product);

    *out = (struct preview_chip_row){ .group = group,
                                      .has_min_now = now != NULL,
                                      .has_min_then = then != NULL,
                                      .change = PREVIEW_SAME,
                                      .lowest = SPL_COUNT };
    out->meets_now = now == NULL || tcb_version_meets(&group->tcb, now, NULL);
    out->meets_then = then == NULL || tcb_version_meets(&group->tcb, then, &out->lowest);
    if (out->meets_now != out->meets_then)
        out->change = out->meets_now ? PREVIEW_FALLS : PREVIEW_RISES;
}

static int chip_row_order(const void *a_, const void *b_)
{
    const struct preview_chip_row *a = a_, *b = b_;

    if ((a->change == PREVIEW_FALLS) != (b->change == PREVIEW_FALLS))
        return a->change == PREVIEW_FALLS ? -1 : 1;
    if (a->group->standing != b->group->standing)
        return a->group->standing < b->group->standing ? -1 : 1;
    if (a->group->hosts != b->group->hosts)
        return a->group->hosts > b->group->hosts ? -1 : 1;
    return (a->group > b->group) - (a->group < b->group);
}

static bool judge_chips(const struct preview_question *question, struct arena *arena,
                        struct preview *out)
{
    const struct host_groups *groups = question->groups;

    if (groups->chip_count == 0)
        return true;
    struct preview_chip_row *rows = arena_alloc(arena, groups->chip_count, sizeof *rows);
    if (rows == NULL)
        return false;
    for (size_t i = 0; i < groups->chip_count; i++) {
        const struct chip_group *group = &groups->chips[i];
        judge_chip(question, group, &rows[i]);
        struct preview_tally tally = { .standing = group->standing,
                                       .hosts = group->hosts,
                                       .change = rows[i].change };
        preview_count(&out->by_product[group->product], &tally);
        preview_count(&out->totals, &tally);
    }
    qsort(rows, groups->chip_count, sizeof *rows, chip_row_order);
    out->chip_rows = rows;
    out->chip_row_count = groups->chip_count;
    return true;
}

bool preview_make(const struct preview_question *question, struct arena *arena,
                  struct preview *out, struct error *err)
{
    *out = (struct preview){ 0 };
    memcpy(out->from, question->from, sizeof out->from);
    memcpy(out->to, question->to, sizeof out->to);
    return (judge_platforms(question, arena, out) && judge_chips(question, arena, out))
           || arena_full(arena, err);
}
