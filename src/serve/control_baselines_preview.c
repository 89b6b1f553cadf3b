/* SPDX-License-Identifier: Apache-2.0 */
/* What a move does to the known hosts: asked of the board, with names, as JSON or CSV. */
#include <stdlib.h>

#include "config/config.h"
#include "serve/control_baselines_parts.h"
#include "serve/control_baselines_report.h"
#include "serve/fleet.h"

enum {
    PREVIEW_BYTES_MAX = 512 * 1024 * 1024,
    CSV_BYTES_MAX = 60 * 1024 * 1024, /* what the command takes */
    DAY_S = 86400,
};

struct look { /* one preview under way */
    struct baselines_errand *errand;
    const struct baseline_view *view;
    struct arena arena;
    struct baselines_preview question;
    struct host_groups groups;
    struct preview preview;
    struct preview_report report;
};

/* ---- where it moves to --------------------------------------------------------------
 */

static uint32_t next_of(const struct baseline_stand *stand, uint32_t number,
                        uint32_t early)
{
    uint32_t target = stand->decision.target;

    return target != 0 && target != number ? target : early;
}

/* 0: this TEE is not looked at. */
static uint32_t goal_of(const struct look *look, unsigned k, size_t other)
{
    const struct baselines_ask *ask = &look->errand->ask;
    const struct baseline_view *view = look->view;
    const struct set_shelf *shelf = &view->sets.of[k];
    uint32_t number = view->stands[look->question.policy][k].number;

    if ((ask->tees & (1U << k)) == 0 || number == 0)
        return 0;
    switch (ask->goal) {
    case GOAL_NUMBER:
        return ask->number;
    case GOAL_EARLY:
        return shelf->early;
    case GOAL_STANDARD:
        return shelf->standard;
    case GOAL_BASELINE:
        return view->stands[other][k].number;
    case GOAL_NEXT:
        break;
    }
    return next_of(&view->stands[look->question.policy][k], number, shelf->early);
}

/* A number that is held nowhere would show every host as unknown. */
static bool check_goal(const struct look *look, struct error *err)
{
    const struct baseline_view *view = look->view;
    const uint32_t *to = look->question.to;

    for (unsigned k = 0; k < COUNT_OF(control_tees); k++)
        if (to[k] != 0 && sets_number(&view->sets, control_tees[k], to[k]) != NULL)
            return true;
    return (to[0] == 0 && to[1] == 0)
           || error_set(err, ERROR_NOT_FOUND, "number %u is not held",
                        (unsigned)(to[0] != 0 ? to[0] : to[1]));
}

static bool choose_goals(struct look *look, struct error *err)
{
    const struct baselines_ask *ask = &look->errand->ask;
    struct baselines_preview *question = &look->question;

    question->policy_then = question->policy;
    if (ask->goal == GOAL_BASELINE)
        question->policy_then =
            baseline_named(look->view->law, bytes_of_text(ask->baseline));
    if (question->policy_then == SIZE_MAX)
        return error_set(err, ERROR_NOT_FOUND, "there is no baseline %s to move to",
                         ask->baseline);
    for (unsigned k = 0; k < COUNT_OF(control_tees); k++)
        question->to[k] = goal_of(look, k, question->policy_then);
    question->host_ttl_s = (int64_t)ask->unseen_days * DAY_S;
    return check_goal(look, err);
}

/* ---- who they are ---------------------------------------------------------------------
 */

static void take_name(void *named_, const struct host_row *row)
{
    struct preview_named *named = named_;

    named->hosts[named->count++] = *row;
}

static bool make_room(struct look *look, struct preview_named *out, struct error *err)
{
    *out = (struct preview_named){
        .hosts = arena_alloc(&look->arena, look->errand->ask.names, sizeof *out->hosts),
    };
    return out->hosts != NULL || error_set(err, ERROR_LIMIT, "no room for hosts' names");
}

static bool name_hosts(struct look *look, struct preview_named *named, struct error *err)
{
    const char *directory = look->errand->control->options.config->state_directory;
    const struct preview *preview = &look->preview;
    struct preview_report *report = &look->report;

    for (; report->named_count < PREVIEW_ROWS_NAMED
           && report->named_count < preview->row_count;
         report->named_count++) {
        const struct preview_row *row = &preview->rows[report->named_count];
        struct preview_named *each = &named[report->named_count];
        if (row->change != PREVIEW_FALLS)
            break;
        if (!make_room(look, each, err)
            || !fleet_members(directory, look->view->now_s, report->host_ttl_s,
                              row->group, look->errand->ask.names, take_name, each, err))
            return false;
    }
    report->named = named;
    return true;
}

static bool name_chips(struct look *look, struct preview_named *named, struct error *err)
{
    const char *directory = look->errand->control->options.config->state_directory;
    const struct preview *preview = &look->preview;
    struct preview_report *report = &look->report;

    for (; report->named_chip_count < PREVIEW_ROWS_NAMED
           && report->named_chip_count < preview->chip_row_count;
         report->named_chip_count++) {
        const struct preview_chip_row *row =
            &preview->chip_rows[report->named_chip_count];
        struct preview_named *each = &named[report->named_chip_count];
        if (row->change != PREVIEW_FALLS)
            break;
        if (!make_room(look, each, err)
            || !fleet_chip_members(directory, look->view->now_s, report->host_ttl_s,
                                   row->group, look->errand->ask.names, take_name, each,
                                   err))
            return false;
    }
    report->named_chips = named;
    return true;
}

static bool name_those_that_fall(struct look *look, struct error *err)
{
    struct preview_named *named =
        arena_alloc(&look->arena, 2 * PREVIEW_ROWS_NAMED, sizeof *named);

    if (look->errand->ask.names == 0)
        return true;
    if (named == NULL)
        return error_set(err, ERROR_LIMIT, "no room for hosts' names");
    return name_hosts(look, named, err)
           && name_chips(look, named + PREVIEW_ROWS_NAMED, err);
}

/* ---- the errand
 * ------------------------------------------------------------------------ */

static bool make(struct look *look, struct error *err)
{
    const struct baselines_errand *errand = look->errand;

    if (!baselines_errand_policy(errand, &look->view, &look->question.policy, err)
        || !choose_goals(look, err)
        || !baselines_preview(errand->control->options.baselines, look->view,
                              &look->question, &look->arena, &look->groups,
                              &look->preview, err))
        return false;
    look->report = (struct preview_report){
        .baseline = errand->name,
        .view = look->view,
        .policy_then = &look->view->law->policies[look->question.policy_then],
        .host_ttl_s = look->question.host_ttl_s != 0 ? look->question.host_ttl_s
                                                     : look->view->law->host_ttl_s,
        .groups = &look->groups,
        .preview = &look->preview,
    };
    return name_those_that_fall(look, err);
}

static void tell_csv(struct baselines_errand *errand, const struct preview_report *report)
{
    struct http_header headers[] = { { "Request-ID", errand->wait.id.s },
                                     { "Cache-Control", "no-store" },
                                     { "Content-Type", "text/csv" } };
    struct http_reply *reply = NULL;
    struct buf out;

    buf_init(&out, CSV_BYTES_MAX);
    preview_csv(report, &out);
    if (!out.failed
        && !http_reply_create(200, headers, COUNT_OF(headers), buf_bytes(&out), &reply,
                              NULL))
        reply = NULL;
    buf_fini(&out);
    control_wait_answer(&errand->wait, reply);
    free(errand);
}

void baselines_errand_preview(void *errand_)
{
    struct baselines_errand *errand = errand_;
    struct look look = { .errand = errand };
    struct error err = { 0 };

    arena_init(&look.arena, PREVIEW_BYTES_MAX);
    if (!make(&look, &err))
        baselines_errand_fail(errand, &err);
    else if (errand->ask.as_csv)
        tell_csv(errand, &look.report);
    else
        baselines_errand_tell(errand, preview_json(&look.report));
    arena_fini(&look.arena);
    baseline_view_release(look.view);
}
