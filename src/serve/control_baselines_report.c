/* SPDX-License-Identifier: Apache-2.0 */
/* A preview written down: as JSON, and as CSV. */
#include "serve/control_baselines_report.h"

#include <inttypes.h>

#include "kit/buf.h"
#include "kit/text.h"
#include "serve/control_baselines_json.h"

#define SEALED_DATA                                                                  \
    "What raises a host is new firmware or microcode, and that changes its CPUSVN: " \
    "disks and keys that were sealed to the one before may not open any more. Have " \
    "their recovery keys at hand, or seal them anew, before it restarts."

enum { DAY_S = 86400 };

/* ---- sums ----------------------------------------------------------------------- */

static void put_totals(struct object *o, const struct preview_totals *t)
{
    object_put_number(o, "hosts", (int64_t)t->hosts);
    object_put_number(o, "falls", (int64_t)t->falls);
    object_put_number(o, "rises", (int64_t)t->rises);
    object_put_number(o, "same", (int64_t)t->same);
    object_put_number(o, "unknown", (int64_t)t->unknown);
    object_put_number(o, "unconfirmed", (int64_t)t->unconfirmed);
    object_put_number(o, "unconfirmed_falls", (int64_t)t->unconfirmed_falls);
    object_put_number(o, "long_unseen", (int64_t)t->long_unseen);
    object_put_number(o, "long_unseen_falls", (int64_t)t->long_unseen_falls);
    object_put_number(o, "lacks_pck", (int64_t)t->lacks_pck);
    object_put_number(o, "ends_service", (int64_t)t->ends_service);
    object_put_number(o, "denied", (int64_t)t->denied);
}

static json_t *totals_json(const struct preview_totals *totals)
{
    struct object o = object_begin();

    put_totals(&o, totals);
    return object_end(&o);
}

static json_t *by_tee_json(const struct preview *preview)
{
    struct object o = object_begin();

    for (size_t i = 0; i < COUNT_OF(control_tees); i++)
        object_put(&o, tee_name(control_tees[i]), totals_json(&preview->by_tee[i]));
    return object_end(&o);
}

static json_t *by_fmspc_json(const struct preview *preview)
{
    json_t *list = json_array();

    for (size_t i = 0; i < preview->by_fmspc_count; i++) {
        const struct preview_by_fmspc *each = &preview->by_fmspc[i];
        struct object o = object_begin();
        object_put_text(&o, "tee", tee_name(each->tee));
        object_put_hex(&o, "fmspc", each->fmspc, sizeof each->fmspc);
        put_totals(&o, &each->totals);
        json_array_append_new(list, object_end(&o));
    }
    return list;
}

static json_t *by_product_json(const struct preview *preview)
{
    struct object o = object_begin();

    for (enum snp_product i = SNP_MILAN; i < SNP_PRODUCTS; i++)
        object_put(&o, snp_product_facts(i)->name, totals_json(&preview->by_product[i]));
    return object_end(&o);
}

/* ---- names ---------------------------------------------------------------------- */

static json_t *host_json(const struct host_row *host)
{
    const uint8_t pce_id[] = { (uint8_t)host->name.pce_id,
                               (uint8_t)(host->name.pce_id >> 8) };
    struct object o = object_begin();

    if (host->hwid.len > 0) {
        object_put_hex(&o, "chip_id", host->hwid.at, host->hwid.len);
    } else {
        object_put(&o, "qe_id",
                   host->has_name ? json_string(host->name.qe_id) : json_null());
        object_put_hex(&o, "pce_id", pce_id, sizeof pce_id);
    }
    object_put_safe(&o, "registrar", host->registrar);
    object_put_time(&o, "last_seen", host->last_seen_s);
    return object_end(&o);
}

static json_t *names_json(const struct preview_named *named, size_t count, size_t row)
{
    json_t *list = json_array();

    for (size_t i = 0; row < count && i < named[row].count; i++)
        json_array_append_new(list, host_json(&named[row].hosts[i]));
    return list;
}

/* ---- rows ----------------------------------------------------------------------- */

static json_t *side_json(const struct preview_side *side)
{
    struct object o = object_begin();

    object_put_number(&o, "number", side->number);
    object_put(&o, "status",
               side->has_set ? json_string(tcb_standing_name(side->standing))
                             : json_null());
    object_put_time(&o, "tcb_date", side->tcb_date_s);
    return object_end(&o);
}

static json_t *component_json(const struct preview_row *row)
{
    struct object o;

    if (row->short_of.place >= TCB_PLACES)
        return json_null();
    o = object_begin();
    object_put_text(&o, "name", row->place.name);
    object_put_text(&o, "category", safe(row->place.category).s);
    object_put_text(&o, "type", safe(row->place.type).s);
    object_put_number(&o, "have", row->short_of.have);
    object_put_number(&o, "need", row->short_of.need);
    return object_end(&o);
}

static json_t *row_advisories_json(const struct preview_row *row)
{
    struct object o = object_begin();

    object_put(&o, "gained", advisories_json(row->gained, row->gained_count));
    object_put(&o, "cleared", advisories_json(row->cleared, row->cleared_count));
    return object_end(&o);
}

static json_t *row_json(const struct preview_report *report, size_t i)
{
    const struct preview_row *row = &report->preview->rows[i];
    const struct host_group *group = row->group;
    struct object o = object_begin();

    object_put_text(&o, "tee", tee_name(row->tee));
    object_put_hex(&o, "fmspc", group->fmspc, sizeof group->fmspc);
    object_put_hex(&o, "cpusvn", group->raw.cpusvn, sizeof group->raw.cpusvn);
    object_put_number(&o, "pcesvn", group->raw.pcesvn);
    object_put(&o, "tee_tcb_svn",
               group->has_tdx
                   ? json_string(hex(group->tee_tcb_svn, sizeof group->tee_tcb_svn).s)
                   : json_null());
    object_put_text(&o, "standing", host_standing_name(group->standing));
    object_put_number(&o, "hosts", (int64_t)group->hosts);
    object_put_text(&o, "change", preview_change_name(row->change));
    object_put(&o, "now", side_json(&row->now));
    object_put(&o, "then", side_json(&row->then));
    object_put(&o, "component", component_json(row));
    object_put(&o, "advisories", row_advisories_json(row));
    object_put_flag(&o, "lacks_pck", row->lacks_pck);
    object_put_flag(&o, "ends_service", row->ends_service);
    object_put(&o, "names", names_json(report->named, report->named_count, i));
    return object_end(&o);
}

static json_t *spl_json(const struct preview_report *report,
                        const struct preview_chip_row *row)
{
    enum snp_product product = row->group->product;
    struct object o;

    if (row->lowest == SPL_COUNT)
        return json_null();
    o = object_begin();
    object_put_text(&o, "name", spl_parameter(row->lowest));
    object_put_number(&o, "have", row->group->tcb.spl[row->lowest]);
    object_put_number(&o, "need", report->policy_then->min_tcb[product].spl[row->lowest]);
    return object_end(&o);
}

static json_t *chip_row_json(const struct preview_report *report, size_t i)
{
    const struct preview_chip_row *row = &report->preview->chip_rows[i];
    const struct chip_group *group = row->group;
    struct object o = object_begin();

    object_put_text(&o, "product", snp_product_facts(group->product)->name);
    object_put_text(&o, "tcb_version", tcb_version_hex(group->product, &group->tcb).s);
    object_put_text(&o, "standing", host_standing_name(group->standing));
    object_put_number(&o, "hosts", (int64_t)group->hosts);
    object_put_text(&o, "change", preview_change_name(row->change));
    object_put_flag(&o, "meets_now", row->meets_now);
    object_put_flag(&o, "meets_then", row->meets_then);
    object_put(
        &o, "minimum",
        row->has_min_then ? json_string(
            tcb_version_hex(group->product, &report->policy_then->min_tcb[group->product])
                .s)
                          : json_null());
    object_put(&o, "component", spl_json(report, row));
    object_put(&o, "names", names_json(report->named_chips, report->named_chip_count, i));
    return object_end(&o);
}

static json_t *list_of(const struct preview_report *report, size_t count,
                       json_t *(*item)(const struct preview_report *report, size_t i))
{
    json_t *list = json_array();

    for (size_t i = 0; i < count && i < PREVIEW_ROWS_SHOWN; i++)
        json_array_append_new(list, item(report, i));
    return list;
}

/* ---- the whole as JSON ------------------------------------------------------------ */

static json_t *move_json(const struct preview *preview, size_t k)
{
    if (preview->to[k] == 0)
        return json_null();
    return json_pack("{s:I, s:I}", "from", (json_int_t)preview->from[k], "to",
                     (json_int_t)preview->to[k]);
}

static size_t past(size_t count)
{
    return count > PREVIEW_ROWS_SHOWN ? count - PREVIEW_ROWS_SHOWN : 0;
}

json_t *preview_json(const struct preview_report *report)
{
    const struct preview *preview = report->preview;
    struct object o = object_begin();

    object_put_text(&o, "baseline", report->baseline);
    object_put_number(&o, "generation", (int64_t)report->view->holdings->generation);
    object_put_time(&o, "now", report->view->now_s);
    object_put_number(&o, "unseen_days", report->host_ttl_s / DAY_S);
    for (size_t i = 0; i < COUNT_OF(control_tees); i++)
        object_put(&o, tee_name(control_tees[i]), move_json(preview, i));
    object_put(&o, "totals", totals_json(&preview->totals));
    object_put(&o, "by_tee", by_tee_json(preview));
    object_put(&o, "by_fmspc", by_fmspc_json(preview));
    object_put(&o, "by_product", by_product_json(preview));
    object_put(&o, "rows", list_of(report, preview->row_count, row_json));
    object_put(&o, "chips", list_of(report, preview->chip_row_count, chip_row_json));
    object_put_number(
        &o, "rows_left_out",
        (int64_t)(past(preview->row_count) + past(preview->chip_row_count)));
    object_put_number(&o, "hosts_left_out", (int64_t)report->groups->left_out);
    object_put_text(&o, "sealed_data", SEALED_DATA);
    return object_end(&o);
}

/* ---- as CSV ----------------------------------------------------------------------- */

/* RFC 4180: what came from outside stands in quotes, and holds none. */
static void add_quoted(struct buf *out, struct bytes text)
{
    buf_addf(out, ",\"%s\"", safe(text).s);
}

static void add_advisories(struct buf *out, const struct bytes *advisories, size_t count)
{
    buf_add_text(out, ",");
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%s%s", i > 0 ? " " : "", safe(advisories[i]).s);
}

static void add_names(struct buf *out, const struct preview_named *named, size_t count,
                      size_t row)
{
    buf_add_text(out, ",");
    for (size_t i = 0; row < count && i < named[row].count; i++) {
        const struct host_row *host = &named[row].hosts[i];
        buf_addf(out, "%s%s", i > 0 ? " " : "",
                 host->hwid.len > 0 ? hex(host->hwid.at, host->hwid.len).s
                                    : host->name.qe_id);
    }
    buf_add_text(out, "\r\n");
}

static const char *status_of(const struct preview_side *side)
{
    return side->has_set ? tcb_standing_name(side->standing) : "";
}

static void add_row(struct buf *out, const struct preview_report *report, size_t i)
{
    const struct preview_row *row = &report->preview->rows[i];
    const struct host_group *group = row->group;

    buf_addf(out, "%s,%s,%s,%s,%s,%u,%s,%zu,%" PRIu32 ",%" PRIu32 ",%s,%s,",
             preview_change_name(row->change), host_standing_name(group->standing),
             tee_name(row->tee), hex(group->fmspc, 6).s, hex(group->raw.cpusvn, 16).s,
             group->raw.pcesvn, group->has_tdx ? hex(group->tee_tcb_svn, 16).s : "",
             group->hosts, row->now.number, row->then.number, status_of(&row->now),
             status_of(&row->then));
    if (row->short_of.place < TCB_PLACES) {
        buf_addf(out, "%s,%u,%u", row->place.name, row->short_of.have,
                 row->short_of.need);
        add_quoted(out, row->place.category);
    } else {
        buf_add_text(out, ",,,");
    }
    add_advisories(out, row->gained, row->gained_count);
    add_advisories(out, row->cleared, row->cleared_count);
    buf_addf(out, ",%s,%s", row->lacks_pck ? "yes" : "no",
             row->ends_service ? "yes" : "no");
    add_names(out, report->named, report->named_count, i);
}

static void add_chip_row(struct buf *out, const struct preview_report *report, size_t i)
{
    const struct preview_chip_row *row = &report->preview->chip_rows[i];
    const struct chip_group *group = row->group;

    buf_addf(out, "%s,%s,snp,%s,%s,,,%zu,,,%s,%s,", preview_change_name(row->change),
             host_standing_name(group->standing), snp_product_facts(group->product)->name,
             tcb_version_hex(group->product, &group->tcb).s, group->hosts,
             row->meets_now ? "meets" : "below", row->meets_then ? "meets" : "below");
    if (row->lowest < SPL_COUNT)
        buf_addf(out, "%s,%u,%u,", spl_parameter(row->lowest),
                 group->tcb.spl[row->lowest],
                 report->policy_then->min_tcb[group->product].spl[row->lowest]);
    else
        buf_add_text(out, ",,,");
    buf_add_text(out, ",,,,");
    add_names(out, report->named_chips, report->named_chip_count, i);
}

void preview_csv(const struct preview_report *report, struct buf *out)
{
    buf_add_text(out, "change,standing,tee,family,cpusvn,pcesvn,tee_tcb_svn,hosts,"
                      "number_now,number_then,status_now,status_then,component,have,need,"
                      "category,gained,cleared,lacks_pck,ends_service,names\r\n");
    for (size_t i = 0; i < report->preview->row_count; i++)
        add_row(out, report, i);
    for (size_t i = 0; i < report->preview->chip_row_count; i++)
        add_chip_row(out, report, i);
}
