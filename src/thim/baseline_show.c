/* SPDX-License-Identifier: Apache-2.0 */
/* thim baseline show: one baseline at a glance; what it has and why, which numbers are
 * held and until when, and what the configuration says of it. */
#include <stdio.h>
#include <string.h>

#include "kit/base.h"
#include "thim/arguments.h"
#include "thim/baseline_parts.h"
#include "thim/describe.h"
#include "thim/tree.h"

/* ---- where it stands ----------------------------------------------------------------
 */

static void print_effect(const json_t *stand)
{
    const json_t *effect = json_object_get(stand, "effect");

    if (json_is_object(effect))
        printf("  moving %lld -> %lld: %lld of %lld hosts would fall, %lld are unknown\n",
               tree_number(effect, "from"), tree_number(effect, "to"),
               tree_number(effect, "demoted"), tree_number(effect, "counted"),
               tree_number(effect, "unknown"));
}

static void print_orders(const json_t *stand)
{
    bool has_day = json_is_string(json_object_get(stand, "held_until"));

    if (json_is_integer(json_object_get(stand, "pinned")))
        printf("  pinned by hand to %lld until %s\n", tree_number(stand, "pinned"),
               day_of(stand, "pinned_until").s);
    if (tree_flag(stand, "held"))
        printf("  held by hand %s%s\n",
               has_day ? "until " : "as long as its signatures last",
               has_day ? day_of(stand, "held_until").s : "");
    if (json_is_integer(json_object_get(stand, "rolled_back_from")))
        printf("  rolled back from %lld\n", tree_number(stand, "rolled_back_from"));
}

static void print_number(const json_t *number)
{
    const json_t *expected = json_object_get(number, "expected");

    printf("  %6lld  %-10s  %3lld of %-3lld  %-8s ", tree_number(number, "number"),
           day_of(number, "ends").s, tree_number(number, "fmspcs"),
           tree_number(number, "of"), tree_flag(number, "identity") ? "yes" : "missing");
    if (tree_flag(number, "standard"))
        printf(" standard");
    if (tree_flag(number, "early"))
        printf(" early");
    if (tree_flag(number, "withdrawn"))
        printf(" withdrawn: signed no more, ends on that day");
    if (!tree_flag(number, "whole"))
        printf(" not whole");
    if (json_is_object(expected))
        printf(" expected as standard %s to %s", day_of(expected, "earliest").s,
               day_of(expected, "latest").s);
    putchar('\n');
}

static void print_stand(const json_t *tree, const char *tee)
{
    const json_t *stand = json_object_get(tree, tee);

    printf("\n%s: number %s since %s (%s): %s\n", tee, number_of(stand, "number").s,
           day_of(stand, "since").s, tree_text(stand, "reason"), tree_text(stand, "why"));
    if (json_is_string(json_object_get(stand, "hold_ends")))
        printf("  the hold ends by itself at %s\n", tree_text(stand, "hold_ends"));
    if (tree_flag(stand, "serves_expired"))
        puts("  what is out of date is served too, marked Warning: 110");
    print_effect(stand);
    print_orders(stand);
    if (tree_count(stand, "numbers") == 0)
        return;
    puts("  NUMBER  ENDS        FMSPCS      IDENTITY");
    for (size_t i = 0; i < tree_count(stand, "numbers"); i++)
        print_number(tree_item(stand, "numbers", i));
}

/* ---- what the file says --------------------------------------------------------------
 */

static void print_pin(const char *what, const json_t *pin)
{
    if (json_is_object(pin))
        printf("  %s%s%s until %s, by %s: %s\n", what,
               json_is_integer(json_object_get(pin, "number")) ? " " : "",
               json_is_integer(json_object_get(pin, "number"))
                   ? number_of(pin, "number").s
                   : "",
               day_of(pin, "until").s, tree_text(pin, "by"), tree_text(pin, "why"));
}

static void print_limit(const json_t *policy)
{
    const json_t *max = json_object_get(policy, "max_demoted");
    bool percent = json_object_get(max, "percent") != NULL;

    if (json_is_object(max))
        printf("  holds a promotion under which more than %lld%s fall, to %lld days "
               "before its signatures end, then: %s\n",
               tree_number(max, percent ? "percent" : "hosts"),
               percent ? "% of the hosts" : " hosts",
               tree_number(policy, "hold_margin_days"), tree_text(policy, "on_hold_end"));
    if (tree_number(policy, "delay_days") > 0)
        printf("  waits %lld days with every promotion\n",
               tree_number(policy, "delay_days"));
}

static void print_lists(const json_t *tree, const json_t *policy)
{
    const char *product;
    json_t *minimum;

    for (size_t i = 0; i < tree_count(policy, "overrides"); i++) {
        const json_t *each = tree_item(policy, "overrides", i);
        printf("  FMSPC %s:", tree_text(each, "fmspc"));
        print_pin("", each);
    }
    json_object_foreach(json_object_get(policy, "min_tcb"), product, minimum)
    {
        printf("  %s: TCB_VERSION %s at least\n", product, json_string_value(minimum));
    }
    for (size_t i = 0; i < tree_count(tree, "rules"); i++)
        printf("  given to %s\n", json_string_value(tree_item(tree, "rules", i)));
}

void baseline_print_whole(const json_t *tree)
{
    const json_t *policy = json_object_get(tree, "policy");

    printf("%s%s follows %s; who asks may choose: %s\n", tree_text(tree, "name"),
           tree_flag(tree, "default") ? " (the default)" : "", tree_text(tree, "follow"),
           tree_text(policy, "choice"));
    print_limit(policy);
    print_pin("pinned to", json_object_get(policy, "pin"));
    print_pin("serves what has expired", json_object_get(policy, "expired"));
    print_lists(tree, policy);
    print_stand(tree, "sgx");
    print_stand(tree, "tdx");
}

int baseline_show(int argc, char **argv)
{
    struct service_address address = { 0 };
    const char *name = NULL;
    bool as_json = false;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--json", NULL, &as_json },
    };
    char path[BASELINE_PATH_MAX];
    size_t count;
    json_t *tree;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &name, 1, &count, &err))
        return baseline_usage("show", &err);
    if (!baseline_path(&address, name, "", path, &err)
        || !service_ask(&address, path, NULL, &tree, &err))
        return baseline_fail("show", &err, as_json);
    if (as_json)
        describe_print_json(tree);
    else
        baseline_print_whole(tree);
    json_decref(tree);
    return EXIT_YES;
}
