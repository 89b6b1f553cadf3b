/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered between quotes (verify/known_signers.h) spares work and judges
 * nothing: whoever remembers comes to the verdicts of somebody who does not. */
#include "kit/test.h"
#include "verify/test_quotes.h"

struct memory {
    struct test_world *world;
    struct test_court court;
    struct known_signers *known;
    struct verdict verdict;
    struct buf quote;
};

static void begin(struct memory *m)
{
    struct test_quote plan = test_quote_plain(4, TEE_TDX, 2);
    struct error err = { 0 };

    m->world = test_world_make(NULL);
    test_court_open(&m->court, m->world, TEE_TDX);
    assert_ok(known_signers_create(NULL, &m->known, &err), err);
    m->quote = test_quote_mint(m->world, &plan);
    for (size_t i = 0; i < 2; i++) /* remembered, then recalled */
        if (!quote_verify(buf_bytes(&m->quote), &m->court.law, m->known, &m->verdict))
            fail_msg("%s", m->verdict.why.text);
}

static void end(struct memory *m)
{
    buf_fini(&m->quote);
    known_signers_destroy(m->known);
    test_court_close(&m->court);
    test_world_free(m->world);
}

static void expect(struct memory *m, enum verify_check check)
{
    assert_false(
        quote_verify(buf_bytes(&m->quote), &m->court.law, m->known, &m->verdict));
    if (m->verdict.failure != check)
        fail_msg("%s: %s, expected %s", verify_check_name(m->verdict.failure),
                 m->verdict.why.text, verify_check_name(check));
}

static void a_list_that_came_since_counts(void **state)
{
    static struct memory m;
    const uint32_t serial[] = { 105 };
    const struct test_crl list = { .this_update_s = TEST_WORLD_FROM_S,
                                   .next_update_s = TEST_WORLD_UNTIL_S,
                                   .number = 2,
                                   .revoked = serial,
                                   .revoked_count = 1 };
    const struct collateral_key key = key_pck_crl(PCK_CA_PLATFORM);

    (void)state;
    begin(&m);
    const struct verified_collateral *before = m.court.pck_crl;
    OWNED(verified_release)
    struct verified_collateral *since =
        test_world_kept_crl(m.world, &key, &list, m.court.root_crl);
    m.court.pck_crl = since;
    expect(&m, CHECK_PCK_REVOKED);
    assert_int_equal(m.verdict.status, STANDING_UP_TO_DATE); /* is told all the same */
    m.court.pck_crl = before;
    assert_true(quote_verify(buf_bytes(&m.quote), &m.court.law, m.known, &m.verdict));
    end(&m);
}

static void a_root_that_is_trusted_no_more_vouches_no_more(void **state)
{
    static struct memory m;

    (void)state;
    begin(&m);
    m.court.trust.count = 0;
    expect(&m, CHECK_PCK_CERT_CHAIN_UNTRUSTED);
    end(&m);
}

static void dates_are_those_of_the_moment(void **state)
{
    static struct memory m;

    (void)state;
    begin(&m);
    m.court.law.now_s = TEST_WORLD_UNTIL_S + 1;
    expect(&m, CHECK_PCK_CERT_CHAIN_EXPIRED);
    end(&m);
}

static void an_identity_that_came_since_counts(void **state)
{
    static struct memory m;

    (void)state;
    begin(&m);
    m.court.plans.identity.isvprodid++;
    test_court_publish(&m.court);
    expect(&m, CHECK_QE_IDENTITY_MISMATCH);
    end(&m);
}

/* The parts of a certification are remembered together, so none can be exchanged. */
static void no_part_of_a_certification_is_another_ones(void **state)
{
    static struct memory m;
    struct test_quote plan = test_quote_plain(4, TEE_TDX, 2);

    (void)state;
    begin(&m);
    plan.attestation_key = 1;
    struct buf other = test_quote_mint(m.world, &plan);
    assert_true(quote_verify(buf_bytes(&other), &m.court.law, m.known, &m.verdict));
    const struct quote of_other = m.verdict.intel.quote;
    assert_true(quote_verify(buf_bytes(&m.quote), &m.court.law, m.known, &m.verdict));
    const struct quote own = m.verdict.intel.quote;
    const struct {
        struct bytes to, from;
        enum verify_check check;
    } swaps[] = {
        { own.attestation_key, of_other.attestation_key, CHECK_INVALID_QE_REPORT_DATA },
        { own.qe_report.raw, of_other.qe_report.raw, CHECK_INVALID_QE_REPORT_SIGNATURE },
        { own.qe_report_signature, of_other.qe_report_signature,
          CHECK_INVALID_QE_REPORT_SIGNATURE },
        { own.signature, of_other.signature, CHECK_INVALID_QUOTE_SIGNATURE },
    };
    for (size_t i = 0; i < COUNT_OF(swaps); i++) {
        uint8_t kept[SGX_REPORT_BODY_LEN], *to = (uint8_t *)(uintptr_t)swaps[i].to.at;
        memcpy(kept, to, swaps[i].to.len);
        memcpy(to, swaps[i].from.at, swaps[i].to.len);
        expect(&m, swaps[i].check);
        memcpy(to, kept, swaps[i].to.len);
    }
    assert_true(quote_verify(buf_bytes(&m.quote), &m.court.law, m.known, &m.verdict));
    buf_fini(&other);
    end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_that_came_since_counts),
        cmocka_unit_test(a_root_that_is_trusted_no_more_vouches_no_more),
        cmocka_unit_test(dates_are_those_of_the_moment),
        cmocka_unit_test(an_identity_that_came_since_counts),
        cmocka_unit_test(no_part_of_a_certification_is_another_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
