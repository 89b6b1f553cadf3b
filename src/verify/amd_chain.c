/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/amd_chain.h"

#include "kit/crypto.h"
#include "kit/text.h"
#include "verify/subject.h"

#define AMD_RSA_LEN 512 /* bytes: 4096 bits */

/* What stands in every one of AMD's: id-at 3, 11, 6, 7, 8, 10. */
static const struct subject_attribute attributes[] = {
    { { 0x55, 0x04, 0x03 }, "CN", NULL }, /* the place's */
    { { 0x55, 0x04, 0x0b }, "OU", "Engineering" },
    { { 0x55, 0x04, 0x06 }, "C", "US" },
    { { 0x55, 0x04, 0x07 }, "L", "Santa Clara" },
    { { 0x55, 0x04, 0x08 }, "ST", "CA" },
    { { 0x55, 0x04, 0x0a }, "O", "Advanced Micro Devices" },
};

/* By place. The issuer has keyCertSign alone: only the ARK issues CRLs. */
static const unsigned key_usages[AMD_CHAIN_LEN] = {
    [AMD_ISSUER] = X509_KEY_CERT_SIGN,
    [AMD_ROOT] = X509_KEY_CERT_SIGN | X509_CRL_SIGN,
};

static const char *issuer_name(enum snp_product product, enum vek_kind vek)
{
    const struct snp_product_facts *facts = snp_product_facts(product);

    return vek == VEK_VCEK ? facts->vcek_issuer : facts->vlek_issuer;
}

bool amd_subject_check(const struct x509_certificate *certificate,
                       const char *common_name, struct error *err)
{
    if (!bytes_equal_text(certificate->subject_cn, common_name))
        return error_set(err, ERROR_UNTRUSTED, "common name is \"%s\", expected %s",
                         safe(certificate->subject_cn).s, common_name);
    if (certificate->unknown_critical.len > 0)
        return error_set(
            err, ERROR_FORMAT,
            "unknown critical extension with OID content %s (RFC 5280, 4.2)",
            hex(certificate->unknown_critical.at, certificate->unknown_critical.len).s);
    return subject_check(certificate, attributes, COUNT_OF(attributes), err);
}

/* cas_below: CA certificates between this one and the chain's last (RFC 5280, 4.2.1.9).
 */
static bool check_authority(const struct x509_certificate *c, unsigned key_usage,
                            int cas_below, struct error *err)
{
    if (c->key_kind != X509_KEY_RSA || c->public_key.len != AMD_RSA_LEN)
        return error_set(err, ERROR_UNTRUSTED, "key is not RSA of %d bits",
                         8 * AMD_RSA_LEN);
    if (!c->is_ca)
        return error_set(err, ERROR_UNTRUSTED, "basicConstraints says CA:FALSE");
    if (c->path_len >= 0 && c->path_len < cas_below)
        return error_set(err, ERROR_UNTRUSTED,
                         "pathLenConstraint %d allows no CA below this one "
                         "(RFC 5280, 4.2.1.9)",
                         c->path_len);
    if ((c->key_usage & key_usage) != key_usage)
        return error_set(err, ERROR_UNTRUSTED, "keyUsage does not fit what it is for");
    return true;
}

static bool check_signature(const struct x509_certificate *issuer,
                            enum x509_signature_algorithm algorithm,
                            struct bytes signed_part, struct bytes signature,
                            struct error *err)
{
    struct rsa_key key = { .modulus = issuer->public_key,
                           .exponent = issuer->rsa_exponent };

    if (algorithm != X509_RSA_PSS_SHA384 || issuer->key_kind != X509_KEY_RSA)
        return error_set(err, ERROR_UNTRUSTED,
                         "key or signature is not RSASSA-PSS with SHA-384");
    return rsa_pss_sha384_verify(&key, signed_part, signature, err);
}

bool amd_issued_by(const struct x509_certificate *certificate,
                   const struct x509_certificate *issuer, struct error *err)
{
    if (!bytes_equal(certificate->issuer, issuer->subject))
        return error_set(err, ERROR_UNTRUSTED, "issuer \"%s\" is not \"%s\"",
                         safe(certificate->issuer_cn).s, safe(issuer->subject_cn).s);
    return check_signature(issuer, certificate->signature_algorithm, certificate->tbs,
                           certificate->signature, err)
           || error_within(err, "signature by \"%s\"", safe(issuer->subject_cn).s);
}

bool amd_crl_issued_by(const struct crl *crl, const struct x509_certificate *root,
                       struct error *err)
{
    if (!bytes_equal(crl->issuer, root->subject))
        return error_set(err, ERROR_UNTRUSTED, "CRL's issuer \"%s\" is not \"%s\"",
                         safe(crl->issuer_cn).s, safe(root->subject_cn).s);
    return check_signature(root, crl->signature_algorithm, crl->tbs, crl->signature, err)
           || error_within(err, "CRL by \"%s\"", safe(root->subject_cn).s);
}

static bool check_root(const struct trust *trust, struct chain *chain, struct error *err)
{
    const struct x509_certificate *root = &chain->certificates[AMD_ROOT];
    const struct trusted_root *trusted = trust_find(trust, root);

    /* a pinned key vouches under its own name only: no product's for another's */
    if (trusted == NULL
        || (trusted->origin == ROOT_PINNED
            && !bytes_equal_text(root->subject_cn, trusted->name)))
        return error_set(err, ERROR_UNTRUSTED,
                         "no trusted root has its key (SPKI SHA-256 %s)",
                         hex(sha256(root->spki).digest, SHA256_LEN).s);
    chain->root = trusted;
    return true;
}

static bool check_place(struct chain *chain, size_t place, const char *common_name,
                        const struct trust *trust, struct error *err)
{
    const struct x509_certificate *c = &chain->certificates[place];
    const struct x509_certificate *root = &chain->certificates[AMD_ROOT];

    if (amd_subject_check(c, common_name, err)
        && check_authority(c, key_usages[place], (int)place, err)
        && (place != AMD_ROOT || check_root(trust, chain, err))
        && amd_issued_by(c, root, err))
        return true;
    return chain_within(err, c, place);
}

static bool parse_both(const struct der_chain *ders, struct chain *out, struct error *err)
{
    *out = (struct chain){ .count = AMD_CHAIN_LEN,
                           .valid_from_s = INT64_MIN,
                           .valid_until_s = INT64_MAX };
    for (size_t i = 0; i < AMD_CHAIN_LEN; i++) {
        struct x509_certificate *c = &out->certificates[i];
        if (!x509_parse(ders->certificates[i], c, err))
            return error_within(err, "certificate %zu of the chain", i + 1);
        if (c->not_before_s > out->valid_from_s)
            out->valid_from_s = c->not_before_s;
        if (c->not_after_s < out->valid_until_s)
            out->valid_until_s = c->not_after_s;
    }
    return true;
}

bool amd_chain_verify(const struct der_chain *ders, enum snp_product product,
                      enum vek_kind vek, const struct trust *trust, struct chain *out,
                      struct error *err)
{
    const char *const names[AMD_CHAIN_LEN] = {
        [AMD_ISSUER] = issuer_name(product, vek),
        [AMD_ROOT] = snp_product_facts(product)->root_name,
    };

    if (ders->count != AMD_CHAIN_LEN)
        return error_set(err, ERROR_FORMAT, "chain has %zu certificates, expected %s, %s",
                         ders->count, names[AMD_ISSUER], names[AMD_ROOT]);
    return parse_both(ders, out, err)
           && check_place(out, AMD_ROOT, names[AMD_ROOT], trust, err)
           && check_place(out, AMD_ISSUER, names[AMD_ISSUER], trust, err);
}

static const char *root_named(struct bytes common_name)
{
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++)
        if (bytes_equal_text(common_name, snp_product_facts(p)->root_name))
            return snp_product_facts(p)->root_name;
    return NULL;
}

static bool check_alone(const struct x509_certificate *root, struct error *err)
{
    const char *name = root_named(root->subject_cn);

    if (name == NULL)
        return error_set(err, ERROR_UNTRUSTED,
                         "common name is \"%s\", which is no product's ARK",
                         safe(root->subject_cn).s);
    return amd_subject_check(root, name, err)
           && check_authority(root, key_usages[AMD_ROOT], AMD_ROOT, err)
           && amd_issued_by(root, root, err);
}

bool amd_chain_add_root(struct bytes der, enum root_origin origin, struct trust *trust,
                        struct error *err)
{
    struct trusted_root entry = { .origin = origin };
    struct x509_certificate root;

    if (!x509_parse(der, &root, err) || !check_alone(&root, err))
        return error_within(err, "root certificate");
    memcpy(entry.spki_sha256, sha256(root.spki).digest, sizeof entry.spki_sha256);
    memcpy(entry.name, root.subject_cn.at, root.subject_cn.len); /* a product's */
    return trust_add(trust, &entry, err);
}
