/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/revocation.h"

#include "kit/crypto.h"
#include "kit/text.h"

bool chain_verify_crl(const struct crl *crl, const struct x509_certificate *issuer,
                      struct error *err)
{
    return chain_verify_crl_with(crl, issuer, NULL, err);
}

bool chain_verify_crl_with(const struct crl *crl, const struct x509_certificate *issuer,
                           struct chain_memo *memo, struct error *err)
{
    if (!bytes_equal(crl->issuer, issuer->subject))
        return error_set(err, ERROR_UNTRUSTED, "CRL's issuer \"%s\" is not \"%s\"",
                         safe(crl->issuer_cn).s, safe(issuer->subject_cn).s);
    if (crl->signature_algorithm != X509_ECDSA_SHA256 || issuer->key_kind != X509_KEY_P256
        || !issuer->is_ca || (issuer->key_usage & X509_CRL_SIGN) == 0)
        return error_set(err, ERROR_UNTRUSTED, "\"%s\" may not issue CRLs",
                         safe(issuer->subject_cn).s);
    if (!chain_memo_verify(memo, issuer->public_key.at, crl->tbs, crl->ecdsa_signature,
                           err))
        return error_within(err, "CRL by \"%s\"", safe(issuer->subject_cn).s);
    return true;
}

/* Serial numbers mean something only beside their issuer. */
static bool check_not_listed(const struct x509_certificate *c, const struct crl *crl,
                             size_t place, struct error *err)
{
    if (!bytes_equal(c->issuer, crl->issuer))
        error_set(err, ERROR_UNTRUSTED, "the CRL is by \"%s\", not by its issuer \"%s\"",
                  safe(crl->issuer_cn).s, safe(c->issuer_cn).s);
    else if (crl_lists(crl, c->serial))
        error_set(err, ERROR_REVOKED, "serial number %s is on the CRL of %s by \"%s\"",
                  hex(c->serial.at, c->serial.len).s, utc(crl->this_update_s).s,
                  safe(crl->issuer_cn).s);
    else
        return true;
    return chain_within(err, c, place);
}

bool chain_not_revoked(const struct chain *chain, const struct crl *root_crl,
                       const struct crl *leaf_crl, struct error *err)
{
    bool pck = chain_role_of(chain->certificates[0].subject_cn) == CHAIN_INTEL_PCK_LEAF;

    if (pck && leaf_crl != NULL
        && !check_not_listed(&chain->certificates[0], leaf_crl, 0, err))
        return false;
    for (size_t i = pck ? 1 : 0; root_crl != NULL && i < chain->count; i++)
        if (!check_not_listed(&chain->certificates[i], root_crl, i, err))
            return false;
    return true;
}
