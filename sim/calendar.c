/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/calendar.h"

#include <assert.h>
#include <string.h>

#include "kit/text.h"

void calendar_init(struct calendar *calendar)
{
    *calendar = (struct calendar){ .count = 0 };
    for (int half = 0; half < 2 * (CALENDAR_LAST_YEAR - 2019 + 1); half++) {
        int64_t event_s = 0;
        bool exists = utc_from_civil(2019 + half / 2, half % 2 == 0 ? 5 : 11, 14, 0, 0, 0,
                                     &event_s);
        assert(exists && calendar->count < CALENDAR_EVENTS_MAX);
        (void)exists;
        calendar->events[calendar->count++] = (struct calendar_event){
            .disclosed_s = event_s,
            .standard_s = event_s + CALENDAR_PROMOTION_S,
        };
    }
}

int64_t calendar_event_s(const struct calendar *calendar, unsigned number)
{
    assert(number >= CALENDAR_FIRST && number - CALENDAR_FIRST < calendar->count);
    return calendar->events[number - CALENDAR_FIRST].disclosed_s;
}

unsigned calendar_early(const struct calendar *calendar, int64_t now_s)
{
    unsigned index = 0;

    while (index + 1 < calendar->count
           && calendar->events[index + 1].disclosed_s <= now_s)
        index++;
    return CALENDAR_FIRST + index;
}

unsigned calendar_standard(const struct calendar *calendar, int64_t now_s)
{
    unsigned index = 0;

    while (index + 1 < calendar->count && calendar->events[index + 1].standard_s <= now_s)
        index++;
    return CALENDAR_FIRST + index;
}

unsigned calendar_listed_from(const struct calendar *calendar, int64_t now_s)
{
    unsigned standard = calendar_standard(calendar, now_s);

    return standard > CALENDAR_FIRST ? standard - 1 : standard;
}

bool calendar_disclose(struct calendar *calendar, int64_t now_s)
{
    unsigned place = 0;

    if (calendar->count == CALENDAR_EVENTS_MAX)
        return false;
    while (place < calendar->count && calendar->events[place].disclosed_s <= now_s)
        place++;
    struct calendar_event *event = &calendar->events[place];
    memmove(event + 1, event, (calendar->count - place) * sizeof *event);
    *event = (struct calendar_event){ .disclosed_s = now_s,
                                      .standard_s = now_s + CALENDAR_PROMOTION_S };
    calendar->count++;
    return true;
}

bool calendar_promote(struct calendar *calendar, int64_t now_s)
{
    unsigned standard = calendar_standard(calendar, now_s);

    if (standard >= calendar_early(calendar, now_s))
        return false;
    calendar->events[standard + 1 - CALENDAR_FIRST].standard_s = now_s;
    return true;
}
