/* SPDX-License-Identifier: Apache-2.0 */
/* What the codes mean that people meet in logs of quote providers, quoting libraries and
 * verifiers, in HTTP answers of caching services, and in our own verdicts: what it is,
 * what usually stands behind it, what to do.
 *
 * Source: reference clients.md, A4 and B4 (which code a condition becomes);
 * verification.md, section 9; Intel's sgx_ql_lib_common.h, sgx_qve_header.h,
 * sgx_default_qcnl_wrapper.h and SgxEcdsaAttestation/QuoteVerification.h (numbers and
 * names). One number may be said by several libraries: all of them are listed. */
#ifndef THIM_THIM_ERROR_CODES_H
#define THIM_THIM_ERROR_CODES_H

#include "kit/bytes.h"
#include "thim/error_advice.h"

struct error_code {
    uint32_t number; /* 0 where the library has none */
    const char *name, *meaning;
    enum error_advice advice;
};

struct error_library { /* who says them */
    const char *name;  /* "dcap" */
    const char *title; /* for people */
    bool numbered;
    const struct error_code *codes;
    size_t count;
};

/* ---- the tables ------------------------------------------------------------------ */

#define ERROR_LIBRARIES 8

const struct error_library *error_library(size_t i); /* i below ERROR_LIBRARIES */

/* Rows of error_codes_dcap.c, error_codes_qvl.c and error_codes_own.c. */
extern const struct error_library error_library_dcap;   /* 0xE0xx */
extern const struct error_library error_library_azure;  /* the same, as Azure says them */
extern const struct error_library error_library_qv;     /* 0xA0xx */
extern const struct error_library error_library_qcnl;   /* 0xB0xx */
extern const struct error_library error_library_http;   /* statuses */
extern const struct error_library error_library_qvl;    /* 0 to 88 */
extern const struct error_library error_library_check;  /* verify/verdict.h */
extern const struct error_library error_library_status; /* TCB statuses */

/* ---- looking up ------------------------------------------------------------------- */

struct error_code_found {
    const struct error_library *speaker;
    const struct error_code *code;
};

#define ERROR_CODES_FOUND_MAX 16

/* "0xE019", "E019", "57369", or a name of either case; a name without its library's
 * prefix ("NETWORK_ERROR") is that of all who have it. How many; 0: nobody says it. */
size_t error_codes_find(struct bytes text, struct error_code_found out[]);

#endif
