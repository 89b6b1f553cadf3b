/* SPDX-License-Identifier: Apache-2.0 */
/* Where the synthetic world is asked for PCK certificates: which platform is meant,
 * whether PCS knows it, and which certificates it is given.
 *
 * A platform has one certificate for each TCB level, that is for each TCB recovery event
 * disclosed by now, newest first. Even platforms are known from manufacture; odd ones by
 * their manifest, or once registered directly (registration.h); by its QE ID, which only
 * a PCCS is told, any. */
#ifndef THIM_SIM_PCK_DESK_H
#define THIM_SIM_PCK_DESK_H

#include "sim/calendar.h"
#include "sim/pck.h"

struct pck_desk { /* others' things */
    struct platforms *platforms;
    struct pck_mint *mint;
    const struct calendar *calendar;
};

/* Answers WORLD_PCKCERTS (JSON) and WORLD_PCKCERT (DER), but for the chain. */
bool pck_desk_answer(const struct pck_desk *desk, const struct world_question *question,
                     struct world_answer *out, struct error *err) MUST_CHECK;

/* The newest level whose TCB a raw one covers, gaps or not, of those that there are
 * certificates for; 0 where there is none. */
unsigned pck_desk_level(const struct pck_desk *desk, const uint8_t raw_tcb[TCBM_LEN],
                        int64_t now_s);

/* When a CA last revoked certificates, INT64_MIN where it never did; appends the serials
 * of all that are revoked by now, unless serials is NULL. */
int64_t pck_desk_revoked(const struct pck_desk *desk, enum world_ca ca, int64_t now_s,
                         struct buf *serials);

#endif
