/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "kit/buf.h"
#include "kit/text.h"
#include "thim/baseline_parts.h"
#include "thim/explain_parts.h"
#include "thim/tree.h"

/* ---- the report ---------------------------------------------------------------------
 */

static enum snp_product product_named(struct bytes name)
{
    for (unsigned i = SNP_MILAN; i < SNP_PRODUCTS; i++)
        if (text_equal_nocase(
                name, bytes_of_text(snp_product_facts((enum snp_product)i)->name)))
            return (enum snp_product)i;
    return 0;
}

static bool find_product(const struct snp_report *report, const char *given,
                         enum snp_product *out, struct error *err)
{
    enum snp_product said = snp_report_product(report);

    *out = given == NULL ? said : product_named(bytes_of_text(given));
    if (given != NULL && *out == 0)
        return error_set(err, ERROR_FORMAT, "--product %s: milan, genoa or turin",
                         safe_string(given).s);
    if (*out == 0)
        return error_set(err, ERROR_FORMAT,
                         "a report of version %u does not tell its product: give "
                         "--product milan or genoa",
                         report->version);
    if (said != 0 && said != *out)
        return error_set(err, ERROR_FORMAT, "--product %s: the report is of %s",
                         safe_string(given).s, snp_product_facts(said)->name);
    return true;
}

static json_t *subject_of(const struct snp_report *report, enum snp_product product)
{
    const struct {
        const char *name;
        uint64_t tcb;
    } tcbs[] = {
        { "reported", report->reported_tcb },
        { "current", report->current_tcb },
        { "committed", report->committed_tcb },
        { "launch", report->launch_tcb },
    };
    struct buf chip_id;
    char value[17];

    buf_init(&chip_id, 2 * CHIP_ID_LEN + 1);
    hex_add(&chip_id, report->chip_id);
    json_t *subject =
        json_pack("{s:s, s:b, s:s, s:i, s:s}", "by", "report", "verified", 0, "product",
                  snp_product_facts(product)->name, "report_version",
                  (int)report->version, "chip_id", buf_text(&chip_id));
    buf_fini(&chip_id);
    for (size_t i = 0; i < COUNT_OF(tcbs); i++) {
        snprintf(value, sizeof value, "%016llx", (unsigned long long)tcbs[i].tcb);
        (void)json_object_set_new(subject, tcbs[i].name, json_string(value));
    }
    return subject;
}

/* ---- beside a baseline ----------------------------------------------------------------
 */

/* Nothing where the baseline has no minimum for it, or one that we cannot read. */
static bool minimum_of(const json_t *whole, enum snp_product product,
                       struct tcb_version *out)
{
    const json_t *minima = json_object_get(json_object_get(whole, "policy"), "min_tcb");
    const char *text =
        json_string_value(json_object_get(minima, snp_product_facts(product)->name));
    struct error ignored;
    uint64_t value;

    return text != NULL && tcb_version_hex_read(bytes_of_text(text), &value)
           && tcb_version_read(product, value, out, &ignored);
}

static json_t *components_of(enum snp_product product, const struct tcb_version *have,
                             const struct tcb_version *need)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < SPL_COUNT; i++) {
        if (!snp_product_facts(product)->has[i])
            continue;
        json_t *needed = need == NULL ? json_null() : json_integer(need->spl[i]);
        (void)json_array_append_new(list, json_pack("{s:s, s:i, s:o}", "name",
                                                    spl_parameter((enum spl)i), "have",
                                                    (int)have->spl[i], "need", needed));
    }
    return list;
}

static json_t *beside(const json_t *whole, enum snp_product product,
                      const struct tcb_version *have)
{
    struct tcb_version minimum;
    bool has_minimum = minimum_of(whole, product, &minimum);
    bool meets = has_minimum && tcb_version_meets(have, &minimum, NULL);

    return json_pack(
        "{s:s, s:b, s:o, s:o, s:o}", "name", tree_text(whole, "name"), "default",
        tree_flag(whole, "default"), "minimum",
        has_minimum ? json_string(tcb_version_hex(product, &minimum).s) : json_null(),
        "meets", has_minimum ? json_boolean(meets) : json_null(), "components",
        components_of(product, have, has_minimum ? &minimum : NULL));
}

bool explain_report_tree(const struct snp_report *report, const char *product_name,
                         const json_t *wholes, json_t **tree, struct error *err)
{
    enum snp_product product;
    struct tcb_version reported;
    json_t *list;

    *tree = NULL;
    if (!find_product(report, product_name, &product, err)
        || !tcb_version_read(product, report->reported_tcb, &reported, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < json_array_size(wholes); i++)
        (void)json_array_append_new(
            list, beside(json_array_get(wholes, i), product, &reported));
    *tree = json_pack("{s:o, s:o}", "subject", subject_of(report, product), "baselines",
                      list);
    return *tree != NULL || error_set(err, ERROR_SYSTEM, "no memory for an answer");
}

/* ---- asking ---------------------------------------------------------------------------
 */

/* The list names them; the minima stand in each one's own. */
static bool ask_baselines(const struct service_address *address, json_t *wholes,
                          struct error *err)
{
    json_t *list;
    bool well = service_ask(address, BASELINES_URL, NULL, &list, err);

    for (size_t i = 0; well && i < tree_count(list, "baselines"); i++) {
        const char *name = tree_text(tree_item(list, "baselines", i), "name");
        char path[BASELINE_PATH_MAX];
        json_t *whole = NULL;
        well = baseline_path(address, name, "", path, err)
               && service_ask(address, path, NULL, &whole, err);
        if (well)
            (void)json_array_append_new(wholes, whole);
    }
    json_decref(list);
    return well;
}

static bool ask_here(const struct service_address *address,
                     const struct snp_report *report, const char *product, json_t **tree,
                     struct error *err)
{
    json_t *wholes = json_array();
    bool well = ask_baselines(address, wholes, err)
                && explain_report_tree(report, product, wholes, tree, err);

    json_decref(wholes);
    return well;
}

/* The service explains what tells its product. */
bool explain_report(const struct service_address *address, struct bytes raw,
                    const char *product, json_t **tree, struct error *err)
{
    struct service_request request = { .method = "POST",
                                       .path = "/thim/v1/explain",
                                       .content_type = "application/octet-stream",
                                       .body = raw };
    struct snp_report report;
    enum snp_product known;

    *tree = NULL;
    if (!snp_report_parse(raw, &report, err)
        || !find_product(&report, product, &known, err))
        return error_within(err, "SEV-SNP report");
    return snp_report_product(&report) != 0
               ? service_ask_with(address, &request, tree, err)
               : ask_here(address, &report, product, tree, err);
}

/* ---- printing
 * -------------------------------------------------------------------------- */

static void print_baseline(const json_t *each)
{
    bool has_minimum = json_is_string(json_object_get(each, "minimum"));

    printf("\n%s%s: %s\n", tree_text(each, "name"),
           tree_flag(each, "default") ? " (the default)" : "",
           !has_minimum               ? "has no minimum for this product"
           : tree_flag(each, "meets") ? "meets the minimum"
                                      : "BELOW the minimum");
    if (!has_minimum)
        return;
    printf("  %-9s  HAVE  NEED   (minimum %s)\n", "COMPONENT",
           tree_text(each, "minimum"));
    for (size_t i = 0; i < tree_count(each, "components"); i++) {
        const json_t *c = tree_item(each, "components", i);
        long long have = tree_number(c, "have"), need = tree_number(c, "need");
        printf("  %-9s  %4lld  %4lld%s\n", tree_text(c, "name"), have, need,
               have < need ? "   short" : "");
    }
}

void explain_report_print(const json_t *tree)
{
    const json_t *subject = json_object_get(tree, "subject");

    printf("report       version %lld, NOT VERIFIED: that is thim verify's\n",
           tree_number(subject, "report_version"));
    printf("product      %s\n", tree_text(subject, "product"));
    printf("chip ID      %s\n", tree_text(subject, "chip_id"));
    printf("TCB          reported %s, current %s\n", tree_text(subject, "reported"),
           tree_text(subject, "current"));
    printf("             committed %s, launch %s\n", tree_text(subject, "committed"),
           tree_text(subject, "launch"));
    for (size_t i = 0; i < tree_count(tree, "baselines"); i++)
        print_baseline(tree_item(tree, "baselines", i));
}
