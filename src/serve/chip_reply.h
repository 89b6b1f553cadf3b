/* SPDX-License-Identifier: Apache-2.0 */
/* What clients of AMD's side are told that are not given what they ask for.
 *
 * 400: asked wrongly. 403: the operator denies the chip. 404: cannot exist, or nobody is
 * to be asked. 429 with Retry-After: may succeed later; these clients wait then, while
 * 503 makes some of them ask without end (reference amd-and-others, 2.1). Each surface
 * has a body of its own: KDS's text, JSON at the metadata endpoint, none from the
 * regional cache. */
#ifndef THIM_SERVE_CHIP_REPLY_H
#define THIM_SERVE_CHIP_REPLY_H

#include "serve/chip_question.h"
#include "serve/front_reply.h"
#include "store/chip_errand.h"

enum chip_refusal {
    CHIP_REFUSE_METHOD,
    CHIP_REFUSE_NO_HEADER,  /* Metadata: true is missing */
    CHIP_REFUSE_FORWARDED,  /* X-Forwarded-For is there */
    CHIP_REFUSE_NAMED_HOST, /* amd.named_hosts is false */
    CHIP_REFUSE_PRODUCT,    /* not among amd.products */
    CHIP_REFUSE_UNKNOWN,    /* amd.unknown_chips is refuse */
    CHIP_REFUSE_NOBODY,     /* not held, and there is nobody to ask */
    CHIP_REFUSE_NOT_AT_AMD,
    CHIP_REFUSE_UNTRUSTED,
    CHIP_REFUSE_UNREACHABLE,
    CHIP_REFUSE_LATE,
    CHIP_REFUSE_BUDGET,
    CHIP_REFUSE_BUSY,
    CHIP_REFUSE_EARLY, /* nothing has been published yet */
    CHIP_REFUSALS,
};
const struct refusal *chip_refusal(enum chip_refusal which);

/* By kind; the message is the error's, and must outlive the refusal. ERROR_FORMAT and
 * LIMIT: 400; NOT_FOUND and REVOKED: 404; DENIED: 403; what time may heal: 429; SYSTEM:
 * 500. */
struct refusal chip_refusal_of(const struct error *why);

/* What an upstream's failure is; where the report says why, its text is the message. */
struct refusal chip_report_refusal(const struct chip_report *report);

enum refusal_shape chip_shape(enum chip_route route);

#endif
