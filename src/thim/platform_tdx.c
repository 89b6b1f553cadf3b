/* SPDX-License-Identifier: Apache-2.0 */
/* thim platform tdx: which TDX module and SEAM loader a host runs, by the operator's
 * word; no registration tells it, and without it a TDX host is never taken for safe. */
#include <stdio.h>

#include "kit/base.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/describe.h"
#include "thim/platform_name.h"
#include "thim/platform_parts.h"

enum { TEE_TCB_SVN_LEN = 16 };

static int tell(const struct service_address *address,
                const struct platform_target *target, const char *tee_tcb_svn,
                bool as_json)
{
    json_t *answer, *body = json_pack("{s:s, s:s, s:s}", "qe_id", target->qe_id, "pce_id",
                                      target->pce_id, "tee_tcb_svn", tee_tcb_svn);
    struct error err = { 0 };

    bool well =
        (body != NULL || error_set(&err, ERROR_SYSTEM, "no memory for the request"))
        && service_ask(address, "/thim/v1/platforms/tdx", body, &answer, &err);
    json_decref(body);
    if (!well)
        return platform_fail("tdx", &err, as_json);
    if (as_json)
        describe_print_json(answer);
    else
        printf("%s %s: TDX SVNs %s\n", target->qe_id, target->pce_id, tee_tcb_svn);
    json_decref(answer);
    return EXIT_YES;
}

static bool check_svn(const char *text, struct error *err)
{
    uint8_t read[TEE_TCB_SVN_LEN];

    if (text == NULL)
        return error_set(
            err, ERROR_FORMAT,
            "--tee-tcb-svn is missing: the 32 hex digits of TEE_TCB_SVN in a "
            "quote or report of the host");
    return hex_read(bytes_of_text(text), read, sizeof read)
           || error_set(err, ERROR_FORMAT, "--tee-tcb-svn %s: expected 32 hex digits",
                        safe_string(text).s);
}

int platform_tdx(int argc, char **argv)
{
    struct service_address address = { 0 };
    const char *qe_id = NULL, *pce_id = NULL, *tee_tcb_svn = NULL;
    bool as_json = false;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL }, { "--socket", &address.socket, NULL },
        { "--pce-id", &pce_id, NULL },       { "--tee-tcb-svn", &tee_tcb_svn, NULL },
        { "--json", NULL, &as_json },
    };
    struct platform_target target;
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &qe_id, 1, &count, &err)
        || (count == 0 && !error_set(&err, ERROR_FORMAT, "which one? (its QE ID)"))
        || !check_svn(tee_tcb_svn, &err))
        return platform_usage("tdx", &err);
    if (!platform_target_find(&address, qe_id, pce_id, &target, &err))
        return platform_fail("tdx", &err, as_json);
    return tell(&address, &target, tee_tcb_svn, as_json);
}
