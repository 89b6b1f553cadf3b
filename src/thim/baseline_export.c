/* SPDX-License-Identifier: Apache-2.0 */
/* thim baseline export: a baseline as a verifier's own policy. Asks the service for the
 * numbers of a baseline, the default one where none is named; or is told a number and
 * asks nobody. */
#include <stdio.h>
#include <string.h>

#include "baseline/policy.h"
#include "baseline/verifier_policy.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/baseline_parts.h"
#include "thim/service_client.h"
#include "thim/tree.h"

#define BASELINES_PATH "/thim/v1/baselines"

enum { ADVISORIES_MAX = 256, POLICY_BYTES_MAX = 64 * 1024, PATH_BYTES_MAX = 128 };

struct order {
    struct service_address address;
    const char *verifier, *accept, *number, *tcb_date;
    const char *baseline; /* NULL: the service's default */
    char default_name[BASELINE_NAME_MAX];
    const char *allowed[ADVISORIES_MAX], *blocked[ADVISORIES_MAX];
};

static int fail(const struct error *err, int status)
{
    fprintf(stderr, "thim: baseline export: %s\n", err->text);
    return status;
}

/* ---- arguments ----------------------------------------------------------------------
 */

/* Takes an option that may stand there again and again out of the arguments. */
static bool take_each(const char *name, int *argc, char **argv,
                      struct verifier_advisories *out, const char **ids,
                      struct error *err)
{
    size_t name_len = strlen(name);
    int kept = 0;

    *out = (struct verifier_advisories){ .ids = ids };
    for (int i = 0; i < *argc; i++) {
        bool is_it = strncmp(argv[i], name, name_len) == 0;
        if (!is_it || (argv[i][name_len] != 0 && argv[i][name_len] != '=')) {
            argv[kept++] = argv[i];
            continue;
        }
        if (argv[i][name_len] == 0 && i + 1 == *argc)
            return error_set(err, ERROR_FORMAT, "%s wants a value", name);
        if (out->count == ADVISORIES_MAX)
            return error_set(err, ERROR_LIMIT, "%s: more than %d of them", name,
                             ADVISORIES_MAX);
        ids[out->count++] = argv[i][name_len] == '=' ? argv[i] + name_len + 1 : argv[++i];
    }
    argv[kept] = NULL;
    *argc = kept;
    return true;
}

/* "SWHardeningNeeded,OutOfDate" */
static bool read_statuses(const char *text, unsigned *accepted, struct error *err)
{
    struct bytes rest = bytes_of_text(text == NULL ? "" : text);

    *accepted = 0;
    while (rest.len > 0) {
        size_t len = bytes_find(rest, bytes_of_text(","));
        struct bytes name = bytes_first(rest, len);
        enum tcb_standing standing;
        if (!verifier_status_named(name, &standing))
            return error_set(err, ERROR_FORMAT,
                             "--accept %s: a policy accepts statuses as Intel spells "
                             "them, like OutOfDate, and never Revoked",
                             safe(name).s);
        *accepted |= 1u << standing;
        rest = bytes_after(rest, len + 1);
    }
    return true;
}

static bool read_given_floor(const struct order *order, struct verifier_policy *policy,
                             struct error *err)
{
    struct verifier_floor floor = { 0 };
    uint64_t number;

    if (!decimal_read(bytes_of_text(order->number), BASELINE_NUMBER_MAX, &number)
        || number == 0)
        return error_set(err, ERROR_FORMAT, "--number %s: expected 1 to %d",
                         safe_string(order->number).s, BASELINE_NUMBER_MAX);
    if (order->tcb_date != NULL
        && !utc_read(bytes_of_text(order->tcb_date), &floor.tcb_date_s))
        return error_set(err, ERROR_FORMAT,
                         "--tcb-date %s: expected a time like 2025-05-13T00:00:00Z",
                         safe_string(order->tcb_date).s);
    floor.number = (uint32_t)number;
    policy->floors[0] = policy->floors[1] = floor;
    return true;
}

static bool check_order(const struct order *order, enum verifier *verifier,
                        struct error *err)
{
    if (order->verifier == NULL
        || !verifier_named(bytes_of_text(order->verifier), verifier))
        return error_set(err, ERROR_FORMAT,
                         "--for wants one of trustee, go-tdx-guest, dcap-qvl, intel-qal");
    if (order->baseline != NULL && !baseline_is_name(order->baseline))
        return error_set(err, ERROR_FORMAT, "--baseline %s: no name of a baseline",
                         safe_string(order->baseline).s);
    if (order->tcb_date != NULL && order->number == NULL)
        return error_set(err, ERROR_FORMAT, "--tcb-date is of a number: give --number");
    return true;
}

/* ---- the service's word -------------------------------------------------------------
 */

/* A TEE without a number is left out; so is a date that no list in force tells. */
static bool read_floor(const json_t *baseline, const char *tee,
                       struct verifier_floor *out, struct error *err)
{
    const json_t *of_tee = json_object_get(baseline, tee);
    const json_t *date = json_object_get(of_tee, "tcb_date");
    long long number = tree_number(of_tee, "number");

    *out = (struct verifier_floor){ 0 };
    if (number < 0 || number > BASELINE_NUMBER_MAX)
        return error_set(err, ERROR_FORMAT, "the service's answer: %s has number %lld",
                         tee, number);
    if (json_is_string(date)
        && !utc_read(bytes_of_text(json_string_value(date)), &out->tcb_date_s))
        return error_set(err, ERROR_FORMAT, "the service's answer: %s has tcb_date %s",
                         tee, safe_string(json_string_value(date)).s);
    out->number = (uint32_t)number;
    return true;
}

static const json_t *find_default(const json_t *answer)
{
    for (size_t i = 0; i < tree_count(answer, "baselines"); i++)
        if (tree_flag(tree_item(answer, "baselines", i), "default"))
            return tree_item(answer, "baselines", i);
    return NULL;
}

static bool take_name(struct order *order, const json_t *baseline, struct error *err)
{
    const char *name = json_string_value(json_object_get(baseline, "name"));

    if (name == NULL || !baseline_is_name(name))
        return error_set(err, ERROR_FORMAT,
                         "the service's answer names no default "
                         "baseline");
    snprintf(order->default_name, sizeof order->default_name, "%s", name);
    order->baseline = order->default_name;
    return true;
}

static bool ask_floors(struct order *order, struct verifier_policy *policy,
                       struct error *err)
{
    bool is_named = order->baseline != NULL;
    char path[PATH_BYTES_MAX];
    json_t *answer;

    snprintf(path, sizeof path, BASELINES_PATH "%s%s", is_named ? "/" : "",
             is_named ? order->baseline : "");
    if (!service_ask(&order->address, path, NULL, &answer, err))
        return false;
    const json_t *baseline = is_named ? answer : find_default(answer);
    bool well = (is_named || take_name(order, baseline, err))
                && read_floor(baseline, "sgx", &policy->floors[0], err)
                && read_floor(baseline, "tdx", &policy->floors[1], err);
    json_decref(answer);
    return well;
}

/* ---- writing ------------------------------------------------------------------------
 */

/* What the format has no place for is for the person, not for the file. */
static int print_policy(enum verifier verifier, const struct verifier_policy *policy)
{
    struct error err = { 0 };
    struct buf out, notes;

    buf_init(&out, POLICY_BYTES_MAX);
    buf_init(&notes, POLICY_BYTES_MAX);
    bool written = verifier_policy_write(verifier, policy, &out, &notes, &err);
    if (written)
        fputs(buf_text(&out), stdout);
    if (written && notes.len > 0)
        fprintf(stderr, "It cannot express:\n%s", buf_text(&notes));
    buf_fini(&notes);
    buf_fini(&out);
    if (written)
        return EXIT_YES;
    return fail(&err, err.kind == ERROR_NOT_FOUND ? EXIT_NO : EXIT_USAGE);
}

int baseline_export(int argc, char **argv)
{
    struct order order = { .baseline = NULL };
    struct verifier_policy policy = { 0 };
    const struct argument_option options[] = {
        { "--state", &order.address.state, NULL },
        { "--socket", &order.address.socket, NULL },
        { "--for", &order.verifier, NULL },
        { "--baseline", &order.baseline, NULL },
        { "--accept", &order.accept, NULL },
        { "--number", &order.number, NULL },
        { "--tcb-date", &order.tcb_date, NULL },
    };
    enum verifier verifier;
    struct error err = { 0 };
    size_t count;

    if (!take_each("--accept-advisory", &argc, argv, &policy.allowed, order.allowed, &err)
        || !take_each("--block-advisory", &argc, argv, &policy.blocked, order.blocked,
                      &err)
        || !arguments_read(argc, argv, options, COUNT_OF(options), NULL, 0, &count, &err)
        || !check_order(&order, &verifier, &err)
        || !read_statuses(order.accept, &policy.accepted, &err)
        || (order.number != NULL && !read_given_floor(&order, &policy, &err)))
        return fail(&err, EXIT_USAGE);
    if (order.number == NULL && !ask_floors(&order, &policy, &err))
        return fail(&err, (int)service_exit_status(&err));
    policy.baseline = order.baseline != NULL ? order.baseline : "of a given number";
    return print_policy(verifier, &policy);
}
