/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates' half of the verdict on a bundle (serve/bundle_verdict.h), which uses
 * it in its second walk. */
#ifndef THIM_SERVE_BUNDLE_PCKS_H
#define THIM_SERVE_BUNDLE_PCKS_H

#include "serve/bundle_verdict.h"

/* A BUNDLE_PCKS part: each certificate, and that all are one platform's. False where the
 * walk cannot go on; what is wrong with the part is complained about. */
bool bundle_judge_pcks(struct bundle_verdict *verdict, const struct bundle_part *part,
                       struct error *err) MUST_CHECK;

/* After the walk: bundle_has_platform looks in order. */
void bundle_sort_platforms(struct bundle_verdict *verdict);

#endif
