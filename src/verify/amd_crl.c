/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/amd_crl.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "kit/text.h"
#include "verify/freshness.h"
#include "verify/revocation.h"

#define LIST_CEILING ((size_t)16 << 20) /* bytes that one list may keep */

struct verified_amd_crl {
    atomic_uint holders;
    struct arena arena;
    struct amd_crl_facts facts;
    struct crl crl;
};

struct verified_amd_crl *amd_crl_hold(const struct verified_amd_crl *crl)
{
    /* lists never change but for the count of their holders */
    struct verified_amd_crl *held = (struct verified_amd_crl *)(uintptr_t)crl;

    atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void amd_crl_release(struct verified_amd_crl *crl)
{
    if (crl == NULL
        || atomic_fetch_sub_explicit(&crl->holders, 1, memory_order_acq_rel) != 1)
        return;
    arena_fini(&crl->arena);
    free(crl);
}

const struct amd_crl_facts *amd_crl_facts(const struct verified_amd_crl *crl)
{
    return &crl->facts;
}

static bool judge(struct verified_amd_crl *list, struct bytes der,
                  const struct amd_issuer_facts *issuer, struct error *err)
{
    struct amd_crl_facts *facts = &list->facts;

    if (der.len > CRL_MAX)
        return error_set(err, ERROR_LIMIT, "CRL of %zu bytes, at most %d", der.len,
                         CRL_MAX);
    facts->der = arena_copy(&list->arena, der);
    if (facts->der.at == NULL)
        return error_set(err, ERROR_LIMIT, "no room for %zu bytes", der.len);
    if (!crl_parse(facts->der, &list->arena, &list->crl, err)
        || !amd_crl_issued_by(&list->crl, &issuer->chain.certificates[AMD_ROOT], err))
        return false;
    facts->product = issuer->product;
    facts->crl = &list->crl;
    memcpy(facts->digest, sha256(facts->der).digest, SHA256_LEN);
    facts->issue_date_s = list->crl.this_update_s;
    facts->next_update_s = list->crl.next_update_s;
    facts->root_origin = issuer->root_origin;
    memcpy(facts->root_spki_sha256, issuer->root_spki_sha256, SHA256_LEN);
    return true;
}

bool verify_kept_amd_crl(struct bytes der, const struct verified_amd_issuer *issuer,
                         struct verified_amd_crl **out, struct error *err)
{
    const struct amd_issuer_facts *by = amd_issuer_facts(issuer);
    OWNED(amd_crl_release) struct verified_amd_crl *list = calloc(1, sizeof *list);

    *out = NULL;
    if (list == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory");
    atomic_init(&list->holders, 1);
    arena_init(&list->arena, LIST_CEILING);
    if (!judge(list, der, by, err))
        return error_within(err, "CRL of %s", snp_product_facts(by->product)->root_name);
    *out = TAKE(list);
    return true;
}

bool verify_amd_crl(struct bytes der, const struct verified_amd_issuer *issuer,
                    int64_t now_s, int64_t future_s, struct verified_amd_crl **out,
                    struct error *err)
{
    const struct x509_certificate *root =
        &amd_issuer_facts(issuer)->chain.certificates[AMD_ROOT];
    OWNED(amd_crl_release) struct verified_amd_crl *list = NULL;

    *out = NULL;
    if (!verify_kept_amd_crl(der, issuer, &list, err))
        return false;
    if (!freshness_check("AMD's CRL", list->crl.this_update_s, list->crl.next_update_s,
                         now_s, future_s, err)
        || !freshness_check("the ARK that issued AMD's CRL", root->not_before_s,
                            root->not_after_s, now_s, future_s, err))
        return false;
    *out = TAKE(list);
    return true;
}

bool amd_issuer_not_revoked(const struct verified_amd_issuer *issuer,
                            const struct verified_amd_crl *crl, struct error *err)
{
    const struct amd_issuer_facts *by = amd_issuer_facts(issuer);

    if (memcmp(by->root_spki_sha256, crl->facts.root_spki_sha256, SHA256_LEN) != 0)
        return error_set(err, ERROR_UNTRUSTED,
                         "the CRL at hand is of %s, not of %s that its chain ends in",
                         snp_product_facts(crl->facts.product)->root_name,
                         snp_product_facts(by->product)->root_name);
    return chain_not_revoked(&by->chain, &crl->crl, NULL, err);
}

bool amd_crl_may_replace(const struct verified_amd_crl *fresh,
                         const struct verified_amd_crl *kept, struct error *err)
{
    const struct amd_crl_facts *a = &fresh->facts, *b = &kept->facts;

    if (memcmp(a->root_spki_sha256, b->root_spki_sha256, SHA256_LEN) != 0)
        return error_set(err, ERROR_FORMAT,
                         "the CRL of one ARK cannot stand for "
                         "another's");
    if (a->issue_date_s < b->issue_date_s)
        return error_set(err, ERROR_STALE, "issued %s, before the kept one of %s",
                         utc(a->issue_date_s).s, utc(b->issue_date_s).s);
    if (a->crl->number.len > 0 && b->crl->number.len > 0
        && crl_number_compare(a->crl->number, b->crl->number) < 0)
        return error_set(err, ERROR_STALE, "CRL number %s is below the kept one's %s",
                         hex(a->crl->number.at, a->crl->number.len).s,
                         hex(b->crl->number.at, b->crl->number.len).s);
    return true;
}
