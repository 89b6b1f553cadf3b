/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked for, and what is wanted in advance: from a demand or a row to a task in a
 * queue, and what can be said at once. */
#include <stdio.h>

#include "kit/log.h"
#include "upstream/kds_keeper.h"

enum { ROW_ARENA_MAX = 256 * 1024 };

void kds_demand_refuse(const struct chip_demand *demand, enum chip_fetch outcome,
                       int64_t retry_after_s, const char *why)
{
    struct chip_report report = { .outcome = outcome, .retry_after_s = retry_after_s };

    if (demand->told == NULL)
        return;
    snprintf(report.why, sizeof report.why, "%s", why);
    demand->told(demand->context, &report);
}

/* ---- what is known ------------------------------------------------------------------
 */

struct known {
    enum chip_known_by row_by; /* this key's row; 0: none */
    bool is_held;              /* and its certificate may be given */
};

static bool note_strength(void *context, const struct chip_row *row)
{
    enum chip_known_by *strongest = context;

    if (row->known_by > *strongest)
        *strongest = row->known_by;
    return true;
}

/* At whatever TCB. */
static bool is_known_chip(struct kds *keeper, const struct kds_key *key)
{
    enum chip_known_by strongest = 0;
    struct error err = { 0 };

    if (key->vek == VEK_VCEK
        && !chip_tcbs(keeper->reader, key, note_strength, &strongest, &err))
        log_event(LOG_ERROR, "amd", "a chip's rows can't be read why=%s",
                  error_kind_name(err.kind));
    return strongest > CHIP_BY_ASKING;
}

/* What is kept is as good as what would come. */
static bool may_still_be_given(const struct kds *keeper, const struct chip_row *row)
{
    const struct verified_amd_issuer *issuer =
        keeper->law->issuers[row->key.product][row->key.vek];
    struct vcek_law law = kds_law(keeper, row->key.product);
    OWNED(vcek_release) struct verified_vcek *vcek = NULL;

    return row->der.len > 0 && issuer != NULL
           && verify_kept_vcek(row->der, &row->key, issuer, &vcek, NULL)
           && vcek_may_be_given(vcek, &law, NULL);
}

static struct known look_up(struct kds *keeper, const struct kds_key *key)
{
    struct known known = { 0 };
    struct error err = { 0 };
    struct chip_row row;
    struct arena arena;

    arena_init(&arena, ROW_ARENA_MAX);
    if (chip_find(keeper->reader, key, &arena, &row, &err)) {
        known.row_by = row.known_by;
        known.is_held = may_still_be_given(keeper, &row);
    } else if (err.kind != ERROR_NOT_FOUND) {
        log_event(LOG_ERROR, "amd", "what is kept of a chip can't be read why=%s",
                  error_kind_name(err.kind));
    }
    arena_fini(&arena);
    return known;
}

/* ---- tasks --------------------------------------------------------------------------
 */

void kds_demand_begin(struct kds *keeper, struct kds_task *task)
{
    struct error err = { 0 };
    bool is_coming;

    if (kds_chip_has_law(keeper, &task->key, &is_coming, &err)) {
        kds_queue_task(keeper, task);
    } else if (is_coming) {
        task->state = KDS_TASK_HELD;
    } else {
        kds_chip_trouble(task, CHIP_UNTRUSTED, 0, &err);
        kds_chip_fail(keeper, task);
    }
}

void kds_release_held(struct kds *keeper)
{
    for (size_t i = keeper->table.count; i > 0; i--) {
        /* ending one takes it out of the table, and moves those behind it */
        struct kds_task *task =
            i <= keeper->table.count ? keeper->table.tasks[i - 1] : NULL;
        if (task != NULL && task->state == KDS_TASK_HELD)
            kds_demand_begin(keeper, task);
    }
}

/* One that was wanted in advance, or a stranger's, is asked for by somebody known. */
static void promote(struct kds *keeper, struct kds_task *task)
{
    bool was_queued = task->state == KDS_TASK_QUEUED;

    if (task->line == KDS_KNOWN)
        return;
    if (was_queued)
        kds_queue_remove(&keeper->upstreams[task->upstream].queue, &task->place);
    keeper->wanted -= task->line == KDS_WANTED;
    kds_task_set_line(&keeper->table, task, KDS_KNOWN);
    if (was_queued)
        kds_queue_add(&keeper->upstreams[task->upstream].queue, &task->place, KDS_KNOWN);
}

static struct kds_task *make_task(struct kds *keeper, const struct kds_key *key,
                                  enum kds_line line)
{
    struct kds_task *task = kds_task_add(&keeper->table, key, line);
    struct kds_task *abandoned;

    if (task != NULL || line != KDS_UNKNOWN
        || (abandoned = kds_task_abandoned(&keeper->table)) == NULL)
        return task;
    kds_queue_remove(&keeper->upstreams[abandoned->upstream].queue, &abandoned->place);
    kds_task_remove(&keeper->table, abandoned);
    return kds_task_add(&keeper->table, key, line);
}

/* Whether it may be asked for at all, by whomever. */
static bool may_be_asked(struct kds *keeper, const struct chip_demand *demand)
{
    int64_t left_s;

    if (demand->key.resource != KDS_CERTIFICATE || keeper->upstream_count == 0)
        kds_demand_refuse(demand, CHIP_UNASKED, 0, "no upstream is asked for it");
    else if (!keeper->options.config->amd.products[demand->key.product])
        kds_demand_refuse(demand, CHIP_UNASKED, 0,
                          "its product is not among amd.products");
    else if (kds_absent_has(&keeper->absent, &demand->key, kds_now_ms(keeper), &left_s))
        kds_demand_refuse(demand, CHIP_NOT_FOUND, left_s,
                          "no upstream had such a certificate a moment ago (404)");
    else
        return true;
    return false;
}

/* Another TCB of a known chip may be asked for by anybody, but as a stranger's: who has
 * seen a chip id could fill the fleet's line with invented TCBs. */
static bool may_stranger_ask(struct kds *keeper, const struct chip_demand *demand)
{
    struct bytes address = bytes_of(demand->address, demand->address_len);
    int64_t left_s;

    if (keeper->options.config->amd.unknown_chips == UNKNOWN_CHIPS_REFUSE
        && !is_known_chip(keeper, &demand->key))
        kds_demand_refuse(demand, CHIP_UNKNOWN, 0,
                          "nobody has made this chip known; amd.unknown_chips is refuse");
    else if (address.len > 0
             && !budget_take(keeper->budget, address, clock_real_ms(), &left_s))
        kds_demand_refuse(demand, CHIP_BUDGET, left_s,
                          "this address has asked for enough unknown chips");
    else
        return true;
    return false;
}

static int64_t next_stranger_s(const struct kds *keeper)
{
    const struct kds_upstream *upstream = &keeper->upstreams[0];
    int64_t now_ms = kds_now_ms(keeper);
    size_t turn = kds_queue_turn_of_next(&upstream->queue, KDS_UNKNOWN);

    return (kds_bucket_token_ms(&upstream->bucket, turn, now_ms) - now_ms) / 1000 + 1;
}

static void refuse_full(struct kds *keeper, const struct chip_demand *demand,
                        bool is_known)
{
    if (is_known) {
        kds_demand_refuse(demand, CHIP_BUSY, 1, "too many certificates are waited for");
        return;
    }
    if (demand->address_len > 0)
        budget_give(keeper->budget, bytes_of(demand->address, demand->address_len),
                    clock_real_ms());
    kds_demand_refuse(demand, CHIP_BUDGET, next_stranger_s(keeper),
                      "too many unknown chips are waited for");
}

static void take_new(struct kds *keeper, const struct chip_demand *demand)
{
    if (!may_be_asked(keeper, demand))
        return;
    struct known known = look_up(keeper, &demand->key);
    bool is_known = demand->known_by > CHIP_BY_ASKING || known.row_by > CHIP_BY_ASKING;
    if (known.is_held) {
        kds_demand_refuse(demand, CHIP_KEPT, 0, ""); /* it came while this waited */
        return;
    }
    if (!is_known && !may_stranger_ask(keeper, demand))
        return;
    struct kds_task *task =
        make_task(keeper, &demand->key, is_known ? KDS_KNOWN : KDS_UNKNOWN);
    if (task == NULL) {
        refuse_full(keeper, demand, is_known);
        return;
    }
    task->is_row = known.row_by != 0;
    task->known_by = demand->known_by;
    if (!kds_task_wait(&keeper->table, task, demand, clock_real_ms()))
        kds_demand_refuse(demand, CHIP_BUSY, 1, "too many wait");
    kds_demand_begin(keeper, task);
}

void kds_demand_take(struct kds *keeper, const struct chip_demand *demand)
{
    struct kds_task *task = kds_task_find(&keeper->table, &demand->key);

    keeper->turns_moved = true;
    if (task == NULL) {
        take_new(keeper, demand);
        return;
    }
    if (!kds_task_wait(&keeper->table, task, demand, clock_real_ms()))
        kds_demand_refuse(demand, CHIP_BUSY, 1, "too many wait");
    if (demand->known_by > task->known_by && task->state != KDS_TASK_WRITING)
        task->known_by = demand->known_by;
    if (demand->known_by > CHIP_BY_ASKING || task->line == KDS_WANTED)
        promote(keeper, task);
}

/* ---- what is wanted in advance ------------------------------------------------------
 */

static void want(struct kds *keeper, const struct kds_key *key)
{
    struct kds_task *task = NULL;

    if (keeper->options.config->amd.products[key->product]
        && kds_task_find(&keeper->table, key) == NULL)
        task = kds_task_add(&keeper->table, key, KDS_WANTED);
    if (task == NULL)
        return;
    task->is_row = true;
    task->known_by = CHIP_BY_ASKING; /* the row knows better, and never weakens */
    keeper->wanted++;
    kds_demand_begin(keeper, task);
}

void kds_look_for_wanted(struct kds *keeper)
{
    struct kds_key keys[KDS_WANTED_MAX];
    struct error err = { 0 };
    size_t count = 0;

    if (keeper->wanted > 0 || !kds_somebody_answers(keeper)
        || clock_real_ms() < keeper->rested_ms
        || (!keeper->may_be_due && keeper->looked_s == kds_now_s(keeper)))
        return;
    keeper->may_be_due = false;
    keeper->looked_s = kds_now_s(keeper);
    if (!chips_due(keeper->reader, keeper->looked_s, KDS_WANTED_MAX, keys, &count, &err))
        log_event(LOG_ERROR, "amd", "what is due can't be read why=\"%s\"", err.text);
    for (size_t i = 0; i < count; i++)
        want(keeper, &keys[i]);
}

/* ---- deadlines ----------------------------------------------------------------------
 */

/* Until its turn comes, by the judging clock; 0 where it is being served. */
static int64_t until_turn_ms(const struct kds *keeper, const struct kds_task *task)
{
    const struct kds_upstream *upstream = &keeper->upstreams[task->upstream];
    int64_t now_ms = kds_now_ms(keeper);

    if (task->state != KDS_TASK_QUEUED)
        return 0;
    size_t turn = kds_queue_turn(&upstream->queue, &task->place);
    return kds_bucket_token_ms(&upstream->bucket, turn, now_ms) - now_ms;
}

static void tell_late(struct kds *keeper, struct kds_task *task, int64_t now_ms)
{
    int64_t wait_ms = until_turn_ms(keeper, task);
    bool stands = clock_is_standing(keeper->options.clock);

    /* while the clock stands no turn comes, however long somebody waits */
    kds_task_tell_late(&keeper->table, task,
                       stands && wait_ms > 0 ? INT64_MAX : now_ms + wait_ms,
                       wait_ms / 1000 + (wait_ms % 1000 != 0 || wait_ms == 0));
}

void kds_tell_late(struct kds *keeper)
{
    int64_t now_ms = clock_real_ms();

    if (!keeper->turns_moved && now_ms < keeper->deadline_ms)
        return;
    for (size_t i = 0; i < keeper->table.count && keeper->table.waiter_count > 0; i++) {
        struct kds_task *task = keeper->table.tasks[i];
        if (task->waiter_count > 0)
            tell_late(keeper, task, now_ms);
    }
    keeper->turns_moved = false;
    keeper->deadline_ms = kds_table_deadline_ms(&keeper->table);
}
