/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/amd_issuer.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "kit/crypto.h"

struct verified_amd_issuer {
    atomic_uint holders;
    struct amd_issuer_facts facts;
    uint8_t bytes[]; /* both certificates, one after the other */
};

struct verified_amd_issuer *amd_issuer_hold(const struct verified_amd_issuer *issuer)
{
    /* issuers never change but for the count of their holders */
    struct verified_amd_issuer *held = (struct verified_amd_issuer *)(uintptr_t)issuer;

    atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void amd_issuer_release(struct verified_amd_issuer *issuer)
{
    if (issuer != NULL
        && atomic_fetch_sub_explicit(&issuer->holders, 1, memory_order_acq_rel) == 1)
        free(issuer);
}

const struct amd_issuer_facts *amd_issuer_facts(const struct verified_amd_issuer *issuer)
{
    return &issuer->facts;
}

/* Copies of the certificates, and views of the copies; not yet a verdict. */
static struct verified_amd_issuer *issuer_make(const struct der_chain *ders,
                                               struct error *err)
{
    struct verified_amd_issuer *issuer;
    size_t len = 0;

    for (size_t i = 0; i < ders->count; i++) {
        if (ders->certificates[i].len > X509_CERTIFICATE_MAX) {
            error_set(err, ERROR_LIMIT, "certificate of %zu bytes, at most %d",
                      ders->certificates[i].len, X509_CERTIFICATE_MAX);
            return NULL;
        }
        len += ders->certificates[i].len;
    }
    issuer = calloc(1, sizeof *issuer + len);
    if (issuer == NULL) {
        error_set(err, ERROR_SYSTEM, "no memory");
        return NULL;
    }
    atomic_init(&issuer->holders, 1);
    uint8_t *at = issuer->bytes;
    for (size_t i = 0; i < ders->count; i++) {
        struct bytes der = ders->certificates[i];
        if (der.len > 0)
            memcpy(at, der.at, der.len);
        issuer->facts.ders.certificates[i] = bytes_of(at, der.len);
        at += der.len;
    }
    issuer->facts.ders.count = ders->count;
    memcpy(issuer->facts.digest, sha256(bytes_of(issuer->bytes, len)).digest, SHA256_LEN);
    return issuer;
}

bool verify_amd_issuer(const struct der_chain *ders, enum snp_product product,
                       enum vek_kind vek, const struct trust *trust,
                       struct verified_amd_issuer **out, struct error *err)
{
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = issuer_make(ders, err);

    *out = NULL;
    if (issuer == NULL
        || !amd_chain_verify(&issuer->facts.ders, product, vek, trust,
                             &issuer->facts.chain, err))
        return error_within(err, "issuer of %s %ss", snp_product_facts(product)->name,
                            vek_kind_name(vek));
    struct amd_issuer_facts *facts = &issuer->facts;
    struct sha256 spki = sha256(facts->chain.certificates[AMD_ROOT].spki);
    facts->product = product;
    facts->vek = vek;
    facts->root_origin = facts->chain.root->origin;
    facts->chain.root = NULL;
    memcpy(facts->root_spki_sha256, spki.digest, SHA256_LEN);
    *out = TAKE(issuer);
    return true;
}
