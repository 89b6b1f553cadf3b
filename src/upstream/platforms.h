/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching platforms' PCK certificates: part of the upstream thread (upstream/refresh.h),
 * beside the keeping of collateral, with which it shares client, upstreams and breakers.
 *
 * A fetch asks the upstreams in their order: PCS and a THIM whose token we have by
 * pckcerts, with the encrypted PPID or, where there is one, with the manifest (which
 * every later fetch sends again: Intel keeps no keys of a platform registered so); a
 * PCCS, or a THIM without a token, by pckcert for one raw TCB. Single flight per
 * platform. Everything that comes is verified (issuer, both CRLs, extension, kinship)
 * before it is written; told is called when it has been committed. "Not available" is
 * kept as a gap. One odd certificate is left out and logged.
 *
 * Platforms are fetched again in the background, within
 * intel.platform_fetches_per_minute: monthly; when a new evaluation number appears; once
 * a day where the best certificate is below a raw TCB; with backoff where the last fetch
 * failed, so that a registration is never lost to an upstream that was away. */
#ifndef THIM_UPSTREAM_PLATFORMS_H
#define THIM_UPSTREAM_PLATFORMS_H

#include "store/platform_errand.h"
#include "upstream/refresh.h"

#define PLATFORM_BELOW_S 86400 /* between fetches while a better certificate may come */

/* From any thread. What a stranger asks for is written only once upstream has vouched for
 * it; what a registrar brings has been written by the caller already. Where intel.fill
 * forbids it, FETCH_NOT_FOUND at once: offline for everybody, req for strangers. */
void refresh_fetch_platform(struct refresh *refresh,
                            const struct platform_demand *demand);

/* A host asked with a raw TCB above the best certificate's: fetched in the background
 * when the last fetch is a day old. From any thread; cheap; may be forgotten under load,
 * for the host will ask again. */
void refresh_doubt_platform(struct refresh *refresh, int64_t platform);

/* Everything is due (fmspc NULL), or all platforms of one FMSPC: PCCS's
 * refresh?type=certs. done when those due at this moment have been tried, or nobody can
 * be asked (then not all is well); that may take hours, for they keep their pace.
 * ERROR_UNREACHABLE where intel.fill is offline. */
bool refresh_platforms(struct refresh *refresh, const uint8_t *fmspc,
                       void (*done)(void *context, bool all_well), void *context,
                       struct error *err) MUST_CHECK;

void refresh_relay(struct refresh *refresh, const struct relay_demand *demand);

void refresh_import(struct refresh *refresh, const struct import_demand *demand);

#endif
