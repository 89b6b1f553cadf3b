/* SPDX-License-Identifier: Apache-2.0 */
/* For the registry's tests: what is in the store of a house (serve/test_registry.h), put
 * there, read, and the store kept busy while a test needs it. */
#ifndef THIM_SERVE_TEST_REGISTRY_STORE_H
#define THIM_SERVE_TEST_REGISTRY_STORE_H

#include "serve/test_registry.h"
#include "store/audit.h"
#include "store/platform_reader.h"

/* ---- reading -------------------------------------------------------------------------
 */

static inline struct platform_reader *house_reader(const struct registry_house *house)
{
    struct platform_reader *reader;
    struct error err = { 0 };

    assert_ok(platform_reader_open(house->stock.directory, &reader, &err), err);
    return reader;
}

/* False where there is none. What is found lies in the arena. */
static inline bool house_find(const struct registry_house *house, size_t i,
                              struct arena *arena, struct platform *out)
{
    struct platform_reader *reader = house_reader(house);
    struct platform_name name = { .pce_id = 0 };
    struct error err = { 0 };

    snprintf(name.qe_id, sizeof name.qe_id, "%s", bundle_qe_id(i));
    bool found = platform_find(reader, &name, arena, out, &err);
    assert_true(found || err.kind == ERROR_NOT_FOUND);
    platform_reader_close(reader);
    return found;
}

static inline struct platform_counts house_count(const struct registry_house *house)
{
    struct platform_reader *reader = house_reader(house);
    struct platform_counts counts;
    struct error err = { 0 };

    assert_ok(platforms_count(reader, &counts, &err), err);
    platform_reader_close(reader);
    return counts;
}

static inline bool house_see_entry(void *lines_, const struct audit_entry *entry)
{
    struct buf *lines = lines_;

    buf_addf(lines, "%s %s %s: %s\n", entry->who, entry->what, entry->subject,
             entry->outcome);
    return true;
}

static inline void house_nothing(void *context, struct store *store)
{
    (void)context, (void)store;
}

/* Newest first, a line for each; the caller's. What has been sent is waited for. */
static inline struct buf house_audit(const struct registry_house *house)
{
    struct platform_reader *reader = house_reader(house);
    struct error err = { 0 };
    struct buf lines;

    assert_ok(store_writer_call(house->writer, house_nothing, NULL, &err), err);
    buf_init(&lines, 1024 * 1024);
    assert_ok(audit_walk(reader, 1000, house_see_entry, &lines, &err), err);
    platform_reader_close(reader);
    return lines;
}

static inline void house_check_audit(const struct registry_house *house, const char *line)
{
    struct buf lines = house_audit(house);

    if (strstr(buf_text(&lines), line) == NULL)
        fail_msg("\"%s\" is not in the audit:\n%s", line, buf_text(&lines));
    buf_fini(&lines);
}

/* ---- putting there -------------------------------------------------------------------
 */

/* What upstream would be asked for platform i with, its encrypted PPID being the one of
 * house_registration. */
static inline struct platform_demand house_demand(size_t i, enum platform_bound_by by)
{
    struct platform_demand demand = { .has_name = true,
                                      .bound_by = by,
                                      .registrar = "somebody",
                                      .has_encrypted_ppid = true };

    snprintf(demand.name.qe_id, sizeof demand.name.qe_id, "%s", bundle_qe_id(i));
    for (size_t k = 0; k < ENCRYPTED_PPID_LEN; k++)
        demand.encrypted_ppid[k] = (uint8_t)((i + k) % 255 + 1);
    return demand;
}

struct holding_job {
    struct registry_house *house;
    struct platform_demand demand;
    uint8_t ppid;
};

static inline void house_run_hold(void *job_, struct store *store)
{
    struct holding_job *job = job_;

    house_put(job->house, store, &job->demand, job->ppid);
}

/* Platform i is held, bound by this one to a PPID that begins so. */
static inline void house_hold(struct registry_house *house, size_t i,
                              enum platform_bound_by by, uint8_t ppid)
{
    struct holding_job job = { .house = house,
                               .demand = house_demand(i, by),
                               .ppid = ppid };
    struct error err = { 0 };

    assert_ok(store_writer_call(house->writer, house_run_hold, &job, &err), err);
}

/* ---- a store that is busy ------------------------------------------------------------
 */

struct gate { /* the store thread waits at it until it is opened */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_reached, is_open;
};

static inline void gate_wait(void *gate_, struct store *store)
{
    struct gate *gate = gate_;

    (void)store;
    pthread_mutex_lock(&gate->lock);
    gate->is_reached = true;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->is_open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

/* Returns when the store thread stands at it. */
static inline void gate_close(struct gate *gate, struct store_writer *writer)
{
    struct error err = { 0 };

    *gate = (struct gate){ .lock = PTHREAD_MUTEX_INITIALIZER,
                           .changed = PTHREAD_COND_INITIALIZER };
    assert_ok(store_writer_submit(writer, gate_wait, gate, &err), err);
    pthread_mutex_lock(&gate->lock);
    while (!gate->is_reached)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static inline void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->is_open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

#endif
