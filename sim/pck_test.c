/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pck.h"

#include <openssl/x509v3.h>

#include "sim/documents.h"
#include "sim/test_verify.h"

#define NOW "2025-06-20T12:00:00Z"
#define ORDINARY "2024-06-20T00:00:00Z"
#define LEVEL 17

static struct pki *pki, *impostor;
static struct platforms *platforms;
static struct pck_mint *mint;

static struct buf minted(uint32_t platform, unsigned level, enum pck_oddity how)
{
    const struct pck_order order = { .platform = platform,
                                     .level = level,
                                     .disclosed_s = test_time("2025-05-14T00:00:00Z"),
                                     .now_s = test_time(NOW),
                                     .how = how };
    struct error err = { .kind = ERROR_NONE };
    struct buf der;

    buf_init(&der, PCK_CERTIFICATE_MAX);
    assert_ok(pck_mint(mint, &order, &der, &err), err);
    return der;
}

/* A certificate that is DER to its end; the caller's. */
static X509 *read_der(struct bytes der)
{
    const uint8_t *at = der.at;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.len);

    assert_non_null(certificate);
    assert_ptr_equal(at, der.at + der.len);
    return certificate;
}

static X509 *read_minted(uint32_t platform, unsigned level, enum pck_oddity how)
{
    struct buf der = minted(platform, level, how);
    X509 *certificate = read_der(buf_bytes(&der));

    buf_fini(&der);
    return certificate;
}

static X509 *authority(const struct pki *of, enum pki_role role)
{
    struct error err = { .kind = ERROR_NONE };
    struct buf pem;

    buf_init(&pem, WORLD_CHAIN_MAX);
    assert_ok(pki_certificate(of, role, &pem, &err), err);
    X509 *certificate = test_certificate(buf_bytes(&pem), 0);
    buf_fini(&pem);
    return certificate;
}

static enum pki_role role_of(uint32_t platform)
{
    return platform_ca(platform) == WORLD_PLATFORM ? PKI_PLATFORM_CA : PKI_PROCESSOR_CA;
}

static void a_certificate_is_its_cas(void **state)
{
    (void)state;
    for (uint32_t platform = 0; platform < 8; platform++) {
        X509 *ca = authority(pki, role_of(platform));
        X509 *other = authority(pki, role_of(platform + 1));
        X509 *certificate = read_minted(platform, LEVEL, PCK_STRAIGHT);

        assert_int_equal(X509_check_issued(ca, certificate), X509_V_OK);
        assert_int_equal(X509_verify(certificate, X509_get0_pubkey(ca)), 1);
        assert_int_not_equal(X509_verify(certificate, X509_get0_pubkey(other)), 1);
        assert_int_equal(X509_check_ca(certificate), 0);
        assert_int_equal(X509_get_key_usage(certificate),
                         KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION);
        X509_free(certificate);
        X509_free(other);
        X509_free(ca);
    }
}

struct sgx_hex {
    char s[2048];
};

/* The whole value of the SGX extension. */
static struct sgx_hex sgx_hex(const X509 *certificate)
{
    struct sgx_hex digits;
    ASN1_OBJECT *oid = OBJ_txt2obj("1.2.840.113741.1.13.1", 1);
    int place = X509_get_ext_by_OBJ(certificate, oid, -1);
    X509_EXTENSION *extension = X509_get_ext(certificate, place);
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    struct buf text;

    assert_int_equal(place, 5); /* after AKI, CDP, SKI, keyUsage, basicConstraints */
    buf_init(&text, sizeof digits.s);
    hex_add(&text,
            bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)));
    snprintf(digits.s, sizeof digits.s, "%s", buf_text(&text));
    buf_fini(&text);
    ASN1_OBJECT_free(oid);
    return digits;
}

#define SGX "060a2a864886f84d010d01"

/* What every entry of the extension is, as Intel's certificates encode it. */
static void the_sgx_extension_tells_the_platform(void **state)
{
    struct {
        const char *claim, *entry;
        bool of_single, of_multi;
    } cases[] = {
        { "length of five entries", "308201c1301e" SGX "010410", true, false },
        { "length of seven entries", "30820227301e" SGX "010410", false, true },
        { "component 1", "3010060b2a864886f84d010d010201020111", true, true },
        { "component 3", "3010060b2a864886f84d010d010203020100", true, true },
        { "component 6, which is 255", "3011060b2a864886f84d010d010206020200ff", true,
          true },
        { "component 16", "3010060b2a864886f84d010d010210020100", true, true },
        { "PCESVN", "3010060b2a864886f84d010d010211020110", true, true },
        { "CPUSVN",
          "301f060b2a864886f84d010d010212041011110003"
          "03ff00020000000000000000",
          true, true },
        { "PCE-ID", "3010" SGX "0304020000", true, true },
        { "FMSPC of a server", "3014" SGX "04040630606a000000", true, false },
        { "FMSPC of a client", "3014" SGX "04040600906ed50000", false, true },
        { "standard", "300f" SGX "050a0100", true, false },
        { "scalable", "300f" SGX "050a0101", false, true },
        { "platform instance ID", "301e" SGX "060410", false, true },
        { "configuration",
          "3044" SGX "073036"
          "3010060b2a864886f84d010d0107010101ff"
          "3010060b2a864886f84d010d010702010100"
          "3010060b2a864886f84d010d0107030101ff",
          false, true },
    };
    X509 *single = read_minted(0, LEVEL, PCK_STRAIGHT);
    X509 *multi = read_minted(1, LEVEL, PCK_STRAIGHT);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool of_single = strstr(sgx_hex(single).s, cases[i].entry) != NULL;
        bool of_multi = strstr(sgx_hex(multi).s, cases[i].entry) != NULL;
        if (of_single != cases[i].of_single || of_multi != cases[i].of_multi)
            fail_msg("%s: %d, %d in\n%s\n%s", cases[i].claim, of_single, of_multi,
                     sgx_hex(single).s, sgx_hex(multi).s);
    }
    X509_free(single);
    X509_free(multi);
}

static void directly_registered_keys_are_cached(void **state)
{
    (void)state;
    platform_register(platforms, 1, PLATFORM_DIRECT);
    X509 *certificate = read_minted(1, LEVEL, PCK_STRAIGHT);
    assert_non_null(
        strstr(sgx_hex(certificate).s, "3010060b2a864886f84d010d0107020101ff"));
    X509_free(certificate);
}

static void the_same_order_gives_the_same_bytes(void **state)
{
    (void)state;
    struct buf first = minted(7, LEVEL, PCK_STRAIGHT);
    struct buf again = minted(7, LEVEL, PCK_STRAIGHT);
    assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&again)));
    buf_fini(&again);
    buf_fini(&first);
}

static void levels_share_the_ppid_and_nothing_secret(void **state)
{
    X509 *one = read_minted(6, LEVEL, PCK_STRAIGHT);
    X509 *other = read_minted(6, LEVEL - 1, PCK_STRAIGHT);
    char ppid[33];

    (void)state;
    snprintf(ppid, sizeof ppid, "%s", strstr(sgx_hex(one).s, SGX "010410") + 28);
    assert_non_null(strstr(sgx_hex(other).s, ppid));
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(one), X509_get0_pubkey(other)), 0);
    assert_int_not_equal(
        ASN1_INTEGER_cmp(X509_get0_serialNumber(one), X509_get0_serialNumber(other)), 0);
    X509_free(one);
    X509_free(other);
}

static void the_serial_is_what_a_crl_would_name(void **state)
{
    uint8_t serial[PKI_SERIAL_LEN];
    X509 *certificate = read_minted(1, LEVEL, PCK_STRAIGHT);
    const ASN1_INTEGER *number = X509_get0_serialNumber(certificate);

    (void)state;
    pck_serial(platforms, 1, LEVEL, serial);
    assert_int_equal(ASN1_STRING_length(number), sizeof serial);
    assert_memory_equal(ASN1_STRING_get0_data(number), serial, sizeof serial);
    X509_free(certificate);
}

static void expect_validity(const X509 *certificate, const char *from, const char *to)
{
    assert_int_equal(
        ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate), (time_t)test_time(from)),
        0);
    assert_int_equal(
        ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate), (time_t)test_time(to)), 0);
}

static void an_odd_one_is_odd_in_one_way(void **state)
{
    X509 *ca = authority(pki, PKI_PROCESSOR_CA);
    X509 *false_ca = authority(impostor, PKI_PROCESSOR_CA);
    X509 *straight = read_minted(0, LEVEL, PCK_STRAIGHT);
    X509 *expired = read_minted(0, LEVEL, PCK_EXPIRED);
    X509 *future = read_minted(0, LEVEL, PCK_FUTURE);
    X509 *other = read_minted(0, LEVEL, PCK_OTHER_PPID);
    X509 *false_one = read_minted(0, LEVEL, PCK_IMPOSTOR);

    (void)state;
    expect_validity(straight, "2025-05-14T00:00:00Z", "2032-05-12T00:00:00Z");
    expect_validity(expired, "2018-06-12T00:00:00Z", "2025-06-10T00:00:00Z");
    expect_validity(future, "2025-06-22T00:00:00Z", "2032-06-20T00:00:00Z");
    assert_int_equal(X509_verify(expired, X509_get0_pubkey(ca)), 1);
    assert_int_equal(X509_verify(other, X509_get0_pubkey(ca)), 1);
    char ppid[33];
    snprintf(ppid, sizeof ppid, "%s", strstr(sgx_hex(straight).s, SGX "010410") + 28);
    assert_null(strstr(sgx_hex(other).s, ppid));
    assert_int_not_equal(X509_verify(false_one, X509_get0_pubkey(ca)), 1);
    assert_int_equal(X509_verify(false_one, X509_get0_pubkey(false_ca)), 1);
    struct buf der = minted(0, LEVEL, PCK_UNREADABLE);
    const uint8_t *at = der.at;
    assert_null(d2i_X509(NULL, &at, (long)der.len));
    buf_fini(&der);
    X509 *all[] = { ca, false_ca, straight, expired, future, other, false_one };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        X509_free(all[i]);
}

/* Beside a real one: the same extensions in the same order, as critical as there. */
static void it_has_the_extensions_of_intels(void **state)
{
    static const char *const real_ones[] = {
        "vectors/intel/pck/processor/00906ed50000-1414020401800e000000000000000000-pce13"
        ".der",
        "vectors/intel/pck/platform/00806f050000-09090202040100060000000000000000-pce11"
        ".der",
    };

    (void)state;
    if (test_shared(real_ones[0]) == NULL)
        skip();
    for (uint32_t i = 0; i < COUNT_OF(real_ones); i++) {
        struct buf der = test_shared_file(real_ones[i]);
        X509 *real = read_der(buf_bytes(&der)), *ours = read_minted(i, 17, PCK_STRAIGHT);

        assert_int_equal(
            X509_NAME_cmp(X509_get_subject_name(real), X509_get_subject_name(ours)), 0);
        assert_int_equal(
            X509_NAME_cmp(X509_get_issuer_name(real), X509_get_issuer_name(ours)), 0);
        assert_int_equal(X509_get_ext_count(real), X509_get_ext_count(ours));
        for (int e = 0; e < X509_get_ext_count(real); e++) {
            X509_EXTENSION *a = X509_get_ext(real, e), *b = X509_get_ext(ours, e);
            assert_int_equal(
                OBJ_cmp(X509_EXTENSION_get_object(a), X509_EXTENSION_get_object(b)), 0);
            assert_int_equal(X509_EXTENSION_get_critical(a),
                             X509_EXTENSION_get_critical(b));
        }
        X509_free(real);
        X509_free(ours);
        buf_fini(&der);
    }
}

static int open_mint(void **state)
{
    int64_t from_s = test_time("2018-06-20T00:00:00Z");
    int64_t to_s = test_time("2048-06-20T00:00:00Z");
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    return pki_create("test", from_s, to_s, &pki, &err)
                   && pki_create(NULL, from_s, to_s, &impostor, &err)
                   && platforms_open("test", 4, &platforms, &err)
                   && pck_mint_open(pki, impostor, platforms, test_time(ORDINARY), &mint,
                                    &err)
               ? 0
               : -1;
}

static int close_mint(void **state)
{
    (void)state;
    pck_mint_close(mint);
    platforms_close(platforms);
    pki_close(impostor);
    pki_close(pki);
    return 0;
}

#define in_a_mint(test) cmocka_unit_test_setup_teardown(test, open_mint, close_mint)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_mint(a_certificate_is_its_cas),
        in_a_mint(the_sgx_extension_tells_the_platform),
        in_a_mint(directly_registered_keys_are_cached),
        in_a_mint(the_same_order_gives_the_same_bytes),
        in_a_mint(levels_share_the_ppid_and_nothing_secret),
        in_a_mint(the_serial_is_what_a_crl_would_name),
        in_a_mint(an_odd_one_is_odd_in_one_way),
        in_a_mint(it_has_the_extensions_of_intels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
