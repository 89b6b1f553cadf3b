/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "format/test_vectors.h"
#include "kit/text.h"
#include "verify/chain.h"
#include "verify/test_intel.h"
#include "verify/test_pck.h"

static void other_ppid(struct test_pck *pck)
{
    pck->sgx.ppid[15] ^= 1;
}

static void other_fmspc(struct test_pck *pck)
{
    pck->sgx.fmspc[5] ^= 1;
}

static void other_pce_id(struct test_pck *pck)
{
    pck->sgx.pce_id[1] ^= 1;
}

static void other_ca(struct test_pck *pck)
{
    pck->ca = PCK_CA_PROCESSOR;
}

static void nothing_else(struct test_pck *pck)
{
    pck->sgx.platform_instance_id[0] ^= 1; /* a multi-package platform's may change */
}

static void certificates_of_one_platform_agree(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(test_world_free) struct test_world *elsewhere = test_world_make(NULL);
    const struct raw_tcb tcbs[] = { { { 9, 9 }, 13 }, { { 5, 5 }, 10 } };
    const struct {
        const char *what; /* NULL: kin */
        void (*make)(struct test_pck *pck);
        const struct test_world *world;
    } cases[] = {
        { NULL, nothing_else, world },
        { "differ in PPID", other_ppid, world },
        { "differ in FMSPC", other_fmspc, world },
        { "in PCE-ID", other_pce_id, world },
        { "differ in CA", other_ca, world },
        { "differ in root", nothing_else, elsewhere },
    };
    struct test_pck like = test_pck_plain(PCK_CA_PLATFORM, NULL);
    struct verified_pck *platform[COUNT_OF(tcbs)];

    (void)state;
    test_world_platform(world, &like, tcbs, COUNT_OF(tcbs), platform);
    struct error err = { 0 };
    assert_ok(pck_is_kin(platform[0], platform[1], &err), err);
    assert_memory_not_equal(pck_facts(platform[0])->tcbm, pck_facts(platform[1])->tcbm,
                            TCBM_LEN);
    assert_memory_equal(pck_facts(platform[1])->serial.at, "\x6a", 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_pck spec = like;
        cases[i].make(&spec);
        OWNED(pck_release)
        struct verified_pck *other = test_world_pck(cases[i].world, &spec);
        err = (struct error){ 0 };
        assert_int_equal(pck_is_kin(platform[0], other, &err), cases[i].what == NULL);
        if (cases[i].what != NULL)
            assert_refused(err, ERROR_FORMAT, cases[i].what);
    }
    pck_release(platform[0]);
    pck_release(platform[1]);
}

/* ---- Intel's own ------------------------------------------------------------------ */

enum { LISTS_MAX = 128 };

/* One CA of Intel's: as issuer, with every CRL of its that was captured. */
struct intel_ca {
    struct verified_pck_issuer *issuer;
    struct verified_collateral *crls[LISTS_MAX];
    size_t crl_count;
    enum pck_ca ca;
    size_t verified;
};

static void take_crl(const char *path, struct bytes der, void *context)
{
    struct intel_ca *ca = context;
    struct trust trust;
    struct arena arena;
    bool in_force;
    struct error err = { 0 };

    trust_init(&trust);
    arena_init(&arena, (size_t)1 << 20);
    OWNED(verified_release)
    struct verified_collateral *root_crl = intel_root_crl_at(INT64_MAX / 2, &in_force);
    struct collateral_key key = key_pck_crl(ca->ca);
    struct collateral_candidate candidate = {
        .asked = key, .body = der, .chain = intel_chain_at(&key, 0, false, &arena)
    };
    struct judgement judgement = { .trust = &trust, .root_crl = root_crl };
    assert_true(ca->crl_count < LISTS_MAX);
    if (!verify_kept_collateral(&candidate, &judgement, &ca->crls[ca->crl_count++], &err))
        fail_msg("%s: %s", path, err.text);
    arena_fini(&arena);
}

static void intel_ca_make(enum pck_ca which, const char *certificate, struct intel_ca *ca)
{
    struct trust trust;
    struct arena arena;
    struct error err = { 0 };
    char below[64];

    *ca = (struct intel_ca){ .ca = which };
    trust_init(&trust);
    arena_init(&arena, (size_t)1 << 20);
    struct der_chain chain = { .count = 2 };
    chain.certificates[0] = intel_file(certificate, &arena);
    chain.certificates[1] = intel_file("intel/certs/intel-sgx-root-ca.der", &arena);
    assert_ok(verify_pck_issuer(&chain, &trust, &ca->issuer, &err), err);
    assert_int_equal(pck_issuer_facts(ca->issuer)->ca, which);
    assert_int_equal(pck_issuer_facts(ca->issuer)->root_origin, ROOT_PINNED);
    snprintf(below, sizeof below, "vectors/intel/crl/%s", pck_ca_name(which));
    assert_true(each_vector(below, ".der", take_crl, ca) > 10);
    arena_fini(&arena);
}

static void intel_ca_free(struct intel_ca *ca)
{
    for (size_t i = 0; i < ca->crl_count; i++)
        verified_release(ca->crls[i]);
    pck_issuer_release(ca->issuer);
}

/* At a moment at which both lists and the certificate are in force, by what was captured;
 * false where there is none. */
static bool verify_at_some_moment(const struct intel_ca *ca, struct bytes der,
                                  const struct pck_facts *kept, const char *path)
{
    for (size_t i = 0; i < ca->crl_count; i++) {
        const struct collateral_facts *crl = verified_facts(ca->crls[i]);
        int64_t now_s = crl->valid_from_s > kept->valid_from_s ? crl->valid_from_s
                                                               : kept->valid_from_s;
        OWNED(verified_release) struct verified_collateral *root_crl = NULL;
        OWNED(pck_release) struct verified_pck *pck = NULL;
        struct error err = { 0 };
        bool in_force;
        if (now_s > crl->valid_until_s || now_s > kept->valid_until_s)
            continue;
        root_crl = intel_root_crl_at(now_s, &in_force);
        if (!in_force)
            continue;
        struct pck_law law = { root_crl, ca->crls[i], now_s, 0 };
        if (!verify_pck(der, ca->issuer, &law, &pck, &err))
            fail_msg("%s: %s", path, err.text);
        assert_true(pck_may_be_given(pck, &law, &err));
        law.now_s = kept->valid_until_s + 1;
        assert_false(pck_may_be_given(pck, &law, &err));
        assert_refused(err, ERROR_STALE, "notAfter was");
        return true;
    }
    return false;
}

static void verify_real(const char *path, struct bytes der, void *context)
{
    OWNED(pck_release) struct verified_pck *kept = NULL;
    struct intel_ca *ca = context;
    struct error err = { 0 };

    if (!verify_kept_pck(der, ca->issuer, &kept, &err))
        fail_msg("%s: %s", path, err.text);
    const struct pck_facts *facts = pck_facts(kept);
    assert_memory_equal(facts->tcbm, facts->cert.components, 16);
    assert_int_equal(facts->tcbm[16] | facts->tcbm[17] << 8, facts->cert.pcesvn);
    ca->verified += verify_at_some_moment(ca, der, facts, path);
}

static void every_real_certificate_is_verified(void **state)
{
    static const struct {
        enum pck_ca ca;
        const char *certificate, *below;
        size_t count;
    } cases[] = {
        { PCK_CA_PLATFORM, "intel/certs/intel-sgx-pck-platform-ca.der",
          "vectors/intel/pck/platform", 48 },
        { PCK_CA_PROCESSOR, "intel/certs/intel-sgx-pck-processor-ca.der",
          "vectors/intel/pck/processor", 21 },
        { PCK_CA_PROCESSOR, "intel/certs/intel-sgx-pck-processor-ca-alt.der",
          "vectors/intel/pck/processor", 21 },
        { PCK_CA_PROCESSOR, "intel/certs/intel-sgx-pck-processor-ca.der",
          "vectors/intel/pckcerts/asylo-pckcerts", 8 },
    };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct intel_ca ca;
        intel_ca_make(cases[i].ca, cases[i].certificate, &ca);
        assert_int_equal(each_vector(cases[i].below, ".der", verify_real, &ca),
                         cases[i].count);
        assert_int_equal(ca.verified, cases[i].count);
        intel_ca_free(&ca);
    }
}

struct family {
    const struct verified_pck_issuer *issuer;
    struct verified_pck *first;
    size_t kin;
};

static void count_kin(const char *path, struct bytes der, void *context)
{
    OWNED(pck_release) struct verified_pck *pck = NULL;
    struct family *family = context;
    struct error err = { 0 };

    (void)path;
    assert_ok(verify_kept_pck(der, family->issuer, &pck, &err), err);
    if (family->first == NULL)
        family->first = pck_hold(pck);
    family->kin += pck_is_kin(family->first, pck, &err);
}

static void a_real_platforms_list_is_kin_and_a_crowd_is_not(void **state)
{
    struct intel_ca ca;

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    intel_ca_make(PCK_CA_PROCESSOR, "intel/certs/intel-sgx-pck-processor-ca.der", &ca);
    struct family asylo = { ca.issuer, NULL, 0 }, crowd = asylo;
    size_t listed =
        each_vector("vectors/intel/pckcerts/asylo-pckcerts", ".der", count_kin, &asylo);
    assert_int_equal(asylo.kin, listed);
    size_t gathered =
        each_vector("vectors/intel/pck/processor", ".der", count_kin, &crowd);
    assert_true(crowd.kin < gathered);
    pck_release(asylo.first);
    pck_release(crowd.first);
    intel_ca_free(&ca);
}

/* ---- pre-production ---------------------------------------------------------------- */

static void refuse_preproduction(const char *path, struct bytes der, void *context)
{
    struct verified_pck *pck = NULL;
    struct error err = { 0 };

    if (verify_kept_pck(der, context, &pck, &err))
        fail_msg("%s: accepted", path);
    assert_refused(err, ERROR_UNTRUSTED, "PCK certificate: certificate 1 of the chain");
}

static void what_preproduction_keys_vouch_for_is_refused(void **state)
{
    struct der_chain chain = { .count = 2 };
    struct verified_pck_issuer *none = NULL;
    struct error err = { 0 };
    struct trust trust;
    struct arena arena;
    struct intel_ca ca;

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    intel_ca_make(PCK_CA_PLATFORM, "intel/certs/intel-sgx-pck-platform-ca.der", &ca);
    assert_int_equal(each_vector("vectors/intel/pckcerts/sgx-caching-service-pckcerts",
                                 ".der", refuse_preproduction, ca.issuer),
                     4);
    intel_ca_free(&ca);
    arena_init(&arena, (size_t)1 << 20);
    chain.certificates[0] =
        intel_file("intel/preproduction/certs/preproduction-pck-platform-ca.der", &arena);
    chain.certificates[1] =
        intel_file("intel/preproduction/certs/preproduction-root-ca.der", &arena);
    trust_init(&trust);
    assert_false(verify_pck_issuer(&chain, &trust, &none, &err));
    assert_refused(err, ERROR_UNTRUSTED, "no trusted root has its key");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_of_one_platform_agree),
        cmocka_unit_test(every_real_certificate_is_verified),
        cmocka_unit_test(a_real_platforms_list_is_kin_and_a_crowd_is_not),
        cmocka_unit_test(what_preproduction_keys_vouch_for_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
