/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be asked for again and again: a fixed set, what the configuration names, and
 * what is held. */
#include "format/fmspc_list.h"
#include "kit/crypto.h"
#include "upstream/keeper.h"
#include "upstream/numbers.h"

/* Numbers beside standard and early give way first: with more wanted than this they are
 * left to those who ask. */
#define NUMBERS_ROOM (TASKS_MAX / 4 * 3)

enum {
    HINT_ARENA_MAX = 4 * 1024 * 1024,
    PRUNE_EVERY_MS = 5000,
};

bool keeper_is_due(const struct refresh *keeper, const struct task *task)
{
    return task->is_scheduled && task->state == TASK_RESTING
           && task->due_ms <= clock_mono_ms(keeper->options.clock);
}

double keeper_dice(void)
{
    uint32_t drawn;

    random_fill(&drawn, sizeof drawn);
    return (double)drawn / 4294967296.0;
}

static const struct evaluation_numbers *numbers_of(const struct verified_collateral *list)
{
    return list == NULL ? NULL : verified_facts(list)->numbers;
}

static struct number_lists lists_of(const struct refresh *keeper)
{
    return (struct number_lists){ .sgx = numbers_of(keeper->sgx_list),
                                  .tdx = numbers_of(keeper->tdx_list) };
}

int64_t keeper_interval_s(const struct refresh *keeper, const struct pcs_item *item)
{
    const struct config *config = keeper->options.config;
    struct number_lists lists = lists_of(keeper);

    if (item->is_fmspc_list)
        return config->intel.refresh_s;
    if (item->key.kind == COLLATERAL_ROOT_CRL || item->key.kind == COLLATERAL_PCK_CRL)
        return config->intel.crl_refresh_s;
    return numbers_interval_s(keeper->holdings, &lists, &item->key,
                              config->intel.refresh_s);
}

const struct holding *keeper_held(const struct refresh *keeper,
                                  const struct pcs_item *item)
{
    struct collateral_key subject = collateral_subject(&item->key);

    if (item->is_fmspc_list)
        return NULL;
    if (item->update != 0)
        return holdings_designated(keeper->holdings, &subject, item->update);
    return holdings_find(keeper->holdings, &item->key);
}

/* When a task that is new to us is first due: what is held is asked for when its pause
 * has passed, as if we had never been away; what is missing at once, or, for what nobody
 * has asked for yet, with the next regular round. */
static int64_t first_due_ms(const struct refresh *keeper, const struct pcs_item *item,
                            bool at_once)
{
    const struct holding *held = keeper_held(keeper, item);
    int64_t now_ms = clock_mono_ms(keeper->options.clock);
    int64_t pause_s = keeper_interval_s(keeper, item);

    if (held == NULL && at_once)
        return now_ms;
    if (held != NULL) {
        struct schedule_facts facts = {
            .now_ms = now_ms,
            .now_s = clock_wall_s(keeper->options.clock),
            .interval_s = pause_s,
            .next_update_s = verified_facts(held->item)->next_update_s,
            .jitter = keeper_dice(),
        };
        int64_t age_s = facts.now_s - held->confirmed_s;
        int64_t due_ms = schedule_next_ms(&facts) - (age_s > 0 ? age_s : 0) * 1000;
        return due_ms > now_ms ? due_ms : now_ms;
    }
    return now_ms + (int64_t)((double)(pause_s * 1000) * (1.0 - 0.1 * keeper_dice()));
}

static bool is_in_round_of_all(const struct refresh *keeper)
{
    for (const struct round *round = keeper->rounds; round != NULL; round = round->next)
        if (!round->due_only && round->subject[0] == 0)
            return true;
    return false;
}

static void want(struct refresh *keeper, const struct pcs_item *item, bool at_once)
{
    struct task *task = task_add(&keeper->tasks, item);

    if (task == NULL)
        return; /* TASKS_MAX; the rest is served on demand */
    keeper->wanted_count += !task->is_wanted;
    task->is_wanted = true;
    if (task->is_scheduled)
        return;
    task->is_scheduled = true;
    if (task->tried_s != 0)
        return; /* a miss that came well: attempt_end has set when it is due */
    task->due_ms = first_due_ms(keeper, item, at_once);
    task->in_round = at_once && is_in_round_of_all(keeper);
}

static void want_updates(struct refresh *keeper, struct collateral_key subject,
                         bool at_once)
{
    want(keeper, &(struct pcs_item){ .key = subject, .update = UPDATE_STANDARD },
         at_once);
    want(keeper, &(struct pcs_item){ .key = subject, .update = UPDATE_EARLY }, at_once);
}

static void want_fmspc(struct refresh *keeper, const uint8_t fmspc[6], bool at_once)
{
    want_updates(keeper, key_tcb_info(TEE_SGX, 3, fmspc, 0), at_once);
    want_updates(keeper, key_tcb_info(TEE_TDX, 3, fmspc, 0), at_once);
}

static void want_fixed_set(struct refresh *keeper)
{
    static const enum enclave_id enclaves[] = { ENCLAVE_QE, ENCLAVE_TD_QE, ENCLAVE_QVE,
                                                ENCLAVE_QAE };
    const struct collateral_key single[] = {
        key_root_crl(),
        key_pck_crl(PCK_CA_PROCESSOR),
        key_pck_crl(PCK_CA_PLATFORM),
        key_evaluation_numbers(TEE_SGX),
        key_evaluation_numbers(TEE_TDX),
    };

    for (size_t i = 0; i < COUNT_OF(single); i++)
        want(keeper, &(struct pcs_item){ .key = single[i] }, true);
    for (size_t i = 0; i < COUNT_OF(enclaves); i++)
        want_updates(keeper, key_identity(enclaves[i], 0), true);
    want(keeper, &(struct pcs_item){ .is_fmspc_list = true }, true);
}

static void want_hinted(struct refresh *keeper, const struct hint *hint)
{
    struct arena arena;
    struct fmspc_list list;

    arena_init(&arena, HINT_ARENA_MAX);
    if (fmspc_list_parse(hint->text, &arena, &list, NULL))
        for (size_t i = 0; i < list.count; i++)
            want_fmspc(keeper, list.entries[i].fmspc, true);
    arena_fini(&arena);
}

/* An FMSPC is in use where any TCB info of it is held. They lie by TEE and FMSPC, so one
 * of many numbers comes once. */
static void want_held(struct refresh *keeper)
{
    const struct holdings *holdings = keeper->holdings;
    struct collateral_key last = { 0 };

    for (size_t i = 0; i < holdings->count; i++) {
        const struct collateral_key *key =
            &verified_facts(holdings->entries[i].item)->key;
        struct collateral_key subject = collateral_subject(key);
        if (key->kind != COLLATERAL_TCB_INFO || key->version != 3
            || collateral_key_compare(&subject, &last) == 0)
            continue;
        want_fmspc(keeper, key->fmspc, false);
        last = subject;
    }
}

/* What was standard or early once is wanted again where it is no longer held: a damaged
 * object was put aside, or its signer revoked. */
static void want_designated(struct refresh *keeper)
{
    const struct holdings *holdings = keeper->holdings;

    for (size_t i = 0; i < holdings->designation_count; i++)
        want(keeper,
             &(struct pcs_item){ .key = holdings->designations[i].subject,
                                 .update = holdings->designations[i].update },
             true);
}

/* Whether both have been answered since we started, and neither is being asked for. */
static bool are_updates_known(const struct refresh *keeper,
                              const struct collateral_key *key)
{
    struct pcs_item item = { .key = collateral_subject(key) };

    for (item.update = UPDATE_STANDARD; item.update <= UPDATE_EARLY; item.update++) {
        const struct task *task = task_find(&keeper->tasks, &item);
        if (task == NULL || task->tried_s == 0 || task->state != TASK_RESTING
            || keeper_is_due(keeper, task))
            return false;
    }
    return true;
}

/* One that is new to us waits for the answers to update=, which may well bring it. */
static void want_number(void *context, const struct collateral_key *key)
{
    struct refresh *keeper = context;
    struct pcs_item item = { .key = *key };

    if (keeper->wanted_count < NUMBERS_ROOM
        && (task_find(&keeper->tasks, &item) != NULL || keeper_held(keeper, &item) != NULL
            || are_updates_known(keeper, key)))
        want(keeper, &item, true);
}

/* Nobody calls for them any more, and nobody waits. */
static void let_go(struct refresh *keeper)
{
    for (size_t i = keeper->tasks.count; i > 0; i--) {
        struct task *task = keeper->tasks.tasks[i - 1];
        if (task->is_wanted || !task->is_scheduled || task->state != TASK_RESTING
            || task->waiter_count > 0)
            continue;
        conditions_remove(keeper->options.conditions, task->name.s);
        task_remove(&keeper->tasks, task);
    }
}

void keeper_sync_tasks(struct refresh *keeper)
{
    const struct config *config = keeper->options.config;
    struct number_lists lists = lists_of(keeper);

    for (size_t i = 0; i < keeper->tasks.count; i++)
        keeper->tasks.tasks[i]->is_wanted = false;
    keeper->wanted_count = 0;
    keeper->updates_refused = false;
    if (config->intel.fill == FILL_OFFLINE)
        return; /* nobody is ever asked */
    want_fixed_set(keeper);
    if (config->intel.fmspc_choice == FMSPCS_LISTED)
        for (size_t i = 0; i < config->intel.fmspc_count; i++)
            want_fmspc(keeper, config->intel.fmspcs[i], true);
    if (config->intel.fmspc_choice == FMSPCS_ALL)
        for (size_t i = 0; i < keeper->holdings->hint_count; i++)
            want_hinted(keeper, &keeper->holdings->hints[i]);
    want_held(keeper);
    want_designated(keeper);
    numbers_visit(keeper->holdings, &lists, keeper, want_number);
    let_go(keeper);
}

void keeper_prune_tasks(struct refresh *keeper)
{
    int64_t now_ms = clock_real_ms();

    if (now_ms - keeper->pruned_ms < PRUNE_EVERY_MS)
        return;
    keeper->pruned_ms = now_ms;
    for (size_t i = keeper->tasks.count; i > 0; i--) {
        struct task *task = keeper->tasks.tasks[i - 1];
        if (task->is_scheduled || task->state != TASK_RESTING || task->waiter_count > 0
            || now_ms - task->ended_ms < KEEPER_REFUSAL_MS)
            continue;
        conditions_remove(keeper->options.conditions, task->name.s);
        task_remove(&keeper->tasks, task);
    }
}
