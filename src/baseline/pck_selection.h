/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a platform's PCK certificates its host is given.
 *
 * Source: Intel's PCK certificate selection (reference intel-pccs-and-pcs, 3.1). A TCB is
 * a vector of 17 numbers: the 16 bytes of CPUSVN and the PCESVN; one reaches another
 * where each number is at least as large. Each certificate goes to the first TCB level
 * (from the greatest down) that it reaches, or after all levels; within a level greater
 * ones stand before lesser. From the top, the first certificate that the raw TCB reaches
 * is chosen: so never one above the raw TCB. What cannot be compared stays as it came:
 * levels as in the document, certificates as in the list; of two certificates with one
 * TCB the later counts.
 *
 * Ranking needs the TCB info alone and is done once; choosing is a short walk. Pure; what
 * is returned lies in the caller's arrays. */
#ifndef THIM_BASELINE_PCK_SELECTION_H
#define THIM_BASELINE_PCK_SELECTION_H

#include "format/pck_cert.h"
#include "format/registration.h"
#include "format/tcb_info.h"

enum pck_flaw { /* why a certificate is passed over, whatever the raw TCB */
                PCK_SOUND = 0,
                PCK_UNREADABLE, /* known to the caller */
                PCK_UNTRUSTED,  /* likewise */
                PCK_EXPIRED,    /* likewise */
                PCK_OTHER_PPID, /* than most of the platform's certificates; found here */
                PCK_OTHER_FMSPC,  /* than the TCB info's */
                PCK_OTHER_PCE_ID, /* than the TCB info's */
};
const char *pck_flaw_name(
    enum pck_flaw flaw); /* "of another PPID": fits after "it is " */

struct pck_candidate { /* filled by the caller */
    uint8_t cpusvn[16];
    uint16_t pcesvn;
    uint8_t fmspc[6], pce_id[2], ppid[16]; /* as struct pck_cert has them */
    enum pck_flaw flaw;
};
void pck_candidate_of(const struct pck_cert *cert, struct pck_candidate *out);
struct raw_tcb pck_candidate_tcb(const struct pck_candidate *candidate);

#define TCB_COMPONENTS 17 /* CPUSVN's 16 bytes, then PCESVN */
unsigned tcb_component(const struct raw_tcb *tcb, unsigned component);

/* The first component in which a lies below b; TCB_COMPONENTS where there is none. */
unsigned tcb_first_short(const struct raw_tcb *a, const struct raw_tcb *b);

#define PCK_NO_LEVEL UINT16_MAX /* reaches no level */

struct pck_rank {
    uint16_t candidate; /* index into the candidates */
    uint16_t level;     /* index into the TCB info's levels, or PCK_NO_LEVEL */
    enum pck_flaw flaw; /* the caller's or found here; flawed ones stand last, as they
                           came, with PCK_NO_LEVEL */
};

/* Fills count ranks, best first. A single odd certificate is marked and does not fail the
 * rest; the platform's PPID is that of most certificates without another flaw, of as many
 * the first one's. ERROR_FORMAT where the TCB info is not SGX's (one of another tcbType
 * than 0 is never parsed), ERROR_LIMIT past UINT16_MAX candidates. */
bool pck_rank(const struct tcb_info *info, const struct pck_candidate *candidates,
              size_t count, struct pck_rank *ranks, struct error *err) MUST_CHECK;

#define PCK_NONE SIZE_MAX

/* The place in ranks of the one that is chosen; PCK_NONE where none fits. A flaw that was
 * found after ranking may stand anywhere: it is passed over. */
size_t pck_choose(const struct pck_rank *ranks, size_t count,
                  const struct pck_candidate *candidates, const struct raw_tcb *raw);

/* ---- the trace ------------------------------------------------------------------ */

enum pck_standing {
    PCK_CHOSEN = 1,
    PCK_ABOVE_RAW,    /* the raw TCB does not reach it: component, have, need */
    PCK_BELOW_CHOSEN, /* it would do, but stands after the chosen one */
    PCK_FLAWED,
};

struct pck_trace {
    struct pck_rank rank;
    enum pck_standing standing;
    unsigned
        component; /* PCK_ABOVE_RAW: the first that is short, 0 to 15; 16 is PCESVN */
    unsigned have, need;
};

/* One row for each rank, in their order. */
void pck_trace(const struct pck_rank *ranks, size_t count,
               const struct pck_candidate *candidates, const struct raw_tcb *raw,
               struct pck_trace *out);

/* Whether the raw TCB is above the certificate's in some component: a better one may
 * exist, or come. */
bool pck_is_below(const struct pck_candidate *candidate, const struct raw_tcb *raw);

#endif
