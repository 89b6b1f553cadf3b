/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/numbers.h"

#include "upstream/judge.h"

static const struct evaluation_numbers *list_for(const struct number_lists *lists,
                                                 const struct collateral_key *key)
{
    enum tee tee;

    if (!judge_list_tee(key, &tee))
        return NULL;
    return tee == TEE_TDX ? lists->tdx : lists->sgx;
}

/* Has numbers, and is of the version that is asked for. */
static bool is_numbered(const struct collateral_key *key)
{
    return key->kind == COLLATERAL_IDENTITY
           || (key->kind == COLLATERAL_TCB_INFO && key->version == 3);
}

static bool is_designated(const struct holdings *holdings, const struct holding *held)
{
    struct collateral_key subject = collateral_subject(&verified_facts(held->item)->key);

    for (enum update update = UPDATE_STANDARD; update <= UPDATE_EARLY; update++)
        if (holdings_designated(holdings, &subject, update) == held)
            return true;
    return false;
}

/* The designations of one subject: one or two that stand together. */
static size_t count_of_subject(const struct designation *first, size_t left)
{
    size_t count = 1;

    while (count < left
           && collateral_key_compare(&first[count].subject, &first->subject) == 0)
        count++;
    return count;
}

static bool are_designated(const struct designation *designations, size_t count,
                           uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (designations[i].evaluation_data_number == number)
            return true;
    return false;
}

void numbers_visit(const struct holdings *holdings, const struct number_lists *lists,
                   void *context,
                   void (*found)(void *context, const struct collateral_key *key))
{
    for (size_t i = 0; i < holdings->count; i++) {
        const struct holding *held = &holdings->entries[i];
        const struct collateral_key *key = &verified_facts(held->item)->key;
        if (is_numbered(key) && !is_designated(holdings, held))
            found(context, key);
    }
    for (size_t i = 0, count; i < holdings->designation_count; i += count) {
        const struct designation *first = &holdings->designations[i];
        struct collateral_key key = first->subject;
        const struct evaluation_numbers *list = list_for(lists, &key);
        count = count_of_subject(first, holdings->designation_count - i);
        for (size_t k = 0; is_numbered(&key) && list != NULL && k < list->count; k++) {
            key.evaluation_data_number = list->numbers[k].number;
            if (!are_designated(first, count, key.evaluation_data_number)
                && holdings_find(holdings, &key) == NULL)
                found(context, &key);
        }
    }
}

int64_t numbers_interval_s(const struct holdings *holdings,
                           const struct number_lists *lists,
                           const struct collateral_key *key, int64_t interval_s)
{
    const struct evaluation_numbers *list = list_for(lists, key);
    struct collateral_key subject = collateral_subject(key);
    const struct holding *standard =
        holdings_designated(holdings, &subject, UPDATE_STANDARD);

    if (list == NULL || interval_s <= NUMBERS_DAY_S)
        return interval_s;
    if (standard != NULL
        && verified_facts(standard->item)->key.evaluation_data_number
               >= list->numbers[0].number)
        return interval_s;
    return NUMBERS_DAY_S;
}
