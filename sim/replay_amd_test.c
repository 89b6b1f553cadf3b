/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/replay_amd.h"

#include "sim/kds.h"
#include "sim/test_amd.h"

#define NOW "2026-11-01T00:00:00Z"
/* the chip of vectors/amd/milan/tav-v3, in two issues */
#define MILAN                                                          \
    "4ffb5cb4fd594f3fee6528fc3fb10370bb38abe89dcd5ba2cf0ab6a11df2ca28" \
    "2add516bef45a890a8c9f9732bdca68f9f3f16c42e846030a800295dbeb19ba5"
#define MILAN_TARGET "/vcek/v1/Milan/" MILAN "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219"

static struct replay_amd amd;

static int read_captured(void **state)
{
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    if (test_shared("vectors/amd") == NULL)
        return 0;
    return replay_amd_read(test_shared("vectors"), &amd, &err) ? 0 : -1;
}

static int forget(void **state)
{
    (void)state;
    if (test_shared("vectors/amd") != NULL)
        replay_amd_fini(&amd);
    return 0;
}

static struct world_answer asked(const char *target, const char *now,
                                 enum world_bend bend)
{
    struct world_question question;
    struct world_answer answer;

    assert_int_equal(kds_read(bytes_of_text(target), &question), 200);
    question.now_s = test_time(now);
    question.bend = bend;
    world_answer_init(&answer);
    assert_true(replay_amd_answer(&amd, &question, &answer));
    return answer;
}

static void what_was_captured_is_given_and_nothing_else(void **state)
{
    static const struct {
        const char *claim, *target, *now;
        enum world_bend bend;
        const char *file; /* below vectors/amd/; NULL: 404 */
    } cases[] = {
        { "a VCEK", MILAN_TARGET, "2026-01-15T00:00:00Z", 0, "milan/tav-v3/vcek.der" },
        { "before it was issued", MILAN_TARGET, "2022-01-15T00:00:00Z", 0, NULL },
        { "at another TCB", "/vcek/v1/Milan/" MILAN "?blSPL=4&snpSPL=24&ucodeSPL=218",
          NOW, 0, NULL },
        { "of another product", "/vcek/v1/Genoa/" MILAN "?blSPL=4&snpSPL=24&ucodeSPL=219",
          NOW, 0, NULL },
        { "of a chip that nobody captured", "/vcek/v1/Turin/00550d0a830a9f4d?ucodeSPL=9",
          NOW, 0, NULL },
        { "a chain", "/vcek/v1/Milan/cert_chain", NOW, 0, "milan/cert_chain_vcek.pem" },
        { "a chain of VLEKs", "/vlek/v1/Turin/cert_chain", NOW, 0,
          "turin/cert_chain_vlek.pem" },
        { "no CRL", "/vcek/v1/Milan/crl", NOW, 0, NULL },
        { "no VLEK", "/vlek/v1/Milan/cert?blSPL=0", NOW, 0, NULL },
        { "no impostor", "/vcek/v1/Milan/cert_chain", NOW, WORLD_IMPOSTOR, NULL },
    };

    (void)state;
    if (test_shared("vectors/amd") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world_answer answer = asked(cases[i].target, cases[i].now, cases[i].bend);
        if (answer.status != (cases[i].file == NULL ? 404 : 200))
            fail_msg("%s: %u", cases[i].claim, answer.status);
        if (cases[i].file != NULL) {
            char path[128];
            snprintf(path, sizeof path, "vectors/amd/%s", cases[i].file);
            struct buf file = test_shared_file(path);
            assert_true(bytes_equal(buf_bytes(&file), buf_bytes(&answer.body)));
            buf_fini(&file);
        }
        world_answer_fini(&answer);
    }
}

static void every_captured_vcek_is_found_by_what_it_says(void **state)
{
    (void)state;
    if (test_shared("vectors/amd") == NULL)
        skip();
    assert_true(amd.vcek_count > 20);
    for (size_t i = 0; i < amd.vcek_count; i++) {
        const struct replay_vcek *vcek = &amd.vceks[i];
        struct world_question question = { .kind = WORLD_VCEK,
                                           .product = vcek->product,
                                           .now_s = vcek->from_s };
        struct world_answer answer;

        memcpy(question.chip_id, vcek->chip_id, CHIP_ID_LEN);
        memcpy(question.tcb_version, vcek->tcb_version, TCB_VERSION_LEN);
        world_answer_init(&answer);
        assert_true(replay_amd_answer(&amd, &question, &answer));
        assert_int_equal(answer.status, 200);
        assert_true(bytes_equal(buf_bytes(&answer.body), vcek->der));
        question.bend = WORLD_OTHER_FMSPC;
        buf_clear(&answer.body);
        answer.status = 0;
        assert_true(replay_amd_answer(&amd, &question, &answer));
        assert_false(bytes_equal(buf_bytes(&answer.body), vcek->der));
        world_answer_fini(&answer);
    }
}

static void an_ark_is_the_last_of_its_chain(void **state)
{
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    if (test_shared("vectors/amd") == NULL)
        skip();
    for (int i = 0; i < WORLD_PRODUCTS; i++) {
        struct buf pem;
        buf_init(&pem, WORLD_CHAIN_MAX);
        assert_ok(replay_amd_ark(&amd, (enum world_product)i, &pem, &err), err);
        X509 *ark = test_certificate(buf_bytes(&pem), 0);
        assert_non_null(ark);
        assert_true(test_is_signed_by(ark, ark));
        assert_null(test_certificate(buf_bytes(&pem), 1));
        X509_free(ark);
        buf_fini(&pem);
    }
}

static void without_a_folder_there_is_nothing(void **state)
{
    char *directory = test_directory();
    struct replay_amd none;
    struct error err = { .kind = ERROR_NONE };
    struct buf pem;

    (void)state;
    assert_ok(replay_amd_read(directory, &none, &err), err);
    assert_int_equal(none.vcek_count, 0);
    buf_init(&pem, WORLD_CHAIN_MAX);
    assert_false(replay_amd_ark(&none, WORLD_MILAN, &pem, &err));
    assert_refused(err, ERROR_NOT_FOUND, "Milan");
    buf_fini(&pem);
    replay_amd_fini(&none);
    test_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_captured_is_given_and_nothing_else),
        cmocka_unit_test(every_captured_vcek_is_found_by_what_it_says),
        cmocka_unit_test(an_ark_is_the_last_of_its_chain),
        cmocka_unit_test(without_a_folder_there_is_nothing),
    };

    return cmocka_run_group_tests(tests, read_captured, forget);
}
