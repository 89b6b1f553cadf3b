/* SPDX-License-Identifier: Apache-2.0 */
/* A court that judges reports of verify/test_reports.h: Milan's by a VCEK, Genoa's by a
 * VLEK, Turin's by a VCEK. Everything is in force, and can be changed. Tests only. */
#ifndef THIM_VERIFY_TEST_REPORT_COURT_H
#define THIM_VERIFY_TEST_REPORT_COURT_H

#include "kit/test.h"
#include "verify/report.h"
#include "verify/test_reports.h"

#define NOW_S TEST_AMD_NOW_S
#define DAY_S TEST_AMD_DAY_S

enum { AT_CHIP_ID = 0x1a0, AT_REPORTED = 0x180, AT_KEY = 0x48, AT_R = 0x2a0 };

struct court {
    struct verified_amd_issuer *issuer;
    struct verified_vcek *vek; /* NULL: not at hand, as of_vek says */
    struct verified_amd_crl *crl;
    enum verify_check of_vek, of_crl;
    enum error_kind kind; /* of a refusal */
    struct trust trust;
    struct report_law law; /* at NOW_S; its source is this court */
    struct test_report report;
};

static inline const struct verified_vcek *vek_of(void *court_,
                                                 const struct snp_report *report,
                                                 enum verify_check *check,
                                                 struct error *why)
{
    const struct court *court = court_;

    assert_non_null(report->signed_part.at);
    *check = court->of_vek;
    (void)error_set(why, court->kind, "it is no good");
    return court->vek;
}

static inline const struct verified_amd_crl *crl_of(void *court_,
                                                    enum snp_product product,
                                                    enum verify_check *check,
                                                    struct error *why)
{
    const struct court *court = court_;

    assert_int_equal(product, amd_issuer_facts(court->issuer)->product);
    *check = court->of_crl;
    (void)error_set(why, court->kind, "it is no good");
    return court->crl;
}

/* ---- who is who -------------------------------------------------------------------- */

static const struct scene {
    enum snp_product product;
    enum vek_kind vek;
    struct test_amd_certificate (*leaf)(void), (*issuer)(void), (*root)(void);
    struct test_report (*report)(void);
} scenes[SNP_PRODUCTS] = {
    [SNP_MILAN] = { SNP_MILAN, VEK_VCEK, test_vcek, test_amd_ask, test_ark,
                    test_report_milan },
    [SNP_GENOA] = { SNP_GENOA, VEK_VLEK, test_vlek, test_asvk, test_genoa_ark,
                    test_report_genoa_vlek },
    [SNP_TURIN] = { SNP_TURIN, VEK_VCEK, test_turin_vcek, test_turin_ask, test_turin_ark,
                    test_report_turin },
};

static inline struct verified_amd_issuer *issuer_make(const struct scene *scene)
{
    struct test_amd_certificate issuer = scene->issuer(), root = scene->root();
    struct buf a = test_amd_make(&issuer), b = test_amd_make(&root);
    struct der_chain ders = { { buf_bytes(&a), buf_bytes(&b) }, 2 };
    struct trust trust = test_amd_trust();
    struct verified_amd_issuer *out = NULL;
    struct error err = { 0 };

    assert_ok(verify_amd_issuer(&ders, scene->product, scene->vek, &trust, &out, &err),
              err);
    buf_fini(&a);
    buf_fini(&b);
    return out;
}

static inline void court_set_vek(struct court *court,
                                 const struct test_amd_certificate *spec)
{
    struct buf der = test_amd_make(spec);
    struct error err = { 0 };

    vcek_release(court->vek);
    assert_ok(verify_kept_vcek(buf_bytes(&der), NULL, court->issuer, &court->vek, &err),
              err);
    buf_fini(&der);
}

static inline void court_set_crl(struct court *court, const struct test_amd_crl *spec,
                                 const struct verified_amd_issuer *issuer)
{
    struct buf der = test_amd_crl_make(spec);
    struct error err = { 0 };

    amd_crl_release(court->crl);
    assert_ok(verify_kept_amd_crl(buf_bytes(&der), issuer, &court->crl, &err), err);
    buf_fini(&der);
}

static inline struct test_amd_crl crl_of_scene(const struct scene *scene)
{
    struct test_amd_certificate root = scene->root();
    struct test_amd_crl crl = test_milan_crl();

    crl.issuer_name = root.common_name;
    crl.signer = root.key;
    return crl;
}

static inline void court_open(struct court *court, enum snp_product product)
{
    const struct scene *scene = &scenes[product];
    struct test_amd_certificate leaf = scene->leaf();
    struct test_amd_crl crl = crl_of_scene(scene);

    *court = (struct court){ .issuer = issuer_make(scene),
                             .trust = test_amd_trust(),
                             .report = scene->report() };
    court->law = (struct report_law){ .source = { court, vek_of, crl_of },
                                      .trust = &court->trust,
                                      .now_s = NOW_S };
    court_set_vek(court, &leaf);
    court_set_crl(court, &crl, court->issuer);
}

static inline void court_close(struct court *court)
{
    vcek_release(court->vek);
    amd_crl_release(court->crl);
    amd_issuer_release(court->issuer);
}

static inline bool judge(struct court *court, struct known_signers *known,
                         struct verdict *verdict)
{
    return report_verify(bytes_of(court->report.at, SNP_REPORT_LEN), &court->law, known,
                         verdict);
}

static inline const char *found(enum verify_check check)
{
    return check == CHECK_PASSED ? "valid" : verify_check_name(check);
}

/* Whoever remembers comes to the verdict of somebody who does not. */
static inline void expect_verdict(struct court *court, struct verdict *verdict,
                                  const char *claim, enum verify_check check,
                                  const char *part)
{
    OWNED(known_signers_destroy) struct known_signers *known = NULL;
    struct error err = { 0 };

    assert_ok(known_signers_create(NULL, &known, &err), err);
    for (size_t i = 0; i < 3; i++) {
        bool valid = judge(court, i == 0 ? NULL : known, verdict);
        if (verdict->failure != check
            || (part != NULL && strstr(verdict->why.text, part) == NULL))
            fail_msg("%s: %s: \"%s\", expected %s with \"%s\"", claim,
                     found(verdict->failure), verdict->why.text, found(check),
                     part == NULL ? "" : part);
        assert_int_equal(valid, verdict->valid);
        assert_int_equal(valid, check == CHECK_PASSED);
    }
}

#endif
