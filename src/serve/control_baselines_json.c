/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_baselines_json.h"

#include "baseline/explain.h"
#include "kit/buf.h"
#include "kit/text.h"

enum {
    LINK_MAX = 256,
    CHUNK = 40,
    SAFE_MAX = 16 * 1024
}; /* CHUNK: escaped, it has room in a safe_text */

const enum tee control_tees[2] = { TEE_SGX, TEE_TDX };

void object_put_evaluation_number(struct object *object, const char *name,
                                  uint32_t number)
{
    object_put(object, name, number == 0 ? json_null() : json_integer(number));
}

void object_put_hex(struct object *object, const char *name, const void *at, size_t len)
{
    object_put_text(object, name, hex(at, len).s);
}

void object_put_safe(struct object *object, const char *name, const char *text)
{
    struct buf out;

    buf_init(&out, SAFE_MAX);
    for (struct bytes left = bytes_of_text(text != NULL ? text : ""); left.len > 0;
         left = bytes_after(left, CHUNK))
        buf_add_text(&out, safe(bytes_first(left, CHUNK)).s);
    object_put(object, name, out.failed ? NULL : json_string(buf_text(&out)));
    buf_fini(&out);
}

json_t *advisories_json(const struct bytes *advisories, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        struct object o = object_begin();
        char link[LINK_MAX];
        bool has_link = advisory_link(advisories[i], link, sizeof link);
        object_put_text(&o, "id", safe(advisories[i]).s);
        object_put(&o, "link", has_link ? json_string(link) : json_null());
        json_array_append_new(list, object_end(&o));
    }
    return list;
}

/* ---- where a baseline stands ---------------------------------------------------- */

static void put_window(struct object *o, int64_t earliest_s, int64_t latest_s)
{
    object_put_time(o, "earliest", earliest_s);
    object_put_time(o, "latest", latest_s);
}

/* When this number becomes standard; NULL where nobody can tell. */
static json_t *expected_of(const struct set_shelf *shelf, uint32_t number, int64_t now_s,
                           bool names_it)
{
    struct object o;
    int64_t earliest_s, latest_s;

    if (!sets_promotion_expected(shelf, number, now_s, &earliest_s, &latest_s))
        return json_null();
    o = object_begin();
    if (names_it)
        object_put_number(&o, "number", number);
    put_window(&o, earliest_s, latest_s);
    return object_end(&o);
}

/* The lowest that is held above standard. */
static uint32_t next_number(const struct set_shelf *shelf)
{
    uint32_t next = 0;

    for (size_t i = 0; i < shelf->number_count; i++)
        if (shelf->standard != 0 && shelf->numbers[i].number > shelf->standard)
            next = shelf->numbers[i].number;
    return next;
}

static void put_listed_dates(struct object *o, const struct set_shelf *shelf,
                             uint32_t number)
{
    const struct evaluation_numbers *list = shelf->list;
    int64_t tcb_date_s = 0, recovery_event_s = 0;

    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (list->numbers[i].number == number) {
            tcb_date_s = list->numbers[i].tcb_date_s;
            recovery_event_s = list->numbers[i].recovery_event_s;
        }
    object_put_time(o, "tcb_date", tcb_date_s);
    object_put_time(o, "recovery_event", recovery_event_s);
}

static json_t *effect_json(const struct baseline_effect *effect)
{
    struct object o;

    if (effect->to == 0)
        return json_null();
    o = object_begin();
    object_put_number(&o, "from", effect->from);
    object_put_number(&o, "to", effect->to);
    object_put_number(&o, "counted", (int64_t)effect->counted);
    object_put_number(&o, "demoted", (int64_t)effect->demoted);
    object_put_number(&o, "unknown", (int64_t)effect->unknown);
    return object_end(&o);
}

static struct object stand_begin(const struct baseline_view *view, size_t policy,
                                 enum tee tee)
{
    const struct baseline_stand *stand = baseline_view_stand(view, policy, tee);
    const struct set_shelf *shelf = sets_of(&view->sets, tee);
    const struct baseline_decision *decision = &stand->decision;
    uint32_t number = stand->number;
    struct object o = object_begin();

    object_put_evaluation_number(&o, "number", number);
    object_put_time(&o, "since", stand->state.since_s);
    object_put_evaluation_number(&o, "target", decision->target);
    object_put_text(&o, "reason", baseline_reason_name(decision->reason));
    object_put_safe(&o, "why", decision->why);
    object_put_time(&o, "hold_ends", decision->hold_ends_s);
    object_put_flag(&o, "serves_expired", decision->serves_expired);
    object_put_evaluation_number(&o, "standard", shelf->standard);
    object_put_evaluation_number(&o, "newest_standard", shelf->newest_standard);
    object_put_evaluation_number(&o, "early", shelf->early);
    put_listed_dates(&o, shelf, number);
    object_put(&o, "expected", expected_of(shelf, next_number(shelf), view->now_s, true));
    object_put(&o, "effect", effect_json(&stand->effect));
    return o;
}

/* ---- the numbers that are held -------------------------------------------------- */

static json_t *number_json(const struct set_shelf *shelf, const struct set_number *held,
                           int64_t now_s)
{
    struct object o = object_begin();

    object_put_number(&o, "number", held->number);
    object_put_flag(&o, "whole", held->is_whole);
    object_put_flag(&o, "identity", held->has_identity);
    object_put_number(&o, "fmspcs", (int64_t)held->fmspcs);
    object_put_number(&o, "of", (int64_t)shelf->fmspc_count);
    object_put_time(&o, "ends", held->until_s == INT64_MAX ? 0 : held->until_s);
    object_put_flag(&o, "standard", held->number == shelf->standard);
    object_put_flag(&o, "early", held->number == shelf->early);
    object_put_flag(&o, "listed",
                    shelf->list != NULL
                        && evaluation_numbers_name(shelf->list, held->number));
    object_put_flag(&o, "withdrawn", held->number < shelf->standard);
    object_put(&o, "expected", expected_of(shelf, held->number, now_s, false));
    return object_end(&o);
}

static json_t *numbers_json(const struct set_shelf *shelf, int64_t now_s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < shelf->number_count; i++)
        json_array_append_new(list, number_json(shelf, &shelf->numbers[i], now_s));
    return list;
}

/* A hold may have no day. */
static int64_t end_of(int64_t until_s)
{
    return until_s == HELD_TO_THE_END ? 0 : until_s;
}

static void put_state(struct object *o, const struct baseline_stand *stand)
{
    const struct baseline_state *state = &stand->state;

    object_put_evaluation_number(o, "previous", stand->previous);
    object_put_evaluation_number(o, "noticed", state->noticed);
    object_put_time(o, "noticed_at", state->noticed_s);
    object_put_flag(o, "held", state->held_until_s != 0);
    object_put_time(o, "held_until", end_of(state->held_until_s));
    object_put_evaluation_number(o, "pinned", state->pinned);
    object_put_time(o, "pinned_until", state->pinned_until_s);
    object_put_evaluation_number(o, "rolled_back_from", state->rolled_back_from);
}

/* ---- one, and all ----------------------------------------------------------------- */

static struct object begin(const struct baseline_view *view, size_t policy)
{
    const struct baseline_policy *of = &view->law->policies[policy];
    struct object o = object_begin();

    object_put_text(&o, "name", of->name);
    object_put_flag(&o, "default", policy == view->law->default_policy);
    object_put_text(&o, "follow", of->follow == FOLLOW_EARLY ? "early" : "standard");
    return o;
}

json_t *baseline_json(const struct baseline_view *view, size_t policy)
{
    struct object o = begin(view, policy);

    for (size_t i = 0; i < COUNT_OF(control_tees); i++) {
        struct object stand = stand_begin(view, policy, control_tees[i]);
        object_put(&o, tee_name(control_tees[i]), object_end(&stand));
    }
    return object_end(&o);
}

json_t *baseline_whole_json(const struct baseline_view *view, size_t policy)
{
    struct object o = begin(view, policy);

    for (size_t i = 0; i < COUNT_OF(control_tees); i++) {
        struct object stand = stand_begin(view, policy, control_tees[i]);
        put_state(&stand, &view->stands[policy][i]);
        object_put(&stand, "numbers", numbers_json(&view->sets.of[i], view->now_s));
        object_put(&o, tee_name(control_tees[i]), object_end(&stand));
    }
    object_put(&o, "policy", baseline_policy_json(&view->law->policies[policy]));
    object_put(&o, "rules", baseline_rules_json(view->law, policy));
    return object_end(&o);
}

json_t *baselines_list_json(const struct baseline_view *view)
{
    json_t *list = json_array();

    for (size_t i = 0; i < view->law->count; i++)
        json_array_append_new(list, baseline_json(view, i));
    return list;
}

json_t *baselines_json(const struct baseline_view *view)
{
    struct object o = object_begin();

    object_put_number(&o, "generation", (int64_t)view->holdings->generation);
    object_put_time(&o, "now", view->now_s);
    object_put_evaluation_number(&o, "floor", view->law->floor);
    object_put(&o, "baselines", baselines_list_json(view));
    return object_end(&o);
}

/* ---- history ---------------------------------------------------------------------- */

json_t *baseline_row_json(const struct baseline_row *row)
{
    struct object o = object_begin();
    json_t *effect = json_loads(row->effect, JSON_REJECT_DUPLICATES, NULL);

    object_put_number(&o, "row", row->row);
    object_put_time(&o, "at", row->at_s);
    object_put_number(&o, "generation", (int64_t)row->generation);
    object_put_text(&o, "tee", tee_name((enum tee)row->tee));
    object_put_text(&o, "step", row->step);
    object_put_evaluation_number(&o, "from", row->from);
    object_put_evaluation_number(&o, "to", row->to);
    object_put_time(&o, "until", end_of(row->until_s));
    object_put_number(&o, "days_left", row->days_left);
    object_put_safe(&o, "who", row->who);
    object_put_safe(&o, "why", row->why);
    object_put(&o, "effect", effect != NULL ? effect : json_null());
    return object_end(&o);
}
