/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_status.h"

#include "kit/text.h"

/* Every setter of jansson takes NULL for "no memory" and says so; one flag is enough. */
struct object {
    json_t *json;
    bool failed;
};

static struct object object_begin(void)
{
    json_t *json = json_object();

    return (struct object){ .json = json, .failed = json == NULL };
}

static void set(struct object *object, const char *name, json_t *value)
{
    if (json_object_set_new(object->json, name, value) != 0)
        object->failed = true;
}

static void set_text(struct object *object, const char *name, const char *text)
{
    set(object, name, json_string(text));
}

static void set_number(struct object *object, const char *name, int64_t number)
{
    set(object, name, json_integer(number));
}

static void set_flag(struct object *object, const char *name, bool flag)
{
    set(object, name, json_boolean(flag));
}

static void set_time(struct object *object, const char *name, int64_t seconds)
{
    set(object, name, seconds == 0 ? json_null() : json_string(utc(seconds).s));
}

static json_t *object_end(struct object *object)
{
    if (!object->failed)
        return object->json;
    json_decref(object->json);
    return NULL;
}

/* ---- roots ---------------------------------------------------------------------- */

static const char *origin_name(enum root_origin origin)
{
    switch (origin) {
    case ROOT_PINNED:
        return "pinned";
    case ROOT_EXTRA:
        return "extra";
    case ROOT_TEST:
        return "test";
    }
    return "unknown";
}

static json_t *roots_of(const struct trust *trust)
{
    json_t *roots = json_array();

    for (size_t i = 0; i < trust->count; i++) {
        const struct trusted_root *root = &trust->roots[i];
        struct object o = object_begin();
        set_text(&o, "name", safe_string(root->name).s);
        set_text(&o, "origin", origin_name(root->origin));
        set_text(&o, "spki_sha256", hex(root->spki_sha256, 32).s);
        json_array_append_new(roots, object_end(&o));
    }
    return roots;
}

/* ---- items ---------------------------------------------------------------------- */

static void set_key(struct object *o, const struct collateral_key *key)
{
    bool is_numbered =
        key->kind == COLLATERAL_TCB_INFO || key->kind == COLLATERAL_IDENTITY;

    set_text(o, "name", collateral_key_text(key).s);
    set_text(o, "kind", collateral_kind_name(key->kind));
    if (key->kind == COLLATERAL_PCK_CRL)
        set_text(o, "ca", pck_ca_name(key->ca));
    if (key->kind == COLLATERAL_TCB_INFO || key->kind == COLLATERAL_EVALUATION_NUMBERS)
        set_text(o, "tee", tee_name(key->tee));
    if (key->kind == COLLATERAL_TCB_INFO) {
        set_text(o, "fmspc", hex(key->fmspc, sizeof key->fmspc).s);
        set_number(o, "version", key->version);
    }
    if (key->kind == COLLATERAL_IDENTITY)
        set_text(o, "enclave", enclave_id_name(key->enclave));
    if (is_numbered)
        set_number(o, "evaluation_data_number", key->evaluation_data_number);
}

static const struct designation *designation_of(const struct holdings *holdings,
                                                const struct collateral_key *key,
                                                enum update update)
{
    struct collateral_key subject = collateral_subject(key);

    for (size_t i = 0; i < holdings->designation_count; i++) {
        const struct designation *each = &holdings->designations[i];
        if (each->update == update
            && each->evaluation_data_number == key->evaluation_data_number
            && collateral_key_compare(&each->subject, &subject) == 0)
            return each;
    }
    return NULL;
}

/* Which words of update= mean this one, and whether a signed list named it standard. */
static void set_update(struct object *o, const struct holdings *holdings,
                       const struct collateral_key *key)
{
    json_t *words = json_array();
    json_t *listed = NULL;

    for (enum update i = UPDATE_STANDARD; i <= UPDATE_EARLY; i++) {
        const struct designation *found =
            key->evaluation_data_number != 0 ? designation_of(holdings, key, i) : NULL;
        if (found == NULL)
            continue;
        json_array_append_new(words, json_string(update_name(i)));
        if (i == UPDATE_STANDARD)
            listed = json_boolean(found->listed);
    }
    set(o, "update", words);
    set(o, "listed", listed != NULL ? listed : json_null());
}

static json_t *item_of(const struct holdings *holdings, const struct holding *held,
                       int64_t now_s)
{
    const struct collateral_facts *facts = verified_facts(held->item);
    struct object o = object_begin();

    set_key(&o, &facts->key);
    set_time(&o, "issue_date", facts->issue_date_s);
    set_time(&o, "next_update", facts->next_update_s);
    set_time(&o, "valid_until", facts->valid_until_s);
    set_flag(&o, "in_date", verified_in_date(held->item, now_s, FRONT_FUTURE_S));
    set_text(&o, "source", safe_string(held->source).s);
    set_time(&o, "fetched", held->fetched_s);
    set_time(&o, "confirmed", held->confirmed_s);
    set_text(&o, "sha256", hex(facts->digest, sizeof facts->digest).s);
    set_update(&o, holdings, &facts->key);
    return object_end(&o);
}

static json_t *items_of(const struct holdings *holdings, int64_t now_s)
{
    json_t *items = json_array();

    for (size_t i = 0; i < holdings->count; i++)
        json_array_append_new(items, item_of(holdings, &holdings->entries[i], now_s));
    return items;
}

/* ---- keeping and upstreams ------------------------------------------------------ */

static void add_condition(void *keeping, const struct condition *condition)
{
    struct object o = object_begin();
    bool failed = condition->kind != ERROR_NONE;

    set_text(&o, "name", safe_string(condition->name).s);
    set_text(&o, "upstream", safe_string(condition->upstream).s);
    set_time(&o, "tried", condition->tried_s);
    set_time(&o, "ok", condition->ok_s);
    set_time(&o, "next", condition->next_s);
    set_number(&o, "failures", condition->failures);
    set(&o, "kind", failed ? json_string(error_kind_name(condition->kind)) : json_null());
    set(&o, "why", failed ? json_string(condition->why) : json_null());
    set_flag(&o, "frozen", condition->frozen);
    set_flag(&o, "absent", condition->absent);
    json_array_append_new(keeping, object_end(&o));
}

static void add_upstream(void *upstreams, const struct upstream_condition *condition)
{
    struct object o = object_begin();

    set_text(&o, "name", safe_string(condition->name).s);
    set_text(&o, "breaker", condition->breaker_open ? "open" : "closed");
    set_number(&o, "skew_s", condition->skew_s);
    set_number(&o, "calls", (int64_t)condition->calls);
    set_number(&o, "failed", (int64_t)condition->failed);
    set_time(&o, "last_ok", condition->last_ok_s);
    set_flag(&o, "gives_lists", condition->gives_lists);
    json_array_append_new(upstreams, object_end(&o));
}

static json_t *counts_of(const struct front *front)
{
    struct front_counts counts;
    struct object o = object_begin();

    front_counts(front, &counts);
    set_number(&o, "answered", (int64_t)counts.answered);
    set_number(&o, "not_modified", (int64_t)counts.not_modified);
    set_number(&o, "missed", (int64_t)counts.missed);
    set_number(&o, "refused", (int64_t)counts.refused);
    return object_end(&o);
}

/* ---- the whole ------------------------------------------------------------------ */

static const char *clock_name(const struct clock *clock)
{
    if (clock_is_standing(clock))
        return "standing";
    return clock_is_moved(clock) ? "moved" : "system";
}

json_t *control_status(const struct control_options *options)
{
    OWNED(holdings_release)
    struct holdings *holdings = options->holdings(options->context);
    int64_t now_s = clock_wall_s(options->clock);
    json_t *upstreams = json_array(), *keeping = json_array();
    struct object o = object_begin();

    conditions_visit_upstreams(options->conditions, add_upstream, upstreams);
    conditions_visit(options->conditions, add_condition, keeping);
    set_text(&o, "version", THIM_VERSION);
    set_text(&o, "now", utc(now_s).s);
    set_text(&o, "clock", clock_name(options->clock));
    set_flag(&o, "held_up", clock_is_held_up(options->clock));
    set_flag(&o, "marked", options->marked);
    set_flag(&o, "ready", front_is_ready(options->front));
    set_number(&o, "generation", (int64_t)holdings->generation);
    set(&o, "roots", roots_of(&options->config->trust.roots));
    set(&o, "upstreams", upstreams);
    set(&o, "items", items_of(holdings, now_s));
    set(&o, "keeping", keeping);
    set(&o, "counts", counts_of(options->front));
    return object_end(&o);
}
