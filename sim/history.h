/* SPDX-License-Identifier: Apache-2.0 */
/* What has happened in the synthetic world, and so what its vendor says at a moment: by
 * calendar.h, and by the events ordered while the simulator runs.
 *
 * A moment is always given, never taken from a clock: asked about a moment before an
 * event, history answers as if that had not happened. */
#ifndef THIM_SIM_HISTORY_H
#define THIM_SIM_HISTORY_H

#include "sim/calendar.h"
#include "sim/world.h"

#define HISTORY_EVENTS_MAX 256

struct history {
    struct calendar calendar;
    struct history_event {
        struct world_event event;
        unsigned number; /* of a promotion for one FMSPC */
    } events[HISTORY_EVENTS_MAX];
    size_t count;
};

void history_init(struct history *history);

/* ERROR_LIMIT past HISTORY_EVENTS_MAX, ERROR_FORMAT where nothing is left to promote. */
bool history_add(struct history *history, const struct world_event *event,
                 struct error *err) MUST_CHECK;

/* The standard number, of one FMSPC where it is not NULL. */
unsigned history_standard(const struct history *history, const uint8_t *fmspc,
                          int64_t now_s);

/* When the document asked for was last issued: the newest multiple of every_s, or the
 * newest event that concerns it. */
int64_t history_issue_s(const struct history *history,
                        const struct world_question *question, int64_t every_s,
                        int64_t now_s);

/* Whether the root's CRL names this certificate. */
bool history_is_revoked(const struct history *history, enum world_signer signer,
                        int64_t now_s);

#endif
