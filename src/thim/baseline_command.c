/* SPDX-License-Identifier: Apache-2.0 */
/* thim baseline: the verbs, and those that print a list. */
#include <stdio.h>
#include <string.h>

#include "baseline/policy.h"
#include "kit/base.h"
#include "kit/buf.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/baseline_parts.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "thim/tree.h"

int baseline_usage(const char *verb, const struct error *err)
{
    fprintf(stderr, "thim: baseline %s: %s\n", verb, err->text);
    return EXIT_USAGE;
}

int baseline_fail(const char *verb, const struct error *err, bool as_json)
{
    fprintf(stderr, "thim: baseline %s: %s\n", verb, err->text);
    if (as_json) {
        json_t *tree = json_pack("{s:{s:s, s:s}}", "error", "code",
                                 error_kind_name(err->kind), "message", err->text);
        describe_print_json(tree);
        json_decref(tree);
    }
    return err->kind == ERROR_STALE ? EXIT_NO : (int)service_exit_status(err);
}

/* ---- paths ---------------------------------------------------------------------- */

bool baseline_is_name(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789-_");

    return len > 0 && len < BASELINE_NAME_MAX && text[len] == 0;
}

static bool find_default(const struct service_address *address,
                         char out[BASELINE_NAME_MAX], struct error *err)
{
    json_t *tree;

    if (!service_ask(address, BASELINES_URL, NULL, &tree, err))
        return false;
    out[0] = 0;
    for (size_t i = 0; i < tree_count(tree, "baselines"); i++) {
        const json_t *each = tree_item(tree, "baselines", i);
        if (tree_flag(each, "default") && baseline_is_name(tree_text(each, "name")))
            snprintf(out, BASELINE_NAME_MAX, "%s", tree_text(each, "name"));
    }
    json_decref(tree);
    return out[0] != 0
           || error_set(err, ERROR_FORMAT, "the service names no default baseline");
}

bool baseline_path(const struct service_address *address, const char *name,
                   const char *after, char out[BASELINE_PATH_MAX], struct error *err)
{
    char found[BASELINE_NAME_MAX];

    if (name != NULL && !baseline_is_name(name))
        return error_set(err, ERROR_FORMAT, "%s is no name of a baseline",
                         safe_string(name).s);
    if (name == NULL && !find_default(address, found, err))
        return false;
    snprintf(out, BASELINE_PATH_MAX, BASELINES_URL "/%s%s", name != NULL ? name : found,
             after);
    return true;
}

bool baseline_query(char path[BASELINE_PATH_MAX], const char *name, const char *value,
                    struct error *err)
{
    struct buf out;

    if (value == NULL)
        return true;
    buf_init(&out, BASELINE_PATH_MAX - 1);
    buf_addf(&out, "%s%c%s=", path, strchr(path, '?') == NULL ? '?' : '&', name);
    percent_add(&out, bytes_of_text(value));
    bool fits = !out.failed;
    if (fits)
        snprintf(path, BASELINE_PATH_MAX, "%s", buf_text(&out));
    buf_fini(&out);
    return fits || error_set(err, ERROR_LIMIT, "--%s is too long", name);
}

/* ---- what is printed in many places ----------------------------------------------- */

struct day_text day_of(const json_t *tree, const char *name)
{
    struct day_text out;

    snprintf(out.s, sizeof out.s, "%.10s", tree_text(tree, name));
    return out;
}

struct number_text number_of(const json_t *tree, const char *name)
{
    struct number_text out = { .s = "-" };

    if (json_is_integer(json_object_get(tree, name)))
        snprintf(out.s, sizeof out.s, "%lld", tree_number(tree, name));
    return out;
}

void baseline_print_links(const json_t *advisories)
{
    for (size_t i = 0; i < json_array_size(advisories); i++) {
        const json_t *each = json_array_get(advisories, i);
        bool has_link = json_is_string(json_object_get(each, "link"));
        printf("  %-18s  %s\n", tree_text(each, "id"),
               has_link ? tree_text(each, "link") : "no page is known");
    }
}

/* ---- list ----------------------------------------------------------------------- */

static const char *const tees[] = { "sgx", "tdx" };

static void print_stand(const json_t *baseline, const char *tee)
{
    const json_t *stand = json_object_get(baseline, tee);
    bool first = strcmp(tee, tees[0]) == 0;

    printf("%-20s%c  %-3s  %6s  %-10s  %6s  %8s  %5s  %-13s  %s\n",
           first ? tree_text(baseline, "name") : "",
           first && tree_flag(baseline, "default") ? '*' : ' ', tee,
           number_of(stand, "number").s, day_of(stand, "since").s,
           number_of(stand, "target").s, number_of(stand, "standard").s,
           number_of(stand, "early").s, tree_text(stand, "reason"),
           tree_text(stand, "why"));
}

static void print_expected(const json_t *baseline, const char *tee)
{
    const json_t *expected = json_object_get(json_object_get(baseline, tee), "expected");

    if (json_is_object(expected))
        printf("%s: %lld is expected to become standard between %s and %s\n", tee,
               tree_number(expected, "number"), day_of(expected, "earliest").s,
               day_of(expected, "latest").s);
}

void baseline_print_list(const json_t *tree)
{
    printf("%-20s   TEE  NUMBER  %-10s  TARGET  STANDARD  EARLY  %-13s  WHY\n",
           "BASELINE", "SINCE", "STATE");
    for (size_t i = 0; i < tree_count(tree, "baselines"); i++)
        for (size_t k = 0; k < COUNT_OF(tees); k++)
            print_stand(tree_item(tree, "baselines", i), tees[k]);
    puts("\n* is what is given to who asks for none");
    for (size_t k = 0; k < COUNT_OF(tees); k++)
        print_expected(tree_item(tree, "baselines", 0), tees[k]);
}

int baseline_list(int argc, char **argv)
{
    struct service_address address = { 0 };
    bool as_json = false;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--json", NULL, &as_json },
    };
    size_t count;
    json_t *tree;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), NULL, 0, &count, &err))
        return baseline_usage("list", &err);
    if (!service_ask(&address, BASELINES_URL, NULL, &tree, &err))
        return baseline_fail("list", &err, as_json);
    if (as_json)
        describe_print_json(tree);
    else
        baseline_print_list(tree);
    json_decref(tree);
    return EXIT_YES;
}

/* ---- history -------------------------------------------------------------------- */

static void print_effect(const json_t *effect)
{
    if (json_is_object(effect))
        printf("  [%lld of %lld hosts fall, %lld unknown]", tree_number(effect, "falls"),
               tree_number(effect, "hosts"), tree_number(effect, "unknown"));
}

void baseline_print_history(const json_t *tree)
{
    printf("%-20s  %10s  TEE  %-11s  FROM    TO  %-10s  %-12s  WHY\n", "AT", "GENERATION",
           "STEP", "UNTIL", "WHO");
    for (size_t i = 0; i < tree_count(tree, "history"); i++) {
        const json_t *row = tree_item(tree, "history", i);
        printf("%-20s  %10lld  %-3s  %-11s  %4s  %4s  %-10s  %-12s  %s",
               tree_text(row, "at"), tree_number(row, "generation"),
               tree_text(row, "tee"), tree_text(row, "step"), number_of(row, "from").s,
               number_of(row, "to").s, day_of(row, "until").s, tree_text(row, "who"),
               tree_text(row, "why"));
        print_effect(json_object_get(row, "effect"));
        putchar('\n');
    }
}

int baseline_history(int argc, char **argv)
{
    struct service_address address = { 0 };
    const char *name = NULL, *limit = NULL;
    bool as_json = false;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--limit", &limit, NULL },
        { "--json", NULL, &as_json },
    };
    char path[BASELINE_PATH_MAX];
    size_t count;
    json_t *tree;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &name, 1, &count, &err))
        return baseline_usage("history", &err);
    if (!baseline_path(&address, name, "/history", path, &err)
        || !baseline_query(path, "limit", limit, &err)
        || !service_ask(&address, path, NULL, &tree, &err))
        return baseline_fail("history", &err, as_json);
    if (as_json)
        describe_print_json(tree);
    else
        baseline_print_history(tree);
    json_decref(tree);
    return EXIT_YES;
}

/* ---- the verbs ------------------------------------------------------------------ */

static const struct {
    const char *name;
    int (*run)(int argc, char **argv); /* NULL: an order */
} verbs[] = {
    { "list", baseline_list },
    { "show", baseline_show },
    { "preview", baseline_preview },
    { "history", baseline_history },
    { "diff", baseline_diff },
    { "promote", NULL },
    { "hold", NULL },
    { "release", NULL },
    { "pin", NULL },
    { "unpin", NULL },
    { "rollback", NULL },
    { "export", baseline_export },
};

int command_baseline(int argc, char **argv)
{
    const char *verb = argc > 0 ? argv[0] : "";

    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (strcmp(verbs[i].name, verb) != 0)
            continue;
        return verbs[i].run != NULL ? verbs[i].run(argc - 1, argv + 1)
                                    : baseline_order(verb, argc - 1, argv + 1);
    }
    fprintf(stderr,
            "thim: baseline: expected list, show, preview, history, diff, promote, hold, "
            "release, pin, unpin, rollback or export%s%s\n",
            verb[0] != 0 ? ", not " : "", verb[0] != 0 ? safe_string(verb).s : "");
    return EXIT_USAGE;
}
