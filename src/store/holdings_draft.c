/* SPDX-License-Identifier: Apache-2.0 */
#include "store/holdings_draft.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "store/holdings_order.h"

/* What holdings.h shows, and behind it what is freed with the last reference. */
struct counted_holdings {
    struct holdings seen;
    struct draft kept;
    atomic_size_t references;
};

static void *grown(void *items, size_t *room, size_t size)
{
    size_t wanted = *room == 0 ? 16 : *room * 2;
    void *more = reallocarray(items, wanted, size);

    if (more != NULL)
        *room = wanted;
    return more;
}

/* Room for one more of count items of this size. */
static bool has_room(void *items_at, size_t count, size_t *room, size_t size, size_t max,
                     const char *what, struct error *err)
{
    void *items;

    memcpy(&items, items_at, sizeof items);
    if (count >= max)
        return error_set(err, ERROR_LIMIT, "the store already holds %zu %s", max, what);
    if (count < *room)
        return true;
    items = grown(items, room, size);
    if (items == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for %zu %s", count + 1, what);
    memcpy(items_at, &items, sizeof items);
    return true;
}

static void open_gap(void *items, size_t place, size_t count, size_t size)
{
    memmove((char *)items + (place + 1) * size, (char *)items + place * size,
            (count - place) * size);
}

struct holding *draft_find(struct draft *draft, const struct collateral_key *key)
{
    size_t place;

    return holding_place(draft->entries, draft->count, key, &place)
               ? &draft->entries[place]
               : NULL;
}

bool draft_put(struct draft *draft, const struct holding *holding, struct error *err)
{
    const struct collateral_key *key = &verified_facts(holding->item)->key;
    struct verified_collateral *own = verified_hold(holding->item);
    size_t place;

    if (holding_place(draft->entries, draft->count, key, &place)) {
        verified_release(draft->entries[place].item);
    } else if (has_room(&draft->entries, draft->count, &draft->room,
                        sizeof *draft->entries, HOLDINGS_ENTRIES_MAX, "items", err)) {
        open_gap(draft->entries, place, draft->count++, sizeof *draft->entries);
    } else {
        verified_release(own);
        return false;
    }
    draft->entries[place] = *holding;
    draft->entries[place].item = own;
    return true;
}

bool draft_drop(struct draft *draft, const struct collateral_key *key)
{
    size_t place;

    if (!holding_place(draft->entries, draft->count, key, &place))
        return false;
    verified_release(draft->entries[place].item);
    draft->count--;
    memmove(draft->entries + place, draft->entries + place + 1,
            (draft->count - place) * sizeof *draft->entries);
    return true;
}

bool draft_designate(struct draft *draft, const struct designation *designation,
                     bool *changed, struct error *err)
{
    size_t place;

    if (designation_place(draft->designations, draft->designation_count,
                          &designation->subject, designation->update, &place)) {
        const struct designation *there = &draft->designations[place];
        *changed = there->evaluation_data_number != designation->evaluation_data_number
                   || there->listed != designation->listed;
    } else {
        if (!has_room(&draft->designations, draft->designation_count,
                      &draft->designation_room, sizeof *draft->designations,
                      HOLDINGS_DESIGNATIONS_MAX, "designations", err))
            return false;
        open_gap(draft->designations, place, draft->designation_count++,
                 sizeof *draft->designations);
        *changed = true;
    }
    draft->designations[place] = *designation;
    return true;
}

static bool copy_text(struct bytes text, struct bytes *out, struct error *err)
{
    uint8_t *own = malloc(text.len + 1);

    if (own == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a list of %zu bytes",
                         text.len);
    if (text.len > 0)
        memcpy(own, text.at, text.len);
    *out = bytes_of(own, text.len);
    return true;
}

static void free_text(struct bytes text)
{
    free((void *)(uintptr_t)text.at);
}

bool draft_hint(struct draft *draft, const struct hint *hint, bool *changed,
                struct error *err)
{
    struct bytes text;
    size_t place = 0;

    while (place < draft->hint_count
           && strcmp(draft->hints[place].source, hint->source) < 0)
        place++;
    bool is_there = place < draft->hint_count
                    && strcmp(draft->hints[place].source, hint->source) == 0;
    *changed = !is_there || !bytes_equal(draft->hints[place].text, hint->text);
    if (!*changed) {
        draft->hints[place].fetched_s = hint->fetched_s;
        return true;
    }
    if ((!is_there
         && !has_room(&draft->hints, draft->hint_count, &draft->hint_room,
                      sizeof *draft->hints, HOLDINGS_HINTS_MAX, "hints", err))
        || !copy_text(hint->text, &text, err))
        return false;
    if (is_there)
        free_text(draft->hints[place].text);
    else
        open_gap(draft->hints, place, draft->hint_count++, sizeof *draft->hints);
    draft->hints[place] = *hint;
    draft->hints[place].text = text;
    return true;
}

bool draft_init(struct draft *draft, const struct holdings *base, struct error *err)
{
    bool well = true, changed;

    *draft = (struct draft){ 0 };
    if (base == NULL)
        return true;
    for (size_t i = 0; i < base->count && well; i++)
        well = draft_put(draft, &base->entries[i], err);
    for (size_t i = 0; i < base->designation_count && well; i++)
        well = draft_designate(draft, &base->designations[i], &changed, err);
    for (size_t i = 0; i < base->hint_count && well; i++)
        well = draft_hint(draft, &base->hints[i], &changed, err);
    if (!well)
        draft_fini(draft);
    return well;
}

void draft_fini(struct draft *draft)
{
    for (size_t i = 0; i < draft->count; i++)
        verified_release(draft->entries[i].item);
    for (size_t i = 0; i < draft->hint_count; i++)
        free_text(draft->hints[i].text);
    free(draft->entries);
    free(draft->designations);
    free(draft->hints);
    *draft = (struct draft){ 0 };
}

bool draft_finish(struct draft *draft, uint64_t generation, struct holdings **out,
                  struct error *err)
{
    struct counted_holdings *made = malloc(sizeof *made);

    if (made == NULL) {
        draft_fini(draft);
        return error_set(err, ERROR_SYSTEM, "no memory for generation %llu",
                         (unsigned long long)generation);
    }
    made->kept = *draft;
    made->seen = (struct holdings){
        .generation = generation,
        .entries = draft->entries,
        .count = draft->count,
        .designations = draft->designations,
        .designation_count = draft->designation_count,
        .hints = draft->hints,
        .hint_count = draft->hint_count,
    };
    atomic_init(&made->references, 1);
    *draft = (struct draft){ 0 };
    *out = &made->seen;
    return true;
}

/* seen is the first member, so its address is the whole's. */
static struct counted_holdings *counted(const struct holdings *holdings)
{
    return (struct counted_holdings *)(uintptr_t)holdings;
}

struct holdings *holdings_hold(const struct holdings *holdings)
{
    struct counted_holdings *all = counted(holdings);

    atomic_fetch_add_explicit(&all->references, 1, memory_order_relaxed);
    return &all->seen;
}

void holdings_release(struct holdings *holdings)
{
    struct counted_holdings *all = counted(holdings);

    if (holdings == NULL
        || atomic_fetch_sub_explicit(&all->references, 1, memory_order_acq_rel) != 1)
        return;
    draft_fini(&all->kept);
    free(all);
}
