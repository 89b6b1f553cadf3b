/* SPDX-License-Identifier: Apache-2.0 */
/* Eight threads judge while the collateral is swapped under them: each verdict is of one
 * set and no mixture, and nothing is looked at that is gone. For one second, or as many
 * as TEST_SECONDS says; to be run under TSan, too. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kit/snapshot.h"
#include "verify/collateral_set.h"
#include "verify/test_quote_forms.h"

enum { JUDGES = 8, LANES = 6, QUOTES = 3, FEW_PCKS = 2 };

/* What makes a set: an evaluation number, and by that whether the PCK is revoked and the
 * platform out of date. */
struct law {
    uint32_t number;
    struct collateral_set *set;
};

static bool is_revoked_under(uint32_t number)
{
    return number % 4 == 3;
}

static bool is_out_of_date_under(uint32_t number)
{
    return number % 2 == 0;
}

static void free_law(void *law_)
{
    struct law *law = law_;

    collateral_set_free(law->set);
    free(law);
}

/* ---- the one who swaps ------------------------------------------------------------- */

static struct buf signed_info(struct test_court *court, uint32_t number)
{
    court->plans.info.evaluation_data_number = number;
    court->plans.levels[0].status =
        is_out_of_date_under(number) ? TCB_OUT_OF_DATE : TCB_UP_TO_DATE;
    struct buf text = test_tcb_info_text(&court->plans.info);
    struct buf out = test_world_sign(court->world, SIGNED_TCB_INFO, buf_bytes(&text));

    buf_fini(&text);
    return out;
}

static struct buf signed_identity(struct test_court *court, uint32_t number)
{
    court->plans.identity.evaluation_data_number = number;
    struct buf text = test_identity_text(&court->plans.identity);
    struct buf out =
        test_world_sign(court->world, SIGNED_ENCLAVE_IDENTITY, buf_bytes(&text));

    buf_fini(&text);
    return out;
}

static struct buf pck_crl(const struct test_court *court, uint32_t number)
{
    const uint32_t serials[] = { is_revoked_under(number) ? 105 : 99 };
    const struct test_crl crl = { .this_update_s = TEST_WORLD_FROM_S,
                                  .next_update_s = TEST_WORLD_UNTIL_S,
                                  .number = number,
                                  .revoked = serials,
                                  .revoked_count = 1 };

    return test_world_crl(court->world, TEST_PCK_PLATFORM, &crl);
}

static struct law *make_law(struct test_court *court, uint32_t number)
{
    const struct collateral_key keys[] = { key_root_crl(), key_pck_crl(PCK_CA_PLATFORM),
                                           key_identity(ENCLAVE_TD_QE, number) };
    struct law *law = calloc(1, sizeof *law);
    struct buf parts[] = {
        test_world_body(court->world, &keys[0], TEST_WORLD_FROM_S, TEST_WORLD_UNTIL_S),
        pck_crl(court, number),
        signed_info(court, number),
        signed_identity(court, number),
        test_world_chain_pem(court->world, &keys[2]),
        test_world_chain_pem(court->world, &keys[1]),
    };
    struct collateral_texts texts = {
        .root_crl = buf_bytes(&parts[0]),
        .pck_crl = buf_bytes(&parts[1]),
        .tcb_info = buf_bytes(&parts[2]),
        .identity = buf_bytes(&parts[3]),
        .tcb_info_chain = buf_bytes(&parts[4]),
        .pck_crl_chain = buf_bytes(&parts[5]),
    };
    struct error err = { 0 };

    assert_non_null(law);
    law->number = number;
    assert_ok(collateral_set_make(&texts, &court->trust, &law->set, &err), err);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        buf_fini(&parts[i]);
    return law;
}

/* ---- the judges -------------------------------------------------------------------- */

struct session {
    struct trust trust;
    struct snapshot *laws;
    struct signer_lanes *lanes;
    struct buf quotes[QUOTES]; /* of one platform's QEs; the last is a forgery */
    atomic_bool is_over;
    atomic_size_t judged, changes_seen;
};

static enum verify_check expected_of(size_t quote, uint32_t number)
{
    if (is_revoked_under(number)) /* which is found out before forgery is */
        return CHECK_PCK_REVOKED;
    return quote == QUOTES - 1 ? CHECK_INVALID_QUOTE_SIGNATURE : CHECK_PASSED;
}

/* NULL, or what is wrong. */
static const char *judge_once(struct session *session, const struct law *law,
                              size_t quote, struct verdict *verdict)
{
    const struct quote_law now = { .trust = &session->trust,
                                   .source = collateral_set_source(law->set),
                                   .now_s = TEST_COURT_NOW_S };
    struct known_signers *known = signer_lanes_take(session->lanes);

    quote_verify(buf_bytes(&session->quotes[quote]), &now, known, verdict);
    if (known != NULL)
        signer_lanes_give_back(session->lanes, known);
    if (verdict->failure != expected_of(quote, law->number))
        return verdict->valid ? "valid, which it is not" : "not valid for another reason";
    if (verdict->evaluation_data_number != law->number)
        return "judged by another set's number";
    if (verdict->has_status
        && verdict->status
               != (is_out_of_date_under(law->number) ? STANDING_OUT_OF_DATE
                                                     : STANDING_UP_TO_DATE))
        return "of another set's status";
    return NULL;
}

static void *judge_until_over(void *session_)
{
    struct session *session = session_;
    struct verdict *verdict = calloc(1, sizeof *verdict);
    const char *complaint = verdict == NULL ? "no memory" : NULL;
    uint32_t last = 0;

    for (size_t i = 0; complaint == NULL && !atomic_load(&session->is_over); i++) {
        const struct law *law = snapshot_enter(session->laws);
        complaint = judge_once(session, law, i % QUOTES, verdict);
        if (law->number != last)
            atomic_fetch_add(&session->changes_seen, 1);
        last = law->number;
        snapshot_leave(session->laws);
        atomic_fetch_add(&session->judged, 1);
    }
    free(verdict);
    return (void *)(uintptr_t)complaint;
}

static void mint_quotes(struct session *session, const struct test_world *world)
{
    for (size_t i = 0; i < QUOTES; i++) {
        struct test_quote plan = plain(TDX_V4);
        plan.attestation_key = i;
        plan.keep_signature = i == QUOTES - 1;
        session->quotes[i] = test_quote_mint(world, &plan);
    }
}

static int64_t seconds_wanted(void)
{
    const char *text = getenv("TEST_SECONDS");

    return text == NULL ? 1 : strtol(text, NULL, 10);
}

static int64_t monotonic_s(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return now.tv_sec;
}

static void eight_threads_judge_while_collateral_is_swapped(void **state)
{
    /* fewer lanes than threads, and less memory than QEs: some go without, and what is
     * remembered gives way */
    const struct known_limits few = { .pcks = FEW_PCKS, .qes = 2, .veks = 1 };
    struct test_world *world = test_world_make(NULL);
    struct session session = { .laws = snapshot_create(free_law) };
    pthread_t judges[JUDGES];
    struct test_court court;
    struct error err = { 0 };
    uint32_t number = 1;

    (void)state;
    session.trust = test_world_trust(world);
    test_court_open(&court, world, TEE_TDX);
    mint_quotes(&session, world);
    assert_ok(signer_lanes_create(LANES, &few, &session.lanes, &err), err);
    snapshot_publish(session.laws, make_law(&court, number));
    for (size_t i = 0; i < JUDGES; i++)
        assert_int_equal(pthread_create(&judges[i], NULL, judge_until_over, &session), 0);
    for (int64_t until_s = monotonic_s() + seconds_wanted(); monotonic_s() <= until_s;)
        snapshot_publish(session.laws, make_law(&court, ++number));
    atomic_store(&session.is_over, true);
    for (size_t i = 0; i < JUDGES; i++) {
        void *complaint;
        assert_int_equal(pthread_join(judges[i], &complaint), 0);
        if (complaint != NULL)
            fail_msg("a verdict was %s", (const char *)complaint);
    }
    print_message("# %zu verdicts under %u sets\n", atomic_load(&session.judged), number);
    assert_true(number > 10 && atomic_load(&session.judged) > number);
    assert_true(atomic_load(&session.changes_seen) > JUDGES);
    snapshot_destroy(session.laws);
    signer_lanes_destroy(session.lanes);
    for (size_t i = 0; i < QUOTES; i++)
        buf_fini(&session.quotes[i]);
    test_court_close(&court);
    test_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_threads_judge_while_collateral_is_swapped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
