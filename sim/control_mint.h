/* SPDX-License-Identifier: Apache-2.0 */
/* Those of the simulator's own routes that mint: quotes of platforms, reports of chips,
 * as the world stands after all that has happened in it. */
#ifndef THIM_SIM_CONTROL_MINT_H
#define THIM_SIM_CONTROL_MINT_H

#include "sim/mint_order.h"
#include "sim/simulator.h"

/* {"quote"}, or {"report","vek","chain","crl"}, for an object of the order's members:
 * base64, the chain as PEM. The caller's; NULL where it is refused, with ERROR_FORMAT,
 * ERROR_NOT_FOUND or ERROR_LIMIT, or where the machine fails. */
json_t *control_mint(const struct simulator *simulator, enum minted what,
                     const json_t *members, struct error *err) MUST_CHECK;

#endif
