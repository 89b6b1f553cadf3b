/* SPDX-License-Identifier: Apache-2.0 */
/* A world of one's own for tests: a root, the CAs and the signer below it, and whatever
 * Intel would sign, signed by them. Tests only: it fails the test where it cannot.
 *
 * The names are Intel's, the keys are made per world. All certificates are valid from
 * TEST_WORLD_FROM_S to TEST_WORLD_UNTIL_S unless the caller says otherwise. Every buf
 * that is returned belongs to the caller; views live as long as the world. */
#ifndef THIM_VERIFY_TEST_PKI_H
#define THIM_VERIFY_TEST_PKI_H

#include "verify/collateral.h"

#define TEST_WORLD_FROM_S INT64_C(1577836800)  /* 2020-01-01T00:00:00Z */
#define TEST_WORLD_UNTIL_S INT64_C(2208988800) /* 2040-01-01T00:00:00Z */
#define TEST_DAY_S INT64_C(86400)

enum test_signer {
    TEST_ROOT,
    TEST_TCB_SIGNING,
    TEST_PCK_PROCESSOR,
    TEST_PCK_PLATFORM,
    TEST_PCK_LEAF, /* by the platform CA, with an SGX extension */
    TEST_SIGNERS,
};

enum test_extension { /* bits */
                      TEST_AUTHORITY_KEY_ID = 1 << 0,
                      TEST_SUBJECT_KEY_ID = 1 << 1,
                      TEST_CRL_DISTRIBUTION = 1 << 2,
                      TEST_KEY_USAGE = 1 << 3,
                      TEST_BASIC_CONSTRAINTS = 1 << 4,
};

struct test_certificate { /* how to make one; for flaws change one member */
    const char *common_name;
    const char *issuer_name;  /* NULL: the issuer's own */
    const char *organization; /* NULL: none */
    uint32_t serial;
    int64_t not_before_s, not_after_s;
    bool is_ca;
    int path_len;          /* -1: no limit */
    unsigned key_usage;    /* enum x509_key_usage */
    unsigned leave_out;    /* enum test_extension */
    bool unknown_critical; /* one more extension, which nobody knows */
    bool p384;             /* another curve */
};

struct test_world;

void test_certificate_defaults(struct test_certificate out[TEST_SIGNERS]);
/* NULL: the defaults. */
struct test_world *test_world_make(const struct test_certificate specs[TEST_SIGNERS]);
void test_world_free(struct test_world *world); /* accepts NULL */
DEFINE_OWNED(struct test_world *, test_world_free)

/* Nobody but this world's root, as ROOT_TEST. */
struct trust test_world_trust(const struct test_world *world);

struct bytes test_world_certificate(const struct test_world *world,
                                    enum test_signer which);
/* From this one up to the root. */
struct der_chain test_world_chain(const struct test_world *world, enum test_signer leaf);
/* The chain that collateral of this key travels with, and the same as PEM. */
struct der_chain test_world_chain_for(const struct test_world *world,
                                      const struct collateral_key *key);
struct buf test_world_chain_pem(const struct test_world *world,
                                const struct collateral_key *key);

/* What Intel would answer for this key, issued and due at these times: JSON envelope as
 * PCS writes it, or CRL as DER (number 1, nobody revoked). A list of evaluation numbers
 * names 16 to 20; other documents have the key's evaluation number, or 17 where that is
 * 0. */
struct buf test_world_body(const struct test_world *world,
                           const struct collateral_key *key, int64_t issue_date_s,
                           int64_t next_update_s);

struct test_crl {
    int64_t this_update_s, next_update_s;
    uint32_t number;         /* 0: 1 */
    const uint32_t *revoked; /* serials */
    size_t revoked_count;
    const char *issuer_name; /* NULL: the issuer's own */
};
struct buf test_world_crl(const struct test_world *world, enum test_signer issuer,
                          const struct test_crl *crl);

struct buf test_world_number_list(const struct test_world *world, enum tee tee,
                                  const uint32_t *numbers, size_t count,
                                  int64_t issue_date_s, int64_t next_update_s);

/* Envelope around any text, signed by the world's TCB signing key. */
struct buf test_world_sign(const struct test_world *world, enum signed_json_kind kind,
                           struct bytes text);

/* The text that test_world_body would sign. */
struct buf test_world_text(const struct collateral_key *key, int64_t issue_date_s,
                           int64_t next_update_s);

/* Verified: the root CRL of TEST_WORLD_FROM_S to TEST_WORLD_UNTIL_S, the world's; and a
 * body for the key, verified at its issue date under that CRL, the caller's. */
struct verified_collateral *test_world_root_crl(const struct test_world *world);
struct verified_collateral *test_world_item(const struct test_world *world,
                                            const struct collateral_key *key,
                                            int64_t issue_date_s, int64_t next_update_s);

/* Verified under that CRL, from a body of the caller's making. */
struct verified_collateral *test_world_verify(const struct test_world *world,
                                              const struct collateral_key *key,
                                              struct bytes body, int64_t now_s);

/* A judgement under this world's trust and root CRL; trust must be what
 * test_world_trust gave, and outlive it. */
struct judgement test_world_judgement(const struct test_world *world,
                                      const struct trust *trust, int64_t now_s);

#endif
