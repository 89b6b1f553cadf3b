/* SPDX-License-Identifier: Apache-2.0 */
/* thim baseline promote, hold, release, pin, unpin, rollback: orders by hand. */
#include <stdio.h>
#include <string.h>

#include "kit/base.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/baseline_parts.h"
#include "thim/describe.h"
#include "thim/tree.h"

enum { EVALUATION_NUMBER_MAX = 100000 };

struct order {
    struct service_address address;
    const char *name, *to, *until, *why, *tee;
    bool as_json;
};

static void print_move(const json_t *tree, const char *tee)
{
    const json_t *move = json_object_get(tree, tee);
    bool stays = tree_number(move, "from") == tree_number(move, "to");

    printf("  %s: %s%s%s\n", tee, number_of(move, "from").s, stays ? ", stays" : " -> ",
           stays ? "" : number_of(move, "to").s);
}

void baseline_print_order(const json_t *tree)
{
    printf("%s: %s is in force, generation %lld\n", tree_text(tree, "baseline"),
           tree_text(tree, "order"), tree_number(tree, "generation"));
    print_move(tree, "sgx");
    print_move(tree, "tdx");
    if (json_is_string(json_object_get(tree, "followed_by")))
        printf("the last client that keeps answers for their max-age has followed by %s\n"
               "%s\n",
               tree_text(tree, "followed_by"), tree_text(tree, "note"));
}

static bool put(json_t *body, const char *name, const char *value)
{
    return value == NULL || json_object_set_new(body, name, json_string(value)) == 0;
}

/* NULL with an error; the rest of what is wrong the service says. */
static json_t *body_of(const struct order *order, struct error *err)
{
    json_t *body = json_object();
    uint64_t to = 0;
    bool well = order->to == NULL
                || decimal_read(bytes_of_text(order->to), EVALUATION_NUMBER_MAX, &to)
                || error_set(err, ERROR_FORMAT, "--to %s: expected a number",
                             safe_string(order->to).s);

    if (well
        && (!put(body, "why", order->why) || !put(body, "until", order->until)
            || !put(body, "tee", order->tee)
            || (to != 0
                && json_object_set_new(body, "to", json_integer((json_int_t)to)) != 0)))
        well = error_set(err, ERROR_FORMAT, "an option is not text in UTF-8");
    if (well)
        return body;
    json_decref(body);
    return NULL;
}

static int give(const char *verb, const struct order *order, const json_t *body)
{
    char path[BASELINE_PATH_MAX], after[32];
    json_t *tree;
    struct error err = { 0 };

    snprintf(after, sizeof after, "/%s", verb);
    if (!baseline_path(&order->address, order->name, after, path, &err)
        || !service_ask(&order->address, path, body, &tree, &err))
        return baseline_fail(verb, &err, order->as_json);
    if (order->as_json)
        describe_print_json(tree);
    else
        baseline_print_order(tree);
    json_decref(tree);
    return EXIT_YES;
}

int baseline_order(const char *verb, int argc, char **argv)
{
    struct order order = { .name = NULL };
    const struct argument_option options[] = {
        { "--state", &order.address.state, NULL },
        { "--socket", &order.address.socket, NULL },
        { "--to", &order.to, NULL },
        { "--until", &order.until, NULL },
        { "--why", &order.why, NULL },
        { "--tee", &order.tee, NULL },
        { "--json", NULL, &order.as_json },
    };
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &order.name, 1, &count,
                        &err)
        || (order.why == NULL
            && !error_set(&err, ERROR_FORMAT, "why? (--why; the history keeps it)")))
        return baseline_usage(verb, &err);
    json_t *body = body_of(&order, &err);
    if (body == NULL)
        return baseline_usage(verb, &err);
    int status = give(verb, &order, body);
    json_decref(body);
    return status;
}
