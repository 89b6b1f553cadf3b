/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/options.h"
#include "lib/parts.h"

struct bytes bytes_given(struct thim_bytes given)
{
    return bytes_of(given.at, given.at == NULL ? 0 : given.len);
}

/* Without these no quote is ever valid; in the order in which one stands on another. */
static const struct {
    enum collateral_kind kind;
    enum verify_check missing;
    const char *what;
} needed[] = {
    { COLLATERAL_ROOT_CRL, CHECK_ROOT_CA_CRL_MISSING, "root CA CRL" },
    { COLLATERAL_PCK_CRL, CHECK_PCK_CRL_MISSING, "PCK CRL" },
    { COLLATERAL_TCB_INFO, CHECK_TCB_INFO_MISSING, "TCB info" },
    { COLLATERAL_IDENTITY, CHECK_ENCLAVE_IDENTITY_MISSING, "QE identity" },
};

static bool check_whole(const struct collateral_set *set, struct thim_error *error)
{
    struct collateral_source source = collateral_set_source(set);

    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        struct collateral_key subject = { .kind = needed[i].kind };
        enum verify_check check = needed[i].missing;
        struct error why = { 0 };
        if (source.find(source.context, &subject) != NULL)
            continue;
        if (!source.refusal(source.context, &subject, &check, &why))
            (void)error_set(&why, ERROR_NOT_FOUND, "%s: it was not given",
                            needed[i].what);
        return errors_tell_check(error, check, &why);
    }
    return true;
}

/* A PCK certificate that was brought is wanted. */
static bool check_pck(const struct collateral_set *set, struct thim_error *error)
{
    struct collateral_source source = collateral_set_source(set);
    struct quote nobodys = { 0 };
    struct error why = { 0 };

    if (source.pck(source.context, &nobodys, &why) != NULL)
        return true;
    if (why.kind == ERROR_NONE)
        (void)error_set(&why, ERROR_FORMAT,
                        "PCK certificate chain: there is no PCK certificate in it");
    return errors_tell_check(error, CHECK_PCK_CERT_CHAIN_UNTRUSTED, &why);
}

static bool make_set(const struct thim_collateral_options *options,
                     const struct trust *trust, struct collateral_set **out,
                     struct thim_error *error)
{
    struct collateral_texts texts = {
        .root_crl = bytes_given(options->root_ca_crl),
        .pck_crl = bytes_given(options->pck_crl),
        .pck_crl_chain = bytes_given(options->pck_crl_issuer_chain),
        .tcb_info = bytes_given(options->tcb_info),
        .tcb_info_chain = bytes_given(options->tcb_info_issuer_chain),
        .identity = bytes_given(options->qe_identity),
        .identity_chain = bytes_given(options->qe_identity_issuer_chain),
        .pck_chain = bytes_given(options->pck_chain),
        .quote = bytes_given(options->quote),
    };
    struct error why = { 0 };

    if (!collateral_set_make(&texts, trust, out, &why))
        return errors_tell_check(error, CHECK_SYSTEM, &why);
    return check_whole(*out, error)
           && (texts.pck_chain.len == 0 || check_pck(*out, error));
}

bool thim_collateral_new(const struct thim_trust *trust,
                         const struct thim_collateral_options *options,
                         struct thim_collateral **out, struct thim_error *error)
{
    struct thim_collateral_options known;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || options == NULL)
        return errors_tell_usage(error, "collateral: no options, or no place for it");
    if (!options_read(options, sizeof known, &known, sizeof known, error))
        return false;

    struct thim_collateral *made = calloc(1, sizeof *made);
    if (made == NULL)
        return errors_tell_memory(error);
    atomic_init(&made->holders, 1);
    made->trust = trust_of(trust);
    if (!make_set(&known, &made->trust, &made->set, error)) {
        thim_collateral_release(made);
        return false;
    }
    *out = made;
    return true;
}

struct thim_collateral *thim_collateral_hold(const struct thim_collateral *collateral)
{
    /* never changes but for the count of its holders */
    struct thim_collateral *held = (struct thim_collateral *)(uintptr_t)collateral;

    if (held != NULL)
        atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void thim_collateral_release(struct thim_collateral *collateral)
{
    if (collateral == NULL
        || atomic_fetch_sub_explicit(&collateral->holders, 1, memory_order_acq_rel) != 1)
        return;
    collateral_set_free(collateral->set);
    free(collateral);
}
