/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/revocation.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "format/pck_cert.h"
#include "format/pem.h"
#include "kit/test.h"
#include "verify/freshness.h"
#include "verify/test_pki.h"

#define NOW_S (TEST_WORLD_FROM_S + 100 * TEST_DAY_S)

static const enum chain_role roles[TEST_SIGNERS] = {
    [TEST_ROOT] = CHAIN_INTEL_ROOT,
    [TEST_TCB_SIGNING] = CHAIN_INTEL_TCB_SIGNING,
    [TEST_PCK_PROCESSOR] = CHAIN_INTEL_PCK_PROCESSOR,
    [TEST_PCK_PLATFORM] = CHAIN_INTEL_PCK_PLATFORM,
    [TEST_PCK_LEAF] = CHAIN_INTEL_PCK_LEAF,
};

static bool verify(const struct test_world *world, enum test_signer leaf,
                   struct chain *out, struct error *err)
{
    static struct trust trust; /* what out->root points into */
    struct der_chain ders = test_world_chain(world, leaf);

    trust = test_world_trust(world);
    *err = (struct error){ 0 };
    return chain_verify(&ders, roles[leaf], &trust, out, err);
}

static struct crl crl_of(const struct buf *der, struct arena *arena)
{
    struct crl crl;
    struct error err = { 0 };

    assert_ok(crl_parse(buf_bytes(der), arena, &crl, &err), err);
    return crl;
}

static struct buf make_crl(const struct test_world *world, enum test_signer issuer,
                           uint32_t revoked, const char *issuer_name)
{
    const uint32_t serials[] = { 1, revoked, 9999 };

    return test_world_crl(world, issuer,
                          &(struct test_crl){ .this_update_s = NOW_S,
                                              .next_update_s = NOW_S + TEST_DAY_S,
                                              .revoked = serials,
                                              .revoked_count = COUNT_OF(serials),
                                              .issuer_name = issuer_name });
}

static void a_crl_is_its_issuers_own(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *other = test_world_make(NULL);
    const struct {
        const struct test_world *by;
        enum test_signer issuer;
        const char *issuer_name, *part;
    } cases[] = {
        { world, TEST_ROOT, NULL, NULL },
        { world, TEST_PCK_PLATFORM, NULL, "issuer \"Intel SGX PCK Platform CA\" is not" },
        { world, TEST_ROOT, "Intel SGX Root CB", "issuer \"Intel SGX Root CB\" is not" },
        { other, TEST_ROOT, NULL, "signature does not hold" },
        { world, TEST_PCK_PLATFORM, "Intel SGX Root CA", "signature does not hold" },
    };
    struct x509_certificate root;
    struct error err = { 0 };

    (void)state;
    assert_ok(x509_parse(test_world_certificate(world, TEST_ROOT), &root, &err), err);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf der = make_crl(cases[i].by, cases[i].issuer, 2, cases[i].issuer_name);
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct crl crl = crl_of(&der, &arena);
        bool holds = chain_verify_crl(&crl, &root, &err);
        if (holds != (cases[i].part == NULL))
            fail_msg("case %zu: %s", i, holds ? "accepted" : err.text);
        if (!holds)
            assert_refused(err, ERROR_UNTRUSTED, cases[i].part);
        arena_fini(&arena);
        buf_fini(&der);
    }
}

static void who_may_not_issue_crls_has_none(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct buf der = make_crl(world, TEST_TCB_SIGNING, 2, NULL);
    struct x509_certificate signer;
    struct error err = { 0 };
    struct arena arena;

    (void)state;
    arena_init(&arena, 1 << 20);
    struct crl crl = crl_of(&der, &arena);
    assert_ok(x509_parse(test_world_certificate(world, TEST_TCB_SIGNING), &signer, &err),
              err);
    assert_false(chain_verify_crl(&crl, &signer, &err));
    assert_refused(err, ERROR_UNTRUSTED, "\"Intel SGX TCB Signing\" may not issue CRLs");
    arena_fini(&arena);
    buf_fini(&der);
}

/* Serial numbers of the worlds: root 101, signer 102, platform CA 104, leaf 105. */
static void whoever_is_on_the_right_crl_is_revoked(void **state)
{
    static const struct {
        const char *name;
        enum test_signer leaf;
        uint32_t on_root_crl, on_leaf_crl; /* 0: no CRL is given */
        enum test_signer leaf_crl_by;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { "nobody", TEST_TCB_SIGNING, 2, 0, 0, ERROR_NONE, NULL },
        { "the signer", TEST_TCB_SIGNING, 102, 0, 0, ERROR_REVOKED,
          "serial number 66 is on the CRL of 2020-04-10T00:00:00Z by \"Intel SGX Root" },
        { "the root", TEST_TCB_SIGNING, 101, 0, 0, ERROR_REVOKED,
          "certificate 2 of the chain (\"Intel SGX Root CA\")" },
        { "the root, alone", TEST_ROOT, 101, 0, 0, ERROR_REVOKED, "serial number 65" },
        { "the CA", TEST_PCK_PLATFORM, 104, 0, 0, ERROR_REVOKED, "serial number 68" },
        { "the CA above a leaf", TEST_PCK_LEAF, 104, 2, TEST_PCK_PLATFORM, ERROR_REVOKED,
          "certificate 2 of the chain" },
        { "the leaf", TEST_PCK_LEAF, 2, 105, TEST_PCK_PLATFORM, ERROR_REVOKED,
          "certificate 1 of the chain (\"Intel SGX PCK Certificate\")" },
        { "nobody above a leaf", TEST_PCK_LEAF, 2, 2, TEST_PCK_PLATFORM, ERROR_NONE,
          NULL },
        { "a leaf of the same number, by the root", TEST_PCK_LEAF, 105, 2,
          TEST_PCK_PLATFORM, ERROR_NONE, NULL },
        { "the leaf's CRL is by another CA", TEST_PCK_LEAF, 2, 2, TEST_PCK_PROCESSOR,
          ERROR_UNTRUSTED, "not by its issuer \"Intel SGX PCK Platform CA\"" },
        { "no CRL for the leaf", TEST_PCK_LEAF, 2, 0, 0, ERROR_NONE, NULL },
    };
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf ders[2] = {
            make_crl(world, TEST_ROOT, cases[i].on_root_crl, NULL),
            make_crl(world, cases[i].leaf_crl_by, cases[i].on_leaf_crl, NULL),
        };
        struct chain chain;
        struct error err;
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct crl root_crl = crl_of(&ders[0], &arena),
                   leaf_crl = crl_of(&ders[1], &arena);
        assert_ok(verify(world, cases[i].leaf, &chain, &err), err);
        bool good = chain_not_revoked(&chain, &root_crl,
                                      cases[i].on_leaf_crl == 0 ? NULL : &leaf_crl, &err);
        if (good != (cases[i].kind == ERROR_NONE))
            fail_msg("%s: %s", cases[i].name, good ? "accepted" : err.text);
        if (!good)
            assert_refused(err, cases[i].kind, cases[i].part);
        arena_fini(&arena);
        buf_fini(&ders[0]);
        buf_fini(&ders[1]);
    }
}

/* Intel's own cases: a root, a chain (root first) and the CRLs, judged at one moment. */

struct qvl_suite {
    const char *folder;
    enum chain_role role;
    const char *root, *chain, *root_crl, *leaf_crl;
};

static const struct qvl_suite chain_suite = {
    .folder = "vectors/intel/negative/qvl-integration/VerifyChainTestData",
    .role = CHAIN_INTEL_PCK_LEAF,
    .root = "IntelSGXRootCACertificate.pem",
    .chain = "IntelSGXCertificateChain.pem",
    .root_crl = "rootCaCrl.pem",
    .leaf_crl = "intermediateCaCrl.pem",
};
static const struct qvl_suite signer_suite = {
    .folder = "vectors/intel/negative/qvl-integration/VerifyTCBInfo",
    .role = CHAIN_INTEL_TCB_SIGNING,
    .root = "root.pem",
    .chain = "tcb.pem",
    .root_crl = "root_crl.pem",
};

#define T_2020 INT64_C(1577836800)

static const struct qvl_case {
    const struct qvl_suite *suite;
    const char *name;
    enum error_kind kind; /* ERROR_NONE: accepted */
    const char *part;
} qvl_cases[] = {
    { &chain_suite, "InChainRoot_InvalidExtensions", ERROR_FORMAT,
      "required extension subjectKeyIdentifier is missing" },
    { &chain_suite, "InChainRoot_InvalidIssuer", ERROR_UNTRUSTED,
      "issuer is not its own subject" },
    { &chain_suite, "InChainRoot_InvalidIssuerCantVerifySignature", ERROR_UNTRUSTED,
      "its issuer's signature: signature does not hold" },
    { &chain_suite, "InChainRoot_InvalidSubject", ERROR_UNTRUSTED,
      "common name is \"Invalid\", expected Intel SGX Root CA" },
    { &chain_suite, "InChainRoot_InvalidValidityPeriod", ERROR_FORMAT,
      "lies before notBefore 2049-09-16T20:00:05Z" },
    { &chain_suite, "Intermediate_InvalidExtensions", ERROR_FORMAT,
      "certificate 2 of the chain (\"Intel SGX PCK Platform CA\"): required extension" },
    { &chain_suite, "Intermediate_InvalidIssuer", ERROR_UNTRUSTED,
      "issuer is not the next one's subject, though both are" },
    { &chain_suite, "Intermediate_InvalidIssuerCantVerifySignature", ERROR_UNTRUSTED,
      "certificate 2 of the chain (\"Intel SGX PCK Platform CA\"): its issuer's "
      "signature" },
    { &chain_suite, "Intermediate_InvalidSubject", ERROR_UNTRUSTED,
      "subject has ST \"Invalid subject\", expected CA" },
    { &chain_suite, "Intermediate_InvalidValidityPeriod", ERROR_FORMAT,
      "certificate 2 of the chain: certificate: notAfter 2001" },
    { &chain_suite, "Pck_InvalidExtensions", ERROR_FORMAT,
      "certificate 1 of the chain (\"Intel SGX PCK Certificate\"): required extension" },
    { &chain_suite, "Pck_InvalidIssuer", ERROR_UNTRUSTED,
      "issuer \"Invalid\" is not the next one's subject" },
    { &chain_suite, "Pck_InvalidIssuerCantVerifySignature", ERROR_UNTRUSTED,
      "certificate 1 of the chain (\"Intel SGX PCK Certificate\"): its issuer's "
      "signature" },
    { &chain_suite, "Pck_InvalidSGXExtensions", ERROR_FORMAT, "SGX extension: " },
    { &chain_suite, "Pck_InvalidSubject", ERROR_UNTRUSTED,
      "subject has O \"Invalid subject\"" },
    { &chain_suite, "Pck_InvalidValidityPeriod", ERROR_FORMAT,
      "certificate 1 of the chain: certificate: notAfter 2003" },
    { &chain_suite, "Positive_PlatformAsIntermediate", ERROR_NONE, NULL },
    { &chain_suite, "Positive_ProcessorAsIntermediate", ERROR_NONE, NULL },
    { &chain_suite, "Revoked_Intermediate", ERROR_REVOKED,
      "certificate 2 of the chain (\"Intel SGX PCK Platform CA\"): serial number" },
    { &chain_suite, "Revoked_IntermediateUnknownIssuer", ERROR_UNTRUSTED,
      "intermediateCaCrl.pem: CRL's issuer \"Invalid\"" },
    { &chain_suite, "Revoked_PCK", ERROR_REVOKED,
      "certificate 1 of the chain (\"Intel SGX PCK Certificate\"): serial number" },
    { &chain_suite, "Revoked_PckFewEntriesNoneMatch", ERROR_NONE, NULL },
    { &chain_suite, "Revoked_PckFewEntriesOneMatch", ERROR_REVOKED,
      "certificate 1 of the chain (\"Intel SGX PCK Certificate\"): serial number" },
    { &chain_suite, "Revoked_RootCaUnknownIssuer", ERROR_UNTRUSTED,
      "rootCaCrl.pem: CRL's issuer \"Unknown\"" },
    { &chain_suite, "TrustedRoot_InvalidSubject", ERROR_UNTRUSTED,
      "root certificate: certificate 1 of the chain (\"Intel SGX Root CA\"): subject has "
      "O" },
    { &chain_suite, "TrustedRoot_UntrustedChain", ERROR_UNTRUSTED,
      "certificate 3 of the chain (\"Intel SGX Root CA\"): no trusted root has its key" },
    { &signer_suite, "TCBSigningCertChainTooLong", ERROR_FORMAT,
      "chain has 3 certificates, expected 2" },
    { &signer_suite, "TCBSigningCertChainUntrusted", ERROR_UNTRUSTED,
      "certificate 2 of the chain (\"Intel SGX Root CA\"): no trusted root has its key" },
    { &signer_suite, "TCBSigningCertCorrupted", ERROR_FORMAT,
      "certificate 1 of the chain: certificate: " },
    { &signer_suite, "TCBSigningCertIncorrectIssuer", ERROR_UNTRUSTED,
      "issuer \"Definitely not an SGX Root CA Certificate\" is not" },
    { &signer_suite, "TCBSigningCertIncorrectSignature", ERROR_UNTRUSTED,
      "its issuer's signature: signature does not hold" },
    { &signer_suite, "TCBSigningCertInvalidSubject", ERROR_UNTRUSTED,
      "common name is \"Definitely not an Intel SGX TCB Signing" },
    { &signer_suite, "TCBSigningCertWithoutRequiredExtensions", ERROR_FORMAT,
      "required extension subjectKeyIdentifier is missing" },
    { &signer_suite, "TCBSigningExpired", ERROR_STALE,
      "notAfter was 2002-11-29T23:42:16Z" },
    { &signer_suite, "TrustedRootCertInvalidFormat", ERROR_FORMAT, "PEM: " },
    { &signer_suite, "TrustedRootCertInvalidSubject", ERROR_UNTRUSTED,
      "common name is \"Definitely not an SGX Root CA Certificate\"" },
    { &signer_suite, "TrustedRootCrlCorrupted", ERROR_FORMAT, "root_crl.pem: CRL: " },
    { &signer_suite, "TrustedRootCrlExpired", ERROR_STALE,
      "root_crl.pem: CRL: nextUpdate was 1793-01-23T00:22:43Z" },
    { &signer_suite, "TrustedRootCrlIncorrectIssuer", ERROR_UNTRUSTED,
      "root_crl.pem: CRL's issuer \"Definitely not" },
    { &signer_suite, "TrustedRootCrlIncorrectSignature", ERROR_UNTRUSTED,
      "root_crl.pem: CRL by \"Intel SGX Root CA\": signature does not" },
    { &signer_suite, "TrustedRootCrlRevokedTCBSigningCert", ERROR_REVOKED,
      "certificate 1 of the chain (\"Intel SGX TCB Signing\"): serial number" },
    { &signer_suite, "TrustedRootCrlUnrelatedRevokedCerts", ERROR_NONE, NULL },
    { &signer_suite, "TrustedRootCrlWithoutRequiredExtensions", ERROR_FORMAT,
      "root_crl.pem: CRL: authorityKeyIdentifier is missing" },
};

static struct bytes qvl_file(const struct qvl_case *c, const char *name,
                             struct arena *arena)
{
    char below[512];

    snprintf(below, sizeof below, "%s/%s/%s", c->suite->folder, c->name, name);
    struct buf content = test_shared_file(below);
    struct bytes kept = arena_copy(arena, buf_bytes(&content));
    buf_fini(&content);
    return kept;
}

static bool qvl_crl(const struct qvl_case *c, const char *name,
                    const struct x509_certificate *issuer, struct arena *arena,
                    struct crl *out, struct error *err)
{
    struct bytes der;

    return (pem_block_read(qvl_file(c, name, arena), "X509 CRL", arena, &der, err)
            && crl_parse(der, arena, out, err) && chain_verify_crl(out, issuer, err)
            && freshness_check("CRL", out->this_update_s, out->next_update_s, T_2020, 0,
                               err))
           || error_within(err, "%s", name);
}

/* The files have the root first, the wire has it last. */
static struct der_chain turned_round(const struct der_chain *given)
{
    struct der_chain chain = { .count = given->count };

    for (size_t i = 0; i < given->count; i++)
        chain.certificates[i] = given->certificates[given->count - 1 - i];
    return chain;
}

static bool qvl_judge(const struct qvl_case *c, struct arena *arena, struct error *err)
{
    struct der_chain root, ders;
    struct trust trust = { .count = 0 };
    struct chain chain;
    struct crl root_crl, leaf_crl;
    struct pck_cert pck;
    bool leaf = c->suite->leaf_crl != NULL;

    if (!pem_chain_read(qvl_file(c, c->suite->root, arena), arena, &root, err)
        || !chain_add_root(root.certificates[0], ROOT_TEST, &trust, err)
        || !pem_chain_read(qvl_file(c, c->suite->chain, arena), arena, &ders, err))
        return false;
    ders = turned_round(&ders);
    if (!chain_verify(&ders, c->suite->role, &trust, &chain, err)
        || !qvl_crl(c, c->suite->root_crl, &chain.certificates[chain.count - 1], arena,
                    &root_crl, err)
        || (leaf
            && !qvl_crl(c, c->suite->leaf_crl, &chain.certificates[1], arena, &leaf_crl,
                        err)))
        return false;
    return chain_not_revoked(&chain, &root_crl, leaf ? &leaf_crl : NULL, err)
           && chain_in_date(&chain, T_2020, 0, err)
           && (!leaf || pck_cert_parse(&chain.certificates[0], &pck, err));
}

static size_t entries_of(const char *below)
{
    DIR *folder = opendir(test_shared(below));
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2; /* "." and ".." */
}

static void intels_own_cases_give_what_their_names_say(void **state)
{
    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    assert_int_equal(entries_of(chain_suite.folder) + entries_of(signer_suite.folder),
                     COUNT_OF(qvl_cases));
    for (size_t i = 0; i < COUNT_OF(qvl_cases); i++) {
        const struct qvl_case *c = &qvl_cases[i];
        struct error err = { 0 };
        struct arena arena;
        arena_init(&arena, (size_t)4 << 20);
        bool accepted = qvl_judge(c, &arena, &err);
        arena_fini(&arena);
        if (accepted != (c->kind == ERROR_NONE))
            fail_msg("%s: %s", c->name, accepted ? "accepted" : err.text);
        if (!accepted)
            assert_refused(err, c->kind, c->part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crl_is_its_issuers_own),
        cmocka_unit_test(who_may_not_issue_crls_has_none),
        cmocka_unit_test(whoever_is_on_the_right_crl_is_revoked),
        cmocka_unit_test(intels_own_cases_give_what_their_names_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
