/* SPDX-License-Identifier: Apache-2.0 */
/* PCK certificates of a test's world: any platform, any TCB, with a flaw where the test
 * wants one; as DER or verified. Tests only.
 *
 *     struct test_pck pck = test_pck_plain(PCK_CA_PLATFORM, &tcb);
 *     pck.sgx.fmspc[0] = 0x30;
 *     struct verified_pck *verified = test_world_pck(world, &pck);
 *
 * All have the world's one leaf key: nobody looks at a platform's key, and so none is
 * made.
 */
#ifndef THIM_VERIFY_TEST_PCK_H
#define THIM_VERIFY_TEST_PCK_H

#include "format/registration.h"
#include "verify/pck.h"
#include "verify/test_pki.h"

#define TEST_SGX_ALL 0xfeU

struct test_pck {
    enum pck_ca ca;
    struct test_certificate certificate; /* for flaws change one member */
    struct pck_cert sgx;
    unsigned leave_out_sgx; /* entries: 1 << 1 is the PPID; TEST_SGX_ALL the extension */
};

/* FMSPC 00906ea10000, PCE-ID 0, PPID and platform instance id of sixteen 5; at this TCB,
 * all components 5 and PCESVN 13 where it is NULL; serial 105; valid as long as the
 * world. */
struct test_pck test_pck_plain(enum pck_ca ca, const struct raw_tcb *tcb);

/* The caller's. */
struct buf test_pck_der(const struct test_world *world, const struct test_pck *pck);

/* The world's: the CA as issuer, and a CRL of TEST_WORLD_FROM_S to TEST_WORLD_UNTIL_S
 * that names nobody; and the law of both CRLs at this moment. */
const struct verified_pck_issuer *test_world_pck_issuer(const struct test_world *world,
                                                        enum pck_ca ca);
const struct verified_collateral *test_world_pck_crl(const struct test_world *world,
                                                     enum pck_ca ca);
struct pck_law test_world_pck_law(const struct test_world *world, enum pck_ca ca,
                                  int64_t now_s);

/* A CRL of the caller's making (some serial revoked, say), verified as kept under this
 * root CRL, which a root CRL needs not; the caller's. */
struct verified_collateral *test_world_kept_crl(
    const struct test_world *world, const struct collateral_key *key,
    const struct test_crl *crl, const struct verified_collateral *root_crl);

/* Verified at its notBefore; the caller's. */
struct verified_pck *test_world_pck(const struct test_world *world,
                                    const struct test_pck *pck);

/* One platform: a certificate like this one for each TCB, with serials that count up; the
 * caller releases each. */
void test_world_platform(const struct test_world *world, const struct test_pck *like,
                         const struct raw_tcb *tcbs, size_t count,
                         struct verified_pck **out);

#endif
