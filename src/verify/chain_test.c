/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/chain.h"

#include "kit/crypto.h"
#include "kit/test.h"
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

static void every_role_verifies_up_to_a_trusted_root(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);

    (void)state;
    for (enum test_signer leaf = 0; leaf < TEST_SIGNERS; leaf++) {
        struct chain chain;
        struct error err;
        assert_ok(verify(world, leaf, &chain, &err), err);
        assert_int_equal(chain.count, chain_role_length(roles[leaf]));
        assert_int_equal(chain.root->origin, ROOT_TEST);
        assert_int_equal(chain.valid_from_s, TEST_WORLD_FROM_S);
        assert_int_equal(chain.valid_until_s, TEST_WORLD_UNTIL_S);
        assert_int_equal(chain_role_of(chain.certificates[0].subject_cn), roles[leaf]);
    }
    assert_int_equal(chain_role_of(bytes_of_text("Intel SGX TCB Signing ")), 0);
    assert_int_equal(chain_role_of(bytes_of_text("")), 0);
}

/* One flaw in one certificate, and who trips over it. */

static void leave_out_aki(struct test_certificate *c)
{
    c->leave_out = TEST_AUTHORITY_KEY_ID;
}

static void leave_out_ski(struct test_certificate *c)
{
    c->leave_out = TEST_SUBJECT_KEY_ID;
}

static void leave_out_crl_distribution(struct test_certificate *c)
{
    c->leave_out = TEST_CRL_DISTRIBUTION;
}

static void leave_out_key_usage(struct test_certificate *c)
{
    c->leave_out = TEST_KEY_USAGE;
}

static void leave_out_basic_constraints(struct test_certificate *c)
{
    c->leave_out = TEST_BASIC_CONSTRAINTS;
}

static void unknown_critical(struct test_certificate *c)
{
    c->unknown_critical = true;
}

static void other_name(struct test_certificate *c)
{
    c->common_name = "Intel SGX TCB Signing Test";
}

static void name_in_lower_case(struct test_certificate *c)
{
    c->common_name = "intel SGX Root CA";
}

static void other_organization(struct test_certificate *c)
{
    c->organization = "Intel Corp";
}

static void no_organization(struct test_certificate *c)
{
    c->organization = NULL;
}

static void other_issuer_name(struct test_certificate *c)
{
    c->issuer_name = "Intel SGX Root CB";
}

static void become_ca(struct test_certificate *c)
{
    c->is_ca = true;
}

static void be_no_ca(struct test_certificate *c)
{
    c->is_ca = false;
}

static void allow_no_ca_below(struct test_certificate *c)
{
    c->path_len = 0;
}

static void sign_nothing(struct test_certificate *c)
{
    c->key_usage = X509_NON_REPUDIATION;
}

static void sign_certificates_too(struct test_certificate *c)
{
    c->key_usage |= X509_KEY_CERT_SIGN;
}

static void sign_no_certificates(struct test_certificate *c)
{
    c->key_usage = X509_CRL_SIGN;
}

static void sign_no_crls(struct test_certificate *c)
{
    c->key_usage = X509_KEY_CERT_SIGN;
}

static void other_curve(struct test_certificate *c)
{
    c->p384 = true;
}

static const struct flaw {
    const char *name;
    enum test_signer where, leaf;
    void (*make)(struct test_certificate *c);
    enum error_kind kind; /* ERROR_NONE: it does not matter */
    const char *part;
} flaws[] = {
    { "signer without AKI", TEST_TCB_SIGNING, TEST_TCB_SIGNING, leave_out_aki,
      ERROR_FORMAT, "required extension authorityKeyIdentifier is missing" },
    { "signer without SKI", TEST_TCB_SIGNING, TEST_TCB_SIGNING, leave_out_ski,
      ERROR_FORMAT, "required extension subjectKeyIdentifier is missing" },
    { "signer without CRL distribution point", TEST_TCB_SIGNING, TEST_TCB_SIGNING,
      leave_out_crl_distribution, ERROR_FORMAT, "cRLDistributionPoints is missing" },
    { "signer without key usage", TEST_TCB_SIGNING, TEST_TCB_SIGNING, leave_out_key_usage,
      ERROR_FORMAT, "required extension keyUsage is missing" },
    { "signer without basic constraints", TEST_TCB_SIGNING, TEST_TCB_SIGNING,
      leave_out_basic_constraints, ERROR_FORMAT, "basicConstraints is missing" },
    { "root without SKI", TEST_ROOT, TEST_TCB_SIGNING, leave_out_ski, ERROR_FORMAT,
      "certificate 2 of the chain (\"Intel SGX Root CA\")" },
    { "signer with a critical extension nobody knows", TEST_TCB_SIGNING, TEST_TCB_SIGNING,
      unknown_critical, ERROR_FORMAT, "unknown critical extension with OID content" },
    { "CA with a critical extension nobody knows", TEST_PCK_PLATFORM, TEST_PCK_LEAF,
      unknown_critical, ERROR_FORMAT, "certificate 2 of the chain" },
    { "signer of a longer name", TEST_TCB_SIGNING, TEST_TCB_SIGNING, other_name,
      ERROR_UNTRUSTED, "common name is \"Intel SGX TCB Signing Test\"" },
    { "root of another case", TEST_ROOT, TEST_TCB_SIGNING, name_in_lower_case,
      ERROR_UNTRUSTED, "expected Intel SGX Root CA" },
    { "CA of another name", TEST_PCK_PLATFORM, TEST_PCK_LEAF, other_name, ERROR_UNTRUSTED,
      "expected Intel SGX PCK Processor CA or Intel SGX PCK Platform CA" },
    { "signer of another organization", TEST_TCB_SIGNING, TEST_TCB_SIGNING,
      other_organization, ERROR_UNTRUSTED,
      "subject has O \"Intel Corp\", expected Intel Corporation" },
    { "root of no organization", TEST_ROOT, TEST_TCB_SIGNING, no_organization,
      ERROR_UNTRUSTED, "subject has no O" },
    { "signer issued by another name", TEST_TCB_SIGNING, TEST_TCB_SIGNING,
      other_issuer_name, ERROR_UNTRUSTED,
      "issuer \"Intel SGX Root CB\" is not the next one's subject" },
    { "root issued by another name", TEST_ROOT, TEST_TCB_SIGNING, other_issuer_name,
      ERROR_UNTRUSTED, "is not its own subject" },
    { "signer that is a CA", TEST_TCB_SIGNING, TEST_TCB_SIGNING, become_ca,
      ERROR_UNTRUSTED, "basicConstraints says CA:TRUE" },
    { "PCK certificate that is a CA", TEST_PCK_LEAF, TEST_PCK_LEAF, become_ca,
      ERROR_UNTRUSTED, "basicConstraints says CA:TRUE" },
    { "CA that is none", TEST_PCK_PLATFORM, TEST_PCK_PLATFORM, be_no_ca, ERROR_UNTRUSTED,
      "basicConstraints says CA:FALSE" },
    { "root that is no CA", TEST_ROOT, TEST_TCB_SIGNING, be_no_ca, ERROR_UNTRUSTED,
      "basicConstraints says CA:FALSE" },
    { "root that allows no CA below, above one", TEST_ROOT, TEST_PCK_LEAF,
      allow_no_ca_below, ERROR_UNTRUSTED, "pathLenConstraint 0" },
    { "root that allows no CA below, above a signer", TEST_ROOT, TEST_TCB_SIGNING,
      allow_no_ca_below, ERROR_NONE, NULL },
    { "root that allows no CA below, above the last CA", TEST_ROOT, TEST_PCK_PLATFORM,
      allow_no_ca_below, ERROR_NONE, NULL },
    { "signer that may not sign", TEST_TCB_SIGNING, TEST_TCB_SIGNING, sign_nothing,
      ERROR_UNTRUSTED, "keyUsage does not fit" },
    { "signer that may sign certificates", TEST_TCB_SIGNING, TEST_TCB_SIGNING,
      sign_certificates_too, ERROR_UNTRUSTED, "keyUsage does not fit" },
    { "CA that may not sign certificates", TEST_PCK_PLATFORM, TEST_PCK_LEAF,
      sign_no_certificates, ERROR_UNTRUSTED, "keyUsage does not fit" },
    { "root that may not sign CRLs", TEST_ROOT, TEST_ROOT, sign_no_crls, ERROR_UNTRUSTED,
      "keyUsage does not fit" },
    { "signer with a P-384 key", TEST_TCB_SIGNING, TEST_TCB_SIGNING, other_curve,
      ERROR_UNTRUSTED, "not ECDSA with P-256" },
};

static void one_flaw_in_one_certificate_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(flaws); i++) {
        const struct flaw *flaw = &flaws[i];
        struct test_certificate specs[TEST_SIGNERS];
        struct chain chain;
        struct error err;
        test_certificate_defaults(specs);
        flaw->make(&specs[flaw->where]);
        OWNED(test_world_free) struct test_world *world = test_world_make(specs);
        bool verified = verify(world, flaw->leaf, &chain, &err);
        if (verified != (flaw->kind == ERROR_NONE))
            fail_msg("%s: %s", flaw->name, verified ? "accepted" : err.text);
        if (!verified)
            assert_refused(err, flaw->kind, flaw->part);
    }
}

static void a_chain_has_exactly_its_roles_certificates(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trust trust = test_world_trust(world);
    struct der_chain signing = test_world_chain(world, TEST_TCB_SIGNING);
    struct der_chain leaf = test_world_chain(world, TEST_PCK_LEAF);
    const struct der_chain wrong[] = {
        { .count = 0 },
        { .certificates = { signing.certificates[0] }, .count = 1 },
        { .certificates = { signing.certificates[0], signing.certificates[0],
                            signing.certificates[1] },
          .count = 3 },
        leaf,
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct error err = { 0 };
        struct chain chain;
        assert_false(
            chain_verify(&wrong[i], CHAIN_INTEL_TCB_SIGNING, &trust, &chain, &err));
        assert_refused(err, ERROR_FORMAT, "certificates, expected 2");
    }
}

static void the_order_is_leaf_first(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trust trust = test_world_trust(world);
    struct der_chain ders = test_world_chain(world, TEST_TCB_SIGNING);
    struct error err = { 0 };
    struct chain chain;

    (void)state;
    struct bytes root = ders.certificates[1];
    ders.certificates[1] = ders.certificates[0];
    ders.certificates[0] = root;
    assert_false(chain_verify(&ders, CHAIN_INTEL_TCB_SIGNING, &trust, &chain, &err));
    assert_refused(err, ERROR_UNTRUSTED, "common name is \"Intel SGX Root CA\"");
}

static void a_role_is_played_by_nobody_else(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trust trust = test_world_trust(world);
    const struct {
        enum test_signer leaf;
        enum chain_role role;
    } cases[] = {
        { TEST_PCK_PLATFORM, CHAIN_INTEL_TCB_SIGNING },
        { TEST_TCB_SIGNING, CHAIN_INTEL_PCK_PLATFORM },
        { TEST_PCK_PROCESSOR, CHAIN_INTEL_PCK_PLATFORM },
        { TEST_PCK_PLATFORM, CHAIN_INTEL_PCK_PROCESSOR },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct der_chain ders = test_world_chain(world, cases[i].leaf);
        struct error err = { 0 };
        struct chain chain;
        assert_false(chain_verify(&ders, cases[i].role, &trust, &chain, &err));
        assert_refused(err, ERROR_UNTRUSTED, "common name is");
    }
}

static void a_root_of_the_right_name_and_the_wrong_key_is_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *other = test_world_make(NULL);
    struct der_chain ders = test_world_chain(world, TEST_TCB_SIGNING);
    struct trust trusts[] = { test_world_trust(other), { .count = 0 }, { .count = 0 } };

    (void)state;
    trust_init(&trusts[2]);
    for (size_t i = 0; i < COUNT_OF(trusts); i++) {
        struct error err = { 0 };
        struct chain chain;
        assert_false(
            chain_verify(&ders, CHAIN_INTEL_TCB_SIGNING, &trusts[i], &chain, &err));
        assert_refused(err, ERROR_UNTRUSTED, "no trusted root has its key");
    }
}

static void a_pinned_key_vouches_under_its_own_name_only(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct der_chain ders = test_world_chain(world, TEST_TCB_SIGNING);
    struct trust trust = test_world_trust(world);
    struct error err = { 0 };
    struct chain chain;

    (void)state;
    trust.roots[0].origin = ROOT_PINNED;
    strcpy(trust.roots[0].name, "ARK-Milan");
    assert_false(chain_verify(&ders, CHAIN_INTEL_TCB_SIGNING, &trust, &chain, &err));
    assert_refused(err, ERROR_UNTRUSTED, "no trusted root has its key");
    strcpy(trust.roots[0].name, "Intel SGX Root CA");
    assert_ok(chain_verify(&ders, CHAIN_INTEL_TCB_SIGNING, &trust, &chain, &err), err);
}

static void a_signer_of_another_root_is_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *other = test_world_make(NULL);
    struct der_chain ders = test_world_chain(other, TEST_TCB_SIGNING);
    struct trust trust = test_world_trust(world);
    struct error err = { 0 };
    struct chain chain;

    (void)state;
    ders.certificates[1] = test_world_certificate(world, TEST_ROOT);
    assert_false(chain_verify(&ders, CHAIN_INTEL_TCB_SIGNING, &trust, &chain, &err));
    assert_refused(err, ERROR_UNTRUSTED, "its issuer's signature");
}

/* Every byte of both certificates: the root's own signature is checked too. */
static void one_byte_changed_in_any_certificate_is_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trust trust = test_world_trust(world);
    struct der_chain ders = test_world_chain(world, TEST_TCB_SIGNING);

    (void)state;
    for (size_t i = 0; i < ders.count; i++) {
        struct bytes whole = ders.certificates[i];
        for (size_t at = 0; at < whole.len; at++) {
            uint8_t changed[2048];
            struct der_chain flipped = ders;
            struct error err = { 0 };
            struct chain chain;
            assert_true(whole.len <= sizeof changed);
            memcpy(changed, whole.at, whole.len);
            changed[at] ^= 1;
            flipped.certificates[i] = bytes_of(changed, whole.len);
            if (chain_verify(&flipped, CHAIN_INTEL_TCB_SIGNING, &trust, &chain, &err))
                fail_msg("byte %zu of certificate %zu may be changed", at, i + 1);
            if (err.kind != ERROR_FORMAT && err.kind != ERROR_UNTRUSTED)
                fail_msg("byte %zu: %s", at, err.text);
        }
    }
}

static void a_memo_spares_what_it_has_and_vouches_for_nothing_else(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    const struct trust trust = test_world_trust(world);
    struct der_chain ders = test_world_chain(world, TEST_PCK_LEAF);
    uint8_t changed[X509_CERTIFICATE_MAX];
    struct bytes leaf = ders.certificates[0];
    struct chain_memo memo = { .link_count = 0 };
    struct chain chain;
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < 2; i++) { /* leaf, CA, root: each link once */
        assert_ok(
            chain_verify_with(&ders, CHAIN_INTEL_PCK_LEAF, &trust, &memo, &chain, &err),
            err);
        assert_int_equal(memo.link_count, 3);
    }
    memcpy(changed, leaf.at, leaf.len);
    changed[leaf.len - 1] ^= 1;
    ders.certificates[0] = bytes_of(changed, leaf.len);
    assert_false(
        chain_verify_with(&ders, CHAIN_INTEL_PCK_LEAF, &trust, &memo, &chain, &err));
    assert_refused(err, ERROR_UNTRUSTED, "its issuer's signature");
    assert_int_equal(memo.link_count, 3);
    assert_int_equal(memo.key_count, 2); /* the root's and the CA's */
    chain_memo_fini(&memo);
}

static void dates_are_those_that_all_certificates_share(void **state)
{
    struct test_certificate specs[TEST_SIGNERS];
    struct chain chain;
    struct error err;

    (void)state;
    test_certificate_defaults(specs);
    specs[TEST_TCB_SIGNING].not_before_s = NOW_S;
    specs[TEST_ROOT].not_after_s = NOW_S + 1000;
    OWNED(test_world_free) struct test_world *world = test_world_make(specs);
    assert_ok(verify(world, TEST_TCB_SIGNING, &chain, &err), err);
    assert_int_equal(chain.valid_from_s, NOW_S);
    assert_int_equal(chain.valid_until_s, NOW_S + 1000);

    assert_ok(chain_in_date(&chain, NOW_S, 0, &err), err);
    assert_ok(chain_in_date(&chain, NOW_S + 1000, 0, &err), err);
    assert_ok(chain_in_date(&chain, NOW_S - 300, 300, &err), err);
    assert_false(chain_in_date(&chain, NOW_S - 1, 0, &err));
    assert_refused(err, ERROR_STALE, "certificate 1 of the chain (\"Intel SGX TCB Sig");
    assert_refused(err, ERROR_STALE, "notBefore is 2020-04-10T00:00:00Z");
    assert_false(chain_in_date(&chain, NOW_S - 301, 300, &err));
    assert_false(chain_in_date(&chain, NOW_S + 1001, 300, &err));
    assert_refused(err, ERROR_STALE, "certificate 2 of the chain (\"Intel SGX Root CA");
    assert_refused(err, ERROR_STALE, "notAfter was 2020-04-10T00:16:40Z");
}

/* Reports: the root's certificate may be missing. */

static void a_known_key_stands_in_for_a_root_that_is_not_there(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *other = test_world_make(NULL);
    struct trust known = { .count = 0 }, unknown = test_world_trust(world), wrong = known;
    struct der_chain ders = test_world_chain(world, TEST_PCK_LEAF);
    struct error err = { 0 };
    struct chain chain;

    (void)state;
    assert_ok(
        chain_add_root(test_world_certificate(world, TEST_ROOT), ROOT_TEST, &known, &err),
        err);
    assert_ok(
        chain_add_root(test_world_certificate(other, TEST_ROOT), ROOT_TEST, &wrong, &err),
        err);
    ders.count = 2;
    assert_ok(chain_verify_rootless(&ders, CHAIN_INTEL_PCK_LEAF, &known, &chain, &err),
              err);
    assert_int_equal(chain.count, 2);
    assert_ptr_equal(chain.root, &known.roots[0]);
    /* and nothing more is forgiven */
    assert_false(
        chain_verify_rootless(&ders, CHAIN_INTEL_PCK_LEAF, &unknown, &chain, &err));
    assert_refused(err, ERROR_UNTRUSTED,
                   "no trusted root whose key is known has signed it");
    assert_false(
        chain_verify_rootless(&ders, CHAIN_INTEL_PCK_LEAF, &wrong, &chain, &err));
    assert_refused(err, ERROR_UNTRUSTED,
                   "no trusted root whose key is known has signed it");
    assert_false(
        chain_verify_rootless(&ders, CHAIN_INTEL_TCB_SIGNING, &known, &chain, &err));
    assert_refused(err, ERROR_FORMAT, "chain has 2 certificates, expected 2");
    ders.count = 0;
    assert_false(chain_verify_rootless(&ders, CHAIN_INTEL_ROOT, &known, &chain, &err));
    assert_refused(err, ERROR_FORMAT, "chain has 0 certificates");
    assert_false(chain_verify(&ders, CHAIN_INTEL_ROOT, &known, &chain, &err));
}

static void only_a_sound_root_can_be_added(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trust trust = { .count = 0 }, same = test_world_trust(world);
    struct bytes root = test_world_certificate(world, TEST_ROOT);
    struct error err = { 0 };

    (void)state;
    assert_ok(chain_add_root(root, ROOT_EXTRA, &trust, &err), err);
    assert_int_equal(trust.count, 1);
    assert_int_equal(trust.roots[0].origin, ROOT_EXTRA);
    assert_memory_equal(trust.roots[0].spki_sha256, same.roots[0].spki_sha256, 32);

    assert_false(chain_add_root(test_world_certificate(world, TEST_TCB_SIGNING),
                                ROOT_TEST, &trust, &err));
    assert_refused(err, ERROR_UNTRUSTED, "root certificate: certificate 1");
    assert_false(
        chain_add_root(bytes_first(root, root.len - 1), ROOT_TEST, &trust, &err));
    assert_refused(err, ERROR_FORMAT, "root certificate: certificate");
    assert_int_equal(trust.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_verifies_up_to_a_trusted_root),
        cmocka_unit_test(one_flaw_in_one_certificate_is_refused),
        cmocka_unit_test(a_chain_has_exactly_its_roles_certificates),
        cmocka_unit_test(the_order_is_leaf_first),
        cmocka_unit_test(a_role_is_played_by_nobody_else),
        cmocka_unit_test(a_root_of_the_right_name_and_the_wrong_key_is_refused),
        cmocka_unit_test(a_pinned_key_vouches_under_its_own_name_only),
        cmocka_unit_test(a_signer_of_another_root_is_refused),
        cmocka_unit_test(one_byte_changed_in_any_certificate_is_refused),
        cmocka_unit_test(a_memo_spares_what_it_has_and_vouches_for_nothing_else),
        cmocka_unit_test(dates_are_those_that_all_certificates_share),
        cmocka_unit_test(a_known_key_stands_in_for_a_root_that_is_not_there),
        cmocka_unit_test(only_a_sound_root_can_be_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
