/* SPDX-License-Identifier: Apache-2.0 */
/* Those of the simulator's own routes that are about AMD: what chips there are and what
 * they would report, what happens to one, the ARKs, how often KDS was asked. */
#ifndef THIM_SIM_CONTROL_AMD_H
#define THIM_SIM_CONTROL_AMD_H

#include "sim/simulator.h"

#define CONTROL_CHIPS_MAX 256 /* in one answer */

/* The array for ?first=I&count=N, of a world that has chips; the caller's. NULL where the
 * query is wrong: ERROR_FORMAT, or ERROR_NOT_FOUND past the last; or ERROR_SYSTEM. */
json_t *control_amd_chips(const struct simulator *simulator, struct bytes query,
                          struct error *err) MUST_CHECK;

/* Whether an order is an event of AMD's. */
bool control_amd_knows(const json_t *order);

/* Makes it happen. ERROR_FORMAT, ERROR_NOT_FOUND or ERROR_LIMIT where it cannot. */
bool control_amd_event(const struct simulator *simulator, const json_t *order,
                       struct error *err) MUST_CHECK;

/* {"limited","largest_in_window","window_s"}; the caller's. */
json_t *control_amd_status(const struct simulator *simulator);

/* Appends the PEM of the ARK of ?product=P. ERROR_FORMAT, ERROR_NOT_FOUND. */
bool control_amd_ark(const struct simulator *simulator, struct bytes query,
                     struct buf *out, struct error *err) MUST_CHECK;

/* Appends the SHA-256 of each ARK's SubjectPublicKeyInfo, a line of hex digits each, in
 * the order of products; or of ?product=P alone. */
bool control_amd_ark_spki(const struct simulator *simulator, struct bytes query,
                          struct buf *out, struct error *err) MUST_CHECK;

#endif
