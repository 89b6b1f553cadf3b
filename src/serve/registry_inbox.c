/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/registry_inbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "store/registrations.h"

/* A platform that waits is fetched at once by whoever registered it; where that was cut
 * short, the background comes to it after this. */
#define WAITING_DUE_S 60

struct inbox {
    struct registry *registry;
    pthread_mutex_t lock; /* guards what follows */
    struct candidate *first, **last;
    size_t count, bytes;
    bool is_scheduled; /* a job of ours is in the writer's queue, or running */
};

struct inbox *inbox_create(struct registry *registry)
{
    struct inbox *inbox = calloc(1, sizeof *inbox);

    if (inbox == NULL)
        return NULL;
    inbox->registry = registry;
    inbox->last = &inbox->first;
    pthread_mutex_init(&inbox->lock, NULL);
    return inbox;
}

void inbox_destroy(struct inbox *inbox)
{
    if (inbox == NULL)
        return;
    pthread_mutex_destroy(&inbox->lock);
    free(inbox);
}

/* ---- one of them, within the transaction ---------------------------------------- */

static const char *const outcome_names[] = {
    [PLATFORM_ADDED] = "added",       [PLATFORM_CHANGED] = "changed",
    [PLATFORM_SAME] = "same",         [PLATFORM_REPLACED] = "replaced",
    [PLATFORM_CONFLICT] = "conflict",
};

static bool keep(const struct candidate *c, struct store *store, int64_t now_s,
                 enum platform_outcome *outcome, struct error *err)
{
    const struct registration *registration = &c->said.registration;
    struct platform_change change = {
        .has_name = true,
        .name = registration->name,
        .bound_by = c->bound_by,
        .has_raw_tcb = registration->has_raw_tcb,
        .raw = registration->raw,
        .raw_confirmed = true,
        .now_s = now_s,
        .due_s = now_s + WAITING_DUE_S,
    };

    if (c->plan == PLAN_KEEP) {
        change.registrar = c->said.who;
        change.encrypted_ppid = registration->encrypted_ppid;
        change.manifest = registration->manifest;
    }
    return store_keep_platform(store, &change, outcome, err);
}

static bool note(const struct candidate *c, struct store *store, const char *outcome,
                 struct error *err)
{
    struct platform_alias alias =
        platform_alias(&c->registry->site_key, &c->said.registration.name);
    struct audit_note entry =
        registry_note(c->said.who, c->said.from, "register", alias.s);

    snprintf(entry.outcome, sizeof entry.outcome, "%s", outcome);
    return audit_note_write(&entry, store, err);
}

/* The queue comes first: where the registrar's share of it is full, nothing has been
 * written, and the others of the transaction go on. */
static bool queue(struct candidate *c, struct store *store, int64_t now_s,
                  struct error *err)
{
    size_t most = c->registry->options.config->limits.queue_per_registrar;
    struct error why = { 0 };

    if (store_queue_registration(store, QUEUE_NEW, &c->said.registration, c->said.who,
                                 most, now_s, &why))
        return true;
    if (why.kind == ERROR_LIMIT)
        c->outcome = CANDIDATE_FULL;
    c->why = why;
    return why.kind == ERROR_LIMIT || error_set(err, why.kind, "%s", why.text);
}

static bool write_one(struct candidate *c, struct store *store, struct error *err)
{
    int64_t now_s = clock_wall_s(c->registry->options.clock);
    enum platform_outcome outcome = PLATFORM_SAME;

    c->outcome = CANDIDATE_WRITTEN;
    if ((c->queues || c->plan == PLAN_QUEUE) && !queue(c, store, now_s, err))
        return false;
    if (c->outcome != CANDIDATE_WRITTEN)
        return true;
    if (c->plan == PLAN_QUEUE)
        return note(c, store, "queued", err);
    if (!keep(c, store, now_s, &outcome, err))
        return false;
    if (outcome == PLATFORM_CONFLICT)
        c->outcome = CANDIDATE_CONFLICT;
    return note(c, store, outcome_names[outcome], err);
}

/* ---- all of them ---------------------------------------------------------------- */

static bool write_all(struct candidate *const *batch, size_t count, struct store *store,
                      struct error *err)
{
    if (!store_begin(store, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!write_one(batch[i], store, err)) {
            store_rollback(store);
            return false;
        }
    }
    if (store_commit(store, err))
        return true;
    store_rollback(store);
    return false;
}

static void write_alone(struct candidate *c, struct store *store)
{
    struct error err = { 0 };

    if (write_all(&c, 1, store, &err))
        return;
    c->outcome = CANDIDATE_FAILED;
    c->why = err;
    log_event(LOG_ERROR, "registry", "registration of %s not written why=\"%s\"",
              platform_alias(&c->registry->site_key, &c->said.registration.name).s,
              err.text);
}

/* Where one spoils the transaction, each has its own. */
static void write_batch(struct candidate *const *batch, size_t count, struct store *store)
{
    struct error err = { 0 };

    if (count > 1 && write_all(batch, count, store, &err))
        return;
    for (size_t i = 0; i < count; i++)
        write_alone(batch[i], store);
}

static size_t bytes_of_candidate(const struct candidate *c)
{
    return sizeof *c + c->said.registration.manifest.len
           + c->said.registration.encrypted_ppid.len;
}

static size_t take_batch(struct inbox *inbox, struct candidate **batch)
{
    size_t count = 0;

    pthread_mutex_lock(&inbox->lock);
    while (count < INBOX_BATCH_MAX && inbox->first != NULL) {
        struct candidate *c = inbox->first;
        inbox->first = c->next;
        inbox->count--;
        inbox->bytes -= bytes_of_candidate(c);
        batch[count++] = c;
    }
    if (inbox->first == NULL)
        inbox->last = &inbox->first;
    if (count == 0)
        inbox->is_scheduled = false;
    pthread_mutex_unlock(&inbox->lock);
    return count;
}

/* After each batch others have their turn at the store; where its queue is full, we go on
 * ourselves. */
static void write_what_came(void *inbox_, struct store *store)
{
    struct candidate *batch[INBOX_BATCH_MAX];
    struct inbox *inbox = inbox_;
    struct error err = { 0 };
    size_t count;

    while ((count = take_batch(inbox, batch)) > 0) {
        write_batch(batch, count, store);
        for (size_t i = 0; i < count; i++)
            batch[i]->written(batch[i]);
        if (store_writer_submit(inbox->registry->options.writer, write_what_came, inbox,
                                &err))
            return;
    }
}

bool inbox_put(struct inbox *inbox, struct candidate *candidate)
{
    size_t bytes = bytes_of_candidate(candidate);
    struct error err = { 0 };

    pthread_mutex_lock(&inbox->lock);
    bool fits = inbox->count < INBOX_MAX && bytes <= INBOX_BYTES_MAX - inbox->bytes;
    if (fits && !inbox->is_scheduled)
        fits = inbox->is_scheduled = store_writer_submit(inbox->registry->options.writer,
                                                         write_what_came, inbox, &err);
    if (fits) {
        candidate->next = NULL;
        *inbox->last = candidate;
        inbox->last = &candidate->next;
        inbox->count++;
        inbox->bytes += bytes;
    }
    pthread_mutex_unlock(&inbox->lock);
    return fits;
}
