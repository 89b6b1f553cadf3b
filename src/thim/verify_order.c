/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "kit/clock.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/verify_parts.h"

enum { NUMBER_MOST = 1000000 };

/* ---- what goes together ------------------------------------------------------------ */

struct given { /* an option, and whether it stood there */
    const char *name, *value;
};

static const char *first_of(const struct given *options, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (options[i].value != NULL)
            return options[i].name;
    return NULL;
}

static bool check_modes(struct verify_order *order, struct error *err)
{
    const struct given files[] = {
        { "--tcb-info", order->tcb_info },
        { "--qe-identity", order->identity },
        { "--root-crl", order->root_crl },
        { "--pck-crl", order->pck_crl },
        { "--signing-chain", order->signing_chain },
        { "--identity-chain", order->identity_chain },
        { "--pck-crl-chain", order->pck_crl_chain },
        { "--pck-chain", order->pck_chain },
        { "--vek", order->vek },
        { "--chain", order->vek_chain },
        { "--crl", order->crl },
        { "--collateral", order->collateral },
    };
    const struct given of_service[] = {
        { "--state", order->address.state },
        { "--socket", order->address.socket },
        { "--url", order->address.url },
        { "--ca", order->address.ca },
        { "--token-file", order->address.token_file },
        { "--baseline", order->baseline },
    };
    const struct given of_files[] = {
        { "--at", order->at_text },
        { "--min-tcb", order->min_tcb_text },
        { "--root", order->root },
    };
    const char *file = first_of(files, COUNT_OF(files));
    const char *service = first_of(of_service, COUNT_OF(of_service));
    const char *moment = first_of(of_files, COUNT_OF(of_files));

    order->by_files = file != NULL;
    if (file != NULL && service != NULL)
        return error_set(err, ERROR_FORMAT,
                         "%s is of collateral in files, and %s of a service: one of the "
                         "two",
                         file, service);
    if (file == NULL && moment != NULL)
        return error_set(err, ERROR_FORMAT,
                         "%s is of collateral in files (--collateral DIR, or --tcb-info "
                         "and its kin): a service judges at its own time, by its own "
                         "roots and minima",
                         moment);
    if (order->number_text != NULL && file != NULL && order->collateral == NULL)
        return error_set(err, ERROR_FORMAT,
                         "--number chooses from --collateral DIR, or at a service; %s is "
                         "chosen already",
                         file);
    return true;
}

static bool check_service(const struct verify_order *order, struct error *err)
{
    if (order->baseline != NULL && order->number_text != NULL)
        return error_set(err, ERROR_FORMAT, "--baseline or --number, not both");
    return service_address_check(&order->address, err);
}

/* ---- values ------------------------------------------------------------------------ */

static bool read_at(struct verify_order *order, struct error *err)
{
    order->at_s = clock_real_wall_s();
    return order->at_text == NULL || utc_read(bytes_of_text(order->at_text), &order->at_s)
           || error_set(err, ERROR_FORMAT,
                        "--at %s: expected a time such as 2025-06-20T00:00:00Z",
                        safe_string(order->at_text).s);
}

static bool read_number(struct verify_order *order, struct error *err)
{
    uint64_t number = 0;

    if (order->number_text != NULL
        && (!decimal_read(bytes_of_text(order->number_text), NUMBER_MOST, &number)
            || number == 0))
        return error_set(err, ERROR_FORMAT,
                         "--number %s: expected an evaluation data number such as 18",
                         safe_string(order->number_text).s);
    order->number = (uint32_t)number;
    return true;
}

static enum snp_product product_of(struct bytes name)
{
    for (unsigned i = SNP_MILAN; i < SNP_PRODUCTS; i++)
        if (text_equal_nocase(
                name, bytes_of_text(snp_product_facts((enum snp_product)i)->name)))
            return (enum snp_product)i;
    return 0;
}

/* "milan=d315000000000004" */
static bool read_minimum(struct bytes text, struct verify_order *order, struct error *err)
{
    size_t equals = bytes_find(text, bytes_of_text("="));
    enum snp_product product = product_of(bytes_first(text, equals));
    uint64_t value;

    if (product == 0)
        return error_set(err, ERROR_FORMAT,
                         "--min-tcb %s: expected PRODUCT=HEX, of milan, genoa, turin",
                         safe(text).s);
    if (order->has_min_tcb[product])
        return error_set(err, ERROR_FORMAT, "--min-tcb: %s twice",
                         snp_product_facts(product)->name);
    order->has_min_tcb[product] = true;
    return (tcb_version_hex_read(bytes_after(text, equals + 1), &value)
            || error_set(err, ERROR_FORMAT, "expected 1 to 16 hex digits"))
               ? tcb_version_read(product, value, &order->min_tcb[product], err)
                     || error_within(err, "--min-tcb %s", safe(text).s)
               : error_within(err, "--min-tcb %s", safe(text).s);
}

static bool read_minima(struct verify_order *order, struct error *err)
{
    struct bytes left =
        bytes_of_text(order->min_tcb_text == NULL ? "" : order->min_tcb_text);

    while (left.len > 0) {
        size_t len = bytes_find(left, bytes_of_text(","));
        if (!read_minimum(bytes_first(left, len), order, err))
            return false;
        left = bytes_after(left, len + 1);
    }
    return true;
}

bool verify_order_read(int argc, char **argv, struct verify_order *out, struct error *err)
{
    const struct argument_option options[] = {
        { "--tcb-info", &out->tcb_info, NULL },
        { "--qe-identity", &out->identity, NULL },
        { "--root-crl", &out->root_crl, NULL },
        { "--pck-crl", &out->pck_crl, NULL },
        { "--signing-chain", &out->signing_chain, NULL },
        { "--identity-chain", &out->identity_chain, NULL },
        { "--pck-crl-chain", &out->pck_crl_chain, NULL },
        { "--pck-chain", &out->pck_chain, NULL },
        { "--vek", &out->vek, NULL },
        { "--chain", &out->vek_chain, NULL },
        { "--crl", &out->crl, NULL },
        { "--collateral", &out->collateral, NULL },
        { "--root", &out->root, NULL },
        { "--at", &out->at_text, NULL },
        { "--min-tcb", &out->min_tcb_text, NULL },
        { "--policy", &out->policy, NULL },
        { "--number", &out->number_text, NULL },
        { "--baseline", &out->baseline, NULL },
        { "--state", &out->address.state, NULL },
        { "--socket", &out->address.socket, NULL },
        { "--url", &out->address.url, NULL },
        { "--ca", &out->address.ca, NULL },
        { "--token-file", &out->address.token_file, NULL },
        { "--json", NULL, &out->as_json },
    };
    size_t count;

    *out = (struct verify_order){ .file = NULL };
    if (!arguments_read(argc, argv, options, COUNT_OF(options), &out->file, 1, &count,
                        err))
        return false;
    if (count == 0)
        return error_set(err, ERROR_FORMAT,
                         "which quote or report? (a file; - is standard input)");
    return check_modes(out, err) && check_service(out, err) && read_at(out, err)
           && read_number(out, err) && read_minima(out, err);
}
