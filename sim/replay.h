/* SPDX-License-Identifier: Apache-2.0 */
/* A world of captured vendor data: at time T it answers with the newest document issued
 * by T, byte for byte as captured.
 *
 * `standard` is the lowest evaluation data number still valid at T, and from 2026-08-14
 * (when Intel promoted it) never below 20; `early` is the highest; a given number is that
 * number, 410 below standard, 404 where nothing was captured. Where nothing is valid any
 * more the newest expired document is given, so that who asks sees what time has done.
 * Chains are those in force at T. The layout read is that of replay_files.h. */
#ifndef THIM_SIM_REPLAY_H
#define THIM_SIM_REPLAY_H

#include "sim/world.h"

bool replay_open(const char *directory, struct world *out, struct error *err) MUST_CHECK;

#endif
