/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/given_root.h"

#include "kit/test.h"
#include "verify/test_amd.h"
#include "verify/test_pki.h"

static void a_root_of_either_vendor_is_added(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct test_amd_certificate ark = test_ark(), ask = test_amd_ask();
    struct buf amd = test_amd_make(&ark), no_root = test_amd_make(&ask);
    const struct {
        struct bytes der;
        enum error_kind kind;
        const char *name, *why; /* name: of what was added, else why not */
    } cases[] = {
        { test_world_certificate(world, TEST_ROOT), 0, "Intel SGX Root CA", NULL },
        { buf_bytes(&amd), 0, "ARK-Milan", NULL },
        { test_world_certificate(world, TEST_PCK_PLATFORM), ERROR_UNTRUSTED, NULL,
          "root certificate: certificate 1 of the chain (\"Intel SGX PCK Platform "
          "CA\")" },
        { buf_bytes(&no_root), ERROR_UNTRUSTED, NULL,
          "root certificate: common name is \"SEV-Milan\", which is no product's ARK" },
        { bytes_of_text("0"), ERROR_FORMAT, NULL, "root certificate: certificate: " },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct trust trust = { .count = 0 };
        struct error err = { 0 };
        bool ok = given_root_add(cases[i].der, ROOT_TEST, &trust, &err);
        assert_int_equal(ok, cases[i].name != NULL);
        assert_int_equal(trust.count, ok);
        if (ok)
            assert_string_equal(trust.roots[0].name, cases[i].name);
        else
            assert_refused(err, cases[i].kind, cases[i].why);
    }
    buf_fini(&amd);
    buf_fini(&no_root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_of_either_vendor_is_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
