/* SPDX-License-Identifier: Apache-2.0 */
/* What was found out about a quote or report: every part's status, every date, and the
 * first check that failed, by name. There is no "ok" beside it: `valid` is that every
 * check, date and revocation has passed, and whether that suffices is a policy's matter
 * (verify/policy.h).
 *
 * The names of checks are those of Intel's verification library where it has one
 * (reference verification.md, section 9), in our spelling. Lifetime: views look into the
 * quote or report and into the collateral that it was judged by. */
#ifndef THIM_VERIFY_VERDICT_H
#define THIM_VERIFY_VERDICT_H

#include "format/pck_cert.h"
#include "format/quote.h"
#include "format/snp_report.h"
#include "verify/collateral_key.h"
#include "verify/roots.h"
#include "verify/tcb_level.h"

enum verify_check {
    CHECK_PASSED = 0, /* all of them */

    CHECK_UNSUPPORTED_QUOTE_FORMAT, /* Intel's, in the order in which they are made */
    CHECK_PCK_CERT_MISSING,         /* the quote brings none, and none is known */
    CHECK_PCK_CERT_CHAIN_INVALID,   /* not what certificates should be */
    CHECK_PCK_CERT_CHAIN_UNTRUSTED, /* no path to a trusted root */
    CHECK_ROOT_CA_CRL_MISSING,
    CHECK_ROOT_CA_CRL_INVALID,
    CHECK_PCK_CRL_MISSING,
    CHECK_PCK_CRL_INVALID,
    CHECK_PCK_CA_REVOKED,
    CHECK_PCK_REVOKED,
    CHECK_TCB_INFO_MISSING,
    CHECK_TCB_INFO_INVALID,
    CHECK_TCB_INFO_CHAIN_UNTRUSTED,
    CHECK_TCB_INFO_INVALID_SIGNATURE,
    CHECK_ENCLAVE_IDENTITY_MISSING,
    CHECK_ENCLAVE_IDENTITY_INVALID,
    CHECK_ENCLAVE_IDENTITY_CHAIN_UNTRUSTED,
    CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE,
    CHECK_TCB_SIGNING_REVOKED,
    CHECK_TCB_INFO_MISMATCH,
    CHECK_TDX_MODULE_MISMATCH,
    CHECK_INVALID_QE_REPORT_SIGNATURE,
    CHECK_INVALID_QE_REPORT_DATA,
    CHECK_QE_IDENTITY_MISMATCH,
    CHECK_INVALID_QUOTE_SIGNATURE,
    CHECK_TCB_NOT_SUPPORTED, /* below all levels, or a module or QE is */
    CHECK_TCB_REVOKED,

    CHECK_UNSUPPORTED_REPORT_FORMAT, /* AMD's */
    CHECK_REPORT_UNSIGNED,           /* the host masks its chip's key */
    CHECK_VEK_MISSING,
    CHECK_VEK_INVALID,
    CHECK_VEK_CHAIN_UNTRUSTED,
    CHECK_VEK_MISMATCH,     /* of another chip, product or kind than the report's */
    CHECK_VEK_TCB_MISMATCH, /* of another TCB_VERSION than the report's */
    CHECK_AMD_CRL_MISSING,
    CHECK_AMD_CRL_INVALID,
    CHECK_VEK_ISSUER_REVOKED,
    CHECK_INVALID_REPORT_SIGNATURE,

    CHECK_DENIED, /* on the operator's own list */

    CHECK_PCK_CERT_CHAIN_EXPIRED, /* dates come last: what is wrong for good wins */
    CHECK_CRL_EXPIRED,
    CHECK_SIGNING_CERT_CHAIN_EXPIRED,
    CHECK_TCB_INFO_EXPIRED,
    CHECK_ENCLAVE_IDENTITY_EXPIRED,
    CHECK_VEK_CHAIN_EXPIRED,

    CHECK_SYSTEM, /* the machine: memory, a library */
    CHECKS,
};
const char *verify_check_name(enum verify_check check); /* "tcb_info_mismatch"; NULL for
                                                           CHECK_PASSED */
/* Whether what is missing can be had: then nobody can say yes or no yet. */
bool verify_check_is_missing(enum verify_check check);

enum evidence { EVIDENCE_SGX = 1, EVIDENCE_TDX, EVIDENCE_SEV_SNP };
const char *evidence_name(enum evidence evidence); /* "sgx", "tdx", "sev-snp" */

enum dated_item { /* what has dates of its own, in the order of its checks */
                  DATED_PCK_CERT_CHAIN,
                  DATED_ROOT_CA_CRL,
                  DATED_PCK_CRL,
                  DATED_TCB_INFO,
                  DATED_TCB_INFO_CHAIN,
                  DATED_ENCLAVE_IDENTITY,
                  DATED_ENCLAVE_IDENTITY_CHAIN,
                  DATED_VEK, /* VCEK or VLEK */
                  DATED_VEK_CHAIN,
                  DATED_AMD_CRL,
                  DATED_ITEMS,
};
const char *dated_item_name(enum dated_item item); /* "root_ca_crl", "tcb_info" */

struct dated {
    bool is_known;
    bool is_out; /* the moment lies before from_s, or past until_s */
    int64_t from_s, until_s;
};

struct quote_facts { /* of a quote; what was reached */
    struct quote quote;
    bool has_pck;
    struct pck_cert pck;
    enum pck_ca ca;
    uint8_t root_spki_sha256[32];
    uint8_t root_key_id[48]; /* as struct pck_issuer_facts has it */
    enum root_origin root_origin;
    const struct tcb_info *tcb_info;    /* NULL: not reached */
    const struct qe_identity *identity; /* likewise */
    struct bytes root_crl_number, pck_crl_number;
    bool has_tcb;
    struct tcb_verdict tcb; /* platform, module, QE, launch and current */
};

struct report_facts { /* of an SNP report */
    struct snp_report report;
    enum snp_product product; /* 0: not known */
    bool has_vek;
    struct vcek vek;
    uint8_t root_spki_sha256[32];
    enum root_origin root_origin;
    struct tcb_version reported, current, committed, launch; /* where product is known */
    bool has_min_tcb;
    struct tcb_version min_tcb;
    enum spl lowest; /* where reported is below min_tcb: the first component that is */
};

#define VERDICT_ADVISORIES_MAX (3 * TCB_ADVISORIES_MAX)

struct verdict {
    enum evidence evidence; /* 0: it is neither quote nor report */
    int64_t now_s;
    enum verify_check failure; /* the first that failed */
    struct error why;          /* of it: a sentence */
    bool valid;                /* failure is CHECK_PASSED */
    bool has_status;
    enum tcb_standing status;        /* of SNP: UpToDate or OutOfDate, by min_tcb */
    int64_t tcb_date_s;              /* 0: none */
    uint32_t evaluation_data_number; /* the lower of TCB info's and identity's; 0: none */
    bool revocation_checked;         /* by the lists that speak for every certificate */
    struct dated dates[DATED_ITEMS];
    size_t advisory_count;                           /* sorted, each once */
    struct bytes advisories[VERDICT_ADVISORIES_MAX]; /* INTEL-SA-... */
    struct quote_facts intel;                        /* where it is SGX or TDX */
    struct report_facts amd;                         /* where it is SEV-SNP */
};

/* Nothing found out yet; advisories are left as they are. */
void verdict_begin(struct verdict *verdict, enum evidence evidence, int64_t now_s);

/* Where no check has failed yet, this one has; err's line tells why. Returns false. */
bool verdict_fail(struct verdict *verdict, enum verify_check check, const char *format,
                  ...) PRINTF_LIKE(3, 4);
bool verdict_fail_as(struct verdict *verdict, enum verify_check check,
                     const struct error *why);

/* Records an item's dates, held against now (with future_s of tolerance at their
 * beginning). */
void verdict_date(struct verdict *verdict, enum dated_item item, int64_t from_s,
                  int64_t until_s, int64_t future_s);

/* Last of all: where nothing else has failed, the first item that is out of date has; and
 * so `valid`. */
void verdict_end(struct verdict *verdict);

/* Whoever is judged, for a deny list. Views into the verdict's own. */
struct verdict_party {
    struct bytes qe_id; /* 16 */
    struct bytes ppid, fmspc;
    struct bytes spki;    /* of the PCK, or the VEK: SubjectPublicKeyInfo */
    struct bytes chip_id; /* as much as names the chip */
    const struct bytes *advisories;
    size_t advisory_count;
};

/* The operator's own list, which verify/ does not know: false where it names the party,
 * with ERROR_DENIED's line. */
struct verdict_denials {
    const void *list;
    bool (*pass)(const void *list, const struct verdict_party *party, int64_t now_s,
                 struct error *err);
};

#endif
