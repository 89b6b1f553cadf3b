/* SPDX-License-Identifier: Apache-2.0 */
/* Where the synthetic world is asked for what AMD's KDS has: chains, CRLs, VCEKs and
 * VLEKs.
 *
 * A VCEK is to be had for every TCB that the chip has had, or lower; for a VLEK that is
 * what the product's chips have at first. CRLs are issued every 182 days (counted from
 * 1970), and when something is revoked, and are valid for 365. */
#ifndef THIM_SIM_AMD_DESK_H
#define THIM_SIM_AMD_DESK_H

#include "sim/amd_pki.h"
#include "sim/chips.h"
#include "sim/vek.h"

struct amd_desk {
    struct chips *chips; /* its own, all three */
    struct amd_pki *pki;
    struct vek_mint *mint;
    bool lends_vleks; /* else there are none to be had */
};

/* Keys and chips follow from the seed (NULL: random). Authorities are valid over the
 * given time, certificates of chips from ordinary_s on. */
bool amd_desk_open(const char *seed, int64_t from_s, int64_t to_s, int64_t ordinary_s,
                   struct amd_desk **out, struct error *err) MUST_CHECK;
void amd_desk_close(struct amd_desk *desk); /* accepts NULL */
DEFINE_OWNED(struct amd_desk *, amd_desk_close)

/* For the kinds from WORLD_VCEK on. Documents are DER, the chain PEM. */
bool amd_desk_answer(struct amd_desk *desk, const struct world_question *question,
                     struct world_answer *out, struct error *err) MUST_CHECK;

/* Appends the CRL that a question asks for, as if the ASK (ASVK) had been revoked. */
bool amd_desk_revoking_crl(struct amd_desk *desk, const struct world_question *question,
                           struct buf *out, struct error *err) MUST_CHECK;

/* Appends the PEM of a product's ARK. */
bool amd_desk_ark(struct amd_desk *desk, enum world_product product, struct buf *out,
                  struct error *err) MUST_CHECK;

#endif
