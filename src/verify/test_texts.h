/* SPDX-License-Identifier: Apache-2.0 */
/* A test world's collateral as somebody would bring it in files, to be spoiled. Tests
 * only. */
#ifndef THIM_VERIFY_TEST_TEXTS_H
#define THIM_VERIFY_TEST_TEXTS_H

#include "kit/test.h"
#include "verify/test_pck.h"

enum test_text {
    TEXT_ROOT_CRL,
    TEXT_PCK_CRL,
    TEXT_TCB_INFO,
    TEXT_IDENTITY,
    TEXT_SIGNING, /* TCB info's and identity's chain */
    TEXT_PCK_ISSUERS,
    TEXT_PCK_CHAIN,
    TEST_TEXTS,
};

static inline struct buf test_text_pck_chain(const struct test_world *world)
{
    struct test_pck plain = test_pck_plain(PCK_CA_PLATFORM, NULL);
    struct buf leaf = test_pck_der(world, &plain), out;
    struct der_chain issuers = test_world_chain(world, TEST_PCK_PLATFORM);

    buf_init(&out, 65536);
    pem_write(&out, "CERTIFICATE", buf_bytes(&leaf));
    pem_chain_write(&out, &issuers);
    buf_fini(&leaf);
    return out;
}

/* The caller's, until test_texts_forget. */
static inline void test_texts_bring(const struct test_world *world,
                                    struct buf texts[TEST_TEXTS])
{
    static const uint8_t fmspc[6] = { 0x30, 0x60, 0x6a };
    const struct collateral_key keys[] = {
        [TEXT_ROOT_CRL] = key_root_crl(),
        [TEXT_PCK_CRL] = key_pck_crl(PCK_CA_PLATFORM),
        [TEXT_TCB_INFO] = key_tcb_info(TEE_TDX, 3, fmspc, 17),
        [TEXT_IDENTITY] = key_identity(ENCLAVE_TD_QE, 17),
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        texts[i] = test_world_body(world, &keys[i], TEST_WORLD_FROM_S,
                                   TEST_WORLD_FROM_S + 30 * TEST_DAY_S);
    texts[TEXT_SIGNING] = test_world_chain_pem(world, &keys[TEXT_TCB_INFO]);
    texts[TEXT_PCK_ISSUERS] = test_world_chain_pem(world, &keys[TEXT_PCK_CRL]);
    texts[TEXT_PCK_CHAIN] = test_text_pck_chain(world);
}

static inline void test_texts_forget(struct buf texts[TEST_TEXTS])
{
    for (size_t i = 0; i < TEST_TEXTS; i++)
        buf_fini(&texts[i]);
}

#endif
