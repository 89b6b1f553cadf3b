/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/bundle_keep.h"

#include <stdlib.h>

enum { PLATFORM_BYTES_MAX = 8 * 1024 * 1024 };

/* ---- certificates --------------------------------------------------------------- */

struct list { /* one platform's, as the store takes it */
    struct verified_pck *pcks[PCK_LIST_MAX];
    size_t pck_count;
    uint8_t gaps[PCK_LIST_MAX][TCBM_LEN];
    size_t gap_count;
};

static void list_fini(struct list *list)
{
    for (size_t i = 0; i < list->pck_count; i++)
        pck_release(list->pcks[i]);
    free(list);
}

static bool verify_list(const struct bundle_keeping *k, const struct bundle_part *part,
                        struct list *list, struct error *err)
{
    for (size_t i = 0; i < part->pcks.count; i++) {
        const struct pck_entry *entry = &part->pcks.entries[i];
        if (entry->kind == PCK_ENTRY_GAP) {
            memcpy(list->gaps[list->gap_count++], entry->tcbm, TCBM_LEN);
            continue;
        }
        const struct verified_pck_issuer *issuer =
            bundle_issuer_of(k->verdict, entry->der);
        if (issuer == NULL
            || !verify_kept_pck(entry->der, issuer, &list->pcks[list->pck_count], err))
            return error_within(err, "%s.certs[%zu]", part->where, i);
        list->pck_count++;
    }
    return true;
}

static bool keep_list(struct bundle_keeping *k, const struct bundle_part *part,
                      const struct list *list, struct error *err)
{
    struct error why = { 0 };
    enum platform_outcome outcome;
    struct platform_change change = {
        .has_name = true,
        .name = part->registration.name,
        .bound_by = BOUND_BY_IMPORT,
        .registrar = k->registrar,
        .source = "import",
        .encrypted_ppid = part->registration.encrypted_ppid,
        .manifest = part->registration.manifest,
        .now_s = k->now_s,
        .pcks = (const struct verified_pck *const *)list->pcks,
        .pck_count = list->pck_count,
        .gaps = (const uint8_t(*)[TCBM_LEN])list->gaps,
        .gap_count = list->gap_count,
        .due_s = k->due_s,
    };

    if (!store_keep_platform(k->store, &change, &outcome, err))
        return error_within(err, "%s", part->where);
    k->platforms++;
    if (outcome != PLATFORM_CONFLICT)
        return true;
    error_set(&why, ERROR_FORMAT, "QE ID %s is bound to another platform (another PPID)",
              part->registration.name.qe_id);
    complain(&k->conflicts, part->where, &why);
    return true;
}

static bool keep_pcks(void *k_, const struct bundle_part *part, struct error *err)
{
    struct bundle_keeping *k = k_;

    if (part->kind != BUNDLE_PCKS)
        return true;
    struct list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a list of certificates");
    bool kept = verify_list(k, part, list, err)
                && (list->pck_count == 0 || keep_list(k, part, list, err));
    list_fini(list);
    return kept;
}

/* ---- raw TCBs ------------------------------------------------------------------- */

/* Who holds what the bundle has no certificates for; 0 where nobody does. What was
 * committed before this transaction is what counts: the bundle says nothing new of it. */
static enum platform_bound_by held_by(struct bundle_keeping *k,
                                      const struct platform_name *name, struct error *err)
{
    struct platform_reader *reader = host_readers_take(k->readers, err);
    struct platform platform;
    struct arena arena;

    if (reader == NULL)
        return 0;
    arena_init(&arena, PLATFORM_BYTES_MAX);
    bool found = platform_find(reader, name, &arena, &platform, err);
    enum platform_bound_by by =
        found && platform.state == PLATFORM_HELD ? platform.bound_by : 0;
    arena_fini(&arena);
    host_readers_give_back(k->readers, reader);
    return by;
}

/* With certificates, in the bundle or held, a row of "platforms" says at which TCB the
 * platform runs. Without, it is a registration. */
static bool keep_registration(void *k_, const struct bundle_part *part, struct error *err)
{
    struct bundle_keeping *k = k_;
    const struct registration *registration = &part->registration;
    struct error why = { 0 };
    enum platform_outcome outcome;

    if (part->kind != BUNDLE_PLATFORM)
        return true;
    struct platform_change change = {
        .has_name = true,
        .name = registration->name,
        .bound_by = BOUND_BY_IMPORT,
        .has_raw_tcb = registration->has_raw_tcb,
        .raw = registration->raw,
        .raw_confirmed = true,
        .now_s = k->now_s,
        .due_s = k->now_s,
    };
    if (!bundle_has_platform(k->verdict, &registration->name)) {
        enum platform_bound_by by = held_by(k, &registration->name, &why);
        if (by != 0) {
            change.bound_by = by;
        } else {
            change.encrypted_ppid = registration->encrypted_ppid;
            change.manifest = registration->manifest;
            change.registrar = k->registrar;
        }
    }
    k->raw_tcbs += registration->has_raw_tcb;
    return store_keep_platform(k->store, &change, &outcome, err)
           || error_within(err, "%s", part->where);
}

/* ---- the whole ------------------------------------------------------------------ */

static void known_fault(void *k, const char *where, const struct error *why)
{
    (void)k, (void)where, (void)why;
}

/* Certificates first: where they take the place of what somebody weaker has bound, its
 * raw TCBs go with it. */
bool bundle_keep(struct bundle_keeping *k, struct store *store, struct error *err)
{
    struct bundle_visitor pcks = { .context = k,
                                   .part = keep_pcks,
                                   .fault = known_fault };
    struct bundle_visitor raws = { .context = k,
                                   .part = keep_registration,
                                   .fault = known_fault };

    k->store = store;
    if (!platform_bundle_walk(k->text, &pcks, err))
        return false;
    if (k->conflicts.count > 0)
        return error_set(err, ERROR_FORMAT, "%zu platforms are bound to others",
                         k->conflicts.count);
    return platform_bundle_walk(k->text, &raws, err);
}
