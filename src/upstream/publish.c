/* SPDX-License-Identifier: Apache-2.0 */
/* From verified answers to the next generation: what goes in, what is left out, and what
 * is told to whom once the store has promised it. */
#include "kit/log.h"
#include "kit/text.h"
#include "upstream/keeper.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEPT_AFTER_EXPIRY_S = 60 * 86400 };

struct publication { /* a change being put together, and what the store said of it */
    struct store_change change;
    struct store_entry *entries;
    enum store_outcome *outcomes;
    struct designation *designations;
    struct collateral_key *dropped;
    const struct holdings *current;
    bool makes_platforms_due; /* a list names a number that none has named before */
    int64_t now_s;
    const struct import_demand *import; /* whose change it is; NULL: nobody's but ours */
    const struct baseline_demand *baselines; /* steps, in place of a change; or NULL */
    struct holdings *published;
    bool well;
    struct error err;
};

static void publication_fini(struct publication *publication)
{
    free(publication->entries);
    free(publication->outcomes);
    free(publication->designations);
    free(publication->dropped);
}

static bool publication_init(struct publication *publication, size_t tasks, size_t held)
{
    publication->entries = calloc(tasks + 1, sizeof *publication->entries);
    publication->outcomes = calloc(tasks + 1, sizeof *publication->outcomes);
    publication->designations = calloc(tasks + 1, sizeof *publication->designations);
    publication->dropped = calloc(held + 1, sizeof *publication->dropped);
    publication->change.entries = publication->entries;
    publication->change.designations = publication->designations;
    publication->change.dropped = publication->dropped;
    return publication->entries != NULL && publication->outcomes != NULL
           && publication->designations != NULL && publication->dropped != NULL;
}

/* Two tasks may bring the same thing (standard and early are often one number): the
 * newer of the two goes in. */
static size_t entry_of(struct publication *publication, struct refresh *keeper,
                       const struct task *task)
{
    struct store_change *change = &publication->change;
    struct store_entry entry = {
        .item = task->fresh,
        .source = keeper->upstreams[task->upstream].condition.name,
        .fetched_s = clock_wall_s(keeper->options.clock),
    };
    const struct collateral_key *key = &verified_facts(task->fresh)->key;

    for (size_t i = 0; i < change->entry_count; i++) {
        const struct store_entry *other = &publication->entries[i];
        if (collateral_key_compare(&verified_facts(other->item)->key, key) != 0)
            continue;
        if (verified_may_replace(task->fresh, other->item, NULL))
            publication->entries[i] = entry;
        return i;
    }
    publication->entries[change->entry_count] = entry;
    return change->entry_count++;
}

static void add_designation(struct publication *publication, const struct task *task)
{
    const struct collateral_key *key = &verified_facts(task->fresh)->key;

    if (task->item.update == 0)
        return;
    publication->designations[publication->change.designation_count++] =
        (struct designation){
            .subject = collateral_subject(key),
            .update = task->item.update,
            .evaluation_data_number = key->evaluation_data_number,
            .listed = task->listed,
        };
}

static bool is_designated(const struct refresh *keeper, const struct collateral_key *key)
{
    struct collateral_key subject = collateral_subject(key);

    if (key->kind != COLLATERAL_TCB_INFO && key->kind != COLLATERAL_IDENTITY)
        return true; /* there is one of each, and it is the one */
    for (size_t i = 0; i < keeper->holdings->designation_count; i++) {
        const struct designation *each = &keeper->holdings->designations[i];
        if (each->evaluation_data_number == key->evaluation_data_number
            && collateral_key_compare(&each->subject, &subject) == 0)
            return true;
    }
    return false;
}

static bool is_in_change(const struct publication *publication,
                         const struct collateral_key *key)
{
    for (size_t i = 0; i < publication->change.entry_count; i++)
        if (collateral_key_compare(
                &verified_facts(publication->change.entries[i].item)->key, key)
            == 0)
            return true;
    return false;
}

/* Judges again by a root CRL that has changed; dates aside, nothing else can have. */
static bool still_stands(const struct refresh *keeper,
                         const struct verified_collateral *item, struct error *err)
{
    const struct collateral_facts *facts = verified_facts(item);
    struct collateral_candidate candidate = {
        .asked = facts->key,
        .body = facts->body,
        .chain = facts->chain,
    };
    struct judgement law = {
        .trust = &keeper->options.config->trust.roots,
        .root_crl = keeper->root_crl,
        .now_s = clock_wall_s(keeper->options.clock),
        .future_s = JUDGE_FUTURE_S,
    };
    OWNED(verified_release) struct verified_collateral *again = NULL;

    if (!keeper->law_changed || facts->key.kind == COLLATERAL_ROOT_CRL)
        return true;
    return verify_kept_collateral(&candidate, &law, &again, err);
}

/* Whatever was asked for to get this: asked again now, with no condition. */
static void ask_again(struct refresh *keeper, const struct collateral_key *key)
{
    struct collateral_key subject = collateral_subject(key);

    for (size_t i = 0; i < keeper->tasks.count; i++) {
        struct task *task = keeper->tasks.tasks[i];
        struct collateral_key asked = collateral_subject(&task->item.key);
        if (task->item.is_fmspc_list || collateral_key_compare(&asked, &subject) != 0)
            continue;
        task->etag[0] = 0;
        if (task->state == TASK_RESTING)
            task->due_ms = clock_mono_ms(keeper->options.clock);
    }
}

/* Leaves out what ran out long ago and is nobody's choice any more, and what a new root
 * CRL has revoked the signer of. */
static void drop_from(struct publication *publication, struct refresh *keeper)
{
    int64_t now_s = clock_wall_s(keeper->options.clock);

    for (size_t i = 0; i < keeper->holdings->count; i++) {
        const struct verified_collateral *item = keeper->holdings->entries[i].item;
        const struct collateral_facts *facts = verified_facts(item);
        struct error err = { 0 };
        if (is_in_change(publication, &facts->key))
            continue;
        bool stands = still_stands(keeper, item, &err);
        if (!stands) {
            log_event(LOG_ERROR, "refresh", "item=\"%s\" dropped why=\"%s\"",
                      collateral_key_text(&facts->key).s, err.text);
            ask_again(keeper, &facts->key);
        } else if (facts->valid_until_s + KEPT_AFTER_EXPIRY_S >= now_s
                   || is_designated(keeper, &facts->key)) {
            continue;
        }
        publication->dropped[publication->change.dropped_count++] = facts->key;
    }
}

static bool publish_in_store(struct publication *publication, struct store *store)
{
    return store_publish(store, publication->current, &publication->change,
                         publication->outcomes, &publication->published,
                         &publication->err);
}

/* What goes with the change, in its transaction. */
static bool publish_with_others(struct publication *publication, struct store *store)
{
    const struct import_demand *import = publication->import;
    struct error *err = &publication->err;

    return publish_in_store(publication, store)
           && (!publication->makes_platforms_due
               || store_platforms_due(store, NULL, publication->now_s, err))
           && (import == NULL || import->also == NULL
               || import->also(import->context, store, err))
           && store_commit(store, err);
}

static void store_job(void *context, struct store *store)
{
    struct publication *publication = context;
    const struct baseline_demand *steps = publication->baselines;

    if (steps != NULL) {
        publication->well = store_keep_baseline_steps(
            store, publication->current, steps->rows, steps->count,
            &publication->published, &publication->err);
        return;
    }
    if (!publication->makes_platforms_due && publication->import == NULL) {
        publication->well = publish_in_store(publication, store);
        return;
    }
    if (!store_begin(store, &publication->err))
        return;
    publication->well = publish_with_others(publication, store);
    if (publication->well)
        return;
    store_rollback(store);
    holdings_release(TAKE(publication->published));
}

/* A TCB recovery brings certificates for new TCBs; SGX's list, highest number first,
 * speaks for them. */
static bool brings_new_number(const struct refresh *keeper,
                              const struct store_change *change)
{
    struct collateral_key key = key_evaluation_numbers(TEE_SGX);
    const struct holding *held = holdings_find(keeper->holdings, &key);

    for (size_t i = 0; i < change->entry_count && held != NULL; i++) {
        const struct verified_collateral *item = change->entries[i].item;
        if (collateral_key_compare(&verified_facts(item)->key, &key) == 0)
            return verified_facts(item)->numbers->numbers[0].number
                   > verified_facts(held->item)->numbers->numbers[0].number;
    }
    return false;
}

/* Hands the change to the store thread and waits; then the new holdings are the present
 * ones, here and for whoever listens. */
static bool commit(struct refresh *keeper, struct publication *publication)
{
    publication->current = keeper->holdings;
    publication->now_s = clock_wall_s(keeper->options.clock);
    publication->makes_platforms_due = brings_new_number(keeper, &publication->change);
    if (!store_writer_call(keeper->options.writer, store_job, publication,
                           &publication->err)
        || !publication->well)
        return false;
    pthread_mutex_lock(&keeper->lock);
    struct holdings *replaced = keeper->holdings;
    keeper->holdings = publication->published;
    pthread_mutex_unlock(&keeper->lock);
    holdings_release(replaced);
    for (size_t i = 0; i < publication->change.entry_count; i++)
        clock_raise_floor(
            keeper->options.clock,
            verified_facts(publication->change.entries[i].item)->issue_date_s);
    keeper->platforms.may_be_due = true;
    keeper->options.published(keeper->options.context, keeper->holdings);
    return true;
}

static void end_all(struct refresh *keeper, struct task **tasks, const size_t *places,
                    size_t count, const struct publication *publication, bool well)
{
    for (size_t i = 0; i < count; i++) {
        bool older = well && publication->outcomes[places[i]] == STORE_OLDER;
        if (!well)
            tasks[i]->why = publication->err;
        else if (older)
            error_set(&tasks[i]->why, ERROR_STALE, "older than what is held");
        attempt_end(keeper, tasks[i], well && !older ? REFRESH_DONE : REFRESH_FAILED);
    }
}

static size_t gather(struct refresh *keeper, struct publication *publication,
                     struct task **tasks, size_t *places)
{
    size_t count = 0;

    for (size_t i = 0; i < keeper->tasks.count; i++) {
        struct task *task = keeper->tasks.tasks[i];
        struct error err = { 0 };
        if (task->state != TASK_VERIFIED)
            continue;
        if (!still_stands(keeper, task->fresh, &err)) {
            task->why = err;
            attempt_end(keeper, task, REFRESH_FAILED);
            continue;
        }
        places[count] = entry_of(publication, keeper, task);
        add_designation(publication, task);
        tasks[count++] = task;
    }
    return count;
}

void publish_verified(struct refresh *keeper)
{
    struct publication publication = { 0 };
    struct task **tasks = calloc(keeper->verified + 1, sizeof *tasks);
    size_t *places = calloc(keeper->verified + 1, sizeof *places);
    size_t count = 0;
    bool well = false;

    if (tasks != NULL && places != NULL
        && publication_init(&publication, keeper->verified, keeper->holdings->count)) {
        count = gather(keeper, &publication, tasks, places);
        drop_from(&publication, keeper);
        well = commit(keeper, &publication);
        if (!well)
            log_event(LOG_ERROR, "refresh", "nothing published, kept=%llu why=\"%s\"",
                      (unsigned long long)keeper->holdings->generation,
                      publication.err.text);
        end_all(keeper, tasks, places, count, &publication, well);
        keeper->verified = 0;
        keeper->verified_since_ms = 0;
        keeper->law_changed = keeper->law_changed && !well;
    }
    publication_fini(&publication);
    free(tasks);
    free(places);
    if (well)
        keeper_sync_tasks(keeper);
}

bool publish_hint(struct refresh *keeper, const char *source, struct bytes text,
                  struct error *err)
{
    struct hint hint = {
        .fetched_s = clock_wall_s(keeper->options.clock),
        .text = text,
    };
    struct publication publication = {
        .change = { .hints = &hint, .hint_count = 1 },
    };

    snprintf(hint.source, sizeof hint.source, "%s", source);
    if (commit(keeper, &publication))
        return true;
    if (err != NULL)
        *err = publication.err;
    return error_within(err, "list of FMSPCs of %s", source);
}

bool publish_import(struct refresh *keeper, const struct import_demand *import,
                    struct error *err)
{
    const struct store_change *change = import->change;
    struct publication publication = { .import = import };
    bool is_well = false;

    for (size_t i = 0; i < change->entry_count; i++)
        verdicts_take_root_crl(keeper, change->entries[i].item);
    if (publication_init(&publication, change->entry_count, keeper->holdings->count)) {
        struct collateral_key *dropped = publication.dropped;
        publication.change = *change;
        publication.change.dropped = dropped;
        publication.change.dropped_count = 0;
        drop_from(&publication, keeper);
        is_well = commit(keeper, &publication);
        keeper->law_changed = keeper->law_changed && !is_well;
    } else {
        error_set(&publication.err, ERROR_SYSTEM, "no memory for a publication");
    }
    *err = publication.err;
    publication_fini(&publication);
    return is_well;
}

void publish_baselines(struct refresh *keeper, const struct baseline_demand *demand)
{
    struct publication publication = { .baselines = demand };
    bool is_well = commit(keeper, &publication);

    demand->done(demand->context, is_well ? NULL : &publication.err);
}
