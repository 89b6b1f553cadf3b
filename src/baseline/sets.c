/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/sets.h"

#include <stdlib.h>

enum { FUTURE_S = 300 }; /* clocks may be ahead of ours by this much */

static bool in_date(const struct set_document *document, int64_t now_s)
{
    return document->from_s <= now_s + FUTURE_S && now_s <= document->until_s;
}

/* ---- documents in their order --------------------------------------------------- */

static int document_order(const void *a_, const void *b_)
{
    const struct set_document *a = a_, *b = b_;

    if (a->tee != b->tee)
        return a->tee < b->tee ? -1 : 1;
    if (a->is_identity != b->is_identity)
        return a->is_identity ? 1 : -1;
    int by_fmspc = memcmp(a->fmspc, b->fmspc, sizeof a->fmspc);
    if (by_fmspc != 0)
        return by_fmspc;
    return (a->number > b->number) - (a->number < b->number);
}

static const struct set_document *find(const struct sets *sets,
                                       const struct set_document *wanted)
{
    if (sets->count == 0)
        return NULL;
    return bsearch(wanted, sets->documents, sets->count, sizeof *wanted, document_order);
}

const struct set_document *sets_tcb_info(const struct sets *sets, enum tee tee,
                                         const uint8_t fmspc[6], uint32_t number)
{
    struct set_document wanted = { .tee = tee, .number = number };

    memcpy(wanted.fmspc, fmspc, sizeof wanted.fmspc);
    return find(sets, &wanted);
}

const struct set_document *sets_identity(const struct sets *sets, enum tee tee,
                                         uint32_t number)
{
    struct set_document wanted = { .tee = tee, .is_identity = true, .number = number };

    return find(sets, &wanted);
}

bool sets_tcb_info_in_date(const struct sets *sets, enum tee tee, const uint8_t fmspc[6],
                           int64_t now_s)
{
    const struct set_shelf *shelf = sets_of(sets, tee);

    for (size_t i = 0; i < shelf->number_count; i++) {
        const struct set_document *document =
            sets_tcb_info(sets, tee, fmspc, shelf->numbers[i].number);
        if (document != NULL && in_date(document, now_s))
            return true;
    }
    return false;
}

/* ---- the shelf of a TEE --------------------------------------------------------- */

/* The place of a number among the shelf's; number_count where it is not there. */
static size_t place_of(const struct set_shelf *shelf, uint32_t number)
{
    size_t at = 0;

    while (at < shelf->number_count && shelf->numbers[at].number != number)
        at++;
    return at;
}

/* At its place from the highest down; where the shelf is full the lowest gives way. */
static void shelf_add_number(struct set_shelf *shelf, uint32_t number)
{
    size_t at = 0;

    while (at < shelf->number_count && shelf->numbers[at].number > number)
        at++;
    if (at == SET_NUMBERS_MAX
        || (at < shelf->number_count && shelf->numbers[at].number == number))
        return;
    if (shelf->number_count < SET_NUMBERS_MAX)
        shelf->number_count++;
    memmove(&shelf->numbers[at + 1], &shelf->numbers[at],
            (shelf->number_count - 1 - at) * sizeof shelf->numbers[0]);
    shelf->numbers[at] = (struct set_number){ .number = number, .until_s = INT64_MAX };
}

static void shelf_count(struct set_shelf *shelf, const struct set_document *document,
                        int64_t now_s)
{
    size_t at = place_of(shelf, document->number);

    if (at == shelf->number_count)
        return;
    struct set_number *number = &shelf->numbers[at];
    number->ended += document->until_s < now_s;
    if (!in_date(document, now_s))
        return;
    if (document->is_identity)
        number->has_identity = true;
    else
        number->fmspcs++;
    if (document->until_s < number->until_s)
        number->until_s = document->until_s;
}

static uint32_t lower(uint32_t known, uint32_t number)
{
    return known == 0 || number < known ? number : known;
}

static void shelf_mark(struct set_shelf *shelf, const struct set_document *document)
{
    if (document->is_early)
        shelf->early = lower(shelf->early, document->number);
    if (!document->is_standard)
        return;
    shelf->standard = lower(shelf->standard, document->number);
    if (document->number > shelf->newest_standard)
        shelf->newest_standard = document->number;
}

static bool has_subject(const struct set_document *document,
                        const struct set_document *first)
{
    return document->is_identity == first->is_identity
           && memcmp(document->fmspc, first->fmspc, sizeof first->fmspc) == 0;
}

/* What of one subject (an FMSPC, or the identity) is in date makes it count: it is in
 * use, and its designations are. */
static void shelf_add_subject(struct set_shelf *shelf,
                              const struct set_document *documents, size_t count,
                              int64_t now_s)
{
    bool lives = false;

    for (size_t i = 0; i < count; i++)
        lives |= in_date(&documents[i], now_s);
    if (!lives)
        return;
    shelf->fmspc_count += !documents[0].is_identity;
    for (size_t i = 0; i < count; i++)
        shelf_mark(shelf, &documents[i]);
}

/* documents: all of one TEE, in their order. */
static void shelf_fill(struct set_shelf *shelf, const struct set_document *documents,
                       size_t count, int64_t now_s)
{
    size_t end;

    for (size_t i = 0; i < count; i++)
        shelf_add_number(shelf, documents[i].number);
    for (size_t i = 0; i < count; i++)
        shelf_count(shelf, &documents[i], now_s);
    for (size_t at = 0; at < count; at = end) {
        end = at + 1;
        while (end < count && has_subject(&documents[end], &documents[at]))
            end++;
        shelf_add_subject(shelf, documents + at, end - at, now_s);
    }
    for (size_t i = 0; i < shelf->number_count; i++) {
        struct set_number *number = &shelf->numbers[i];
        number->is_whole = number->has_identity && number->fmspcs > 0
                           && number->fmspcs == shelf->fmspc_count;
    }
}

bool sets_make(const struct set_document *documents, size_t count,
               const struct evaluation_numbers *const lists[2], int64_t now_s,
               struct arena *arena, struct sets *out, struct error *err)
{
    *out = (struct sets){ .count = count };
    out->of[sets_index(TEE_SGX)].list = lists[sets_index(TEE_SGX)];
    out->of[sets_index(TEE_TDX)].list = lists[sets_index(TEE_TDX)];
    if (count == 0)
        return true;
    struct set_document *own = arena_alloc(arena, count, sizeof *own);
    if (own == NULL)
        return error_set(err, ERROR_LIMIT, "%zu documents do not fit into %zu bytes",
                         count, arena->ceiling);
    memcpy(own, documents, count * sizeof *own);
    qsort(own, count, sizeof *own, document_order);
    out->documents = own;
    size_t of_sgx = 0;
    while (of_sgx < count && own[of_sgx].tee == TEE_SGX)
        of_sgx++;
    shelf_fill(&out->of[sets_index(TEE_SGX)], own, of_sgx, now_s);
    shelf_fill(&out->of[sets_index(TEE_TDX)], own + of_sgx, count - of_sgx, now_s);
    return true;
}

const struct set_number *sets_number(const struct sets *sets, enum tee tee,
                                     uint32_t number)
{
    const struct set_shelf *shelf = sets_of(sets, tee);
    size_t at = place_of(shelf, number);

    return at < shelf->number_count ? &shelf->numbers[at] : NULL;
}

/* ---- what is expected ----------------------------------------------------------- */

static const struct evaluation_number *listed(const struct evaluation_numbers *list,
                                              uint32_t number)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->numbers[i].number == number)
            return &list->numbers[i];
    return NULL;
}

/* The lowest one above a number; the list stands highest first. */
static const struct evaluation_number *listed_after(const struct evaluation_numbers *list,
                                                    uint32_t number)
{
    const struct evaluation_number *next = NULL;

    for (size_t i = 0; i < list->count && list->numbers[i].number > number; i++)
        next = &list->numbers[i];
    return next;
}

bool sets_promotion_expected(const struct set_shelf *shelf, uint32_t number,
                             int64_t now_s, int64_t *earliest_s, int64_t *latest_s)
{
    uint32_t standard = shelf->newest_standard;

    if (shelf->list == NULL || standard == 0 || number <= standard)
        return false;
    const struct evaluation_number *present = listed(shelf->list, standard),
                                   *next = listed_after(shelf->list, standard),
                                   *wanted = listed(shelf->list, number);
    if (present == NULL || next == NULL || wanted == NULL)
        return false;
    /* from the event to standard it takes longer than the next one has waited by now, and
       no longer than has passed since the present one's event */
    int64_t least_s = now_s - next->recovery_event_s,
            most_s = now_s - present->recovery_event_s;
    *earliest_s = wanted->recovery_event_s + least_s;
    if (*earliest_s < now_s)
        *earliest_s = now_s;
    *latest_s = wanted->recovery_event_s + most_s;
    if (*latest_s < *earliest_s)
        *latest_s = *earliest_s;
    return true;
}
