/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever owns a trusted root may send what he likes: the quote brings its own root, and
 * that root is trusted. No collateral is at hand, so nothing is ever valid; what a quote
 * shows by itself is judged all the same. */
#include "kit/fuzz.h"

#include "verify/chain.h"
#include "verify/quote.h"
#include "verify/test_fuzz_verdict.h"

static const struct verified_collateral *find_none(void *context,
                                                   const struct collateral_key *subject)
{
    (void)context;
    (void)subject;
    return NULL;
}

static void trust_its_root(struct bytes in, struct trust *trust)
{
    struct der_chain chain;
    struct quote quote;
    struct arena arena;

    arena_init(&arena, (size_t)1 << 20);
    bool has_root =
        quote_parse(in, &quote, NULL) && quote.certification == CERTIFICATION_PCK_CHAIN
        && pem_chain_read(quote.certification_data, &arena, &chain, NULL)
        && chain_add_root(chain.certificates[chain.count - 1], ROOT_TEST, trust, NULL);
    FUZZ_CHECK(!has_root || trust->count > 0);
    arena_fini(&arena);
}

/* What is remembered changes nothing, the second time either. */
static void check_remembered(struct bytes in, const struct quote_law *law,
                             const struct verdict *anew)
{
    static const struct known_limits few = { 2, 2, 2 };
    OWNED(known_signers_destroy) struct known_signers *known = NULL;
    struct verdict again;

    FUZZ_CHECK(known_signers_create(&few, &known, NULL));
    for (int i = 0; i < 2; i++) {
        quote_verify(in, law, known, &again);
        FUZZ_CHECK(again.failure == anew->failure
                   && strcmp(again.why.text, anew->why.text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct trust nobody = { .count = 0 }, trust = nobody;
    struct quote_law law = { .trust = &trust,
                             .source = { .find = find_none },
                             .now_s = 1750377600 };
    struct verdict verdict;

    trust_its_root(in, &trust);
    FUZZ_CHECK(!quote_verify(in, &law, NULL, &verdict));
    check_verdict(&verdict);
    check_remembered(in, &law, &verdict);
    law.trust = &nobody;
    FUZZ_CHECK(!quote_verify(in, &law, NULL, &verdict));
    FUZZ_CHECK(verdict.failure <= CHECK_PCK_CERT_CHAIN_UNTRUSTED);
    return 0;
}
