/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/fleet.h"

#include <stdlib.h>

_Static_assert(HOST_TALLIES_MAX <= HOST_GROUPS_MAX, "each tally may become a group");

static enum host_standing standing_of(bool registered, bool is_recent)
{
    if (!registered)
        return HOST_UNCONFIRMED;
    return is_recent ? HOST_COUNTS : HOST_LONG_UNSEEN;
}

static bool no_room(struct error *err)
{
    return error_set(err, ERROR_LIMIT, "known hosts do not fit into what was lent");
}

/* ---- platforms ------------------------------------------------------------------ */

static int compare_list(const void *number, const void *list)
{
    const int64_t *wanted = number;
    const struct tcb_list *found = list;

    return (*wanted > found->tcb_list) - (*wanted < found->tcb_list);
}

static struct host_group group_of(const struct platform_tally *tally,
                                  const struct host_tallies *tallies)
{
    const struct tcb_list *list =
        bsearch(&tally->tcb_list, tallies->lists, tallies->list_count,
                sizeof *tallies->lists, compare_list);
    struct host_group group = {
        .host_class = tally->host_class,
        .raw = tally->raw,
        .has_tdx = tally->has_tdx,
        .tcbms = list == NULL ? NULL : list->tcbms,
        .pck_count = list == NULL ? 0 : list->count,
        .standing = standing_of(tally->registered, tally->is_recent),
        .hosts = tally->platforms,
        .example = tally->example,
    };

    memcpy(group.fmspc, tally->fmspc, sizeof group.fmspc);
    memcpy(group.tee_tcb_svn, tally->tee_tcb_svn, sizeof group.tee_tcb_svn);
    return group;
}

static bool make_groups(const struct host_tallies *tallies, struct arena *arena,
                        struct host_groups *out, struct error *err)
{
    struct host_group *groups =
        arena_alloc(arena, tallies->platform_count + 1, sizeof *groups);

    if (groups == NULL)
        return no_room(err);
    for (size_t i = 0; i < tallies->platform_count; i++)
        groups[i] = group_of(&tallies->platforms[i], tallies);
    out->groups = groups;
    out->count = tallies->platform_count;
    return true;
}

/* ---- chips ---------------------------------------------------------------------- */

static bool make_chip_groups(const struct host_tallies *tallies, struct arena *arena,
                             struct host_groups *out, struct error *err)
{
    struct chip_group *groups =
        arena_alloc(arena, tallies->chip_count + 1, sizeof *groups);

    if (groups == NULL)
        return no_room(err);
    for (size_t i = 0; i < tallies->chip_count; i++) {
        const struct chip_tally *tally = &tallies->chips[i];
        groups[i] = (struct chip_group){
            .product = tally->product,
            .tcb = tally->tcb,
            .standing = standing_of(tally->registered, tally->is_recent),
            .hosts = tally->chips,
            .example = tally->example,
        };
    }
    out->chips = groups;
    out->chip_count = tallies->chip_count;
    return true;
}

/* ---- reading -------------------------------------------------------------------- */

bool fleet_read(const char *state_directory, int64_t now_s, int64_t host_ttl_s,
                struct arena *arena, struct host_groups *out, struct error *err)
{
    struct host_tallies tallies;

    *out = (struct host_groups){ .count = 0 };
    if (!host_tallies_read(state_directory, now_s - host_ttl_s, arena, &tallies, err))
        return false;
    out->left_out = tallies.left_out;
    return make_groups(&tallies, arena, out, err)
           && make_chip_groups(&tallies, arena, out, err);
}

/* ---- members -------------------------------------------------------------------- */

bool fleet_members(const char *state_directory, int64_t now_s, int64_t host_ttl_s,
                   const struct host_group *group, size_t max,
                   void (*visit)(void *context, const struct host_row *row),
                   void *context, struct error *err)
{
    struct platform_tally tally = {
        .host_class = group->host_class,
        .registered = group->standing != HOST_UNCONFIRMED,
        .is_recent = group->standing == HOST_COUNTS,
    };

    return platform_tally_members(state_directory, now_s - host_ttl_s, &tally, max, visit,
                                  context, err);
}

bool fleet_chip_members(const char *state_directory, int64_t now_s, int64_t host_ttl_s,
                        const struct chip_group *group, size_t max,
                        void (*visit)(void *context, const struct host_row *row),
                        void *context, struct error *err)
{
    struct chip_tally tally = {
        .product = group->product,
        .tcb = group->tcb,
        .registered = group->standing != HOST_UNCONFIRMED,
        .is_recent = group->standing == HOST_COUNTS,
    };

    return chip_tally_members(state_directory, now_s - host_ttl_s, &tally, max, visit,
                              context, err);
}
