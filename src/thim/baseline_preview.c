/* SPDX-License-Identifier: Apache-2.0 */
/* thim baseline preview: what a move would do to the known hosts, who falls, by which
 * component and by which advisory. Exit status 1 when anybody does who counts. */
#include <stdio.h>
#include <string.h>

#include "kit/base.h"
#include "kit/bytes.h"
#include "thim/arguments.h"
#include "thim/baseline_parts.h"
#include "thim/describe.h"
#include "thim/tree.h"

enum { ROWS_PRINTED = 40, LINKS_MAX = 256 };

/* ---- rows ----------------------------------------------------------------------------
 */

static void print_component(const json_t *row)
{
    const json_t *component = json_object_get(row, "component");
    const char *category = tree_text(component, "category");

    if (!json_is_object(component)) {
        printf("%-24s  %4s  %4s", "-", "-", "-");
        return;
    }
    bool has_category = category[0] != 0 && category[0] != '-';
    char words[64];
    snprintf(words, sizeof words, "%s%s%.40s", tree_text(component, "name"),
             has_category ? " " : "", has_category ? category : "");
    printf("%-24s  %4lld  %4lld", words, tree_number(component, "have"),
           tree_number(component, "need"));
}

static void print_ids(const char *sign, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        printf(" %s%s", sign, tree_text(json_array_get(list, i), "id"));
}

static void print_names(const json_t *row)
{
    size_t count = tree_count(row, "names");

    for (size_t i = 0; i < count; i++) {
        const json_t *name = tree_item(row, "names", i);
        bool is_chip = json_object_get(name, "chip_id") != NULL;
        printf("         %s  %s, last seen %s\n",
               tree_text(name, is_chip ? "chip_id" : "qe_id"),
               tree_text(name, "registrar")[0] != 0 ? tree_text(name, "registrar") : "-",
               day_of(name, "last_seen").s);
    }
    if (count > 0 && tree_number(row, "hosts") > (long long)count)
        printf("         and %lld more (--names)\n",
               tree_number(row, "hosts") - (long long)count);
}

static void print_marks(const json_t *row)
{
    if (strcmp(tree_text(row, "standing"), "counts") != 0)
        printf(" (%s)", tree_text(row, "standing"));
    if (tree_flag(row, "lacks_pck"))
        printf(" (a certificate at its TCB is to be fetched)");
    if (tree_flag(row, "ends_service"))
        printf(" (end of servicing)");
}

static void print_row(const json_t *row)
{
    const json_t *advisories = json_object_get(row, "advisories");

    printf("%7lld  %-3s  %-12s  %-7s  %-17s  %-17s  ", tree_number(row, "hosts"),
           tree_text(row, "tee"), tree_text(row, "fmspc"), tree_text(row, "change"),
           tree_text(json_object_get(row, "now"), "status"),
           tree_text(json_object_get(row, "then"), "status"));
    print_component(row);
    print_ids("+", json_object_get(advisories, "gained"));
    print_ids("-", json_object_get(advisories, "cleared"));
    print_marks(row);
    putchar('\n');
    print_names(row);
}

static void print_chip(const json_t *row)
{
    printf("%7lld  %-3s  %-12s  %-7s  %-17s  %-17s  ", tree_number(row, "hosts"), "snp",
           tree_text(row, "product"), tree_text(row, "change"),
           tree_flag(row, "meets_now") ? "meets the minimum" : "below the minimum",
           tree_flag(row, "meets_then") ? "meets the minimum" : "below the minimum");
    print_component(row);
    print_marks(row);
    putchar('\n');
    print_names(row);
}

/* Those that change, or might; the rest is in the sums. */
static void print_list(const json_t *tree, const char *name,
                       void (*print)(const json_t *row))
{
    size_t printed = 0, left = 0;

    for (size_t i = 0; i < tree_count(tree, name); i++) {
        const json_t *row = tree_item(tree, name, i);
        if (strcmp(tree_text(row, "change"), "same") == 0)
            continue;
        if (printed < ROWS_PRINTED)
            print(row);
        left += printed == ROWS_PRINTED;
        printed += printed < ROWS_PRINTED;
    }
    if (left > 0)
        printf("         and %zu more groups of hosts (--json, --csv)\n", left);
}

static void print_rows(const json_t *tree)
{
    printf("\n  HOSTS  TEE  FAMILY        CHANGE   %-17s  %-17s  %-24s  HAVE  NEED  "
           "ADVISORIES\n",
           "NOW", "THEN", "SHORT OF");
    print_list(tree, "rows", print_row);
    print_list(tree, "chips", print_chip);
}

/* ---- advisories
 * ------------------------------------------------------------------------ */

static bool is_known(const json_t *list, const json_t *advisory)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(tree_text(json_array_get(list, i), "id"), tree_text(advisory, "id"))
            == 0)
            return true;
    return false;
}

/* Each once, of those that a host would gain. */
static void print_gained(const json_t *tree)
{
    json_t *all = json_array();

    for (size_t i = 0; i < tree_count(tree, "rows"); i++) {
        const json_t *gained = json_object_get(
            json_object_get(tree_item(tree, "rows", i), "advisories"), "gained");
        for (size_t k = 0; k < json_array_size(gained); k++) {
            json_t *advisory = json_array_get(gained, k);
            if (json_array_size(all) < LINKS_MAX && !is_known(all, advisory))
                (void)json_array_append(all, advisory);
        }
    }
    if (json_array_size(all) > 0)
        puts("\nadvisories gained:");
    baseline_print_links(all);
    json_decref(all);
}

/* ---- sums
 * ------------------------------------------------------------------------------ */

static void print_sum(const char *family, const char *tee, const json_t *t)
{
    printf("%-12s  %-3s  %7lld  %7lld  %7lld  %7lld  %7lld  %7lld  %7lld  %7lld\n",
           family, tee, tree_number(t, "hosts"), tree_number(t, "falls"),
           tree_number(t, "rises"), tree_number(t, "same"), tree_number(t, "unknown"),
           tree_number(t, "lacks_pck"), tree_number(t, "ends_service"),
           tree_number(t, "denied"));
}

static bool is_empty(const json_t *totals)
{
    return tree_number(totals, "hosts") + tree_number(totals, "unconfirmed")
               + tree_number(totals, "long_unseen")
           == 0;
}

static void print_beside(const json_t *tree)
{
    const json_t *totals = json_object_get(tree, "totals");

    if (tree_number(totals, "unconfirmed") > 0)
        printf("beside them %lld that nobody registered, %lld of which fall\n",
               tree_number(totals, "unconfirmed"),
               tree_number(totals, "unconfirmed_falls"));
    if (tree_number(totals, "long_unseen") > 0)
        printf("and %lld not seen for %lld days, %lld of which fall\n",
               tree_number(totals, "long_unseen"), tree_number(tree, "unseen_days"),
               tree_number(totals, "long_unseen_falls"));
    if (tree_number(totals, "unknown") > 0)
        printf("unknown are %lld: their FMSPC has no TCB info, or nobody has seen their "
               "TDX SVNs\n",
               tree_number(totals, "unknown"));
    if (tree_number(tree, "hosts_left_out") > 0)
        printf("%lld hosts were not looked at: they differ too much\n",
               tree_number(tree, "hosts_left_out"));
}

static void print_sums(const json_t *tree)
{
    const char *product;
    json_t *totals;

    printf("\n%-12s  TEE  %7s  %7s  %7s  %7s  %7s  %7s  %7s  %7s\n", "FAMILY", "HOSTS",
           "FALL", "RISE", "SAME", "UNKNOWN", "NO PCK", "ENDING", "DENIED");
    for (size_t i = 0; i < tree_count(tree, "by_fmspc"); i++) {
        const json_t *each = tree_item(tree, "by_fmspc", i);
        print_sum(tree_text(each, "fmspc"), tree_text(each, "tee"), each);
    }
    json_object_foreach(json_object_get(tree, "by_product"), product, totals)
    {
        if (!is_empty(totals))
            print_sum(product, "snp", totals);
    }
    print_sum("all", "", json_object_get(tree, "totals"));
    print_beside(tree);
}

/* ---- the whole
 * ------------------------------------------------------------------------- */

static void print_move(const json_t *tree, const char *tee)
{
    const json_t *move = json_object_get(tree, tee);

    if (json_is_object(move))
        printf(", %s %lld -> %lld", tee, tree_number(move, "from"),
               tree_number(move, "to"));
}

void baseline_print_preview(const json_t *tree)
{
    const json_t *totals = json_object_get(tree, "totals");

    printf("%s", tree_text(tree, "baseline"));
    print_move(tree, "sgx");
    print_move(tree, "tdx");
    printf(": %lld of %lld hosts would fall\n", tree_number(totals, "falls"),
           tree_number(totals, "hosts"));
    print_rows(tree);
    print_gained(tree);
    print_sums(tree);
    if (tree_number(totals, "falls") > 0)
        printf("\n%s\n", tree_text(tree, "sealed_data"));
}

/* ---- the verb
 * --------------------------------------------------------------------------- */

struct asked {
    struct service_address address;
    const char *name, *to, *tee, *names, *unseen_days;
    bool as_json, as_csv;
};

static bool path_of(const struct asked *asked, char path[BASELINE_PATH_MAX],
                    struct error *err)
{
    return baseline_path(&asked->address, asked->name, "/preview", path, err)
           && baseline_query(path, "to", asked->to, err)
           && baseline_query(path, "tee", asked->tee, err)
           && baseline_query(path, "names", asked->names, err)
           && baseline_query(path, "unseen_days", asked->unseen_days, err)
           && baseline_query(path, "format", asked->as_csv ? "csv" : NULL, err);
}

static int show_tree(const struct asked *asked, const char *path)
{
    json_t *tree;
    struct error err = { 0 };

    if (!service_ask(&asked->address, path, NULL, &tree, &err))
        return baseline_fail("preview", &err, asked->as_json);
    long long falls = tree_number(json_object_get(tree, "totals"), "falls");
    if (asked->as_json)
        describe_print_json(tree);
    else
        baseline_print_preview(tree);
    json_decref(tree);
    return falls > 0 ? EXIT_NO : EXIT_YES;
}

struct sheet { /* the CSV, as it is printed */
    bool falls;
    struct error why;
};

static void print_sheet(void *sheet_, const struct service_reply *reply)
{
    static const char mark[] = "\nfalls,counts,";
    struct sheet *sheet = sheet_;

    sheet->why = reply->why;
    if (reply->why.kind != ERROR_NONE)
        return;
    sheet->falls = bytes_find(reply->body, bytes_of_text(mark)) < reply->body.len;
    (void)fwrite(reply->body.at, 1, reply->body.len, stdout);
}

static int show_csv(const struct asked *asked, const char *path)
{
    OWNED(service_close) struct service_session *session = NULL;
    struct sheet sheet = { .falls = false };
    struct service_request request = {
        .method = "GET", .path = path, .context = &sheet, .done = print_sheet
    };
    unsigned running;
    struct error err = { 0 };

    if (!service_open(&asked->address, &session, &err)
        || !service_begin(session, &request, &err)
        || !service_turn(session, &running, &err))
        return baseline_fail("preview", &err, false);
    if (sheet.why.kind != ERROR_NONE)
        return baseline_fail("preview", &sheet.why, false);
    return sheet.falls ? EXIT_NO : EXIT_YES;
}

int baseline_preview(int argc, char **argv)
{
    struct asked asked = { .name = NULL };
    const struct argument_option options[] = {
        { "--state", &asked.address.state, NULL },
        { "--socket", &asked.address.socket, NULL },
        { "--to", &asked.to, NULL },
        { "--tee", &asked.tee, NULL },
        { "--names", &asked.names, NULL },
        { "--unseen-days", &asked.unseen_days, NULL },
        { "--json", NULL, &asked.as_json },
        { "--csv", NULL, &asked.as_csv },
    };
    char path[BASELINE_PATH_MAX];
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &asked.name, 1, &count,
                        &err)
        || (asked.as_json && asked.as_csv
            && !error_set(&err, ERROR_FORMAT, "--json or --csv, not both")))
        return baseline_usage("preview", &err);
    if (!path_of(&asked, path, &err))
        return baseline_fail("preview", &err, asked.as_json);
    return asked.as_csv ? show_csv(&asked, path) : show_tree(&asked, path);
}
