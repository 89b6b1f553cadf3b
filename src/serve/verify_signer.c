/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/verify_signer.h"

#include <stdio.h>

#include "format/pem.h"
#include "kit/text.h"
#include "verify/chain.h"

enum { LEAF_BYTES_MAX = 256 * 1024 };

/* ---- by name ----------------------------------------------------------------------- */

struct platform_name verify_signer_name(const struct quote *quote)
{
    struct platform_name name = { .pce_id = 0 };

    if (quote->ppid.pce_id.len == 2)
        name.pce_id =
            (uint16_t)(quote->ppid.pce_id.at[0] | (quote->ppid.pce_id.at[1] << 8));
    snprintf(name.qe_id, sizeof name.qe_id, "%s",
             hex(quote->qe_id.at, quote->qe_id.len).s);
    return name;
}

static bool find_by_name(const struct verify_signers *signers,
                         const struct baseline_view *view, const struct quote *quote,
                         struct verified_pck **out, struct error *err)
{
    struct platform_name name = verify_signer_name(quote);
    struct raw_tcb raw = { .pcesvn = quote->ppid.pcesvn };

    memcpy(raw.cpusvn, quote->ppid.cpusvn.at, sizeof raw.cpusvn);
    if (signers->hosts == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no platforms are known here");
    return hosts_signer(signers->hosts, view, &name, &raw, out, err);
}

/* ---- by its own certificate -------------------------------------------------------- */

static bool verify_below(const struct verify_signers *signers,
                         const struct baseline_view *view, enum pck_ca ca,
                         struct bytes leaf, struct verified_pck **out, struct error *err)
{
    struct collateral_key key = key_pck_crl(ca);
    const struct holding *list = holdings_find(view->holdings, &key);
    const struct host_issuer *issuer;

    if (list == NULL)
        return error_set(err, ERROR_NOT_FOUND,
                         "the issuer of its certificate, and the "
                         "CRL of that, are not held here");
    return host_issuer_of(signers->issuers, &verified_facts(list->item)->chain, &issuer,
                          err)
           && verify_kept_pck(leaf, issuer->verified, out, err);
}

static bool read_ca(struct bytes leaf, enum pck_ca *out, struct error *err)
{
    struct x509_certificate certificate;

    if (!x509_parse(leaf, &certificate, err))
        return false;
    enum chain_role issuer = chain_role_of(certificate.issuer_cn);
    *out = issuer == CHAIN_INTEL_PCK_PLATFORM ? PCK_CA_PLATFORM : PCK_CA_PROCESSOR;
    return true;
}

static bool find_by_leaf(const struct verify_signers *signers,
                         const struct baseline_view *view, const struct quote *quote,
                         struct verified_pck **out, struct error *err)
{
    struct der_chain chain;
    struct arena arena;
    enum pck_ca ca;

    arena_init(&arena, LEAF_BYTES_MAX);
    bool found = pem_chain_read(quote->certification_data, &arena, &chain, err)
                 && read_ca(chain.certificates[0], &ca, err)
                 && verify_below(signers, view, ca, chain.certificates[0], out, err);
    arena_fini(&arena);
    return found;
}

bool verify_signer_find(const struct verify_signers *signers,
                        const struct baseline_view *view, const struct quote *quote,
                        struct verified_pck **out, struct error *err)
{
    *out = NULL;
    if (quote->certification == CERTIFICATION_PCK_LEAF)
        return find_by_leaf(signers, view, quote, out, err);
    return find_by_name(signers, view, quote, out, err);
}
