/* SPDX-License-Identifier: Apache-2.0 */
/* thim explain: why a platform, or who made a quote or report, has the TCB status it has,
 * under each set that is held, side by side, and what would raise it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "format/evidence_text.h"
#include "kit/file.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/baseline_parts.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "thim/explain_parts.h"
#include "thim/explain_print.h"
#include "thim/platform_name.h"
#include "thim/tree.h"

enum { DECIMAL_DIGITS = 3 };

struct explain_order {
    struct service_address address;
    const char *who; /* a platform, or a file */
    const char *pce_id, *fmspc, *cpusvn, *pcesvn, *tee_tcb_svn, *tee_tcb_svn2, *qe_isvsvn,
        *tee, *product;
    bool as_json;
};

static int fail(const struct error *err, bool as_json)
{
    fprintf(stderr, "thim: explain: %s\n", err->text);
    if (as_json) {
        json_t *tree = json_pack("{s:{s:s, s:s}}", "error", "code",
                                 error_kind_name(err->kind), "message", err->text);
        describe_print_json(tree);
        json_decref(tree);
    }
    return (int)service_exit_status(err);
}

/* ---- what is asked --------------------------------------------------------------- */

/* People write 13 where requests have 0d00. */
static const char *pcesvn_text(const char *pcesvn, char room[5])
{
    uint64_t number;

    if (pcesvn == NULL || strlen(pcesvn) > DECIMAL_DIGITS
        || !decimal_read(bytes_of_text(pcesvn), UINT16_MAX, &number))
        return pcesvn;
    snprintf(room, 5, "%02x%02x", (uint8_t)number, (uint8_t)(number >> 8));
    return room;
}

static bool add_tcb(const struct explain_order *order, char path[BASELINE_PATH_MAX],
                    struct error *err)
{
    char room[5];

    return baseline_query(path, "fmspc", order->fmspc, err)
           && baseline_query(path, "cpusvn", order->cpusvn, err)
           && baseline_query(path, "pcesvn", pcesvn_text(order->pcesvn, room), err)
           && baseline_query(path, "tee_tcb_svn", order->tee_tcb_svn, err)
           && baseline_query(path, "tee_tcb_svn2", order->tee_tcb_svn2, err)
           && baseline_query(path, "qe_isvsvn", order->qe_isvsvn, err)
           && baseline_query(path, "tee", order->tee, err);
}

static bool add_platform(const struct explain_order *order, char path[BASELINE_PATH_MAX],
                         struct error *err)
{
    struct platform_target target;

    return platform_target_find(&order->address, order->who, order->pce_id, &target, err)
           && baseline_query(path, "qe_id", target.qe_id, err)
           && baseline_query(path, "pce_id", target.pce_id, err);
}

/* ---- asking ------------------------------------------------------------------------ */

/* A quote or report goes raw, a certificate as it is: the service reads PEM, DER, hex. */
static bool send_file(const struct explain_order *order, const char *path,
                      struct bytes content, json_t **tree, struct error *err)
{
    struct service_request request = { .method = "POST", .path = path, .body = content };
    struct evidence_text evidence;
    struct arena arena;
    bool well;

    arena_init(&arena, EVIDENCE_ARENA_MAX);
    bool is_text = evidence_text_read(content, &arena, &evidence, err);
    if (is_text && evidence.kind == EVIDENCE_REPORT) {
        well = explain_report(&order->address, evidence.raw, order->product, tree, err);
    } else {
        if (is_text && evidence.kind == EVIDENCE_QUOTE) {
            request.body = evidence.raw;
            request.content_type = "application/octet-stream";
        }
        well = service_ask_with(&order->address, &request, tree, err);
    }
    arena_fini(&arena);
    return well;
}

static bool ask_of_file(const struct explain_order *order, const char *path,
                        json_t **tree, struct error *err)
{
    struct buf file;

    buf_init(&file, EVIDENCE_TEXT_MAX);
    bool well = file_read(order->who, &file, err)
                && send_file(order, path, buf_bytes(&file), tree, err);
    buf_fini(&file);
    return well;
}

static bool ask(const struct explain_order *order, json_t **tree, struct error *err)
{
    char path[BASELINE_PATH_MAX] = "/thim/v1/explain";
    bool is_file = order->who != NULL
                   && (strcmp(order->who, "-") == 0 || access(order->who, F_OK) == 0);

    *tree = NULL;
    if (!add_tcb(order, path, err))
        return false;
    if (is_file)
        return ask_of_file(order, path, tree, err);
    return (order->who == NULL || add_platform(order, path, err))
           && service_ask(&order->address, path, NULL, tree, err);
}

static void print_answer(json_t *tree)
{
    tree_escape(tree);
    const char *by = tree_text(json_object_get(tree, "subject"), "by");

    if (strcmp(by, "report") == 0)
        explain_report_print(tree);
    else
        explain_print(tree);
}

int command_explain(int argc, char **argv)
{
    struct explain_order order = { .who = NULL };
    const struct argument_option options[] = {
        { "--state", &order.address.state, NULL },
        { "--socket", &order.address.socket, NULL },
        { "--url", &order.address.url, NULL },
        { "--ca", &order.address.ca, NULL },
        { "--token-file", &order.address.token_file, NULL },
        { "--product", &order.product, NULL },
        { "--pce-id", &order.pce_id, NULL },
        { "--fmspc", &order.fmspc, NULL },
        { "--cpusvn", &order.cpusvn, NULL },
        { "--pcesvn", &order.pcesvn, NULL },
        { "--tee-tcb-svn", &order.tee_tcb_svn, NULL },
        { "--tee-tcb-svn2", &order.tee_tcb_svn2, NULL },
        { "--qe-isvsvn", &order.qe_isvsvn, NULL },
        { "--tee", &order.tee, NULL },
        { "--json", NULL, &order.as_json },
    };
    size_t count;
    json_t *tree;
    struct error err = { 0 };

    if (argc > 0 && strcmp(argv[0], "code") == 0)
        return explain_code(argc - 1, argv + 1);
    if (!arguments_read(argc, argv, options, COUNT_OF(options), &order.who, 1, &count,
                        &err)
        || (count == 0 && order.fmspc == NULL
            && !error_set(
                &err, ERROR_FORMAT,
                "whom? (a QE ID, the file of a quote, report or certificate, or "
                "--fmspc, --cpusvn and --pcesvn)"))
        || !service_address_check(&order.address, &err)) {
        fprintf(stderr, "thim: explain: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (!ask(&order, &tree, &err))
        return fail(&err, order.as_json);
    if (order.as_json)
        describe_print_json(tree);
    else
        print_answer(tree);
    json_decref(tree);
    return EXIT_YES;
}
