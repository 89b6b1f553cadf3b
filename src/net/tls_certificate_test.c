/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_certificate.h"

#include <string.h>

#include "kit/test.h"
#include "net/tls_files.h"

static void a_pair_is_loaded_only_where_the_key_fits(void **state)
{
    struct tls_files files, others;
    struct tls_certificate *read = NULL;
    struct error err = { 0 };

    (void)state;
    assert_ok(tls_files_make(NULL, 0, &files, &err), err);
    assert_ok(tls_files_make(NULL, 0, &others, &err), err);
    assert_ok(tls_certificate_load(buf_text(&files.certificate), buf_text(&files.key),
                                   &read, &err),
              err);
    tls_certificate_release(read);
    const struct {
        const struct buf *certificate, *key;
        const char *text;
    } cases[] = {
        { &files.certificate, &others.key, "the key is not the certificate's" },
        { &files.certificate, &files.certificate, "TLS key" },
        { &files.key, &files.key, "TLS certificate" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_false(tls_certificate_load(buf_text(cases[i].certificate),
                                          buf_text(cases[i].key), &read, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].text);
    }
    tls_files_fini(&files);
    tls_files_fini(&others);
}

/* A leaf, and more above it than any chain has. */
static void a_chain_has_a_largest_length(void **state)
{
    struct tls_files files;
    struct tls_certificate *read = NULL;
    struct buf chain;
    struct error err = { 0 };

    (void)state;
    assert_ok(tls_files_make(NULL, 0, &files, &err), err);
    buf_init(&chain, (size_t)1 << 20);
    buf_add(&chain, buf_bytes(&files.certificate));
    while (read == NULL && chain.len < 100 * files.ca_certificate.len) {
        buf_add(&chain, buf_bytes(&files.ca_certificate));
        if (!tls_certificate_load(buf_text(&chain), buf_text(&files.key), &read, &err))
            break;
        tls_certificate_release(TAKE(read));
    }
    assert_refused(err, ERROR_FORMAT, "TLS certificate");
    assert_true(chain.len < 10 * files.ca_certificate.len);
    buf_fini(&chain);
    tls_files_fini(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_loaded_only_where_the_key_fits),
        cmocka_unit_test(a_chain_has_a_largest_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
