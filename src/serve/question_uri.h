/* SPDX-License-Identifier: Apache-2.0 */
/* The two parameters that carry a language of their own: Azure's and QPL's uri=, and
 * Azure's customParameter=.
 *
 * Nothing here is ever dialled: a URI from outside is looked up among Intel's names for
 * three CRLs, and gives a key or a refusal. */
#ifndef THIM_SERVE_QUESTION_URI_H
#define THIM_SERVE_QUESTION_URI_H

#include "config/config.h"
#include "kit/arena.h"
#include "verify/collateral_key.h"

#define CRL_URI_MAX 2048

struct crl_uri {
    struct collateral_key key; /* the root CRL or a PCK CRL */
    enum crl_form form;        /* by its own encoding=; 0 where it has none */
};

/* value: decoded once already; what is still percent-encoded is decoded once more, since
 * Azure's client encodes twice (clients: Azure DCAP 1.13, B2). ERROR_FORMAT names the
 * parameter; ERROR_LIMIT past CRL_URI_MAX. */
bool crl_uri_read(struct bytes value, struct arena *arena, struct crl_uri *out,
                  struct error *err) MUST_CHECK;

/* Base64 of "tcbEvaluationDataNumber=14;region=us central": number 14. Zero bytes at the
 * end are passed over (Azure's client encodes its string with its end); the pairs
 * themselves, not in base64, are read too. The region is
 * accepted and means nothing here. An unknown key is ERROR_FORMAT; 0 where no number is
 * named. */
bool custom_parameter_read(struct bytes value, uint32_t *number, struct error *err)
    MUST_CHECK;

#endif
