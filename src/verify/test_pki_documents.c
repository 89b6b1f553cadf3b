/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "kit/text.h"
#include "verify/test_pki_parts.h"

/* CRLs */

static void crl_identify(X509_CRL *list, EVP_PKEY *issuer, uint32_t number)
{
    struct sha256 id = test_key_id(issuer);
    uint8_t authority[24] = { 0x30, 22, 0x80, 20 };
    ASN1_INTEGER *integer = ASN1_INTEGER_new();
    ASN1_OBJECT *object = OBJ_nid2obj(NID_authority_key_identifier);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();

    assert_true(integer != NULL && octets != NULL);
    test_serial_set(integer, number == 0 ? 1 : number);
    assert_int_equal(X509_CRL_add1_ext_i2d(list, NID_crl_number, integer, 0, 0), 1);
    ASN1_INTEGER_free(integer);
    memcpy(authority + 4, id.digest, 20);
    assert_int_equal(ASN1_OCTET_STRING_set(octets, authority, sizeof authority), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, octets);
    assert_int_equal(X509_CRL_add_ext(list, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(octets);
}

static void crl_revoke(X509_CRL *list, uint32_t serial, const ASN1_TIME *when)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *integer = ASN1_INTEGER_new();
    ASN1_TIME *time = ASN1_STRING_dup(when);

    assert_true(entry != NULL && integer != NULL && time != NULL);
    test_serial_set(integer, serial);
    X509_REVOKED_set_serialNumber(entry, integer);
    X509_REVOKED_set_revocationDate(entry, time);
    assert_int_equal(X509_CRL_add0_revoked(list, entry), 1);
    ASN1_TIME_free(time);
    ASN1_INTEGER_free(integer);
}

struct buf test_world_crl(const struct test_world *world, enum test_signer issuer,
                          const struct test_crl *crl)
{
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *from = test_time_make(crl->this_update_s);
    ASN1_TIME *until = test_time_make(crl->next_update_s);
    X509_NAME *name = crl->issuer_name == NULL
                          ? NULL
                          : test_name_make(crl->issuer_name, "Intel Corporation");
    uint8_t *der = NULL;
    struct buf out;

    assert_non_null(list);
    assert_int_equal(X509_CRL_set_version(list, X509_CRL_VERSION_2), 1);
    assert_int_equal(X509_CRL_set_issuer_name(
                         list, name != NULL
                                   ? name
                                   : X509_get_subject_name(world->certificates[issuer])),
                     1);
    X509_CRL_set1_lastUpdate(list, from);
    X509_CRL_set1_nextUpdate(list, until);
    for (size_t i = 0; i < crl->revoked_count; i++)
        crl_revoke(list, crl->revoked[i], from);
    crl_identify(list, world->keys[issuer], crl->number);
    assert_true(X509_CRL_sign(list, world->keys[issuer], EVP_sha256()) > 0);
    int len = i2d_X509_CRL(list, &der);
    test_der_keep(&out, der, len);
    X509_NAME_free(name);
    ASN1_TIME_free(until);
    ASN1_TIME_free(from);
    X509_CRL_free(list);
    return out;
}

/* Signed JSON */

void test_raw_signature(EVP_PKEY *key, struct bytes text, uint8_t out[64])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[128];
    size_t len = sizeof der;
    const uint8_t *next = der;

    assert_non_null(context);
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, der, &len, text.at, text.len), 1);
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &next, (long)len);
    assert_non_null(signature);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32), 32);
    ECDSA_SIG_free(signature);
    EVP_MD_CTX_free(context);
}

struct buf test_world_sign(const struct test_world *world, enum signed_json_kind kind,
                           struct bytes text)
{
    struct signed_json document = { .kind = kind, .signed_text = text };
    struct buf out;

    test_raw_signature(world->keys[TEST_TCB_SIGNING], text, document.signature);
    buf_init(&out, TEST_BODY_CEILING);
    signed_json_write(&out, &document);
    assert_false(out.failed);
    return out;
}

static void dates_put(struct buf *out, int64_t issue_date_s, int64_t next_update_s)
{
    buf_addf(out, "\"issueDate\":\"%s\",\"nextUpdate\":\"%s\",", utc(issue_date_s).s,
             utc(next_update_s).s);
}

static void components_put(struct buf *out, const char *name, unsigned svn)
{
    buf_addf(out, "\"%s\":[", name);
    for (unsigned i = 0; i < 16; i++)
        buf_addf(out, "%s{\"svn\":%u}", i == 0 ? "" : ",", i < 8 ? svn : 0);
    buf_add_text(out, "]");
}

static void level_put(struct buf *out, const struct collateral_key *key, unsigned svn,
                      const char *status)
{
    buf_add_text(out, "{\"tcb\":{");
    if (key->version == 2)
        for (unsigned i = 1; i <= 16; i++)
            buf_addf(out, "\"sgxtcbcomp%02usvn\":%u,", i, i <= 8 ? svn : 0);
    else
        components_put(out, "sgxtcbcomponents", svn);
    if (key->version != 2)
        buf_add_text(out, ",");
    buf_addf(out, "\"pcesvn\":%u", svn + 4);
    if (key->tee == TEE_TDX) {
        buf_add_text(out, ",");
        components_put(out, "tdxtcbcomponents", svn);
    }
    buf_addf(out,
             "},\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"%s\","
             "\"advisoryIDs\":[\"INTEL-SA-00615\"]}",
             status);
}

static void zeros_put(struct buf *out, const char *name, size_t digits)
{
    buf_addf(out, "\"%s\":\"", name);
    for (size_t i = 0; i < digits; i++)
        buf_add_byte(out, '0');
    buf_add_text(out, "\"");
}

static void tcb_info_put(struct buf *out, const struct collateral_key *key,
                         uint32_t number, int64_t issue_date_s, int64_t next_update_s)
{
    buf_add_text(out, "{");
    if (key->version != 2)
        buf_addf(out, "\"id\":\"%s\",", key->tee == TEE_TDX ? "TDX" : "SGX");
    buf_addf(out, "\"version\":%u,", key->version);
    dates_put(out, issue_date_s, next_update_s);
    buf_addf(out,
             "\"fmspc\":\"%s\",\"pceId\":\"0000\",\"tcbType\":0,"
             "\"tcbEvaluationDataNumber\":%u,",
             hex(key->fmspc, 6).s, (unsigned)number);
    if (key->tee == TEE_TDX) {
        buf_add_text(out, "\"tdxModule\":{");
        zeros_put(out, "mrsigner", 96);
        buf_add_text(out, ",");
        zeros_put(out, "attributes", 16);
        buf_add_text(out, ",");
        zeros_put(out, "attributesMask", 16);
        buf_add_text(out, "},");
    }
    buf_add_text(out, "\"tcbLevels\":[");
    level_put(out, key, 9, "UpToDate");
    buf_add_text(out, ",");
    level_put(out, key, 5, "OutOfDate");
    buf_add_text(out, "]}");
}

static void identity_put(struct buf *out, const struct collateral_key *key,
                         uint32_t number, int64_t issue_date_s, int64_t next_update_s)
{
    buf_addf(out, "{\"id\":\"%s\",\"version\":2,", enclave_id_name(key->enclave));
    dates_put(out, issue_date_s, next_update_s);
    buf_addf(out, "\"tcbEvaluationDataNumber\":%u,", (unsigned)number);
    zeros_put(out, "miscselect", 8);
    buf_add_text(out, ",\"miscselectMask\":\"FFFFFFFF\",");
    zeros_put(out, "attributes", 32);
    buf_add_text(out, ",\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",");
    zeros_put(out, "mrsigner", 64);
    buf_add_text(out, ",\"isvprodid\":1,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":8},"
                      "\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"},"
                      "{\"tcb\":{\"isvsvn\":6},\"tcbDate\":\"2021-11-10T00:00:00Z\","
                      "\"tcbStatus\":\"OutOfDate\"}]}");
}

static void numbers_put(struct buf *out, enum tee tee, const uint32_t *numbers,
                        size_t count, int64_t issue_date_s, int64_t next_update_s)
{
    buf_addf(out, "{\"id\":\"%s\",\"version\":1,", tee == TEE_TDX ? "TDX" : "SGX");
    dates_put(out, issue_date_s, next_update_s);
    buf_add_text(out, "\"tcbEvalNumbers\":[");
    for (size_t i = 0; i < count; i++)
        buf_addf(out,
                 "%s{\"tcbEvaluationDataNumber\":%u,"
                 "\"tcbRecoveryEventDate\":\"2024-03-12T00:00:00Z\","
                 "\"tcbDate\":\"2024-03-13T00:00:00Z\"}",
                 i == 0 ? "" : ",", (unsigned)numbers[i]);
    buf_add_text(out, "]}");
}

struct buf test_world_text(const struct collateral_key *key, int64_t issue_date_s,
                           int64_t next_update_s)
{
    static const uint32_t listed[] = { 20, 19, 18, 17, 16 };
    uint32_t number = key->evaluation_data_number == 0 ? 17 : key->evaluation_data_number;
    struct buf out;

    buf_init(&out, TEST_BODY_CEILING);
    if (key->kind == COLLATERAL_TCB_INFO)
        tcb_info_put(&out, key, number, issue_date_s, next_update_s);
    else if (key->kind == COLLATERAL_IDENTITY)
        identity_put(&out, key, number, issue_date_s, next_update_s);
    else
        numbers_put(&out, key->tee, listed, COUNT_OF(listed), issue_date_s,
                    next_update_s);
    assert_false(out.failed);
    return out;
}

struct buf test_world_number_list(const struct test_world *world, enum tee tee,
                                  const uint32_t *numbers, size_t count,
                                  int64_t issue_date_s, int64_t next_update_s)
{
    struct buf text;

    buf_init(&text, TEST_BODY_CEILING);
    numbers_put(&text, tee, numbers, count, issue_date_s, next_update_s);
    struct buf out = test_world_sign(world, SIGNED_EVALUATION_NUMBERS, buf_bytes(&text));
    buf_fini(&text);
    return out;
}

struct buf test_world_body(const struct test_world *world,
                           const struct collateral_key *key, int64_t issue_date_s,
                           int64_t next_update_s)
{
    static const enum signed_json_kind kinds[] = {
        [COLLATERAL_TCB_INFO] = SIGNED_TCB_INFO,
        [COLLATERAL_IDENTITY] = SIGNED_ENCLAVE_IDENTITY,
        [COLLATERAL_EVALUATION_NUMBERS] = SIGNED_EVALUATION_NUMBERS,
    };

    if (key->kind == COLLATERAL_ROOT_CRL || key->kind == COLLATERAL_PCK_CRL)
        return test_world_crl(world, test_signer_of(key),
                              &(struct test_crl){ .this_update_s = issue_date_s,
                                                  .next_update_s = next_update_s });
    struct buf text = test_world_text(key, issue_date_s, next_update_s);
    struct buf out = test_world_sign(world, kinds[key->kind], buf_bytes(&text));
    buf_fini(&text);
    return out;
}
