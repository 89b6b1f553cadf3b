/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of verify/quote.h share: quote.c (the order of checks),
 * quote_certify.c (who the platform is), quote_enclave.c (the QE, and the keys). */
#ifndef THIM_VERIFY_QUOTE_PARTS_H
#define THIM_VERIFY_QUOTE_PARTS_H

#include "verify/quote.h"

struct quote_trial { /* one quote under judgement */
    const struct quote_law *law;
    struct known_signers *known; /* NULL: nothing is remembered */
    struct verdict *verdict;
    const struct quote *quote;

    const struct verified_pck *pck;
    struct p256_key *pck_key;
    struct sha256 pck_digest;   /* of the certification data, or of the certificate */
    struct known_pck *own;      /* the same, where nobody remembers it */
    struct p256_key *own_key;   /* the attestation key, likewise */
    const struct crl *root_crl; /* NULL: none is at hand */

    enum verify_check missing; /* the first thing that was not there */
    const char *missing_what;
};

/* Finds the PCK certificate and what vouches for it, and puts both into the trial. False
 * where a check has failed. */
bool quote_certify(struct quote_trial *t) MUST_CHECK;

/* The QE report is the PCK's word for the attestation key, the QE is Intel's (identity
 * NULL: not judged), and the quote is signed by that key. False where a check has failed.
 */
bool quote_check_signatures(struct quote_trial *t, const struct qe_identity *identity)
    MUST_CHECK;

void quote_trial_fini(struct quote_trial *t);

#endif
