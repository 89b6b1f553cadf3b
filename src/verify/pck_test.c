/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/pck.h"

#include "format/test_der.h"
#include "kit/crypto.h"
#include "kit/test.h"
#include "verify/chain.h"
#include "verify/test_pck.h"

#define NOW_S (TEST_WORLD_FROM_S + 100 * TEST_DAY_S)
#define LATER_S (NOW_S + 30 * TEST_DAY_S)

static const enum pck_ca cas[] = { PCK_CA_PROCESSOR, PCK_CA_PLATFORM };

/* ---- the issuer ------------------------------------------------------------------- */

static void an_issuer_is_found_by_its_cas_name(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    const enum test_signer signers[] = { TEST_PCK_PROCESSOR, TEST_PCK_PLATFORM };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cas); i++) {
        struct der_chain chain = test_world_chain(world, signers[i]);
        struct trust trust = test_world_trust(world);
        OWNED(pck_issuer_release) struct verified_pck_issuer *issuer = NULL;
        struct error err = { 0 };
        uint8_t both[8192];
        assert_ok(verify_pck_issuer(&chain, &trust, &issuer, &err), err);
        const struct pck_issuer_facts *facts = pck_issuer_facts(issuer);
        assert_int_equal(facts->ca, cas[i]);
        assert_int_equal(facts->root_origin, ROOT_TEST);
        assert_memory_equal(facts->root_spki_sha256, trust.roots[0].spki_sha256, 32);
        assert_int_equal(facts->valid_from_s, TEST_WORLD_FROM_S);
        assert_int_equal(facts->valid_until_s, TEST_WORLD_UNTIL_S);
        assert_int_equal(facts->chain.count, 2);
        size_t len = 0;
        for (size_t k = 0; k < 2; k++) { /* copies */
            struct bytes given = chain.certificates[k];
            assert_true(bytes_equal(facts->chain.certificates[k], given));
            assert_ptr_not_equal(facts->chain.certificates[k].at, given.at);
            memcpy(both + len, given.at, given.len);
            len += given.len;
        }
        assert_memory_equal(facts->digest, sha256(bytes_of(both, len)).digest, 32);
    }
}

static void what_is_no_issuer_is_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *other = test_world_make(NULL);
    static uint8_t huge[X509_CERTIFICATE_MAX + 1];
    const struct der_chain good = test_world_chain(world, TEST_PCK_PLATFORM);
    const struct der_chain signer = test_world_chain(world, TEST_TCB_SIGNING);
    const struct der_chain leaf = test_world_chain(world, TEST_PCK_LEAF);
    const struct bytes ca = good.certificates[0], root = good.certificates[1];
    const struct {
        const char *name;
        struct der_chain chain;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { "nothing",
          { .count = 0 },
          ERROR_FORMAT,
          "issuer of PCK certificates: chain has" },
        { "no root",
          { { ca }, 1 },
          ERROR_FORMAT,
          "chain has 1 certificates, expected 2" },
        { "root first",
          { { root, ca }, 2 },
          ERROR_UNTRUSTED,
          "no CA of PCK certificates" },
        { "the signer of TCB infos", signer, ERROR_UNTRUSTED,
          "no CA of PCK certificates" },
        { "with a leaf", leaf, ERROR_UNTRUSTED, "no CA of PCK certificates" },
        { "another root",
          { { ca, test_world_certificate(other, TEST_ROOT) }, 2 },
          ERROR_UNTRUSTED,
          "no trusted root has its key" },
        { "another world's CA",
          { { test_world_certificate(other, TEST_PCK_PLATFORM), root }, 2 },
          ERROR_UNTRUSTED,
          "its issuer's signature" },
        { "cut short",
          { { bytes_first(ca, ca.len - 1), root }, 2 },
          ERROR_FORMAT,
          "certificate 1 of the chain" },
        { "too large",
          { { bytes_of(huge, sizeof huge), root }, 2 },
          ERROR_LIMIT,
          "certificate of 16385 bytes" },
        { "too many", { .count = X509_CHAIN_MAX + 1 }, ERROR_LIMIT, "chain of 9" },
    };
    struct trust trust = test_world_trust(world);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct verified_pck_issuer *issuer = NULL;
        struct error err = { 0 };
        if (verify_pck_issuer(&cases[i].chain, &trust, &issuer, &err))
            fail_msg("%s: accepted", cases[i].name);
        assert_null(issuer);
        assert_refused(err, cases[i].kind, cases[i].part);
    }
}

/* ---- the certificate -------------------------------------------------------------- */

static bool verify(const struct test_world *world, const struct test_pck *spec,
                   const struct pck_law *law, struct verified_pck **out,
                   struct error *err)
{
    struct buf der = test_pck_der(world, spec);

    *err = (struct error){ 0 };
    *out = NULL;
    const struct verified_pck_issuer *issuer = test_world_pck_issuer(world, spec->ca);
    bool good = law != NULL ? verify_pck(buf_bytes(&der), issuer, law, out, err)
                            : verify_kept_pck(buf_bytes(&der), issuer, out, err);
    buf_fini(&der);
    return good;
}

static void refused(const struct test_world *world, const struct test_pck *spec,
                    const struct pck_law *law, enum error_kind kind, const char *part)
{
    struct verified_pck *pck = NULL;
    struct error err;

    if (verify(world, spec, law, &pck, &err))
        fail_msg("accepted, expected %s", part);
    assert_null(pck);
    assert_refused(err, kind, "PCK certificate: ");
    assert_refused(err, kind, part);
}

static void a_good_certificate_says_what_it_is(void **state)
{
    const struct raw_tcb tcb = { .cpusvn = { 14, 14, 3, 3, 255, 255, 1 },
                                 .pcesvn = 0x0d02 };
    static const uint8_t tcbm[TCBM_LEN] = { 14,  14, 3,           3,          255,
                                            255, 1,  [16] = 0x02, [17] = 0x0d };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cas); i++) {
        OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
        struct pck_law law = test_world_pck_law(world, cas[i], NOW_S);
        struct test_pck spec = test_pck_plain(cas[i], &tcb);
        OWNED(pck_release) struct verified_pck *pck = NULL;
        struct error err;
        spec.certificate.not_before_s = NOW_S - 5;
        spec.certificate.serial = 0x8005;
        assert_ok(verify(world, &spec, &law, &pck, &err), err);
        /* with nothing left of what it was made of */
        test_world_free(TAKE(world));
        const struct pck_facts *facts = pck_facts(pck);
        assert_memory_equal(facts->tcbm, tcbm, TCBM_LEN);
        assert_int_equal(facts->cert.pcesvn, 0x0d02);
        assert_memory_equal(facts->cert.fmspc, "\x00\x90\x6e\xa1\x00\x00", 6);
        assert_int_equal(facts->cert.has_platform, cas[i] == PCK_CA_PLATFORM);
        assert_memory_equal(facts->digest, sha256(facts->der).digest, 32);
        assert_true(bytes_equal(facts->serial, LITERAL_BYTES("\x80\x05")));
        assert_int_equal(facts->valid_from_s, NOW_S - 5);
        assert_int_equal(facts->valid_until_s, TEST_WORLD_UNTIL_S);
        assert_int_equal(pck_issuer_facts(facts->issuer)->ca, cas[i]);
        OWNED(pck_release) struct verified_pck *held = pck_hold(pck);
        assert_ptr_equal(held, pck);
    }
}

static void leave_out_aki(struct test_pck *pck)
{
    pck->certificate.leave_out = TEST_AUTHORITY_KEY_ID;
}

static void unknown_critical(struct test_pck *pck)
{
    pck->certificate.unknown_critical = true;
}

static void other_name(struct test_pck *pck)
{
    pck->certificate.common_name = "Intel SGX PCK Certificates";
}

static void become_ca(struct test_pck *pck)
{
    pck->certificate.is_ca = true;
}

static void sign_certificates_too(struct test_pck *pck)
{
    pck->certificate.key_usage |= X509_KEY_CERT_SIGN;
}

static void other_issuer_name(struct test_pck *pck)
{
    pck->certificate.issuer_name = "Intel SGX PCK Processor CA";
}

static void no_sgx_extension(struct test_pck *pck)
{
    pck->leave_out_sgx = TEST_SGX_ALL;
}

static void no_ppid(struct test_pck *pck)
{
    pck->leave_out_sgx = 1 << 1;
}

static void no_configuration(struct test_pck *pck)
{
    pck->leave_out_sgx = 1 << 7;
}

static void unknown_sgx_type(struct test_pck *pck)
{
    pck->sgx.sgx_type = (enum pck_sgx_type)3;
}

static const struct flaw {
    void (*make)(struct test_pck *pck);
    enum error_kind kind;
    const char *part;
} flaws[] = {
    { leave_out_aki, ERROR_FORMAT, "extension authorityKeyIdentifier is missing" },
    { unknown_critical, ERROR_FORMAT, "unknown critical extension" },
    { other_name, ERROR_UNTRUSTED, "expected Intel SGX PCK Certificate" },
    { become_ca, ERROR_UNTRUSTED, "basicConstraints says CA:TRUE" },
    { sign_certificates_too, ERROR_UNTRUSTED, "keyUsage does not fit" },
    { other_issuer_name, ERROR_UNTRUSTED,
      "issuer \"Intel SGX PCK Processor CA\" is not the next one's" },
    { no_sgx_extension, ERROR_FORMAT, "not a PCK certificate" },
    { no_ppid, ERROR_FORMAT, "PPID is missing" },
    { no_configuration, ERROR_FORMAT, "configuration is missing" },
    { unknown_sgx_type, ERROR_FORMAT, "SGX type" },
};

static void one_flaw_is_refused_even_of_what_was_kept(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct pck_law law = test_world_pck_law(world, PCK_CA_PLATFORM, NOW_S);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(flaws); i++) {
        struct test_pck spec = test_pck_plain(PCK_CA_PLATFORM, NULL);
        flaws[i].make(&spec);
        refused(world, &spec, &law, flaws[i].kind, flaws[i].part);
        refused(world, &spec, NULL, flaws[i].kind, flaws[i].part);
    }
}

/* chain_verify's word on the whole chain and verify_kept_pck's on the leaf below its
 * issuer are one, also where the flaw is the issuer's and depends on its place. */
static void a_leaf_is_judged_as_a_whole_chain_is(void **state)
{
    struct test_certificate specs[TEST_SIGNERS];

    (void)state;
    test_certificate_defaults(specs);
    specs[TEST_ROOT].path_len = 0; /* enough for the CA alone */
    OWNED(test_world_free) struct test_world *world = test_world_make(specs);
    struct trust trust = test_world_trust(world);
    struct der_chain whole = test_world_chain(world, TEST_PCK_LEAF);
    struct error of_chain = { 0 }, of_leaf = { 0 };
    struct verified_pck *pck = NULL;
    struct chain chain;
    assert_false(chain_verify(&whole, CHAIN_INTEL_PCK_LEAF, &trust, &chain, &of_chain));
    assert_false(verify_kept_pck(whole.certificates[0],
                                 test_world_pck_issuer(world, PCK_CA_PLATFORM), &pck,
                                 &of_leaf));
    assert_int_equal(of_leaf.kind, ERROR_UNTRUSTED);
    assert_string_equal(of_leaf.text + strlen("PCK certificate: "), of_chain.text);
    assert_refused(of_leaf, ERROR_UNTRUSTED, "pathLenConstraint 0");
}

static void one_byte_changed_is_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    struct pck_law law = test_world_pck_law(world, PCK_CA_PLATFORM, NOW_S);
    const struct verified_pck_issuer *issuer =
        test_world_pck_issuer(world, PCK_CA_PLATFORM);
    struct bytes whole = test_world_certificate(world, TEST_PCK_LEAF);

    (void)state;
    for (size_t at = 0; at < whole.len; at++) {
        uint8_t changed[4096];
        struct verified_pck *pck = NULL;
        struct error err = { 0 };
        assert_true(whole.len <= sizeof changed);
        memcpy(changed, whole.at, whole.len);
        changed[at] ^= 1;
        if (verify_pck(bytes_of(changed, whole.len), issuer, &law, &pck, &err))
            fail_msg("byte %zu may be changed", at);
        if (err.kind != ERROR_FORMAT && err.kind != ERROR_UNTRUSTED)
            fail_msg("byte %zu: %s", at, err.text);
    }
}

static void sizes_have_limits(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    const struct verified_pck_issuer *issuer =
        test_world_pck_issuer(world, PCK_CA_PLATFORM);
    static uint8_t huge[X509_CERTIFICATE_MAX + 1];
    struct verified_pck *pck = NULL;
    struct error err = { 0 };

    (void)state;
    assert_false(verify_kept_pck(bytes_of(huge, sizeof huge), issuer, &pck, &err));
    assert_refused(err, ERROR_LIMIT, "16385 bytes, at most 16384");
    assert_false(verify_kept_pck((struct bytes){ 0 }, issuer, &pck, &err));
    assert_refused(err, ERROR_FORMAT, "PCK certificate: certificate 1 of the chain");
}

static void a_leaf_of_another_issuer_is_refused(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *other = test_world_make(NULL);
    struct test_pck spec = test_pck_plain(PCK_CA_PLATFORM, NULL);
    struct buf der = test_pck_der(other, &spec);
    struct verified_pck *pck = NULL;
    struct error err = { 0 };

    (void)state;
    assert_false(verify_kept_pck(
        buf_bytes(&der), test_world_pck_issuer(world, PCK_CA_PLATFORM), &pck, &err));
    assert_refused(err, ERROR_UNTRUSTED, "its issuer's signature");
    assert_false(verify_kept_pck(
        buf_bytes(&der), test_world_pck_issuer(other, PCK_CA_PROCESSOR), &pck, &err));
    assert_refused(err, ERROR_UNTRUSTED, "is not the next one's subject");
    buf_fini(&der);
}

/* ---- revocation ------------------------------------------------------------------- */

static struct verified_collateral *crl_with(const struct test_world *world,
                                            const struct verified_collateral *root_crl,
                                            uint32_t revoked, int64_t from_s,
                                            int64_t until_s)
{
    struct collateral_key key =
        root_crl == NULL ? key_root_crl() : key_pck_crl(PCK_CA_PLATFORM);
    struct test_crl spec = { .this_update_s = from_s,
                             .next_update_s = until_s,
                             .revoked = &revoked,
                             .revoked_count = 1 };

    return test_world_kept_crl(world, &key, &spec, root_crl);
}

static void whoever_is_on_its_issuers_list_is_revoked(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(verified_release)
    struct verified_collateral *leaf_listed =
        crl_with(world, test_world_root_crl(world), 105, NOW_S, LATER_S);
    OWNED(verified_release)
    struct verified_collateral *ca_listed = crl_with(world, NULL, 104, NOW_S, LATER_S);
    OWNED(verified_release)
    struct verified_collateral *number_listed =
        crl_with(world, NULL, 105, NOW_S, LATER_S);
    struct pck_law clean = test_world_pck_law(world, PCK_CA_PLATFORM, NOW_S);
    struct test_pck spec = test_pck_plain(PCK_CA_PLATFORM, NULL);
    OWNED(pck_release) struct verified_pck *pck = test_world_pck(world, &spec);
    const struct {
        const struct verified_collateral *root_crl, *pck_crl;
        const char *part; /* NULL: good */
    } cases[] = {
        { clean.root_crl, leaf_listed,
          "certificate 1 of the chain (\"Intel SGX PCK Certificate\"): serial number "
          "69" },
        { ca_listed, clean.pck_crl,
          "certificate 2 of the chain (\"Intel SGX PCK Platform CA\"): serial number "
          "68" },
        { number_listed, clean.pck_crl, NULL }, /* the leaf's number, on another's list */
        { clean.root_crl, clean.pck_crl, NULL },
    };
    struct error err;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pck_law law = { .root_crl = cases[i].root_crl,
                               .pck_crl = cases[i].pck_crl,
                               .now_s = NOW_S };
        OWNED(pck_release) struct verified_pck *again = NULL;
        err = (struct error){ 0 };
        assert_int_equal(verify(world, &spec, &law, &again, &err), cases[i].part == NULL);
        if (cases[i].part != NULL)
            assert_refused(err, ERROR_REVOKED, cases[i].part);
        err = (struct error){ 0 };
        assert_int_equal(pck_may_be_given(pck, &law, &err), cases[i].part == NULL);
        if (cases[i].part != NULL)
            assert_refused(err, ERROR_REVOKED, cases[i].part);
    }
    /* what is kept is revoked by nobody; and it is a matter before its dates */
    struct pck_law late = { clean.root_crl, leaf_listed, TEST_WORLD_UNTIL_S + 1, 0 };
    OWNED(pck_release) struct verified_pck *kept = NULL;
    assert_ok(verify(world, &spec, NULL, &kept, &err), err);
    refused(world, &spec, &late, ERROR_REVOKED, "serial number 69");
}

static void both_lists_must_be_there_and_of_its_issuers(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *other = test_world_make(NULL);
    const struct pck_law good = test_world_pck_law(world, PCK_CA_PLATFORM, NOW_S);
    const struct pck_law processor = test_world_pck_law(world, PCK_CA_PROCESSOR, NOW_S);
    const struct pck_law foreign = test_world_pck_law(other, PCK_CA_PLATFORM, NOW_S);
    struct test_pck spec = test_pck_plain(PCK_CA_PLATFORM, NULL);
    OWNED(pck_release) struct verified_pck *pck = test_world_pck(world, &spec);
    const struct {
        struct pck_law law;
        bool may_be_given; /* one that is NULL is passed over there */
        const char *part;
    } cases[] = {
        { { NULL, good.pck_crl, NOW_S, 0 }, true, "no root CA CRL is at hand" },
        { { good.root_crl, NULL, NOW_S, 0 }, true, "no PCK CRL is at hand" },
        { { good.pck_crl, good.pck_crl, NOW_S, 0 }, false, "the root CA CRL at hand is" },
        { { foreign.root_crl, good.pck_crl, NOW_S, 0 },
          false,
          "the root CA CRL at hand is not of the root that the issuer chain ends in" },
        { { good.root_crl, processor.pck_crl, NOW_S, 0 },
          false,
          "the PCK CRL at hand is not of the CA that issues it" },
        { { good.root_crl, foreign.pck_crl, NOW_S, 0 },
          false,
          "the PCK CRL at hand is not of the CA that issues it" },
        { { good.root_crl, good.root_crl, NOW_S, 0 }, false, "the PCK CRL at hand is" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        refused(world, &spec, &cases[i].law, ERROR_UNTRUSTED, cases[i].part);
        assert_int_equal(pck_may_be_given(pck, &cases[i].law, &err),
                         cases[i].may_be_given);
        if (!cases[i].may_be_given)
            assert_refused(err, ERROR_UNTRUSTED, cases[i].part);
    }
    struct pck_law none = { .now_s = NOW_S };
    assert_true(pck_may_be_given(pck, &none, NULL));
}

/* ---- dates ------------------------------------------------------------------------ */

enum dated { DATED_LEAF, DATED_CA, DATED_ROOT, DATED_ROOT_CRL, DATED_PCK_CRL, DATED_END };

/* A world in which one thing is valid from NOW_S to LATER_S only, the others longer. */
struct dated_world {
    struct test_world *world;
    struct test_pck spec;
    struct verified_collateral *root_crl, *pck_crl;
};

static void narrow(struct test_certificate *certificate)
{
    certificate->not_before_s = NOW_S;
    certificate->not_after_s = LATER_S;
}

static struct verified_collateral *dated_crl(const struct dated_world *dated,
                                             const struct verified_collateral *root_crl,
                                             bool narrowed)
{
    return crl_with(dated->world, root_crl, 999, narrowed ? NOW_S : TEST_WORLD_FROM_S,
                    narrowed ? LATER_S : TEST_WORLD_UNTIL_S);
}

static void dated_make(enum dated which, struct dated_world *out)
{
    struct test_certificate specs[TEST_SIGNERS];

    *out = (struct dated_world){ .spec = test_pck_plain(PCK_CA_PLATFORM, NULL) };
    test_certificate_defaults(specs);
    if (which == DATED_LEAF)
        narrow(&out->spec.certificate);
    if (which == DATED_CA)
        narrow(&specs[TEST_PCK_PLATFORM]);
    if (which == DATED_ROOT)
        narrow(&specs[TEST_ROOT]);
    out->world = test_world_make(specs);
    out->root_crl = dated_crl(out, NULL, which == DATED_ROOT_CRL);
    out->pck_crl = dated_crl(out, out->root_crl, which == DATED_PCK_CRL);
}

static void dated_free(struct dated_world *dated)
{
    verified_release(dated->root_crl);
    verified_release(dated->pck_crl);
    test_world_free(dated->world);
}

static const struct {
    int64_t now_s, future_s;
    bool good, early;
} moments[] = {
    { NOW_S - 1, 0, false, true },      { NOW_S, 0, true, false },
    { LATER_S, 0, true, false },        { LATER_S + 1, 0, false, false },
    { NOW_S - 301, 300, false, true },  { NOW_S - 300, 300, true, false },
    { LATER_S + 1, 300, false, false },
};

/* At one moment, as a new certificate and as one that is to be handed out. */
static void check_moment(const struct dated_world *dated, size_t m, enum dated which,
                         const char *what)
{
    const struct pck_law law = { dated->root_crl, dated->pck_crl, moments[m].now_s,
                                 moments[m].future_s };
    OWNED(pck_release) struct verified_pck *pck = NULL, *kept = NULL;
    struct error err;

    bool good = verify(dated->world, &dated->spec, &law, &pck, &err);
    if (good != moments[m].good)
        fail_msg("%s, moment %zu: %s", what, m, good ? "accepted" : err.text);
    if (!good) {
        assert_refused(err, ERROR_STALE, what);
        assert_refused(err, ERROR_STALE, moments[m].early ? "2020-04-1" : "2020-05-10T");
    }
    assert_ok(verify(dated->world, &dated->spec, NULL, &kept, &err), err);
    bool list = which == DATED_ROOT_CRL || which == DATED_PCK_CRL;
    bool given = pck_may_be_given(kept, &law, &err);
    assert_int_equal(given, list || moments[m].good);
    if (!given)
        assert_refused(err, ERROR_STALE, what);
}

static void dates_count_to_the_second_at_both_ends(void **state)
{
    static const char *const what[DATED_END] = {
        [DATED_LEAF] = "certificate 1 of the chain (\"Intel SGX PCK Certificate\")",
        [DATED_CA] = "certificate 2 of the chain (\"Intel SGX PCK Platform CA\")",
        [DATED_ROOT] = "certificate 3 of the chain (\"Intel SGX Root CA\")",
        [DATED_ROOT_CRL] = "root CA CRL to judge it by: ",
        [DATED_PCK_CRL] = "PCK CRL to judge it by: ",
    };

    (void)state;
    for (enum dated which = 0; which < DATED_END; which++) {
        struct dated_world dated;
        dated_make(which, &dated);
        for (size_t m = 0; m < COUNT_OF(moments); m++)
            check_moment(&dated, m, which, what[which]);
        dated_free(&dated);
    }
}

static void its_own_dates_are_narrowed_by_its_issuers(void **state)
{
    struct dated_world dated;
    struct error err;

    (void)state;
    for (enum dated which = DATED_LEAF; which <= DATED_ROOT; which++) {
        OWNED(pck_release) struct verified_pck *pck = NULL;
        dated_make(which, &dated);
        assert_ok(verify(dated.world, &dated.spec, NULL, &pck, &err), err);
        assert_int_equal(pck_facts(pck)->valid_from_s, NOW_S);
        assert_int_equal(pck_facts(pck)->valid_until_s, LATER_S);
        dated_free(&dated);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_issuer_is_found_by_its_cas_name),
        cmocka_unit_test(what_is_no_issuer_is_refused),
        cmocka_unit_test(a_good_certificate_says_what_it_is),
        cmocka_unit_test(one_flaw_is_refused_even_of_what_was_kept),
        cmocka_unit_test(a_leaf_is_judged_as_a_whole_chain_is),
        cmocka_unit_test(one_byte_changed_is_refused),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(a_leaf_of_another_issuer_is_refused),
        cmocka_unit_test(whoever_is_on_its_issuers_list_is_revoked),
        cmocka_unit_test(both_lists_must_be_there_and_of_its_issuers),
        cmocka_unit_test(dates_count_to_the_second_at_both_ends),
        cmocka_unit_test(its_own_dates_are_narrowed_by_its_issuers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
