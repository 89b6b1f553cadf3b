/* SPDX-License-Identifier: Apache-2.0 */
/* Registration of multi-package platforms: whether PCS takes a manifest, and what it
 * remembers of it.
 *
 * Source: Intel SGX registration service API v1 and PCS API v4, POST pckcert(s). A
 * platform registered directly (registration/v1/platform) leaves its keys with PCS, which
 * then knows its PPID; one whose manifest comes in pckcert(s) first leaves none, must
 * send it each time, and cannot be registered directly after. The request that adds a
 * package is, in this world, the manifest once more. */
#ifndef THIM_SIM_REGISTRATION_H
#define THIM_SIM_REGISTRATION_H

#include "sim/platforms.h"

#define REGISTRATION_SLOTS 8 /* for platform membership certificates */
#define REGISTRATION_SLOT_LEN ((size_t)1024)

/* Whose manifest it is. False where PCS refuses it; the refusal is given. */
bool registration_judge(const struct platforms *platforms, struct bytes manifest,
                        int64_t now_s, uint32_t *platform, struct world_answer *out);

/* The answer to WORLD_REGISTRATION: the PPID in hex, or for a package the slots. */
void registration_answer(struct platforms *platforms,
                         const struct world_question *question, struct world_answer *out);

#endif
