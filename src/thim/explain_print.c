/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/explain_print.h"

#include <stdio.h>
#include <string.h>

#include "thim/baseline_parts.h"
#include "thim/tree.h"

enum { HEAD = 46, COLUMN_LEAST = 13, CELL_MAX = 64 };

/* ---- who -----------------------------------------------------------------------------
 */

/* Of a certificate or quote that was sent. */
static void print_trust(const json_t *subject)
{
    const char *by = tree_text(subject, "by");

    if (tree_flag(subject, "verified"))
        printf("%-11s  verified against the pinned roots and CRLs\n", by);
    else
        printf("%-11s  NOT VERIFIED: %s\n", by, tree_text(subject, "doubt"));
}

static void print_subject(const json_t *subject)
{
    const char *by = tree_text(subject, "by");
    bool is_platform = strcmp(by, "platform") == 0;

    if (is_platform)
        printf("QE ID        %s  PCE-ID %s\n", tree_text(subject, "qe_id"),
               tree_text(subject, "pce_id"));
    bool was_sent = json_is_boolean(json_object_get(subject, "verified"));
    if (was_sent)
        print_trust(subject);
    printf("FMSPC        %s\n", tree_text(subject, "fmspc"));
    printf("TCB          %s %s  PCESVN %lld", was_sent ? "components" : "CPUSVN",
           tree_text(subject, "cpusvn"), tree_number(subject, "pcesvn"));
    if (is_platform && json_is_string(json_object_get(subject, "last_seen")))
        printf(", %s, last seen %s",
               tree_flag(subject, "confirmed") ? "confirmed" : "asked with",
               day_of(subject, "last_seen").s);
    putchar('\n');
    if (json_is_string(json_object_get(subject, "tee_tcb_svn")))
        printf("TEE TCB SVN  %s\n", tree_text(subject, "tee_tcb_svn"));
    if (json_is_string(json_object_get(subject, "tee_tcb_svn2")))
        printf("  now        %s\n", tree_text(subject, "tee_tcb_svn2"));
}

/* ---- a table with a column for each number ------------------------------------------
 */

struct table {
    const json_t *sets;
    int width;
};

static int width_of(const json_t *sets)
{
    size_t widest = COLUMN_LEAST;

    for (size_t i = 0; i < json_array_size(sets); i++) {
        size_t len = strlen(tree_text(json_array_get(sets, i), "status"));
        if (len > widest)
            widest = len;
    }
    return (int)(widest < CELL_MAX ? widest : CELL_MAX);
}

static void print_cells(const struct table *table, const char *head,
                        void (*cell)(const json_t *set, const char *key,
                                     char out[CELL_MAX]),
                        const char *key)
{
    char text[CELL_MAX];

    printf("  %-*.*s", HEAD, HEAD, head);
    for (size_t i = 0; i < json_array_size(table->sets); i++) {
        bool is_last = i + 1 == json_array_size(table->sets);
        cell(json_array_get(table->sets, i), key, text);
        printf("  %-*s", is_last ? 0 : table->width, text);
    }
    putchar('\n');
}

static void number_cell(const json_t *set, const char *key, char out[CELL_MAX])
{
    (void)key;
    snprintf(out, CELL_MAX, "%lld%s%s", tree_number(set, "number"),
             tree_flag(set, "standard") ? " standard" : "",
             tree_flag(set, "early") ? " early" : "");
}

static void text_cell(const json_t *set, const char *key, char out[CELL_MAX])
{
    snprintf(out, CELL_MAX, "%.60s", tree_text(set, key));
}

static void day_cell(const json_t *set, const char *key, char out[CELL_MAX])
{
    snprintf(out, CELL_MAX, "%s", day_of(set, key).s);
}

static void bound_cell(const json_t *set, const char *key, char out[CELL_MAX])
{
    snprintf(out, CELL_MAX, "%s", day_of(json_object_get(set, "expected"), key).s);
}

static void in_date_cell(const json_t *set, const char *key, char out[CELL_MAX])
{
    snprintf(out, CELL_MAX, "%s", tree_flag(set, key) ? "yes" : "EXPIRED");
}

static void goal_cell(const json_t *set, const char *key, char out[CELL_MAX])
{
    const json_t *goal = json_object_get(set, key);

    snprintf(out, CELL_MAX, "%.60s",
             json_is_object(goal) ? tree_text(goal, "status") : "reached");
}

static void part_cell(const json_t *set, const char *key, char out[CELL_MAX])
{
    const json_t *launch = json_object_get(set, "launch");
    const json_t *of = strcmp(key, "qe") == 0
                           ? json_object_get(json_object_get(set, "qe"), "status")
                           : json_object_get(launch, key);

    snprintf(out, CELL_MAX, "%.60s", json_is_string(of) ? json_string_value(of) : "-");
}

static bool has_part(const json_t *sets, const char *key)
{
    char text[CELL_MAX];

    for (size_t i = 0; i < json_array_size(sets); i++) {
        part_cell(json_array_get(sets, i), key, text);
        if (strcmp(text, "-") != 0)
            return true;
    }
    return false;
}

/* ---- components ----------------------------------------------------------------------
 */

static const json_t *need_named(const json_t *set, const char *name)
{
    for (size_t i = 0; i < tree_count(set, "needs"); i++)
        if (strcmp(tree_text(tree_item(set, "needs", i), "name"), name) == 0)
            return tree_item(set, "needs", i);
    return NULL;
}

static void need_cell(const json_t *set, const char *name, char out[CELL_MAX])
{
    const json_t *need = need_named(set, name);

    if (need == NULL)
        snprintf(out, CELL_MAX, "-");
    else
        snprintf(out, CELL_MAX, "%lld", tree_number(need, "need"));
}

/* Whether a set further left has had this row printed. */
static bool is_printed(const json_t *sets, size_t before, const char *name)
{
    for (size_t i = 0; i < before; i++)
        if (need_named(json_array_get(sets, i), name) != NULL)
            return true;
    return false;
}

static void print_need(const struct table *table, const json_t *need)
{
    const char *category = tree_text(need, "category"), *type = tree_text(need, "type");
    char words[CELL_MAX], head[CELL_MAX];

    snprintf(words, sizeof words, "%.10s%s%.12s%s%.32s", tree_text(need, "name"),
             category[0] != 0 ? " " : "", category, type[0] != 0 ? ", " : "", type);
    snprintf(head, sizeof head, "%-*.*s %4lld", HEAD - 5, HEAD - 5, words,
             tree_number(need, "have"));
    print_cells(table, head, need_cell, tree_text(need, "name"));
}

static void print_needs(const struct table *table)
{
    bool begun = false;

    for (size_t i = 0; i < json_array_size(table->sets); i++) {
        const json_t *set = json_array_get(table->sets, i);
        for (size_t k = 0; k < tree_count(set, "needs"); k++) {
            const json_t *need = tree_item(set, "needs", k);
            if (is_printed(table->sets, i, tree_text(need, "name")))
                continue;
            if (!begun)
                printf("  %-*s HAVE  needs\n", HEAD - 5, "COMPONENT");
            begun = true;
            print_need(table, need);
        }
    }
}

/* ---- advisories
 * ------------------------------------------------------------------------ */

static bool names(const json_t *set, const char *list, const char *id)
{
    for (size_t i = 0; i < tree_count(set, list); i++)
        if (strcmp(tree_text(tree_item(set, list, i), "id"), id) == 0)
            return true;
    return false;
}

static void advisory_cell(const json_t *set, const char *id, char out[CELL_MAX])
{
    bool applies = names(set, "advisories", id);

    snprintf(out, CELL_MAX, "%s",
             !applies                    ? "-"
             : names(set, "cleared", id) ? "cleared there"
                                         : "applies");
}

static bool is_named_before(const json_t *sets, size_t before, const char *id)
{
    for (size_t i = 0; i < before; i++)
        if (names(json_array_get(sets, i), "advisories", id))
            return true;
    return false;
}

/* Their links are left in all, each once. */
static void print_advisories(const struct table *table, json_t *all)
{
    for (size_t i = 0; i < json_array_size(table->sets); i++) {
        const json_t *set = json_array_get(table->sets, i);
        for (size_t k = 0; k < tree_count(set, "advisories"); k++) {
            json_t *advisory = json_array_get(json_object_get(set, "advisories"), k);
            const char *id = tree_text(advisory, "id");
            if (is_named_before(table->sets, i, id))
                continue;
            print_cells(table, id, advisory_cell, id);
            (void)json_array_append(all, advisory);
        }
    }
}

/* ---- the whole
 * --------------------------------------------------------------------------- */

static void print_tee(const json_t *tee)
{
    const json_t *sets = json_object_get(tee, "sets");
    struct table table = { .sets = sets, .width = width_of(sets) };
    json_t *advisories = json_array();

    printf("\n%s\n", tree_text(tee, "tee"));
    print_cells(&table, "NUMBER", number_cell, "");
    print_cells(&table, "status", text_cell, "status");
    if (has_part(sets, "module"))
        print_cells(&table, "  of the TDX module", part_cell, "module");
    if (has_part(sets, "qe"))
        print_cells(&table, "  of the quoting enclave", part_cell, "qe");
    print_cells(&table, "TCB date", day_cell, "tcb_date");
    print_cells(&table, "recovery event", day_cell, "recovery_event");
    print_cells(&table, "expected as standard, from", bound_cell, "earliest");
    print_cells(&table, "  to", bound_cell, "latest");
    print_cells(&table, "in date", in_date_cell, "in_date");
    print_cells(&table, "best level", goal_cell, "goal");
    print_needs(&table);
    print_advisories(&table, advisories);
    if (json_array_size(advisories) > 0)
        putchar('\n');
    baseline_print_links(advisories);
    json_decref(advisories);
}

static void print_given(const json_t *tree)
{
    putchar('\n');
    for (size_t i = 0; i < tree_count(tree, "baselines"); i++) {
        const json_t *each = tree_item(tree, "baselines", i);
        printf("%s%s gives it sgx %s, tdx %s\n", tree_text(each, "name"),
               tree_flag(each, "default") ? " (the default)" : "",
               number_of(each, "sgx").s, number_of(each, "tdx").s);
    }
}

void explain_print(const json_t *tree)
{
    const json_t *subject = json_object_get(tree, "subject");
    bool has_svn = json_is_string(json_object_get(subject, "tee_tcb_svn"));

    print_subject(subject);
    for (size_t i = 0; i < tree_count(tree, "tees"); i++) {
        const json_t *tee = tree_item(tree, "tees", i);
        print_tee(tee);
        if (strcmp(tree_text(tee, "tee"), "tdx") == 0 && !has_svn)
            puts("  by its SGX components alone: --tee-tcb-svn tells of the TDX module");
    }
    print_given(tree);
}
