/* SPDX-License-Identifier: Apache-2.0 */
/* `thim-sim quote` and `thim-sim report`: quotes and reports of the synthetic world that
 * a seed makes, without a simulator that runs. */
#ifndef THIM_SIM_MINT_COMMAND_H
#define THIM_SIM_MINT_COMMAND_H

#include "sim/mint_order.h"

/* argv[0] is the word that called for it. The exit status: 0, 2 for a wrong order, 3
 * where it cannot be made or written. */
int mint_command(enum minted what, int argc, char **argv);

#endif
