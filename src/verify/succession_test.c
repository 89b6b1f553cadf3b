/* SPDX-License-Identifier: Apache-2.0 */
/* Of verify/collateral.h: what may replace what, and what is kept through bad clocks. */
#include "kit/test.h"
#include "verify/collateral.h"
#include "verify/test_pki.h"

#define ISSUED_S (TEST_WORLD_FROM_S + 100 * TEST_DAY_S)
#define DUE_S (ISSUED_S + 30 * TEST_DAY_S)

static const uint8_t fmspc[6] = { 0x30, 0x60, 0x6a, 0, 0, 0 };
static const uint8_t other_fmspc[6] = { 0x30, 0x60, 0x6a, 0, 0, 1 };

static void nothing_older_replaces_anything_newer(void **state)
{
    const struct {
        const char *name;
        struct collateral_key fresh, kept;
        int64_t fresh_later_s;
        enum error_kind kind; /* ERROR_NONE: it may */
        const char *part;
    } cases[] = {
        { "issued later", key_tcb_info(TEE_SGX, 3, fmspc, 17),
          key_tcb_info(TEE_SGX, 3, fmspc, 17), 1, ERROR_NONE, NULL },
        { "issued at the same time", key_tcb_info(TEE_SGX, 3, fmspc, 17),
          key_tcb_info(TEE_SGX, 3, fmspc, 17), 0, ERROR_NONE, NULL },
        { "issued a second before", key_tcb_info(TEE_SGX, 3, fmspc, 17),
          key_tcb_info(TEE_SGX, 3, fmspc, 17), -1, ERROR_STALE,
          "issued 2020-04-09T23:59:59Z, before the kept one of 2020-04-10T00:00:00Z" },
        { "a higher number", key_tcb_info(TEE_SGX, 3, fmspc, 18),
          key_tcb_info(TEE_SGX, 3, fmspc, 17), 0, ERROR_NONE, NULL },
        { "a lower number, though later", key_identity(ENCLAVE_QE, 16),
          key_identity(ENCLAVE_QE, 17), 1, ERROR_STALE,
          "evaluation number 16 is below the kept one's 17" },
        { "another FMSPC", key_tcb_info(TEE_SGX, 3, other_fmspc, 17),
          key_tcb_info(TEE_SGX, 3, fmspc, 17), 1, ERROR_FORMAT,
          "tcb_info/sgx/v3/30606a000001/17 cannot stand for "
          "tcb_info/sgx/v3/30606a00000" },
        { "another TEE", key_tcb_info(TEE_TDX, 3, fmspc, 17),
          key_tcb_info(TEE_SGX, 3, fmspc, 17), 1, ERROR_FORMAT, "cannot stand for" },
        { "another enclave", key_identity(ENCLAVE_TD_QE, 17),
          key_identity(ENCLAVE_QE, 17), 1, ERROR_FORMAT, "cannot stand for" },
        { "a list issued before", key_evaluation_numbers(TEE_SGX),
          key_evaluation_numbers(TEE_SGX), -1, ERROR_STALE, "before the kept one of" },
        { "a CRL issued before", key_pck_crl(PCK_CA_PLATFORM),
          key_pck_crl(PCK_CA_PLATFORM), -1, ERROR_STALE, "before the kept one of" },
        { "another CA's CRL", key_pck_crl(PCK_CA_PROCESSOR), key_pck_crl(PCK_CA_PLATFORM),
          1, ERROR_FORMAT, "pck_crl/processor cannot stand for pck_crl/platform" },
    };
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        OWNED(verified_release)
        struct verified_collateral *kept =
            test_world_item(world, &cases[i].kept, ISSUED_S, DUE_S);
        OWNED(verified_release)
        struct verified_collateral *fresh = test_world_item(
            world, &cases[i].fresh, ISSUED_S + cases[i].fresh_later_s, DUE_S);
        struct error err = { 0 };
        bool may = verified_may_replace(fresh, kept, &err);
        if (may != (cases[i].kind == ERROR_NONE))
            fail_msg("%s: %s", cases[i].name, may ? "it may" : err.text);
        if (!may)
            assert_refused(err, cases[i].kind, cases[i].part);
    }
}

static struct verified_collateral *numbered_crl(const struct test_world *world,
                                                uint32_t number)
{
    struct collateral_key key = key_root_crl();
    struct buf der = test_world_crl(world, TEST_ROOT,
                                    &(struct test_crl){ .this_update_s = ISSUED_S,
                                                        .next_update_s = DUE_S,
                                                        .number = number });
    struct verified_collateral *item =
        test_world_verify(world, &key, buf_bytes(&der), ISSUED_S);

    buf_fini(&der);
    return item;
}

static void crl_numbers_never_fall(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(verified_release) struct verified_collateral *low = numbered_crl(world, 255);
    OWNED(verified_release) struct verified_collateral *high = numbered_crl(world, 256);
    struct error err = { 0 };

    (void)state;
    assert_ok(verified_may_replace(high, low, &err), err);
    assert_ok(verified_may_replace(low, low, &err), err);
    assert_false(verified_may_replace(low, high, &err));
    assert_refused(err, ERROR_STALE, "CRL number ff is below the kept one's 0100");
}

static struct verified_collateral *root_crl_listing(const struct test_world *world,
                                                    uint32_t serial)
{
    struct collateral_key key = key_root_crl();
    struct buf der = test_world_crl(world, TEST_ROOT,
                                    &(struct test_crl){ .this_update_s = ISSUED_S,
                                                        .next_update_s = ISSUED_S + 1,
                                                        .revoked = &serial,
                                                        .revoked_count = 1 });
    struct verified_collateral *item =
        test_world_verify(world, &key, buf_bytes(&der), ISSUED_S);

    buf_fini(&der);
    return item;
}

static void refused_as_kept(const struct collateral_candidate *candidate,
                            const struct judgement *judgement, enum error_kind kind,
                            const char *part)
{
    struct verified_collateral *none = NULL;
    struct error err = { 0 };

    assert_false(verify_kept_collateral(candidate, judgement, &none, &err));
    assert_refused(err, kind, part);
    assert_null(none);
}

/* The clock says 1970, the root CRL was good for a second, the signer has expired. */
static void what_is_kept_is_judged_by_all_but_dates(void **state)
{
    struct test_certificate specs[TEST_SIGNERS];
    test_certificate_defaults(specs);
    specs[TEST_TCB_SIGNING].not_after_s = DUE_S - 9;
    OWNED(test_world_free) struct test_world *world = test_world_make(specs);
    OWNED(verified_release) struct verified_collateral *crl = root_crl_listing(world, 1);
    OWNED(verified_release)
    struct verified_collateral *revoking = root_crl_listing(world, 102);
    OWNED(verified_release) struct verified_collateral *item = NULL;
    struct collateral_key key = key_tcb_info(TEE_SGX, 3, fmspc, 17);
    struct buf body = test_world_body(world, &key, ISSUED_S, DUE_S);
    struct collateral_candidate candidate = {
        .asked = key,
        .body = buf_bytes(&body),
        .chain = test_world_chain_for(world, &key),
    };
    struct trust trust = test_world_trust(world);
    struct judgement judgement = { .trust = &trust, .root_crl = crl, .now_s = 0 };
    struct error err = { 0 };

    (void)state;
    assert_ok(verify_kept_collateral(&candidate, &judgement, &item, &err), err);
    assert_int_equal(verified_facts(item)->next_update_s, DUE_S);
    assert_int_equal(verified_facts(item)->valid_from_s, ISSUED_S);
    assert_int_equal(verified_facts(item)->valid_until_s, DUE_S - 9);
    assert_true(verified_in_date(item, DUE_S - 9, 0));
    assert_false(verified_in_date(item, DUE_S - 8, 300));
    assert_true(verified_in_date(item, ISSUED_S - 300, 300));
    assert_false(verified_in_date(item, ISSUED_S - 301, 300));

    judgement.root_crl = revoking;
    refused_as_kept(&candidate, &judgement, ERROR_REVOKED, "serial number 66");
    judgement.root_crl = NULL;
    refused_as_kept(&candidate, &judgement, ERROR_UNTRUSTED, "no root CA CRL is at hand");
    judgement.root_crl = crl;
    body.at[body.len / 2] ^= 1;
    refused_as_kept(&candidate, &judgement, ERROR_UNTRUSTED, "signature does not hold");
    body.at[body.len / 2] ^= 1;
    trust.count = 0;
    refused_as_kept(&candidate, &judgement, ERROR_UNTRUSTED, "no trusted root has its");
    buf_fini(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_older_replaces_anything_newer),
        cmocka_unit_test(crl_numbers_never_fall),
        cmocka_unit_test(what_is_kept_is_judged_by_all_but_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
