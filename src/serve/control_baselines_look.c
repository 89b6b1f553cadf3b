/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"
#include "serve/control_baselines_parts.h"

enum { HISTORY_BYTES_MAX = 80 * 1024 * 1024 }; /* a thousand rows with long effects */

json_t *control_baselines_list(struct control_baselines *control)
{
    OWNED(baseline_view_release)
    const struct baseline_view *view = baselines_view(control->options.baselines);

    return view == NULL ? json_array() : baselines_list_json(view);
}

void baselines_errand_list(void *errand_)
{
    struct baselines_errand *errand = errand_;
    OWNED(baseline_view_release) const struct baseline_view *view = NULL;
    struct error err = { 0 };

    if (baselines_errand_view(errand, &view, &err))
        baselines_errand_tell(errand, baselines_json(view));
    else
        baselines_errand_fail(errand, &err);
}

void baselines_errand_show(void *errand_)
{
    struct baselines_errand *errand = errand_;
    OWNED(baseline_view_release) const struct baseline_view *view = NULL;
    struct error err = { 0 };
    size_t policy;

    if (baselines_errand_policy(errand, &view, &policy, &err))
        baselines_errand_tell(errand, baseline_whole_json(view, policy));
    else
        baselines_errand_fail(errand, &err);
}

/* ---- history ---------------------------------------------------------------------- */

static json_t *history_json(const char *name, const struct baseline_row *rows,
                            size_t count)
{
    struct object o = object_begin();
    json_t *list = json_array();

    for (size_t i = count; i-- > 0;)
        json_array_append_new(list, baseline_row_json(&rows[i]));
    object_put_text(&o, "baseline", name);
    object_put(&o, "history", list);
    return object_end(&o);
}

/* A baseline that has neither a past nor a place in the law is none. */
static bool is_known(const struct baselines_errand *errand)
{
    OWNED(baseline_view_release) const struct baseline_view *view = NULL;
    size_t policy;

    return baselines_errand_policy(errand, &view, &policy, NULL);
}

void baselines_errand_history(void *errand_)
{
    struct baselines_errand *errand = errand_;
    const struct config *config = errand->control->options.config;
    const struct baseline_row *rows = NULL;
    size_t count = 0;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, HISTORY_BYTES_MAX);
    bool well =
        baseline_rows_read(config->state_directory, errand->name,
                           errand->ask.common.limit, &arena, &rows, &count, &err)
        && (count > 0 || is_known(errand)
            || error_set(&err, ERROR_NOT_FOUND, "there is no baseline %s", errand->name));
    if (well)
        baselines_errand_tell(errand, history_json(errand->name, rows, count));
    else
        baselines_errand_fail(errand, &err);
    arena_fini(&arena);
}
