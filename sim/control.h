/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator's own routes, below /sim/: status, faults, clock, events, root.
 *
 * doc/thim-sim.md describes them. Answers are JSON; a refusal is 400 (or 404, 405, 409)
 * with {"error": "a sentence"}. */
#ifndef THIM_SIM_CONTROL_H
#define THIM_SIM_CONTROL_H

#include "sim/simulator.h"

/* Called under the simulator's lock. */
void control_answer(struct simulator *simulator, const struct wire_request *request,
                    struct wire_answer *out);

#endif
