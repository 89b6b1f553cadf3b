/* SPDX-License-Identifier: Apache-2.0 */
/* Those of the simulator's own routes that are about single platforms: what hosts there
 * are and what they would say of themselves, and what happens to one. */
#ifndef THIM_SIM_CONTROL_PLATFORMS_H
#define THIM_SIM_CONTROL_PLATFORMS_H

#include "sim/simulator.h"

#define CONTROL_PLATFORMS_MAX 256 /* in one answer */

/* The array for ?first=I&count=N[&nonce=K], of a world that has platforms; the caller's.
 * NULL where the query is wrong: ERROR_FORMAT, or ERROR_NOT_FOUND past the last. */
json_t *control_platforms_list(const struct simulator *simulator, struct bytes query,
                               struct error *err) MUST_CHECK;

/* Whether an order is an event of one platform. */
bool control_platforms_knows(const json_t *order);

/* Makes it happen. ERROR_FORMAT, ERROR_NOT_FOUND or ERROR_LIMIT where it cannot. */
bool control_platforms_event(const struct simulator *simulator, const json_t *order,
                             struct error *err) MUST_CHECK;

#endif
