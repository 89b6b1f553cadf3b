/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up vendor's four years: an event every half year, whose number is signed at once
 * as early and becomes standard a year later, for one FMSPC a day before the other and
 * for the identity between them; what is below standard is signed no more, and what was
 * signed lasts thirty days. One FMSPC is given up: its last number is 16. Tests only. */
#ifndef THIM_BASELINE_TEST_CALENDAR_H
#define THIM_BASELINE_TEST_CALENDAR_H

#include "baseline/test_sets.h"

enum {
    CALENDAR_DAYS = 4 * 365,
    CALENDAR_FIRST = 14, /* the number that is standard on the first day */
    HALF_YEAR = 182,
    VALID_DAYS = 30,
    SUBJECTS = 4, /* 1 is the identity, the others are FMSPCs, */
    GIVEN_UP = 3, /* of which this one is given up */
    GIVEN_UP_AT = 16,
};
#define CALENDAR_START_S ((int64_t)1704067200) /* 2024-01-01 */

/* The day on which a number becomes standard for a subject. */
static inline int calendar_standard_day(uint32_t number, unsigned subject)
{
    return ((int)number - CALENDAR_FIRST) * HALF_YEAR + (int)subject % 3;
}

/* The last day, up to today, on which the vendor signed a number for a subject; -1: it
 * has not yet. In the last week of each year nobody reaches it. */
static inline int calendar_signed_day(uint32_t number, unsigned subject, int today)
{
    int first = calendar_standard_day(number, 0) - 2 * HALF_YEAR;
    int last = calendar_standard_day(number + 1, subject) - 1;
    int day = today % 365 >= 358 ? today - today % 365 + 357 : today;

    if (subject == GIVEN_UP && number > GIVEN_UP_AT)
        return -1;
    if (day > last)
        day = last;
    return day >= first ? day : -1;
}

static inline uint32_t calendar_standard(unsigned subject, int today)
{
    uint32_t number = CALENDAR_FIRST;
    int day = today % 365 >= 358 ? today - today % 365 + 357 : today;

    while (calendar_standard_day(number + 1, subject) <= day)
        number++;
    return subject == GIVEN_UP && number > GIVEN_UP_AT ? GIVEN_UP_AT : number;
}

static inline void calendar_add(struct pile *pile, uint32_t number, unsigned subject,
                                int today)
{
    int day = calendar_signed_day(number, subject, today);
    int64_t from_s = CALENDAR_START_S + day * DAY_S;
    int64_t until_s = from_s + VALID_DAYS * DAY_S;

    if (day < 0 || today - day > 2 * VALID_DAYS) /* swept up */
        return;
    struct set_document *document =
        subject == 1 ? pile_identity(pile, TEE_SGX, number, from_s, until_s)
                     : pile_tcb_info(pile, TEE_SGX, (uint8_t)(0xb0 + subject), number,
                                     from_s, until_s);
    document->is_standard = number == calendar_standard(subject, today);
    document->is_early = number == CALENDAR_FIRST + 2 + (uint32_t)(day / HALF_YEAR);
}

/* What is held on a day. */
static inline void calendar_pile(struct pile *pile, int today)
{
    pile->count = 0;
    for (uint32_t number = CALENDAR_FIRST - 1; number < CALENDAR_FIRST + 12; number++)
        for (unsigned subject = 0; subject < SUBJECTS; subject++)
            calendar_add(pile, number, subject, today);
}

#endif
