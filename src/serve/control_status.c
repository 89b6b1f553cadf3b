/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_status.h"

#include "kit/text.h"
#include "serve/chips.h"
#include "serve/control_baselines_json.h"
#include "serve/control_json.h"
#include "serve/hosts.h"
#include "serve/page_cache.h"
#include "serve/registry.h"

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
        object_put_text(&o, "name", safe_string(root->name).s);
        object_put_text(&o, "origin", origin_name(root->origin));
        object_put_text(&o, "spki_sha256", hex(root->spki_sha256, 32).s);
        json_array_append_new(roots, object_end(&o));
    }
    return roots;
}

/* ---- items ---------------------------------------------------------------------- */

static void set_key(struct object *o, const struct collateral_key *key)
{
    bool is_numbered =
        key->kind == COLLATERAL_TCB_INFO || key->kind == COLLATERAL_IDENTITY;

    object_put_text(o, "name", collateral_key_text(key).s);
    object_put_text(o, "kind", collateral_kind_name(key->kind));
    if (key->kind == COLLATERAL_PCK_CRL)
        object_put_text(o, "ca", pck_ca_name(key->ca));
    if (key->kind == COLLATERAL_TCB_INFO || key->kind == COLLATERAL_EVALUATION_NUMBERS)
        object_put_text(o, "tee", tee_name(key->tee));
    if (key->kind == COLLATERAL_TCB_INFO) {
        object_put_text(o, "fmspc", hex(key->fmspc, sizeof key->fmspc).s);
        object_put_number(o, "version", key->version);
    }
    if (key->kind == COLLATERAL_IDENTITY)
        object_put_text(o, "enclave", enclave_id_name(key->enclave));
    if (is_numbered)
        object_put_number(o, "evaluation_data_number", key->evaluation_data_number);
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
    object_put(o, "update", words);
    object_put(o, "listed", listed != NULL ? listed : json_null());
}

static json_t *item_of(const struct holdings *holdings, const struct holding *held,
                       int64_t now_s)
{
    const struct collateral_facts *facts = verified_facts(held->item);
    struct object o = object_begin();

    set_key(&o, &facts->key);
    object_put_time(&o, "issue_date", facts->issue_date_s);
    object_put_time(&o, "next_update", facts->next_update_s);
    object_put_time(&o, "valid_until", facts->valid_until_s);
    object_put_flag(&o, "in_date", verified_in_date(held->item, now_s, FRONT_FUTURE_S));
    object_put_text(&o, "source", safe_string(held->source).s);
    object_put_time(&o, "fetched", held->fetched_s);
    object_put_time(&o, "confirmed", held->confirmed_s);
    object_put_text(&o, "sha256", hex(facts->digest, sizeof facts->digest).s);
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

    object_put_text(&o, "name", safe_string(condition->name).s);
    object_put_text(&o, "upstream", safe_string(condition->upstream).s);
    object_put_time(&o, "tried", condition->tried_s);
    object_put_time(&o, "ok", condition->ok_s);
    object_put_time(&o, "next", condition->next_s);
    object_put_number(&o, "failures", condition->failures);
    object_put(&o, "kind",
               failed ? json_string(error_kind_name(condition->kind)) : json_null());
    object_put(&o, "why", failed ? json_string(condition->why) : json_null());
    object_put_flag(&o, "frozen", condition->frozen);
    object_put_flag(&o, "absent", condition->absent);
    object_put_flag(&o, "gone", condition->gone);
    object_put_time(&o, "ends", condition->ends_s);
    json_array_append_new(keeping, object_end(&o));
}

static void add_upstream(void *upstreams, const struct upstream_condition *condition)
{
    struct object o = object_begin();

    object_put_text(&o, "name", safe_string(condition->name).s);
    object_put_text(&o, "breaker", condition->breaker_open ? "open" : "closed");
    object_put_number(&o, "skew_s", condition->skew_s);
    object_put_number(&o, "calls", (int64_t)condition->calls);
    object_put_number(&o, "failed", (int64_t)condition->failed);
    object_put_time(&o, "last_ok", condition->last_ok_s);
    if (condition->is_amd)
        object_put(&o, "queued",
                   json_pack("{s:I, s:I}", "known", (json_int_t)condition->queued_known,
                             "unknown", (json_int_t)condition->queued_unknown));
    else
        object_put_flag(&o, "gives_lists", condition->gives_lists);
    json_array_append_new(upstreams, object_end(&o));
}

static json_t *counts_of(const struct front *front)
{
    struct front_counts counts;
    struct object o = object_begin();

    front_counts(front, &counts);
    object_put_number(&o, "answered", (int64_t)counts.answered);
    object_put_number(&o, "not_modified", (int64_t)counts.not_modified);
    object_put_number(&o, "missed", (int64_t)counts.missed);
    object_put_number(&o, "refused", (int64_t)counts.refused);
    return object_end(&o);
}

static void add_counter(void *counters, const char *name, uint64_t value)
{
    object_put_number(counters, name, (int64_t)value);
}

static json_t *counters_of(struct counters *counters)
{
    struct object o = object_begin();

    if (counters != NULL)
        counters_visit(counters, add_counter, &o);
    return object_end(&o);
}

static json_t *platforms_of(struct hosts *hosts)
{
    struct hosts_counts counts;

    if (hosts == NULL)
        return json_null();
    hosts_counts(hosts, &counts);
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "hits", (json_int_t)counts.hits,
                     "loads", (json_int_t)counts.loads, "evicted",
                     (json_int_t)counts.evicted, "in_memory",
                     (json_int_t)counts.platforms, "bytes", (json_int_t)counts.bytes);
}

static json_t *chips_of(const struct chips *chips)
{
    struct page_cache_counts counts;

    if (chips == NULL)
        return json_null();
    chips_counts(chips, &counts);
    return json_pack("{s:I, s:I, s:I}", "evicted", (json_int_t)counts.evicted,
                     "in_memory", (json_int_t)counts.entries, "bytes",
                     (json_int_t)counts.bytes);
}

static json_t *registry_of(const struct registry *registry)
{
    struct registry_counts counts;

    if (registry == NULL)
        return json_null();
    registry_counts(registry, &counts);
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "held", (json_int_t)counts.held,
                     "queued", (json_int_t)counts.queued, "refused",
                     (json_int_t)counts.refused, "conflicts",
                     (json_int_t)counts.conflicts, "imports", (json_int_t)counts.imports);
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
    char why[FRONT_WHY_MAX];

    conditions_visit_upstreams(options->conditions, add_upstream, upstreams);
    conditions_visit(options->conditions, add_condition, keeping);
    object_put_text(&o, "version", THIM_VERSION);
    object_put_text(&o, "now", utc(now_s).s);
    object_put_text(&o, "clock", clock_name(options->clock));
    object_put_flag(&o, "held_up", clock_is_held_up(options->clock));
    object_put_flag(&o, "marked", options->marked);
    object_put_flag(&o, "ready", front_is_ready(options->front, why));
    object_put(&o, "not_ready", why[0] != 0 ? json_string(why) : json_null());
    object_put_number(&o, "generation", (int64_t)holdings->generation);
    object_put(&o, "roots", roots_of(&options->config->trust.roots));
    object_put(&o, "upstreams", upstreams);
    if (options->baselines != NULL)
        object_put(&o, "baselines", control_baselines_list(options->baselines));
    object_put(&o, "items", items_of(holdings, now_s));
    object_put(&o, "keeping", keeping);
    object_put(&o, "counts", counts_of(options->front));
    object_put(&o, "counters", counters_of(options->counters));
    object_put(&o, "platforms", platforms_of(options->hosts));
    object_put(&o, "chips", chips_of(options->chips));
    object_put(&o, "registry", registry_of(options->registry));
    return object_end(&o);
}
