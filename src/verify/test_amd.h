/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's certificates and CRLs, made for tests: an ARK, an ASK or ASVK, VCEKs and VLEKs,
 * each with whatever is wrong with it. Tests only: it fails the test where it cannot.
 *
 * The names are AMD's. The RSA keys are always the same, since to make one takes longer
 * than a test should; they are no secret, and nobody trusts them. Every buf that is
 * returned belongs to the caller. */
#ifndef THIM_VERIFY_TEST_AMD_H
#define THIM_VERIFY_TEST_AMD_H

#include "format/test_vcek.h"
#include "verify/amd_chain.h"

#define TEST_AMD_FROM_S INT64_C(1577836800)  /* 2020-01-01T00:00:00Z */
#define TEST_AMD_UNTIL_S INT64_C(2208988800) /* 2040-01-01T00:00:00Z */
#define TEST_AMD_NOW_S INT64_C(1767225600)   /* 2026-01-01T00:00:00Z */
#define TEST_AMD_DAY_S INT64_C(86400)

enum test_amd_key {
    TEST_ARK_KEY = 1,
    TEST_ASK_KEY,
    TEST_OTHER_KEY, /* RSA-4096 too: Genoa's ARK's, and for Milan somebody else's */
    TEST_SHORT_KEY, /* RSA-2048 */
    TEST_CHIP_KEY,  /* P-384 */
    TEST_OTHER_CHIP_KEY,
    TEST_P256_KEY,
    TEST_AMD_KEYS,
};

struct test_amd_certificate { /* how to make one; for flaws change one member */
    const char *common_name;
    const char *issuer_name;
    const char *organization; /* the subject's; NULL: AMD's */
    enum test_amd_key key, signer;
    uint32_t serial;
    int64_t not_before_s, not_after_s;
    bool is_ca;
    int path_len;                /* -1: no limit */
    unsigned key_usage;          /* enum x509_key_usage; 0: no such extension */
    bool unknown_critical;       /* one more extension, which nobody knows */
    bool old_pss;                /* trailerField spelled out, as AMD did once */
    const struct amd_entry *amd; /* AMD's extensions, AMD_ENTRIES_MAX; or NULL */
};

/* As they should be, of Milan: ARK, ASK, and a VCEK with the extensions milan_vcek. */
struct test_amd_certificate test_ark(void);
struct test_amd_certificate test_amd_ask(void);
struct test_amd_certificate test_vcek(void);
/* The same for VLEKs of Genoa; the VLEK's extensions are genoa_vlek. */
struct test_amd_certificate test_genoa_ark(void);
struct test_amd_certificate test_asvk(void);
struct test_amd_certificate test_vlek(void);
/* And for VCEKs of Turin, with turin_vcek; its ARK has the key of Milan's. */
struct test_amd_certificate test_turin_ark(void);
struct test_amd_certificate test_turin_ask(void);
struct test_amd_certificate test_turin_vcek(void);

struct buf test_amd_make(const struct test_amd_certificate *spec);

struct test_amd_crl {
    const char *issuer_name;
    enum test_amd_key signer;
    int64_t this_update_s, next_update_s;
    uint32_t number;         /* 0: no extensions at all */
    const uint32_t *revoked; /* serials */
    size_t revoked_count;
};

struct test_amd_crl test_milan_crl(void); /* good for thirty days from TEST_AMD_NOW_S */
struct buf test_amd_crl_make(const struct test_amd_crl *spec);

/* Appends the SubjectPublicKeyInfo; and a signature of AMD's kind: RSASSA-PSS with
 * SHA-384 throughout and a salt of 48 bytes. */
void test_amd_put_key(struct buf *out, enum test_amd_key which);
void test_amd_sign(enum test_amd_key signer, struct bytes message, struct buf *out);
/* As chips sign reports: ECDSA P-384 with SHA-384; r then s, big endian. */
void test_amd_sign_raw(enum test_amd_key signer, struct bytes message, uint8_t out[96]);

/* Nobody but the two ARKs, Milan's first, as ROOT_TEST. */
struct trust test_amd_trust(void);

#endif
