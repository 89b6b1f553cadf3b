/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_explain_json.h"

#include "kit/text.h"
#include "serve/control_baselines_json.h"

/* ---- who -------------------------------------------------------------------------- */

static void put_svns(struct object *o, const char *name, bool is_there,
                     const uint8_t svns[16])
{
    object_put(o, name, is_there ? json_string(hex(svns, 16).s) : json_null());
}

static void put_platform(struct object *o, const struct explain_subject *subject)
{
    const uint8_t pce_id[] = { (uint8_t)subject->name.pce_id,
                               (uint8_t)(subject->name.pce_id >> 8) };

    object_put_text(o, "qe_id", subject->name.qe_id);
    object_put_hex(o, "pce_id", pce_id, sizeof pce_id);
    object_put_flag(o, "confirmed", subject->is_confirmed);
    object_put_time(o, "last_seen", subject->last_seen_s);
}

static void put_trust(struct object *o, const struct explain_subject *subject)
{
    bool verified = subject->doubt.kind == ERROR_NONE;

    object_put_flag(o, "verified", verified);
    object_put(o, "doubt", verified ? json_null() : json_string(subject->doubt.text));
}

static json_t *subject_json(const struct explain_subject *subject)
{
    const struct tcb_subject *tcb = &subject->tcb;
    struct object o = object_begin();

    object_put_text(&o, "by",
                    subject->is_quote         ? "quote"
                    : subject->is_platform    ? "platform"
                    : subject->is_certificate ? "certificate"
                                              : "raw_tcb");
    object_put_hex(&o, "fmspc", subject->fmspc, sizeof subject->fmspc);
    put_svns(&o, "cpusvn", true, tcb->sgx.cpusvn);
    object_put_number(&o, "pcesvn", tcb->sgx.pcesvn);
    put_svns(&o, "tee_tcb_svn", tcb->has_tdx, tcb->tee_tcb_svn);
    put_svns(&o, "tee_tcb_svn2", tcb->has_current, tcb->tee_tcb_svn2);
    object_put(&o, "qe_isvsvn", tcb->has_qe ? json_integer(tcb->qe_isvsvn) : json_null());
    if (subject->is_platform)
        put_platform(&o, subject);
    if (subject->is_certificate || subject->is_quote)
        put_trust(&o, subject);
    return object_end(&o);
}

/* ---- under one number ------------------------------------------------------------- */

static json_t *side_json(const struct tcb_side *side)
{
    struct object o = object_begin();

    object_put_text(&o, "status", tcb_standing_name(side->standing));
    object_put(&o, "level",
               side->level != NULL ? json_string(tcb_status_name(side->level->status))
                                   : json_null());
    object_put(&o, "module",
               side->module_level != NULL
                   ? json_string(tcb_status_name(side->module_level->status))
                   : json_null());
    return object_end(&o);
}

static json_t *qe_json(const struct explain_set *set)
{
    const struct enclave_tcb_level *level = set->verdict.qe_level;

    if (level == NULL)
        return json_null();
    return json_pack("{s:s, s:i}", "status", tcb_status_name(level->status), "isvsvn",
                     (int)level->isvsvn);
}

static json_t *need_json(const char *name, const struct tcb_place_words *words,
                         unsigned have, unsigned need)
{
    struct object o = object_begin();

    object_put_text(&o, "name", name);
    object_put_text(&o, "category", words == NULL ? "" : safe(words->category).s);
    object_put_text(&o, "type", words == NULL ? "" : safe(words->type).s);
    object_put_number(&o, "have", have);
    object_put_number(&o, "need", need);
    return object_end(&o);
}

static json_t *needs_json(const struct explain_set *set)
{
    json_t *list = json_array();

    for (size_t i = 0; i < set->need_count; i++) {
        const struct explain_need *need = &set->needs[i];
        json_array_append_new(
            list, need_json(need->words.name, &need->words, need->have, need->need));
    }
    if (set->module_needs)
        json_array_append_new(
            list, need_json("tdx.module", NULL, set->module_have, set->module_need));
    if (set->qe_needs)
        json_array_append_new(list, need_json("qe", NULL, set->qe_have, set->qe_need));
    return list;
}

static json_t *goal_json(const struct tcb_level *goal)
{
    struct object o;

    if (goal == NULL)
        return json_null();
    o = object_begin();
    object_put_text(&o, "status", tcb_status_name(goal->status));
    object_put_time(&o, "tcb_date", goal->tcb_date_s);
    return object_end(&o);
}

static json_t *promotion_json(const struct explain_set *set)
{
    struct object o;

    if (!set->has_promotion)
        return json_null();
    o = object_begin();
    object_put_time(&o, "earliest", set->promotion_earliest_s);
    object_put_time(&o, "latest", set->promotion_latest_s);
    return object_end(&o);
}

static json_t *set_json(const struct explain_set *set)
{
    const struct tcb_verdict *verdict = &set->verdict;
    struct object o = object_begin();

    object_put_number(&o, "number", set->number);
    object_put_flag(&o, "standard", set->is_standard);
    object_put_flag(&o, "early", set->is_early);
    object_put_flag(&o, "in_date", set->in_date);
    object_put_flag(&o, "listed", set->listed);
    object_put_time(&o, "recovery_event", set->recovery_event_s);
    object_put(&o, "expected", promotion_json(set));
    object_put_text(&o, "status", tcb_standing_name(verdict->standing));
    object_put_time(&o, "tcb_date", verdict->tcb_date_s);
    object_put(&o, "launch", side_json(&verdict->launch));
    object_put(&o, "current",
               verdict->current.standing != 0 ? side_json(&verdict->current)
                                              : json_null());
    object_put(&o, "qe", qe_json(set));
    object_put(&o, "advisories", advisories_json(set->advisories, set->advisory_count));
    object_put(&o, "goal", goal_json(set->goal));
    object_put(&o, "needs", needs_json(set));
    object_put(&o, "cleared", advisories_json(set->cleared, set->cleared_count));
    return object_end(&o);
}

/* ---- the whole ----------------------------------------------------------------------
 */

static json_t *tees_json(const struct explanation *explanations, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        json_t *sets = json_array();
        struct object o = object_begin();
        for (size_t k = 0; k < explanations[i].set_count; k++)
            json_array_append_new(sets, set_json(&explanations[i].sets[k]));
        object_put_text(&o, "tee", tee_name(explanations[i].tee));
        object_put(&o, "sets", sets);
        json_array_append_new(list, object_end(&o));
    }
    return list;
}

static json_t *given_json(const struct baseline_view *view, const uint8_t fmspc[6])
{
    json_t *list = json_array();

    for (size_t i = 0; i < view->law->count; i++) {
        struct object o = object_begin();
        object_put_text(&o, "name", view->law->policies[i].name);
        object_put_flag(&o, "default", i == view->law->default_policy);
        for (size_t k = 0; k < COUNT_OF(control_tees); k++)
            object_put_evaluation_number(
                &o, tee_name(control_tees[k]),
                baseline_view_number(view, i, control_tees[k], fmspc));
        json_array_append_new(list, object_end(&o));
    }
    return list;
}

json_t *explain_json(const struct baseline_view *view,
                     const struct explain_subject *subject,
                     const struct explanation *explanations, size_t count)
{
    struct object o = object_begin();

    object_put_number(&o, "generation", (int64_t)view->holdings->generation);
    object_put_time(&o, "now", view->now_s);
    object_put(&o, "subject", subject_json(subject));
    object_put(&o, "tees", tees_json(explanations, count));
    object_put(&o, "baselines", given_json(view, subject->fmspc));
    return object_end(&o);
}
