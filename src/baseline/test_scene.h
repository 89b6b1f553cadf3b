/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions as scenes: what is held, what was decided before, what a move would do, and
 * what comes of it, in one row of a table. Tests only. */
#ifndef THIM_BASELINE_TEST_SCENE_H
#define THIM_BASELINE_TEST_SCENE_H

#include <stdio.h>

#include "baseline/decide.h"

#include "baseline/test_policy.h"
#include "baseline/test_sets.h"

static const int64_t now_s = 1786665600; /* 2026-08-14 */

/* One decision; days are counted from now. The world holds SGX's numbers 19, 20 and 21
 * for two FMSPCs; 21 is early. */
struct scene {
    const char *name;

    /* the policy, where it is not steady's */
    enum baseline_follow follow;
    int delay, margin;
    unsigned max_demoted;
    bool no_max, is_percent;
    enum baseline_hold_end hold_end;
    int expired_until;
    uint32_t pin;
    int pin_until;

    /* what was decided before */
    uint32_t number, noticed;
    int noticed_at;
    int held_until;
    uint32_t pinned;
    int pinned_until;
    uint32_t rolled_back_from;
    unsigned alerted;

    /* what is held: days left of 19, 20, 21 (0: nothing of it), and what is standard */
    int left[3];
    uint32_t standard;      /* of all but one FMSPC, */
    uint32_t laggard;       /* and of that one; 0: the same */
    uint32_t without_b1[2]; /* numbers of which the second FMSPC has no TCB info, */
    uint32_t ended_b1;      /* and one of which its TCB info ended yesterday */
    uint32_t without_identity;

    /* what a move does; counted 0 and demoted 0: nobody is known */
    bool not_weighed;
    size_t counted, demoted;

    /* what is decided */
    uint32_t gets, target; /* target 0: gets */
    enum baseline_reason reason;
    int ends; /* 0: it does not wait */
    const char *steps;
    bool expired;
    const char *why;
};

static inline void add_number(struct pile *pile, const struct scene *scene,
                              uint32_t number, int64_t until_s)
{
    int64_t from_s = until_s - 30 * DAY_S;
    uint32_t lags = scene->laggard != 0 ? scene->laggard : scene->standard;

    struct set_document *b0 = pile_tcb_info(pile, TEE_SGX, 0xb0, number, from_s, until_s);
    b0->is_standard = number == lags;
    b0->is_early = number == 21;
    if (number != scene->without_b1[0] && number != scene->without_b1[1])
        pile_tcb_info(pile, TEE_SGX, 0xb1, number, from_s,
                      number == scene->ended_b1 ? now_s - 1 : until_s)
            ->is_standard = number == scene->standard;
    if (number != scene->without_identity)
        pile_identity(pile, TEE_SGX, number, from_s, until_s)->is_standard =
            number == scene->standard;
}

static inline struct baseline_policy policy_of(const struct scene *scene)
{
    struct baseline_policy policy = policy_steady();

    if (scene->follow != 0)
        policy.follow = scene->follow;
    if (scene->hold_end != 0)
        policy.hold_end = scene->hold_end;
    if (scene->margin != 0)
        policy.hold_margin_s = scene->margin * DAY_S;
    policy.delay_s = scene->delay * DAY_S;
    policy.has_max_demoted = !scene->no_max;
    policy.max_is_percent = scene->is_percent;
    policy.max_demoted = scene->max_demoted;
    policy.expired.until_s = now_s + scene->expired_until * DAY_S;
    policy.pin.number = scene->pin;
    policy.pin.until_s = now_s + scene->pin_until * DAY_S;
    return policy;
}

static inline struct baseline_state state_of(const struct scene *scene)
{
    return (struct baseline_state){
        .number = scene->number,
        .noticed = scene->noticed,
        .noticed_s = scene->noticed != 0 ? now_s + scene->noticed_at * DAY_S : 0,
        .held_until_s = scene->held_until != 0 ? now_s + scene->held_until * DAY_S : 0,
        .pinned = scene->pinned,
        .pinned_until_s = now_s + scene->pinned_until * DAY_S,
        .rolled_back_from = scene->rolled_back_from,
        .alerted_days = scene->alerted,
    };
}

static inline void steps_text(const struct baseline_decision *decision, char text[128])
{
    int used = 0;

    text[0] = 0;
    for (size_t i = 0; i < decision->step_count; i++) {
        const struct baseline_step *step = &decision->steps[i];
        used += snprintf(text + used, 128 - (size_t)used, "%s%s %u", i > 0 ? ", " : "",
                         baseline_step_name(step->kind),
                         step->kind == STEP_ALERTED ? step->days_left : step->to);
    }
}

static inline void check(const struct scene *scene, const struct baseline_decision *d)
{
    uint32_t target = scene->target != 0 ? scene->target : scene->gets;
    int64_t ends_s = scene->ends != 0 ? now_s + scene->ends * DAY_S : 0;
    char steps[128];

    steps_text(d, steps);
    if (d->number != scene->gets || d->target != target || d->reason != scene->reason
        || d->serves_expired != scene->expired)
        fail_msg("%s: gets %u (target %u), %s%s: %s", scene->name, d->number, d->target,
                 baseline_reason_name(d->reason), d->serves_expired ? ", expired" : "",
                 d->why);
    if (strcmp(steps, scene->steps != NULL ? scene->steps : "") != 0)
        fail_msg("%s: steps \"%s\"", scene->name, steps);
    if (d->hold_ends_s != ends_s)
        fail_msg("%s: ends in %lld days", scene->name,
                 (long long)((d->hold_ends_s - now_s) / DAY_S));
    if (d->alerts != (strstr(steps, "alerted") != NULL))
        fail_msg("%s: alerts", scene->name);
    if (scene->why != NULL && strcmp(d->why, scene->why) != 0)
        fail_msg("%s: \"%s\"", scene->name, d->why);
    if (d->pin_is_lost != (strncmp(d->why, "its pin ", 8) == 0))
        fail_msg("%s: the pin is %s: \"%s\"", scene->name,
                 d->pin_is_lost ? "lost" : "not lost", d->why);
    if (d->why[0] == 0 || strlen(d->why) >= BASELINE_WHY_MAX - 1)
        fail_msg("%s: no sentence, or one that was cut: \"%s\"", scene->name, d->why);
}

static inline void play(const struct scene *scene)
{
    struct pile *pile = test_calloc(1, sizeof *pile);
    struct baseline_policy policy = policy_of(scene);
    struct baseline_state state = state_of(scene);
    struct baseline_decision decision;
    struct arena arena;
    struct sets sets;

    arena_init(&arena, (size_t)1 << 20);
    for (uint32_t i = 0; i < 3; i++)
        if (scene->left[i] != 0)
            add_number(pile, scene, 19 + i, now_s + scene->left[i] * DAY_S);
    pile_sets(pile, now_s, &arena, &sets);
    struct baseline_effect effect = { .from = scene->number,
                                      .to = scene->standard,
                                      .counted = scene->counted,
                                      .demoted = scene->demoted };
    if (scene->follow == FOLLOW_EARLY)
        effect.to = 21;
    if (scene->not_weighed)
        effect.to--;
    baseline_decide(&policy, TEE_SGX, &state, &sets, &effect, now_s, &decision);
    check(scene, &decision);
    arena_fini(&arena);
    test_free(pile);
}

#define PLAY_ALL(scenes)                             \
    for (size_t i_ = 0; i_ < COUNT_OF(scenes); i_++) \
    play(&(scenes)[i_])

#endif
