/* SPDX-License-Identifier: Apache-2.0 */
/* What a move does to the known hosts. */
#include "format/json_text.h"
#include "kit/text.h"
#include "serve/baselines_parts.h"
#include "serve/fleet.h"

enum { ROWS_TOLD = 64 };

void board_fleet_init(struct board_fleet *fleet)
{
    *fleet = (struct board_fleet){ .is_read = false };
    arena_init(&fleet->arena, BOARD_FLEET_BYTES_MAX);
}

void board_fleet_fini(struct board_fleet *fleet)
{
    arena_fini(&fleet->arena);
}

bool board_fleet_read(struct baselines *b, const struct baseline_view *view,
                      struct board_fleet *fleet, struct error *err)
{
    if (!fleet->is_read && fleet->why.kind == ERROR_NONE)
        fleet->is_read =
            fleet_read(b->options.state_directory, view->now_s, view->law->host_ttl_s,
                       &fleet->arena, &fleet->groups, &fleet->why);
    if (!fleet->is_read && err != NULL)
        *err = fleet->why;
    return fleet->is_read;
}

struct weigher {
    struct denials *denials;
    int64_t now_s;
};

/* By what a whole group has in common; who is denied by name is one among its hosts. */
static bool is_denied(void *context, const struct host_group *group)
{
    const struct weigher *weigher = context;
    struct deny_subject subject = { .fmspc = bytes_of(group->fmspc, 6) };

    return denials_look(weigher->denials, &subject, weigher->now_s).is_denied;
}

/* The preview's result as the history keeps it: the sums, and who falls by what. */
static void write_effect(struct buf *out, const struct baseline_effect *effect,
                         const struct preview *preview, enum tee tee)
{
    const struct preview_totals *sums = &preview->by_tee[sets_index(tee)];
    size_t told = 0;

    buf_addf(out,
             "{\"from\":%u,\"to\":%u,\"hosts\":%zu,\"falls\":%zu,\"rises\":%zu,"
             "\"unknown\":%zu,\"unconfirmed\":%zu,\"unconfirmed_falls\":%zu,"
             "\"long_unseen\":%zu,\"falling\":[",
             effect->from, effect->to, sums->hosts, sums->falls, sums->rises,
             sums->unknown, sums->unconfirmed, sums->unconfirmed_falls,
             sums->long_unseen);
    for (size_t i = 0; i < preview->row_count && told < ROWS_TOLD; i++) {
        const struct preview_row *row = &preview->rows[i];
        if (row->change != PREVIEW_FALLS || row->group->standing != HOST_COUNTS)
            continue;
        buf_addf(out, "%s{\"fmspc\":\"%s\",\"hosts\":%zu,\"now\":\"%s\",\"then\":\"%s\"",
                 told++ > 0 ? "," : "", hex(row->group->fmspc, 6).s, row->group->hosts,
                 tcb_standing_name(row->now.standing),
                 tcb_standing_name(row->then.standing));
        if (row->short_of.place < TCB_PLACES)
            buf_addf(out, ",\"component\":\"%s\",\"have\":%u,\"need\":%u",
                     row->place.name, row->short_of.have, row->short_of.need);
        buf_add_text(out, "}");
    }
    buf_add_text(out, "]}");
}

bool board_weigh(struct baselines *b, const struct baseline_view *view,
                 struct board_fleet *fleet, size_t policy, enum tee tee, uint32_t from,
                 uint32_t to, struct baseline_effect *out, struct buf *text,
                 struct error *err)
{
    struct preview_question question = { .sets = &view->sets };
    struct preview preview;
    struct arena arena;

    if (!board_fleet_read(b, view, fleet, err))
        return false;
    question.groups = &fleet->groups;
    question.from[sets_index(tee)] = from;
    question.to[sets_index(tee)] = to;
    question.policy_now = question.policy_then = &view->law->policies[policy];
    arena_init(&arena, BOARD_FLEET_BYTES_MAX);
    bool made = preview_make(&question, &arena, &preview, err);
    if (made) {
        const struct preview_totals *sums = &preview.by_tee[sets_index(tee)];
        *out = (struct baseline_effect){ .from = from,
                                         .to = to,
                                         .counted = sums->hosts,
                                         .demoted = sums->falls,
                                         .unknown = sums->unknown };
        if (text != NULL)
            write_effect(text, out, &preview, tee);
    }
    arena_fini(&arena);
    return made;
}

bool baselines_preview(struct baselines *b, const struct baseline_view *view,
                       const struct baselines_preview *asked, struct arena *arena,
                       struct host_groups *groups, struct preview *out, struct error *err)
{
    struct weigher weigher = { .denials = b->options.denials, .now_s = view->now_s };
    struct preview_question question = {
        .sets = &view->sets,
        .groups = groups,
        .policy_now = &view->law->policies[asked->policy],
        .policy_then = &view->law->policies[asked->policy_then],
        .is_denied = is_denied,
        .context = &weigher,
    };

    for (unsigned k = 0; k < 2; k++) {
        if (asked->to[k] == 0)
            continue;
        question.from[k] = view->stands[asked->policy][k].number;
        question.to[k] = asked->to[k];
    }
    return fleet_read(b->options.state_directory, view->now_s,
                      asked->host_ttl_s != 0 ? asked->host_ttl_s : view->law->host_ttl_s,
                      arena, groups, err)
           && preview_make(&question, arena, out, err);
}
