/* SPDX-License-Identifier: Apache-2.0 */
/* thim verify: whether a quote or report is true, at which TCB, and whether that
 * suffices. Collateral comes from files, and then nobody is asked, or is a service's. */
#include <stdio.h>
#include <string.h>

#include "kit/file.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "thim/tree.h"
#include "thim/verify_parts.h"
#include "verify/verdict.h"

/* For the evidence, and all files that are kept. */
#define ARENA_CEILING ((size_t)256 << 20)

/* JSON goes to standard output whatever the outcome. */
static int fail(const struct error *err, bool as_json, int status)
{
    fprintf(stderr, "thim: verify: %s\n", err->text);
    if (as_json) {
        json_t *tree = json_pack("{s:{s:s, s:s}}", "error", "code",
                                 error_kind_name(err->kind), "message", err->text);
        describe_print_json(tree);
        json_decref(tree);
    }
    return status;
}

static bool is_json_wanted(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

int verify_exit_status(const json_t *verdict)
{
    const char *failure = json_string_value(json_object_get(verdict, "failure"));

    if (tree_flag(verdict, "valid") && tree_flag(verdict, "accepted"))
        return EXIT_YES;
    for (unsigned i = CHECK_PASSED + 1; failure != NULL && i < CHECKS; i++)
        if (verify_check_is_missing((enum verify_check)i)
            && strcmp(failure, verify_check_name((enum verify_check)i)) == 0)
            return EXIT_UNAVAILABLE;
    return EXIT_NO;
}

/* A service's refusal is no verdict: 1 would say that there is one. */
static int status_of_failure(const struct verify_order *order, const struct error *err)
{
    if (order->by_files || err->kind == ERROR_NOT_FOUND)
        return EXIT_USAGE;
    return (int)service_exit_status(err);
}

/* ---- evidence -----------------------------------------------------------------------
 */

static bool read_evidence(const struct verify_order *order, struct arena *arena,
                          struct evidence_text *out, struct error *err)
{
    struct buf file;

    buf_init(&file, EVIDENCE_TEXT_MAX);
    bool well = file_read(order->file, &file, err);
    struct bytes content = arena_copy(arena, buf_bytes(&file));
    buf_fini(&file);
    if (!well)
        return false;
    if (content.at == NULL)
        return error_set(err, ERROR_LIMIT, "no room for the evidence");
    return evidence_text_read(content, arena, out, err)
           || error_within(err, "%s", safe_string(order->file).s);
}

static void tell_evidence(const struct evidence_text *evidence,
                          struct verify_answer *answer)
{
    json_t *taken =
        json_pack("{s:s, s:s, s:I}", "kind", evidence_kind_name(evidence->kind),
                  "encoding", evidence->encoding, "bytes", (json_int_t)evidence->raw.len);

    (void)json_object_set_new(answer->verdict, "taken_for", taken);
    if (answer->files != NULL)
        (void)json_object_set_new(answer->verdict, "files", answer->files);
}

/* ---- the command --------------------------------------------------------------------
 */

static int run(const struct verify_order *order, struct arena *arena)
{
    struct verify_answer answer = { .verdict = NULL };
    struct evidence_text evidence;
    struct error err = { 0 };

    if (!read_evidence(order, arena, &evidence, &err))
        return fail(&err, order->as_json, EXIT_USAGE);
    bool well = order->by_files ? verify_by_files(order, &evidence, arena, &answer, &err)
                                : verify_by_service(order, &evidence, &answer, &err);
    if (!well) {
        json_decref(answer.files);
        return fail(&err, order->as_json, status_of_failure(order, &err));
    }
    tell_evidence(&evidence, &answer);
    int status = verify_exit_status(answer.verdict);
    if (order->as_json) {
        describe_print_json(answer.verdict);
    } else {
        tree_escape(answer.verdict);
        verify_print(answer.verdict);
    }
    json_decref(answer.verdict);
    return status;
}

int command_verify(int argc, char **argv)
{
    struct verify_order order;
    struct error err = { 0 };
    struct arena arena;

    if (!verify_order_read(argc, argv, &order, &err))
        return fail(&err, is_json_wanted(argc, argv), EXIT_USAGE);
    arena_init(&arena, ARENA_CEILING);
    int status = run(&order, &arena);
    arena_fini(&arena);
    return status;
}
