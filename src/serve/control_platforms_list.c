/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/baselines.h"
#include "serve/control_platforms_parts.h"
#include "serve/front.h"

/* ---- lists ---------------------------------------------------------------------- */

static bool add_platform(void *list, const struct platform *platform)
{
    return json_array_append_new(list, platform_json(platform)) == 0;
}

/* Whether there is one more is known when it is asked for. */
static json_t *next_of(const json_t *list, const struct platform_ask *ask, int64_t last)
{
    return json_array_size(list) < ask->limit ? json_null() : json_integer(last);
}

static bool read_list(struct platform_reader *reader, const struct platform_ask *ask,
                      json_t *list, int64_t *last, struct platform_counts *counts,
                      struct error *err)
{
    return platforms_walk(reader, (int64_t)ask->after, ask->has_fmspc ? ask->fmspc : NULL,
                          ask->limit, add_platform, list, last, err)
           && platforms_count(reader, counts, err);
}

void errand_list(void *errand_)
{
    struct errand *errand = errand_;
    struct host_readers *readers = errand->control->readers;
    struct platform_counts counts = { 0 };
    json_t *list = json_array();
    int64_t last = 0;
    struct error err = { 0 };

    struct platform_reader *reader = host_readers_take(readers, &err);
    bool well =
        reader != NULL && read_list(reader, &errand->ask, list, &last, &counts, &err);
    if (reader != NULL)
        host_readers_give_back(readers, reader);
    if (!well) {
        json_decref(list);
        errand_fail(errand, &err);
        return;
    }
    struct object o = object_begin();
    object_put(&o, "platforms", json_incref(list));
    object_put(&o, "next", next_of(list, &errand->ask, last));
    object_put(&o, "counts", platform_counts_json(&counts));
    json_decref(list);
    errand_tell(errand, object_end(&o));
}

static bool add_entry(void *list, const struct audit_entry *entry)
{
    return json_array_append_new(list, audit_entry_json(entry)) == 0;
}

void errand_audit(void *errand_)
{
    struct errand *errand = errand_;
    struct host_readers *readers = errand->control->readers;
    json_t *list = json_array();
    struct error err = { 0 };

    struct platform_reader *reader = host_readers_take(readers, &err);
    bool well =
        reader != NULL && audit_walk(reader, errand->ask.limit, add_entry, list, &err);
    if (reader != NULL)
        host_readers_give_back(readers, reader);
    struct object o = object_begin();
    object_put(&o, "entries", list);
    if (well) {
        errand_tell(errand, object_end(&o));
        return;
    }
    json_decref(object_end(&o));
    errand_fail(errand, &err);
}

/* ---- one platform --------------------------------------------------------------- */

bool errand_look(const struct errand *errand, struct platform_look *out,
                 struct error *err)
{
    struct control_platforms *control = errand->control;
    const struct control_platforms_options *options = &control->options;
    OWNED(holdings_release)
    struct holdings *holdings = options->holdings(options->context);
    OWNED(baseline_view_release)
    const struct baseline_view *view =
        options->baselines == NULL ? NULL : baselines_view(options->baselines);
    struct look_law law = { .issuers = control->issuers,
                            .view = view,
                            .now_s = clock_wall_s(options->clock),
                            .future_s = FRONT_FUTURE_S };

    *out = (struct platform_look){ 0 };
    struct platform_reader *reader = host_readers_take(control->readers, err);
    if (reader == NULL)
        return false;
    bool found = platform_look_make(reader, &errand->ask.name, holdings, &law, out, err);
    host_readers_give_back(control->readers, reader);
    return found;
}

void errand_show(void *errand_)
{
    struct errand *errand = errand_;
    struct platform_look look;
    struct error err = { 0 };

    if (errand_look(errand, &look, &err))
        errand_tell(errand, platform_look_json(&look));
    else
        errand_fail(errand, &err);
    platform_look_end(&look);
}
