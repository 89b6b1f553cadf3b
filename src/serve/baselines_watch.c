/* SPDX-License-Identifier: Apache-2.0 */
/* Early warning: what is to come is told while there is time to do something about it. */
#include "format/json_text.h"
#include "kit/log.h"
#include "kit/text.h"
#include "serve/baselines_parts.h"

enum { ALERT_MAX = 4096 };

static const enum tee tees[2] = { TEE_SGX, TEE_TDX };

void board_watch_fini(struct board_watch *watch)
{
    baseline_view_release(watch->seen);
}

static void send(struct baselines *b, struct buf *text)
{
    if (b->options.alerted != NULL && !text->failed)
        b->options.alerted(b->options.context, buf_bytes(text));
    buf_fini(text);
}

void board_tell_hold(struct baselines *b, const struct baseline_view *view, size_t policy,
                     enum tee tee, unsigned days_left)
{
    const struct baseline_stand *stand = baseline_view_stand(view, policy, tee);
    struct buf text;

    buf_init(&text, ALERT_MAX);
    buf_addf(&text,
             "{\"event\":\"hold_ends\",\"baseline\":\"%s\",\"tee\":\"%s\",\"number\":%u,"
             "\"target\":%u,\"days_left\":%u,\"ends\":\"%s\",\"hosts\":%zu,"
             "\"falls\":%zu,\"why\":",
             view->law->policies[policy].name, tee_name(tee), stand->state.number,
             stand->decision.target, days_left, utc(stand->decision.hold_ends_s).s,
             stand->effect.counted, stand->effect.demoted);
    json_text_write(&text, bytes_of_text(stand->decision.why));
    buf_add_text(&text, "}");
    send(b, &text);
}

/* ---- numbers in sight ------------------------------------------------------------- */

static void warn_of_number(struct baselines *b, const struct baseline_view *view,
                           enum tee tee, const struct baseline_effect *effect)
{
    int64_t earliest_s, latest_s;
    struct buf text;

    buf_init(&text, ALERT_MAX);
    buf_addf(&text,
             "{\"event\":\"falls_ahead\",\"tee\":\"%s\",\"number\":%u,\"target\":%u,"
             "\"hosts\":%zu,\"falls\":%zu",
             tee_name(tee), effect->from, effect->to, effect->counted, effect->demoted);
    if (sets_promotion_expected(sets_of(&view->sets, tee), effect->to, view->now_s,
                                &earliest_s, &latest_s))
        buf_addf(&text, ",\"standard_from\":\"%s\",\"standard_by\":\"%s\"",
                 utc(earliest_s).s, utc(latest_s).s);
    buf_add_text(&text, "}");
    log_event(LOG_WARNING, "baseline",
              "tee=%s %zu of %zu known hosts will fall at number %u; see thim baseline "
              "preview --to %u",
              tee_name(tee), effect->demoted, effect->counted, effect->to, effect->to);
    counter_add(b->watch.falls_ahead, 1);
    send(b, &text);
}

/* Where it was not told of yet, nobody has fallen; where there is no room for another
 * number, all that was told is forgotten. */
static size_t *most_told(struct board_watch *watch, size_t k, uint32_t number)
{
    struct board_warning *warned = watch->warned[k];
    size_t *count = &watch->warned_count[k];

    for (size_t i = 0; i < *count; i++)
        if (warned[i].number == number)
            return &warned[i].hosts;
    if (*count == SET_NUMBERS_MAX)
        *count = 0;
    warned[*count] = (struct board_warning){ .number = number };
    return &warned[(*count)++].hosts;
}

/* Who falls under one number falls under the next as well: of that one only those who
 * are more are told. */
static void look_ahead(struct baselines *b, const struct baseline_view *view,
                       struct board_fleet *fleet, size_t k)
{
    const struct set_shelf *shelf = sets_of(&view->sets, tees[k]);
    size_t policy = view->law->default_policy, fallen = 0;
    uint32_t present = view->stands[policy][k].number;

    for (size_t i = shelf->number_count; i > 0; i--) {
        const struct set_number *next = &shelf->numbers[i - 1];
        struct baseline_effect effect;
        if (next->number <= present || !next->has_identity || present == 0)
            continue;
        if (!board_weigh(b, view, fleet, policy, tees[k], present, next->number, &effect,
                         NULL, NULL))
            return;
        size_t *told = most_told(&b->watch, k, next->number);
        if (effect.demoted > fallen && effect.demoted > *told) {
            warn_of_number(b, view, tees[k], &effect);
            *told = effect.demoted;
        }
        if (effect.demoted > fallen)
            fallen = effect.demoted;
    }
}

/* ---- the same number, signed anew with other levels ------------------------------- */

static bool same_advisories(const struct bytes *a, size_t a_count, const struct bytes *b,
                            size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!bytes_equal(a[i], b[i]))
            return false;
    return true;
}

static bool same_level(const struct tcb_level *a, const struct tcb_level *b)
{
    if (a->pcesvn != b->pcesvn || a->status != b->status)
        return false;
    for (size_t i = 0; i < 16; i++)
        if (a->sgx[i].svn != b->sgx[i].svn || a->tdx[i].svn != b->tdx[i].svn)
            return false;
    return same_advisories(a->advisories, a->advisory_count, b->advisories,
                           b->advisory_count);
}

static bool same_module(const struct tdx_module *a, const struct tdx_module *b)
{
    if (a->version != b->version || a->level_count != b->level_count)
        return false;
    for (size_t i = 0; i < a->level_count; i++) {
        const struct enclave_tcb_level *x = &a->levels[i], *y = &b->levels[i];
        if (x->isvsvn != y->isvsvn || x->status != y->status
            || !same_advisories(x->advisories, x->advisory_count, y->advisories,
                                y->advisory_count))
            return false;
    }
    return true;
}

static bool same_levels(const struct tcb_info *a, const struct tcb_info *b)
{
    if (a->level_count != b->level_count
        || a->module_identity_count != b->module_identity_count)
        return false;
    for (size_t i = 0; i < a->level_count; i++)
        if (!same_level(&a->levels[i], &b->levels[i]))
            return false;
    for (size_t i = 0; i < a->module_identity_count; i++)
        if (!same_module(&a->module_identities[i], &b->module_identities[i]))
            return false;
    return true;
}

static size_t count_falls(const struct host_groups *groups, const struct tcb_info *before,
                          const struct tcb_info *after)
{
    size_t falls = 0;

    for (size_t i = 0; i < groups->count; i++) {
        const struct host_group *group = &groups->groups[i];
        struct tcb_subject subject = { .sgx = group->raw, .has_tdx = group->has_tdx };
        struct tcb_verdict then, now;
        if (group->standing != HOST_COUNTS
            || memcmp(group->fmspc, after->fmspc, sizeof group->fmspc) != 0
            || (after->tee == TEE_TDX && !group->has_tdx))
            continue;
        memcpy(subject.tee_tcb_svn, group->tee_tcb_svn, sizeof subject.tee_tcb_svn);
        tcb_judge(before, NULL, &subject, &then);
        tcb_judge(after, NULL, &subject, &now);
        if (tcb_standing_depth(now.standing) > tcb_standing_depth(then.standing))
            falls += group->hosts;
    }
    return falls;
}

static void warn_of_resigned(struct baselines *b, const struct set_document *document,
                             size_t falls)
{
    struct buf text;

    buf_init(&text, ALERT_MAX);
    buf_addf(&text,
             "{\"event\":\"levels_changed\",\"tee\":\"%s\",\"fmspc\":\"%s\","
             "\"number\":%u,\"falls\":%zu}",
             tee_name(document->tee), hex(document->fmspc, 6).s, document->number, falls);
    log_event(LOG_WARNING, "baseline",
              "tee=%s fmspc=%s number=%u was signed anew with other levels; %zu known "
              "hosts fall",
              tee_name(document->tee), hex(document->fmspc, 6).s, document->number,
              falls);
    counter_add(b->watch.levels_changed, 1);
    send(b, &text);
}

static void look_at_resigned(struct baselines *b, const struct baseline_view *view,
                             struct board_fleet *fleet)
{
    const struct sets *before = &b->watch.seen->sets;

    for (size_t i = 0; i < view->sets.count; i++) {
        const struct set_document *now = &view->sets.documents[i];
        const struct set_document *then =
            now->is_identity ? NULL
                             : sets_tcb_info(before, now->tee, now->fmspc, now->number);
        if (then == NULL || then->tcb_info == now->tcb_info
            || same_levels(then->tcb_info, now->tcb_info))
            continue;
        if (!board_fleet_read(b, view, fleet, NULL))
            return;
        size_t falls = count_falls(&fleet->groups, then->tcb_info, now->tcb_info);
        if (falls > 0)
            warn_of_resigned(b, now, falls);
        else
            log_event(LOG_INFO, "baseline",
                      "tee=%s fmspc=%s number=%u was signed anew with other levels; no "
                      "known host falls",
                      tee_name(now->tee), hex(now->fmspc, 6).s, now->number);
    }
}

/* ---- pins that are lost -------------------------------------------------------------
 */

static bool was_lost(const struct baseline_view *seen, const char *baseline, size_t k)
{
    size_t policy =
        seen == NULL ? SIZE_MAX : baseline_named(seen->law, bytes_of_text(baseline));

    return policy != SIZE_MAX && seen->stands[policy][k].decision.pin_is_lost;
}

/* Of each when it comes to be so, and when the service starts. */
static void look_at_pins(const struct baseline_view *seen,
                         const struct baseline_view *view)
{
    for (size_t i = 0; i < view->law->count; i++)
        for (size_t k = 0; k < COUNT_OF(tees); k++) {
            const struct baseline_decision *decision = &view->stands[i][k].decision;
            const char *name = view->law->policies[i].name;
            if (decision->pin_is_lost && !was_lost(seen, name, k))
                log_event(LOG_WARNING, "baseline",
                          "%s tee=%s has lost its pin why=\"%s\"", name,
                          tee_name(tees[k]), decision->why);
        }
}

void board_watch(struct baselines *b, const struct baseline_view *view,
                 struct board_fleet *fleet)
{
    const struct baseline_view *seen = b->watch.seen;
    bool is_new = seen == NULL || seen->holdings != view->holdings;

    if (seen != NULL && is_new)
        look_at_resigned(b, view, fleet);
    if (is_new || fleet->is_read)
        for (size_t k = 0; k < COUNT_OF(tees); k++)
            look_ahead(b, view, fleet, k);
    look_at_pins(seen, view);
    baseline_view_release(seen);
    b->watch.seen = baseline_view_hold(view);
}
