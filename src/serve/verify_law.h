/* SPDX-License-Identifier: Apache-2.0 */
/* By which law evidence is judged: a baseline, chosen as for collateral
 * (serve/front_choose.h), and what is held of it. Who is judged must not pick the law: an
 * older number than the default baseline's, or a lower minimum, is refused unless the
 * default baseline's `choice` allows any. Whom a rule for addresses has put under an
 * older one, and who chooses nothing, is judged by the default's.
 *
 * Lifetime: nothing is held; view, address and question must outlive the law. Pure. */
#ifndef THIM_SERVE_VERIFY_LAW_H
#define THIM_SERVE_VERIFY_LAW_H

#include "serve/front_choose.h"
#include "verify/report.h"

struct verify_law {
    const struct baseline_view *view;
    struct bytes address;         /* as front_choose has it */
    const struct question *asked; /* ASK_VERIFY: what the request chooses */

    size_t policy;               /* under which: an index into the view's law */
    enum choose_outcome outcome; /* CHOSEN, or why something was refused */
    struct error why;
};

/* Whether a quote of this TEE is judged under what was chosen, as far as that can be told
 * before its FMSPC is known; and again by verify_law_find once it is. */
bool verify_law_for_quote(struct verify_law *law, enum tee tee) MUST_CHECK;

/* The minima that a report is held to, into out. */
bool verify_law_for_report(struct verify_law *law, struct report_law *out) MUST_CHECK;

/* For a struct collateral_source, whose context is the law: what the view has of this
 * subject under the baseline. NULL also where outcome says from then on why. */
const struct verified_collateral *verify_law_find(void *law,
                                                  const struct collateral_key *subject);

#endif
