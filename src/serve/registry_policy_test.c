/* SPDX-License-Identifier: Apache-2.0 */
/* Appraisal policies, put and read over real sockets. */
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "kit/file.h"
#include "serve/test_registry_store.h"

#define SGX "3123ec35-8d38-4ea5-87a5-d6c48b567570"
#define TDX "f708b97f-0fb2-4e6b-8b03-8a5bcd1221d3"
#define FMSPC "00906EA10000"

enum { ROOM = 64 * 1024 };

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

static void sign(struct buf *jws, EVP_PKEY *key)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[128], raw[64];
    size_t len = sizeof der;
    const uint8_t *at = der;

    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, der, &len, jws->at, jws->len), 1);
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)len);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + 32, 32), 32);
    ECDSA_SIG_free(signature);
    EVP_MD_CTX_free(context);
    buf_add_text(jws, ".");
    add_base64url(jws, bytes_of(raw, sizeof raw));
}

/* Of one TEE, with something in it that tells it from others; unsigned where key is NULL.
 */
static struct buf policy_of(const char *class_id, int number, EVP_PKEY *key)
{
    char payload[512];
    struct buf jws;

    snprintf(payload, sizeof payload,
             "{\"policy_payload\":\"{\\\"policy_array\\\":[{\\\"environment\\\":{"
             "\\\"class_id\\\":\\\"%s\\\"},\\\"reference\\\":{}}]}\",\"number\":%d}",
             class_id, number);
    buf_init(&jws, ROOM);
    add_base64url(
        &jws, bytes_of_text(key != NULL ? "{\"alg\":\"ES256\"}" : "{\"alg\":\"none\"}"));
    buf_add_text(&jws, ".");
    add_base64url(&jws, bytes_of_text(payload));
    if (key != NULL)
        sign(&jws, key);
    else
        buf_add_text(&jws, ".");
    return jws;
}

static struct test_answer put(const struct registry_house *house, const char *fmspc,
                              bool is_default, const struct buf *policy)
{
    struct buf body;

    buf_init(&body, ROOM);
    buf_addf(&body, "{\"is_default\":%s,\"fmspc\":\"%s\",\"policy\":\"%s\"}",
             is_default ? "true" : "false", fmspc, buf_text(policy));
    struct test_answer answer =
        house_ask(house, "PUT", V4 "appraisalpolicy", ADMIN, buf_text(&body));
    buf_fini(&body);
    return answer;
}

static void check_put(const struct registry_house *house, const char *fmspc,
                      bool is_default, const struct buf *policy)
{
    struct test_answer answer = put(house, fmspc, is_default, policy);
    struct sha384 id = sha384(buf_bytes(policy));

    house_expect(&answer, "put", 200, "");
    assert_true(bytes_equal_text(answer.body, hex(id.digest, sizeof id.digest).s));
    test_forget(&answer);
}

static void check_get(const struct registry_house *house, const char *expected)
{
    struct test_answer answer =
        house_ask(house, "GET", V4 "appraisalpolicy?fmspc=" FMSPC, "", "");

    house_expect(&answer, "get", 200, "");
    assert_true(bytes_equal_text(answer.body, expected));
    assert_string_equal(test_header(&answer, "Cache-Control"), "max-age=3600");
    test_forget(&answer);
}

static void defaults_of_sgx_and_tdx_stand_side_by_side(void **state)
{
    struct buf sgx = policy_of(SGX, 1, NULL), newer = policy_of(SGX, 2, NULL);
    struct buf tdx = policy_of(TDX, 1, NULL), other = policy_of(SGX, 3, NULL);
    struct registry_house house;
    struct buf both;

    (void)state;
    buf_init(&both, ROOM);
    house_open(&house, FILL_LAZY);
    house_check(&house, "none yet", "GET", V4 "appraisalpolicy?fmspc=" FMSPC, "", "", 404,
                "no_policy");
    check_put(&house, FMSPC, true, &sgx);
    check_get(&house, buf_text(&sgx));
    check_put(&house, FMSPC, true, &tdx);
    check_put(&house, FMSPC, true, &newer);
    check_put(&house, FMSPC, false, &other);
    buf_addf(&both, "%s,%s", buf_text(&newer), buf_text(&tdx));
    check_get(&house, buf_text(&both));
    house_check(&house, "of another FMSPC", "GET",
                V4 "appraisalpolicy?fmspc=30606a000000", "", "", 404, "no_policy");
    house_check_audit(&house, "kept for 00906ea10000 as default\n");
    house_close(&house);
    buf_fini(&both);
    buf_fini(&other);
    buf_fini(&tdx);
    buf_fini(&newer);
    buf_fini(&sgx);
}

static void what_is_no_policy_is_refused_by_name(void **state)
{
    static const struct {
        const char *body, *said;
    } cases[] = {
        { "{\"fmspc\":\"00906EA10000\",\"policy\":\"x\"}", "is_default" },
        { "{\"is_default\":true,\"fmspc\":\"0090\",\"policy\":\"x\"}", "fmspc" },
        { "{\"is_default\":true,\"fmspc\":\"00906EA10000\",\"policy\":\"x\"}", "" },
        { "{\"is_default\":1,\"fmspc\":\"00906EA10000\",\"policy\":\"x\"}",
          "is_default" },
        { "nonsense", "" },
    };
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer =
            house_ask(&house, "PUT", V4 "appraisalpolicy", ADMIN, cases[i].body);
        house_expect(&answer, cases[i].body, 400, "malformed");
        if (strstr(buf_text(&answer.text), cases[i].said) == NULL)
            fail_msg("%s: %s", cases[i].body, buf_text(&answer.text));
        test_forget(&answer);
    }
    house_check(&house, "no FMSPC", "GET", V4 "appraisalpolicy", "", "", 400,
                "malformed");
    house_close(&house);
}

static void write_key(const struct registry_house *house, EVP_PKEY *key, char path[256])
{
    BIO *memory = BIO_new(BIO_s_mem());
    struct error err = { 0 };
    char *text;

    assert_int_equal(PEM_write_bio_PUBKEY(memory, key), 1);
    long len = BIO_get_mem_data(memory, &text);
    snprintf(path, 256, "%s/policy.pem", house->stock.directory);
    assert_ok(file_write(path, bytes_of(text, (size_t)len), 0600, &err), err);
    BIO_free(memory);
}

static void with_keys_configured_only_they_may_sign(void **state)
{
    EVP_PKEY *ours = EVP_EC_gen("P-256"), *theirs = EVP_EC_gen("P-256");
    struct buf good = policy_of(SGX, 1, ours), bad = policy_of(SGX, 2, theirs);
    struct buf unsigned_one = policy_of(SGX, 3, NULL);
    struct registry_house house;
    char path[256];

    (void)state;
    house_prepare(&house);
    write_key(&house, ours, path);
    house.config.intel.policy_keys[0] = path;
    house.config.intel.policy_key_count = 1;
    house_start(&house);
    check_put(&house, FMSPC, true, &good);
    struct test_answer answer = put(&house, FMSPC, true, &bad);
    house_expect(&answer, "signed by others", 460, "untrusted");
    test_forget(&answer);
    answer = put(&house, FMSPC, true, &unsigned_one);
    house_expect(&answer, "unsigned", 460, "untrusted");
    test_forget(&answer);
    check_get(&house, buf_text(&good));
    house_close(&house);
    buf_fini(&unsigned_one);
    buf_fini(&bad);
    buf_fini(&good);
    EVP_PKEY_free(theirs);
    EVP_PKEY_free(ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_of_sgx_and_tdx_stand_side_by_side),
        cmocka_unit_test(what_is_no_policy_is_refused_by_name),
        cmocka_unit_test(with_keys_configured_only_they_may_sign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
