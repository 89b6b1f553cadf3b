/* SPDX-License-Identifier: Apache-2.0 */
/* A quote: an enclave or trust domain reported by its processor, signed by the platform's
 * quoting enclave, with what shows who that is.
 *
 * Versions 3 (SGX), 4 (SGX, TDX) and 5 (SGX, TDX 1.0, 1.5, 1.5 Ex); ECDSA P-256 alone.
 * Source: Intel, "SGX ECDSA Quote Library" A.4 and "TDX DCAP Quoting Library API" A.3, as
 * reference verification.md, section 1, has them with what implementations do.
 * Lifetime: everything here is a view into the bytes given to quote_parse.
 * Says nothing of trust: that is verify/quote. */
#ifndef THIM_FORMAT_QUOTE_H
#define THIM_FORMAT_QUOTE_H

#include "format/sgx_report_body.h"
#include "format/tcb_info.h"
#include "format/td_report.h"
#include "kit/error.h"

#define QUOTE_MAX (1024 * 1024) /* bytes, with whatever trails */
#define QUOTE_QE_ID_LEN 16

enum certification_type { /* who the quoting enclave's platform is, by what is there */
                          CERTIFICATION_PPID = 1,         /* in clear */
                          CERTIFICATION_PPID_RSA2048 = 2, /* encrypted to Intel */
                          CERTIFICATION_PPID_RSA3072 = 3,
                          CERTIFICATION_PCK_LEAF = 4,  /* PEM */
                          CERTIFICATION_PCK_CHAIN = 5, /* PEM: leaf, CA, root */
                          CERTIFICATION_QE_REPORT =
                              6, /* the outer one of versions 4, 5 */
                          CERTIFICATION_MANIFEST = 7,
};

struct quote_ppid {      /* of types 1 to 3 */
    struct bytes ppid;   /* 16 in clear, else 256 or 384 encrypted */
    struct bytes cpusvn; /* 16 */
    uint16_t pcesvn;
    struct bytes pce_id; /* 2, memory order (little endian): a PCK certificate's is the
                            other way round. Empty where type 1 leaves it out */
};

struct quote {
    struct bytes whole; /* header to signature, without what trails */
    size_t trailing;    /* bytes behind it, which nobody signs */
    uint16_t version;   /* 3, 4, 5 */
    enum tee tee;
    uint16_t header_qe_svn, header_pce_svn; /* version 3; they decide nothing */
    struct bytes qe_vendor;                 /* 16: Intel's, for any other is refused */
    struct bytes user_data;                 /* 20 */
    struct bytes qe_id; /* its first 16: which platform, for look-ups */

    struct sgx_report_body sgx; /* where tee is TEE_SGX */
    struct td_report td;        /* where tee is TEE_TDX */

    struct bytes signed_part;     /* what the attestation key signs */
    struct bytes signature;       /* 64: r then s, big endian */
    struct bytes attestation_key; /* 64: a P-256 point, X then Y, big endian */

    struct sgx_report_body qe_report;
    struct bytes qe_report_signature;      /* 64, by the PCK */
    struct bytes qe_auth_data;             /* 0 to 65535 */
    enum certification_type certification; /* 1 to 5: of versions 4 and 5 the inner one */
    struct bytes certification_data;       /* a NUL behind PEM is taken off */
    struct quote_ppid ppid;                /* where certification is 1 to 3 */
};

/* ERROR_FORMAT names the field and where it stands; ERROR_LIMIT past QUOTE_MAX. Every
 * length must fill what it stands in exactly, but for what trails the whole; a vendor
 * other than Intel, another key type, a type 6 inside or of version 3, and a type 7 are
 * refused. What of SGX and TDX is not there is zero. */
bool quote_parse(struct bytes in, struct quote *out, struct error *err) MUST_CHECK;

/* Whether bytes begin as a quote does: a version and TEE type that exist. */
bool quote_looks_like(struct bytes in);

#endif
