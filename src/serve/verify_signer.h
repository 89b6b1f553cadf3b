/* SPDX-License-Identifier: Apache-2.0 */
/* Whose PCK has signed a quote that does not bring the chain: certification types 1 to 3
 * name a platform and its TCB, whose certificates the store may have; type 4 brings the
 * certificate itself, whose issuer is the one that the PCK CRL of the moment came with.
 * Whether it is the right one the QE report's signature shows. Nobody upstream is asked.
 */
#ifndef THIM_SERVE_VERIFY_SIGNER_H
#define THIM_SERVE_VERIFY_SIGNER_H

#include "format/quote.h"
#include "serve/host_issuers.h"
#include "serve/hosts.h"

struct verify_signers {
    struct hosts *hosts; /* NULL: no platform is known */
    struct host_issuers *issuers;
};

/* The platform that a quote names; without a PCE-ID in it, PCE-ID 0. */
struct platform_name verify_signer_name(const struct quote *quote);

/* The caller's reference. Neither dates nor revocation are judged. ERROR_NOT_FOUND: none
 * is known; anything else: there is one, and it does not verify. */
bool verify_signer_find(const struct verify_signers *signers,
                        const struct baseline_view *view, const struct quote *quote,
                        struct verified_pck **out, struct error *err) MUST_CHECK;

#endif
