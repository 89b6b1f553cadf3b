/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_platforms_json.h"

#include <stdio.h>

#include "kit/text.h"

static void put_hex(struct object *o, const char *name, const void *at, size_t len)
{
    object_put_text(o, name, hex(at, len).s);
}

static void put_text_or_null(struct object *o, const char *name, const char *text)
{
    object_put(o, name, text[0] == 0 ? json_null() : json_string(safe_string(text).s));
}

/* Little endian, as it stands in requests: "0a00" is 10. */
static void put_u16le(struct object *o, const char *name, uint16_t number)
{
    const uint8_t bytes[] = { (uint8_t)number, (uint8_t)(number >> 8) };

    put_hex(o, name, bytes, sizeof bytes);
}

/* ---- raw TCBs ------------------------------------------------------------------- */

static struct object raw_tcb_begin(const struct platform_raw_tcb *seen)
{
    struct object o = object_begin();

    put_hex(&o, "cpusvn", seen->raw.cpusvn, sizeof seen->raw.cpusvn);
    put_u16le(&o, "pcesvn", seen->raw.pcesvn);
    object_put_flag(&o, "confirmed", seen->confirmed);
    object_put_time(&o, "last_seen", seen->last_seen_s);
    return o;
}

static void put_component(struct object *o, unsigned component)
{
    char text[16];

    snprintf(text, sizeof text, "cpusvn %u", component + 1);
    object_put_text(o, "component", component < TCB_COMPONENTS - 1 ? text : "pcesvn");
}

static json_t *trace_row(const struct platform_look *look, const struct pck_trace *trace)
{
    static const char *const standings[] = {
        [PCK_CHOSEN] = "chosen",
        [PCK_ABOVE_RAW] = "above_raw",
        [PCK_BELOW_CHOSEN] = "below_chosen",
        [PCK_FLAWED] = "flawed",
    };
    size_t pck = look->view.pck_of[trace->rank.candidate];
    bool is_short = trace->standing == PCK_ABOVE_RAW;
    struct object o = object_begin();

    put_hex(&o, "tcbm", look->platform.pcks[pck].tcbm, TCBM_LEN);
    object_put_text(&o, "standing", standings[trace->standing]);
    if (is_short)
        put_component(&o, trace->component);
    else
        object_put(&o, "component", json_null());
    object_put(&o, "have", is_short ? json_integer(trace->have) : json_null());
    object_put(&o, "need", is_short ? json_integer(trace->need) : json_null());
    object_put(&o, "why",
               trace->standing == PCK_FLAWED ? json_string(look_verdict_name(look, pck))
                                             : json_null());
    return object_end(&o);
}

static json_t *trace_of(const struct platform_look *look, const struct raw_tcb *raw,
                        struct pck_trace *room)
{
    const struct platform_view *view = &look->view;
    json_t *rows = json_array();

    if (view->ranks == NULL)
        return rows;
    pck_trace(view->ranks, view->count, view->candidates, raw, room);
    for (size_t i = 0; i < view->count; i++)
        json_array_append_new(rows, trace_row(look, &room[i]));
    return rows;
}

static json_t *raw_tcbs_traced(const struct platform_look *look)
{
    struct arena arena;
    json_t *list = json_array();

    arena_init(&arena, PLATFORM_LOOK_MAX);
    struct pck_trace *room = arena_alloc(&arena, look->view.count + 1, sizeof *room);
    for (size_t i = 0; room != NULL && i < look->platform.raw_tcb_count; i++) {
        const struct platform_raw_tcb *seen = &look->platform.raw_tcbs[i];
        size_t given = platform_view_choose(&look->view, &seen->raw);
        struct object o = raw_tcb_begin(seen);
        object_put(&o, "given",
                   given == PCK_NONE
                       ? json_null()
                       : json_string(hex(look->platform.pcks[given].tcbm, TCBM_LEN).s));
        object_put(&o, "trace", trace_of(look, &seen->raw, room));
        json_array_append_new(list, object_end(&o));
    }
    arena_fini(&arena);
    return list;
}

static json_t *raw_tcbs_plain(const struct platform *platform)
{
    json_t *list = json_array();

    for (size_t i = 0; i < platform->raw_tcb_count; i++) {
        struct object o = raw_tcb_begin(&platform->raw_tcbs[i]);
        json_array_append_new(list, object_end(&o));
    }
    return list;
}

/* ---- certificates --------------------------------------------------------------- */

static void put_level(struct object *o, const struct platform_look *look, size_t pck)
{
    const struct pck_rank *rank = look_rank_of(look, pck);
    bool has_level = rank != NULL && rank->level != PCK_NO_LEVEL;
    const struct tcb_info *info =
        has_level ? verified_facts(look->view.tcb_info->item)->tcb_info : NULL;

    object_put(o, "level", has_level ? json_integer(rank->level + 1) : json_null());
    object_put(o, "status",
               has_level ? json_string(tcb_status_name(info->levels[rank->level].status))
                         : json_null());
}

static json_t *pck_json(const struct platform_look *look, size_t pck)
{
    const struct view_pck *entry = &look->view.pcks[pck];
    const uint8_t *tcbm = entry->row->tcbm;
    struct object o = object_begin();

    put_hex(&o, "tcbm", tcbm, TCBM_LEN);
    object_put_text(&o, "kind", entry->is_gap ? "gap" : "certificate");
    put_hex(&o, "cpusvn", tcbm, 16);
    put_hex(&o, "pcesvn", tcbm + 16, 2);
    object_put_time(&o, "not_after", entry->is_read ? entry->not_after_s : 0);
    put_level(&o, look, pck);
    object_put_text(&o, "verdict", look_verdict_name(look, pck));
    put_text_or_null(&o, "why",
                     !entry->is_gap && !entry->is_read ? entry->why.text
                                                       : look->pcks[pck].why.text);
    return object_end(&o);
}

static json_t *list_of(const struct platform_look *look)
{
    json_t *list = json_array();

    for (size_t i = 0; i < look->view.pck_count; i++)
        json_array_append_new(list, pck_json(look, i));
    return list;
}

/* ---- platforms ------------------------------------------------------------------ */

static void put_name(struct object *o, const struct platform *platform)
{
    if (platform->has_name)
        object_put_text(o, "qe_id", platform->name.qe_id);
    else
        object_put(o, "qe_id", json_null());
    put_u16le(o, "pce_id", platform->name.pce_id);
}

static void put_vendors_word(struct object *o, const struct platform *platform)
{
    bool is_held = platform->state == PLATFORM_HELD;

    object_put_text(o, "state", is_held ? "held" : "waiting");
    object_put(o, "fmspc",
               is_held ? json_string(hex(platform->fmspc, sizeof platform->fmspc).s)
                       : json_null());
    object_put(o, "ca", is_held ? json_string(pck_ca_name(platform->ca)) : json_null());
    object_put(o, "cached_keys",
               platform->has_cached_keys ? json_boolean(platform->cached_keys)
                                         : json_null());
    object_put_flag(o, "manifest", platform->has_manifest);
}

static struct object platform_begin(const struct platform *platform)
{
    struct object o = object_begin();

    object_put_number(&o, "row", platform->platform);
    put_name(&o, platform);
    put_vendors_word(&o, platform);
    object_put_text(&o, "bound_by", platform_bound_by_name(platform->bound_by));
    object_put_text(&o, "registrar", safe_string(platform->registrar).s);
    object_put_text(&o, "source", safe_string(platform->source).s);
    object_put_time(&o, "first_seen", platform->first_seen_s);
    object_put_time(&o, "last_seen", platform->last_seen_s);
    object_put_time(&o, "fetched", platform->fetched_s);
    object_put_time(&o, "due", platform->due_s);
    object_put_number(&o, "failures", platform->failures);
    put_text_or_null(&o, "why", platform->why);
    object_put(&o, "tee_tcb_svn",
               platform->has_tdx ? json_string(
                   hex(platform->tee_tcb_svn, sizeof platform->tee_tcb_svn).s)
                                 : json_null());
    object_put_number(&o, "certificates", (int64_t)platform->pck_count);
    return o;
}

json_t *platform_json(const struct platform *platform)
{
    struct object o = platform_begin(platform);

    object_put(&o, "raw_tcbs", raw_tcbs_plain(platform));
    return object_end(&o);
}

json_t *platform_look_json(const struct platform_look *look)
{
    struct object o = platform_begin(&look->platform);

    object_put(&o, "raw_tcbs", raw_tcbs_traced(look));
    object_put(&o, "list", list_of(look));
    return object_end(&o);
}

/* ---- beside platforms ----------------------------------------------------------- */

json_t *platform_counts_json(const struct platform_counts *counts)
{
    struct object o = object_begin();

    object_put_number(&o, "platforms", (int64_t)counts->platforms);
    object_put_number(&o, "waiting", (int64_t)counts->waiting);
    object_put_number(&o, "certificates", (int64_t)counts->pcks);
    object_put_number(&o, "raw_tcbs", (int64_t)counts->raw_tcbs);
    object_put_number(&o, "queued", (int64_t)counts->queued);
    return object_end(&o);
}

json_t *audit_entry_json(const struct audit_entry *entry)
{
    struct object o = object_begin();

    object_put_time(&o, "at", entry->at_s);
    object_put_text(&o, "who", entry->who);
    object_put_text(&o, "from", entry->from);
    object_put_text(&o, "what", entry->what);
    object_put_text(&o, "subject", entry->subject);
    object_put_text(&o, "outcome", entry->outcome);
    return object_end(&o);
}
