/* SPDX-License-Identifier: Apache-2.0 */
/* What valid quotes show of known platforms: their TDX SVNs, which nothing else tells,
 * and which a preview of a baseline needs. Told to the store once in a while for each
 * platform and set of SVNs, whether it knows the platform or not.
 *
 * Any thread; who has told it lately pays for one look. What does not fit is told the
 * next time. */
#ifndef THIM_SERVE_TDX_SIGHTINGS_H
#define THIM_SERVE_TDX_SIGHTINGS_H

#include "store/writer.h"
#include "verify/verdict.h"

#define TDX_TOLD_EVERY_S 3600 /* one platform's SVNs */

struct tdx_sightings;

/* writer must outlive it. */
bool tdx_sightings_create(struct store_writer *writer, struct tdx_sightings **out,
                          struct error *err) MUST_CHECK;
/* The writer has been stopped, or has nothing of its left. Accepts NULL. */
void tdx_sightings_destroy(struct tdx_sightings *sightings);
DEFINE_OWNED(struct tdx_sightings *, tdx_sightings_destroy)

/* Of whatever verdict: only a valid one of TDX is looked at. */
void tdx_sightings_note(struct tdx_sightings *sightings, const struct verdict *verdict);

#endif
