/* SPDX-License-Identifier: Apache-2.0 */
/* A test world's collateral, as a user of the library would bring it, to be spoiled.
 * Tests only. */
#ifndef THIM_LIB_TEST_GIVEN_H
#define THIM_LIB_TEST_GIVEN_H

#include "thim.h"
#include "verify/test_texts.h"

struct given_world {
    struct test_world *world;
    struct thim_trust *trust;
    struct buf texts[TEST_TEXTS];
};

static inline struct thim_trust *given_trust(const struct test_world *world)
{
    struct bytes root = test_world_certificate(world, TEST_ROOT);
    struct thim_trust *trust;

    assert_true(thim_trust_new(&trust, NULL));
    assert_true(thim_trust_add(trust, THIM_ROOT_TEST, root.at, root.len, NULL));
    return trust;
}

static inline void given_bring(struct given_world *given)
{
    *given = (struct given_world){ .world = test_world_make(NULL) };
    given->trust = given_trust(given->world);
    test_texts_bring(given->world, given->texts);
}

static inline void given_forget(struct given_world *given)
{
    test_texts_forget(given->texts);
    thim_trust_free(given->trust);
    test_world_free(given->world);
}

static inline struct thim_bytes given_bytes(struct bytes b)
{
    return (struct thim_bytes){ .at = b.at, .len = b.len };
}

static inline struct thim_collateral_options given_options(
    const struct given_world *given)
{
    return (struct thim_collateral_options){
        .size = sizeof(struct thim_collateral_options),
        .root_ca_crl = given_bytes(buf_bytes(&given->texts[TEXT_ROOT_CRL])),
        .pck_crl = given_bytes(buf_bytes(&given->texts[TEXT_PCK_CRL])),
        .pck_crl_issuer_chain = given_bytes(buf_bytes(&given->texts[TEXT_PCK_ISSUERS])),
        .tcb_info = given_bytes(buf_bytes(&given->texts[TEXT_TCB_INFO])),
        .tcb_info_issuer_chain = given_bytes(buf_bytes(&given->texts[TEXT_SIGNING])),
        .qe_identity = given_bytes(buf_bytes(&given->texts[TEXT_IDENTITY])),
        .pck_chain = given_bytes(buf_bytes(&given->texts[TEXT_PCK_CHAIN])),
    };
}

#endif
