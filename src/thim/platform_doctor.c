/* SPDX-License-Identifier: Apache-2.0 */
/* thim platform doctor: why a host is given no certificate, or one below its TCB. */
#include <stdio.h>
#include <string.h>

#include "kit/buf.h"
#include "thim/arguments.h"
#include "thim/describe.h"
#include "thim/doctor_request.h"
#include "thim/platform_name.h"
#include "thim/platform_parts.h"
#include "thim/tree.h"

#define DOCTOR "/thim/v1/platforms/doctor?"

enum { PATH_MAX_LEN = 4096 };

struct consultation {
    struct service_address address;
    const char *subject; /* a QE ID or a request */
    const char *pce_id, *cpusvn, *pcesvn;
    bool as_json;
};

static bool add_hex(struct buf *out, const char *name, const char *option,
                    const char *value, size_t digits, struct error *err)
{
    if (value == NULL)
        return true;
    if (strlen(value) != digits || strspn(value, "0123456789abcdefABCDEF") != digits)
        return error_set(err, ERROR_FORMAT, "%s: expected %zu hex digits", option,
                         digits);
    buf_addf(out, "&%s=%s", name, value);
    return true;
}

static bool add_options(const struct consultation *c, struct buf *out, struct error *err)
{
    if ((c->cpusvn == NULL) != (c->pcesvn == NULL))
        return error_set(err, ERROR_FORMAT, "--cpusvn and --pcesvn go together");
    return add_hex(out, "cpusvn", "--cpusvn", c->cpusvn, 32, err)
           && add_hex(out, "pcesvn", "--pcesvn", c->pcesvn, 4, err);
}

/* A QE ID of which only the beginning is given must be one that is known. */
static bool write_path(const struct consultation *c, struct buf *out, struct error *err)
{
    struct platform_target target;

    if (doctor_request_is(c->subject)) {
        struct buf query;
        buf_init(&query, PATH_MAX_LEN);
        bool well = doctor_request_read(c->subject, &query, err);
        buf_add_text(out, DOCTOR);
        buf_add(out, buf_bytes(&query));
        buf_fini(&query);
        return well;
    }
    struct buf options;
    buf_init(&options, PATH_MAX_LEN);
    bool well = add_options(c, &options, err)
                && platform_target_find(&c->address, c->subject, c->pce_id, &target, err);
    if (well)
        buf_addf(out, DOCTOR "qe_id=%s&pce_id=%s%s", target.qe_id, target.pce_id,
                 buf_text(&options));
    buf_fini(&options);
    return well;
}

/* A certificate for a lower TCB is a certificate. */
static int answer(const json_t *tree, bool as_json)
{
    const char *ailment = tree_text(tree, "ailment");

    if (as_json)
        describe_print_json(tree);
    else
        printf("%s%s\n  %s\n  %s\n", ailment,
               tree_flag(tree, "asked") ? " (upstream was asked)" : "",
               tree_text(tree, "finding"), tree_text(tree, "remedy"));
    return strcmp(ailment, "none") == 0 || strcmp(ailment, "below") == 0 ? EXIT_YES
                                                                         : EXIT_NO;
}

static int consult(const struct consultation *c)
{
    struct buf path;
    json_t *tree = NULL;
    struct error err = { 0 };

    buf_init(&path, PATH_MAX_LEN);
    bool well = write_path(c, &path, &err)
                && service_ask(&c->address, buf_text(&path), NULL, &tree, &err);
    buf_fini(&path);
    if (!well)
        return platform_fail("doctor", &err, c->as_json);
    int status = answer(tree, c->as_json);
    json_decref(tree);
    return status;
}

int platform_doctor(int argc, char **argv)
{
    struct consultation c = { 0 };
    const struct argument_option options[] = {
        { "--state", &c.address.state, NULL }, { "--socket", &c.address.socket, NULL },
        { "--pce-id", &c.pce_id, NULL },       { "--cpusvn", &c.cpusvn, NULL },
        { "--pcesvn", &c.pcesvn, NULL },       { "--json", NULL, &c.as_json },
    };
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &c.subject, 1, &count,
                        &err)
        || (count == 0
            && !error_set(&err, ERROR_FORMAT,
                          "which one? (its QE ID, or the request that it made)")))
        return platform_usage("doctor", &err);
    return consult(&c);
}
