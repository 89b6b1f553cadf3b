/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/diff.h"
#include "kit/text.h"
#include "serve/control_baselines_parts.h"

enum { DIFF_BYTES_MAX = 4 * 1024 * 1024 };

/* ---- as JSON -------------------------------------------------------------------- */

static json_t *side_json(enum tcb_status status, int64_t tcb_date_s)
{
    struct object o = object_begin();

    object_put_text(&o, "status", tcb_status_name(status));
    object_put_time(&o, "tcb_date", tcb_date_s);
    return object_end(&o);
}

static json_t *changed_advisories_json(const struct diff_advisories *advisories)
{
    struct object o = object_begin();

    object_put(&o, "gained",
               advisories_json(advisories->gained, advisories->gained_count));
    object_put(&o, "cleared",
               advisories_json(advisories->cleared, advisories->cleared_count));
    return object_end(&o);
}

static json_t *svns_json(const struct tcb_component components[16])
{
    json_t *list = json_array();

    for (size_t i = 0; i < 16; i++)
        json_array_append_new(list, json_integer(components[i].svn));
    return list;
}

static json_t *level_side_json(const struct tcb_level *level)
{
    return level == NULL ? json_null() : side_json(level->status, level->tcb_date_s);
}

static json_t *enclave_side_json(const struct enclave_tcb_level *level)
{
    return level == NULL ? json_null() : side_json(level->status, level->tcb_date_s);
}

static json_t *level_diff_json(const struct level_diff *diff, bool is_tdx)
{
    const struct tcb_level *there = diff->after != NULL ? diff->after : diff->before;
    struct object o = object_begin();

    object_put_text(&o, "change", diff_change_name(diff->change));
    object_put(&o, "sgx", svns_json(there->sgx));
    object_put_number(&o, "pcesvn", there->pcesvn);
    object_put(&o, "tdx", is_tdx ? svns_json(there->tdx) : json_null());
    object_put(&o, "before", level_side_json(diff->before));
    object_put(&o, "after", level_side_json(diff->after));
    object_put(&o, "advisories", changed_advisories_json(&diff->advisories));
    return object_end(&o);
}

static json_t *enclave_diff_json(const struct enclave_diff *diff)
{
    const struct enclave_tcb_level *there =
        diff->after != NULL ? diff->after : diff->before;
    struct object o = object_begin();

    object_put(&o, "enclave",
               diff->enclave == DIFF_QE ? json_string("qe")
                                        : json_sprintf("TDX_%02x", diff->module));
    object_put_text(&o, "change", diff_change_name(diff->change));
    object_put_number(&o, "isvsvn", there->isvsvn);
    object_put(&o, "before", enclave_side_json(diff->before));
    object_put(&o, "after", enclave_side_json(diff->after));
    object_put(&o, "advisories", changed_advisories_json(&diff->advisories));
    return object_end(&o);
}

static json_t *set_diff_json(const struct set_diff *diff)
{
    json_t *levels = json_array(), *enclaves = json_array();
    const struct tcb_info *after = diff->after;
    struct object o = object_begin();

    for (size_t i = 0; i < diff->level_count; i++)
        json_array_append_new(levels,
                              level_diff_json(&diff->levels[i], after->tee == TEE_TDX));
    for (size_t i = 0; i < diff->enclave_count; i++)
        json_array_append_new(enclaves, enclave_diff_json(&diff->enclaves[i]));
    object_put_text(&o, "tee", tee_name(after->tee));
    object_put_hex(&o, "fmspc", after->fmspc, sizeof after->fmspc);
    object_put_number(&o, "a", diff->before->evaluation_data_number);
    object_put_number(&o, "b", after->evaluation_data_number);
    object_put(&o, "levels", levels);
    object_put(&o, "enclaves", enclaves);
    object_put_flag(&o, "identities", diff->has_identities);
    object_put(&o, "advisories", changed_advisories_json(&diff->advisories));
    return object_end(&o);
}

/* ---- the errand ----------------------------------------------------------------- */

static bool check(const struct baselines_ask *ask, struct error *err)
{
    if (!ask->common.has_fmspc)
        return error_set(err, ERROR_FORMAT, "parameter fmspc is missing");
    return (ask->a != 0 && ask->b != 0)
           || error_set(err, ERROR_FORMAT,
                        "parameters a and b are the numbers to compare; one is missing");
}

void baselines_errand_diff(void *errand_)
{
    struct baselines_errand *errand = errand_;
    const struct baselines_ask *ask = &errand->ask;
    OWNED(baseline_view_release) const struct baseline_view *view = NULL;
    enum tee tee = ask->tees == 1U << sets_index(TEE_TDX) ? TEE_TDX : TEE_SGX;
    struct set_diff diff;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, DIFF_BYTES_MAX);
    if (check(ask, &err) && baselines_errand_view(errand, &view, &err)
        && set_diff_make(&view->sets, tee, ask->common.fmspc, ask->a, ask->b, &arena,
                         &diff, &err))
        baselines_errand_tell(errand, set_diff_json(&diff));
    else
        baselines_errand_fail(errand, &err);
    arena_fini(&arena);
}
