/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes of the synthetic platforms, minted when asked for: versions 3, 4 and 5, of
 * enclaves and trust domains, good ones and such as have a defect.
 *
 * A quote's PCK certificate, root and quoting enclave are those that the world's PCS
 * tells of. The attestation key follows from platform and TCB; the same order gives the
 * same bytes, but for the CA's and root's certificates, which a simulator signs anew when
 * it starts. Everything is signed as it stands, defects too, unless the defect is in what
 * was signed: so a defect is found by the check for it, and by no other.
 *
 * Source: Intel, "SGX ECDSA Quote Library" A.4, "TDX DCAP Quoting Library API" A.3. */
#ifndef THIM_SIM_QUOTE_H
#define THIM_SIM_QUOTE_H

#include "sim/pck_desk.h"
#include "sim/quote_order.h"

#define QUOTE_LEN_MAX ((size_t)512 * 1024)

struct quote_mint;

/* All that is given must outlive it. */
bool quote_mint_open(const struct pck_desk *desk, const struct pki *pki,
                     const struct pki *impostor, struct quote_mint **out,
                     struct error *err) MUST_CHECK;
void quote_mint_close(struct quote_mint *mint); /* accepts NULL */
DEFINE_OWNED(struct quote_mint *, quote_mint_close)

/* Appends the bytes. ERROR_FORMAT where the order does not go together, ERROR_NOT_FOUND
 * where this world has no such thing: a level, TDX on a client. */
bool quote_mint(struct quote_mint *mint, const struct quote_order *order, int64_t now_s,
                struct buf *out, struct error *err) MUST_CHECK;

#endif
