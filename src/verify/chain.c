/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/chain.h"

#include "kit/crypto.h"
#include "kit/text.h"
#include "verify/freshness.h"
#include "verify/subject.h"

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

/* What stands in every one of Intel's: id-at 3, 10, 7, 8, 6. */
static const struct subject_attribute attributes[] = {
    { { 0x55, 0x04, 0x03 }, "CN", NULL }, /* the profile's */
    { { 0x55, 0x04, 0x0a }, "O", "Intel Corporation" },
    { { 0x55, 0x04, 0x07 }, "L", "Santa Clara" },
    { { 0x55, 0x04, 0x08 }, "ST", "CA" },
    { { 0x55, 0x04, 0x06 }, "C", "US" },
};

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
    return check_name(c, place, err)
           && subject_check(c, attributes, COUNT_OF(attributes), err)
           && check_extensions(c, err) && check_constraints(c, place, cas_below, err);
}

void chain_memo_fini(struct chain_memo *memo)
{
    for (size_t i = 0; i < memo->key_count; i++)
        p256_key_free(memo->keys[i].key);
    memo->key_count = 0;
}

/* NULL where there is no room for one more, or it is no key: err is not filled then. */
static struct p256_key *key_in_memo(struct chain_memo *memo,
                                    const uint8_t point[P256_POINT_LEN])
{
    for (size_t i = 0; i < memo->key_count; i++)
        if (memcmp(memo->keys[i].point, point, P256_POINT_LEN) == 0)
            return memo->keys[i].key;
    if (memo->key_count == CHAIN_MEMO_KEYS
        || !p256_key_make(point, &memo->keys[memo->key_count].key, NULL))
        return NULL;
    memcpy(memo->keys[memo->key_count].point, point, P256_POINT_LEN);
    return memo->keys[memo->key_count++].key;
}

bool chain_memo_verify(struct chain_memo *memo, const uint8_t point[P256_POINT_LEN],
                       struct bytes message, const uint8_t signature[P256_SIGNATURE_LEN],
                       struct error *err)
{
    struct p256_key *key = memo == NULL ? NULL : key_in_memo(memo, point);

    return key != NULL ? p256_key_verify(key, message, signature, err)
                       : p256_verify(point, message, signature, err);
}

static bool is_in_memo(const struct chain_memo *memo, const struct sha256 *link)
{
    for (size_t i = 0; i < memo->link_count; i++)
        if (memcmp(&memo->links[i], link, sizeof *link) == 0)
            return true;
    return false;
}

static bool check_signature(const struct x509_certificate *c,
                            const struct x509_certificate *issuer,
                            struct chain_memo *memo, struct error *err)
{
    struct sha256 link;

    if (memo != NULL) {
        link = sha256_of_both(c->der, issuer->der);
        if (is_in_memo(memo, &link))
            return true;
    }
    if (!chain_memo_verify(memo, issuer->public_key.at, c->tbs, c->ecdsa_signature, err))
        return error_within(err, "its issuer's signature");
    if (memo != NULL && memo->link_count < CHAIN_MEMO_LINKS)
        memo->links[memo->link_count++] = link;
    return true;
}

static bool check_issued_by(const struct x509_certificate *c,
                            const struct x509_certificate *issuer,
                            struct chain_memo *memo, struct error *err)
{
    const char *whose = c == issuer ? "its own" : "the next one's";

    if (bytes_equal(c->issuer, issuer->subject))
        return check_signature(c, issuer, memo, err);
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

static void chain_begin(struct chain *out)
{
    *out = (struct chain){ .valid_from_s = INT64_MIN, .valid_until_s = INT64_MAX };
}

/* One more at the end, and what it leaves of the dates. */
static void chain_add(struct chain *out, const struct x509_certificate *c)
{
    out->certificates[out->count++] = *c;
    if (c->not_before_s > out->valid_from_s)
        out->valid_from_s = c->not_before_s;
    if (c->not_after_s < out->valid_until_s)
        out->valid_until_s = c->not_after_s;
}

static bool parse_next(struct bytes der, struct chain *out, struct error *err)
{
    struct x509_certificate c;

    if (!x509_parse(der, &c, err))
        return error_within(err, "certificate %zu of the chain", out->count + 1);
    chain_add(out, &c);
    return true;
}

static bool parse_all(const struct der_chain *ders, struct chain *out, struct error *err)
{
    chain_begin(out);
    for (size_t i = 0; i < ders->count; i++)
        if (!parse_next(ders->certificates[i], out, err))
            return false;
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

/* That the certificate in this place is issued by the next. */
static bool check_link(const struct chain *chain, size_t place, struct chain_memo *memo,
                       struct error *err)
{
    const struct x509_certificate *c = &chain->certificates[place];

    return check_issued_by(c, c + 1, memo, err) || chain_within(err, c, place);
}

static bool check_links(const struct chain *chain, struct chain_memo *memo,
                        struct error *err)
{
    for (size_t i = 0; i + 1 < chain->count; i++)
        if (!check_link(chain, i, memo, err))
            return false;
    return true;
}

/* A pinned key vouches under its own name only: AMD's for no root of Intel's. */
static bool vouches_for(const struct trusted_root *root, struct bytes common_name)
{
    return root->origin != ROOT_PINNED || bytes_equal_text(common_name, root->name);
}

static bool check_root(struct chain *chain, const struct trust *trust,
                       struct chain_memo *memo, struct error *err)
{
    const struct x509_certificate *root = &chain->certificates[chain->count - 1];
    const struct trusted_root *trusted = trust_find(trust, root);

    if (trusted == NULL || !vouches_for(trusted, root->subject_cn)) {
        error_set(err, ERROR_UNTRUSTED, "no trusted root has its key (SPKI SHA-256 %s)",
                  hex(sha256(root->spki).digest, SHA256_LEN).s);
        return chain_within(err, root, chain->count - 1);
    }
    if (!check_issued_by(root, root, memo, err))
        return chain_within(err, root, chain->count - 1);
    chain->root = trusted;
    return true;
}

static bool check_length(size_t count, enum chain_role role, struct error *err)
{
    size_t length = chain_role_length(role);

    return count == length
           || error_set(err, ERROR_FORMAT,
                        "chain has %zu certificates, expected %zu, from \"%s\" to the "
                        "root",
                        count, length, profiles[roles[role][0]].common_name);
}

bool chain_verify_with(const struct der_chain *ders, enum chain_role role,
                       const struct trust *trust, struct chain_memo *memo,
                       struct chain *out, struct error *err)
{
    return check_length(ders->count, role, err) && parse_all(ders, out, err)
           && check_profiles(out, role, err) && check_root(out, trust, memo, err)
           && check_links(out, memo, err);
}

bool chain_verify(const struct der_chain *ders, enum chain_role role,
                  const struct trust *trust, struct chain *out, struct error *err)
{
    return chain_verify_with(ders, role, trust, NULL, out, err);
}

bool chain_verify_below(const struct chain *issuer, struct bytes leaf,
                        enum chain_role role, struct chain *out, struct error *err)
{
    if (!check_length(issuer->count + 1, role, err))
        return false;
    chain_begin(out);
    if (!parse_next(leaf, out, err))
        return false;
    for (size_t i = 0; i < issuer->count; i++)
        chain_add(out, &issuer->certificates[i]);
    out->root = issuer->root;
    /* the issuers' profiles too: what they may have below them depends on their place */
    return check_profiles(out, role, err) && check_link(out, 0, NULL, err);
}

bool chain_copy(const struct der_chain *given, struct arena *arena, struct der_chain *out,
                struct error *err)
{
    if (given->count > X509_CHAIN_MAX)
        return error_set(err, ERROR_LIMIT, "chain of %zu certificates, at most %d",
                         given->count, X509_CHAIN_MAX);
    *out = (struct der_chain){ .count = given->count };
    for (size_t i = 0; i < given->count; i++) {
        struct bytes der = given->certificates[i];
        if (der.len > X509_CERTIFICATE_MAX)
            return error_set(err, ERROR_LIMIT, "certificate of %zu bytes, at most %d",
                             der.len, X509_CERTIFICATE_MAX);
        out->certificates[i] = arena_copy(arena, der);
        if (out->certificates[i].at == NULL)
            return error_set(err, ERROR_LIMIT, "no room for %zu bytes", der.len);
    }
    return true;
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
        || !check_links(out, NULL, err))
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
        if (freshness_is_early(c->not_before_s, now_s, future_s))
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
