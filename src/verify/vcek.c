/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/vcek.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "kit/text.h"
#include "verify/freshness.h"

struct verified_vcek {
    atomic_uint holders;
    struct vcek_facts facts;
    uint8_t der[];
};

/* By kind. */
static const char *const common_names[] = {
    [VEK_VCEK] = "SEV-VCEK",
    [VEK_VLEK] = "SEV-VLEK",
};

struct verified_vcek *vcek_hold(const struct verified_vcek *vcek)
{
    /* certificates never change but for the count of their holders */
    struct verified_vcek *held = (struct verified_vcek *)(uintptr_t)vcek;

    atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void vcek_release(struct verified_vcek *vcek)
{
    if (vcek == NULL
        || atomic_fetch_sub_explicit(&vcek->holders, 1, memory_order_acq_rel) != 1)
        return;
    amd_issuer_release((struct verified_amd_issuer *)(uintptr_t)vcek->facts.issuer);
    free(vcek);
}

const struct vcek_facts *vcek_facts(const struct verified_vcek *vcek)
{
    return &vcek->facts;
}

static struct verified_vcek *vcek_make(struct bytes der,
                                       const struct verified_amd_issuer *issuer,
                                       struct error *err)
{
    struct verified_vcek *vcek = NULL;

    if (der.len > X509_CERTIFICATE_MAX)
        error_set(err, ERROR_LIMIT, "certificate of %zu bytes, at most %d", der.len,
                  X509_CERTIFICATE_MAX);
    else if ((vcek = calloc(1, sizeof *vcek + der.len)) == NULL)
        error_set(err, ERROR_SYSTEM, "no memory");
    if (vcek == NULL)
        return NULL;
    atomic_init(&vcek->holders, 1);
    if (der.len > 0)
        memcpy(vcek->der, der.at, der.len);
    vcek->facts.der = bytes_of(vcek->der, der.len);
    vcek->facts.issuer = amd_issuer_hold(issuer);
    return vcek;
}

/* What no extension of AMD's says: whose name it bears, what key, and who signed it. */
static bool check_certificate(const struct x509_certificate *c,
                              const struct amd_issuer_facts *issuer, struct error *err)
{
    if (!amd_subject_check(c, common_names[issuer->vek], err))
        return false;
    if (c->key_kind != X509_KEY_P384)
        return error_set(err, ERROR_UNTRUSTED, "key is not a point on P-384");
    if (c->is_ca)
        return error_set(err, ERROR_UNTRUSTED, "basicConstraints says CA:TRUE");
    return amd_issued_by(c, &issuer->chain.certificates[AMD_ISSUER], err);
}

static bool check_kind(const struct vcek *vcek, const struct amd_issuer_facts *issuer,
                       struct error *err)
{
    if (vcek->product != issuer->product)
        return error_set(
            err, ERROR_UNTRUSTED, "productName is \"%s\", and its issuer is of %s",
            safe(vcek->product_name).s, snp_product_facts(issuer->product)->name);
    if (vcek->kind != issuer->vek)
        return error_set(err, ERROR_UNTRUSTED, "it has the extensions of a %s",
                         vek_kind_name(vcek->kind));
    return true;
}

static bool check_asked(const struct kds_key *found, const struct kds_key *asked,
                        struct error *err)
{
    if (found->vek != asked->vek || found->product != asked->product)
        return error_set(
            err, ERROR_FORMAT, "it is a %s of %s, not a %s of %s",
            vek_kind_name(found->vek), snp_product_facts(found->product)->name,
            vek_kind_name(asked->vek), snp_product_facts(asked->product)->name);
    if (memcmp(&found->hwid, &asked->hwid, sizeof found->hwid) != 0)
        return error_set(err, ERROR_FORMAT, "it is another chip's, %s",
                         hex(found->hwid.at, found->hwid.len).s);
    if (!tcb_version_equal(&found->tcb, &asked->tcb))
        return error_set(err, ERROR_FORMAT, "it is for %s, not for %s",
                         tcb_version_words(found->product, &found->tcb).s,
                         tcb_version_words(asked->product, &asked->tcb).s);
    return true;
}

/* Everything but revocation and dates, which are recorded. */
static bool judge(struct verified_vcek *vcek, const struct kds_key *asked,
                  struct error *err)
{
    struct vcek_facts *facts = &vcek->facts;
    const struct amd_issuer_facts *issuer = amd_issuer_facts(facts->issuer);
    struct x509_certificate c;

    if (!x509_parse(facts->der, &c, err) || !check_certificate(&c, issuer, err)
        || !vcek_parse(&c, &facts->vcek, err) || !check_kind(&facts->vcek, issuer, err))
        return false;
    facts->key = kds_key_of(&facts->vcek);
    if (asked != NULL && !check_asked(&facts->key, asked, err))
        return false;
    facts->public_key = c.public_key;
    facts->spki = c.spki;
    facts->valid_from_s = c.not_before_s > issuer->chain.valid_from_s
                              ? c.not_before_s
                              : issuer->chain.valid_from_s;
    facts->valid_until_s = c.not_after_s < issuer->chain.valid_until_s
                               ? c.not_after_s
                               : issuer->chain.valid_until_s;
    memcpy(facts->digest, sha256(facts->der).digest, SHA256_LEN);
    return true;
}

/* "VCEK of Milan: why" */
static bool within(struct error *err, const struct verified_amd_issuer *issuer)
{
    const struct amd_issuer_facts *by = amd_issuer_facts(issuer);

    return error_within(err, "%s of %s", vek_kind_name(by->vek),
                        snp_product_facts(by->product)->name);
}

bool verify_kept_vcek(struct bytes der, const struct kds_key *asked,
                      const struct verified_amd_issuer *issuer,
                      struct verified_vcek **out, struct error *err)
{
    OWNED(vcek_release) struct verified_vcek *vcek = vcek_make(der, issuer, err);

    *out = NULL;
    if (vcek == NULL || !judge(vcek, asked, err))
        return within(err, issuer);
    *out = TAKE(vcek);
    return true;
}

static bool check_dates(const struct verified_vcek *vcek, const struct vcek_law *law,
                        struct error *err)
{
    /* its own dates lie within these two, or it is the issuer that ends them */
    if (!chain_in_date(&amd_issuer_facts(vcek->facts.issuer)->chain, law->now_s,
                       law->future_s, err))
        return error_within(err, "issuer chain");
    if (freshness_is_early(vcek->facts.valid_from_s, law->now_s, law->future_s))
        return error_set(err, ERROR_STALE, "notBefore is %s, and it is %s",
                         utc(vcek->facts.valid_from_s).s, utc(law->now_s).s);
    if (law->now_s > vcek->facts.valid_until_s)
        return error_set(err, ERROR_STALE, "notAfter was %s, and it is %s",
                         utc(vcek->facts.valid_until_s).s, utc(law->now_s).s);
    return true;
}

bool vcek_may_be_given(const struct verified_vcek *vcek, const struct vcek_law *law,
                       struct error *err)
{
    const struct verified_amd_issuer *issuer = vcek->facts.issuer;

    if (law->crl != NULL && !amd_issuer_not_revoked(issuer, law->crl, err))
        return within(err, issuer);
    return check_dates(vcek, law, err) || within(err, issuer);
}

/* Whether there is a list in date; what it says is vcek_may_be_given's. */
static bool check_list(const struct vcek_law *law, struct error *err)
{
    if (law->crl == NULL)
        return error_set(err, ERROR_UNTRUSTED,
                         "no CRL is at hand to judge its issuer by");
    const struct amd_crl_facts *crl = amd_crl_facts(law->crl);
    return freshness_check("CRL to judge its issuer by", crl->issue_date_s,
                           crl->next_update_s, law->now_s, law->future_s, err);
}

bool verify_vcek(struct bytes der, const struct kds_key *asked,
                 const struct verified_amd_issuer *issuer, const struct vcek_law *law,
                 struct verified_vcek **out, struct error *err)
{
    OWNED(vcek_release) struct verified_vcek *vcek = NULL;
    struct error why = { 0 };

    *out = NULL;
    if (!verify_kept_vcek(der, asked, issuer, &vcek, err)
        || !vcek_may_be_given(vcek, law, err))
        return false;
    vcek->facts.revocation_checked = check_list(law, &why);
    if (!vcek->facts.revocation_checked && !law->crl_optional) {
        error_set(err, why.kind, "%s", why.text);
        return within(err, issuer);
    }
    *out = TAKE(vcek);
    return true;
}
