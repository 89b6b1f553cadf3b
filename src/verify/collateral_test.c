/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/collateral.h"

#include <stdlib.h>

#include "kit/crypto.h"
#include "kit/test.h"
#include "kit/text.h"
#include "verify/test_pki.h"

#define ISSUED_S (TEST_WORLD_FROM_S + 100 * TEST_DAY_S)
#define DUE_S (ISSUED_S + 30 * TEST_DAY_S)

static const uint8_t fmspc[6] = { 0x30, 0x60, 0x6a, 0, 0, 0 };
static const uint8_t other_fmspc[6] = { 0x30, 0x60, 0x6a, 0, 0, 1 };

static struct collateral_key tcb_info_key(uint32_t number)
{
    return key_tcb_info(TEE_SGX, 3, fmspc, number);
}

/* One trial: the world's own judgement and candidate, to be spoilt by the caller. */
struct trial {
    struct test_world *world;
    struct trust trust;
    struct judgement judgement;
    struct collateral_candidate candidate;
    struct buf body;
};

static struct trial trial_of_body(struct test_world *world, struct collateral_key key,
                                  struct buf body)
{
    struct trial t = {
        .world = world,
        .trust = test_world_trust(world),
        .body = body,
        .candidate = { .asked = key,
                       .body = buf_bytes(&body),
                       .chain = test_world_chain_for(world, &key) },
    };

    return t;
}

static struct trial trial_of(struct test_world *world, struct collateral_key key)
{
    return trial_of_body(world, key, test_world_body(world, &key, ISSUED_S, DUE_S));
}

static bool run(struct trial *t, int64_t now_s, struct verified_collateral **out,
                struct error *err)
{
    *err = (struct error){ 0 };
    if (t->judgement.trust == NULL)
        t->judgement = test_world_judgement(t->world, &t->trust, now_s);
    t->judgement.now_s = now_s;
    return verify_collateral(&t->candidate, &t->judgement, out, err);
}

static void refused(struct trial *t, int64_t now_s, enum error_kind kind,
                    const char *part)
{
    struct verified_collateral *item = NULL;
    struct error err;

    if (run(t, now_s, &item, &err))
        fail_msg("%s accepted, expected %s", collateral_key_text(&t->candidate.asked).s,
                 part);
    assert_null(item);
    assert_refused(err, kind, part);
}

static void trial_end(struct trial *t)
{
    buf_fini(&t->body);
}

static struct collateral_key all_keys(size_t i)
{
    const struct collateral_key keys[] = {
        key_root_crl(),
        key_pck_crl(PCK_CA_PROCESSOR),
        key_pck_crl(PCK_CA_PLATFORM),
        key_tcb_info(TEE_SGX, 3, fmspc, 17),
        key_tcb_info(TEE_SGX, 2, fmspc, 17),
        key_tcb_info(TEE_TDX, 3, fmspc, 18),
        key_identity(ENCLAVE_QE, 17),
        key_identity(ENCLAVE_TD_QE, 17),
        key_identity(ENCLAVE_QVE, 16),
        key_identity(ENCLAVE_QAE, 17),
        key_evaluation_numbers(TEE_SGX),
        key_evaluation_numbers(TEE_TDX),
        { 0 },
    };

    return keys[i];
}

static void every_kind_is_verified_and_says_what_it_is(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);

    (void)state;
    for (size_t i = 0; all_keys(i).kind != 0; i++) {
        struct collateral_key key = all_keys(i);
        OWNED(verified_release)
        struct verified_collateral *item = test_world_item(world, &key, ISSUED_S, DUE_S);
        const struct collateral_facts *facts = verified_facts(item);
        struct trust trust = test_world_trust(world);

        assert_int_equal(collateral_key_compare(&facts->key, &key), 0);
        assert_int_equal(facts->issue_date_s, ISSUED_S);
        assert_int_equal(facts->next_update_s, DUE_S);
        assert_int_equal(facts->valid_from_s, ISSUED_S);
        assert_int_equal(facts->valid_until_s, DUE_S);
        assert_int_equal(facts->root_origin, ROOT_TEST);
        assert_memory_equal(facts->root_spki_sha256, trust.roots[0].spki_sha256, 32);
        assert_memory_equal(facts->digest, sha256(facts->body).digest, 32);
        struct der_chain chain = test_world_chain_for(world, &key);
        assert_int_equal(facts->chain.count, chain.count);
        for (size_t j = 0; j < chain.count; j++)
            assert_true(bytes_equal(facts->chain.certificates[j], chain.certificates[j]));
        assert_int_equal(facts->crl != NULL, key.kind == COLLATERAL_ROOT_CRL
                                                 || key.kind == COLLATERAL_PCK_CRL);
        assert_int_equal(facts->tcb_info != NULL, key.kind == COLLATERAL_TCB_INFO);
        assert_int_equal(facts->identity != NULL, key.kind == COLLATERAL_IDENTITY);
        assert_int_equal(facts->numbers != NULL,
                         key.kind == COLLATERAL_EVALUATION_NUMBERS);
    }
}

static void an_item_outlives_what_it_was_made_from(void **state)
{
    struct test_world *world = test_world_make(NULL);
    struct collateral_key key = tcb_info_key(17);
    struct verified_collateral *item = test_world_item(world, &key, ISSUED_S, DUE_S);
    struct verified_collateral *held = verified_hold(item);

    (void)state;
    test_world_free(world);
    assert_ptr_equal(held, item);
    verified_release(item);
    assert_memory_equal(verified_facts(held)->tcb_info->fmspc, fmspc, 6);
    assert_int_equal(verified_facts(held)->tcb_info->level_count, 2);
    assert_memory_equal(verified_facts(held)->body.at, "{\"tcbInfo\":{", 12);
    verified_release(held);
    verified_release(NULL);
}

/* What hosts are given has nothing in it but the signed bytes and their signature. */
static void the_envelope_is_rebuilt_without_what_surrounded_it(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trial t = trial_of(world, tcb_info_key(17));
    OWNED(verified_release) struct verified_collateral *item = NULL;
    struct bytes plain = buf_bytes(&t.body);
    struct error err;
    struct buf spaced;

    (void)state;
    buf_init(&spaced, 1 << 20);
    size_t at = bytes_find(plain, bytes_of_text(",\"signature\""));
    buf_add_text(&spaced, " {\t\"signature\" : ");
    buf_add(&spaced, bytes_first(bytes_after(plain, at + 13), 130));
    buf_add_text(&spaced, ",\n");
    buf_add(&spaced, bytes_after(bytes_first(plain, at), 1));
    buf_add_text(&spaced, "\r\n}\n");
    t.candidate.body = buf_bytes(&spaced);
    assert_ok(run(&t, ISSUED_S, &item, &err), err);
    assert_true(bytes_equal(verified_facts(item)->body, plain));
    buf_fini(&spaced);
    trial_end(&t);
}

static void number_nought_asks_for_whichever_it_says(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trial t = trial_of(world, tcb_info_key(19));
    OWNED(verified_release) struct verified_collateral *item = NULL;
    struct error err;

    (void)state;
    t.candidate.asked = tcb_info_key(0);
    assert_ok(run(&t, ISSUED_S, &item, &err), err);
    assert_int_equal(verified_facts(item)->key.evaluation_data_number, 19);
    trial_end(&t);
}

static void what_was_not_asked_for_is_refused(void **state)
{
    const struct {
        struct collateral_key given, asked;
        const char *part;
    } cases[] = {
        { tcb_info_key(18), tcb_info_key(17),
          "tcb_info/sgx/v3/30606a000000/17: it is tcb_info/sgx/v3/30606a000000/18" },
        { tcb_info_key(17), key_tcb_info(TEE_SGX, 3, other_fmspc, 17),
          "it is tcb_info/sgx/v3/30606a000000/17" },
        { tcb_info_key(17), key_tcb_info(TEE_SGX, 3, other_fmspc, 0),
          "it is tcb_info/sgx/v3/30606a000000/17" },
        { tcb_info_key(17), key_tcb_info(TEE_TDX, 3, fmspc, 17), "it is tcb_info/sgx" },
        { key_tcb_info(TEE_TDX, 3, fmspc, 17), tcb_info_key(17), "it is tcb_info/tdx" },
        { key_tcb_info(TEE_SGX, 2, fmspc, 17), tcb_info_key(17),
          "it is tcb_info/sgx/v2" },
        { key_identity(ENCLAVE_QE, 17), key_identity(ENCLAVE_TD_QE, 17),
          "it is identity/qe/17" },
        { key_identity(ENCLAVE_TD_QE, 17), key_identity(ENCLAVE_QE, 17),
          "it is identity/td_qe/17" },
        { key_identity(ENCLAVE_QVE, 17), key_identity(ENCLAVE_QAE, 17),
          "it is identity/qve/17" },
        { key_identity(ENCLAVE_QE, 16), key_identity(ENCLAVE_QE, 17),
          "it is identity/qe/16" },
        { key_evaluation_numbers(TEE_SGX), key_evaluation_numbers(TEE_TDX),
          "it is evaluation_numbers/sgx" },
        { key_identity(ENCLAVE_QE, 17), tcb_info_key(17),
          "it is \"enclaveIdentity\", expected \"tcbInfo\"" },
        { tcb_info_key(17), key_evaluation_numbers(TEE_SGX),
          "it is \"tcbInfo\", expected \"tcbEvaluationDataNumbers\"" },
    };
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct trial t = trial_of(world, cases[i].given);
        t.candidate.asked = cases[i].asked;
        refused(&t, ISSUED_S, ERROR_FORMAT, cases[i].part);
        trial_end(&t);
    }
}

static void a_crl_of_another_ca_is_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trial t = trial_of(world, key_pck_crl(PCK_CA_PLATFORM));

    (void)state;
    /* with the chain that it came with, and with the one that was asked for */
    t.candidate.asked = key_pck_crl(PCK_CA_PROCESSOR);
    refused(&t, ISSUED_S, ERROR_UNTRUSTED, "expected Intel SGX PCK Processor CA");
    t.candidate.chain = test_world_chain(world, TEST_PCK_PROCESSOR);
    refused(&t, ISSUED_S, ERROR_UNTRUSTED, "CRL's issuer \"Intel SGX PCK Platform CA\"");
    t.candidate.asked = key_root_crl();
    t.candidate.chain = test_world_chain(world, TEST_ROOT);
    refused(&t, ISSUED_S, ERROR_UNTRUSTED, "CRL's issuer \"Intel SGX PCK Platform CA\"");
    trial_end(&t);
}

static struct bytes edited(struct arena *arena, struct bytes text, const char *from,
                           const char *to)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    size_t at = bytes_find(text, bytes_of_text(from));
    assert_true(at < text.len);
    buf_add(&out, bytes_first(text, at));
    buf_add_text(&out, to);
    buf_add(&out, bytes_after(text, at + strlen(from)));
    struct bytes kept = arena_copy(arena, buf_bytes(&out));
    buf_fini(&out);
    return kept;
}

static void what_was_changed_after_signing_is_refused(void **state)
{
    static const struct {
        const char *from, *to;
        enum error_kind kind;
        const char *part;
    } edits[] = {
        { "OutOfDate", "UpToDate", ERROR_UNTRUSTED, "signature does not hold" },
        { "\"pcesvn\":13", "\"pcesvn\": 13", ERROR_UNTRUSTED, "signature does not hold" },
        { "}]}", "}] }", ERROR_UNTRUSTED, "signature does not hold" },
        { "{\"tcbInfo\"", "{\"tcbInfx\"", ERROR_FORMAT, "\"tcbInfx\" does not belong" },
        { "{\"tcbInfo\"", "{\"extra\":1,\"tcbInfo\"", ERROR_FORMAT,
          "\"extra\" does not" },
        { "{\"tcbInfo\"", "{\"tcbInfo\":{},\"tcbInfo\"", ERROR_FORMAT, "" },
        { "{\"tcbInfo\"", "{\"enclaveIdentity\":{},\"tcbInfo\"", ERROR_FORMAT, "" },
        { ",\"signature\"", ",\"signaturf\"", ERROR_FORMAT, "\"signaturf\" does not" },
        { "\"}", "\"} x", ERROR_FORMAT, "" },
        { "\"}", "\",\"z\":0}", ERROR_FORMAT, "\"z\" does not belong" },
    };
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        struct trial t = trial_of(world, tcb_info_key(17));
        struct arena arena;
        arena_init(&arena, 1 << 20);
        t.candidate.body = edited(&arena, t.candidate.body, edits[i].from, edits[i].to);
        refused(&t, ISSUED_S, edits[i].kind, edits[i].part);
        arena_fini(&arena);
        trial_end(&t);
    }
}

/* Three bits of every byte of a TCB info, one of the others': it takes its time. */
static void one_byte_flipped_anywhere_is_refused(void **state)
{
    static const uint8_t flips[] = { 0x01, 0x20, 0x80 };
    const struct {
        struct collateral_key key;
        size_t bits;
    } cases[] = {
        { tcb_info_key(17), COUNT_OF(flips) },  { key_root_crl(), 1 },
        { key_pck_crl(PCK_CA_PLATFORM), 1 },    { key_identity(ENCLAVE_TD_QE, 17), 1 },
        { key_evaluation_numbers(TEE_SGX), 1 },
    };
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);

    (void)state;
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        struct trial t = trial_of(world, cases[c].key);
        for (size_t i = 0; i < cases[c].bits * t.body.len; i++) {
            OWNED(verified_release) struct verified_collateral *item = NULL;
            size_t at = i / cases[c].bits;
            uint8_t flip = flips[i % cases[c].bits];
            struct error err;
            t.body.at[at] ^= flip;
            if (run(&t, ISSUED_S, &item, &err))
                fail_msg("%s: byte %zu ^ %02x accepted",
                         collateral_key_text(&cases[c].key).s, at, flip);
            if (err.kind != ERROR_FORMAT && err.kind != ERROR_UNTRUSTED)
                fail_msg("byte %zu: %s", at, err.text);
            t.body.at[at] ^= flip;
        }
        trial_end(&t);
    }
}

static void a_signer_of_another_world_is_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *other = test_world_make(NULL);
    struct trial t = trial_of(world, tcb_info_key(17));

    (void)state;
    t.candidate.chain = test_world_chain(other, TEST_TCB_SIGNING);
    refused(&t, ISSUED_S, ERROR_UNTRUSTED, "no trusted root has its key");
    t.trust.roots[1] = test_world_trust(other).roots[0];
    t.trust.count = 2;
    refused(&t, ISSUED_S, ERROR_UNTRUSTED, "not of the root that the issuer chain ends");
    t.judgement.root_crl = test_world_root_crl(other);
    refused(&t, ISSUED_S, ERROR_UNTRUSTED,
            "signature by \"Intel SGX TCB Signing\" over \"tcbInfo\"");
    trial_end(&t);
}

static void nothing_is_judged_without_the_root_crl_of_its_root(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *other = test_world_make(NULL);
    struct collateral_key pck_crl = key_pck_crl(PCK_CA_PLATFORM);
    OWNED(verified_release)
    struct verified_collateral *no_root_crl =
        test_world_item(world, &pck_crl, ISSUED_S, DUE_S);

    (void)state;
    for (size_t i = 1; all_keys(i).kind != 0; i++) {
        struct trial t = trial_of(world, all_keys(i));
        t.judgement = test_world_judgement(world, &t.trust, ISSUED_S);
        t.judgement.root_crl = NULL;
        refused(&t, ISSUED_S, ERROR_UNTRUSTED, "no root CA CRL is at hand");
        t.judgement.root_crl = test_world_root_crl(other);
        refused(&t, ISSUED_S, ERROR_UNTRUSTED, "the root CA CRL at hand is not of");
        t.judgement.root_crl = no_root_crl;
        refused(&t, ISSUED_S, ERROR_UNTRUSTED, "the root CA CRL at hand is not of");
        trial_end(&t);
    }
}

static struct verified_collateral *root_crl_listing(const struct test_world *world,
                                                    uint32_t serial, int64_t until_s)
{
    struct collateral_key key = key_root_crl();
    struct buf der = test_world_crl(world, TEST_ROOT,
                                    &(struct test_crl){ .this_update_s = ISSUED_S,
                                                        .next_update_s = until_s,
                                                        .revoked = &serial,
                                                        .revoked_count = 1 });
    struct verified_collateral *item =
        test_world_verify(world, &key, buf_bytes(&der), ISSUED_S);

    buf_fini(&der);
    return item;
}

/* Serial numbers: root 101, signer 102, processor CA 103, platform CA 104. */
static void what_a_revoked_issuer_signed_is_refused(void **state)
{
    const struct {
        struct collateral_key key;
        uint32_t revoked;
        bool refused;
    } cases[] = {
        { tcb_info_key(17), 102, true },
        { key_identity(ENCLAVE_TD_QE, 17), 102, true },
        { key_evaluation_numbers(TEE_SGX), 102, true },
        { key_pck_crl(PCK_CA_PLATFORM), 104, true },
        { key_pck_crl(PCK_CA_PROCESSOR), 103, true },
        { key_pck_crl(PCK_CA_PLATFORM), 103, false },
        { tcb_info_key(17), 104, false },
        { tcb_info_key(17), 12345, false },
    };
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        OWNED(verified_release)
        struct verified_collateral *crl =
            root_crl_listing(world, cases[i].revoked, DUE_S);
        OWNED(verified_release) struct verified_collateral *item = NULL;
        struct trial t = trial_of(world, cases[i].key);
        struct error err;
        t.judgement = test_world_judgement(world, &t.trust, ISSUED_S);
        t.judgement.root_crl = crl;
        if (cases[i].refused)
            refused(&t, ISSUED_S, ERROR_REVOKED, "serial number");
        else
            assert_ok(run(&t, ISSUED_S, &item, &err), err);
        trial_end(&t);
    }
}

static void a_root_on_its_own_crl_is_refused(void **state)
{
    static const uint32_t itself = 101;
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trial t =
        trial_of_body(world, key_root_crl(),
                      test_world_crl(world, TEST_ROOT,
                                     &(struct test_crl){ .this_update_s = ISSUED_S,
                                                         .next_update_s = DUE_S,
                                                         .revoked = &itself,
                                                         .revoked_count = 1 }));

    (void)state;
    refused(&t, ISSUED_S, ERROR_REVOKED, "certificate 1 of the chain (\"Intel SGX Root");
    trial_end(&t);
}

static void everything_has_its_dates(void **state)
{
    static const struct {
        const char *name;
        int64_t signer_from_s, signer_until_s, crl_until_s, now_s, future_s;
        const char *refused; /* NULL: accepted */
    } cases[] = {
        { "the first second", 0, 0, 0, ISSUED_S, 0, NULL },
        { "the last second", 0, 0, 0, DUE_S, 0, NULL },
        { "a second before", 0, 0, 0, ISSUED_S - 1, 0, "TCB info: not valid before" },
        { "a second after", 0, 0, 0, DUE_S + 1, 0, "TCB info: nextUpdate was" },
        { "as far ahead as is tolerated", 0, 0, 0, ISSUED_S - 300, 300, NULL },
        { "further ahead", 0, 0, 0, ISSUED_S - 301, 300, "TCB info: not valid before" },
        { "signer from then on", ISSUED_S + 9, 0, 0, ISSUED_S + 9, 0, NULL },
        { "signer not yet", ISSUED_S + 9, 0, 0, ISSUED_S + 8, 0,
          "issuer chain: certificate 1 of the chain (\"Intel SGX TCB Signing\"): "
          "notBefo" },
        { "signer up to then", 0, DUE_S - 9, 0, DUE_S - 9, 0, NULL },
        { "signer no more", 0, DUE_S - 9, 0, DUE_S - 8, 0, "notAfter was" },
        { "root CRL up to then", 0, 0, DUE_S - 9, DUE_S - 9, 0, NULL },
        { "root CRL no more", 0, 0, DUE_S - 9, DUE_S - 8, 0,
          "root CA CRL to judge it by: nextUpdate was" },
        { "root CRL not yet", 0, 0, DUE_S - 9, ISSUED_S - 1, 300, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_certificate specs[TEST_SIGNERS];
        test_certificate_defaults(specs);
        if (cases[i].signer_from_s != 0)
            specs[TEST_TCB_SIGNING].not_before_s = cases[i].signer_from_s;
        if (cases[i].signer_until_s != 0)
            specs[TEST_TCB_SIGNING].not_after_s = cases[i].signer_until_s;
        OWNED(test_world_free) struct test_world *world = test_world_make(specs);
        OWNED(verified_release)
        struct verified_collateral *crl =
            cases[i].crl_until_s == 0 ? NULL
                                      : root_crl_listing(world, 1, cases[i].crl_until_s);
        OWNED(verified_release) struct verified_collateral *item = NULL;
        struct trial t = trial_of(world, tcb_info_key(17));
        struct error err;
        t.judgement = test_world_judgement(world, &t.trust, cases[i].now_s);
        t.judgement.future_s = cases[i].future_s;
        if (crl != NULL)
            t.judgement.root_crl = crl;
        if (run(&t, cases[i].now_s, &item, &err) != (cases[i].refused == NULL))
            fail_msg("%s: %s", cases[i].name, item != NULL ? "accepted" : err.text);
        if (item == NULL)
            assert_refused(err, ERROR_STALE, cases[i].refused);
        trial_end(&t);
    }
}

static void what_is_wrong_for_good_is_said_before_dates(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(verified_release)
    struct verified_collateral *crl = root_crl_listing(world, 102, DUE_S);
    struct trial t = trial_of(world, tcb_info_key(17));

    (void)state;
    refused(&t, DUE_S + TEST_DAY_S, ERROR_STALE, "nextUpdate was");
    uint8_t *digit = t.body.at + t.body.len - 3; /* the signature's last */
    *digit = *digit == '0' ? '1' : '0';
    refused(&t, DUE_S + TEST_DAY_S, ERROR_UNTRUSTED, "signature does not hold");
    t.judgement.root_crl = crl;
    refused(&t, DUE_S + TEST_DAY_S, ERROR_REVOKED, "serial number 66");
    trial_end(&t);
}

static void too_much_and_too_little_are_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct trial t = trial_of(world, tcb_info_key(17));
    uint8_t *much = calloc(1, CRL_MAX + 1);

    (void)state;
    assert_non_null(much);
    t.candidate.body = bytes_of(much, 0);
    refused(&t, ISSUED_S, ERROR_FORMAT, "body is empty");
    t.candidate.body = bytes_of(much, COLLATERAL_BODY_MAX + 1);
    refused(&t, ISSUED_S, ERROR_LIMIT, "body of 1048577 bytes, at most 1048576");
    t.candidate.body = buf_bytes(&t.body);
    t.candidate.chain.certificates[0] = bytes_of(much, X509_CERTIFICATE_MAX + 1);
    refused(&t, ISSUED_S, ERROR_LIMIT, "certificate of 16385 bytes");
    t.candidate.chain = (struct der_chain){ .count = 0 };
    refused(&t, ISSUED_S, ERROR_FORMAT, "chain has 0 certificates, expected 2");
    t.candidate.chain.count = X509_CHAIN_MAX + 1;
    refused(&t, ISSUED_S, ERROR_LIMIT, "chain of 9 certificates, at most 8");
    trial_end(&t);

    t = trial_of(world, key_root_crl());
    t.candidate.body = bytes_of(much, CRL_MAX + 1);
    refused(&t, ISSUED_S, ERROR_LIMIT, "at most 4194304");
    trial_end(&t);
    free(much);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_verified_and_says_what_it_is),
        cmocka_unit_test(an_item_outlives_what_it_was_made_from),
        cmocka_unit_test(the_envelope_is_rebuilt_without_what_surrounded_it),
        cmocka_unit_test(number_nought_asks_for_whichever_it_says),
        cmocka_unit_test(what_was_not_asked_for_is_refused),
        cmocka_unit_test(a_crl_of_another_ca_is_refused),
        cmocka_unit_test(what_was_changed_after_signing_is_refused),
        cmocka_unit_test(one_byte_flipped_anywhere_is_refused),
        cmocka_unit_test(a_signer_of_another_world_is_refused),
        cmocka_unit_test(nothing_is_judged_without_the_root_crl_of_its_root),
        cmocka_unit_test(what_a_revoked_issuer_signed_is_refused),
        cmocka_unit_test(a_root_on_its_own_crl_is_refused),
        cmocka_unit_test(everything_has_its_dates),
        cmocka_unit_test(what_is_wrong_for_good_is_said_before_dates),
        cmocka_unit_test(too_much_and_too_little_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
