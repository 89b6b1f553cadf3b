/* SPDX-License-Identifier: Apache-2.0 */
/* The SGX extension of a PCK certificate: which platform it is, at which TCB.
 *
 * Source: Intel, "SGX PCK Certificate and CRL Profile Specification" 1.5, section 1.3.5;
 * OID 1.2.840.113741.1.13.1. Values are copied; nothing here looks into the certificate.
 */
#ifndef THIM_FORMAT_PCK_CERT_H
#define THIM_FORMAT_PCK_CERT_H

#include "format/x509.h"

enum pck_sgx_type { PCK_STANDARD = 0, PCK_SCALABLE = 1, PCK_SCALABLE_WITH_INTEGRITY = 2 };

struct pck_cert {
    uint8_t ppid[16];
    uint8_t components[16]; /* SGX TCB component SVNs; these, not CPUSVN, are compared */
    uint16_t pcesvn;
    uint8_t cpusvn[16];
    uint8_t pce_id[2]; /* as in the certificate: big endian */
    uint8_t fmspc[6];
    enum pck_sgx_type sgx_type;
    bool has_platform; /* what only Platform CA certificates carry: instance id, flags */
    uint8_t platform_instance_id[16];
    bool dynamic_platform, cached_keys, smt_enabled;
};

/* Reads the extension out of a parsed certificate. Every entry exactly once, in any
 * order; with the Platform CA's entries all or none. ERROR_FORMAT names the entry.
 * Intel's test data still has an early form, in which the entries .6 and .7 are the flags
 * dynamicPlatform and cachedKeys themselves: then has_platform is false, for there is no
 * platform instance id. */
bool pck_cert_parse(const struct x509_certificate *certificate, struct pck_cert *out,
                    struct error *err) MUST_CHECK;

#endif
