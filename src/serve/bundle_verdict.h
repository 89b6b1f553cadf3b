/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on an offline bundle: every chain, list, document and certificate in it is
 * verified before anything of it is kept. PCCS takes whatever comes; here one part that
 * does not verify refuses the whole, with its place and the reason.
 *
 * The bundle is walked twice: first for chains and CRLs, then, under whichever CRLs are
 * newer, the bundle's own or those that are held, for all else. */
#ifndef THIM_SERVE_BUNDLE_VERDICT_H
#define THIM_SERVE_BUNDLE_VERDICT_H

#include <stdatomic.h>

#include "format/platform_bundle.h"
#include "serve/complaints.h"
#include "store/store.h"
#include "verify/pck.h"

#define BUNDLE_ITEMS_MAX 20000 /* signed documents and CRLs of one bundle */

struct bundle_law {
    const struct trust *trust;
    const struct holdings *held;
    int64_t now_s, future_s;
    /* What is out of date or older than what is held is passed over and listed; a
     * certificate that is out of date or revoked is kept, listed, and never given. */
    bool skips_stale;
    const atomic_bool *gives_up; /* once true, the walk ends */
};

struct bundle_platform { /* of one that has certificates: half a SHA-256 of its name */
    uint8_t digest[16];
};

struct bundle_verdict {
    const struct bundle_law *law;
    struct complaints complaints, skipped;

    struct store_entry *entries; /* the items are ours */
    size_t entry_count, entry_room;
    struct designation *designations;
    size_t designation_count, designation_room;

    /* by enum pck_ca; NULL where the bundle has none that verifies */
    struct verified_pck_issuer *issuers[3];
    struct verified_collateral *root_crl, *pck_crls[3]; /* what is judged by */

    struct bundle_platform *platforms; /* sorted */
    size_t platform_count, platform_room;
    size_t certificates, registrations;
};

/* False where the document is no bundle or the walk was given up; err says why, and
 * whether there are complaints, the verdict. */
bool bundle_judge(struct bytes text, const struct bundle_law *law,
                  struct bundle_verdict *out, struct error *err) MUST_CHECK;
void bundle_verdict_fini(struct bundle_verdict *verdict);

/* Which of the verdict's issuers a certificate names; NULL where there is none. */
const struct verified_pck_issuer *bundle_issuer_of(const struct bundle_verdict *verdict,
                                                   struct bytes der);

bool bundle_has_platform(const struct bundle_verdict *verdict,
                         const struct platform_name *name);

#endif
