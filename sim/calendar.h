/* SPDX-License-Identifier: Apache-2.0 */
/* The synthetic world's TCB recovery events: when a number is disclosed, when promoted.
 *
 * By itself there are two events a year, on 14 May and 14 November from 2019 on; each has
 * its evaluation data number, the first 5. A number is `early` from its disclosure and
 * `standard` once 365 days have passed, as Intel has done it (2025-05 event, standard in
 * 2026-08; here the year is exact so that scenarios can be computed by hand). Events
 * ordered while the simulator runs are put between: a disclosure takes the next number,
 * and those that come later by themselves move up by one. */
#ifndef THIM_SIM_CALENDAR_H
#define THIM_SIM_CALENDAR_H

#include "kit/base.h"

#define CALENDAR_FIRST 5 /* the number of 2019-05-14 */
#define CALENDAR_LAST_YEAR 2060
#define CALENDAR_EVENTS_MAX 160
#define CALENDAR_PROMOTION_S ((int64_t)365 * 86400)

struct calendar {
    struct calendar_event {
        int64_t disclosed_s;       /* tcbRecoveryEventDate */
        int64_t standard_s;        /* when it becomes standard */
    } events[CALENDAR_EVENTS_MAX]; /* by disclosed_s; the number is FIRST + index */
    unsigned count;
};

void calendar_init(struct calendar *calendar);

/* tcbRecoveryEventDate of a number that the calendar has. */
int64_t calendar_event_s(const struct calendar *calendar, unsigned number);

/* The newest number disclosed by now; CALENDAR_FIRST before all events. */
unsigned calendar_early(const struct calendar *calendar, int64_t now_s);

/* The newest number that is standard by now. */
unsigned calendar_standard(const struct calendar *calendar, int64_t now_s);

/* The lowest number the signed list names: one below standard, already retired. */
unsigned calendar_listed_from(const struct calendar *calendar, int64_t now_s);

/* Discloses the next number at now. False where there is no room for more. */
bool calendar_disclose(struct calendar *calendar, int64_t now_s) MUST_CHECK;

/* Makes the number after standard the standard at now. False where standard is early. */
bool calendar_promote(struct calendar *calendar, int64_t now_s) MUST_CHECK;

#endif
