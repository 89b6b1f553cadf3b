/* SPDX-License-Identifier: Apache-2.0 */
/* thim refresh: asks the upstreams now and waits until the answers are in. */
#include <stdio.h>

#include "kit/base.h"
#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "thim/service_client.h"

static int report(const json_t *answer, bool as_json)
{
    bool all_well = json_is_true(json_object_get(answer, "all_well"));

    if (as_json) {
        describe_print_json(answer);
    } else {
        puts(all_well ? "all well"
                      : "not all of it came; what was there is still served. Why: thim "
                        "status");
    }
    return all_well ? EXIT_YES : EXIT_NO;
}

int command_refresh(int argc, char **argv)
{
    struct service_address address = { 0 };
    bool as_json = false;
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--json", NULL, &as_json },
    };
    const char *subject = NULL;
    size_t count;
    json_t *answer;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &subject, 1, &count,
                        &err)) {
        fprintf(stderr, "thim: refresh: %s\n", err.text);
        return EXIT_USAGE;
    }
    json_t *body = subject == NULL
                       ? json_pack("{s:b}", "wait", 1)
                       : json_pack("{s:b, s:s}", "wait", 1, "subject", subject);
    bool well = service_ask(&address, "/thim/v1/refresh", body, &answer, &err);
    json_decref(body);
    if (!well) {
        fprintf(stderr, "thim: refresh: %s\n", err.text);
        answer = json_pack("{s:b, s:s}", "all_well", 0, "why", err.text);
        if (as_json)
            describe_print_json(answer);
        json_decref(answer);
        return err.kind == ERROR_NOT_FOUND ? EXIT_NO : EXIT_UNAVAILABLE;
    }
    int status = report(answer, as_json);
    json_decref(answer);
    return status;
}
