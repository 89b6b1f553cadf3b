/* SPDX-License-Identifier: Apache-2.0 */
/* thim deny: what the operator has given up on, shown and changed. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/buf.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "thim/service_client.h"
#include "thim/tree.h"

#define DENY_PATH "/thim/v1/deny"

enum { PATH_BYTES_MAX = 4096, NAME_BYTES_MAX = 128 };

static const char USAGE[] =
    "thim: deny: usage: thim deny add KIND VALUE --why TEXT [--by NAME] [--until TIME]\n"
    "                   thim deny remove KIND VALUE\n"
    "                   thim deny list\n"
    "KIND is chip_id, qe_id, ppid_digest, fmspc, key_digest or advisory.\n";

struct order {
    struct service_address address;
    const char *why, *by, *until;
    bool as_json;
    const char *words[3]; /* verb, kind, value */
    size_t word_count;
};

/* "No" where it is on the list already, or is not. */
static int fail(const struct order *order, const struct error *err)
{
    fprintf(stderr, "thim: deny %s: %s\n", order->words[0], err->text);
    if (order->as_json) {
        json_t *tree = json_pack("{s:{s:s, s:s}}", "error", "code",
                                 error_kind_name(err->kind), "message", err->text);
        describe_print_json(tree);
        json_decref(tree);
    }
    return err->kind == ERROR_STALE ? EXIT_NO : (int)service_exit_status(err);
}

static int tell(const struct order *order, json_t *answer, const char *sentence)
{
    if (order->as_json)
        describe_print_json(answer);
    else
        puts(sentence);
    json_decref(answer);
    return EXIT_YES;
}

/* ---- list ----------------------------------------------------------------------- */

static void print_list(const json_t *tree)
{
    printf("%-11s  %-32s  %-20s  %-16s  WHY\n", "KIND", "VALUE", "UNTIL", "BY");
    for (size_t i = 0; i < tree_count(tree, "entries"); i++) {
        const json_t *each = tree_item(tree, "entries", i);
        bool is_over = !tree_flag(each, "in_force");
        printf("%-11s  %-32s  %-20s  %-16s  %s%s\n", tree_text(each, "kind"),
               tree_text(each, "value"), tree_text(each, "until"), tree_text(each, "by"),
               is_over ? "(over) " : "", safe_string(tree_text(each, "why")).s);
    }
}

static int deny_list(const struct order *order)
{
    struct error err = { 0 };
    json_t *answer;

    if (!service_ask(&order->address, DENY_PATH, NULL, &answer, &err))
        return fail(order, &err);
    if (order->as_json)
        describe_print_json(answer);
    else
        print_list(answer);
    json_decref(answer);
    return EXIT_YES;
}

/* ---- add ------------------------------------------------------------------------ */

/* Who does it, where --by does not say: the name at the terminal, else the user's. */
static const char *own_name(char room[NAME_BYTES_MAX])
{
    struct passwd entry, *found = NULL;
    char text[2048];

    if (getlogin_r(room, NAME_BYTES_MAX) == 0 && room[0] != 0)
        return room;
    if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 && found != NULL)
        snprintf(room, NAME_BYTES_MAX, "%s", entry.pw_name);
    else
        snprintf(room, NAME_BYTES_MAX, "uid %u", (unsigned)getuid());
    return room;
}

static int deny_add(const struct order *order)
{
    char room[NAME_BYTES_MAX];
    const char *by = order->by != NULL ? order->by : own_name(room);
    struct error err = { 0 };
    json_t *answer;

    if (order->why == NULL) {
        error_set(&err, ERROR_FORMAT, "--why is missing: whoever is refused is told it");
        return fail(order, &err);
    }
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s, s:s*}", "kind", order->words[1], "value",
                  order->words[2], "why", order->why, "by", by, "until", order->until);
    if (body == NULL) {
        error_set(&err, ERROR_FORMAT, "an argument is no UTF-8");
        return fail(order, &err);
    }
    bool well = service_ask(&order->address, DENY_PATH, body, &answer, &err);
    json_decref(body);
    return well ? tell(order, answer, "added, and in force") : fail(order, &err);
}

/* ---- remove --------------------------------------------------------------------- */

static int deny_remove(const struct order *order)
{
    struct error err = { 0 };
    struct buf path;
    json_t *answer;

    buf_init(&path, PATH_BYTES_MAX);
    buf_add_text(&path, DENY_PATH "?kind=");
    percent_add(&path, bytes_of_text(order->words[1]));
    buf_add_text(&path, "&value=");
    percent_add(&path, bytes_of_text(order->words[2]));
    bool well = path.failed ? error_set(&err, ERROR_FORMAT, "the value is too long")
                            : service_order(&order->address, "DELETE", buf_text(&path),
                                            &answer, &err);
    buf_fini(&path);
    return well ? tell(order, answer, "removed") : fail(order, &err);
}

/* ---- verbs ---------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t words; /* with itself */
    int (*run)(const struct order *order);
} verbs[] = {
    { "add", 3, deny_add },
    { "list", 1, deny_list },
    { "remove", 3, deny_remove },
};

int command_deny(int argc, char **argv)
{
    struct order order = { 0 };
    const struct argument_option options[] = {
        { "--state", &order.address.state, NULL },
        { "--socket", &order.address.socket, NULL },
        { "--why", &order.why, NULL },
        { "--by", &order.by, NULL },
        { "--until", &order.until, NULL },
        { "--json", NULL, &order.as_json },
    };
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), order.words,
                        COUNT_OF(order.words), &order.word_count, &err)) {
        fprintf(stderr, "thim: deny: %s\n", err.text);
        return EXIT_USAGE;
    }
    for (size_t i = 0; order.word_count > 0 && i < COUNT_OF(verbs); i++)
        if (strcmp(order.words[0], verbs[i].name) == 0
            && order.word_count == verbs[i].words)
            return verbs[i].run(&order);
    fputs(USAGE, stderr);
    return EXIT_USAGE;
}
