/* SPDX-License-Identifier: Apache-2.0 */
/* thim verify in its parts: what was asked (verify_order.c), the evidence judged by files
 * (verify_files.c) or by a service (verify_ask.c), and what is printed of the verdict
 * (verify_print.c), which is the same object whoever gave it (verify/verdict_json.h). */
#ifndef THIM_THIM_VERIFY_PARTS_H
#define THIM_THIM_VERIFY_PARTS_H

#include <jansson.h>

#include "format/evidence_text.h"
#include "format/tcb_version.h"
#include "thim/service_client.h"

struct verify_order {
    const char *file; /* "-" is standard input */
    bool as_json;

    /* files */
    const char *tcb_info, *identity, *root_crl, *pck_crl, *signing_chain, *identity_chain,
        *pck_crl_chain, *pck_chain;    /* of quotes */
    const char *vek, *vek_chain, *crl; /* of reports */
    const char *collateral, *root, *at_text, *min_tcb_text;
    bool by_files;
    int64_t at_s;
    bool has_min_tcb[SNP_PRODUCTS];
    struct tcb_version min_tcb[SNP_PRODUCTS];

    /* a service */
    struct service_address address;
    const char *baseline;

    /* either */
    const char *policy, *number_text;
    uint32_t number; /* 0: as it is chosen */
};

/* ERROR_FORMAT for whatever does not go together, too. */
bool verify_order_read(int argc, char **argv, struct verify_order *out, struct error *err)
    MUST_CHECK;

/* What could be said: the verdict, or why there is none. */
struct verify_answer {
    json_t *verdict;  /* NULL: err tells why */
    json_t *files;    /* which of a directory's were chosen; NULL: none were */
    struct error why; /* a service's */
};

/* Opens no socket. False where the files or options cannot be used (ERROR_FORMAT,
 * ERROR_NOT_FOUND, ...); what is wrong with evidence and collateral is in the verdict. */
bool verify_by_files(const struct verify_order *order,
                     const struct evidence_text *evidence, struct arena *arena,
                     struct verify_answer *out, struct error *err) MUST_CHECK;

/* ERROR_UNREACHABLE: nobody could be asked; else its refusal. */
bool verify_by_service(const struct verify_order *order,
                       const struct evidence_text *evidence, struct verify_answer *out,
                       struct error *err) MUST_CHECK;

/* On standard output. */
void verify_print(const json_t *verdict);

/* Of a verdict: 0 valid and accepted, 3 what is missing might be had, else 1. */
int verify_exit_status(const json_t *verdict);

#endif
