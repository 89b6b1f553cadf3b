/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON in which Azure's THIM gives a guest its host's certificate.
 *
 * Source: reference amd-and-others, 2.1, and its two stored answers. Clients parse with
 * care: CCF wants all four members as texts, and exactly three certificates in them;
 * contrast one certificate without a byte behind its block, and cacheControl as a number
 * in a text; sidecars put vcekCert and certificateChain one behind the other, so each
 * ends in a line end. */
#ifndef THIM_SERVE_CHIP_METADATA_H
#define THIM_SERVE_CHIP_METADATA_H

#include "format/kds_url.h"
#include "format/pem.h"

#define CHIP_CACHE_CONTROL_S 86400 /* as Azure's answers have it */

/* key: of a certificate. issuers: ASK or ASVK, ARK. cache_control_s: how long the guest
 * may go on with it. */
void chip_metadata_write(struct buf *out, struct bytes der, const struct kds_key *key,
                         const struct der_chain *issuers, int64_t cache_control_s);

#endif
