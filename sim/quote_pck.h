/* SPDX-License-Identifier: Apache-2.0 */
/* Who certifies a quote: the platform at its TCB, the PCK certificate that is best for
 * it, and how the quote tells of that (certification types 1 to 5). */
#ifndef THIM_SIM_QUOTE_PCK_H
#define THIM_SIM_QUOTE_PCK_H

#include "sim/pck_desk.h"
#include "sim/quote_body.h"

struct quote_pck { /* others' things */
    const struct pck_desk *desk;
    const struct pki *pki, *impostor;
};

struct quote_pck_choice {
    uint32_t index;
    struct quote_platform platform; /* its level is what it runs */
    unsigned level;                 /* of the PCK certificate */
    unsigned pcesvn;
    int64_t now_s;
};

/* ERROR_NOT_FOUND where there is no such level, no certificate for the raw TCB, or no TDX
 * on the platform. */
bool quote_pck_choose(const struct quote_pck *pcks, const struct quote_order *order,
                      const struct quote_shape *shape, int64_t now_s,
                      struct quote_pck_choice *out, struct error *err) MUST_CHECK;

/* Appends the certification data. */
bool quote_pck_certify(const struct quote_pck *pcks, const struct quote_order *order,
                       const struct quote_shape *shape,
                       const struct quote_pck_choice *choice, struct buf *out,
                       struct error *err) MUST_CHECK;

#endif
