/* SPDX-License-Identifier: Apache-2.0 */
/* thim platform show: one platform at a glance; its certificates, the TCBs that it was
 * seen at, which certificate each is given, and why none of the others. */
#include <stdio.h>
#include <string.h>

#include "kit/base.h"
#include "thim/arguments.h"
#include "thim/describe.h"
#include "thim/platform_name.h"
#include "thim/platform_parts.h"
#include "thim/tree.h"

static const char *cached_keys_text(const json_t *tree)
{
    const json_t *flag = json_object_get(tree, "cached_keys");

    if (json_is_true(flag))
        return "yes, Intel answers for it without its manifest";
    if (json_is_false(flag))
        return "no, Intel answers for it with its manifest alone";
    return "- (one package)";
}

static void print_head(const json_t *tree)
{
    printf("QE ID        %s  PCE-ID %s\n", tree_text(tree, "qe_id"),
           tree_text(tree, "pce_id"));
    printf("state        %s  FMSPC %s  CA %s\n", tree_text(tree, "state"),
           tree_text(tree, "fmspc"), tree_text(tree, "ca"));
    printf("CachedKeys   %s\n", cached_keys_text(tree));
    printf("manifest     %s\n", tree_flag(tree, "manifest") ? "kept here" : "none here");
    if (json_is_string(json_object_get(tree, "tee_tcb_svn")))
        printf("TDX SVNs     %s\n", tree_text(tree, "tee_tcb_svn"));
    printf("bound by     %s %s\n", tree_text(tree, "bound_by"),
           tree_text(tree, "registrar"));
    printf("seen         %s, first %s\n", tree_text(tree, "last_seen"),
           tree_text(tree, "first_seen"));
    printf("fetched      %s  from %s, next %s\n", tree_text(tree, "fetched"),
           tree_text(tree, "source"), tree_text(tree, "due"));
    if (tree_number(tree, "failures") > 0)
        printf("trouble      %lld fetches failed: %s\n", tree_number(tree, "failures"),
               tree_text(tree, "why"));
}

static void print_level(const json_t *certificate)
{
    if (json_is_integer(json_object_get(certificate, "level")))
        printf("%5lld", tree_number(certificate, "level"));
    else
        printf("%5s", "-");
}

static void print_certificates(const json_t *tree)
{
    printf("\n%-36s  LEVEL  %-17s  %-20s  VERDICT\n", "TCBM", "STATUS", "NOT AFTER");
    for (size_t i = 0; i < tree_count(tree, "list"); i++) {
        const json_t *each = tree_item(tree, "list", i);
        bool is_gap = strcmp(tree_text(each, "kind"), "gap") == 0;
        bool has_why = json_is_string(json_object_get(each, "why"));
        printf("%-36s  ", tree_text(each, "tcbm"));
        print_level(each);
        printf("  %-17s  %-20s  %s%s%s\n", tree_text(each, "status"),
               tree_text(each, "not_after"),
               is_gap ? "gap: Intel has none" : tree_text(each, "verdict"),
               has_why ? ": " : "", has_why ? tree_text(each, "why") : "");
    }
}

/* False for those that would do and stand lower: there may be many, all alike. */
static bool print_standing(const json_t *row)
{
    const char *standing = tree_text(row, "standing");

    if (strcmp(standing, "below_chosen") == 0)
        return false;
    printf("    %s  ", tree_text(row, "tcbm"));
    if (strcmp(standing, "chosen") == 0)
        puts("given");
    else if (strcmp(standing, "above_raw") == 0)
        printf("too high: %s is %lld, it needs %lld\n", tree_text(row, "component"),
               tree_number(row, "have"), tree_number(row, "need"));
    else
        printf("passed over: %s\n", tree_text(row, "why"));
    return true;
}

static void print_trace(const json_t *raw_tcb)
{
    size_t lower = 0;

    for (size_t i = 0; i < tree_count(raw_tcb, "trace"); i++)
        lower += !print_standing(tree_item(raw_tcb, "trace", i));
    if (lower > 0)
        printf("    %zu more would do and stand lower\n", lower);
    if (!json_is_string(json_object_get(raw_tcb, "given")))
        puts("    none is given; thim platform doctor says why");
}

static void print_raw_tcbs(const json_t *tree)
{
    for (size_t i = 0; i < tree_count(tree, "raw_tcbs"); i++) {
        const json_t *each = tree_item(tree, "raw_tcbs", i);
        printf("\nat CPUSVN %s PCESVN %s, %s, last seen %s\n", tree_text(each, "cpusvn"),
               tree_text(each, "pcesvn"),
               tree_flag(each, "confirmed") ? "confirmed" : "asked with",
               tree_text(each, "last_seen"));
        print_trace(each);
    }
}

int platform_show(int argc, char **argv)
{
    struct service_address address = { 0 };
    const char *qe_id = NULL, *pce_id = NULL;
    bool as_json = false;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--pce-id", &pce_id, NULL },
        { "--json", NULL, &as_json },
    };
    struct platform_target target;
    char path[QE_ID_MAX + 64];
    size_t count;
    json_t *tree;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &qe_id, 1, &count, &err)
        || (count == 0 && !error_set(&err, ERROR_FORMAT, "which one? (its QE ID)")))
        return platform_usage("show", &err);
    if (!platform_target_find(&address, qe_id, pce_id, &target, &err))
        return platform_fail("show", &err, as_json);
    snprintf(path, sizeof path, "/thim/v1/platforms/show?qe_id=%s&pce_id=%s",
             target.qe_id, target.pce_id);
    if (!service_ask(&address, path, NULL, &tree, &err))
        return platform_fail("show", &err, as_json);
    if (as_json) {
        describe_print_json(tree);
    } else {
        print_head(tree);
        print_certificates(tree);
        print_raw_tcbs(tree);
    }
    json_decref(tree);
    return EXIT_YES;
}
