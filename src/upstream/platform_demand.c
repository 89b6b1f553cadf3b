/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching one platform's certificates: what is asked for, by whom, and what is known of
 * it already. */
#include <stdio.h>

#include "kit/log.h"
#include "upstream/keeper.h"

enum { ROW_ARENA_MAX = 8 * 1024 * 1024 };

/* ---- what is known -------------------------------------------------------------------
 */

static bool find(struct refresh *keeper, const struct platform_demand *demand,
                 struct arena *arena, struct platform *out)
{
    struct platform_reader *reader = keeper->platforms.reader;
    struct error err = { 0 };
    uint8_t locator[32];
    bool is_there = false;

    if (demand->has_name)
        is_there = platform_find(reader, &demand->name, arena, out, &err);
    else if (platform_question_key(demand, false, locator))
        is_there = platform_find_located(reader, locator, arena, out, &err);
    if (!is_there && err.kind != ERROR_NONE && err.kind != ERROR_NOT_FOUND)
        log_event(LOG_ERROR, "platforms", "not read back why=\"%s\"", err.text);
    return is_there;
}

static struct platform_known known_of(const struct platform *platform)
{
    struct platform_known known = {
        .row = platform->platform,
        .fetched_s = platform->fetched_s,
        .failures = platform->failures,
        .has_name = platform->has_name,
        .name = platform->name,
        .raw_tcbs = platform->raw_tcbs,
        .raw_tcb_count = platform->raw_tcb_count,
    };

    memcpy(known.why, platform->why, sizeof known.why);
    return known;
}

static void use_encrypted_ppid(struct platform_demand *demand, struct bytes kept)
{
    demand->has_encrypted_ppid = kept.len == sizeof demand->encrypted_ppid;
    if (demand->has_encrypted_ppid)
        memcpy(demand->encrypted_ppid, kept.at, kept.len);
}

/* Takes from the row what the demand lacks; true where upstream is asked with what the
 * row knows. Every encryption of a PPID looks different, so one that came with a demand
 * is asked with as it is; a manifest that is kept wins over it, for without it Intel
 * knows no such platform. */
static bool complete(struct platform_demand *demand, const struct platform *platform)
{
    bool brings_own = demand->has_encrypted_ppid || demand->manifest.len > 0;

    if (demand->manifest.len == 0 && platform->manifest.len > 0) {
        demand->manifest = platform->manifest;
        demand->has_encrypted_ppid = false; /* nobody will have vouched for it */
        return true;
    }
    if (!brings_own)
        use_encrypted_ppid(demand, platform->encrypted_ppid);
    return !brings_own || demand->bound_by > BOUND_BY_ASKING;
}

/* ---- taking a demand -----------------------------------------------------------------
 */

static void say(const struct platform_demand *demand, enum platform_fetch outcome,
                int64_t retry_after_s, const char *why)
{
    struct platform_report report = { .outcome = outcome,
                                      .retry_after_s = retry_after_s };

    if (demand->told == NULL)
        return;
    snprintf(report.why, sizeof report.why, "%s", why);
    demand->told(demand->context, &report);
}

static void join(struct platform_task *task, const struct platform_demand *demand)
{
    if (!platform_task_wait(task, demand))
        say(demand, FETCH_BUSY, 1, "too many wait for this platform");
}

static bool is_answered_from_memory(const struct refresh *keeper, const uint8_t key[32],
                                    const struct platform_demand *demand)
{
    struct platform_report report;

    if (demand->bound_by > BOUND_BY_ASKING
        || !platform_refusals_find(&keeper->platforms.refusals, key, platform_now(keeper),
                                   &report))
        return false;
    if (demand->told != NULL)
        demand->told(demand->context, &report);
    return true;
}

static bool is_within_budget(struct refresh *keeper, struct bytes address,
                             int64_t *retry_after_s)
{
    return address.len == 0
           || budget_take(keeper->budget, address, clock_real_ms(), retry_after_s);
}

static void take(struct refresh *keeper, const struct platform_demand *demand,
                 const struct platform_known *known, bool is_own)
{
    struct platform_room *room = &keeper->platforms;
    struct bytes address = bytes_of(demand->address, demand->address_len);
    int64_t retry_after_s = 0;
    uint8_t key[32];

    if (!platform_question_key(demand, room->by_raw_tcb, key)) {
        say(demand, FETCH_NOT_FOUND, 0,
            "nothing is known that upstream could be asked with");
        return;
    }
    struct platform_task *task = platform_task_join(&room->table, key, demand);
    if (task != NULL) {
        join(task, demand);
        return;
    }
    if (is_answered_from_memory(keeper, key, demand))
        return;
    if (!is_within_budget(keeper, address, &retry_after_s)) {
        say(demand, FETCH_BUDGET, retry_after_s, "enough calls have been caused");
        return;
    }
    task = platform_task_add(&room->table, key, demand, known, false);
    if (task == NULL) {
        if (address.len > 0)
            budget_give(keeper->budget, address, clock_real_ms());
        say(demand, FETCH_BUSY, 1, "too many platforms are being fetched");
        return;
    }
    task->is_own = is_own;
    join(task, demand);
}

void platform_fetch(struct refresh *keeper, const struct platform_demand *demand)
{
    struct platform_demand whole = *demand;
    struct platform_known known = { 0 };
    struct platform platform;
    struct arena arena;
    bool is_own = false;

    arena_init(&arena, ROW_ARENA_MAX);
    if (find(keeper, demand, &arena, &platform)) {
        known = known_of(&platform);
        is_own = complete(&whole, &platform);
    }
    take(keeper, &whole, &known, is_own);
    arena_fini(&arena);
}

/* A row that can't be read is a failure of its own, or it would be due for ever. */
static void fail_row(struct refresh *keeper, int64_t row, const struct error *err)
{
    struct platform_table *table = &keeper->platforms.table;
    const struct platform_demand nothing = { 0 };
    const struct platform_known known = { .row = row };
    uint8_t key[32] = { 0 };

    struct platform_task *task = platform_task_add(table, key, &nothing, &known, true);
    if (task == NULL)
        return;
    task->is_own = true;
    platform_fetch_fail(keeper, task, FETCH_NOT_FOUND, err);
}

/* A better certificate may have come, but not since yesterday, nor while it fails. */
static bool is_worth_a_doubt(const struct refresh *keeper,
                             const struct platform *platform)
{
    int64_t now_s = clock_wall_s(keeper->options.clock);

    return platform->due_s <= now_s
           || (platform->failures == 0
               && now_s - platform->fetched_s >= PLATFORM_BELOW_S);
}

static struct platform_task *begin_row(struct refresh *keeper,
                                       const struct platform *platform)
{
    struct platform_room *room = &keeper->platforms;
    struct platform_known known = known_of(platform);
    struct platform_demand demand = {
        .has_name = platform->has_name,
        .name = platform->name,
        .bound_by = platform->bound_by,
        .manifest = platform->manifest,
    };
    uint8_t key[32];

    if (demand.manifest.len == 0)
        use_encrypted_ppid(&demand, platform->encrypted_ppid);
    if (!platform_question_key(&demand, room->by_raw_tcb, key))
        memcpy(key, platform->locator,
               sizeof key); /* nobody can be asked: it will fail */
    return platform_task_add(&room->table, key, &demand, &known, true);
}

bool platform_fetch_row(struct refresh *keeper, int64_t row, bool is_doubt)
{
    struct platform_task *task = NULL;
    struct platform platform;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, ROW_ARENA_MAX);
    if (platform_find_row(keeper->platforms.reader, row, &arena, &platform, &err)) {
        if (!is_doubt || is_worth_a_doubt(keeper, &platform))
            task = begin_row(keeper, &platform);
        if (task != NULL)
            task->is_own = true;
    } else if (err.kind != ERROR_NOT_FOUND) {
        fail_row(keeper, row, &err);
    }
    arena_fini(&arena);
    return task != NULL;
}
