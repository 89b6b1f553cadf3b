/* SPDX-License-Identifier: Apache-2.0 */
/* Judging answers in the order that they depend on one another: the root CRL first, then
 * the signed lists, then the rest. An answer whose law is still under way waits. */
#include "kit/crypto.h"
#include "kit/text.h"
#include "upstream/keeper.h"

static struct judge law_of(const struct refresh *keeper)
{
    return (struct judge){
        .trust = &keeper->options.config->trust.roots,
        .holdings = keeper->holdings,
        .root_crl = keeper->root_crl,
        .sgx_list = keeper->sgx_list,
        .tdx_list = keeper->tdx_list,
        .now_s = clock_wall_s(keeper->options.clock),
    };
}

static struct task *task_of(const struct refresh *keeper, struct collateral_key key)
{
    return task_find(&keeper->tasks, &(struct pcs_item){ .key = key });
}

/* Asked for, or about to be. */
static bool is_under_way(const struct refresh *keeper, const struct task *task)
{
    return task != NULL
           && (task->state == TASK_HELD || task->state == TASK_CALLING
               || task->state == TASK_ANSWERED
               || (task->state == TASK_RESTING
                   && task->due_ms <= clock_mono_ms(keeper->options.clock)));
}

static void keep_newest(struct verified_collateral **kept,
                        const struct verified_collateral *other, int64_t now_s)
{
    if (*kept != NULL && !verified_in_date(*kept, now_s, JUDGE_FUTURE_S))
        verified_release(TAKE(*kept));
    if (other == NULL || other == *kept
        || !verified_in_date(other, now_s, JUDGE_FUTURE_S))
        return;
    if (*kept != NULL && !verified_may_replace(other, *kept, NULL))
        return;
    verified_release(TAKE(*kept));
    *kept = verified_hold(other);
}

static const struct verified_collateral *held(const struct refresh *keeper,
                                              struct collateral_key key)
{
    const struct holding *holding = holdings_find(keeper->holdings, &key);

    return holding == NULL ? NULL : holding->item;
}

void verdicts_refresh_law(struct refresh *keeper)
{
    int64_t now_s = clock_wall_s(keeper->options.clock);

    keep_newest(&keeper->root_crl, held(keeper, key_root_crl()), now_s);
    keep_newest(&keeper->sgx_list, held(keeper, key_evaluation_numbers(TEE_SGX)), now_s);
    keep_newest(&keeper->tdx_list, held(keeper, key_evaluation_numbers(TEE_TDX)), now_s);
}

static void is_true(struct refresh *keeper, struct task *task,
                    struct verified_collateral *fresh)
{
    task->fresh = fresh;
    task->state = TASK_VERIFIED;
    keeper->answered--;
    keeper->verified++;
}

static void is_refused(struct refresh *keeper, struct task *task, const struct error *err)
{
    keeper->answered--;
    task->etag[0] = 0;
    attempt_next(keeper, task, err);
}

/* Older than what is held is no answer: the next upstream may have a newer one. */
static bool is_newer_than_held(const struct refresh *keeper,
                               const struct verified_collateral *fresh, struct error *err)
{
    const struct verified_collateral *kept = held(keeper, verified_facts(fresh)->key);

    return kept == NULL || verified_may_replace(fresh, kept, err);
}

/* ---- the root CRL: it comes without its issuer, which other answers bring -----------
 */

static bool try_root(struct refresh *keeper, struct task *task, struct bytes root_der,
                     struct verified_collateral **fresh, struct error *err)
{
    struct judge law = law_of(keeper);
    struct der_chain chain = { .certificates = { root_der }, .count = 1 };

    return judge_answer(&law, &task->item, task->body, &chain, fresh, err);
}

/* Every root that an answer or a held item came with, until one fits. */
static bool find_root(struct refresh *keeper, struct task *task,
                      struct verified_collateral **fresh, bool *any, struct error *err)
{
    struct bytes tried = { 0 };

    *any = false;
    for (size_t i = 0; i < keeper->tasks.count + keeper->holdings->count; i++) {
        const struct der_chain *chain =
            i < keeper->tasks.count
                ? &keeper->tasks.tasks[i]->chain
                : &verified_facts(keeper->holdings->entries[i - keeper->tasks.count].item)
                       ->chain;
        if (chain->count == 0
            || bytes_equal(chain->certificates[chain->count - 1], tried))
            continue;
        tried = chain->certificates[chain->count - 1];
        *any = true;
        if (try_root(keeper, task, tried, fresh, err))
            return true;
    }
    return false;
}

static void note_new_law(struct refresh *keeper, const struct verified_collateral *fresh)
{
    const struct verified_collateral *kept = held(keeper, key_root_crl());

    if (kept != NULL
        && memcmp(verified_facts(kept)->digest, verified_facts(fresh)->digest, SHA256_LEN)
               != 0)
        keeper->law_changed = true;
}

void verdicts_take_root_crl(struct refresh *keeper,
                            const struct verified_collateral *fresh)
{
    if (verified_facts(fresh)->key.kind != COLLATERAL_ROOT_CRL
        || !is_newer_than_held(keeper, fresh, NULL))
        return;
    note_new_law(keeper, fresh);
    keep_newest(&keeper->root_crl, fresh, clock_wall_s(keeper->options.clock));
}

static void judge_root_crl(struct refresh *keeper)
{
    struct task *task = task_of(keeper, key_root_crl());
    struct verified_collateral *fresh = NULL;
    struct error err = { 0 };
    bool any;

    if (task == NULL || task->state != TASK_ANSWERED)
        return;
    if (find_root(keeper, task, &fresh, &any, &err)) {
        if (!is_newer_than_held(keeper, fresh, &err)) {
            verified_release(fresh);
            is_refused(keeper, task, &err);
            return;
        }
        verdicts_take_root_crl(keeper, fresh);
        is_true(keeper, task, fresh);
        return;
    }
    if (!any && keeper->calling > 0)
        return; /* whoever answers next brings a chain */
    if (!any)
        error_set(
            &err, ERROR_UNREACHABLE,
            "no answer came with the root's certificate, so its CRL can't be judged");
    is_refused(keeper, task, &err);
}

/* ---- everything else -----------------------------------------------------------------
 */

static bool has_root_crl(struct refresh *keeper, struct task *task)
{
    struct error err = { 0 };

    if (keeper->root_crl != NULL)
        return true;
    if (is_under_way(keeper, task_of(keeper, key_root_crl())))
        return false;
    error_set(
        &err, ERROR_UNREACHABLE,
        "no root CA CRL in date is held, so nothing can be judged; see its own line");
    is_refused(keeper, task, &err);
    return false;
}

static bool waits_for_list(const struct refresh *keeper, const struct task *task)
{
    enum tee tee;

    if (task->item.update != UPDATE_STANDARD || !judge_list_tee(&task->item.key, &tee))
        return false;
    const struct verified_collateral *list =
        tee == TEE_TDX ? keeper->tdx_list : keeper->sgx_list;
    return list == NULL
           && is_under_way(keeper, task_of(keeper, key_evaluation_numbers(tee)));
}

static bool is_list(const struct task *task)
{
    return !task->item.is_fmspc_list
           && task->item.key.kind == COLLATERAL_EVALUATION_NUMBERS;
}

static void judge_one(struct refresh *keeper, struct task *task)
{
    struct judge law = law_of(keeper);
    OWNED(verified_release) struct verified_collateral *fresh = NULL;
    struct error err = { 0 };

    if (!has_root_crl(keeper, task) || waits_for_list(keeper, task))
        return;
    if (!judge_answer(&law, &task->item, task->body, &task->chain, &fresh, &err)
        || (task->item.update == UPDATE_STANDARD
            && !judge_standard(&law, &task->item, fresh, &task->listed, &err))
        || !is_newer_than_held(keeper, fresh, &err)) {
        is_refused(keeper, task, &err);
        return;
    }
    if (is_list(task)) {
        keeper->upstreams[task->upstream].condition.gives_lists = true;
        keep_newest(task->item.key.tee == TEE_TDX ? &keeper->tdx_list : &keeper->sgx_list,
                    fresh, law.now_s);
    }
    is_true(keeper, task, TAKE(fresh));
}

void verdicts_reach(struct refresh *keeper)
{
    if (keeper->answered == 0)
        return;
    judge_root_crl(keeper);
    for (int lists = 1; lists >= 0; lists--)
        for (size_t i = 0; i < keeper->tasks.count && keeper->answered > 0; i++) {
            struct task *task = keeper->tasks.tasks[i];
            if (task->state == TASK_ANSWERED && is_list(task) == (lists == 1)
                && task->item.key.kind != COLLATERAL_ROOT_CRL)
                judge_one(keeper, task);
        }
}
