/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/amd_law.h"

#include <stdatomic.h>
#include <stdlib.h>

/* The count lies beside what everybody sees, not in it: the law itself never changes. */
struct counted_law {
    struct amd_law law; /* first, so that one is found from the other */
    atomic_uint holders;
};

static struct counted_law *counted(const struct amd_law *law)
{
    return (struct counted_law *)(uintptr_t)law;
}

struct amd_law *amd_law_make(const struct amd_law *before)
{
    struct counted_law *made = calloc(1, sizeof *made);

    if (made == NULL)
        return NULL;
    atomic_init(&made->holders, 1);
    for (enum snp_product product = SNP_MILAN; before != NULL && product < SNP_PRODUCTS;
         product++) {
        for (enum vek_kind vek = VEK_VCEK; vek <= VEK_VLEK; vek++)
            if (before->issuers[product][vek] != NULL)
                amd_law_set_issuer(&made->law, before->issuers[product][vek],
                                   before->issuer_fetched_s[product][vek]);
        if (before->crls[product] != NULL)
            amd_law_set_crl(&made->law, before->crls[product],
                            before->crl_fetched_s[product]);
    }
    return &made->law;
}

void amd_law_set_issuer(struct amd_law *law, const struct verified_amd_issuer *issuer,
                        int64_t fetched_s)
{
    const struct amd_issuer_facts *facts = amd_issuer_facts(issuer);
    struct verified_amd_issuer *was = law->issuers[facts->product][facts->vek];

    law->issuers[facts->product][facts->vek] = amd_issuer_hold(issuer);
    law->issuer_fetched_s[facts->product][facts->vek] = fetched_s;
    amd_issuer_release(was); /* last: it may be the same */
}

void amd_law_set_crl(struct amd_law *law, const struct verified_amd_crl *crl,
                     int64_t fetched_s)
{
    enum snp_product product = amd_crl_facts(crl)->product;
    struct verified_amd_crl *was = law->crls[product];

    law->crls[product] = amd_crl_hold(crl);
    law->crl_fetched_s[product] = fetched_s;
    amd_crl_release(was);
}

struct amd_law *amd_law_hold(const struct amd_law *law)
{
    struct counted_law *held = counted(law);

    atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return &held->law;
}

void amd_law_release(struct amd_law *law)
{
    if (law == NULL
        || atomic_fetch_sub_explicit(&counted(law)->holders, 1, memory_order_acq_rel)
               != 1)
        return;
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++) {
        for (enum vek_kind vek = VEK_VCEK; vek <= VEK_VLEK; vek++)
            amd_issuer_release(law->issuers[product][vek]);
        amd_crl_release(law->crls[product]);
    }
    free(counted(law));
}
