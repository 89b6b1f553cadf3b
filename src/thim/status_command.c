/* SPDX-License-Identifier: Apache-2.0 */
/* thim status: what is held and how its keeping goes, as a page for people or as the
 * service's own JSON. */
#include <stdio.h>
#include <string.h>

#include "kit/base.h"
#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "thim/service_client.h"
#include "thim/tree.h"

static void print_head(const json_t *status)
{
    bool is_ready = tree_flag(status, "ready");

    printf("thimd %s, %s, generation %lld, %s%s\n", tree_text(status, "version"),
           tree_text(status, "now"), tree_number(status, "generation"),
           is_ready ? "ready" : "not ready: ",
           is_ready ? "" : tree_text(status, "not_ready"));
    if (strcmp(tree_text(status, "clock"), "system") != 0)
        printf("the clock is %s: verdicts are as of the time above\n",
               tree_text(status, "clock"));
    if (tree_flag(status, "held_up"))
        printf("this machine's clock is behind what the vendors have signed; set it\n");
    if (tree_flag(status, "marked"))
        printf("test roots or a moved clock: nothing served here is to be believed\n");
}

static void print_roots(const json_t *status)
{
    const json_t *roots = json_object_get(status, "roots");

    for (size_t i = 0; i < json_array_size(roots); i++) {
        const json_t *root = json_array_get(roots, i);
        if (strcmp(tree_text(root, "origin"), "pinned") != 0)
            printf("%s root %s %s\n", tree_text(root, "origin"),
                   tree_text(root, "spki_sha256"), tree_text(root, "name"));
    }
}

static void print_stand(const json_t *baseline, const char *tee)
{
    const json_t *stand = json_object_get(baseline, tee);

    if (stand == NULL)
        return;
    printf("baseline %s%s: %s ", tree_text(baseline, "name"),
           tree_flag(baseline, "default") ? "*" : "", tee);
    if (json_is_integer(json_object_get(stand, "number")))
        printf("%lld, %s\n", tree_number(stand, "number"), tree_text(stand, "why"));
    else
        printf("none: %s\n", tree_text(stand, "why"));
}

static void print_baselines(const json_t *status)
{
    for (size_t i = 0; i < tree_count(status, "baselines"); i++) {
        print_stand(tree_item(status, "baselines", i), "sgx");
        print_stand(tree_item(status, "baselines", i), "tdx");
    }
}

static void print_upstreams(const json_t *status)
{
    const json_t *upstreams = json_object_get(status, "upstreams");

    printf("\nUPSTREAM          STATE    CALLS  FAILED  LAST ANSWER\n");
    for (size_t i = 0; i < json_array_size(upstreams); i++) {
        const json_t *each = json_array_get(upstreams, i);
        bool open = strcmp(tree_text(each, "breaker"), "open") == 0;
        printf("%-17s %-8s %5lld  %6lld  %s", tree_text(each, "name"),
               open ? "resting" : "asked", tree_number(each, "calls"),
               tree_number(each, "failed"), tree_text(each, "last_ok"));
        if (tree_number(each, "skew_s") != 0)
            printf("  its Date is %lld s off", tree_number(each, "skew_s"));
        long long queued = tree_number(json_object_get(each, "queued"), "known")
                           + tree_number(json_object_get(each, "queued"), "unknown");
        if (queued > 0)
            printf("  %lld wait for their turn", queued);
        if (json_is_false(json_object_get(each, "gives_lists")))
            printf("  gives no signed list of numbers");
        putchar('\n');
    }
}

static void print_updates(const json_t *item)
{
    const json_t *updates = json_object_get(item, "update");

    for (size_t i = 0; i < json_array_size(updates); i++)
        printf(" %s", json_string_value(json_array_get(updates, i)));
    if (json_is_false(json_object_get(item, "listed")))
        printf(" (no signed list names its number)");
    if (!tree_flag(item, "in_date"))
        printf(" OUT OF DATE, not served");
}

static void print_items(const json_t *status)
{
    const json_t *items = json_object_get(status, "items");

    printf("\n%-18s %-4s %-12s %4s  %-20s  %-20s\n", "KIND", "TEE", "WHICH", "EVAL",
           "ISSUED", "NEXT UPDATE");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const char *which = tree_text(item, "fmspc");
        if (which[0] == '-')
            which = tree_text(item, "enclave");
        if (which[0] == '-')
            which = tree_text(item, "ca");
        printf("%-18s %-4s %-12s ", tree_text(item, "kind"), tree_text(item, "tee"),
               which);
        if (json_object_get(item, "evaluation_data_number") != NULL)
            printf("%4lld", tree_number(item, "evaluation_data_number"));
        else
            printf("%4s", "-");
        printf("  %-20s  %-20s ", tree_text(item, "issue_date"),
               tree_text(item, "next_update"));
        print_updates(item);
        putchar('\n');
    }
}

static void print_one_trouble(const json_t *each)
{
    if (tree_number(each, "failures") > 0)
        printf("%s: failed %lld times, last asked %s of %s, next %s\n    %s\n",
               tree_text(each, "name"), tree_number(each, "failures"),
               tree_text(each, "tried"), tree_text(each, "upstream"),
               tree_text(each, "next"), tree_text(each, "why"));
    if (tree_flag(each, "frozen"))
        printf("%s: frozen, its issue date stands still\n", tree_text(each, "name"));
}

/* Numbers that have had their time: no trouble, but their last day should be known. */
static void print_gone(const json_t *keeping)
{
    const char *first = "~"; /* above every date */
    size_t gone = 0, held = 0;

    for (size_t i = 0; i < json_array_size(keeping); i++) {
        const json_t *each = json_array_get(keeping, i);
        const char *ends = json_string_value(json_object_get(each, "ends"));
        gone += tree_flag(each, "gone");
        held += ends != NULL;
        if (ends != NULL && strcmp(ends, first) < 0)
            first = ends;
    }
    if (gone > 0)
        printf("%zu documents are of numbers that are signed no more; %zu are still held",
               gone, held);
    if (held > 0)
        printf(", the first until %s", first);
    if (gone > 0)
        putchar('\n');
}

static void print_troubles(const json_t *status)
{
    const json_t *keeping = json_object_get(status, "keeping");
    size_t absent = 0;

    putchar('\n');
    for (size_t i = 0; i < json_array_size(keeping); i++) {
        const json_t *each = json_array_get(keeping, i);
        print_one_trouble(each);
        absent += tree_flag(each, "absent") && !tree_flag(each, "gone");
    }
    if (absent > 0)
        printf("%zu things are asked for that no upstream has (see --json)\n", absent);
    print_gone(keeping);
}

static void print_counters(const json_t *status)
{
    json_t *counters = json_object_get(status, "counters");
    const char *name;
    json_t *value;

    json_object_foreach(counters, name, value) if (json_integer_value(value) > 0)
        printf("%s: %lld since the start\n", name, (long long)json_integer_value(value));
}

static int print_status(const json_t *status)
{
    print_head(status);
    print_roots(status);
    print_baselines(status);
    print_upstreams(status);
    print_items(status);
    print_troubles(status);
    print_counters(status);
    return tree_flag(status, "ready") ? EXIT_YES : EXIT_NO;
}

int command_status(int argc, char **argv)
{
    struct service_address address = { 0 };
    bool as_json = false;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--json", NULL, &as_json },
    };
    const char *plain[1];
    size_t count;
    json_t *status;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), plain, 0, &count, &err)) {
        fprintf(stderr, "thim: status: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (!service_ask(&address, "/thim/v1/status", NULL, &status, &err)) {
        fprintf(stderr, "thim: status: %s\n", err.text);
        status = json_pack("{s:b, s:s}", "ready", 0, "why", err.text);
        if (as_json)
            describe_print_json(status);
        json_decref(status);
        return EXIT_UNAVAILABLE;
    }
    int answer = tree_flag(status, "ready") ? EXIT_YES : EXIT_NO;
    if (as_json) {
        describe_print_json(status);
    } else {
        answer = print_status(status);
    }
    json_decref(status);
    return answer;
}
