/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON text of the synthetic world's documents, before any signature.
 *
 * Source: Intel PCS API v4, as its real answers print it: TCB info version 3, enclave
 * identity version 2, TCB evaluation data numbers version 1, the FMSPC list. Members
 * stand in Intel's order without white space. What a level says follows from the
 * calendar: one level per event, newest first, its SVNs rising with the event. */
#ifndef THIM_SIM_DOCUMENTS_H
#define THIM_SIM_DOCUMENTS_H

#include "sim/calendar.h"
#include "sim/world.h"

struct document_dates {
    int64_t issue_s, next_update_s; /* seconds since 1970, UTC */
};

/* The value of "tcbInfo"; TDX adds tdxModule, tdxModuleIdentities and the second set of
 * components. FMSPCs whose first byte is odd need software hardening at every level. */
void document_tcb_info(struct buf *out, const struct calendar *calendar,
                       enum world_tee tee, const uint8_t fmspc[FMSPC_LEN],
                       unsigned number, struct document_dates dates);

/* The SGX TCB of the level that an event brings: what a PCK certificate of it has. */
void document_tcbm(unsigned level, uint8_t out[TCBM_LEN]);

/* The TEE TCB SVN of the level that an event brings: with a TDX module of before 1.5,
 * which has no identity, or with one that has one (TDX_01). */
void document_tee_tcb_svn(unsigned level, bool has_identity, uint8_t out[CPUSVN_LEN]);

/* The value of "enclaveIdentity", for one of the four identity kinds. */
void document_identity(struct buf *out, const struct calendar *calendar,
                       enum world_kind kind, unsigned number,
                       struct document_dates dates);

/* What a quoting enclave reports of itself to be the one of WORLD_QE_IDENTITY or
 * WORLD_TD_QE_IDENTITY; its ISVSVN is that of a level, the event's number. */
struct document_enclave {
    uint8_t miscselect[4], attributes[16], mrsigner[32];
    uint16_t isvprodid;
};
void document_enclave(enum world_kind kind, struct document_enclave *out);

/* The value of "tcbEvaluationDataNumbers", newest first. */
void document_numbers(struct buf *out, const struct calendar *calendar,
                      enum world_tee tee, unsigned oldest, unsigned newest,
                      struct document_dates dates);

/* The envelope: {"NAME":TEXT,"signature":"HEX"}. */
void document_envelope(struct buf *out, const char *name, struct bytes text,
                       struct bytes signature_hex);

#endif
