/* SPDX-License-Identifier: Apache-2.0 */
#include "store/change.h"

#include <stdio.h>

#include "format/fmspc_list.h"
#include "kit/text.h"

enum { HINT_ARENA_MAX = 4 * 1024 * 1024 };

/* The same bytes under a chain that lasts longer are something new: what is held would
 * run out before its signature does. */
static bool says_the_same(const struct collateral_facts *fresh,
                          const struct collateral_facts *held)
{
    return memcmp(fresh->digest, held->digest, sizeof held->digest) == 0
           && fresh->valid_until_s <= held->valid_until_s;
}

static enum store_outcome compare(const struct store_entry *entry,
                                  const struct holding *held)
{
    if (held == NULL)
        return STORE_ADDED;
    if (says_the_same(verified_facts(entry->item), verified_facts(held->item)))
        return STORE_SAME;
    return verified_may_replace(entry->item, held->item, NULL) ? STORE_REPLACED
                                                               : STORE_OLDER;
}

static bool apply_entry(struct draft *draft, const struct store_entry *entry,
                        enum store_outcome *outcome, bool *is_new, struct error *err)
{
    struct holding *held = draft_find(draft, &verified_facts(entry->item)->key);
    /* a draft takes a reference of its own, so the cast writes to nothing of the entry */
    struct holding fresh = {
        .item = (struct verified_collateral *)(uintptr_t)entry->item,
        .fetched_s = entry->fetched_s,
        .confirmed_s = entry->fetched_s,
    };

    *outcome = compare(entry, held);
    if (*outcome == STORE_SAME)
        held->confirmed_s = entry->fetched_s;
    if (*outcome == STORE_SAME || *outcome == STORE_OLDER)
        return true;
    *is_new = true;
    snprintf(fresh.source, sizeof fresh.source, "%s", entry->source);
    return draft_put(draft, &fresh, err);
}

static bool check_entry(const struct store_entry *entry, bool marked, struct error *err)
{
    const struct collateral_facts *facts = verified_facts(entry->item);

    return facts->root_origin != ROOT_TEST || marked
           || error_set(err, ERROR_UNTRUSTED,
                        "%s is vouched for by a test root, and this store is not marked "
                        "as one of test roots",
                        collateral_key_text(&facts->key).s);
}

static bool check_designation(struct draft *draft, const struct designation *designation,
                              struct error *err)
{
    struct collateral_key key = collateral_subject(&designation->subject);

    if (designation->update != UPDATE_STANDARD && designation->update != UPDATE_EARLY)
        return error_set(err, ERROR_FORMAT, "no such update as %d",
                         (int)designation->update);
    key.evaluation_data_number = designation->evaluation_data_number;
    if (key.evaluation_data_number == 0 || draft_find(draft, &key) == NULL)
        return error_set(err, ERROR_NOT_FOUND, "%s can't be %s: it is not held",
                         collateral_key_text(&key).s, update_name(designation->update));
    return true;
}

static bool apply_designation(struct draft *draft, const struct designation *designation,
                              bool *is_new, struct error *err)
{
    struct designation canonical = *designation;
    bool changed;

    canonical.subject = collateral_subject(&designation->subject);
    if (!check_designation(draft, designation, err)
        || !draft_designate(draft, &canonical, &changed, err))
        return false;
    *is_new = *is_new || changed;
    return true;
}

bool change_check_hint(struct bytes text, struct error *err)
{
    struct fmspc_list list;
    struct arena arena;

    if (text.len > COLLATERAL_BODY_MAX)
        return error_set(err, ERROR_LIMIT, "list of FMSPCs of %zu bytes, at most %d",
                         text.len, COLLATERAL_BODY_MAX);
    arena_init(&arena, HINT_ARENA_MAX);
    bool well = fmspc_list_parse(text, &arena, &list, err);
    arena_fini(&arena);
    return well;
}

static bool apply_hint(struct draft *draft, const struct hint *hint, bool *is_new,
                       struct error *err)
{
    bool changed;

    if (!change_check_hint(hint->text, err) || !draft_hint(draft, hint, &changed, err))
        return error_within(err, "list of %s", safe_string(hint->source).s);
    *is_new = *is_new || changed;
    return true;
}

bool change_apply(struct draft *draft, const struct store_change *change, bool marked,
                  enum store_outcome *outcomes, bool *is_new, struct error *err)
{
    *is_new = false;
    for (size_t i = 0; i < change->dropped_count; i++)
        if (draft_drop(draft, &change->dropped[i]))
            *is_new = true;
    for (size_t i = 0; i < change->entry_count; i++)
        if (!check_entry(&change->entries[i], marked, err)
            || !apply_entry(draft, &change->entries[i], &outcomes[i], is_new, err))
            return false;
    for (size_t i = 0; i < change->designation_count; i++)
        if (!apply_designation(draft, &change->designations[i], is_new, err))
            return false;
    for (size_t i = 0; i < change->hint_count; i++)
        if (!apply_hint(draft, &change->hints[i], is_new, err))
            return false;
    return true;
}
