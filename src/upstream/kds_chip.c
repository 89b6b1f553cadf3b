/* SPDX-License-Identifier: Apache-2.0 */
/* VCEKs and VLEKs that have come, or have not: judged by the law of the moment, kept by
 * the store thread, and told of once that is committed. */
#include <stdio.h>

#include "kit/log.h"
#include "upstream/kds_keeper.h"
#include "verify/freshness.h"

enum {
    ABSENT_AGAIN_S = 3600, /* wanted in advance, and KDS does not have it yet */
    ABSENT_DAILY_FAILURES = 7,
    DAY_S = 86400,
    ROW_ARENA_MAX = 256 * 1024,
    STORE_REST_MS = 30 * 1000, /* it did not take what it was given */
};

/* ---- the law ------------------------------------------------------------------------
 */

static bool has_crl(const struct kds *keeper, enum snp_product product, struct error *err)
{
    struct vcek_law law = kds_law(keeper, product);
    const char *name = snp_product_facts(product)->name;

    if (law.crl_optional)
        return true;
    if (law.crl == NULL)
        return error_set(err, ERROR_UNTRUSTED, "no CRL of ARK-%s is held", name);
    const struct amd_crl_facts *facts = amd_crl_facts(law.crl);
    return freshness_check("CRL", facts->issue_date_s, facts->next_update_s, law.now_s,
                           law.future_s, err)
           || error_within(err, "ARK-%s", name);
}

static bool has_issuer(const struct kds *keeper, const struct kds_key *key,
                       struct error *err)
{
    const struct verified_amd_issuer *issuer =
        keeper->law->issuers[key->product][key->vek];
    const struct verified_amd_crl *crl = keeper->law->crls[key->product];
    struct error why = { 0 };

    if (issuer == NULL)
        return error_set(err, ERROR_UNTRUSTED, "no chain for %s %ss is held",
                         snp_product_facts(key->product)->name, vek_kind_name(key->vek));
    if (crl == NULL || amd_issuer_not_revoked(issuer, crl, &why)
        || why.kind != ERROR_REVOKED)
        return true; /* a list of another ARK says nothing here */
    *err = why;
    return false;
}

bool kds_chip_has_law(struct kds *keeper, const struct kds_key *key, bool *is_coming,
                      struct error *err)
{
    struct error why = { 0 };

    *is_coming = false;
    *err = (struct error){ 0 };
    if (!has_issuer(keeper, key, err))
        *is_coming = kds_list_hasten(keeper, KDS_CHAIN, key->vek, key->product);
    if (!has_crl(keeper, key->product, &why)) {
        *is_coming =
            kds_list_hasten(keeper, KDS_CRL, VEK_VCEK, key->product) || *is_coming;
        if (err->kind == ERROR_NONE)
            *err = why;
    }
    return err->kind == ERROR_NONE;
}

/* ---- on the store thread ------------------------------------------------------------
 */

static bool keep(struct kds_task *task, struct store *store)
{
    const struct kds *keeper = task->keeper;
    struct chip_change change = {
        .vcek = task->vcek,
        .known_by = task->known_by,
        .source = keeper->upstreams[task->upstream].config->name,
        .now_s = kds_now_s(keeper),
    };
    enum chip_outcome outcome;

    return store_keep_chip(store, &change, &outcome, &task->write_error);
}

/* A known chip that nobody could give is wanted from now on; but not one that AMD does
 * not have and nobody has listed: it may have been a guess at the product. */
static bool remember_failure(struct kds_task *task, struct store *store)
{
    size_t added;

    return (task->is_row
            || store_want_chips(store, &task->key, 1, task->known_by,
                                kds_now_s(task->keeper), &added, &task->write_error))
           && store_chip_failed(store, &task->key, task->report.why, task->due_s,
                                &task->write_error);
}

static void write_job(void *context, struct store *store)
{
    struct kds_task *task = context;
    struct kds *keeper = task->keeper;

    task->write_error = (struct error){ 0 };
    if (task->vcek == NULL)
        (void)remember_failure(task, store); /* write_error says so */
    else if (keep(task, store) && keeper->options.chip_changed != NULL)
        keeper->options.chip_changed(keeper->options.context, &task->key);
    pthread_mutex_lock(&keeper->lock);
    task->next_written = keeper->written_tasks;
    keeper->written_tasks = task;
    keeper->writing--;
    http_client_wake(keeper->client); /* the thread waits for us before it closes it */
    pthread_cond_signal(&keeper->written);
    pthread_mutex_unlock(&keeper->lock);
}

/* ---- ends ---------------------------------------------------------------------------
 */

/* Products and reasons of a general kind only: a chip's id is nobody's business who reads
 * logs, and the words of a verdict may have one. */
static void log_trouble(const struct kds *keeper, const struct kds_task *task,
                        const struct error *err)
{
    log_event(LOG_WARNING, "amd", "product=%s %s upstream=%s refused what=%s",
              snp_product_facts(task->key.product)->name, vek_kind_name(task->key.vek),
              keeper->upstreams[task->upstream].config->name, error_kind_name(err->kind));
}

static void end(struct kds *keeper, struct kds_task *task)
{
    kds_task_tell(&keeper->table, task, &task->report);
    keeper->wanted -= task->line == KDS_WANTED;
    if (task->report.outcome != CHIP_KEPT)
        for (struct kds_round *round = keeper->rounds; round != NULL; round = round->next)
            round->all_well = round->all_well && !round->due_only;
    kds_task_remove(&keeper->table, task);
}

static void end_with(struct kds *keeper, struct kds_task *task, enum chip_fetch outcome,
                     const struct error *err)
{
    task->report = (struct chip_report){ .outcome = outcome };
    if (outcome != CHIP_KEPT)
        task->report.retry_after_s = 1;
    snprintf(task->report.why, sizeof task->report.why, "%.*s", PLATFORM_WHY_MAX - 1,
             err->text);
    end(keeper, task);
}

/* A slot has been paid for it: where the store thread's queue is full, it waits. */
static void hand(struct kds *keeper, struct kds_task *task)
{
    struct error err = { 0 };

    pthread_mutex_lock(&keeper->lock);
    keeper->writing++;
    pthread_mutex_unlock(&keeper->lock);
    if (store_writer_submit(keeper->options.writer, write_job, task, &err))
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->writing--;
    pthread_mutex_unlock(&keeper->lock);
    task->next_written = keeper->unhanded;
    keeper->unhanded = task;
    keeper->hand_again_ms = clock_real_ms() + HAND_AGAIN_MS;
}

static void hand_over(struct kds *keeper, struct kds_task *task)
{
    task->keeper = keeper;
    task->state = KDS_TASK_WRITING;
    keeper->unwritten++;
    hand(keeper, task);
}

static void hand_again(struct kds *keeper)
{
    if (keeper->unhanded == NULL || clock_real_ms() < keeper->hand_again_ms)
        return;
    struct kds_task *task = TAKE(keeper->unhanded);
    while (task != NULL) {
        struct kds_task *next = task->next_written;
        hand(keeper, task);
        task = next;
    }
}

void kds_chips_written(struct kds *keeper)
{
    static const struct error well = { 0 };

    hand_again(keeper);
    pthread_mutex_lock(&keeper->lock);
    struct kds_task *task = TAKE(keeper->written_tasks);
    pthread_mutex_unlock(&keeper->lock);
    while (task != NULL) {
        struct kds_task *next = task->next_written;
        const struct error *err = &task->write_error;
        keeper->unwritten--;
        keeper->may_be_due = true;
        if (err->kind != ERROR_NONE && err->kind != ERROR_UNTRUSTED)
            keeper->rested_ms = clock_real_ms() + STORE_REST_MS;
        if (err->kind != ERROR_NONE)
            log_event(LOG_ERROR, "amd", "the store did not take a %s why=%s",
                      task->vcek == NULL ? "failure" : "certificate",
                      error_kind_name(err->kind));
        if (task->vcek == NULL)
            end(keeper, task); /* those who came meanwhile are told the same */
        else if (err->kind == ERROR_NONE)
            end_with(keeper, task, CHIP_KEPT, &well);
        else
            end_with(keeper, task,
                     err->kind == ERROR_UNTRUSTED ? CHIP_UNTRUSTED : CHIP_BUSY, err);
        task = next;
    }
}

/* ---- judging ------------------------------------------------------------------------
 */

bool kds_chip_take(struct kds *keeper, struct kds_task *task, struct bytes body,
                   struct error *err)
{
    const struct verified_amd_issuer *issuer =
        keeper->law->issuers[task->key.product][task->key.vek];
    struct vcek_law law = kds_law(keeper, task->key.product);
    struct error why = { 0 };
    bool is_coming;

    if (!kds_chip_has_law(keeper, &task->key, &is_coming, &why)
        || !verify_vcek(body, &task->key, issuer, &law, &task->vcek, &why)) {
        log_trouble(keeper, task, &why);
        *err = why;
        return false;
    }
    hand_over(keeper, task);
    return true;
}

void kds_chip_trouble(struct kds_task *task, enum chip_fetch outcome,
                      int64_t retry_after_s, const struct error *err)
{
    struct chip_report *report = &task->report;

    if (report->outcome != 0)
        return; /* the first one counts: it is of who is asked first */
    report->outcome = outcome;
    report->retry_after_s =
        retry_after_s > 0 ? retry_after_s : (int64_t)SCHEDULE_BACKOFF_FIRST_S;
    snprintf(report->why, sizeof report->why, "%.*s", PLATFORM_WHY_MAX - 1, err->text);
}

/* When a row that could not be had is tried again. */
static int64_t due_after_failure(struct kds *keeper, const struct kds_task *task)
{
    struct schedule_facts facts = { .retry_after_s = task->report.retry_after_s };
    struct chip_row row = { .failures = 0 };
    struct arena arena;

    arena_init(&arena, ROW_ARENA_MAX);
    if (!chip_find(keeper->reader, &task->key, &arena, &row, NULL))
        row.failures = 0;
    arena_fini(&arena);
    facts.failures = row.failures + 1;
    if (task->report.outcome == CHIP_NOT_FOUND) {
        facts.failures = 0;
        facts.interval_s = row.failures < ABSENT_DAILY_FAILURES ? ABSENT_AGAIN_S : DAY_S;
    }
    facts.jitter = kds_dice();
    return kds_now_s(keeper) + schedule_next_ms(&facts) / 1000;
}

void kds_chip_fail(struct kds *keeper, struct kds_task *task)
{
    struct chip_report *report = &task->report;

    if (report->outcome == 0 && task->asked == 0) {
        report->outcome = CHIP_UNASKED;
        snprintf(report->why, sizeof report->why, "no upstream is asked for such a one");
    } else if (report->outcome == 0) {
        report->outcome = CHIP_NOT_FOUND;
        snprintf(report->why, sizeof report->why,
                 "no upstream has such a certificate (404)");
        kds_absent_note(&keeper->absent, &task->key,
                        kds_now_ms(keeper) + (int64_t)KDS_ABSENT_S * 1000);
    }
    kds_task_tell(&keeper->table, task, report);
    if (!task->is_row
        && (task->known_by <= CHIP_BY_ASKING || report->outcome == CHIP_NOT_FOUND
            || report->outcome == CHIP_UNASKED)) {
        end(keeper, task);
        return;
    }
    task->due_s = due_after_failure(keeper, task);
    hand_over(keeper, task);
}
