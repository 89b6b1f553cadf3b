/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/roots.h"

#include "format/test_vectors.h"
#include "kit/crypto.h"
#include "kit/test.h"
#include "verify/test_intel.h"

static struct trusted_root root_of(uint8_t fill, enum root_origin origin)
{
    struct trusted_root root = { .origin = origin, .name = "other" };

    memset(root.spki_sha256, fill, sizeof root.spki_sha256);
    return root;
}

static void four_vendor_roots_are_pinned(void **state)
{
    static const char *const names[] = { "Intel SGX Root CA", "ARK-Milan", "ARK-Genoa",
                                         "ARK-Turin" };
    struct trust trust;

    (void)state;
    trust_init(&trust);
    assert_int_equal(trust.count, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_string_equal(trust.roots[i].name, names[i]);
        assert_int_equal(trust.roots[i].origin, ROOT_PINNED);
    }
    assert_false(trust_has_test_roots(&trust));
}

/* SubjectPublicKeyInfo of a P-256 key is this and the point (RFC 5480, 2). */
static void known_keys_are_the_pinned_ones(void **state)
{
    static const uint8_t prefix[27] = {
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    };
    struct trust trust;
    size_t known = 0;

    (void)state;
    trust_init(&trust);
    for (size_t i = 0; i < trust.count; i++) {
        uint8_t spki[sizeof prefix + 64];
        if (!trust.roots[i].has_key)
            continue;
        memcpy(spki, prefix, sizeof prefix);
        memcpy(spki + sizeof prefix, trust.roots[i].public_key, 64);
        assert_memory_equal(sha256(bytes_of(spki, sizeof spki)).digest,
                            trust.roots[i].spki_sha256, 32);
        known++;
    }
    assert_int_equal(known, 1);
}

static void the_roots_of_the_vectors_are_found(void **state)
{
    static const struct {
        const char *path, *name; /* NULL: nobody vouches */
    } cases[] = {
        { "vectors/intel/certs/intel-sgx-root-ca.der", "Intel SGX Root CA" },
        /* issued again with the same key */
        { "vectors/intel/certs/intel-sgx-root-ca-variant-1.der", "Intel SGX Root CA" },
        { "vectors/intel/certs/intel-sgx-root-ca-variant-2.der", "Intel SGX Root CA" },
        { "vectors/amd/milan/ark-milan.der", "ARK-Milan" },
        { "vectors/amd/genoa/ark-genoa.der", "ARK-Genoa" },
        { "vectors/amd/turin/ark-turin.der", "ARK-Turin" },
        { "vectors/intel/preproduction/certs/preproduction-root-ca.der", NULL },
        { "vectors/intel/certs/intel-sgx-pck-platform-ca.der", NULL },
    };
    struct trust trust;

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    trust_init(&trust);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf der = test_shared_file(cases[i].path);
        struct x509_certificate certificate;
        struct error err = { 0 };
        assert_ok(x509_parse(buf_bytes(&der), &certificate, &err), err);
        const struct trusted_root *root = trust_find(&trust, &certificate);
        struct sha256 spki = sha256(certificate.spki);
        assert_ptr_equal(trust_find_spki(&trust, spki.digest), root);
        if (cases[i].name == NULL)
            assert_null(root);
        else
            assert_string_equal(root->name, cases[i].name);
        buf_fini(&der);
    }
}

static void roots_come_and_go_by_key(void **state)
{
    struct trusted_root test = root_of(7, ROOT_TEST), extra = root_of(8, ROOT_EXTRA);
    struct error err = { 0 };
    struct trust trust;

    (void)state;
    trust_init(&trust);
    assert_ok(trust_add(&trust, &test, &err), err);
    assert_ok(trust_add(&trust, &extra, &err), err);
    assert_int_equal(trust.count, 6);
    assert_true(trust_has_test_roots(&trust));

    assert_true(trust_remove(&trust, test.spki_sha256));
    assert_false(trust_remove(&trust, test.spki_sha256));
    assert_false(trust_has_test_roots(&trust));
    assert_int_equal(trust.count, 5);
    assert_int_equal(trust.roots[4].origin, ROOT_EXTRA);
}

static void a_pinned_root_can_be_distrusted(void **state)
{
    struct trust trust, pinned;

    (void)state;
    trust_init(&pinned);
    trust = pinned;
    assert_true(trust_remove(&trust, pinned.roots[0].spki_sha256));
    assert_int_equal(trust.count, 3);
    assert_string_equal(trust.roots[0].name, "ARK-Milan");
    assert_string_equal(trust.roots[2].name, "ARK-Turin");
}

static void adding_a_pinned_key_as_test_root_leaves_it_pinned(void **state)
{
    struct trusted_root again;
    struct error err = { 0 };
    struct trust trust;

    (void)state;
    trust_init(&trust);
    again = trust.roots[1];
    again.origin = ROOT_TEST;
    assert_ok(trust_add(&trust, &again, &err), err);
    assert_int_equal(trust.count, 4);
    assert_int_equal(trust.roots[1].origin, ROOT_PINNED);
    assert_false(trust_has_test_roots(&trust));
}

static void there_is_room_for_so_many_and_no_more(void **state)
{
    struct error err = { 0 };
    struct trust trust;
    uint8_t fill = 1;

    (void)state;
    trust_init(&trust);
    while (trust.count < TRUST_ROOTS_MAX) {
        struct trusted_root root = root_of(fill++, ROOT_EXTRA);
        assert_ok(trust_add(&trust, &root, &err), err);
    }
    struct trusted_root last = root_of(fill, ROOT_EXTRA);
    assert_false(trust_add(&trust, &last, &err));
    assert_refused(err, ERROR_LIMIT, "more than 32 trusted roots");
    assert_int_equal(trust.count, TRUST_ROOTS_MAX);
}

/* What the pinned root vouches for, and what it does not, as of 2025-06-20. */

#define IN_2025_S INT64_C(1750377600)

static const uint8_t fmspc[6] = { 0x00, 0x60, 0x6a, 0, 0, 0 };

/* The law of that day. */
struct bench {
    struct trust trust;
    struct verified_collateral *root_crl;
    struct arena arena;
};

static void bench_begin(struct bench *bench)
{
    bool in_force;

    *bench = (struct bench){ .root_crl = intel_root_crl_at(IN_2025_S, &in_force) };
    assert_true(in_force);
    trust_init(&bench->trust);
    arena_init(&bench->arena, (size_t)4 << 20);
}

static void bench_end(struct bench *bench)
{
    arena_fini(&bench->arena);
    verified_release(bench->root_crl);
}

static bool judge(const struct bench *bench, const struct collateral_key *asked,
                  struct bytes body, const struct der_chain *chain, struct error *err)
{
    OWNED(verified_release) struct verified_collateral *item = NULL;
    struct collateral_candidate candidate = {
        .asked = *asked,
        .body = body,
        .chain = *chain,
    };
    struct judgement judgement = {
        .trust = &bench->trust,
        .root_crl = bench->root_crl,
        .now_s = IN_2025_S,
    };

    return verify_collateral(&candidate, &judgement, &item, err);
}

static void one_byte_flipped_in_a_real_tcb_info_is_refused(void **state)
{
    struct collateral_key asked = key_tcb_info(TEE_SGX, 2, fmspc, 17);
    struct error err = { 0 };
    struct bench bench;

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    bench_begin(&bench);
    struct buf body = test_shared_file("vectors/intel/tcbinfo/sgx/00606a000000/"
                                       "v2-eval17-20250604T092511Z.json");
    struct der_chain chain = intel_chain_at(&asked, IN_2025_S, false, &bench.arena);
    assert_ok(judge(&bench, &asked, buf_bytes(&body), &chain, &err), err);
    for (size_t i = 0; i < body.len; i++) {
        body.at[i] ^= 1;
        if (judge(&bench, &asked, buf_bytes(&body), &chain, &err))
            fail_msg("byte %zu of %zu accepted", i, body.len);
        if (err.kind != ERROR_FORMAT && err.kind != ERROR_UNTRUSTED)
            fail_msg("byte %zu: %s", i, err.text);
        body.at[i] ^= 1;
    }
    buf_fini(&body);
    bench_end(&bench);
}

/* Under its own chain, whose root nobody trusts, and under Intel's, which signed it not.
 */
static void refuse_preproduction(const char *path, struct bytes content, void *context)
{
    struct bench *bench = context;
    struct collateral_key asked;
    struct error err = { 0 };

    assert_true(intel_key_of(strstr(path, "intel/preproduction"), &asked));
    struct der_chain chains[] = {
        { .certificates = { intel_file("intel/preproduction/certs/"
                                       "preproduction-tcb-signing.der",
                                       &bench->arena),
                            intel_file("intel/preproduction/certs/"
                                       "preproduction-root-ca.der",
                                       &bench->arena) },
          .count = 2 },
        intel_chain_at(&asked, IN_2025_S, false, &bench->arena),
    };
    assert_false(judge(bench, &asked, content, &chains[0], &err));
    assert_refused(err, ERROR_UNTRUSTED, "no trusted root has its key");
    assert_false(judge(bench, &asked, content, &chains[1], &err));
    assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
}

static void preproduction_is_refused(void **state)
{
    struct bench bench;

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    bench_begin(&bench);
    assert_true(
        each_vector("vectors/intel/preproduction", ".json", refuse_preproduction, &bench)
        > 0);
    bench_end(&bench);
}

/* Made or edited by hand: their signatures do not hold, whatever else they are. */
struct handmade {
    struct bench *bench;
    struct collateral_key asked;
};

static void refuse_handmade(const char *path, struct bytes content, void *context)
{
    const struct handmade *made = context;
    struct der_chain chain =
        intel_chain_at(&made->asked, IN_2025_S, false, &made->bench->arena);
    struct error err = { 0 };

    if (judge(made->bench, &made->asked, content, &chain, &err))
        fail_msg("%s: accepted", path);
    if (err.kind != ERROR_FORMAT)
        assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
}

static void what_intel_never_signed_is_refused(void **state)
{
    struct bench bench;
    struct handmade tcb_info = { &bench, key_tcb_info(TEE_SGX, 2, fmspc, 0) };
    struct handmade identity = { &bench, key_identity(ENCLAVE_QE, 0) };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    bench_begin(&bench);
    assert_true(each_vector("vectors/intel/negative/oe-json/tcbinfo-data_v2", ".json",
                            refuse_handmade, &tcb_info)
                > 0);
    assert_true(each_vector("vectors/intel/negative/oe-json/data_v2", ".json",
                            refuse_handmade, &identity)
                > 0);
    bench_end(&bench);
}

/* A PCK CA in the signer's place. */
static void a_tampered_issuer_chain_is_refused(void **state)
{
    struct collateral_key asked = key_tcb_info(TEE_SGX, 3, fmspc, 0);
    struct error err = { 0 };
    struct der_chain chain;
    struct bench bench;

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    bench_begin(&bench);
    struct bytes text =
        intel_file("intel/negative/tcb-signing-chain-bad.pem", &bench.arena);
    struct bytes body = intel_file(
        "intel/tcbinfo/sgx/00606a000000/v3-eval13-20221219T094010Z.json", &bench.arena);
    assert_ok(pem_chain_read(text, &bench.arena, &chain, &err), err);
    assert_false(judge(&bench, &asked, body, &chain, &err));
    assert_refused(err, ERROR_UNTRUSTED,
                   "common name is \"Intel SGX PCK Platform CA\", expected Intel SGX TCB "
                   "Signing");
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_vendor_roots_are_pinned),
        cmocka_unit_test(known_keys_are_the_pinned_ones),
        cmocka_unit_test(the_roots_of_the_vectors_are_found),
        cmocka_unit_test(one_byte_flipped_in_a_real_tcb_info_is_refused),
        cmocka_unit_test(preproduction_is_refused),
        cmocka_unit_test(what_intel_never_signed_is_refused),
        cmocka_unit_test(a_tampered_issuer_chain_is_refused),
        cmocka_unit_test(roots_come_and_go_by_key),
        cmocka_unit_test(a_pinned_root_can_be_distrusted),
        cmocka_unit_test(adding_a_pinned_key_as_test_root_leaves_it_pinned),
        cmocka_unit_test(there_is_room_for_so_many_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
