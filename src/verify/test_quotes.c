/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/test_quotes.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "verify/test_pki_parts.h"

/* ---- plans ------------------------------------------------------------------------- */

static void put_u16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void plan_td(struct quote_parts *parts, const struct tcb_subject *subject)
{
    memcpy(parts->body + TD_TEE_TCB_SVN, subject->tee_tcb_svn, 16);
    memcpy(parts->body + TD_TEE_TCB_SVN2, subject->tee_tcb_svn, 16);
    memset(parts->body + TD_MRSIGNERSEAM, 0, 48);
    memset(parts->body + TD_SEAM_ATTRIBUTES, 0, 8);
    memset(parts->body + TD_ATTRIBUTES, 0, 8);
}

static void plan_qe(uint8_t report[SGX_REPORT_BODY_LEN], enum tee tee)
{
    memset(report + SGX_MISCSELECT, 0, 4);
    memset(report + SGX_ATTRIBUTES, 0, 16);
    report[SGX_ATTRIBUTES] = 0x15; /* INIT, MODE64BIT, PROVISIONKEY */
    memset(report + SGX_MRSIGNER, 0x8c, 32);
    put_u16(report + SGX_ISVPRODID, tee == TEE_TDX ? 2 : 1);
    put_u16(report + SGX_ISVSVN, QE_NEW);
}

struct test_quote test_quote_plain(uint16_t version, enum tee tee, uint16_t body_type)
{
    struct tcb_subject subject = newest(tee == TEE_TDX);
    struct test_quote plan = { .parts = quote_parts_plain(version, tee, body_type),
                               .pck = test_pck_plain(PCK_CA_PLATFORM, &subject.sgx) };

    if (tee == TEE_TDX)
        plan_td(&plan.parts, &subject);
    else
        memset(plan.parts.body + SGX_ATTRIBUTES, 0, 16);
    plan_qe(plan.parts.qe_report, tee);
    return plan;
}

/* ---- certification data ------------------------------------------------------------ */

static void put_ppid(struct buf *out, enum certification_type type,
                     const struct pck_cert *sgx)
{
    size_t encrypted = type == CERTIFICATION_PPID_RSA2048 ? 256 : 384;

    if (type == CERTIFICATION_PPID)
        buf_add(out, bytes_of(sgx->ppid, sizeof sgx->ppid));
    else
        for (size_t i = 0; i < encrypted; i++)
            buf_add_byte(out, (uint8_t)(0x40 + i));
    buf_add(out, bytes_of(sgx->cpusvn, sizeof sgx->cpusvn));
    put_le(out, sgx->pcesvn, 2);
    buf_add_byte(out, sgx->pce_id[1]);
    buf_add_byte(out, sgx->pce_id[0]);
}

struct buf test_certification(const struct test_world *world,
                              enum certification_type type, const struct test_pck *pck)
{
    struct der_chain issuers = test_world_chain(
        world, pck->ca == PCK_CA_PROCESSOR ? TEST_PCK_PROCESSOR : TEST_PCK_PLATFORM);
    struct buf out;

    buf_init(&out, TEST_BODY_CEILING);
    if (type <= CERTIFICATION_PPID_RSA3072) {
        put_ppid(&out, type, &pck->sgx);
        return out;
    }
    struct buf leaf = test_pck_der(world, pck);
    pem_write(&out, "CERTIFICATE", buf_bytes(&leaf));
    if (type == CERTIFICATION_PCK_CHAIN)
        pem_chain_write(&out, &issuers);
    buf_fini(&leaf);
    return out;
}

/* ---- signing ----------------------------------------------------------------------- */

static EVP_PKEY *attestation_key(const struct test_world *world, size_t which)
{
    struct test_world *own = (struct test_world *)(uintptr_t)world; /* a cache */

    assert_true(which < TEST_ATTESTATION_KEYS);
    if (own->attestation_keys[which] == NULL)
        own->attestation_keys[which] = EVP_EC_gen("P-256");
    assert_non_null(own->attestation_keys[which]);
    return own->attestation_keys[which];
}

static void put_point(EVP_PKEY *key, uint8_t out[64])
{
    uint8_t point[65];
    size_t len = 0;

    assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                     sizeof point, &len),
                     1);
    assert_true(len == sizeof point && point[0] == 4);
    memcpy(out, point + 1, 64);
}

static void bind_key(struct quote_parts *parts)
{
    struct sha256 digest =
        sha256_of_both(bytes_of(parts->key, sizeof parts->key), parts->auth);

    memset(parts->qe_report + SGX_REPORT_DATA, 0, 64);
    memcpy(parts->qe_report + SGX_REPORT_DATA, digest.digest, sizeof digest.digest);
}

static void sign_body(EVP_PKEY *key, struct quote_parts *parts)
{
    struct buf text;

    buf_init(&text, TEST_BODY_CEILING);
    put_quote_signed(&text, parts);
    test_raw_signature(key, buf_bytes(&text), parts->signature);
    buf_fini(&text);
}

struct buf test_quote_mint(const struct test_world *world, const struct test_quote *plan)
{
    EVP_PKEY *key = attestation_key(world, plan->attestation_key);
    struct quote_parts parts = plan->parts;
    struct buf certification = { 0 }, out;

    if (!plan->keep_certification) {
        certification = test_certification(
            world, (enum certification_type)parts.inner_type, &plan->pck);
        if (plan->nul_behind_chain)
            buf_add_byte(&certification, 0);
        parts.certification = buf_bytes(&certification);
    }
    if (!plan->keep_key)
        put_point(key, parts.key);
    if (!plan->keep_binding)
        bind_key(&parts);
    if (!plan->keep_qe_signature)
        test_raw_signature(world->keys[TEST_PCK_LEAF],
                           bytes_of(parts.qe_report, sizeof parts.qe_report),
                           parts.qe_signature);
    if (!plan->keep_signature)
        sign_body(key, &parts);
    buf_init(&out, QUOTE_MAX);
    put_quote(&out, &parts);
    assert_false(out.failed);
    buf_fini(&certification);
    return out;
}
