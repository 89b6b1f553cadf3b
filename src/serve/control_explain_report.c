/* SPDX-License-Identifier: Apache-2.0 */
/* An SEV-SNP report beside the minimum TCB_VERSION of each baseline. */
#include "kit/text.h"
#include "serve/control_explain_json.h"

static void put_tcb(struct object *o, const char *name, uint64_t tcb)
{
    char text[17];

    snprintf(text, sizeof text, "%016llx", (unsigned long long)tcb);
    object_put_text(o, name, text);
}

static json_t *subject_json(const struct snp_report *report, enum snp_product product)
{
    struct object o = object_begin();
    struct buf chip_id;

    buf_init(&chip_id, 2 * CHIP_ID_LEN + 1);
    hex_add(&chip_id, report->chip_id);
    object_put_text(&o, "by", "report");
    object_put_flag(&o, "verified", false);
    object_put_text(&o, "product", snp_product_facts(product)->name);
    object_put_number(&o, "report_version", report->version);
    object_put_text(&o, "chip_id", buf_text(&chip_id));
    put_tcb(&o, "reported", report->reported_tcb);
    put_tcb(&o, "current", report->current_tcb);
    put_tcb(&o, "committed", report->committed_tcb);
    put_tcb(&o, "launch", report->launch_tcb);
    buf_fini(&chip_id);
    return object_end(&o);
}

/* need NULL: the baseline has no minimum. */
static json_t *components_json(enum snp_product product, const struct tcb_version *have,
                               const struct tcb_version *need)
{
    json_t *list = json_array();

    for (size_t i = 0; i < SPL_COUNT; i++) {
        struct object o;
        if (!snp_product_facts(product)->has[i])
            continue;
        o = object_begin();
        object_put_text(&o, "name", spl_parameter((enum spl)i));
        object_put_number(&o, "have", have->spl[i]);
        object_put(&o, "need", need == NULL ? json_null() : json_integer(need->spl[i]));
        json_array_append_new(list, object_end(&o));
    }
    return list;
}

static json_t *beside_json(const struct baseline_law *law, size_t policy,
                           enum snp_product product, const struct tcb_version *have)
{
    const struct baseline_policy *baseline = &law->policies[policy];
    const struct tcb_version *need =
        baseline->has_min_tcb[product] ? &baseline->min_tcb[product] : NULL;
    struct object o = object_begin();

    object_put_text(&o, "name", baseline->name);
    object_put_flag(&o, "default", policy == law->default_policy);
    object_put(&o, "minimum",
               need == NULL ? json_null()
                            : json_string(tcb_version_hex(product, need).s));
    object_put(&o, "meets",
               need == NULL ? json_null()
                            : json_boolean(tcb_version_meets(have, need, NULL)));
    object_put(&o, "components", components_json(product, have, need));
    return object_end(&o);
}

json_t *explain_report_json(const struct baseline_view *view,
                            const struct snp_report *report, enum snp_product product,
                            const struct tcb_version *reported)
{
    struct object o = object_begin();
    json_t *list = json_array();

    for (size_t i = 0; i < view->law->count; i++)
        json_array_append_new(list, beside_json(view->law, i, product, reported));
    object_put_number(&o, "generation", (int64_t)view->holdings->generation);
    object_put_time(&o, "now", view->now_s);
    object_put(&o, "subject", subject_json(report, product));
    object_put(&o, "baselines", list);
    return object_end(&o);
}
