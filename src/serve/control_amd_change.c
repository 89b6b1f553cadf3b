/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "kit/text.h"
#include "serve/control_amd_parts.h"

static struct audit_note note_of(const struct amd_errand *errand, const char *what)
{
    struct audit_note note = { .what = "" };

    snprintf(note.who, sizeof note.who, "%s", errand->caller.name);
    snprintf(note.from, sizeof note.from, "%s", errand->caller.from);
    snprintf(note.what, sizeof note.what, "%s", what);
    return note;
}

/* One transaction around what is done and its note in the audit. */
static bool do_within(struct amd_errand *errand, struct store *store,
                      bool (*change)(struct amd_errand *errand, struct store *store,
                                     size_t *done, struct audit_note *note,
                                     struct error *err),
                      size_t *done, struct audit_note *note, struct error *err)
{
    if (!store_begin(store, err))
        return false;
    if (change(errand, store, done, note, err) && audit_note_write(note, store, err)
        && store_commit(store, err))
        return true;
    store_rollback(store);
    return false;
}

/* ---- wanting -------------------------------------------------------------------- */

static bool want(struct amd_errand *errand, struct store *store, size_t *added,
                 struct audit_note *note, struct error *err)
{
    int64_t now_s = clock_wall_s(errand->control->options.clock);

    if (!store_want_chips(store, errand->keys, errand->count, CHIP_BY_OPERATOR, now_s,
                          added, err))
        return false;
    snprintf(note->subject, sizeof note->subject, "%zu chips", errand->count);
    snprintf(note->outcome, sizeof note->outcome, "%zu added", *added);
    return true;
}

void amd_errand_want(void *errand_, struct store *store)
{
    struct amd_errand *errand = errand_;
    const struct control_amd_options *options = &errand->control->options;
    struct audit_note note = note_of(errand, "chips");
    size_t added = 0;
    struct error err = { 0 };

    if (!do_within(errand, store, want, &added, &note, &err)) {
        amd_errand_fail(errand, &err);
        return;
    }
    options->wake(options->context);
    amd_errand_tell(errand, json_pack("{s:I, s:I}", "wanted", (json_int_t)errand->count,
                                      "added", (json_int_t)added));
}

/* ---- forgetting ----------------------------------------------------------------- */

static bool note_tcb(void *errand_, const struct chip_row *row)
{
    struct amd_errand *errand = errand_;

    if (errand->count < CHIP_TCBS_MAX)
        errand->keys[errand->count++] = row->key;
    return true;
}

static bool find_tcbs(struct amd_errand *errand, struct error *err)
{
    struct host_readers *readers = errand->control->readers;

    if (errand->has_tcb)
        errand->keys[errand->count++] = errand->key;
    if (errand->has_tcb)
        return true;
    struct platform_reader *reader = host_readers_take(readers, err);
    if (reader == NULL)
        return false;
    bool well = chip_tcbs(reader, &errand->key, note_tcb, errand, err);
    host_readers_give_back(readers, reader);
    return well;
}

/* A chip is named as platforms are: by what its id gives under the site key. */
static void name_chip(const struct amd_errand *errand, struct audit_note *note)
{
    const struct kds_key *key = &errand->key;
    struct platform_name name = { .pce_id = 0 };

    snprintf(name.qe_id, sizeof name.qe_id, "%s", hex(key->hwid.at, key->hwid.len).s);
    snprintf(note->subject, sizeof note->subject, "%s %s",
             snp_product_facts(key->product)->name,
             platform_alias(&errand->control->site_key, &name).s);
}

static bool forget(struct amd_errand *errand, struct store *store, size_t *forgotten,
                   struct audit_note *note, struct error *err)
{
    bool found = false;

    for (size_t i = 0; i < errand->count; i++) {
        if (!store_forget_chip(store, &errand->keys[i], &found, err))
            return false;
        *forgotten += found;
    }
    name_chip(errand, note);
    snprintf(note->outcome, sizeof note->outcome, "%zu forgotten", *forgotten);
    return true;
}

void amd_errand_forget(void *errand_, struct store *store)
{
    struct amd_errand *errand = errand_;
    const struct control_amd_options *options = &errand->control->options;
    struct audit_note note = note_of(errand, "forget");
    size_t forgotten = 0;
    struct error err = { 0 };

    if (!find_tcbs(errand, &err)
        || !do_within(errand, store, forget, &forgotten, &note, &err)) {
        amd_errand_fail(errand, &err);
        return;
    }
    for (size_t i = 0; i < errand->count; i++)
        options->chip_changed(options->context, &errand->keys[i]);
    amd_errand_tell(errand, json_pack("{s:I}", "forgotten", (json_int_t)forgotten));
}
