/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/der_out.h"

#include <openssl/asn1.h>
#include <openssl/x509v3.h>

#include "sim/test_verify.h"

static void a_length_takes_as_many_bytes_as_it_must(void **state)
{
    static const struct {
        size_t len;
        const char *head;
    } cases[] = {
        { 0, "0400" },     { 127, "047f" },     { 128, "048180" },
        { 255, "0481ff" }, { 256, "04820100" }, { 40000, "04829c40" },
    };
    static uint8_t content[40000];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t head_len = strlen(cases[i].head) / 2;
        struct buf out;

        buf_init(&out, 65536);
        der_put(&out, DER_OCTET_STRING, content, cases[i].len);
        assert_int_equal(out.len, head_len + cases[i].len);
        assert_string_equal(hex(out.at, head_len).s, cases[i].head);
        buf_fini(&out);
    }
}

static void an_integer_is_short_and_positive(void **state)
{
    static const struct {
        uint64_t value;
        const char *der;
    } cases[] = {
        { 0, "020100" },           { 127, "02017f" },        { 128, "02020080" },
        { 0x10001, "0203010001" }, { 0x8000, "0203008000" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;

        buf_init(&out, 64);
        der_put_integer(&out, cases[i].value);
        assert_string_equal(hex(out.at, out.len).s, cases[i].der);
        buf_fini(&out);
    }
}

static void a_time_is_utc_time_before_2050(void **state)
{
    static const struct {
        const char *time, *text;
        uint8_t tag;
    } cases[] = {
        { "2049-12-31T23:59:59Z", "491231235959Z", DER_UTC_TIME },
        { "2050-01-01T00:00:00Z", "20500101000000Z", DER_GENERALIZED_TIME },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;

        buf_init(&out, 64);
        der_put_time(&out, test_time(cases[i].time));
        assert_int_equal(out.at[0], cases[i].tag);
        assert_string_equal(buf_text(&out) + 2, cases[i].text);
        buf_fini(&out);
    }
}

static void openssl_reads_a_distribution_point(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 256);
    der_put_crl_distribution_point(&out, "https://somewhere/crl");
    const uint8_t *at = out.at;
    X509_EXTENSION *extension = d2i_X509_EXTENSION(NULL, &at, (long)out.len);
    assert_non_null(extension);
    assert_ptr_equal(at, out.at + out.len);
    STACK_OF(DIST_POINT) *points = X509V3_EXT_d2i(extension);
    assert_non_null(points);
    assert_int_equal(sk_DIST_POINT_num(points), 1);
    const GENERAL_NAMES *names = sk_DIST_POINT_value(points, 0)->distpoint->name.fullname;
    const ASN1_IA5STRING *uri =
        sk_GENERAL_NAME_value(names, 0)->d.uniformResourceIdentifier;
    assert_string_equal((const char *)ASN1_STRING_get0_data(uri),
                        "https://somewhere/crl");
    CRL_DIST_POINTS_free(points);
    X509_EXTENSION_free(extension);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_takes_as_many_bytes_as_it_must),
        cmocka_unit_test(an_integer_is_short_and_positive),
        cmocka_unit_test(a_time_is_utc_time_before_2050),
        cmocka_unit_test(openssl_reads_a_distribution_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
