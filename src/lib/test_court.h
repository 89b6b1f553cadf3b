/* SPDX-License-Identifier: Apache-2.0 */
/* A quote of a test's world and what Intel would have signed about it, as a user of the
 * library would bring them. Tests only. */
#ifndef THIM_LIB_TEST_COURT_H
#define THIM_LIB_TEST_COURT_H

#include "kit/test.h"
#include "lib/parts.h"
#include "verify/test_quotes.h"

struct court {
    struct test_world *world;
    struct test_court inner; /* the engine's */
    struct thim_trust *trust;
    struct buf quote, signing, pck_issuers;
    struct thim_collateral_options options;
    int64_t now_s;
    struct thim_collateral *collateral;
    struct thim_verifier *verifier;
    struct thim_verdict *verdict;
};

static inline struct thim_bytes court_bytes(struct bytes b)
{
    return (struct thim_bytes){ .at = b.at, .len = b.len };
}

static inline struct thim_bytes court_body(const struct verified_collateral *item)
{
    return court_bytes(verified_facts(item)->body);
}

static inline struct buf court_chain(const struct verified_collateral *item)
{
    struct buf pem;

    buf_init(&pem, 65536);
    pem_chain_write(&pem, &verified_facts(item)->chain);
    return pem;
}

static inline void court_publish(struct court *court)
{
    struct thim_error error = { 0 };

    test_court_publish(&court->inner);
    court->options.tcb_info = court_body(court->inner.tcb_info);
    court->options.qe_identity = court_body(court->inner.identity);
    thim_collateral_release(court->collateral);
    assert_ok(
        thim_collateral_new(court->trust, &court->options, &court->collateral, &error),
        error);
}

static inline void court_open(struct court *court, enum tee tee)
{
    struct test_quote plan = tee == TEE_TDX ? test_quote_plain(4, tee, BODY_TD_10)
                                            : test_quote_plain(3, tee, BODY_SGX);
    struct bytes root;

    *court = (struct court){ .world = test_world_make(NULL), .now_s = TEST_COURT_NOW_S };
    test_court_open(&court->inner, court->world, tee);
    root = test_world_certificate(court->world, TEST_ROOT);
    assert_true(thim_trust_new(&court->trust, NULL));
    assert_true(thim_trust_add(court->trust, THIM_ROOT_TEST, root.at, root.len, NULL));
    court->quote = test_quote_mint(court->world, &plan);
    court->signing = court_chain(court->inner.tcb_info);
    court->pck_issuers = court_chain(court->inner.pck_crl);
    court->options = (struct thim_collateral_options){
        .size = sizeof court->options,
        .root_ca_crl = court_body(court->inner.root_crl),
        .pck_crl = court_body(court->inner.pck_crl),
        .pck_crl_issuer_chain = court_bytes(buf_bytes(&court->pck_issuers)),
        .tcb_info_issuer_chain = court_bytes(buf_bytes(&court->signing)),
    };
    assert_true(thim_verifier_new(NULL, &court->verifier, NULL));
    assert_true(thim_verdict_new(&court->verdict, NULL));
    court_publish(court);
}

static inline void court_close(struct court *court)
{
    thim_verdict_free(court->verdict);
    thim_verifier_free(court->verifier);
    thim_collateral_release(court->collateral);
    thim_trust_free(court->trust);
    buf_fini(&court->quote);
    buf_fini(&court->signing);
    buf_fini(&court->pck_issuers);
    test_court_close(&court->inner);
    test_world_free(court->world);
}

static inline bool court_judge(struct court *court, const struct thim_policy *policy,
                               const struct thim_verify_options *options)
{
    return thim_verify_quote(court->verifier, court->collateral, court->quote.at,
                             court->quote.len, court->now_s, policy, options,
                             court->verdict);
}

#endif
