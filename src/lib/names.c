/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/names.h"

#include <assert.h>

static const enum thim_check checks[] = {
    [CHECK_PASSED] = THIM_CHECK_PASSED,
    [CHECK_UNSUPPORTED_QUOTE_FORMAT] = THIM_CHECK_UNSUPPORTED_QUOTE_FORMAT,
    [CHECK_PCK_CERT_MISSING] = THIM_CHECK_PCK_CERT_MISSING,
    [CHECK_PCK_CERT_CHAIN_INVALID] = THIM_CHECK_PCK_CERT_CHAIN_INVALID,
    [CHECK_PCK_CERT_CHAIN_UNTRUSTED] = THIM_CHECK_PCK_CERT_CHAIN_UNTRUSTED,
    [CHECK_ROOT_CA_CRL_MISSING] = THIM_CHECK_ROOT_CA_CRL_MISSING,
    [CHECK_ROOT_CA_CRL_INVALID] = THIM_CHECK_ROOT_CA_CRL_INVALID,
    [CHECK_PCK_CRL_MISSING] = THIM_CHECK_PCK_CRL_MISSING,
    [CHECK_PCK_CRL_INVALID] = THIM_CHECK_PCK_CRL_INVALID,
    [CHECK_PCK_CA_REVOKED] = THIM_CHECK_PCK_CA_REVOKED,
    [CHECK_PCK_REVOKED] = THIM_CHECK_PCK_REVOKED,
    [CHECK_TCB_INFO_MISSING] = THIM_CHECK_TCB_INFO_MISSING,
    [CHECK_TCB_INFO_INVALID] = THIM_CHECK_TCB_INFO_INVALID,
    [CHECK_TCB_INFO_CHAIN_UNTRUSTED] = THIM_CHECK_TCB_INFO_CHAIN_UNTRUSTED,
    [CHECK_TCB_INFO_INVALID_SIGNATURE] = THIM_CHECK_TCB_INFO_INVALID_SIGNATURE,
    [CHECK_ENCLAVE_IDENTITY_MISSING] = THIM_CHECK_ENCLAVE_IDENTITY_MISSING,
    [CHECK_ENCLAVE_IDENTITY_INVALID] = THIM_CHECK_ENCLAVE_IDENTITY_INVALID,
    [CHECK_ENCLAVE_IDENTITY_CHAIN_UNTRUSTED] =
        THIM_CHECK_ENCLAVE_IDENTITY_CHAIN_UNTRUSTED,
    [CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE] =
        THIM_CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE,
    [CHECK_TCB_SIGNING_REVOKED] = THIM_CHECK_TCB_SIGNING_REVOKED,
    [CHECK_TCB_INFO_MISMATCH] = THIM_CHECK_TCB_INFO_MISMATCH,
    [CHECK_TDX_MODULE_MISMATCH] = THIM_CHECK_TDX_MODULE_MISMATCH,
    [CHECK_INVALID_QE_REPORT_SIGNATURE] = THIM_CHECK_INVALID_QE_REPORT_SIGNATURE,
    [CHECK_INVALID_QE_REPORT_DATA] = THIM_CHECK_INVALID_QE_REPORT_DATA,
    [CHECK_QE_IDENTITY_MISMATCH] = THIM_CHECK_QE_IDENTITY_MISMATCH,
    [CHECK_INVALID_QUOTE_SIGNATURE] = THIM_CHECK_INVALID_QUOTE_SIGNATURE,
    [CHECK_TCB_NOT_SUPPORTED] = THIM_CHECK_TCB_NOT_SUPPORTED,
    [CHECK_TCB_REVOKED] = THIM_CHECK_TCB_REVOKED,
    [CHECK_UNSUPPORTED_REPORT_FORMAT] = THIM_CHECK_UNSUPPORTED_REPORT_FORMAT,
    [CHECK_REPORT_UNSIGNED] = THIM_CHECK_REPORT_UNSIGNED,
    [CHECK_VEK_MISSING] = THIM_CHECK_VEK_MISSING,
    [CHECK_VEK_INVALID] = THIM_CHECK_VEK_INVALID,
    [CHECK_VEK_CHAIN_UNTRUSTED] = THIM_CHECK_VEK_CHAIN_UNTRUSTED,
    [CHECK_VEK_MISMATCH] = THIM_CHECK_VEK_MISMATCH,
    [CHECK_VEK_TCB_MISMATCH] = THIM_CHECK_VEK_TCB_MISMATCH,
    [CHECK_AMD_CRL_MISSING] = THIM_CHECK_AMD_CRL_MISSING,
    [CHECK_AMD_CRL_INVALID] = THIM_CHECK_AMD_CRL_INVALID,
    [CHECK_VEK_ISSUER_REVOKED] = THIM_CHECK_VEK_ISSUER_REVOKED,
    [CHECK_INVALID_REPORT_SIGNATURE] = THIM_CHECK_INVALID_REPORT_SIGNATURE,
    [CHECK_DENIED] = THIM_CHECK_DENIED,
    [CHECK_PCK_CERT_CHAIN_EXPIRED] = THIM_CHECK_PCK_CERT_CHAIN_EXPIRED,
    [CHECK_CRL_EXPIRED] = THIM_CHECK_CRL_EXPIRED,
    [CHECK_SIGNING_CERT_CHAIN_EXPIRED] = THIM_CHECK_SIGNING_CERT_CHAIN_EXPIRED,
    [CHECK_TCB_INFO_EXPIRED] = THIM_CHECK_TCB_INFO_EXPIRED,
    [CHECK_ENCLAVE_IDENTITY_EXPIRED] = THIM_CHECK_ENCLAVE_IDENTITY_EXPIRED,
    [CHECK_VEK_CHAIN_EXPIRED] = THIM_CHECK_VEK_CHAIN_EXPIRED,
    [CHECK_SYSTEM] = THIM_CHECK_SYSTEM,
};
static_assert(COUNT_OF(checks) == CHECKS, "each check has a public number");

static const enum dated_item items[] = {
    [THIM_ITEM_PCK_CERT_CHAIN] = DATED_PCK_CERT_CHAIN,
    [THIM_ITEM_ROOT_CA_CRL] = DATED_ROOT_CA_CRL,
    [THIM_ITEM_PCK_CRL] = DATED_PCK_CRL,
    [THIM_ITEM_TCB_INFO] = DATED_TCB_INFO,
    [THIM_ITEM_TCB_INFO_CHAIN] = DATED_TCB_INFO_CHAIN,
    [THIM_ITEM_ENCLAVE_IDENTITY] = DATED_ENCLAVE_IDENTITY,
    [THIM_ITEM_ENCLAVE_IDENTITY_CHAIN] = DATED_ENCLAVE_IDENTITY_CHAIN,
    [THIM_ITEM_VEK] = DATED_VEK,
    [THIM_ITEM_VEK_CHAIN] = DATED_VEK_CHAIN,
    [THIM_ITEM_AMD_CRL] = DATED_AMD_CRL,
};
static_assert(COUNT_OF(items) == DATED_ITEMS + 1,
              "each item has a public number, from 1");

static_assert((int)STANDING_UP_TO_DATE == THIM_STATUS_UP_TO_DATE
                  && (int)STANDING_REVOKED == THIM_STATUS_REVOKED
                  && (int)STANDING_TD_RELAUNCH_ADVISED == THIM_STATUS_TD_RELAUNCH_ADVISED
                  && (int)STANDING_NOT_SUPPORTED == THIM_STATUS_NOT_SUPPORTED,
              "the public numbers of statuses are the inner ones");
static_assert((int)EVIDENCE_SGX == THIM_EVIDENCE_SGX
                  && (int)EVIDENCE_TDX == THIM_EVIDENCE_TDX
                  && (int)EVIDENCE_SEV_SNP == THIM_EVIDENCE_SEV_SNP,
              "and of evidence,");
static_assert((int)ROOT_PINNED == THIM_ROOT_PINNED && (int)ROOT_EXTRA == THIM_ROOT_EXTRA
                  && (int)ROOT_TEST == THIM_ROOT_TEST,
              "of roots' origins,");
static_assert((int)PCK_CA_PROCESSOR == THIM_PCK_CA_PROCESSOR
                  && (int)PCK_CA_PLATFORM == THIM_PCK_CA_PLATFORM,
              "of CAs,");
static_assert((int)SNP_MILAN == THIM_SNP_MILAN && (int)SNP_GENOA == THIM_SNP_GENOA
                  && (int)SNP_TURIN == THIM_SNP_TURIN && (int)VEK_VCEK == THIM_VEK_VCEK
                  && (int)VEK_VLEK == THIM_VEK_VLEK,
              "of products and kinds");

enum thim_check names_check(enum verify_check check)
{
    return (size_t)check < COUNT_OF(checks) ? checks[check] : THIM_CHECK_SYSTEM;
}

enum thim_status names_status(enum tcb_standing standing)
{
    return (enum thim_status)standing;
}

bool names_item(enum thim_item item, enum dated_item *out)
{
    if ((int)item <= 0 || (size_t)item >= COUNT_OF(items))
        return false;
    *out = items[item];
    return true;
}

/* ---- for people -------------------------------------------------------------------- */

const char *thim_version(void)
{
    return THIM_VERSION;
}

const char *thim_check_name(enum thim_check check)
{
    if (check == THIM_CHECK_PASSED)
        return "passed";
    if (check == THIM_CHECK_USAGE)
        return "usage";
    for (size_t i = 0; i < COUNT_OF(checks); i++)
        if (checks[i] == check)
            return verify_check_name((enum verify_check)i);
    return "unknown";
}

const char *thim_status_name(enum thim_status status)
{
    if (status == THIM_STATUS_NONE)
        return "none";
    return (int)status > 0 && status <= THIM_STATUS_NOT_SUPPORTED
               ? tcb_standing_name((enum tcb_standing)status)
               : "unknown";
}

const char *thim_evidence_name(enum thim_evidence evidence)
{
    if (evidence == THIM_EVIDENCE_NONE)
        return "none";
    return (int)evidence > 0 && evidence <= THIM_EVIDENCE_SEV_SNP
               ? evidence_name((enum evidence)evidence)
               : "unknown";
}

const char *thim_item_name(enum thim_item item)
{
    enum dated_item inner;

    return names_item(item, &inner) ? dated_item_name(inner) : "unknown";
}
