/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/amd_desk.h"

#include "sim/test_amd.h"

#define NOW "2025-06-20T12:00:00Z"

static struct amd_desk *desk;

static int open_desk(void **state)
{
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(amd_desk_open("test", test_time("2018-06-20T00:00:00Z"),
                            test_time("2048-06-20T00:00:00Z"),
                            test_time("2024-06-20T00:00:00Z"), &desk, &err),
              err);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    amd_desk_close(desk);
    desk = NULL;
    return 0;
}

static struct world_answer ask(const struct world_question *question)
{
    struct error err = { .kind = ERROR_NONE };
    struct world_answer answer;

    world_answer_init(&answer);
    assert_ok(amd_desk_answer(desk, question, &answer, &err), err);
    return answer;
}

static struct world_question vcek_of(uint32_t chip)
{
    struct world_question question = { .kind = WORLD_VCEK,
                                       .product = chip_product(chip),
                                       .now_s = test_time(NOW) };

    chip_id(desk->chips, chip, question.chip_id);
    chip_tcb_version(desk->chips, chip, question.now_s, question.tcb_version);
    return question;
}

static void expect(const struct world_question *question, unsigned status)
{
    struct world_answer answer = ask(question);

    assert_int_equal(answer.status, status);
    assert_int_equal(answer.body.len > 0, status == 200);
    world_answer_fini(&answer);
}

static struct buf chain_of(enum world_product product, bool is_vlek)
{
    const struct world_question question = { .kind = WORLD_AMD_CHAIN,
                                             .product = product,
                                             .is_vlek = is_vlek,
                                             .now_s = test_time(NOW) };
    struct world_answer answer = ask(&question);
    struct buf chain;

    buf_init(&chain, WORLD_CHAIN_MAX);
    buf_add(&chain, buf_bytes(&answer.body));
    world_answer_fini(&answer);
    return chain;
}

static void a_vcek_is_given_to_whom_amd_made(void **state)
{
    (void)state;
    for (uint32_t chip = 30; chip < 33; chip++) {
        struct world_question question = vcek_of(chip);
        struct world_answer answer = ask(&question);
        struct buf chain = chain_of(question.product, false);
        X509 *vcek = test_der(buf_bytes(&answer.body));
        X509 *ask_certificate = test_certificate(buf_bytes(&chain), 0);

        assert_int_equal(answer.status, 200);
        assert_true(test_is_signed_by(vcek, ask_certificate));
        X509_free(vcek);
        X509_free(ask_certificate);
        world_answer_fini(&answer);
        buf_fini(&chain);
        question.chip_id[5] ^= 1;
        expect(&question, 404);
        question.chip_id[5] ^= 1;
        question.tcb_version[7]++;
        expect(&question, 404);
        question.tcb_version[7] -= 2;
        expect(&question, 200);
        question.product = chip_product(chip + 1);
        expect(&question, 404);
    }
}

static void a_chip_can_be_updated_and_forgotten(void **state)
{
    struct chip_event event = { CHIP_NEW_TCB, .chip = 33, .now_s = test_time(NOW) };
    struct world_question question = vcek_of(33);
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    question.tcb_version[6]++;
    expect(&question, 404);
    memcpy(event.tcb_version, question.tcb_version, TCB_VERSION_LEN);
    assert_ok(chips_add(desk->chips, &event, &err), err);
    expect(&question, 200);
    question.now_s--;
    expect(&question, 404);
    question.now_s++;
    event.kind = CHIP_FORGET;
    assert_ok(chips_add(desk->chips, &event, &err), err);
    expect(&question, 404);
}

static void a_crl_names_what_was_revoked_and_is_issued_anew(void **state)
{
    struct chip_event event = { CHIP_REVOKE_ASK, .product = WORLD_TURIN,
                                .now_s = test_time(NOW) };
    struct error err = { .kind = ERROR_NONE };
    struct buf chain = chain_of(WORLD_TURIN, false), lent = chain_of(WORLD_TURIN, true);

    (void)state;
    assert_ok(chips_add(desk->chips, &event, &err), err);
    for (int64_t after_s = -1; after_s <= 0; after_s++) {
        struct world_question question = { .kind = WORLD_AMD_CRL,
                                           .product = WORLD_TURIN,
                                           .now_s = test_time(NOW) + after_s };
        struct world_answer answer = ask(&question);
        struct bytes crl = buf_bytes(&answer.body);
        assert_true(test_crl_holds(crl, buf_bytes(&chain), 1));
        assert_int_equal(test_crl_revokes(crl, buf_bytes(&chain), 0), after_s == 0);
        world_answer_fini(&answer);
        question.is_vlek = true;
        answer = ask(&question);
        crl = buf_bytes(&answer.body);
        assert_true(test_crl_holds(crl, buf_bytes(&lent), 1));
        assert_false(test_crl_revokes(crl, buf_bytes(&lent), 0));
        world_answer_fini(&answer);
    }
    buf_fini(&chain);
    buf_fini(&lent);
}

/* Where thisUpdate and nextUpdate lie from now: -1 before, 1 after. */
static void a_bent_crl_is_validly_signed_and_wrongly_dated(void **state)
{
    static const struct {
        enum world_bend bend;
        int this_update, next_update;
    } cases[] = {
        { WORLD_STRAIGHT, -1, 1 },
        { WORLD_OLDER, -1, 1 },
        { WORLD_EXPIRED, -1, -1 },
        { WORLD_FUTURE, 1, 1 },
    };
    struct buf chain = chain_of(WORLD_MILAN, false);
    time_t now = (time_t)test_time(NOW);
    struct buf straight;

    (void)state;
    buf_init(&straight, WORLD_BODY_MAX);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct world_question question = { .kind = WORLD_AMD_CRL,
                                                 .product = WORLD_MILAN,
                                                 .bend = cases[i].bend,
                                                 .now_s = now };
        struct world_answer answer = ask(&question);
        const uint8_t *at = answer.body.at;
        X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)answer.body.len);

        assert_true(test_crl_holds(buf_bytes(&answer.body), buf_bytes(&chain), 1));
        assert_int_equal(X509_cmp_time(X509_CRL_get0_lastUpdate(crl), &now),
                         cases[i].this_update);
        assert_int_equal(X509_cmp_time(X509_CRL_get0_nextUpdate(crl), &now),
                         cases[i].next_update);
        if (i == 0)
            buf_add(&straight, buf_bytes(&answer.body));
        else
            assert_false(bytes_equal(buf_bytes(&straight), buf_bytes(&answer.body)));
        X509_CRL_free(crl);
        world_answer_fini(&answer);
    }
    buf_fini(&straight);
    buf_fini(&chain);
}

static void another_chips_is_validly_signed(void **state)
{
    struct world_question question = vcek_of(CHIPS_MAX - 1);
    struct buf chain = chain_of(question.product, false);
    X509 *signer = test_certificate(buf_bytes(&chain), 0);

    (void)state;
    question.bend = WORLD_OTHER_FMSPC;
    struct world_answer answer = ask(&question);
    X509 *vcek = test_der(buf_bytes(&answer.body));
    assert_true(test_is_signed_by(vcek, signer));
    assert_false(
        bytes_equal(test_extension(vcek, "1.3.6.1.4.1.3704.1.4"),
                    bytes_of(question.chip_id, amd_product(question.product)->hwid_len)));
    X509_free(vcek);
    X509_free(signer);
    world_answer_fini(&answer);
    buf_fini(&chain);
}

static void vleks_are_lent_where_that_is_wanted(void **state)
{
    struct world_question question = { .kind = WORLD_VLEK,
                                       .product = WORLD_GENOA,
                                       .is_vlek = true,
                                       .now_s = test_time(NOW) };

    (void)state;
    expect(&question, 404);
    desk->lends_vleks = true;
    expect(&question, 200);
    question.bend = WORLD_OTHER_FMSPC;
    expect(&question, 200);
    question.tcb_version[7] = 85;
    expect(&question, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vcek_is_given_to_whom_amd_made),
        cmocka_unit_test(a_chip_can_be_updated_and_forgotten),
        cmocka_unit_test(a_crl_names_what_was_revoked_and_is_issued_anew),
        cmocka_unit_test(a_bent_crl_is_validly_signed_and_wrongly_dated),
        cmocka_unit_test(another_chips_is_validly_signed),
        cmocka_unit_test(vleks_are_lent_where_that_is_wanted),
    };

    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
