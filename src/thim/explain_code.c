/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/describe.h"
#include "thim/error_codes.h"
#include "thim/explain_parts.h"

enum { COLUMNS = 79, INDENT = 11, NUMBER_MAX = 12, SMALL = 1000 };

/* Those of HTTP and of Intel's Status are written in decimal wherever one meets them. */
static void number_text(const struct error_code_found *found, char out[NUMBER_MAX])
{
    uint32_t number = found->code->number;

    if (!found->speaker->numbered)
        out[0] = 0;
    else
        snprintf(out, NUMBER_MAX, number < SMALL ? "%u" : "0x%04X", number);
}

/* ---- for people ------------------------------------------------------------------- */

/* Breaks between words; the lines after the first are indented like it. */
static void print_wrapped(const char *head, const char *text)
{
    int column = INDENT;

    printf("  %-*s", INDENT - 2, head);
    while (*text != 0) {
        size_t len = strcspn(text, " ");
        if (column > INDENT && column + 1 + (int)len > COLUMNS) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)len, text);
        column += (int)len;
        text += len + (text[len] == ' ');
    }
    putchar('\n');
}

static void print_found(const struct error_code_found *found)
{
    char number[NUMBER_MAX];

    number_text(found, number);
    printf("%s%s%s", number, number[0] != 0 ? "  " : "", found->code->name);
    if (found->speaker->numbered && found->code->number >= SMALL)
        printf("  (%u)", found->code->number);
    putchar('\n');
    print_wrapped("said by", found->speaker->title);
    print_wrapped("means", found->code->meaning);
    print_wrapped("cause", error_advice_cause(found->code->advice));
    print_wrapped("do", error_advice_remedy(found->code->advice));
}

/* ---- for programs ----------------------------------------------------------------- */

static json_t *tree_of(const struct error_code_found *found)
{
    bool numbered = found->speaker->numbered;
    char number[NUMBER_MAX];

    snprintf(number, sizeof number, "0x%04X", found->code->number);
    return json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s}", "library",
                     found->speaker->name, "said_by", found->speaker->title, "number",
                     numbered ? json_integer(found->code->number) : json_null(), "hex",
                     numbered ? json_string(number) : json_null(), "name",
                     found->code->name, "means", found->code->meaning, "cause",
                     error_advice_cause(found->code->advice), "remedy",
                     error_advice_remedy(found->code->advice));
}

static void print_trees(const struct error_code_found *found, size_t count)
{
    json_t *tree = json_object(), *list = json_array();

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, tree_of(&found[i]));
    (void)json_object_set_new(tree, "codes", list);
    describe_print_json(tree);
    json_decref(tree);
}

/* ---- all of them ------------------------------------------------------------------ */

static void list_library(const struct error_library *library, json_t *list)
{
    char number[NUMBER_MAX];

    if (list == NULL)
        printf("%s: %s\n", library->name, library->title);
    for (size_t i = 0; i < library->count; i++) {
        struct error_code_found each = { library, &library->codes[i] };
        number_text(&each, number);
        if (list != NULL)
            (void)json_array_append_new(list, tree_of(&each));
        else
            printf("  %-7s %s: %s\n", number, each.code->name, each.code->meaning);
    }
}

static int list_all(bool as_json)
{
    json_t *list = as_json ? json_array() : NULL;

    for (size_t i = 0; i < ERROR_LIBRARIES; i++)
        list_library(error_library(i), list);
    if (as_json) {
        json_t *tree = json_pack("{s:o}", "codes", list);
        describe_print_json(tree);
        json_decref(tree);
    }
    return EXIT_YES;
}

/* ---- the verb --------------------------------------------------------------------- */

int explain_code(int argc, char **argv)
{
    const char *text = NULL;
    bool as_json = false;
    const struct argument_option options[] = { { "--json", NULL, &as_json } };
    struct error_code_found found[ERROR_CODES_FOUND_MAX];
    size_t given, count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &text, 1, &given, &err)) {
        fprintf(stderr, "thim: explain code: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (given == 0)
        return list_all(as_json);
    count = error_codes_find(bytes_of_text(text), found);
    if (as_json)
        print_trees(found, count);
    else
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                putchar('\n');
            print_found(&found[i]);
        }
    if (count > 0)
        return EXIT_YES;
    fprintf(stderr,
            "thim: explain code: nobody is known to say \"%s\" (thim explain code lists "
            "all)\n",
            safe_string(text).s);
    return EXIT_NO;
}
