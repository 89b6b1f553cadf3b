/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding, and having it written down: what the board's thread does. */
#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"
#include "serve/baselines_parts.h"

enum {
    PASSES_MAX = 12,     /* a first number, what is noticed of the next one, ... */
    WEIGHED_FOR_S = 600, /* an effect is computed again after so long: hosts come and go
                            within a generation */
    ROWS_MAX = 2 * BASELINES_MAX * BASELINE_STEPS_MAX,
};

static const enum tee tees[2] = { TEE_SGX, TEE_TDX };

/* ---- writing down ----------------------------------------------------------------- */

struct draft { /* rows on their way to the store, and whose they are */
    struct baseline_row rows[ROWS_MAX];
    struct baseline_step steps[ROWS_MAX];
    struct buf effects[ROWS_MAX];
    size_t count;
};

static void draft_free(struct draft *draft)
{
    if (draft == NULL)
        return;
    for (size_t i = 0; i < draft->count; i++)
        buf_fini(&draft->effects[i]);
    free(draft);
}
DEFINE_OWNED(struct draft *, draft_free)

struct receipt { /* the board's thread waits for it */
    pthread_mutex_t lock;
    pthread_cond_t come;
    bool is_there, well;
    struct error why;
};

static void receive(void *receipt_, const struct error *why)
{
    struct receipt *receipt = receipt_;

    pthread_mutex_lock(&receipt->lock);
    receipt->is_there = true;
    receipt->well = why == NULL;
    if (why != NULL)
        receipt->why = *why;
    pthread_cond_signal(&receipt->come);
    pthread_mutex_unlock(&receipt->lock);
}

static bool write_down(struct baselines *b, const struct draft *draft, struct error *err)
{
    struct receipt receipt = { .lock = PTHREAD_MUTEX_INITIALIZER,
                               .come = PTHREAD_COND_INITIALIZER };

    b->options.keep(b->options.context, draft->rows, draft->count, receive, &receipt);
    pthread_mutex_lock(&receipt.lock);
    while (!receipt.is_there)
        pthread_cond_wait(&receipt.come, &receipt.lock);
    pthread_mutex_unlock(&receipt.lock);
    pthread_cond_destroy(&receipt.come);
    pthread_mutex_destroy(&receipt.lock);
    if (!receipt.well)
        *err = receipt.why;
    return receipt.well;
}

/* What has been written is in force from here on. */
static bool put_in_force(struct baselines *b, const struct draft *draft,
                         struct error *err)
{
    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; i < draft->count; i++)
        board_note(&b->past, draft->rows[i].baseline, (enum tee)draft->rows[i].tee,
                   &draft->steps[i]);
    bool made = board_make_view(b, err);
    pthread_mutex_unlock(&b->lock);
    if (made)
        b->options.changed(b->options.context);
    return made;
}

static bool moves(const struct baseline_step *step)
{
    struct baseline_state state = { .number = step->from };

    baseline_state_apply(&state, step);
    return state.number != step->from;
}

static void add_row(struct draft *draft, const struct baseline_view *view, size_t policy,
                    enum tee tee, const struct baseline_step *step, const char *who,
                    const char *why)
{
    struct buf *effect = &draft->effects[draft->count];

    buf_init(effect, BASELINE_STEP_EFFECT_MAX);
    draft->steps[draft->count] = *step;
    draft->rows[draft->count++] =
        (struct baseline_row){ .generation = view->holdings->generation,
                               .at_s = step->at_s,
                               .baseline = view->law->policies[policy].name,
                               .tee = tee,
                               .step = baseline_step_name(step->kind),
                               .from = step->from,
                               .to = step->to,
                               .moves = moves(step),
                               .until_s = step->until_s,
                               .days_left = step->days_left,
                               .who = who,
                               .why = why,
                               .effect = "" };
}

/* A move is written down with what was known of its effect. Where that cannot be found
 * out the move is made all the same: it has been decided. */
static void add_effects(struct baselines *b, struct draft *draft,
                        const struct baseline_view *view, struct board_fleet *fleet)
{
    for (size_t i = 0; i < draft->count; i++) {
        struct baseline_row *row = &draft->rows[i];
        struct baseline_effect effect;
        struct error err = { 0 };
        size_t policy = baseline_named(view->law, bytes_of_text(row->baseline));
        if (!row->moves || row->from == 0 || row->to == 0 || policy == SIZE_MAX)
            continue;
        if (board_weigh(b, view, fleet, policy, (enum tee)row->tee, row->from, row->to,
                        &effect, &draft->effects[i], &err)
            && !draft->effects[i].failed)
            row->effect = buf_text(&draft->effects[i]);
        else
            log_event(LOG_WARNING, "baseline", "%s moves, effect not known why=\"%s\"",
                      row->baseline, err.text);
    }
}

/* ---- by rule ---------------------------------------------------------------------- */

static void keep_effect(struct baselines *b, const struct baseline_view *view,
                        const char *baseline, enum tee tee,
                        const struct baseline_effect *effect)
{
    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; i < b->past.count; i++)
        if (strcmp(b->past.entries[i].name, baseline) == 0) {
            b->past.entries[i].of[sets_index(tee)].effect = *effect;
            b->past.entries[i].weighed_s[sets_index(tee)] = view->now_s;
            b->past.entries[i].weighed_in[sets_index(tee)] = view->holdings->generation;
        }
    pthread_mutex_unlock(&b->lock);
}

static bool is_weighed(struct baselines *b, const struct baseline_view *view,
                       const char *baseline, enum tee tee,
                       const struct baseline_stand *stand)
{
    int64_t weighed_s = INT64_MIN;
    uint64_t weighed_in = 0;

    if (stand->effect.from != stand->state.number
        || stand->effect.to != stand->decision.target)
        return false;
    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; i < b->past.count; i++)
        if (strcmp(b->past.entries[i].name, baseline) == 0) {
            weighed_s = b->past.entries[i].weighed_s[sets_index(tee)];
            weighed_in = b->past.entries[i].weighed_in[sets_index(tee)];
        }
    pthread_mutex_unlock(&b->lock);
    return weighed_in == view->holdings->generation && weighed_s <= view->now_s
           && view->now_s - weighed_s < WEIGHED_FOR_S;
}

/* Whether it has a number and there is another one to move to. */
static bool has_target(const struct baseline_stand *stand)
{
    return stand->state.number != 0 && stand->decision.target != 0
           && stand->decision.target != stand->state.number;
}

/* True where an effect has been computed, so that there is something to decide anew. */
static bool weigh_targets(struct baselines *b, const struct baseline_view *view,
                          struct board_fleet *fleet)
{
    bool weighed = false;

    for (size_t i = 0; i < view->law->count; i++)
        for (size_t k = 0; k < COUNT_OF(tees); k++) {
            const struct baseline_stand *stand = &view->stands[i][k];
            const char *name = view->law->policies[i].name;
            struct baseline_effect effect;
            struct error err = { 0 };
            if (!has_target(stand) || is_weighed(b, view, name, tees[k], stand))
                continue;
            if (!board_weigh(b, view, fleet, i, tees[k], stand->state.number,
                             stand->decision.target, &effect, NULL, &err)) {
                log_event(LOG_ERROR, "baseline",
                          "%s: effect of %u not known; stays why=\"%s\"", name,
                          stand->decision.target, err.text);
                continue;
            }
            keep_effect(b, view, name, tees[k], &effect);
            weighed = true;
        }
    return weighed;
}

static void collect(const struct baseline_view *view, struct draft *draft)
{
    for (size_t i = 0; i < view->law->count; i++)
        for (size_t k = 0; k < COUNT_OF(tees); k++) {
            const struct baseline_decision *decision = &view->stands[i][k].decision;
            for (size_t n = 0; n < decision->step_count; n++)
                add_row(draft, view, i, tees[k], &decision->steps[n], "rule",
                        decision->why);
        }
}

static void tell(struct baselines *b, const struct baseline_view *view,
                 const struct draft *draft)
{
    for (size_t i = 0; i < draft->count; i++) {
        const struct baseline_row *row = &draft->rows[i];
        size_t policy = baseline_named(view->law, bytes_of_text(row->baseline));
        bool is_alert = draft->steps[i].kind == STEP_ALERTED;
        log_event(is_alert ? LOG_WARNING : LOG_INFO, "baseline",
                  "%s tee=%s step=%s from=%u to=%u who=\"%s\" why=\"%s\"", row->baseline,
                  tee_name((enum tee)row->tee), row->step, row->from, row->to, row->who,
                  row->why);
        if (is_alert && policy != SIZE_MAX)
            board_tell_hold(b, view, policy, (enum tee)row->tee,
                            draft->steps[i].days_left);
    }
}

/* One round: true where something has been weighed or written down, which may lead to
 * more. What is weighed is decided anew in the next one, should nothing have come between
 * that has to be weighed first. */
static bool review_once(struct baselines *b, struct board_fleet *fleet)
{
    OWNED(baseline_view_release) const struct baseline_view *view = baselines_view(b);
    OWNED(draft_free) struct draft *draft = calloc(1, sizeof *draft);
    struct error err = { 0 };

    if (view == NULL || draft == NULL)
        return false;
    if (weigh_targets(b, view, fleet)) {
        if (put_in_force(b, draft, &err)) /* no rows: decides by the new effects */
            return true;
        log_event(LOG_ERROR, "baseline", "not decided anew why=\"%s\"", err.text);
        return false;
    }
    collect(view, draft);
    if (draft->count == 0)
        return false;
    add_effects(b, draft, view, fleet);
    if (!write_down(b, draft, &err) || !put_in_force(b, draft, &err)) {
        log_event(LOG_ERROR, "baseline",
                  "%zu steps not written down; all stays why=\"%s\"", draft->count,
                  err.text);
        return false;
    }
    tell(b, view, draft);
    return true;
}

/* True where the log has not been told of this reason yet. */
static bool is_news(struct baselines *b, const char *baseline, size_t k,
                    enum baseline_reason reason)
{
    bool news = false;

    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; i < b->past.count; i++) {
        struct board_baseline *past = &b->past.entries[i];
        if (strcmp(past->name, baseline) != 0)
            continue;
        news = past->told[k] != reason;
        past->told[k] = reason;
    }
    pthread_mutex_unlock(&b->lock);
    return news;
}

/* A baseline that is not where the operator means it to be: once for each change. */
static void tell_troubles(struct baselines *b, const struct baseline_view *view)
{
    for (size_t i = 0; i < view->law->count; i++)
        for (size_t k = 0; k < COUNT_OF(tees); k++) {
            const struct baseline_decision *decision = &view->stands[i][k].decision;
            const char *name = view->law->policies[i].name;
            bool is_trouble = decision->reason == REASON_PIN_LOST
                              || decision->reason == REASON_REFUSING
                              || decision->reason == REASON_EXPIRED;
            if (is_news(b, name, k, decision->reason) && is_trouble)
                log_event(LOG_WARNING, "baseline", "%s tee=%s reason=%s why=\"%s\"", name,
                          tee_name(tees[k]), baseline_reason_name(decision->reason),
                          decision->why);
        }
}

void board_review(struct baselines *b)
{
    struct board_fleet fleet;

    board_fleet_init(&fleet);
    for (unsigned pass = 0; pass < PASSES_MAX && review_once(b, &fleet); pass++)
        ;
    OWNED(baseline_view_release) const struct baseline_view *view = baselines_view(b);
    if (view != NULL) {
        tell_troubles(b, view);
        board_watch(b, view, &fleet);
    }
    board_fleet_fini(&fleet);
}

/* ---- by hand ---------------------------------------------------------------------- */

/* A TEE that has no number, because nothing of it is held, takes no part in an order that
 * names no TEE. */
static bool draft_order(struct board_order *letter, const struct baseline_view *view,
                        size_t policy, struct draft *draft, struct error *err)
{
    const struct baselines_order *order = &letter->order;

    for (size_t k = 0; k < COUNT_OF(tees); k++) {
        const struct baseline_stand *stand = &view->stands[policy][k];
        struct baseline_step step;
        bool is_meant = (order->tees & (1U << k)) != 0;
        if (!is_meant || (order->tees == 3 && stand->state.number == 0))
            continue;
        if (!baseline_order_check(&order->order, &stand->state, stand->previous,
                                  view->law->floor, tees[k], &view->sets, view->now_s,
                                  &step, err))
            return error_within(err, "baseline %s, %s", letter->baseline,
                                tee_name(tees[k]));
        add_row(draft, view, policy, tees[k], &step, letter->who, letter->why);
    }
    return draft->count > 0
           || error_set(err, ERROR_NOT_FOUND, "baseline %s has no number yet",
                        letter->baseline);
}

static bool obey(struct baselines *b, struct board_order *letter, uint64_t *generation,
                 struct error *err)
{
    OWNED(baseline_view_release) const struct baseline_view *view = baselines_view(b);
    OWNED(draft_free) struct draft *draft = calloc(1, sizeof *draft);
    struct board_fleet fleet;

    if (view == NULL || draft == NULL)
        return error_set(err, ERROR_SYSTEM, "nothing is held yet");
    size_t policy = baseline_named(view->law, bytes_of_text(letter->baseline));
    if (policy == SIZE_MAX)
        return error_set(err, ERROR_NOT_FOUND, "there is no baseline \"%s\"",
                         safe_string(letter->baseline).s);
    if (!draft_order(letter, view, policy, draft, err))
        return false;
    board_fleet_init(&fleet);
    add_effects(b, draft, view, &fleet);
    board_fleet_fini(&fleet);
    if (!write_down(b, draft, err) || !put_in_force(b, draft, err))
        return false;
    tell(b, view, draft);
    OWNED(baseline_view_release) const struct baseline_view *now = baselines_view(b);
    *generation = now->holdings->generation;
    return true;
}

void board_obey(struct baselines *b, struct board_order *letter)
{
    struct error err = { 0 };
    uint64_t generation = 0;
    bool well = obey(b, letter, &generation, &err);

    letter->order.done(letter->order.context, generation, well ? NULL : &err);
}
