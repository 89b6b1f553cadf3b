/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/history.h"

void history_init(struct history *history)
{
    calendar_init(&history->calendar);
    history->count = 0;
}

/* ---- adding ---------------------------------------------------------------------- */

static bool promote(struct history *history, const struct world_event *event,
                    unsigned *number)
{
    if (!event->has_fmspc)
        return calendar_promote(&history->calendar, event->now_s);
    *number = history_standard(history, event->fmspc, event->now_s) + 1;
    return *number <= calendar_early(&history->calendar, event->now_s);
}

bool history_add(struct history *history, const struct world_event *event,
                 struct error *err)
{
    unsigned number = 0;

    if (history->count == HISTORY_EVENTS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d events", HISTORY_EVENTS_MAX);
    if (event->kind == WORLD_DISCLOSE
        && !calendar_disclose(&history->calendar, event->now_s))
        return error_set(err, ERROR_LIMIT, "more than %d evaluation data numbers",
                         CALENDAR_EVENTS_MAX);
    if (event->kind == WORLD_PROMOTE && !promote(history, event, &number))
        return error_set(err, ERROR_FORMAT, "standard is early already");
    history->events[history->count++] =
        (struct history_event){ .event = *event, .number = number };
    return true;
}

/* ---- asking ---------------------------------------------------------------------- */

unsigned history_standard(const struct history *history, const uint8_t *fmspc,
                          int64_t now_s)
{
    unsigned standard = calendar_standard(&history->calendar, now_s);

    for (size_t i = 0; fmspc != NULL && i < history->count; i++) {
        const struct world_event *event = &history->events[i].event;
        if (event->kind == WORLD_PROMOTE && event->has_fmspc && event->now_s <= now_s
            && memcmp(event->fmspc, fmspc, FMSPC_LEN) == 0
            && history->events[i].number > standard)
            standard = history->events[i].number;
    }
    return standard;
}

/* Whether an event makes the vendor issue the document asked for anew. */
static bool concerns(const struct world_event *event,
                     const struct world_question *question)
{
    bool is_crl = question->kind == WORLD_PCKCRL || question->kind == WORLD_ROOTCACRL;

    if (event->has_fmspc)
        return question->kind == WORLD_TCB
               && memcmp(event->fmspc, question->fmspc, FMSPC_LEN) == 0;
    switch (event->kind) {
    case WORLD_REVOKE:
        return question->kind == WORLD_ROOTCACRL;
    case WORLD_RESIGN:
        return true;
    default:
        return !is_crl;
    }
}

int64_t history_issue_s(const struct history *history,
                        const struct world_question *question, int64_t every_s,
                        int64_t now_s)
{
    int64_t over = now_s % every_s;
    int64_t issue_s = now_s - (over < 0 ? over + every_s : over);

    for (size_t i = 0; i < history->count; i++) {
        const struct world_event *event = &history->events[i].event;
        if (event->now_s <= now_s && event->now_s > issue_s && concerns(event, question))
            issue_s = event->now_s;
    }
    return issue_s;
}

bool history_is_revoked(const struct history *history, enum world_signer signer,
                        int64_t now_s)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct world_event *event = &history->events[i].event;
        if (event->kind == WORLD_REVOKE && event->signer == signer
            && event->now_s <= now_s)
            return true;
    }
    return false;
}
