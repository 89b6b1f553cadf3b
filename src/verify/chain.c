/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/chain.h"

#include "format/der.h"
#include "kit/crypto.h"
#include "kit/text.h"

/* What a certificate must be at its place in a chain. */
struct profile {
    const char *common_name;
    bool is_ca;
    unsigned key_usage; /* all of these, and of the others none that would make a CA */
};

enum place { ROOT = 1, TCB_SIGNING, PCK_PROCESSOR, PCK_PLATFORM, PCK_CA, PCK_LEAF };

#define CA_USAGE (X509_KEY_CERT_SIGN | X509_CRL_SIGN)

/* PCK profile 1.5, tables 1 to 4. PCK_CA is either of the two above it. */
static const struct profile profiles[] = {
    [ROOT] = { "Intel SGX Root CA", true, CA_USAGE },
    [TCB_SIGNING] = { "Intel SGX TCB Signing", false, X509_DIGITAL_SIGNATURE },
    [PCK_PROCESSOR] = { "Intel SGX PCK Processor CA", true, CA_USAGE },
    [PCK_PLATFORM] = { "Intel SGX PCK Platform CA", true, CA_USAGE },
    [PCK_CA] = { NULL, true, CA_USAGE },
    [PCK_LEAF] = { "Intel SGX PCK Certificate", false, X509_DIGITAL_SIGNATURE },
};

/* By role: what stands where, leaf first; 0 after the root. */
static const enum place roles[][X509_CHAIN_MAX] = {
    [CHAIN_INTEL_ROOT] = { ROOT },
    [CHAIN_INTEL_TCB_SIGNING] = { TCB_SIGNING, ROOT },
    [CHAIN_INTEL_PCK_PROCESSOR] = { PCK_PROCESSOR, ROOT },
    [CHAIN_INTEL_PCK_PLATFORM] = { PCK_PLATFORM, ROOT },
    [CHAIN_INTEL_PCK_LEAF] = { PCK_LEAF, PCK_CA, ROOT },
};

size_t chain_role_length(enum chain_role role)
{
    size_t length = 0;

    while (roles[role][length] != 0)
        length++;
    return length;
}

enum chain_role chain_role_of(struct bytes common_name)
{
    for (enum chain_role role = CHAIN_INTEL_ROOT; role < COUNT_OF(roles); role++)
        if (bytes_equal_text(common_name, profiles[roles[role][0]].common_name))
            return role;
    return 0;
}

static bool check_extensions(const struct x509_certificate *c, struct error *err)
{
    const struct {
        bool there;
        const char *name;
    } required[] = {
        { c->authority_key_id.len > 0, "authorityKeyIdentifier" },
        { c->subject_key_id.len > 0, "subjectKeyIdentifier" },
        { c->crl_distribution_uri.len > 0, "cRLDistributionPoints" },
        { c->has_key_usage, "keyUsage" },
        { c->has_basic_constraints, "basicConstraints" },
    };

    for (size_t i = 0; i < COUNT_OF(required); i++)
        if (!required[i].there)
            return error_set(err, ERROR_FORMAT, "required extension %s is missing",
                             required[i].name);
    if (c->unknown_critical.len > 0)
        return error_set(err, ERROR_FORMAT,
                         "unknown critical extension with OID content %s "
                         "(RFC 5280, 4.2)",
                         hex(c->unknown_critical.at, c->unknown_critical.len).s);
    return true;
}

/* What stands beside the common name in every one of Intel's: RFC 5280, 4.1.2.4; OID
 * content of id-at 10, 7, 8, 6. */
static const struct name_attribute {
    uint8_t oid[3];
    const char *name, *value; /* value NULL: the profile's */
} attributes[] = {
    { { 0x55, 0x04, 0x03 }, "CN", NULL },
    { { 0x55, 0x04, 0x0a }, "O", "Intel Corporation" },
    { { 0x55, 0x04, 0x07 }, "L", "Santa Clara" },
    { { 0x55, 0x04, 0x08 }, "ST", "CA" },
    { { 0x55, 0x04, 0x06 }, "C", "US" },
};

/* Marks the attribute as seen; refuses one of another kind or value, or a second. */
static void check_attribute(struct der *attribute, bool seen[COUNT_OF(attributes)])
{
    struct bytes oid = der_oid(attribute, "name attribute");
    unsigned tag = der_next_is(attribute, DER_PRINTABLE_STRING) ? DER_PRINTABLE_STRING
                                                                : DER_UTF8_STRING;
    struct bytes value = der_content(attribute, tag, "name attribute");

    for (size_t i = 0; i < COUNT_OF(attributes) && !der_failed(attribute); i++) {
        const struct name_attribute *a = &attributes[i];
        if (!bytes_equal(oid, bytes_of(a->oid, sizeof a->oid)))
            continue;
        if (seen[i] || (a->value != NULL && !bytes_equal_text(value, a->value)))
            der_refuse(attribute, ERROR_UNTRUSTED, "subject has %s \"%s\"%s%s", a->name,
                       safe(value).s, seen[i] ? " once more" : ", expected ",
                       seen[i] ? "" : a->value);
        seen[i] = true;
        return;
    }
    der_refuse(attribute, ERROR_UNTRUSTED, "subject has an attribute with OID content %s",
               hex(oid.at, oid.len).s);
}

static bool check_attributes(const struct x509_certificate *c, struct error *err)
{
    bool seen[COUNT_OF(attributes)] = { false };
    struct error refusal = { 0 };
    struct der outside = der_over(c->subject, &refusal);
    struct der name = der_enter(&outside, DER_SEQUENCE, "subject");

    while (der_more(&name)) {
        struct der set = der_enter(&name, DER_SET, "subject");
        struct der attribute = der_enter(&set, DER_SEQUENCE, "name attribute");
        check_attribute(&attribute, seen);
        der_end(&attribute, "name attribute");
        der_end(&set, "subject");
    }
    for (size_t i = 0; i < COUNT_OF(attributes); i++)
        if (!seen[i])
            der_refuse(&name, ERROR_UNTRUSTED, "subject has no %s", attributes[i].name);
    return der_done(&refusal, err);
}

static bool check_name(const struct x509_certificate *c, enum place place,
                       struct error *err)
{
    const char *name = profiles[place].common_name;

    if (place == PCK_CA) {
        if (bytes_equal_text(c->subject_cn, profiles[PCK_PROCESSOR].common_name)
            || bytes_equal_text(c->subject_cn, profiles[PCK_PLATFORM].common_name))
            return true;
        name = "Intel SGX PCK Processor CA or Intel SGX PCK Platform CA";
    } else if (bytes_equal_text(c->subject_cn, name)) {
        return true;
    }
    return error_set(err, ERROR_UNTRUSTED, "common name is \"%s\", expected %s",
                     safe(c->subject_cn).s, name);
}

/* cas_below: CA certificates between this one and the chain's last (RFC 5280, 4.2.1.9).
 */
static bool check_constraints(const struct x509_certificate *c, enum place place,
                              int cas_below, struct error *err)
{
    const struct profile *profile = &profiles[place];

    if (c->signature_algorithm != X509_ECDSA_SHA256 || c->key_kind != X509_KEY_P256)
        return error_set(err, ERROR_UNTRUSTED,
                         "key or signature is not ECDSA with P-256 and SHA-256");
    if (c->is_ca != profile->is_ca)
        return error_set(err, ERROR_UNTRUSTED, "basicConstraints says CA:%s",
                         c->is_ca ? "TRUE" : "FALSE");
    if (c->is_ca && c->path_len >= 0 && c->path_len < cas_below)
        return error_set(err, ERROR_UNTRUSTED,
                         "pathLenConstraint %d allows no CA below this one "
                         "(RFC 5280, 4.2.1.9)",
                         c->path_len);
    if ((c->key_usage & profile->key_usage) != profile->key_usage
        || (!profile->is_ca && (c->key_usage & CA_USAGE) != 0))
        return error_set(err, ERROR_UNTRUSTED, "keyUsage does not fit what it is for");
    return true;
}

static bool check_profile(const struct x509_certificate *c, enum place place,
                          int cas_below, struct error *err)
{
    return check_name(c, place, err) && check_attributes(c, err)
           && check_extensions(c, err) && check_constraints(c, place, cas_below, err);
}

static bool check_signature(const struct x509_certificate *c,
                            const uint8_t issuer_key[P256_POINT_LEN], struct error *err)
{
    if (!p256_verify(issuer_key, c->tbs, c->ecdsa_signature, err))
        return error_within(err, "its issuer's signature");
    return true;
}

static bool check_issued_by(const struct x509_certificate *c,
                            const struct x509_certificate *issuer, struct error *err)
{
    const char *whose = c == issuer ? "its own" : "the next one's";

    if (bytes_equal(c->issuer, issuer->subject))
        return check_signature(c, issuer->public_key.at, err);
    if (bytes_equal(c->issuer_cn, issuer->subject_cn))
        return error_set(err, ERROR_UNTRUSTED,
                         "issuer is not %s subject, though both are \"%s\"", whose,
                         safe(c->issuer_cn).s);
    return error_set(err, ERROR_UNTRUSTED, "issuer \"%s\" is not %s subject \"%s\"",
                     safe(c->issuer_cn).s, whose, safe(issuer->subject_cn).s);
}

bool chain_within(struct error *err, const struct x509_certificate *c, size_t place)
{
    return error_within(err, "certificate %zu of the chain (\"%s\")", place + 1,
                        safe(c->subject_cn).s);
}

static bool parse_all(const struct der_chain *ders, struct chain *out, struct error *err)
{
    *out = (struct chain){ .valid_from_s = INT64_MIN, .valid_until_s = INT64_MAX };
    for (size_t i = 0; i < ders->count; i++) {
        struct x509_certificate *c = &out->certificates[i];
        if (!x509_parse(ders->certificates[i], c, err))
            return error_within(err, "certificate %zu of the chain", i + 1);
        if (c->not_before_s > out->valid_from_s)
            out->valid_from_s = c->not_before_s;
        if (c->not_after_s < out->valid_until_s)
            out->valid_until_s = c->not_after_s;
    }
    out->count = ders->count;
    return true;
}

static bool check_profiles(const struct chain *chain, enum chain_role role,
                           struct error *err)
{
    for (size_t i = 0; i < chain->count; i++) {
        int cas_below = i > 0 ? (int)i - 1 : 0;
        if (!check_profile(&chain->certificates[i], roles[role][i], cas_below, err))
            return chain_within(err, &chain->certificates[i], i);
    }
    return true;
}

static bool check_links(const struct chain *chain, struct error *err)
{
    for (size_t i = 0; i + 1 < chain->count; i++)
        if (!check_issued_by(&chain->certificates[i], &chain->certificates[i + 1], err))
            return chain_within(err, &chain->certificates[i], i);
    return true;
}

/* A pinned key vouches under its own name only: AMD's for no root of Intel's. */
static bool vouches_for(const struct trusted_root *root, struct bytes common_name)
{
    return root->origin != ROOT_PINNED || bytes_equal_text(common_name, root->name);
}

static bool check_root(struct chain *chain, const struct trust *trust, struct error *err)
{
    const struct x509_certificate *root = &chain->certificates[chain->count - 1];
    const struct trusted_root *trusted = trust_find(trust, root);

    if (trusted == NULL || !vouches_for(trusted, root->subject_cn)) {
        error_set(err, ERROR_UNTRUSTED, "no trusted root has its key (SPKI SHA-256 %s)",
                  hex(sha256(root->spki).digest, SHA256_LEN).s);
        return chain_within(err, root, chain->count - 1);
    }
    if (!check_issued_by(root, root, err))
        return chain_within(err, root, chain->count - 1);
    chain->root = trusted;
    return true;
}

bool chain_verify(const struct der_chain *ders, enum chain_role role,
                  const struct trust *trust, struct chain *out, struct error *err)
{
    size_t length = chain_role_length(role);

    if (ders->count != length)
        return error_set(err, ERROR_FORMAT,
                         "chain has %zu certificates, expected %zu, from \"%s\" to the "
                         "root",
                         ders->count, length, profiles[roles[role][0]].common_name);
    return parse_all(ders, out, err) && check_profiles(out, role, err)
           && check_root(out, trust, err) && check_links(out, err);
}

const struct trusted_root *chain_root_that_signed(const struct trust *trust,
                                                  struct bytes name,
                                                  struct bytes signed_part,
                                                  const uint8_t signature[64])
{
    if (!bytes_equal_text(name, profiles[ROOT].common_name))
        return NULL;
    for (size_t i = 0; i < trust->count; i++) {
        const struct trusted_root *root = &trust->roots[i];
        if (root->has_key && vouches_for(root, name)
            && p256_verify(root->public_key, signed_part, signature, NULL))
            return root;
    }
    return NULL;
}

bool chain_verify_rootless(const struct der_chain *ders, enum chain_role role,
                           const struct trust *trust, struct chain *out,
                           struct error *err)
{
    size_t length = chain_role_length(role);

    if (ders->count == 0 || ders->count != length - 1)
        return error_set(err, ERROR_FORMAT,
                         "chain has %zu certificates, expected %zu, from \"%s\" to the "
                         "root, which may be left out",
                         ders->count, length, profiles[roles[role][0]].common_name);
    if (!parse_all(ders, out, err) || !check_profiles(out, role, err)
        || !check_links(out, err))
        return false;
    const struct x509_certificate *last = &out->certificates[out->count - 1];
    out->root =
        chain_root_that_signed(trust, last->issuer_cn, last->tbs, last->ecdsa_signature);
    if (out->root != NULL)
        return true;
    error_set(err, ERROR_UNTRUSTED,
              "the certificate of its issuer \"%s\" is not given, and no trusted root "
              "whose key is known has signed it",
              safe(last->issuer_cn).s);
    return chain_within(err, last, out->count - 1);
}

bool chain_in_date(const struct chain *chain, int64_t now_s, int64_t future_s,
                   struct error *err)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct x509_certificate *c = &chain->certificates[i];
        if (now_s < c->not_before_s && c->not_before_s - now_s > future_s)
            error_set(err, ERROR_STALE, "notBefore is %s, and it is %s",
                      utc(c->not_before_s).s, utc(now_s).s);
        else if (now_s > c->not_after_s)
            error_set(err, ERROR_STALE, "notAfter was %s, and it is %s",
                      utc(c->not_after_s).s, utc(now_s).s);
        else
            continue;
        return chain_within(err, c, i);
    }
    return true;
}

static bool root_entry(const struct x509_certificate *c, enum root_origin origin,
                       struct trusted_root *out, struct error *err)
{
    *out = (struct trusted_root){ .origin = origin, .has_key = true };
    if (c->key_kind != X509_KEY_P256)
        return error_set(err, ERROR_UNTRUSTED, "root's key is not P-256");
    memcpy(out->spki_sha256, sha256(c->spki).digest, sizeof out->spki_sha256);
    memcpy(out->public_key, c->public_key.at, sizeof out->public_key);
    memcpy(out->name, profiles[ROOT].common_name, strlen(profiles[ROOT].common_name));
    return true;
}

bool chain_add_root(struct bytes der, enum root_origin origin, struct trust *trust,
                    struct error *err)
{
    struct der_chain alone = { .certificates = { der }, .count = 1 };
    struct x509_certificate certificate;
    struct trust itself = { .count = 1 };
    struct chain chain;

    if (!x509_parse(der, &certificate, err)
        || !root_entry(&certificate, origin, &itself.roots[0], err)
        || !chain_verify(&alone, CHAIN_INTEL_ROOT, &itself, &chain, err))
        return error_within(err, "root certificate");
    return trust_add(trust, &itself.roots[0], err);
}
