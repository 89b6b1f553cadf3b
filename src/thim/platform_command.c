/* SPDX-License-Identifier: Apache-2.0 */
/* thim platform: the verbs, and those that print a list or take one away. */
#include <stdio.h>
#include <string.h>

#include "kit/base.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "thim/platform_name.h"
#include "thim/platform_parts.h"
#include "thim/tree.h"

int platform_usage(const char *verb, const struct error *err)
{
    fprintf(stderr, "thim: platform %s: %s\n", verb, err->text);
    return EXIT_USAGE;
}

int platform_fail(const char *verb, const struct error *err, bool as_json)
{
    fprintf(stderr, "thim: platform %s: %s\n", verb, err->text);
    if (as_json) {
        json_t *tree = json_pack("{s:{s:s, s:s}}", "error", "code",
                                 error_kind_name(err->kind), "message", err->text);
        describe_print_json(tree);
        json_decref(tree);
    }
    return (int)service_exit_status(err);
}

/* ---- list ----------------------------------------------------------------------- */

struct listing {
    struct service_address address;
    const char *fmspc;
    bool as_json;
};

static void print_row(const json_t *platform)
{
    bool waits = strcmp(tree_text(platform, "state"), "held") != 0;

    printf("%-32s  %-4s  %-7s  %-12s  %-9s  %5lld  %-8s  %s%s%s\n",
           tree_text(platform, "qe_id"), tree_text(platform, "pce_id"),
           tree_text(platform, "state"), tree_text(platform, "fmspc"),
           tree_text(platform, "ca"), tree_number(platform, "certificates"),
           tree_text(platform, "bound_by"), tree_text(platform, "last_seen"),
           waits || tree_number(platform, "failures") > 0 ? "  " : "",
           tree_number(platform, "failures") > 0 ? tree_text(platform, "why")
           : waits                               ? "not fetched yet"
                                                 : "");
}

static void print_counts(const json_t *counts)
{
    printf("\n%lld platforms, %lld of them waiting; %lld certificates, %lld raw TCBs; "
           "%lld in the queue\n",
           tree_number(counts, "platforms"), tree_number(counts, "waiting"),
           tree_number(counts, "certificates"), tree_number(counts, "raw_tcbs"),
           tree_number(counts, "queued"));
}

/* As JSON all pages are one answer; as text each is printed as it comes. */
static void take_page(const struct listing *listing, const json_t *page, json_t *all)
{
    if (listing->as_json) {
        (void)json_array_extend(json_object_get(all, "platforms"),
                                json_object_get(page, "platforms"));
        (void)json_object_set(all, "counts", json_object_get(page, "counts"));
        return;
    }
    for (size_t i = 0; i < tree_count(page, "platforms"); i++)
        print_row(tree_item(page, "platforms", i));
    if (tree_number(page, "next") == 0)
        print_counts(json_object_get(page, "counts"));
}

static int list_all(const struct listing *listing)
{
    json_t *all = json_pack("{s:[], s:{}}", "platforms", "counts"), *page;
    long long after = 0;
    struct error err = { 0 };

    if (!listing->as_json)
        printf("%-32s  %-4s  %-7s  %-12s  %-9s  CERTS  %-8s  LAST SEEN\n", "QE ID", "PCE",
               "STATE", "FMSPC", "CA", "BOUND BY");
    do {
        if (!platform_page(&listing->address, listing->fmspc, after, &page, &err)) {
            json_decref(all);
            return platform_fail("list", &err, listing->as_json);
        }
        take_page(listing, page, all);
        after = tree_number(page, "next");
        json_decref(page);
    } while (after > 0);
    if (listing->as_json)
        describe_print_json(all);
    json_decref(all);
    return EXIT_YES;
}

int platform_list(int argc, char **argv)
{
    struct listing listing = { 0 };
    const struct argument_option options[] = {
        { "--state", &listing.address.state, NULL },
        { "--socket", &listing.address.socket, NULL },
        { "--fmspc", &listing.fmspc, NULL },
        { "--json", NULL, &listing.as_json },
    };
    uint8_t fmspc[6];
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), NULL, 0, &count, &err))
        return platform_usage("list", &err);
    if (listing.fmspc != NULL
        && !hex_read(bytes_of_text(listing.fmspc), fmspc, sizeof fmspc)) {
        error_set(&err, ERROR_FORMAT, "--fmspc %s: expected 12 hex digits",
                  safe_string(listing.fmspc).s);
        return platform_usage("list", &err);
    }
    return list_all(&listing);
}

/* ---- audit ---------------------------------------------------------------------- */

static void print_audit(const json_t *tree)
{
    printf("%-20s  %-16s  %-16s  %-10s  %-32s  OUTCOME\n", "AT", "WHO", "FROM", "WHAT",
           "SUBJECT");
    for (size_t i = 0; i < tree_count(tree, "entries"); i++) {
        const json_t *each = tree_item(tree, "entries", i);
        printf("%-20s  %-16s  %-16s  %-10s  %-32s  %s\n", tree_text(each, "at"),
               tree_text(each, "who"), tree_text(each, "from"), tree_text(each, "what"),
               tree_text(each, "subject"), tree_text(each, "outcome"));
    }
}

int platform_audit(int argc, char **argv)
{
    struct service_address address = { 0 };
    const char *limit = "100";
    bool as_json = false;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--limit", &limit, NULL },
        { "--json", NULL, &as_json },
    };
    uint64_t most;
    size_t count;
    char path[64];
    json_t *tree;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), NULL, 0, &count, &err))
        return platform_usage("audit", &err);
    if (!decimal_read(bytes_of_text(limit), 1000, &most)) {
        error_set(&err, ERROR_FORMAT, "--limit %s: expected a number up to 1000",
                  safe_string(limit).s);
        return platform_usage("audit", &err);
    }
    snprintf(path, sizeof path, "/thim/v1/audit?limit=%llu", (unsigned long long)most);
    if (!service_ask(&address, path, NULL, &tree, &err))
        return platform_fail("audit", &err, as_json);
    if (as_json)
        describe_print_json(tree);
    else
        print_audit(tree);
    json_decref(tree);
    return EXIT_YES;
}

/* ---- forget --------------------------------------------------------------------- */

static int forget(const struct service_address *address,
                  const struct platform_target *target, bool as_json)
{
    char path[QE_ID_MAX + 64];
    json_t *tree;
    struct error err = { 0 };

    snprintf(path, sizeof path, "/thim/v1/platforms?qe_id=%s&pce_id=%s", target->qe_id,
             target->pce_id);
    if (!service_order(address, "DELETE", path, &tree, &err))
        return platform_fail("forget", &err, as_json);
    bool forgotten = tree_flag(tree, "forgotten");
    if (as_json)
        describe_print_json(tree);
    else
        printf("%s %s: %s\n", target->qe_id, target->pce_id,
               forgotten ? "forgotten" : "not known here");
    json_decref(tree);
    return forgotten ? EXIT_YES : EXIT_NO;
}

int platform_forget(int argc, char **argv)
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
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &qe_id, 1, &count, &err)
        || (count == 0 && !error_set(&err, ERROR_FORMAT, "which one? (its QE ID)")))
        return platform_usage("forget", &err);
    if (!platform_target_find(&address, qe_id, pce_id, &target, &err))
        return platform_fail("forget", &err, as_json);
    return forget(&address, &target, as_json);
}

/* ---- the verbs ------------------------------------------------------------------ */

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} verbs[] = {
    { "audit", platform_audit },       { "doctor", platform_doctor },
    { "forget", platform_forget },     { "import", platform_import },
    { "list", platform_list },         { "rebind", platform_rebind },
    { "register", platform_register }, { "show", platform_show },
    { "tdx", platform_tdx },
};

int command_platform(int argc, char **argv)
{
    const char *verb = argc > 0 ? argv[0] : "";

    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (strcmp(verbs[i].name, verb) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    fprintf(stderr,
            "thim: platform: expected list, show, register, rebind, import, forget, tdx, "
            "doctor or audit%s%s\n",
            verb[0] != 0 ? ", not " : "", verb[0] != 0 ? safe_string(verb).s : "");
    return EXIT_USAGE;
}
