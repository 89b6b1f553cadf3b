/* SPDX-License-Identifier: Apache-2.0 */
/* A world of its own: root, CAs and signer made at start, documents written and signed
 * when asked.
 *
 * Every document is issued anew each day at 00:00Z and valid for 30 days; CRLs likewise,
 * but for the root's, which comes half-yearly and is valid for 379 days. The same
 * document of the same issue date has the same bytes throughout a run. FMSPCs:
 * 30606a000000, 00906ed50000, then made-up ones; the first, third, ... are servers (E5,
 * SGX and TDX), the others clients (SGX only). Evaluation data numbers follow history.h:
 * those from standard to early are given, those below are 410, those above 404; the lists
 * name one below standard. */
#ifndef THIM_SIM_SYNTHETIC_H
#define THIM_SIM_SYNTHETIC_H

#include "sim/world.h"

#define SYNTHETIC_FMSPCS_MAX 4096

/* Certificates are valid from 7 years before now_s to 23 years after; seed as in
 * pki_create. ERROR_LIMIT for a count that is 0 or past SYNTHETIC_FMSPCS_MAX. */
bool synthetic_open(const char *seed, int64_t now_s, size_t fmspc_count,
                    struct world *out, struct error *err) MUST_CHECK;

/* Whether an FMSPC of this world is a server's, which has TDX. */
bool synthetic_has_tdx(const uint8_t fmspc[FMSPC_LEN]);

/* The FMSPC of an index below SYNTHETIC_FMSPCS_MAX. */
void synthetic_fmspc(size_t index, uint8_t out[FMSPC_LEN]);

#endif
