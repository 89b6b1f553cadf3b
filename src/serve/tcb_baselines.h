/* SPDX-License-Identifier: Apache-2.0 */
/* The TCB baselines that may be chosen, as Azure Attestation lists its own.
 *
 *   GET
 * /tcbbaselines/{SgxEnclave|OpenEnclave|SevSnpVm|Tpm}?api-version=2022-09-01-preview {
 * "tcbBaselines": [{ "tcbIdentifier": text, "tcbEvaluationDataNumber": n,
 *       "tcbReleaseDate": time, "minimumPswLinuxVersion": text,
 *       "minimumPswWindowsVersion": text, "isSelectedTcb": bool }] }
 *
 * SGX, of both kinds of enclave: each number that is held whole for SGX, lowest first,
 * and the one in force of the default baseline, which is marked. The date is the
 * release's, else the signed list's; what is not known is left out. SevSnpVm: the least
 * TCB_VERSION that the default baseline asks of each product, as
 * "Milan-db18000000000004", with tcbIdentifier and isSelectedTcb alone. Tpm: there is
 * none, an empty list.
 *
 * Any api-version of the usual form is taken, since there is one shape. Errors are 400
 * with { "error": { "code", "message" } }, whose codes never change:
 * MissingApiVersionParameter, InvalidApiVersionParameter, InvalidAttestationType.
 *
 * Source: attestation data plane 2022-09-01-preview (reference baselines.md). Pure. */
#ifndef THIM_SERVE_TCB_BASELINES_H
#define THIM_SERVE_TCB_BASELINES_H

#include "baseline/tcb_release.h"
#include "format/http_query.h"
#include "serve/baseline_view.h"

/* Whether a path, decoded, is such a one; letter case does not count. */
bool tcb_baselines_is_asked(struct bytes path);

/* The answer to a target with such a path: JSON, whatever the status. False where body
 * has no room. */
bool tcb_baselines_answer(const struct baseline_view *view,
                          const struct tcb_release_table *releases,
                          const struct http_target *target, struct buf *body,
                          unsigned *status) MUST_CHECK;

#endif
