/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/verdict.h"

#include <stdarg.h>
#include <stdio.h>

#include "kit/text.h"
#include "verify/freshness.h"

const char *verify_check_name(enum verify_check check)
{
    static const char *const names[CHECKS] = {
        [CHECK_UNSUPPORTED_QUOTE_FORMAT] = "unsupported_quote_format",
        [CHECK_PCK_CERT_MISSING] = "pck_cert_missing",
        [CHECK_PCK_CERT_CHAIN_INVALID] = "pck_cert_chain_invalid",
        [CHECK_PCK_CERT_CHAIN_UNTRUSTED] = "pck_cert_chain_untrusted",
        [CHECK_ROOT_CA_CRL_MISSING] = "root_ca_crl_missing",
        [CHECK_ROOT_CA_CRL_INVALID] = "root_ca_crl_invalid",
        [CHECK_PCK_CRL_MISSING] = "pck_crl_missing",
        [CHECK_PCK_CRL_INVALID] = "pck_crl_invalid",
        [CHECK_PCK_CA_REVOKED] = "pck_ca_revoked",
        [CHECK_PCK_REVOKED] = "pck_revoked",
        [CHECK_TCB_INFO_MISSING] = "tcb_info_missing",
        [CHECK_TCB_INFO_INVALID] = "tcb_info_invalid",
        [CHECK_TCB_INFO_CHAIN_UNTRUSTED] = "tcb_info_chain_untrusted",
        [CHECK_TCB_INFO_INVALID_SIGNATURE] = "tcb_info_invalid_signature",
        [CHECK_ENCLAVE_IDENTITY_MISSING] = "enclave_identity_missing",
        [CHECK_ENCLAVE_IDENTITY_INVALID] = "enclave_identity_invalid",
        [CHECK_ENCLAVE_IDENTITY_CHAIN_UNTRUSTED] = "enclave_identity_chain_untrusted",
        [CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE] = "enclave_identity_invalid_signature",
        [CHECK_TCB_SIGNING_REVOKED] = "tcb_signing_revoked",
        [CHECK_TCB_INFO_MISMATCH] = "tcb_info_mismatch",
        [CHECK_TDX_MODULE_MISMATCH] = "tdx_module_mismatch",
        [CHECK_INVALID_QE_REPORT_SIGNATURE] = "invalid_qe_report_signature",
        [CHECK_INVALID_QE_REPORT_DATA] = "invalid_qe_report_data",
        [CHECK_QE_IDENTITY_MISMATCH] = "qe_identity_mismatch",
        [CHECK_INVALID_QUOTE_SIGNATURE] = "invalid_quote_signature",
        [CHECK_TCB_NOT_SUPPORTED] = "tcb_not_supported",
        [CHECK_TCB_REVOKED] = "tcb_revoked",
        [CHECK_UNSUPPORTED_REPORT_FORMAT] = "unsupported_report_format",
        [CHECK_REPORT_UNSIGNED] = "report_unsigned",
        [CHECK_VEK_MISSING] = "vek_missing",
        [CHECK_VEK_INVALID] = "vek_invalid",
        [CHECK_VEK_CHAIN_UNTRUSTED] = "vek_chain_untrusted",
        [CHECK_VEK_MISMATCH] = "vek_mismatch",
        [CHECK_VEK_TCB_MISMATCH] = "vek_tcb_mismatch",
        [CHECK_AMD_CRL_MISSING] = "amd_crl_missing",
        [CHECK_AMD_CRL_INVALID] = "amd_crl_invalid",
        [CHECK_VEK_ISSUER_REVOKED] = "vek_issuer_revoked",
        [CHECK_INVALID_REPORT_SIGNATURE] = "invalid_report_signature",
        [CHECK_DENIED] = "denied",
        [CHECK_PCK_CERT_CHAIN_EXPIRED] = "pck_cert_chain_expired",
        [CHECK_CRL_EXPIRED] = "crl_expired",
        [CHECK_SIGNING_CERT_CHAIN_EXPIRED] = "signing_cert_chain_expired",
        [CHECK_TCB_INFO_EXPIRED] = "tcb_info_expired",
        [CHECK_ENCLAVE_IDENTITY_EXPIRED] = "enclave_identity_expired",
        [CHECK_VEK_CHAIN_EXPIRED] = "vek_chain_expired",
        [CHECK_SYSTEM] = "system",
    };

    return names[check];
}

bool verify_check_is_missing(enum verify_check check)
{
    switch (check) {
    case CHECK_PCK_CERT_MISSING:
    case CHECK_ROOT_CA_CRL_MISSING:
    case CHECK_PCK_CRL_MISSING:
    case CHECK_TCB_INFO_MISSING:
    case CHECK_ENCLAVE_IDENTITY_MISSING:
    case CHECK_VEK_MISSING:
    case CHECK_AMD_CRL_MISSING:
        return true;
    default:
        return false;
    }
}

const char *evidence_name(enum evidence evidence)
{
    static const char *const names[] = {
        [EVIDENCE_SGX] = "sgx", [EVIDENCE_TDX] = "tdx", [EVIDENCE_SEV_SNP] = "sev-snp"
    };

    return evidence < COUNT_OF(names) ? names[evidence] : NULL;
}

/* What has dates, and which check fails where it is out of them, in that order. */
static const struct {
    const char *name;
    enum verify_check check;
    const char *what; /* for messages */
} items[DATED_ITEMS] = {
    [DATED_ROOT_CA_CRL] = { "root_ca_crl", CHECK_CRL_EXPIRED, "root CA CRL" },
    [DATED_PCK_CRL] = { "pck_crl", CHECK_CRL_EXPIRED, "PCK CRL" },
    [DATED_PCK_CERT_CHAIN] = { "pck_cert_chain", CHECK_PCK_CERT_CHAIN_EXPIRED,
                               "PCK certificate chain" },
    [DATED_TCB_INFO] = { "tcb_info", CHECK_TCB_INFO_EXPIRED, "TCB info" },
    [DATED_TCB_INFO_CHAIN] = { "tcb_info_chain", CHECK_SIGNING_CERT_CHAIN_EXPIRED,
                               "TCB info's signing chain" },
    [DATED_ENCLAVE_IDENTITY] = { "enclave_identity", CHECK_ENCLAVE_IDENTITY_EXPIRED,
                                 "QE identity" },
    [DATED_ENCLAVE_IDENTITY_CHAIN] = { "enclave_identity_chain",
                                       CHECK_SIGNING_CERT_CHAIN_EXPIRED,
                                       "QE identity's signing chain" },
    [DATED_VEK] = { "vek", CHECK_VEK_CHAIN_EXPIRED, "VCEK or VLEK" },
    [DATED_VEK_CHAIN] = { "vek_chain", CHECK_VEK_CHAIN_EXPIRED, "chain above the VEK" },
    [DATED_AMD_CRL] = { "amd_crl", CHECK_CRL_EXPIRED, "ARK's CRL" },
};

const char *dated_item_name(enum dated_item item)
{
    return items[item].name;
}

/* Everything but the advisories, which count says how many of there are. */
void verdict_begin(struct verdict *verdict, enum evidence evidence, int64_t now_s)
{
    memset(verdict, 0, offsetof(struct verdict, advisories));
    memset(&verdict->intel, 0, sizeof verdict->intel);
    memset(&verdict->amd, 0, sizeof verdict->amd);
    verdict->evidence = evidence;
    verdict->now_s = now_s;
}

bool verdict_fail(struct verdict *verdict, enum verify_check check, const char *format,
                  ...)
{
    va_list arguments;
    char text[ERROR_TEXT_MAX];

    if (verdict->failure != CHECK_PASSED)
        return false;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    verdict->failure = check;
    return error_set(&verdict->why, ERROR_UNTRUSTED, "%s", text);
}

bool verdict_fail_as(struct verdict *verdict, enum verify_check check,
                     const struct error *why)
{
    if (verdict->failure != CHECK_PASSED)
        return false;
    verdict->failure = why->kind == ERROR_SYSTEM ? CHECK_SYSTEM : check;
    verdict->why = *why;
    return false;
}

void verdict_date(struct verdict *verdict, enum dated_item item, int64_t from_s,
                  int64_t until_s, int64_t future_s)
{
    int64_t now_s = verdict->now_s;
    bool is_early = freshness_is_early(from_s, now_s, future_s);

    verdict->dates[item] = (struct dated){ .is_known = true,
                                           .is_out = is_early || now_s > until_s,
                                           .from_s = from_s,
                                           .until_s = until_s };
}

void verdict_end(struct verdict *verdict)
{
    for (size_t i = 0; i < DATED_ITEMS && verdict->failure == CHECK_PASSED; i++) {
        const struct dated *dated = &verdict->dates[i];
        if (!dated->is_out)
            continue;
        verdict->failure = items[i].check;
        (void)error_set(&verdict->why, ERROR_STALE,
                        "%s is in force from %s to %s, and it is %s", items[i].what,
                        utc(dated->from_s).s, utc(dated->until_s).s,
                        utc(verdict->now_s).s);
    }
    verdict->valid = verdict->failure == CHECK_PASSED;
}
