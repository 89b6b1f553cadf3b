/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/roots.h"

#include "kit/crypto.h"
#include "kit/test.h"
#include "kit/text.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_vendor_roots_are_pinned),
        cmocka_unit_test(known_keys_are_the_pinned_ones),
        cmocka_unit_test(the_roots_of_the_vectors_are_found),
        cmocka_unit_test(roots_come_and_go_by_key),
        cmocka_unit_test(a_pinned_root_can_be_distrusted),
        cmocka_unit_test(adding_a_pinned_key_as_test_root_leaves_it_pinned),
        cmocka_unit_test(there_is_room_for_so_many_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
