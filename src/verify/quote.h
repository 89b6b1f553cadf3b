/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a quote is true, and at which TCB: one call that skips nothing.
 *
 * In Intel's order: format; PCK chain up to a trusted root, both CRLs, revocation; TCB
 * info and QE identity, which have been verified before they can get here; that they are
 * this platform's and this TEE's; TDX module; QE report's signature by the PCK, its
 * binding to the attestation key, QE identity; the quote's signature; TCB, convergence,
 * relaunch; the operator's deny list; and every date.
 *
 * Source: reference verification.md, sections 2 to 8. Pure: no clock, no files. No
 * allocation (but OpenSSL's own) once the platform's certification is known, and no lock.
 */
#ifndef THIM_VERIFY_QUOTE_H
#define THIM_VERIFY_QUOTE_H

#include "verify/collateral.h"
#include "verify/known_signers.h"
#include "verify/pck.h"
#include "verify/verdict.h"

/* Where verified collateral comes from. What find returns must stand until quote_verify
 * has returned and the verdict has been read. */
struct collateral_source {
    void *context;
    /* The item of this subject (evaluation number 0: the caller has the choice, by its
     * baseline), or NULL where there is none: a failed check, never a skipped one. TCB
     * info is asked for as version 3, and where there is none of SGX as version 2. */
    const struct verified_collateral *(*find)(void *context,
                                              const struct collateral_key *subject);
    /* Where find gave NULL: whether there is one that has been refused, by which check
     * and why. False: there is none at all. May itself be NULL. */
    bool (*refusal)(void *context, const struct collateral_key *subject,
                    enum verify_check *check, struct error *why);
    /* For certification types 1 to 4: the platform's PCK certificate, or NULL, with why
     * where there is one that has been refused; may itself be NULL. It needs no proof of
     * being the right one: the QE report's signature is that. */
    const struct verified_pck *(*pck)(void *context, const struct quote *quote,
                                      struct error *why);
    /* Spares verifying CA and root again: what has been verified under this digest
     * (struct pck_issuer_facts), or NULL; may itself be NULL. */
    const struct verified_pck_issuer *(*issuer)(void *context, const uint8_t digest[32]);
};

struct quote_law {
    const struct trust *trust; /* whom a chain in the quote has to lead to */
    struct collateral_source source;
    struct verdict_denials denials; /* pass NULL: there is no list */
    int64_t now_s;
    int64_t future_s; /* as in verify/collateral.h */
    bool refuse_trailing;
};

/* known: what this thread has verified before, and will remember; NULL: nothing, all is
 * verified anew. Returns verdict->valid. */
bool quote_verify(struct bytes quote, const struct quote_law *law,
                  struct known_signers *known, struct verdict *verdict);

#endif
