/* SPDX-License-Identifier: Apache-2.0 */
#include "store/holdings.h"

#include "store/holdings_order.h"

const char *update_name(enum update update)
{
    static const char *const names[] = {
        [UPDATE_STANDARD] = "standard",
        [UPDATE_EARLY] = "early",
    };

    return (size_t)update < COUNT_OF(names) && names[update] != NULL ? names[update]
                                                                     : "unknown";
}

bool holding_place(const struct holding *entries, size_t count,
                   const struct collateral_key *key, size_t *place)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order =
            collateral_key_compare(&verified_facts(entries[middle].item)->key, key);
        if (order == 0) {
            *place = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return false;
}

static int designation_compare(const struct designation *designation,
                               const struct collateral_key *subject, enum update update)
{
    int order = collateral_key_compare(&designation->subject, subject);

    if (order != 0)
        return order;
    return (designation->update > update) - (designation->update < update);
}

bool designation_place(const struct designation *designations, size_t count,
                       const struct collateral_key *subject, enum update update,
                       size_t *place)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = designation_compare(&designations[middle], subject, update);
        if (order == 0) {
            *place = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return false;
}

const struct holding *holdings_find(const struct holdings *holdings,
                                    const struct collateral_key *key)
{
    size_t place;

    return holding_place(holdings->entries, holdings->count, key, &place)
               ? &holdings->entries[place]
               : NULL;
}

const struct holding *holdings_designated(const struct holdings *holdings,
                                          const struct collateral_key *subject,
                                          enum update update)
{
    struct collateral_key key = collateral_subject(subject);
    size_t place;

    if (!designation_place(holdings->designations, holdings->designation_count, &key,
                           update, &place))
        return NULL;
    key.evaluation_data_number = holdings->designations[place].evaluation_data_number;
    return holdings_find(holdings, &key);
}
