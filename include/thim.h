/* SPDX-License-Identifier: Apache-2.0 */
/* libthim: whether an Intel SGX or TDX quote, or an AMD SEV-SNP report, is true, at which
 * TCB, and whether that suffices for you.
 *
 * Three objects and one call. Collateral (what vendors sign) is read and verified once,
 * up to a pinned root, and never changes after that; a policy says what you demand; a
 * verifier remembers which signatures it has found to hold. thim_verify_quote and
 * thim_verify_report skip nothing, and are true for one thing alone: every check, date
 * and revocation has passed, and the policy accepts what was found. All that was found is
 * in the verdict.
 *
 * Threads: collateral, policies and verifiers are for any number of threads at once; a
 * verdict and a trust are for one at a time. Nothing here has state of its own, knows the
 * time, opens a file or a socket, prints or exits. It calls libcrypto and libc.
 *
 * Stability: symbols bear the node THIM_1. Numbers of enumerators never change, and
 * callers must expect new ones. An options struct begins with its size, set to sizeof of
 * it, and has all else zero by default; it can grow at its end. A caller compiled against
 * an older header goes on; one that asks an older library for what it does not know is
 * refused. Closers accept NULL. Text is printable ASCII. See libthim(3), and the examples
 * beside it. */
#ifndef THIM_H
#define THIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define THIM_VERSION "0.1.0" /* of this header */

#define THIM_API __attribute__((visibility("default")))
#define THIM_MUST_CHECK __attribute__((warn_unused_result))

THIM_API const char *thim_version(void); /* of the library that runs */

/* ---- bytes and errors -------------------------------------------------------------- */

struct thim_bytes { /* a view of somebody else's bytes; none: len 0 */
    const uint8_t *at;
    size_t len;
};

/* The checks that evidence and collateral have to pass. The first that fails names the
 * verdict. thim_check_name gives its name. */
enum thim_check {
    THIM_CHECK_PASSED = 0, /* all of them */

    /* Intel's, in the order in which they are made */
    THIM_CHECK_UNSUPPORTED_QUOTE_FORMAT = 101,
    THIM_CHECK_PCK_CERT_MISSING = 102, /* the quote brings none, nor does collateral */
    THIM_CHECK_PCK_CERT_CHAIN_INVALID = 103,
    THIM_CHECK_PCK_CERT_CHAIN_UNTRUSTED = 104,
    THIM_CHECK_ROOT_CA_CRL_MISSING = 105,
    THIM_CHECK_ROOT_CA_CRL_INVALID = 106,
    THIM_CHECK_PCK_CRL_MISSING = 107,
    THIM_CHECK_PCK_CRL_INVALID = 108,
    THIM_CHECK_PCK_CA_REVOKED = 109,
    THIM_CHECK_PCK_REVOKED = 110,
    THIM_CHECK_TCB_INFO_MISSING = 111,
    THIM_CHECK_TCB_INFO_INVALID = 112,
    THIM_CHECK_TCB_INFO_CHAIN_UNTRUSTED = 113,
    THIM_CHECK_TCB_INFO_INVALID_SIGNATURE = 114,
    THIM_CHECK_ENCLAVE_IDENTITY_MISSING = 115,
    THIM_CHECK_ENCLAVE_IDENTITY_INVALID = 116,
    THIM_CHECK_ENCLAVE_IDENTITY_CHAIN_UNTRUSTED = 117,
    THIM_CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE = 118,
    THIM_CHECK_TCB_SIGNING_REVOKED = 119,
    THIM_CHECK_TCB_INFO_MISMATCH = 120, /* of another FMSPC, PCE or TEE */
    THIM_CHECK_TDX_MODULE_MISMATCH = 121,
    THIM_CHECK_INVALID_QE_REPORT_SIGNATURE = 122,
    THIM_CHECK_INVALID_QE_REPORT_DATA = 123,
    THIM_CHECK_QE_IDENTITY_MISMATCH = 124,
    THIM_CHECK_INVALID_QUOTE_SIGNATURE = 125,
    THIM_CHECK_TCB_NOT_SUPPORTED = 126, /* below all levels, or a module or QE is */
    THIM_CHECK_TCB_REVOKED = 127,

    /* AMD's */
    THIM_CHECK_UNSUPPORTED_REPORT_FORMAT = 201,
    THIM_CHECK_REPORT_UNSIGNED = 202, /* the host masks its chip's key */
    THIM_CHECK_VEK_MISSING = 203,
    THIM_CHECK_VEK_INVALID = 204,
    THIM_CHECK_VEK_CHAIN_UNTRUSTED = 205,
    THIM_CHECK_VEK_MISMATCH = 206, /* of another chip, product or kind */
    THIM_CHECK_VEK_TCB_MISMATCH = 207,
    THIM_CHECK_AMD_CRL_MISSING = 208,
    THIM_CHECK_AMD_CRL_INVALID = 209,
    THIM_CHECK_VEK_ISSUER_REVOKED = 210,
    THIM_CHECK_INVALID_REPORT_SIGNATURE = 211,

    THIM_CHECK_DENIED = 301, /* by the caller's own list */

    /* dates come last: what is wrong for good wins */
    THIM_CHECK_PCK_CERT_CHAIN_EXPIRED = 401,
    THIM_CHECK_CRL_EXPIRED = 402,
    THIM_CHECK_SIGNING_CERT_CHAIN_EXPIRED = 403,
    THIM_CHECK_TCB_INFO_EXPIRED = 404,
    THIM_CHECK_ENCLAVE_IDENTITY_EXPIRED = 405,
    THIM_CHECK_VEK_CHAIN_EXPIRED = 406,

    THIM_CHECK_SYSTEM = 901, /* the machine: memory, a library */
    THIM_CHECK_USAGE = 902,  /* the call: an argument, an options struct, no call yet */
};
/* "tcb_info_mismatch"; "passed"; "unknown" for what this library does not know. */
THIM_API const char *thim_check_name(enum thim_check check);

/* What a caller does differently. */
enum thim_error_kind {
    THIM_ERROR_NONE = 0,
    THIM_ERROR_FORMAT = 1,    /* not what it should be */
    THIM_ERROR_UNTRUSTED = 2, /* no path to a trusted root */
    THIM_ERROR_REVOKED = 3,
    THIM_ERROR_DENIED = 4,
    THIM_ERROR_STALE = 5,     /* outside its dates */
    THIM_ERROR_NOT_FOUND = 6, /* it was not given */
    THIM_ERROR_LIMIT = 8,     /* larger or more than is taken */
    THIM_ERROR_SYSTEM = 9,    /* the machine: memory, a library */
    THIM_ERROR_USAGE = 10,    /* the call itself */
};

struct thim_error { /* in the caller's storage; may be NULL wherever it is asked for */
    enum thim_error_kind kind;
    enum thim_check check; /* where it is about collateral: which; else 0 */
    char text[512];        /* a sentence */
};

/* ---- trust: whose signatures count ------------------------------------------------- */

struct thim_trust;

/* Begins with the vendors' pinned roots: Intel SGX Root CA, ARK-Milan, -Genoa, -Turin. */
THIM_API bool thim_trust_new(struct thim_trust **out,
                             struct thim_error *error) THIM_MUST_CHECK;
THIM_API void thim_trust_free(struct thim_trust *trust);

/* Who vouches for it. */
enum thim_root_origin {
    THIM_ROOT_PINNED = 1,
    THIM_ROOT_EXTRA = 2, /* a vendor's that this library does not
                            know yet */
    THIM_ROOT_TEST = 3,  /* a simulator's; verdicts say so */
};
/* A root certificate, PEM or DER, of either vendor's form: EXTRA or TEST. One that is in
 * already stays as it is. */
THIM_API bool thim_trust_add(struct thim_trust *trust, enum thim_root_origin origin,
                             const void *certificate, size_t len,
                             struct thim_error *error) THIM_MUST_CHECK;
/* Takes a root out, pinned or not, by the SHA-256 of its SubjectPublicKeyInfo.
 * THIM_ERROR_NOT_FOUND. */
THIM_API bool thim_trust_remove(struct thim_trust *trust, const uint8_t spki_sha256[32],
                                struct thim_error *error) THIM_MUST_CHECK;

/* ---- what evidence asks for -------------------------------------------------------- */

enum thim_evidence {
    THIM_EVIDENCE_NONE = 0,
    THIM_EVIDENCE_SGX = 1,
    THIM_EVIDENCE_TDX = 2,
    THIM_EVIDENCE_SEV_SNP = 3,
};
THIM_API const char *thim_evidence_name(enum thim_evidence evidence); /* "sgx", "tdx",
                                                                         "sev-snp" */

/* Evidence as people pass it on, raw or as hex, base64 or one PEM block, to raw bytes,
 * which are never more. Where there is not room, *out_len is how much it takes, and the
 * error THIM_ERROR_LIMIT. */
THIM_API bool thim_evidence_read(const void *text, size_t len, void *out, size_t room,
                                 size_t *out_len,
                                 struct thim_error *error) THIM_MUST_CHECK;

enum thim_pck_ca { THIM_PCK_CA_PROCESSOR = 1, THIM_PCK_CA_PLATFORM = 2 };
enum thim_snp_product { THIM_SNP_MILAN = 1, THIM_SNP_GENOA = 2, THIM_SNP_TURIN = 3 };
enum thim_vek_kind { THIM_VEK_VCEK = 1, THIM_VEK_VLEK = 2 };

/* What evidence says of itself, to choose its collateral by and for nothing else: nobody
 * has vouched for it yet. What it does not say is 0. */
struct thim_claim {
    size_t size;
    enum thim_evidence evidence;
    uint32_t version; /* of the quote's or report's format */

    /* quotes */
    uint32_t certification_type; /* 1 to 5; 5: it brings its PCK certificate chain */
    enum thim_pck_ca pck_ca;     /* whose CRL is asked for */
    bool has_fmspc;
    uint8_t fmspc[6];
    uint8_t qe_id[16];

    /* reports */
    enum thim_snp_product product; /* 0: reports of version 2 do not say */
    enum thim_vek_kind signed_by;
    uint64_t reported_tcb; /* TCB_VERSION, as a little endian number */
    uint8_t chip_id[64];
};

/* Tells a quote and a report by their looks. claim->size must be set. */
THIM_API bool thim_claim_read(const void *evidence, size_t len, struct thim_claim *claim,
                              struct thim_error *error) THIM_MUST_CHECK;

/* ---- collateral: read and verified once -------------------------------------------- */

/* Intel's, for quotes of one FMSPC and TEE. Each as a vendor, PCS, PCCS or a bundle has
 * it: PEM, DER, hex or JSON. Taken: copies. */
struct thim_collateral_options {
    size_t size;
    struct thim_bytes root_ca_crl;
    struct thim_bytes pck_crl;
    struct thim_bytes pck_crl_issuer_chain; /* PCK CA and root; may be left out where
                                               pck_chain or quote has them */
    struct thim_bytes tcb_info;             /* {"tcbInfo":...,"signature":...} */
    struct thim_bytes tcb_info_issuer_chain;
    struct thim_bytes qe_identity;              /* {"enclaveIdentity":...} */
    struct thim_bytes qe_identity_issuer_chain; /* left out: as TCB info's */
    struct thim_bytes pck_chain; /* for quotes that bring none; may be left out */
    struct thim_bytes quote;     /* one of the FMSPC, for the CA in its chain; need not be
                                    one that is judged; may be left out */
};

struct thim_collateral;

/* False, with error->check, where something is missing, is not what it should be, or has
 * no path to a root of trust's: there is no collateral that has been verified by half.
 * Dates are judged by each verdict. trust is copied; NULL: the pinned roots. */
THIM_API bool thim_collateral_new(const struct thim_trust *trust,
                                  const struct thim_collateral_options *options,
                                  struct thim_collateral **out,
                                  struct thim_error *error) THIM_MUST_CHECK;
/* Immutable and counted: each hold owes a release, as thim_collateral_new does. */
THIM_API struct thim_collateral *thim_collateral_hold(
    const struct thim_collateral *collateral);
THIM_API void thim_collateral_release(struct thim_collateral *collateral);

/* AMD's, for reports of one chip (or, by a VLEK, one provider) and TCB_VERSION. PEM, DER
 * or hex. Taken: copies. */
struct thim_amd_collateral_options {
    size_t size;
    struct thim_bytes vek;   /* VCEK or VLEK */
    struct thim_bytes chain; /* ASK or ASVK, and ARK; may stand behind vek instead */
    struct thim_bytes crl;   /* the ARK's. Left out: reports are refused, unless
                                THIM_VERIFY_CRL_OPTIONAL lets them pass unchecked */
};

struct thim_amd_collateral;

/* As thim_collateral_new. */
THIM_API bool thim_amd_collateral_new(const struct thim_trust *trust,
                                      const struct thim_amd_collateral_options *options,
                                      struct thim_amd_collateral **out,
                                      struct thim_error *error) THIM_MUST_CHECK;
THIM_API struct thim_amd_collateral *thim_amd_collateral_hold(
    const struct thim_amd_collateral *collateral);
THIM_API void thim_amd_collateral_release(struct thim_amd_collateral *collateral);

/* ---- policy: what you demand ------------------------------------------------------- */

struct thim_policy;

/* JSON, as doc/policy.md has it: accepted statuses, numbers, advisories, measurements. A
 * member that nobody knows is refused. "{}" is the default policy, which accepts the
 * statuses UpToDate and SWHardeningNeeded (of SEV-SNP also none) and nothing that can be
 * debugged, and demands nothing else: not even that it is your workload. Taken: copies.
 */
THIM_API bool thim_policy_new(const char *json, size_t len, struct thim_policy **out,
                              struct thim_error *error) THIM_MUST_CHECK;
THIM_API struct thim_policy *thim_policy_hold(const struct thim_policy *policy);
THIM_API void thim_policy_release(struct thim_policy *policy);

/* ---- verifying --------------------------------------------------------------------- */

struct thim_verifier_options {
    size_t size;
    size_t lanes; /* as many threads as verify at once; more verify, too, but remember
                     nothing. 0: 8 */
    size_t pcks;  /* what each lane remembers: PCK certificates, */
    size_t qes;   /* quoting enclaves' certifications, */
    size_t veks;  /* VCEKs and VLEKs. 0: a default each, some hundreds */
};

struct thim_verifier;

/* options NULL: the defaults. */
THIM_API bool thim_verifier_new(const struct thim_verifier_options *options,
                                struct thim_verifier **out,
                                struct thim_error *error) THIM_MUST_CHECK;
/* When nobody is in a call of it any more. */
THIM_API void thim_verifier_free(struct thim_verifier *verifier);

/* Whom evidence is of, for the caller's own deny list. Views that live for the call; what
 * is not known is empty. */
struct thim_party {
    size_t size; /* as much as this library fills in */
    struct thim_bytes qe_id, ppid, fmspc;
    struct thim_bytes spki;    /* of the PCK or VEK: SubjectPublicKeyInfo */
    struct thim_bytes chip_id; /* as much as names the chip */
    const struct thim_bytes *advisories;
    size_t advisory_count;
    int64_t now_s;
};

enum thim_verify_flags {
    THIM_VERIFY_REFUSE_TRAILING = 1 << 0, /* quotes with bytes behind them, which nobody
                                             signs; buffers are commonly padded */
    THIM_VERIFY_CRL_OPTIONAL = 1 << 1,    /* SEV-SNP: no CRL lets pass, and the verdict
                                             says unchecked */
};

struct thim_verify_options {
    size_t size;
    uint64_t flags;   /* enum thim_verify_flags */
    int64_t future_s; /* how far ahead of now a thing may have been issued: 0 to a day.
                         Clocks differ; thimd has 300 */
    /* Your deny list: false, with why (at most why_room bytes with its NUL, left empty if
     * you like), where the party is on it. Called from the calling thread. */
    bool (*pass)(void *context, const struct thim_party *party, char *why,
                 size_t why_room);
    void *context;
    /* SEV-SNP: your minimum TCB_VERSION by product, for AMD signs no levels: [0] Milan's,
     * [1] Genoa's, [2] Turin's. Without one a report has no status. */
    bool has_min_tcb[3];
    uint64_t min_tcb[3];
};

struct thim_verdict;

/* Made once and used for one call after another; owns all it shows. */
THIM_API bool thim_verdict_new(struct thim_verdict **out,
                               struct thim_error *error) THIM_MUST_CHECK;
THIM_API void thim_verdict_free(struct thim_verdict *verdict);

/* True where the quote is valid and the policy accepts it, and never else: what was wrong
 * with the quote, the collateral or the call is in the verdict. now_s is the time, in
 * seconds since 1970, from a clock that you trust. policy NULL: the default; options
 * NULL: none. The quote is read once, and copied. */
THIM_API bool thim_verify_quote(struct thim_verifier *verifier,
                                const struct thim_collateral *collateral,
                                const void *quote, size_t len, int64_t now_s,
                                const struct thim_policy *policy,
                                const struct thim_verify_options *options,
                                struct thim_verdict *verdict) THIM_MUST_CHECK;
THIM_API bool thim_verify_report(struct thim_verifier *verifier,
                                 const struct thim_amd_collateral *collateral,
                                 const void *report, size_t len, int64_t now_s,
                                 const struct thim_policy *policy,
                                 const struct thim_verify_options *options,
                                 struct thim_verdict *verdict) THIM_MUST_CHECK;

/* ---- the verdict ------------------------------------------------------------------- */
/* What is returned lives until the verdict is used again or freed. */

/* Every check, date and revocation has passed. It may be OutOfDate all the same. */
THIM_API bool thim_verdict_valid(const struct thim_verdict *verdict);
/* Valid, and the policy accepts it. */
THIM_API bool thim_verdict_accepted(const struct thim_verdict *verdict);
/* The first check that failed. */
THIM_API enum thim_check thim_verdict_failure(const struct thim_verdict *verdict);
/* The policy's rule that refused what is valid, by its member's path ("tdx.mrtd"); NULL:
 * none did. */
THIM_API const char *thim_verdict_denied_by(const struct thim_verdict *verdict);
/* Of failure or denial, a sentence; "" where accepted. */
THIM_API const char *thim_verdict_why(const struct thim_verdict *verdict);

THIM_API enum thim_evidence thim_verdict_evidence(const struct thim_verdict *verdict);
/* By the lists that speak for every certificate. */
THIM_API bool thim_verdict_revocation_checked(const struct thim_verdict *verdict);
/* Of the root that all ends in; 0: none was reached. */
THIM_API enum thim_root_origin thim_verdict_root_origin(
    const struct thim_verdict *verdict);
/* The numbers of TCB info and QE identity, and the lower of the two; 0: none. */
THIM_API uint32_t thim_verdict_evaluation_data_number(const struct thim_verdict *verdict);
THIM_API uint32_t
thim_verdict_tcb_info_evaluation_data_number(const struct thim_verdict *verdict);
THIM_API uint32_t
thim_verdict_identity_evaluation_data_number(const struct thim_verdict *verdict);

enum thim_status {
    THIM_STATUS_NONE = 0, /* none could be computed */
    THIM_STATUS_UP_TO_DATE = 1,
    THIM_STATUS_SW_HARDENING_NEEDED = 2,
    THIM_STATUS_CONFIGURATION_NEEDED = 3,
    THIM_STATUS_CONFIGURATION_AND_SW_HARDENING_NEEDED = 4,
    THIM_STATUS_OUT_OF_DATE = 5,
    THIM_STATUS_OUT_OF_DATE_CONFIGURATION_NEEDED = 6,
    THIM_STATUS_REVOKED = 7,
    THIM_STATUS_TD_RELAUNCH_ADVISED = 8,
    THIM_STATUS_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED = 9,
    THIM_STATUS_NOT_SUPPORTED = 10,
};
/* As Intel spells it: "UpToDate"; "none"; "unknown". */
THIM_API const char *thim_status_name(enum thim_status status);

/* Of what is judged. */
enum thim_part {
    THIM_PART_WHOLE = 0,
    THIM_PART_LAUNCH = 1,  /* as it was launched: platform, module, QE */
    THIM_PART_CURRENT = 2, /* a TD 1.5, with the module that runs now */
    THIM_PART_PLATFORM = 3,
    THIM_PART_MODULE = 4, /* of TDX, at launch */
    THIM_PART_QE = 5,
    THIM_PART_CURRENT_PLATFORM = 6,
    THIM_PART_CURRENT_MODULE = 7,
};
/* SEV-SNP has a whole alone: UpToDate or OutOfDate by your minimum, or none. The whole of
 * what is not valid can have a status, too. */
THIM_API enum thim_status thim_verdict_status(const struct thim_verdict *verdict,
                                              enum thim_part part);
/* Seconds since 1970. False: it has none. */
THIM_API bool thim_verdict_tcb_date(const struct thim_verdict *verdict,
                                    enum thim_part part, int64_t *date_s);
/* "INTEL-SA-00615"; the whole's are sorted, each once. LAUNCH and CURRENT have none but
 * their parts'. */
THIM_API size_t thim_verdict_advisory_count(const struct thim_verdict *verdict,
                                            enum thim_part part);
THIM_API struct thim_bytes thim_verdict_advisory(const struct thim_verdict *verdict,
                                                 enum thim_part part, size_t index);

/* What has dates of its own. */
enum thim_item {
    THIM_ITEM_PCK_CERT_CHAIN = 1,
    THIM_ITEM_ROOT_CA_CRL = 2,
    THIM_ITEM_PCK_CRL = 3,
    THIM_ITEM_TCB_INFO = 4,
    THIM_ITEM_TCB_INFO_CHAIN = 5,
    THIM_ITEM_ENCLAVE_IDENTITY = 6,
    THIM_ITEM_ENCLAVE_IDENTITY_CHAIN = 7,
    THIM_ITEM_VEK = 8,
    THIM_ITEM_VEK_CHAIN = 9,
    THIM_ITEM_AMD_CRL = 10,
};
THIM_API const char *thim_item_name(enum thim_item item); /* "root_ca_crl" */

struct thim_dates {
    int64_t from_s, until_s; /* seconds since 1970, both included */
    bool expired;            /* the time lies outside them */
};
/* False where the item took no part. */
THIM_API bool thim_verdict_dates(const struct thim_verdict *verdict, enum thim_item item,
                                 struct thim_dates *out);
/* Bit 1 << item is set where it is expired. */
THIM_API uint32_t thim_verdict_expired(const struct thim_verdict *verdict);

/* What a valid quote or report says. Of one that is not valid there is nothing here, for
 * nobody vouches for it; thim_verdict_json tells people what it claims.
 * Bytes, in memory order but where said otherwise. */
enum thim_field {
    THIM_FIELD_REPORT_DATA = 1, /* 64; of SGX, TDX and SEV-SNP */
    THIM_FIELD_ROOT_SPKI_SHA256 = 2,

    /* the platform of a quote */
    THIM_FIELD_FMSPC = 101,                /* 6 */
    THIM_FIELD_PPID = 102,                 /* 16 */
    THIM_FIELD_PCE_ID = 103,               /* 2, big endian */
    THIM_FIELD_PLATFORM_INSTANCE_ID = 104, /* 16; Platform CA only */
    THIM_FIELD_QE_ID = 105,                /* 16; no key vouches for it */
    THIM_FIELD_PCK_CPUSVN = 106,           /* 16 */

    /* an enclave */
    THIM_FIELD_SGX_MRENCLAVE = 201,       /* 32 */
    THIM_FIELD_SGX_MRSIGNER = 202,        /* 32 */
    THIM_FIELD_SGX_ATTRIBUTES = 203,      /* 16: flags, XFRM */
    THIM_FIELD_SGX_MISCSELECT = 204,      /* 4 */
    THIM_FIELD_SGX_CPUSVN = 205,          /* 16 */
    THIM_FIELD_SGX_CONFIG_ID = 206,       /* 64 */
    THIM_FIELD_SGX_ISV_EXT_PROD_ID = 207, /* 16 */
    THIM_FIELD_SGX_ISV_FAMILY_ID = 208,   /* 16 */

    /* a trust domain */
    THIM_FIELD_TDX_MRTD = 301,            /* 48 */
    THIM_FIELD_TDX_RTMR0 = 302,           /* 48 */
    THIM_FIELD_TDX_RTMR1 = 303,           /* 48 */
    THIM_FIELD_TDX_RTMR2 = 304,           /* 48 */
    THIM_FIELD_TDX_RTMR3 = 305,           /* 48 */
    THIM_FIELD_TDX_MRCONFIGID = 306,      /* 48 */
    THIM_FIELD_TDX_MROWNER = 307,         /* 48 */
    THIM_FIELD_TDX_MROWNERCONFIG = 308,   /* 48 */
    THIM_FIELD_TDX_TD_ATTRIBUTES = 309,   /* 8 */
    THIM_FIELD_TDX_XFAM = 310,            /* 8 */
    THIM_FIELD_TDX_MRSEAM = 311,          /* 48 */
    THIM_FIELD_TDX_MRSIGNERSEAM = 312,    /* 48 */
    THIM_FIELD_TDX_SEAM_ATTRIBUTES = 313, /* 8 */
    THIM_FIELD_TDX_TEE_TCB_SVN = 314,     /* 16 */
    THIM_FIELD_TDX_TEE_TCB_SVN2 = 315,    /* 16; TD 1.5 */
    THIM_FIELD_TDX_MRSERVICETD = 316,     /* 48; TD 1.5 */

    /* an SEV-SNP guest */
    THIM_FIELD_SNP_MEASUREMENT = 401,       /* 48 */
    THIM_FIELD_SNP_HOST_DATA = 402,         /* 32 */
    THIM_FIELD_SNP_CHIP_ID = 403,           /* 64; zeros: masked */
    THIM_FIELD_SNP_REPORT_ID = 404,         /* 32 */
    THIM_FIELD_SNP_REPORT_ID_MA = 405,      /* 32 */
    THIM_FIELD_SNP_ID_KEY_DIGEST = 406,     /* 48 */
    THIM_FIELD_SNP_AUTHOR_KEY_DIGEST = 407, /* 48 */
    THIM_FIELD_SNP_FAMILY_ID = 408,         /* 16 */
    THIM_FIELD_SNP_IMAGE_ID = 409,          /* 16 */
    THIM_FIELD_SNP_CSP_ID = 410,            /* text; of a VLEK */
};
THIM_API struct thim_bytes thim_verdict_field(const struct thim_verdict *verdict,
                                              enum thim_field field);

/* What a valid quote or report says in numbers. */
enum thim_number {
    THIM_NUMBER_VERSION = 1,  /* of the format */
    THIM_NUMBER_DEBUG = 2,    /* 1: whoever runs the host can look inside */
    THIM_NUMBER_TRAILING = 3, /* bytes behind a quote, nobody's */

    THIM_NUMBER_PCK_CA = 101,           /* enum thim_pck_ca */
    THIM_NUMBER_PCESVN = 102,           /* of the PCK certificate */
    THIM_NUMBER_SGX_TYPE = 103,         /* 0 Standard, 1 Scalable, 2 with
                                           Integrity */
    THIM_NUMBER_DYNAMIC_PLATFORM = 104, /* these three: where Platform CA */
    THIM_NUMBER_CACHED_KEYS = 105,
    THIM_NUMBER_SMT_ENABLED = 106,
    THIM_NUMBER_CERTIFICATION_TYPE = 107,
    THIM_NUMBER_QE_ISV_SVN = 108,

    THIM_NUMBER_SGX_ISV_PROD_ID = 201,
    THIM_NUMBER_SGX_ISV_SVN = 202,
    THIM_NUMBER_SGX_CONFIG_SVN = 203,

    THIM_NUMBER_SNP_PRODUCT = 401,   /* enum thim_snp_product */
    THIM_NUMBER_SNP_SIGNED_BY = 402, /* enum thim_vek_kind */
    THIM_NUMBER_SNP_GUEST_SVN = 403,
    THIM_NUMBER_SNP_GUEST_POLICY = 404,
    THIM_NUMBER_SNP_VMPL = 405,
    THIM_NUMBER_SNP_PLATFORM_INFO = 406,
    THIM_NUMBER_SNP_REPORTED_TCB = 407, /* TCB_VERSIONs, little endian */
    THIM_NUMBER_SNP_CURRENT_TCB = 408,
    THIM_NUMBER_SNP_COMMITTED_TCB = 409,
    THIM_NUMBER_SNP_LAUNCH_TCB = 410,
};
/* False, and *out 0, where it says no such thing. */
THIM_API bool thim_verdict_number(const struct thim_verdict *verdict,
                                  enum thim_number number, uint64_t *out);

/* All of it as one JSON object, without a line end, as doc/verify.md has it. As snprintf:
 * returns its length without the NUL, and writes as much as has room, with a NUL. 0: no
 * memory, or no verdict yet. */
THIM_API size_t thim_verdict_json(const struct thim_verdict *verdict, char *out,
                                  size_t room);

#ifdef __cplusplus
}
#endif

#endif
