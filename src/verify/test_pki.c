/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/test_pki_parts.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "format/test_der.h"
#include "kit/text.h"

#define INTEL "Intel Corporation"
#define CRL_URI "URI:https://certificates.example.org/IntelSGXRootCA.der"

static const enum test_signer issuers[TEST_SIGNERS] = {
    [TEST_ROOT] = TEST_ROOT,
    [TEST_TCB_SIGNING] = TEST_ROOT,
    [TEST_PCK_PROCESSOR] = TEST_ROOT,
    [TEST_PCK_PLATFORM] = TEST_ROOT,
    [TEST_PCK_LEAF] = TEST_PCK_PLATFORM,
};

static const struct test_certificate defaults[TEST_SIGNERS] = {
    [TEST_ROOT] = { .common_name = "Intel SGX Root CA",
                    .serial = 101,
                    .is_ca = true,
                    .path_len = 1,
                    .key_usage = X509_KEY_CERT_SIGN | X509_CRL_SIGN },
    [TEST_TCB_SIGNING] = { .common_name = "Intel SGX TCB Signing",
                           .serial = 102,
                           .path_len = -1,
                           .key_usage = X509_DIGITAL_SIGNATURE | X509_NON_REPUDIATION },
    [TEST_PCK_PROCESSOR] = { .common_name = "Intel SGX PCK Processor CA",
                             .serial = 103,
                             .is_ca = true,
                             .path_len = 0,
                             .key_usage = X509_KEY_CERT_SIGN | X509_CRL_SIGN },
    [TEST_PCK_PLATFORM] = { .common_name = "Intel SGX PCK Platform CA",
                            .serial = 104,
                            .is_ca = true,
                            .path_len = 0,
                            .key_usage = X509_KEY_CERT_SIGN | X509_CRL_SIGN },
    [TEST_PCK_LEAF] = { .common_name = "Intel SGX PCK Certificate",
                        .serial = 105,
                        .path_len = -1,
                        .key_usage = X509_DIGITAL_SIGNATURE | X509_NON_REPUDIATION },
};

void test_certificate_defaults(struct test_certificate out[TEST_SIGNERS])
{
    for (size_t i = 0; i < TEST_SIGNERS; i++) {
        out[i] = defaults[i];
        out[i].organization = INTEL;
        out[i].not_before_s = TEST_WORLD_FROM_S;
        out[i].not_after_s = TEST_WORLD_UNTIL_S;
    }
}

/* Names, numbers, times */

static void name_set(X509_NAME *name, const char *common_name, const char *organization)
{
    const struct {
        int nid;
        const char *value;
    } rest[] = { { NID_organizationName, organization },
                 { NID_localityName, "Santa Clara" },
                 { NID_stateOrProvinceName, "CA" },
                 { NID_countryName, "US" } };

    assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
                                                (const uint8_t *)common_name, -1, -1, 0),
                     1);
    for (size_t i = 0; i < COUNT_OF(rest); i++)
        if (rest[i].value != NULL)
            assert_int_equal(X509_NAME_add_entry_by_NID(name, rest[i].nid, MBSTRING_ASC,
                                                        (const uint8_t *)rest[i].value,
                                                        -1, -1, 0),
                             1);
}

X509_NAME *test_name_make(const char *common_name, const char *organization)
{
    X509_NAME *name = X509_NAME_new();

    assert_non_null(name);
    name_set(name, common_name, organization);
    return name;
}

void test_serial_set(ASN1_INTEGER *integer, uint32_t value)
{
    assert_int_equal(ASN1_INTEGER_set_uint64(integer, value), 1);
}

ASN1_TIME *test_time_make(int64_t seconds)
{
    ASN1_TIME *t = ASN1_TIME_adj(NULL, (time_t)seconds, 0, 0);

    assert_non_null(t);
    return t;
}

/* Certificates */

static void extension_add(X509 *certificate, int nid, bool critical, const char *value)
{
    char text[256];
    X509V3_CTX context;

    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    snprintf(text, sizeof text, "%s%s", critical ? "critical," : "", value);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, text);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void raw_extension_add(X509 *certificate, const char *oid, bool critical,
                              struct bytes value)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();

    assert_true(object != NULL && octets != NULL);
    assert_int_equal(ASN1_OCTET_STRING_set(octets, value.at, (int)value.len), 1);
    X509_EXTENSION *extension =
        X509_EXTENSION_create_by_OBJ(NULL, object, critical, octets);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(octets);
    ASN1_OBJECT_free(object);
}

/* The first twenty bytes of SHA-256 of the public key. */
struct sha256 test_key_id(EVP_PKEY *key)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(key, &der);

    assert_true(len > 0);
    struct sha256 id = sha256(bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    return id;
}

static void key_ids_add(X509 *certificate, EVP_PKEY *issuer, EVP_PKEY *own,
                        unsigned leave_out)
{
    struct sha256 id = test_key_id(issuer);
    uint8_t authority[24] = { 0x30, 22, 0x80, 20 };
    uint8_t subject[22] = { 0x04, 20 };

    memcpy(authority + 4, id.digest, 20);
    id = test_key_id(own);
    memcpy(subject + 2, id.digest, 20);
    if ((leave_out & TEST_AUTHORITY_KEY_ID) == 0)
        raw_extension_add(certificate, "2.5.29.35", false,
                          bytes_of(authority, sizeof authority));
    if ((leave_out & TEST_SUBJECT_KEY_ID) == 0)
        raw_extension_add(certificate, "2.5.29.14", false,
                          bytes_of(subject, sizeof subject));
}

static void usage_add(X509 *certificate, unsigned usage)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = { { X509_DIGITAL_SIGNATURE, ",digitalSignature" },
                  { X509_NON_REPUDIATION, ",nonRepudiation" },
                  { X509_KEY_CERT_SIGN, ",keyCertSign" },
                  { X509_CRL_SIGN, ",cRLSign" } };
    char text[128] = "";

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if ((usage & names[i].bit) != 0)
            strncat(text, names[i].name, sizeof text - strlen(text) - 1);
    extension_add(certificate, NID_key_usage, true, text + 1);
}

static void extensions_add(X509 *certificate, const struct test_certificate *spec)
{
    char constraints[64] = "CA:FALSE";

    if ((spec->leave_out & TEST_CRL_DISTRIBUTION) == 0)
        extension_add(certificate, NID_crl_distribution_points, false, CRL_URI);
    if ((spec->leave_out & TEST_KEY_USAGE) == 0)
        usage_add(certificate, spec->key_usage);
    if (spec->is_ca && spec->path_len >= 0)
        snprintf(constraints, sizeof constraints, "CA:TRUE,pathlen:%d", spec->path_len);
    else if (spec->is_ca)
        snprintf(constraints, sizeof constraints, "CA:TRUE");
    if ((spec->leave_out & TEST_BASIC_CONSTRAINTS) == 0)
        extension_add(certificate, NID_basic_constraints, true, constraints);
    if (spec->unknown_critical)
        raw_extension_add(certificate, "1.3.6.1.4.1.55555.1", true,
                          LITERAL_BYTES("\x05\x00"));
}

static void issuer_name_set(X509 *certificate, const struct test_certificate *spec,
                            X509 *issuer)
{
    X509_NAME *name =
        spec->issuer_name != NULL ? test_name_make(spec->issuer_name, INTEL) : NULL;

    assert_int_equal(
        X509_set_issuer_name(certificate,
                             name != NULL ? name : X509_get_subject_name(issuer)),
        1);
    X509_NAME_free(name);
}

void test_certificate_sign(const struct test_world *world, enum test_signer issuer,
                           const struct test_certificate *spec,
                           struct bytes sgx_extension, EVP_PKEY *key, X509 *certificate)
{
    X509_NAME *name = test_name_make(spec->common_name, spec->organization);
    ASN1_TIME *from = test_time_make(spec->not_before_s);
    ASN1_TIME *until = test_time_make(spec->not_after_s);

    assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
    test_serial_set(X509_get_serialNumber(certificate), spec->serial);
    assert_int_equal(X509_set_subject_name(certificate, name), 1);
    issuer_name_set(certificate, spec, world->certificates[issuer]);
    X509_set1_notBefore(certificate, from);
    X509_set1_notAfter(certificate, until);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    key_ids_add(certificate, world->keys[issuer], key, spec->leave_out);
    extensions_add(certificate, spec);
    if (sgx_extension.len > 0)
        raw_extension_add(certificate, "1.2.840.113741.1.13.1", false, sgx_extension);
    assert_true(X509_sign(certificate, world->keys[issuer], EVP_sha256()) > 0);
    ASN1_TIME_free(until);
    ASN1_TIME_free(from);
    X509_NAME_free(name);
}

struct buf test_certificate_der(const X509 *certificate)
{
    uint8_t *der = NULL;
    int len = i2d_X509(certificate, &der);
    struct buf out;

    test_der_keep(&out, der, len);
    return out;
}

/* The root is its own issuer, and so stands in the world before it is signed. */
static void certificate_make(struct test_world *world, enum test_signer which,
                             const struct test_certificate *spec)
{
    struct test_pck plain = test_pck_plain(PCK_CA_PLATFORM, NULL);
    struct buf sgx;

    world->keys[which] = EVP_EC_gen(spec->p384 ? "P-384" : "P-256");
    world->certificates[which] = X509_new();
    assert_true(world->certificates[which] != NULL && world->keys[which] != NULL);
    buf_init(&sgx, TEST_BODY_CEILING);
    if (which == TEST_PCK_LEAF)
        test_sgx_extension_put(&sgx, &plain);
    test_certificate_sign(world, issuers[which], spec, buf_bytes(&sgx),
                          world->keys[which], world->certificates[which]);
    buf_fini(&sgx);
    world->der[which] = test_certificate_der(world->certificates[which]);
}

void test_der_keep(struct buf *out, uint8_t *der, int len)
{
    assert_true(len > 0);
    buf_init(out, TEST_BODY_CEILING);
    buf_add(out, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
}

static void trust_make(struct test_world *world)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(world->keys[TEST_ROOT], &der);
    struct trusted_root root = { .origin = ROOT_TEST, .name = "test world" };

    assert_true(len > 0);
    struct sha256 digest = sha256(bytes_of(der, (size_t)len));
    memcpy(root.spki_sha256, digest.digest, sizeof root.spki_sha256);
    OPENSSL_free(der);
    world->trust = (struct trust){ .roots = { root }, .count = 1 };
}

struct test_world *test_world_make(const struct test_certificate specs[TEST_SIGNERS])
{
    struct test_world *world = calloc(1, sizeof *world);
    struct test_certificate own[TEST_SIGNERS];

    assert_non_null(world);
    if (specs == NULL) {
        test_certificate_defaults(own);
        specs = own;
    }
    for (enum test_signer i = 0; i < TEST_SIGNERS; i++)
        certificate_make(world, i, &specs[i]);
    trust_make(world);
    return world;
}

void test_world_free(struct test_world *world)
{
    if (world == NULL)
        return;
    verified_release(world->root_crl);
    for (size_t i = 0; i < COUNT_OF(world->pck_crls); i++) {
        verified_release(world->pck_crls[i]);
        pck_issuer_release(world->pck_issuers[i]);
    }
    for (size_t i = 0; i < TEST_ATTESTATION_KEYS; i++)
        EVP_PKEY_free(world->attestation_keys[i]);
    for (size_t i = 0; i < TEST_SIGNERS; i++) {
        EVP_PKEY_free(world->keys[i]);
        X509_free(world->certificates[i]);
        buf_fini(&world->der[i]);
    }
    free(world);
}

struct trust test_world_trust(const struct test_world *world)
{
    return world->trust;
}

struct bytes test_world_certificate(const struct test_world *world,
                                    enum test_signer which)
{
    return buf_bytes(&world->der[which]);
}

struct der_chain test_world_chain(const struct test_world *world, enum test_signer leaf)
{
    struct der_chain chain = { .count = 0 };

    for (enum test_signer i = leaf;; i = issuers[i]) {
        chain.certificates[chain.count++] = buf_bytes(&world->der[i]);
        if (i == TEST_ROOT)
            return chain;
    }
}

enum test_signer test_signer_of(const struct collateral_key *key)
{
    if (key->kind == COLLATERAL_ROOT_CRL)
        return TEST_ROOT;
    if (key->kind == COLLATERAL_PCK_CRL)
        return key->ca == PCK_CA_PROCESSOR ? TEST_PCK_PROCESSOR : TEST_PCK_PLATFORM;
    return TEST_TCB_SIGNING;
}

struct der_chain test_world_chain_for(const struct test_world *world,
                                      const struct collateral_key *key)
{
    return test_world_chain(world, test_signer_of(key));
}

struct buf test_world_chain_pem(const struct test_world *world,
                                const struct collateral_key *key)
{
    struct der_chain chain = test_world_chain_for(world, key);
    struct buf out;

    buf_init(&out, TEST_BODY_CEILING);
    pem_chain_write(&out, &chain);
    return out;
}

/* Verdicts */

static struct verified_collateral *verify(const struct test_world *world,
                                          const struct verified_collateral *root_crl,
                                          const struct collateral_key *key,
                                          struct bytes body, int64_t now_s)
{
    struct collateral_candidate candidate = {
        .asked = *key,
        .body = body,
        .chain = test_world_chain_for(world, key),
    };
    struct judgement judgement = {
        .trust = &world->trust,
        .root_crl = root_crl,
        .now_s = now_s,
    };
    struct verified_collateral *item = NULL;
    struct error err = { 0 };

    assert_ok(verify_collateral(&candidate, &judgement, &item, &err), err);
    return item;
}

struct verified_collateral *test_world_root_crl(const struct test_world *world)
{
    struct test_world *own = (struct test_world *)(uintptr_t)world; /* a cache */
    struct collateral_key key = key_root_crl();

    if (world->root_crl == NULL) {
        struct buf body =
            test_world_body(world, &key, TEST_WORLD_FROM_S, TEST_WORLD_UNTIL_S);
        own->root_crl = verify(world, NULL, &key, buf_bytes(&body), TEST_WORLD_FROM_S);
        buf_fini(&body);
    }
    return own->root_crl;
}

struct verified_collateral *test_world_verify(const struct test_world *world,
                                              const struct collateral_key *key,
                                              struct bytes body, int64_t now_s)
{
    return verify(world, test_world_root_crl(world), key, body, now_s);
}

struct verified_collateral *test_world_item(const struct test_world *world,
                                            const struct collateral_key *key,
                                            int64_t issue_date_s, int64_t next_update_s)
{
    struct buf body = test_world_body(world, key, issue_date_s, next_update_s);
    struct verified_collateral *item =
        test_world_verify(world, key, buf_bytes(&body), issue_date_s);

    buf_fini(&body);
    return item;
}

struct judgement test_world_judgement(const struct test_world *world,
                                      const struct trust *trust, int64_t now_s)
{
    return (struct judgement){
        .trust = trust,
        .root_crl = test_world_root_crl(world),
        .now_s = now_s,
    };
}
