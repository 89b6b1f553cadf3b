/* SPDX-License-Identifier: Apache-2.0 */
#include "format/appraisal_policy.h"

#include <stdio.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "format/test_edit.h"
#include "kit/arena.h"
#include "kit/text.h"

enum { ROOM = 1 << 20 };

#define SGX "3123ec35-8d38-4ea5-87a5-d6c48b567570"
#define TDX_1_0 "9eec018b-7481-4b1c-8e1a-9f7c0c8c777f"
#define TDX_1_5 "f708b97f-0fb2-4e6b-8b03-8a5bcd1221d3"
#define TD_QE "3769258c-75e6-4bc7-8d72-d2b0e224cad2"
#define ENCLAVE "bef7cb8c-31aa-42c1-854c-10db005d5c41"

#define POLICY(ID) \
    "{\\\"environment\\\":{\\\"class_id\\\":\\\"" ID "\\\"},\\\"reference\\\":{}}"
#define PAYLOAD(POLICIES) \
    "{\"policy_payload\":\"{\\\"policy_array\\\":[" POLICIES "]}\",\"more\":[1]}"
#define GOOD PAYLOAD(POLICY(SGX))
#define UNSIGNED "{\"alg\":\"none\"}"

static void add_base64url(struct buf *out, struct bytes b)
{
    struct buf plain;

    buf_init(&plain, ROOM);
    base64_add(&plain, b);
    for (size_t i = 0; i < plain.len && plain.at[i] != '='; i++)
        buf_add_byte(out, plain.at[i] == '+'   ? '-'
                          : plain.at[i] == '/' ? '_'
                                               : plain.at[i]);
    buf_fini(&plain);
}

/* The JWS of a header, a payload and a signature of so many bytes. */
static struct buf jws_of(const char *header, const char *payload, size_t signature_len)
{
    static const uint8_t signature[128] = { [63] = 0x63, [95] = 0x95 };
    struct buf out;

    buf_init(&out, ROOM);
    add_base64url(&out, bytes_of_text(header));
    buf_add_text(&out, ".");
    add_base64url(&out, bytes_of_text(payload));
    buf_add_text(&out, ".");
    add_base64url(&out, bytes_of(signature, signature_len));
    return out;
}

struct reading {
    struct arena arena;
    struct appraisal_policy policy;
    struct error err;
    bool ok;
};

static void read_policy(struct reading *r, struct bytes jws)
{
    *r = (struct reading){ .ok = false };
    arena_init(&r->arena, ROOM);
    r->ok = appraisal_policy_parse(jws, &r->arena, &r->policy, &r->err);
}

static void a_policy_says_what_it_is_about(void **state)
{
    static const struct {
        const char *claim, *payload;
        unsigned tees;
    } cases[] = {
        { "SGX", GOOD, POLICY_SGX },
        { "TDX 1.0", PAYLOAD(POLICY(TDX_1_0)), POLICY_TDX_1_0 },
        { "TDX 1.5 and its QE", PAYLOAD(POLICY(TDX_1_5) "," POLICY(TD_QE)),
          POLICY_TDX_1_5 | POLICY_TD_QE },
        { "the QE first", PAYLOAD(POLICY(TD_QE) "," POLICY(TDX_1_0)),
          POLICY_TDX_1_0 | POLICY_TD_QE },
        { "several", PAYLOAD(POLICY(SGX) "," POLICY(TDX_1_0) "," POLICY(TDX_1_5)),
          POLICY_SGX | POLICY_TDX_1_0 | POLICY_TDX_1_5 },
        { "in upper case", PAYLOAD(POLICY("3123EC35-8D38-4EA5-87A5-D6C48B567570")),
          POLICY_SGX },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf jws = jws_of(UNSIGNED, cases[i].payload, 0);
        struct reading r;
        read_policy(&r, buf_bytes(&jws));
        if (!r.ok)
            fail_msg("%s: %s", cases[i].claim, r.err.text);
        assert_int_equal(r.policy.tees, cases[i].tees);
        arena_fini(&r.arena);
        buf_fini(&jws);
    }
}

static void a_policy_says_how_it_is_signed(void **state)
{
    static const struct {
        const char *header;
        size_t signature_len;
        enum jws_algorithm algorithm;
        size_t kept_len;
    } cases[] = {
        { UNSIGNED, 0, JWS_NONE, 0 },
        { "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"x\"}", 64, JWS_ES256, 64 },
        { "{\"alg\":\"ES384\",\"x5c\":[\"a\"]}", 96, JWS_ES384, 96 },
        { "{\"alg\":\"RS256\"}", 128, JWS_OTHER, 0 },
        { "{\"alg\":\"None\"}", 0, JWS_OTHER, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf jws = jws_of(cases[i].header, GOOD, cases[i].signature_len);
        struct reading r;
        buf_add_text(&jws, i == 0 ? "\r\n" : ""); /* as files end */
        read_policy(&r, buf_bytes(&jws));
        assert_ok(r.ok, r.err);
        assert_int_equal(r.policy.algorithm, cases[i].algorithm);
        assert_int_equal(r.policy.signature_len, cases[i].kept_len);
        assert_ptr_equal(r.policy.signed_part.at, jws.at);
        assert_int_equal(jws.at[r.policy.signed_part.len], '.');
        if (cases[i].kept_len > 0)
            assert_int_equal(r.policy.signature[cases[i].kept_len - 1],
                             cases[i].kept_len == 64 ? 0x63 : 0x95);
        arena_fini(&r.arena);
        buf_fini(&jws);
    }
}

static void what_is_no_policy_is_refused_by_its_part(void **state)
{
    static const struct {
        const char *claim, *header, *payload;
        size_t signature_len;
        const char *refusal;
    } cases[] = {
        { "a class that nobody knows", UNSIGNED,
          PAYLOAD(POLICY("3123ec35-8d38-4ea5-87a5-d6c48b567571")), 0,
          "payload: policy_payload: policy_array[0].environment.class_id, at byte 44: "
          "\"3123ec35-8d38-4ea5-87a5-d6c48b567571\" is no class that is known" },
        { "an unknown class behind a known", UNSIGNED,
          PAYLOAD(POLICY(SGX) "," POLICY("x")), 0, "policy_array[1]" },
        { "an enclave's", UNSIGNED, PAYLOAD(POLICY(ENCLAVE)), 0,
          "is about an enclave: no policy of a platform" },
        { "the TD-QE's alone", UNSIGNED, PAYLOAD(POLICY(TD_QE)), 0,
          "no policy about a platform for SGX or TDX" },
        { "no policies", UNSIGNED, PAYLOAD(""), 0,
          "no policy about a platform for SGX or TDX" },
        { "no class", UNSIGNED, PAYLOAD("{\\\"environment\\\":{}}"), 0,
          "policy_array[0].environment, at byte 32: lacks \"class_id\"" },
        { "no environment", UNSIGNED, PAYLOAD("{}"), 0, "lacks \"environment\"" },
        { "no array", UNSIGNED, "{\"policy_payload\":\"{}\"}", 0,
          "payload: policy_payload: at byte 0: lacks \"policy_array\"" },
        { "a payload that is no text", UNSIGNED, "{\"policy_payload\":{}}", 0,
          "payload: policy_payload, at byte 18: expected a string" },
        { "a payload of another kind", UNSIGNED, "{\"sub\":\"me\"}", 0,
          "payload: at byte 0: lacks \"policy_payload\"" },
        { "a payload that is no JSON", UNSIGNED, "policy", 0, "payload: at byte 0" },
        { "no payload", UNSIGNED, "", 0, "payload: at byte 0" },
        { "no algorithm", "{\"typ\":\"JWT\"}", GOOD, 0,
          "header: at byte 0: lacks \"alg\"" },
        { "an extension that must be understood",
          "{\"alg\":\"none\",\"crit\":[\"b64\"],\"b64\":false}", GOOD, 0,
          "header: crit, at byte 14: no extension is understood" },
        { "no header", "", GOOD, 0, "header: at byte 0" },
        { "a signature of nobody", UNSIGNED, GOOD, 64,
          "signature of 64 bytes, none has 0" },
        { "no signature", "{\"alg\":\"ES256\"}", GOOD, 0,
          "signature of 0 bytes, ES256 has 64" },
        { "a signature of 63 bytes", "{\"alg\":\"ES256\"}", GOOD, 63, "ES256 has 64" },
        { "a signature of 65 bytes", "{\"alg\":\"ES256\"}", GOOD, 65, "ES256 has 64" },
        { "ES256's under ES384", "{\"alg\":\"ES384\"}", GOOD, 64, "ES384 has 96" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf jws =
            jws_of(cases[i].header, cases[i].payload, cases[i].signature_len);
        struct reading r;
        read_policy(&r, buf_bytes(&jws));
        if (r.ok)
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(r.err, ERROR_FORMAT, "appraisal policy: ");
        assert_refused(r.err, ERROR_FORMAT, cases[i].refusal);
        assert_int_equal(r.policy.tees, 0);
        arena_fini(&r.arena);
        buf_fini(&jws);
    }
}

static void the_compact_form_has_one_spelling(void **state)
{
    static const struct {
        const char *claim, *jws, *refusal;
    } cases[] = {
        { "nothing", "", "0 dots, expected 2" },
        { "two segments", "e30.e30", "1 dots, expected 2" },
        { "four segments", "e30.e30..", "3 dots, expected 2" },
        { "JSON serialization", "{\"payload\":\"e30\"}", "0 dots, expected 2" },
        { "padding", "e30=.e30.", "header: no base64url without padding" },
        { "blanks", "e30.e 30.", "payload: no base64url without padding" },
        { "the other alphabet", "e30.e/+0.", "payload: no base64url without padding" },
        { "a line end inside", "e30\n.e30.", "header: no base64url without padding" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r;
        read_policy(&r, bytes_of_text(cases[i].jws));
        if (r.ok)
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(r.err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&r.arena);
    }
    struct buf jws = jws_of("{\"alg\":\"RS256\"}", GOOD, 0);
    struct reading r;
    buf_add_text(&jws, "A");
    read_policy(&r, buf_bytes(&jws));
    assert_refused(r.err, ERROR_FORMAT, "signature: no base64url without padding");
    arena_fini(&r.arena);
    buf_fini(&jws);
}

static void a_policy_and_its_memory_have_limits(void **state)
{
    struct buf jws = jws_of(UNSIGNED, GOOD, 0);
    struct reading r;
    bool fitted = false;

    (void)state;
    for (size_t ceiling = 0; ceiling <= 16 * 1024; ceiling += 256) {
        arena_init(&r.arena, ceiling);
        r.ok = appraisal_policy_parse(buf_bytes(&jws), &r.arena, &r.policy, &r.err);
        if (!r.ok)
            assert_refused(r.err, ERROR_LIMIT, "no memory left");
        assert_true(r.ok || !fitted);
        fitted = r.ok;
        arena_fini(&r.arena);
    }
    assert_true(fitted);
    while (jws.len < APPRAISAL_POLICY_MAX)
        buf_add_byte(&jws, '\n');
    read_policy(&r, buf_bytes(&jws));
    assert_ok(r.ok, r.err);
    arena_fini(&r.arena);
    buf_add_byte(&jws, '\n');
    read_policy(&r, buf_bytes(&jws));
    assert_refused(r.err, ERROR_LIMIT, "appraisal policy of 262145 bytes, at most");
    arena_fini(&r.arena);
    buf_fini(&jws);
}

static void every_cut_is_refused(void **state)
{
    struct buf jws = jws_of("{\"alg\":\"ES256\"}", GOOD, 64);

    (void)state;
    for (size_t len = 0; len < jws.len; len++) {
        uint8_t *cut = exact_copy(bytes_first(buf_bytes(&jws), len));
        struct reading r;
        read_policy(&r, bytes_of(cut, len));
        assert_false(r.ok);
        assert_int_equal(r.err.kind, ERROR_FORMAT);
        arena_fini(&r.arena);
        free(cut);
    }
    buf_fini(&jws);
}

static void add_bio(struct buf *out, BIO *bio)
{
    char *at;
    long len = BIO_get_mem_data(bio, &at);

    buf_add(out, bytes_of(at, (size_t)len));
    BIO_free(bio);
}

static struct buf public_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    struct buf out;

    buf_init(&out, ROOM);
    assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    add_bio(&out, bio);
    return out;
}

/* A certificate of the key, signed with it as its curve wants. */
static struct buf certificate_pem(EVP_PKEY *key, const EVP_MD *digest)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509 *certificate = X509_new();
    struct buf out;

    buf_init(&out, ROOM);
    assert_int_equal(X509_set_version(certificate, 2), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"Policies", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_sign(certificate, key, digest) > 0);
    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    X509_free(certificate);
    add_bio(&out, bio);
    return out;
}

static struct policy_key read_key(struct buf *pem)
{
    struct error err = { 0 };
    struct policy_key key;
    struct arena arena;

    arena_init(&arena, ROOM);
    assert_ok(policy_key_read(buf_bytes(pem), &arena, &key, &err), err);
    arena_fini(&arena);
    buf_fini(pem);
    return key;
}

/* GOOD, signed: header and payload, then r and s as RFC 7518, 3.4, has them. */
static struct buf signed_jws(EVP_PKEY *key, const char *header, const EVP_MD *digest,
                             int half_len)
{
    struct buf jws = jws_of(header, GOOD, 0);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[160], raw[96];
    size_t der_len = sizeof der;

    jws.len--; /* the second dot */
    assert_int_equal(EVP_DigestSignInit(context, NULL, digest, NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, der, &der_len, jws.at, jws.len), 1);
    EVP_MD_CTX_free(context);
    const uint8_t *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    assert_non_null(pair);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, half_len);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + half_len, half_len);
    ECDSA_SIG_free(pair);
    buf_add_text(&jws, ".");
    add_base64url(&jws, bytes_of(raw, 2 * (size_t)half_len));
    return jws;
}

static const struct {
    const char *header, *curve;
    int half_len;
    bool is_p384;
} curves[] = {
    { "{\"alg\":\"ES256\"}", "P-256", 32, false },
    { "{\"alg\":\"ES384\"}", "P-384", 48, true },
};

static void a_key_is_read_out_of_pem_and_out_of_a_certificate(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(curves); i++) {
        EVP_PKEY *made = EVP_EC_gen(curves[i].curve);
        const EVP_MD *digest = curves[i].is_p384 ? EVP_sha384() : EVP_sha256();
        struct buf pem = public_pem(made), certificate = certificate_pem(made, digest);
        uint8_t point[97];
        size_t point_len;
        struct policy_key a = read_key(&pem), b = read_key(&certificate);
        assert_int_equal(EVP_PKEY_get_octet_string_param(made, "encoded-pub-key", point,
                                                         sizeof point, &point_len),
                         1);
        assert_int_equal(a.is_p384, curves[i].is_p384);
        assert_int_equal(b.is_p384, curves[i].is_p384);
        assert_memory_equal(a.point, point + 1, point_len - 1);
        assert_memory_equal(b.point, point + 1, point_len - 1);
        EVP_PKEY_free(made);
    }
}

static void a_key_of_another_kind_is_refused(void **state)
{
    static const struct {
        const char *claim, *pem, *refusal;
    } cases[] = {
        { "nothing", "", "policy key: PEM: no \"-----BEGIN \"" },
        { "a private key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
          "policy key: PEM: a block of PRIVATE KEY, expected PUBLIC KEY" },
        { "no DER", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
          "policy key: subjectPublicKeyInfo" },
        { "a certificate that is none",
          "-----BEGIN CERTIFICATE-----\nMAIwAA==\n-----END CERTIFICATE-----",
          "policy key: version" },
    };
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    struct buf pem = public_pem(rsa);
    struct error err = { 0 };
    struct policy_key key;
    struct arena arena;

    (void)state;
    arena_init(&arena, ROOM);
    assert_false(policy_key_read(buf_bytes(&pem), &arena, &key, &err));
    assert_refused(err, ERROR_FORMAT, "policy key: an RSA key");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (policy_key_read(bytes_of_text(cases[i].pem), &arena, &key, &err))
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
    }
    arena_fini(&arena);
    buf_fini(&pem);
    EVP_PKEY_free(rsa);
}

static void a_policy_is_taken_from_who_may_sign_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(curves); i++) {
        EVP_PKEY *made = EVP_EC_gen(curves[i].curve),
                 *other = EVP_EC_gen(curves[i].curve);
        EVP_PKEY *odd = EVP_EC_gen(curves[1 - i].curve);
        struct buf pems[] = { public_pem(odd), public_pem(other), public_pem(made) };
        struct policy_key keys[] = { read_key(&pems[0]), read_key(&pems[1]),
                                     read_key(&pems[2]) };
        struct buf jws =
            signed_jws(made, curves[i].header, i == 0 ? EVP_sha256() : EVP_sha384(),
                       curves[i].half_len);
        struct error err = { 0 };
        struct reading r;
        read_policy(&r, buf_bytes(&jws));
        assert_ok(r.ok, r.err);
        assert_ok(appraisal_policy_verify(&r.policy, keys, 3, &err), err);
        assert_false(appraisal_policy_verify(&r.policy, keys, 2, &err));
        assert_refused(err, ERROR_UNTRUSTED, "none of 2 policy keys has signed it");
        assert_false(appraisal_policy_verify(&r.policy, keys, 0, &err));
        assert_refused(err, ERROR_UNTRUSTED, "none of 0 policy keys");
        r.policy.signature[0] ^= 1;
        assert_false(appraisal_policy_verify(&r.policy, keys, 3, &err));
        r.policy.signature[0] ^= 1;
        jws.at[3] ^= 1;
        assert_false(appraisal_policy_verify(&r.policy, keys, 3, &err));
        assert_refused(err, ERROR_UNTRUSTED, "none of 3 policy keys has signed it");
        arena_fini(&r.arena);
        buf_fini(&jws);
        EVP_PKEY_free(made);
        EVP_PKEY_free(other);
        EVP_PKEY_free(odd);
    }
}

static void what_is_signed_otherwise_is_not_trusted(void **state)
{
    static const struct {
        const char *header, *refusal;
    } cases[] = {
        { UNSIGNED, "not signed (alg \"none\")" },
        { "{\"alg\":\"HS256\"}", "signed with neither ES256 nor ES384" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf jws = jws_of(cases[i].header, GOOD, 0);
        const struct policy_key key = { .is_p384 = true };
        struct error err = { 0 };
        struct reading r;
        read_policy(&r, buf_bytes(&jws));
        assert_ok(r.ok, r.err);
        assert_false(appraisal_policy_verify(&r.policy, &key, 1, &err));
        assert_refused(err, ERROR_UNTRUSTED, cases[i].refusal);
        arena_fini(&r.arena);
        buf_fini(&jws);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_says_what_it_is_about),
        cmocka_unit_test(a_policy_says_how_it_is_signed),
        cmocka_unit_test(what_is_no_policy_is_refused_by_its_part),
        cmocka_unit_test(the_compact_form_has_one_spelling),
        cmocka_unit_test(a_policy_and_its_memory_have_limits),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(a_key_is_read_out_of_pem_and_out_of_a_certificate),
        cmocka_unit_test(a_key_of_another_kind_is_refused),
        cmocka_unit_test(a_policy_is_taken_from_who_may_sign_it),
        cmocka_unit_test(what_is_signed_otherwise_is_not_trusted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
