/* SPDX-License-Identifier: Apache-2.0 */
/* Collateral that somebody brings for quotes of one FMSPC and TEE, as PCS, PCCS or a
 * bundle has it: read in whatever encoding, verified to a trusted root, once.
 *
 * Dates are not judged here but by each verdict. Lifetime: immutable, and so for any
 * number of threads; it owns copies of all its bytes. Pure. */
#ifndef THIM_VERIFY_COLLATERAL_SET_H
#define THIM_VERIFY_COLLATERAL_SET_H

#include "verify/quote.h"

struct collateral_set;

struct collateral_texts { /* PEM, DER, hex or JSON (verify/inspect_file.h); empty where it
                             is not there */
    struct bytes root_crl, pck_crl, tcb_info, identity;
    struct bytes tcb_info_chain; /* TCB signing certificate, root */
    struct bytes identity_chain; /* empty: the one before */
    struct bytes
        pck_crl_chain;      /* PCK CA, root; empty: as `pck_chain` or `quote` has it */
    struct bytes pck_chain; /* leaf, CA, root: for quotes that bring no chain; or the leaf
                               alone, with a pck_crl_chain */
    struct bytes quote;     /* one, for the CA in its chain; need not be the one judged */
};

/* Nothing that was brought fails it: what is not there, or is refused, is a failed check
 * of the quotes that need it, with why. ERROR_SYSTEM alone. */
bool collateral_set_make(const struct collateral_texts *texts, const struct trust *trust,
                         struct collateral_set **out, struct error *err) MUST_CHECK;
void collateral_set_free(struct collateral_set *set); /* accepts NULL */
DEFINE_OWNED(struct collateral_set *, collateral_set_free)

/* Stands as long as the set. It has one TCB info and one identity, and gives them
 * for whatever is asked for: that they are of this platform is quote_verify's to check.
 */
struct collateral_source collateral_set_source(const struct collateral_set *set);

/* The verified parts, for people; NULL where there is none. */
const struct verified_collateral *collateral_set_item(const struct collateral_set *set,
                                                      enum collateral_kind kind);

#endif
