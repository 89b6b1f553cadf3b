/* SPDX-License-Identifier: Apache-2.0 */
/* The part of Intel's API that is about single platforms, as far as it differs from the
 * rest: requests that are posted, and the headers of PCK certificates.
 *
 * Source: Intel PCS API v4, "Get PCK Certificate(s)", and Intel SGX registration service
 * API v1. Requests by GET are read in pcs.h like all others. A PCCS takes none of these
 * posts. */
#ifndef THIM_SIM_PCS_PLATFORMS_H
#define THIM_SIM_PCS_PLATFORMS_H

#include "sim/pcs.h"

/* Reads what was posted to a target. 200 where a world can be asked; else the status to
 * answer with: 400 (*why being a constant sentence), 405 for a path that takes no posts,
 * 415 for another Content-Type than the path's. */
unsigned pcs_platforms_read(const struct wire_request *request, struct bytes target,
                            struct pcs_request *out, const char **why);

/* Whether a question needs an API key where one is demanded. */
bool pcs_platforms_is_guarded(const struct world_question *question);

/* SGX-FMSPC, SGX-PCK-Certificate-CA-Type, SGX-TCBm, Certificate-Count: those that belong
 * to the answer. */
void pcs_platforms_headers(const struct pcs_request *request,
                           const struct world_answer *answer, struct wire_answer *out);

#endif
