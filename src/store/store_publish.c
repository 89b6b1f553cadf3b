/* SPDX-License-Identifier: Apache-2.0 */
#include "store/change.h"
#include "store/store_parts.h"
#include "store/store_rows.h"

/* One publish under way. */
struct publishing {
    struct store *store;
    const struct store_change *change;
    const struct publish_rider *rider; /* NULL: none */
    const enum store_outcome *outcomes;
    struct draft draft; /* the next generation */
    bool is_new;
    uint64_t generation; /* the next one's number, or the current one's */
};

static bool write_entry(struct publishing *p, size_t i, struct error *err)
{
    const struct collateral_key *key = &verified_facts(p->change->entries[i].item)->key;
    const struct holding *holding = draft_find(&p->draft, key);

    switch (p->outcomes[i]) {
    case STORE_ADDED:
    case STORE_REPLACED:
        return rows_put_item(p->store->db, p->generation, holding, err);
    case STORE_SAME:
        return rows_confirm_item(p->store->db, p->generation, key, holding->confirmed_s,
                                 err);
    case STORE_OLDER:
        break;
    }
    return true;
}

/* A hint whose text is new is a new row, else a new time in the old one. */
static bool write_hint(struct publishing *p, const struct hint *hint,
                       const struct holdings *current, struct error *err)
{
    for (size_t i = 0; current != NULL && i < current->hint_count; i++)
        if (strcmp(current->hints[i].source, hint->source) == 0
            && bytes_equal(current->hints[i].text, hint->text))
            return rows_confirm_hint(p->store->db, p->generation, hint, err);
    return rows_put_hint(p->store->db, p->generation, hint, err);
}

static bool write_rows(struct publishing *p, const struct holdings *current,
                       struct error *err)
{
    sqlite3 *db = p->store->db;

    if (p->is_new && !rows_new_generation(db, p->store->generation, p->generation, err))
        return false;
    for (size_t i = 0; i < p->change->dropped_count; i++)
        if (!rows_drop_item(db, p->generation, &p->change->dropped[i], err))
            return false;
    for (size_t i = 0; i < p->change->entry_count; i++)
        if (!write_entry(p, i, err))
            return false;
    for (size_t i = 0; i < p->change->hint_count; i++)
        if (!write_hint(p, &p->change->hints[i], current, err))
            return false;
    return !p->is_new
           || (rows_put_designations(db, p->generation, p->draft.designations,
                                     p->draft.designation_count, err)
               && rows_end_generation(db, p->generation, err));
}

static bool write_rider(const struct publishing *p, struct error *err)
{
    return p->rider == NULL || p->rider->write(p->rider->context, p->generation, err);
}

/* The holdings are made before the commit: after it nothing may fail any more. */
static bool write_all(struct publishing *p, const struct holdings *current,
                      struct holdings **out, struct error *err)
{
    OWNED(holdings_release) struct holdings *made = NULL;

    if (!write_begin(p->store, err))
        return false;
    if (!write_rows(p, current, err) || !write_rider(p, err)
        || !draft_finish(&p->draft, p->generation, &made, err)
        || !write_end(p->store, err)) {
        write_undo(p->store);
        return false;
    }
    p->store->generation = p->generation;
    *out = TAKE(made);
    return true;
}

bool publish_with(struct store *store, const struct holdings *current,
                  const struct store_change *change, const struct publish_rider *rider,
                  enum store_outcome *outcomes, struct holdings **out, struct error *err)
{
    struct publishing p = {
        .store = store, .change = change, .rider = rider, .outcomes = outcomes
    };
    uint64_t over = current == NULL ? 0 : current->generation;

    if (over != store->generation)
        return error_set(err, ERROR_SYSTEM,
                         "publish over generation %llu, but %llu is the current one",
                         (unsigned long long)over, (unsigned long long)store->generation);
    if (!draft_init(&p.draft, current, err))
        return error_within(err, "publish");
    bool well = change_apply(&p.draft, change, store->marked, outcomes, &p.is_new, err);
    if (well) {
        p.is_new = p.is_new || (rider != NULL && rider->takes_generation);
        p.generation = store->generation + (p.is_new ? 1 : 0);
        well = write_all(&p, current, out, err);
    }
    draft_fini(&p.draft);
    return well || error_within(err, "publish");
}

bool store_publish(struct store *store, const struct holdings *current,
                   const struct store_change *change, enum store_outcome *outcomes,
                   struct holdings **out, struct error *err)
{
    return publish_with(store, current, change, NULL, outcomes, out, err);
}
