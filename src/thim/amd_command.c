/* SPDX-License-Identifier: Apache-2.0 */
/* thim amd: the verbs, and those that print what is known or take it away. */
#include <stdio.h>
#include <string.h>

#include "kit/base.h"
#include "kit/text.h"
#include "thim/amd_parts.h"
#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "thim/tree.h"

#define CHIPS_PATH "/thim/v1/amd/chips"

enum { PAGE = 1000, SHOWN = 16 }; /* SHOWN: digits of a chip id, which tell chips apart */

int amd_usage(const char *verb, const struct error *err)
{
    fprintf(stderr, "thim: amd %s: %s\n", verb, err->text);
    return EXIT_USAGE;
}

int amd_fail(const char *verb, const struct error *err, bool as_json)
{
    fprintf(stderr, "thim: amd %s: %s\n", verb, err->text);
    if (as_json) {
        json_t *tree = json_pack("{s:{s:s, s:s}}", "error", "code",
                                 error_kind_name(err->kind), "message", err->text);
        describe_print_json(tree);
        json_decref(tree);
    }
    return (int)service_exit_status(err);
}

/* ---- what options say ----------------------------------------------------------- */

bool amd_read_product(const char *name, enum snp_product *out, struct error *err)
{
    *out = 0;
    if (name == NULL)
        return true;
    *out = snp_product_named(bytes_of_text(name));
    if (*out == 0)
        *out = snp_product_behind(bytes_of_text(name));
    return *out != 0
           || error_set(err, ERROR_FORMAT, "--product %s: expected Milan, Genoa or Turin",
                        safe_string(name).s);
}

bool amd_read_tcb(const char *digits, bool *given, uint64_t *value, struct error *err)
{
    *given = digits != NULL;
    return !*given || tcb_version_hex_read(bytes_of_text(digits), value)
           || error_set(err, ERROR_FORMAT,
                        "--tcb %s: expected a TCB_VERSION, up to 16 hex digits",
                        safe_string(digits).s);
}

/* ---- chips that the service knows ----------------------------------------------- */

bool amd_is_chosen(const struct amd_choice *choice, const json_t *chip)
{
    struct bytes id = bytes_of_text(tree_text(chip, "chip_id"));
    uint64_t tcb;

    if (choice->chip_id != NULL) {
        struct bytes begin = bytes_of_text(choice->chip_id);
        if (begin.len > id.len || !text_equal_nocase(bytes_first(id, begin.len), begin))
            return false;
    }
    return !choice->has_tcb
           || (tcb_version_hex_read(bytes_of_text(tree_text(chip, "tcb_version")), &tcb)
               && tcb == choice->tcb_version);
}

static bool visit_page(const json_t *page,
                       bool (*visit)(void *context, const json_t *chip,
                                     struct error *err),
                       void *context, struct error *err)
{
    for (size_t i = 0; i < tree_count(page, "chips"); i++)
        if (!visit(context, tree_item(page, "chips", i), err))
            return false;
    return true;
}

bool amd_walk(const struct service_address *address,
              bool (*visit)(void *context, const json_t *chip, struct error *err),
              void *context, json_t **counts, struct error *err)
{
    long long after = 0;
    char path[128];
    json_t *page;

    do {
        snprintf(path, sizeof path, CHIPS_PATH "?limit=%d&after=%lld", PAGE, after);
        if (!service_ask(address, path, NULL, &page, err))
            return false;
        bool well = visit_page(page, visit, context, err);
        long long next = tree_number(page, "next");
        if (well && next <= after && counts != NULL)
            *counts = json_incref(json_object_get(page, "counts"));
        json_decref(page);
        if (!well)
            return false;
        after = next > after ? next : 0;
    } while (after > 0);
    return true;
}

void amd_path(char out[AMD_PATH_MAX], const char *path, const json_t *chip, bool at_tcb)
{
    snprintf(out, AMD_PATH_MAX, "%s?product=%s&chip_id=%s%s%s", path,
             tree_text(chip, "product"), tree_text(chip, "chip_id"),
             at_tcb ? "&tcb_version=" : "", at_tcb ? tree_text(chip, "tcb_version") : "");
}

/* ---- list ----------------------------------------------------------------------- */

struct listing {
    struct amd_choice choice;
    bool as_json;
    json_t *chips;
};

static void print_row(const json_t *chip)
{
    bool is_unchecked = strcmp(tree_text(chip, "state"), "held") == 0
                        && !tree_flag(chip, "revocation_checked");

    printf("%-7s  %-*.*s  %-16s  %-7s  %-20s  %-8s  %s\n", tree_text(chip, "product"),
           SHOWN, SHOWN, tree_text(chip, "chip_id"), tree_text(chip, "tcb_version"),
           tree_text(chip, "state"), tree_text(chip, "not_after"),
           tree_text(chip, "known_by"),
           is_unchecked ? "not checked for revocation" : tree_text(chip, "why"));
}

static bool list_row(void *listing_, const json_t *chip, struct error *err)
{
    struct listing *listing = listing_;

    if (!amd_is_chosen(&listing->choice, chip))
        return true;
    if (!listing->as_json)
        print_row(chip);
    return !listing->as_json
           || json_array_append(listing->chips, (json_t *)(uintptr_t)chip) == 0
           || error_set(err, ERROR_SYSTEM, "no memory for the list");
}

static int list_all(const struct service_address *address, struct listing *listing)
{
    json_t *counts = NULL;
    struct error err = { 0 };

    if (!listing->as_json)
        printf("%-7s  %-*s  %-16s  %-7s  %-20s  %-8s  WHY\n", "PRODUCT", SHOWN, "CHIP",
               "TCB_VERSION", "STATE", "NOT AFTER", "KNOWN BY");
    if (!amd_walk(address, list_row, listing, &counts, &err))
        return amd_fail("list", &err, listing->as_json);
    if (listing->as_json) {
        json_t *tree = json_pack("{s:O, s:O}", "chips", listing->chips, "counts", counts);
        describe_print_json(tree);
        json_decref(tree);
    } else {
        printf("\n%lld chips at one TCB each: %lld held, %lld waiting\n",
               tree_number(counts, "known"), tree_number(counts, "held"),
               tree_number(counts, "waiting"));
    }
    json_decref(counts);
    return EXIT_YES;
}

int amd_list(int argc, char **argv)
{
    struct service_address address = { 0 };
    struct listing listing = { .as_json = false };
    const char *tcb = NULL;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--chip", &listing.choice.chip_id, NULL },
        { "--tcb", &tcb, NULL },
        { "--json", NULL, &listing.as_json },
    };
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), NULL, 0, &count, &err)
        || !amd_read_tcb(tcb, &listing.choice.has_tcb, &listing.choice.tcb_version, &err))
        return amd_usage("list", &err);
    listing.chips = json_array();
    int status = list_all(&address, &listing);
    json_decref(listing.chips);
    return status;
}

/* ---- forget --------------------------------------------------------------------- */

struct finding { /* the one chip whose id begins so */
    struct amd_choice choice;
    json_t *chip;
};

static bool find_chip(void *finding_, const json_t *chip, struct error *err)
{
    struct finding *finding = finding_;

    if (!amd_is_chosen(&finding->choice, chip))
        return true;
    if (finding->chip != NULL
        && strcmp(tree_text(finding->chip, "chip_id"), tree_text(chip, "chip_id")) != 0)
        return error_set(err, ERROR_FORMAT, "%s begins the ids of several chips",
                         safe_string(finding->choice.chip_id).s);
    if (finding->chip == NULL)
        finding->chip = json_incref((json_t *)(uintptr_t)chip);
    return true;
}

static int forget(const struct service_address *address, const struct finding *finding,
                  bool as_json)
{
    char path[AMD_PATH_MAX];
    json_t *tree;
    struct error err = { 0 };

    amd_path(path, CHIPS_PATH, finding->chip, finding->choice.has_tcb);
    if (!service_order(address, "DELETE", path, &tree, &err))
        return amd_fail("forget", &err, as_json);
    long long forgotten = tree_number(tree, "forgotten");
    if (as_json)
        describe_print_json(tree);
    else
        printf("%.16s: forgotten at %lld TCBs\n", tree_text(finding->chip, "chip_id"),
               forgotten);
    json_decref(tree);
    return forgotten > 0 ? EXIT_YES : EXIT_NO;
}

int amd_forget(int argc, char **argv)
{
    struct service_address address = { 0 };
    struct finding finding = { .chip = NULL };
    const char *tcb = NULL;
    bool as_json = false;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--tcb", &tcb, NULL },
        { "--json", NULL, &as_json },
    };
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &finding.choice.chip_id,
                        1, &count, &err)
        || ((count == 0 || finding.choice.chip_id[0] == 0)
            && !error_set(&err, ERROR_FORMAT, "which one? (its chip id)"))
        || !amd_read_tcb(tcb, &finding.choice.has_tcb, &finding.choice.tcb_version, &err))
        return amd_usage("forget", &err);
    if (!amd_walk(&address, find_chip, &finding, NULL, &err)
        || (finding.chip == NULL
            && !error_set(&err, ERROR_NOT_FOUND, "no chip is known whose id begins %s",
                          safe_string(finding.choice.chip_id).s))) {
        json_decref(finding.chip);
        return amd_fail("forget", &err, as_json);
    }
    int status = forget(&address, &finding, as_json);
    json_decref(finding.chip);
    return status;
}

/* ---- the verbs ------------------------------------------------------------------ */

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} verbs[] = {
    { "export", amd_export },
    { "forget", amd_forget },
    { "import", amd_import },
    { "list", amd_list },
};

int command_amd(int argc, char **argv)
{
    const char *verb = argc > 0 ? argv[0] : "";

    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (strcmp(verbs[i].name, verb) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    fprintf(stderr, "thim: amd: expected import, list, export or forget%s%s\n",
            verb[0] != 0 ? ", not " : "", verb[0] != 0 ? safe_string(verb).s : "");
    return EXIT_USAGE;
}
