/* SPDX-License-Identifier: Apache-2.0 */
/* thim explain: why a platform has the TCB status it has, under each set that is held,
 * side by side, and what would raise it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/base.h"
#include "kit/file.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/baseline_parts.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "thim/explain_print.h"
#include "thim/platform_name.h"

enum { CERTIFICATES_MAX = 64 * 1024, DECIMAL_DIGITS = 3 };

struct explain_order {
    struct service_address address;
    const char *who; /* a platform, or a file */
    const char *pce_id, *fmspc, *cpusvn, *pcesvn, *tee_tcb_svn, *tee_tcb_svn2, *qe_isvsvn,
        *tee;
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

struct heard {
    json_t *tree;
    struct error why;
};

static void take(void *heard_, const struct service_reply *reply)
{
    struct heard *heard = heard_;

    heard->why = reply->why;
    if (reply->why.kind == ERROR_NONE)
        heard->tree = json_incref((json_t *)(uintptr_t)reply->json);
}

/* A certificate goes as it is: the service reads PEM, DER and hex. */
static bool send_file(const struct explain_order *order, const char *path, json_t **tree,
                      struct error *err)
{
    OWNED(service_close) struct service_session *session = NULL;
    struct heard heard = { .tree = NULL };
    struct service_request request = {
        .method = "POST", .path = path, .context = &heard, .done = take
    };
    struct buf file;
    unsigned running;

    buf_init(&file, CERTIFICATES_MAX);
    bool well =
        file_read(order->who, &file, err) && service_open(&order->address, &session, err);
    request.body = buf_bytes(&file);
    well = well && service_begin(session, &request, err)
           && service_turn(session, &running, err);
    buf_fini(&file);
    if (well && heard.why.kind != ERROR_NONE)
        well = error_set(err, heard.why.kind, "%s", heard.why.text);
    *tree = heard.tree;
    return well
           && (heard.tree != NULL
               || error_set(err, ERROR_FORMAT, "the service's answer is not JSON"));
}

static bool ask(const struct explain_order *order, json_t **tree, struct error *err)
{
    char path[BASELINE_PATH_MAX] = "/thim/v1/explain";
    bool is_file = order->who != NULL && access(order->who, F_OK) == 0;

    *tree = NULL;
    if (!add_tcb(order, path, err))
        return false;
    if (is_file)
        return send_file(order, path, tree, err);
    return (order->who == NULL || add_platform(order, path, err))
           && service_ask(&order->address, path, NULL, tree, err);
}

int command_explain(int argc, char **argv)
{
    struct explain_order order = { .who = NULL };
    const struct argument_option options[] = {
        { "--state", &order.address.state, NULL },
        { "--socket", &order.address.socket, NULL },
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

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &order.who, 1, &count,
                        &err)
        || (count == 0 && order.fmspc == NULL
            && !error_set(
                &err, ERROR_FORMAT,
                "whom? (a QE ID, a certificate's file, or --fmspc, --cpusvn and "
                "--pcesvn)"))) {
        fprintf(stderr, "thim: explain: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (!ask(&order, &tree, &err))
        return fail(&err, order.as_json);
    if (order.as_json)
        describe_print_json(tree);
    else
        explain_print(tree);
    json_decref(tree);
    return EXIT_YES;
}
