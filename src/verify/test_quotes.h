/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes of a test's world, correctly signed: every version, body and certification type;
 * and a court that judges them, with the TCB info and identity that Intel would sign.
 * Tests only: it fails the test where it cannot.
 *
 *     struct test_quote plan = test_quote_plain(4, TEE_TDX, BODY_TD_10);
 *     plan.parts.body[TD_TEE_TCB_SVN + 2] = 3;
 *     struct buf quote = test_quote_mint(world, &plan);
 *
 * What is wrong before anybody signs is set in the plan; what is wrong after that is a
 * byte changed in the buf. */
#ifndef THIM_VERIFY_TEST_QUOTES_H
#define THIM_VERIFY_TEST_QUOTES_H

#include "format/test_quote.h"
#include "verify/quote.h"
#include "verify/test_pck.h"
#include "verify/test_tcb_world.h"

#define TEST_COURT_NOW_S (DATE_S + TEST_DAY_S)

enum test_place { /* where fields are in bodies */
                  SGX_CPUSVN = 0,
                  SGX_MISCSELECT = 16,
                  SGX_ATTRIBUTES = 48,
                  SGX_MRENCLAVE = 64,
                  SGX_MRSIGNER = 128,
                  SGX_ISVPRODID = 256,
                  SGX_ISVSVN = 258,
                  SGX_REPORT_DATA = 320,
                  TD_TEE_TCB_SVN = 0,
                  TD_MRSIGNERSEAM = 64,
                  TD_SEAM_ATTRIBUTES = 112,
                  TD_ATTRIBUTES = 120,
                  TD_MRTD = 136,
                  TD_RTMR0 = 328,
                  TD_REPORT_DATA = 520,
                  TD_TEE_TCB_SVN2 = 584,
};

struct test_quote {
    struct quote_parts parts; /* all but what the flags below are about is taken from
                                 here; inner_type says which certification data */
    struct test_pck pck;      /* the platform's certificate, whose key is the world's */
    size_t attestation_key;   /* one of four of the world's */
    bool nul_behind_chain;

    /* taken from parts, too, instead of made as it should be */
    bool keep_key;           /* the public key; another's signature stands beside it */
    bool keep_binding;       /* the QE's report data */
    bool keep_qe_signature;  /* of the QE report, by the PCK */
    bool keep_signature;     /* of the quote */
    bool keep_certification; /* certification data */
};

/* As everything should be: the platform, TDX module and QE of newest() in
 * verify/test_tcb_world.h, with the whole PCK chain. The parts' measurements and report
 * data are bytes that count up. */
struct test_quote test_quote_plain(uint16_t version, enum tee tee, uint16_t body_type);

/* The caller's. */
struct buf test_quote_mint(const struct test_world *world, const struct test_quote *plan);

/* Certification data of a type 1 to 5; the caller's. PPIDs that are encrypted are bytes
 * of the right length. */
struct buf test_certification(const struct test_world *world, enum certification_type,
                              const struct test_pck *pck);

/* ---- the court --------------------------------------------------------------------- */

/* What Intel would write; the caller's. */
struct buf test_tcb_info_text(const struct tcb_info *info);
struct buf test_identity_text(const struct qe_identity *identity);

struct test_court {
    const struct test_world *world;
    struct world plans; /* info and identity: to be changed, and then published */
    struct trust trust;
    struct verified_collateral *tcb_info, *identity;
    const struct verified_collateral *root_crl, *pck_crl; /* NULL: not at hand, as all */
    struct verified_pck *pck; /* for certification types 1 to 4; NULL: nobody knows it */
    struct quote_law law;     /* at TEST_COURT_NOW_S; its source is this court */
};

/* Plans as verify/test_tcb_world.h has them, of the plain quote's platform, module and
 * QE, numbers 17; published. Must stay where it is. */
void test_court_open(struct test_court *court, const struct test_world *world,
                     enum tee tee);
/* Signs the plans and verifies that, in place of what was there. */
void test_court_publish(struct test_court *court);
void test_court_close(struct test_court *court);

#endif
