/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/diff.h"

#include "format/tcb_levels.h"
#include "kit/text.h"

const char *diff_change_name(enum diff_change change)
{
    static const char *const names[] = {
        [DIFF_ADDED] = "added",
        [DIFF_REMOVED] = "removed",
        [DIFF_CHANGED] = "changed",
    };

    return names[change];
}

struct comparison { /* under way */
    struct arena *arena;
    bool full; /* the arena is */
    struct level_diff *levels;
    struct enclave_diff *enclaves;
    struct set_diff *out;
};

/* ---- advisories ----------------------------------------------------------------- */

struct names { /* a list of advisories, as documents have them or as we gather them */
    const struct bytes *at;
    size_t count;
};

static bool is_among(struct names names, struct bytes name)
{
    for (size_t i = 0; i < names.count; i++)
        if (bytes_equal(names.at[i], name))
            return true;
    return false;
}

/* Those of `of` that `without` does not have. */
static struct names difference(struct comparison *c, struct names of,
                               struct names without)
{
    struct bytes *found = arena_alloc(c->arena, of.count + 1, sizeof *found);
    struct names out = { .at = found };

    if (found == NULL) {
        c->full = true;
        return out;
    }
    for (size_t i = 0; i < of.count; i++)
        if (!is_among(without, of.at[i]) && !is_among(out, of.at[i]))
            found[out.count++] = of.at[i];
    return out;
}

static struct diff_advisories compare_names(struct comparison *c, struct names before,
                                            struct names after)
{
    struct names gained = difference(c, after, before);
    struct names cleared = difference(c, before, after);

    return (struct diff_advisories){ .gained = gained.at,
                                     .cleared = cleared.at,
                                     .gained_count = gained.count,
                                     .cleared_count = cleared.count };
}

static bool is_empty(const struct diff_advisories *advisories)
{
    return advisories->gained_count == 0 && advisories->cleared_count == 0;
}

/* ---- levels of the platform ----------------------------------------------------- */

static struct names names_of(const struct tcb_level *level)
{
    return level == NULL ? (struct names){ 0 }
                         : (struct names){ level->advisories, level->advisory_count };
}

static void note_level(struct comparison *c, const struct tcb_level *before,
                       const struct tcb_level *after)
{
    struct diff_advisories advisories =
        compare_names(c, names_of(before), names_of(after));
    bool stays = before != NULL && after != NULL;

    if (stays && before->status == after->status
        && before->tcb_date_s == after->tcb_date_s && is_empty(&advisories))
        return;
    c->levels[c->out->level_count++] =
        (struct level_diff){ .change = stays            ? DIFF_CHANGED
                                       : before == NULL ? DIFF_ADDED
                                                        : DIFF_REMOVED,
                             .before = before,
                             .after = after,
                             .advisories = advisories };
}

/* Both lists have the order of format/tcb_levels.h. */
static void compare_levels(struct comparison *c)
{
    const struct tcb_info *before = c->out->before, *after = c->out->after;
    size_t b = 0, a = 0;

    while (b < before->level_count || a < after->level_count) {
        int order = b == before->level_count ? 1
                    : a == after->level_count
                        ? -1
                        : tcb_level_order(&before->levels[b], &after->levels[a]);
        note_level(c, order <= 0 ? &before->levels[b] : NULL,
                   order >= 0 ? &after->levels[a] : NULL);
        b += order <= 0;
        a += order >= 0;
    }
}

/* ---- levels of enclaves --------------------------------------------------------- */

struct enclave_levels {
    const struct enclave_tcb_level *at; /* highest ISVSVN first */
    size_t count;
};

static struct names names_of_enclave(const struct enclave_tcb_level *level)
{
    return level == NULL ? (struct names){ 0 }
                         : (struct names){ level->advisories, level->advisory_count };
}

static void note_enclave(struct comparison *c, const struct enclave_diff *whose,
                         const struct enclave_tcb_level *before,
                         const struct enclave_tcb_level *after)
{
    struct enclave_diff diff = *whose;
    bool stays = before != NULL && after != NULL;

    diff.advisories = compare_names(c, names_of_enclave(before), names_of_enclave(after));
    if (stays && before->status == after->status
        && before->tcb_date_s == after->tcb_date_s && is_empty(&diff.advisories))
        return;
    diff.change = stays ? DIFF_CHANGED : before == NULL ? DIFF_ADDED : DIFF_REMOVED;
    diff.before = before;
    diff.after = after;
    c->enclaves[c->out->enclave_count++] = diff;
}

static void compare_enclaves(struct comparison *c, const struct enclave_diff *whose,
                             struct enclave_levels before, struct enclave_levels after)
{
    size_t b = 0, a = 0;

    while (b < before.count || a < after.count) {
        int order = b == before.count  ? 1
                    : a == after.count ? -1
                                       : (before.at[b].isvsvn < after.at[a].isvsvn)
                                             - (before.at[b].isvsvn > after.at[a].isvsvn);
        note_enclave(c, whose, order <= 0 ? &before.at[b] : NULL,
                     order >= 0 ? &after.at[a] : NULL);
        b += order <= 0;
        a += order >= 0;
    }
}

static struct enclave_levels module_levels(const struct tcb_info *info, uint8_t version)
{
    for (size_t i = 0; i < info->module_identity_count; i++)
        if (info->module_identities[i].version == version)
            return (struct enclave_levels){ info->module_identities[i].levels,
                                            info->module_identities[i].level_count };
    return (struct enclave_levels){ 0 };
}

static void compare_modules(struct comparison *c)
{
    for (unsigned version = 0; version <= UINT8_MAX; version++) {
        struct enclave_diff whose = { .enclave = DIFF_TDX_MODULE,
                                      .module = (uint8_t)version };
        compare_enclaves(c, &whose, module_levels(c->out->before, whose.module),
                         module_levels(c->out->after, whose.module));
    }
}

/* ---- the whole ------------------------------------------------------------------ */

/* How many enclave levels a number has, of its QE and of all modules. */
static size_t enclave_count(const struct tcb_info *info,
                            const struct qe_identity *identity)
{
    size_t count = identity == NULL ? 0 : identity->level_count;

    for (size_t i = 0; i < info->module_identity_count; i++)
        count += info->module_identities[i].level_count;
    return count;
}

static void gather(struct names *all, struct bytes *room, struct names more)
{
    for (size_t i = 0; i < more.count; i++)
        if (!is_among(*all, more.at[i]))
            room[all->count++] = more.at[i];
}

static size_t count_names(const struct tcb_info *info, const struct qe_identity *identity)
{
    size_t count = 0;

    for (size_t i = 0; i < info->level_count; i++)
        count += info->levels[i].advisory_count;
    for (size_t i = 0; i < info->module_identity_count; i++)
        for (size_t k = 0; k < info->module_identities[i].level_count; k++)
            count += info->module_identities[i].levels[k].advisory_count;
    for (size_t i = 0; identity != NULL && i < identity->level_count; i++)
        count += identity->levels[i].advisory_count;
    return count;
}

/* Every advisory that a number names anywhere, once. */
static struct names all_names(struct comparison *c, const struct tcb_info *info,
                              const struct qe_identity *identity)
{
    struct bytes *room =
        arena_alloc(c->arena, count_names(info, identity) + 1, sizeof *room);
    struct names all = { .at = room };

    if (room == NULL) {
        c->full = true;
        return all;
    }
    for (size_t i = 0; i < info->level_count; i++)
        gather(&all, room, names_of(&info->levels[i]));
    for (size_t i = 0; i < info->module_identity_count; i++)
        for (size_t k = 0; k < info->module_identities[i].level_count; k++)
            gather(&all, room, names_of_enclave(&info->module_identities[i].levels[k]));
    for (size_t i = 0; identity != NULL && i < identity->level_count; i++)
        gather(&all, room, names_of_enclave(&identity->levels[i]));
    return all;
}

static void compare(struct comparison *c, const struct qe_identity *before,
                    const struct qe_identity *after)
{
    struct set_diff *out = c->out;

    compare_levels(c);
    if (before != NULL && after != NULL)
        compare_enclaves(c, &(struct enclave_diff){ .enclave = DIFF_QE },
                         (struct enclave_levels){ before->levels, before->level_count },
                         (struct enclave_levels){ after->levels, after->level_count });
    compare_modules(c);
    out->advisories = compare_names(c, all_names(c, out->before, before),
                                    all_names(c, out->after, after));
}

static const struct tcb_info *find_tcb_info(const struct sets *sets, enum tee tee,
                                            const uint8_t fmspc[6], uint32_t number,
                                            struct error *err)
{
    const struct set_document *document = sets_tcb_info(sets, tee, fmspc, number);

    if (document == NULL)
        error_set(err, ERROR_NOT_FOUND,
                  "no TCB info of number %u is held for FMSPC %s, TEE %s",
                  (unsigned)number, hex(fmspc, 6).s, tee_name(tee));
    return document == NULL ? NULL : document->tcb_info;
}

bool set_diff_make(const struct sets *sets, enum tee tee, const uint8_t fmspc[6],
                   uint32_t before, uint32_t after, struct arena *arena,
                   struct set_diff *out, struct error *err)
{
    const struct set_document *of_before = sets_identity(sets, tee, before);
    const struct set_document *of_after = sets_identity(sets, tee, after);
    bool has_both = of_before != NULL && of_after != NULL;
    struct comparison c = { .arena = arena, .out = out };

    *out = (struct set_diff){ .has_identities = has_both };
    out->before = find_tcb_info(sets, tee, fmspc, before, err);
    if (out->before == NULL)
        return false;
    out->after = find_tcb_info(sets, tee, fmspc, after, err);
    if (out->after == NULL)
        return false;
    const struct qe_identity *qe_before = has_both ? of_before->identity : NULL;
    const struct qe_identity *qe_after = has_both ? of_after->identity : NULL;
    size_t levels = out->before->level_count + out->after->level_count;
    size_t enclaves =
        enclave_count(out->before, qe_before) + enclave_count(out->after, qe_after);

    out->levels = c.levels = arena_alloc(arena, levels, sizeof *c.levels);
    out->enclaves = c.enclaves = arena_alloc(arena, enclaves + 1, sizeof *c.enclaves);
    c.full = c.levels == NULL || c.enclaves == NULL;
    if (!c.full)
        compare(&c, qe_before, qe_after);
    return !c.full || error_set(err, ERROR_LIMIT, "no room to compare two numbers");
}
