/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_files.h"

#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#include "kit/clock.h"
#include "kit/test.h"

struct parsed {
    gnutls_x509_crt_t *list;
    unsigned count;
};

static struct parsed parse(const struct buf *pem)
{
    gnutls_datum_t in = { .data = pem->at, .size = (unsigned)pem->len };
    struct parsed parsed;

    assert_true(gnutls_x509_crt_list_import2(&parsed.list, &parsed.count, &in,
                                             GNUTLS_X509_FMT_PEM, 0)
                >= 0);
    return parsed;
}

static void parsed_free(struct parsed *parsed)
{
    for (unsigned i = 0; i < parsed->count; i++)
        gnutls_x509_crt_deinit(parsed->list[i]);
    gnutls_free(parsed->list);
}

static unsigned verify(const struct buf *certificate, const struct buf *ca,
                       const char *host)
{
    gnutls_x509_trust_list_t trust;
    struct parsed leaf = parse(certificate), root = parse(ca);
    gnutls_typed_vdata_st what[] = {
        { .type = GNUTLS_DT_DNS_HOSTNAME, .data = (unsigned char *)(uintptr_t)host },
        { .type = GNUTLS_DT_KEY_PURPOSE_OID,
          .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER },
    };
    unsigned status = ~0u;

    assert_true(gnutls_x509_trust_list_init(&trust, 0) >= 0);
    assert_true(gnutls_x509_trust_list_add_cas(trust, root.list, root.count, 0) >= 0);
    assert_true(gnutls_x509_trust_list_verify_crt2(trust, leaf.list, leaf.count, what,
                                                   COUNT_OF(what), 0, &status, NULL)
                >= 0);
    gnutls_x509_trust_list_deinit(trust, 0);
    parsed_free(&leaf);
    parsed_free(&root);
    return status;
}

static void what_is_made_is_trusted_under_its_own_names(void **state)
{
    static const char *const names[] = { "thim.example", "10.1.2.3", "2001:db8::7" };
    static const struct {
        const char *host;
        bool is_good;
    } cases[] = {
        { "thim.example", true },    { "localhost", true },
        { "127.0.0.1", true },       { "::1", true },
        { "10.1.2.3", true },        { "2001:db8::7", true },
        { "other.example", false },  { "10.1.2.4", false },
        { "a.thim.example", false }, { "thim.exampl", false },
        { "127.0.0.2", false },
    };
    struct tls_files files, others;
    struct error err = { 0 };

    (void)state;
    assert_ok(tls_files_make(names, COUNT_OF(names), &files, &err), err);
    assert_ok(tls_files_make(NULL, 0, &others, &err), err);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(verify(&files.certificate, &files.ca_certificate, cases[i].host)
                             == 0,
                         cases[i].is_good);
    /* and not by another CA made the same way */
    assert_int_not_equal(verify(&files.certificate, &others.ca_certificate, "localhost"),
                         0);
    tls_files_fini(&files);
    tls_files_fini(&others);
}

static void ca_and_server_certificate_are_what_the_header_says(void **state)
{
    static const char *const names[] = { "thim.example" };
    struct tls_files files;
    struct error err = { 0 };
    unsigned critical, is_ca, usage;
    int path_len;
    time_t now = (time_t)clock_real_wall_s();

    (void)state;
    assert_ok(tls_files_make(names, 1, &files, &err), err);
    struct parsed chain = parse(&files.certificate), ca = parse(&files.ca_certificate);
    assert_int_equal(chain.count, 2);
    assert_int_equal(ca.count, 1);
    assert_true(gnutls_x509_crt_equals(chain.list[1], ca.list[0]));

    assert_true(
        gnutls_x509_crt_get_basic_constraints(ca.list[0], &critical, &is_ca, &path_len)
        >= 0);
    assert_true(critical && is_ca && path_len == 0);
    assert_true(gnutls_x509_crt_get_key_usage(ca.list[0], &usage, &critical) >= 0);
    assert_int_equal(usage, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
    assert_int_equal(gnutls_x509_crt_get_ca_status(chain.list[0], &critical), 0);
    assert_true(gnutls_x509_crt_get_key_usage(chain.list[0], &usage, &critical) >= 0);
    assert_int_equal(usage, GNUTLS_KEY_DIGITAL_SIGNATURE);

    int64_t days = (gnutls_x509_crt_get_expiration_time(chain.list[0]) - now) / 86400;
    assert_in_range(days, 396, 397);
    days = (gnutls_x509_crt_get_expiration_time(ca.list[0]) - now) / 86400;
    assert_in_range(days, 3651, 3652);
    assert_true(gnutls_x509_crt_get_activation_time(chain.list[0]) < now);
    parsed_free(&chain);
    parsed_free(&ca);
    tls_files_fini(&files);
}

static void renewed_under_the_same_ca(void **state)
{
    static const char *const before[] = { "old.example" }, *const after[] = {
        "new.example"
    };
    struct tls_files files, renewed;
    struct error err = { 0 };

    (void)state;
    assert_ok(tls_files_make(before, 1, &files, &err), err);
    assert_ok(tls_files_renew(buf_bytes(&files.ca_certificate), buf_bytes(&files.ca_key),
                              after, 1, &renewed, &err),
              err);
    assert_int_equal(verify(&renewed.certificate, &files.ca_certificate, "new.example"),
                     0);
    assert_int_not_equal(
        verify(&renewed.certificate, &files.ca_certificate, "old.example"), 0);
    assert_false(bytes_equal(buf_bytes(&renewed.key), buf_bytes(&files.key)));
    assert_int_equal(renewed.ca_key.len, 0);
    tls_files_fini(&files);
    tls_files_fini(&renewed);
}

static void a_ca_that_cannot_sign_is_refused(void **state)
{
    struct tls_files files, others, out;
    struct error err = { 0 };

    (void)state;
    assert_ok(tls_files_make(NULL, 0, &files, &err), err);
    assert_ok(tls_files_make(NULL, 0, &others, &err), err);
    const struct {
        const struct buf *certificate, *key;
        const char *text;
    } cases[] = {
        { &files.ca_certificate, &others.ca_key, "not its certificate's" },
        { &files.certificate, &files.key, "none of a CA" },
        { &files.ca_key, &files.ca_key, "the CA's certificate" },
        { &files.ca_certificate, &files.ca_certificate, "the CA's key" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_false(tls_files_renew(buf_bytes(cases[i].certificate),
                                     buf_bytes(cases[i].key), NULL, 0, &out, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].text);
        tls_files_fini(&out);
    }
    tls_files_fini(&files);
    tls_files_fini(&others);
}

static void names_that_are_none_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "a..b",
        "-a.example",
        "a-.example",
        "*.example",
        "a b",
        "a.example.",
        "a_b",
        "1.2.3.4/8",
        "[::1]",
        "a,O=Somebody",
        "a\nb",
        "a123456789012345678901234567890123456789012345678901234567890123.example",
    };
    static const char *const good[] = { "a", "A-1.example", "1.2.3.4",
                                        "::", "xn--4ca.example" };
    const char *many[65];
    struct tls_files out;
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        err = (struct error){ 0 };
        if (tls_files_make(&bad[i], 1, &out, &err))
            fail_msg("\"%s\" was taken", bad[i]);
        assert_refused(err, ERROR_FORMAT, "neither a DNS name nor a numeric address");
        tls_files_fini(&out);
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_ok(tls_files_make(&good[i], 1, &out, &err), err);
        tls_files_fini(&out);
    }
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = "a";
    assert_false(tls_files_make(many, COUNT_OF(many), &out, &err));
    assert_refused(err, ERROR_LIMIT, "64 names");
    tls_files_fini(&out);
    assert_ok(tls_files_make(many, COUNT_OF(many) - 1, &out, &err), err);
    tls_files_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_is_trusted_under_its_own_names),
        cmocka_unit_test(ca_and_server_certificate_are_what_the_header_says),
        cmocka_unit_test(renewed_under_the_same_ca),
        cmocka_unit_test(a_ca_that_cannot_sign_is_refused),
        cmocka_unit_test(names_that_are_none_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
