/* SPDX-License-Identifier: Apache-2.0 */
/* Sets for tests, put together document by document. Tests only. */
#ifndef THIM_BASELINE_TEST_SETS_H
#define THIM_BASELINE_TEST_SETS_H

#include "baseline/sets.h"
#include "kit/test.h"

#define DAY_S ((int64_t)86400)
enum { PILE_MAX = 512 };

struct pile { /* of documents, and the lists beside them */
    struct set_document documents[PILE_MAX];
    size_t count;
    struct evaluation_numbers lists[2];
};

static inline struct set_document *pile_add(struct pile *pile, enum tee tee,
                                            bool is_identity, uint8_t fmspc,
                                            uint32_t number)
{
    assert_true(pile->count < PILE_MAX);
    struct set_document *document = &pile->documents[pile->count++];

    *document = (struct set_document){
        .tee = tee, .is_identity = is_identity, .fmspc = { fmspc }, .number = number
    };
    return document;
}

/* FMSPC `fmspc`0000000000. */
static inline struct set_document *pile_tcb_info(struct pile *pile, enum tee tee,
                                                 uint8_t fmspc, uint32_t number,
                                                 int64_t from_s, int64_t until_s)
{
    struct set_document *document = pile_add(pile, tee, false, fmspc, number);

    document->from_s = from_s;
    document->until_s = until_s;
    return document;
}

static inline struct set_document *pile_identity(struct pile *pile, enum tee tee,
                                                 uint32_t number, int64_t from_s,
                                                 int64_t until_s)
{
    struct set_document *document = pile_add(pile, tee, true, 0, number);

    document->from_s = from_s;
    document->until_s = until_s;
    return document;
}

/* Highest number first. */
static inline void pile_list(struct pile *pile, enum tee tee, uint32_t number,
                             int64_t recovery_event_s)
{
    struct evaluation_numbers *list = &pile->lists[sets_index(tee)];

    list->tee = tee;
    list->numbers[list->count++] =
        (struct evaluation_number){ .number = number,
                                    .recovery_event_s = recovery_event_s };
}

static inline void pile_sets(const struct pile *pile, int64_t now_s, struct arena *arena,
                             struct sets *out)
{
    const struct evaluation_numbers *const lists[] = {
        pile->lists[0].count > 0 ? &pile->lists[0] : NULL,
        pile->lists[1].count > 0 ? &pile->lists[1] : NULL,
    };
    struct error err = { 0 };

    assert_ok(sets_make(pile->documents, pile->count, lists, now_s, arena, out, &err),
              err);
}

#endif
