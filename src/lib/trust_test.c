/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"
#include "lib/parts.h"
#include "verify/test_amd.h"
#include "verify/test_pki.h"

static struct thim_trust *make(void)
{
    struct thim_trust *trust = NULL;

    assert_true(thim_trust_new(&trust, NULL));
    return trust;
}

static void it_begins_with_the_pinned_roots(void **state)
{
    struct thim_trust *trust = make();
    struct trust pinned;

    (void)state;
    trust_init(&pinned);
    assert_int_equal(trust->trust.count, pinned.count);
    assert_int_equal(trust_of(NULL).count, pinned.count);
    thim_trust_free(trust);
    thim_trust_free(NULL);
}

static void a_root_is_added_as_der_or_pem_of_either_vendor(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct bytes intel = test_world_certificate(world, TEST_ROOT);
    struct test_amd_certificate spec = test_ark();
    struct buf amd = test_amd_make(&spec), pem;
    struct thim_trust *trust = make();
    struct thim_error error = { 0 };

    (void)state;
    size_t pinned = trust->trust.count;
    buf_init(&pem, 65536);
    pem_write(&pem, "CERTIFICATE", buf_bytes(&amd));
    assert_ok(thim_trust_add(trust, THIM_ROOT_TEST, intel.at, intel.len, &error), error);
    assert_ok(thim_trust_add(trust, THIM_ROOT_EXTRA, pem.at, pem.len, &error), error);
    assert_ok(thim_trust_add(trust, THIM_ROOT_TEST, amd.at, amd.len, &error), error);
    assert_int_equal(trust->trust.count, pinned + 2);
    assert_int_equal(trust->trust.roots[pinned].origin, ROOT_TEST);
    assert_int_equal(trust->trust.roots[pinned + 1].origin, ROOT_EXTRA);

    assert_true(thim_trust_remove(trust, trust->trust.roots[pinned].spki_sha256, NULL));
    assert_int_equal(trust->trust.count, pinned + 1);
    buf_fini(&pem);
    buf_fini(&amd);
    thim_trust_free(trust);
}

static void what_is_no_root_is_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct bytes leaf = test_world_certificate(world, TEST_TCB_SIGNING);
    struct bytes root = test_world_certificate(world, TEST_ROOT);
    struct thim_trust *trust = make();
    struct {
        struct bytes certificate;
        int origin;
        enum thim_error_kind kind;
    } cases[] = {
        { leaf, THIM_ROOT_TEST, THIM_ERROR_UNTRUSTED },
        { bytes_first(root, root.len - 1), THIM_ROOT_TEST, THIM_ERROR_FORMAT },
        { bytes_of("", 0), THIM_ROOT_TEST, THIM_ERROR_FORMAT },
        { bytes_of(NULL, 0), THIM_ROOT_TEST, THIM_ERROR_USAGE },
        { root, THIM_ROOT_PINNED, THIM_ERROR_USAGE },
        { root, 0, THIM_ERROR_USAGE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct thim_error error = { 0 };
        assert_false(thim_trust_add(trust, (enum thim_root_origin)cases[i].origin,
                                    cases[i].certificate.at, cases[i].certificate.len,
                                    &error));
        if (error.kind != cases[i].kind)
            fail_msg("%zu: %d, %s", i, (int)error.kind, error.text);
    }
    thim_trust_free(trust);
}

static void a_root_that_is_not_there_cannot_be_taken_out(void **state)
{
    static const uint8_t nobody[32] = { 1 };
    struct thim_trust *trust = make();
    struct thim_error error = { 0 };

    (void)state;
    assert_false(thim_trust_remove(trust, nobody, &error));
    assert_int_equal(error.kind, THIM_ERROR_NOT_FOUND);
    assert_false(thim_trust_remove(trust, NULL, &error));
    assert_int_equal(error.kind, THIM_ERROR_USAGE);
    assert_false(thim_trust_remove(NULL, nobody, NULL));
    assert_false(thim_trust_new(NULL, NULL));
    thim_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_with_the_pinned_roots),
        cmocka_unit_test(a_root_is_added_as_der_or_pem_of_either_vendor),
        cmocka_unit_test(what_is_no_root_is_refused),
        cmocka_unit_test(a_root_that_is_not_there_cannot_be_taken_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
