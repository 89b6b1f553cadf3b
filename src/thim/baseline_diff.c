/* SPDX-License-Identifier: Apache-2.0 */
/* thim baseline diff: which levels and advisories changed for an FMSPC between two
 * numbers. */
#include <stdio.h>
#include <string.h>

#include "kit/base.h"
#include "thim/arguments.h"
#include "thim/baseline_parts.h"
#include "thim/describe.h"
#include "thim/tree.h"

/* ---- printing ------------------------------------------------------------------------
 */

static void print_svns(const char *name, const json_t *svns)
{
    if (!json_is_array(svns))
        return;
    printf("  %s", name);
    for (size_t i = 0; i < json_array_size(svns); i++)
        printf(" %lld", (long long)json_integer_value(json_array_get(svns, i)));
}

static void print_advisories(const char *sign, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        printf(" %s%s", sign, tree_text(json_array_get(list, i), "id"));
}

static void print_sides(const json_t *diff)
{
    const json_t *before = json_object_get(diff, "before");
    const json_t *after = json_object_get(diff, "after");
    const json_t *advisories = json_object_get(diff, "advisories");
    bool stays = json_is_object(before) && json_is_object(after);

    if (stays && strcmp(tree_text(before, "status"), tree_text(after, "status")) != 0)
        printf("    %s -> %s", tree_text(before, "status"), tree_text(after, "status"));
    else
        printf("    %s", tree_text(json_is_object(after) ? after : before, "status"));
    if (stays && strcmp(tree_text(before, "tcb_date"), tree_text(after, "tcb_date")) != 0)
        printf(", %s -> %s", day_of(before, "tcb_date").s, day_of(after, "tcb_date").s);
    else
        printf(", %s", day_of(json_is_object(after) ? after : before, "tcb_date").s);
    print_advisories("+", json_object_get(advisories, "gained"));
    print_advisories("-", json_object_get(advisories, "cleared"));
    putchar('\n');
}

static void print_level(const json_t *level)
{
    printf("%-7s", tree_text(level, "change"));
    print_svns("sgx", json_object_get(level, "sgx"));
    printf("  pcesvn %lld", tree_number(level, "pcesvn"));
    print_svns("tdx", json_object_get(level, "tdx"));
    putchar('\n');
    print_sides(level);
}

static void print_enclave(const json_t *enclave)
{
    const char *name = tree_text(enclave, "enclave");

    printf("%-7s  %s ISVSVN %lld\n", tree_text(enclave, "change"),
           strcmp(name, "qe") == 0 ? "quoting enclave" : name,
           tree_number(enclave, "isvsvn"));
    print_sides(enclave);
}

void baseline_print_diff(const json_t *tree)
{
    const json_t *advisories = json_object_get(tree, "advisories");
    const json_t *gained = json_object_get(advisories, "gained");
    const json_t *cleared = json_object_get(advisories, "cleared");

    printf("%s FMSPC %s, number %lld to %lld\n\n", tree_text(tree, "tee"),
           tree_text(tree, "fmspc"), tree_number(tree, "a"), tree_number(tree, "b"));
    for (size_t i = 0; i < tree_count(tree, "levels"); i++)
        print_level(tree_item(tree, "levels", i));
    for (size_t i = 0; i < tree_count(tree, "enclaves"); i++)
        print_enclave(tree_item(tree, "enclaves", i));
    if (tree_count(tree, "levels") + tree_count(tree, "enclaves") == 0)
        puts("nothing is different");
    if (!tree_flag(tree, "identities"))
        puts("the quoting enclave was not compared: one of its identities is not held");
    if (json_array_size(gained) > 0)
        puts("\nnamed for the first time:");
    baseline_print_links(gained);
    if (json_array_size(cleared) > 0)
        puts("\nnamed no more:");
    baseline_print_links(cleared);
}

/* ---- the verb ------------------------------------------------------------------------
 */

struct comparison {
    struct service_address address;
    const char *numbers[2], *fmspc, *tee;
    bool as_json;
};

static bool read_comparison(int argc, char **argv, struct comparison *out,
                            struct error *err)
{
    const struct argument_option options[] = {
        { "--state", &out->address.state, NULL },
        { "--socket", &out->address.socket, NULL },
        { "--fmspc", &out->fmspc, NULL },
        { "--tee", &out->tee, NULL },
        { "--json", NULL, &out->as_json },
    };
    size_t count;

    if (!arguments_read(argc, argv, options, COUNT_OF(options), out->numbers, 2, &count,
                        err))
        return false;
    if (count < 2)
        return error_set(err, ERROR_FORMAT, "which two numbers? (diff A B --fmspc F)");
    return out->fmspc != NULL
           || error_set(err, ERROR_FORMAT, "of which FMSPC? (--fmspc)");
}

int baseline_diff(int argc, char **argv)
{
    struct comparison asked = { .fmspc = NULL };
    char path[BASELINE_PATH_MAX] = BASELINES_URL "/diff";
    json_t *tree;
    struct error err = { 0 };

    if (!read_comparison(argc, argv, &asked, &err)
        || !baseline_query(path, "a", asked.numbers[0], &err)
        || !baseline_query(path, "b", asked.numbers[1], &err)
        || !baseline_query(path, "fmspc", asked.fmspc, &err)
        || !baseline_query(path, "tee", asked.tee, &err))
        return baseline_usage("diff", &err);
    if (!service_ask(&asked.address, path, NULL, &tree, &err))
        return baseline_fail("diff", &err, asked.as_json);
    if (asked.as_json)
        describe_print_json(tree);
    else
        baseline_print_diff(tree);
    json_decref(tree);
    return EXIT_YES;
}
