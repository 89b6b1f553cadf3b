/* SPDX-License-Identifier: Apache-2.0 */
/* What a baseline asks of a host, in the words of a verifier's own policy.
 *
 * A cache chooses which signed set a verifier is handed; it cannot make one accept a host
 * that the set calls OutOfDate. So the operator's decision is written down for each
 * verifier as far as that one can take it, with a line for all that it cannot.
 *
 *   trustee       Rego, for the attestation service: claims tcb_eval_num, tcb_status,
 *                 tcb_date, advisory_ids (confidential-containers/trustee, parsed claims)
 *   go-tdx-guest  text protobuf of checkconfig.Config, for its check tool
 *   dcap-qvl      JSON of QuotePolicyConfig (0.6), which refuses members it does not know
 *   intel-qal     JSON of policy_array: the payload of a JWS that the operator signs
 *
 * Sources: those projects' own documents; reference verification.md, section 11. Pure. */
#ifndef THIM_BASELINE_VERIFIER_POLICY_H
#define THIM_BASELINE_VERIFIER_POLICY_H

#include "kit/buf.h"
#include "kit/error.h"
#include "verify/tcb_level.h"

enum verifier {
    VERIFIER_TRUSTEE = 1,
    VERIFIER_GO_TDX_GUEST,
    VERIFIER_DCAP_QVL,
    VERIFIER_INTEL_QAL,
};
bool verifier_named(struct bytes name, enum verifier *out); /* "go-tdx-guest" */

struct verifier_floor { /* of one TEE */
    uint32_t number;    /* 0: the baseline has none, and nothing is written of this TEE */
    int64_t tcb_date_s; /* of that number, by the signed list; 0: not known */
};

struct verifier_advisories {
    const char *const *ids; /* "INTEL-SA-00615" */
    size_t count;
};

struct verifier_policy {
    const char *baseline;            /* its name, printable */
    struct verifier_floor floors[2]; /* by sets_index */
    unsigned accepted; /* bits, 1 << enum tcb_standing. UpToDate always is. What is out of
                          date is accepted no older than the floor's TCB date, where the
                          verifier can tell */
    struct verifier_advisories allowed; /* none: any; else others refuse a host */
    struct verifier_advisories blocked; /* refuse a host even where allowed */
};

/* A status that a policy may accept, by Intel's name: not Revoked. */
bool verifier_status_named(struct bytes name, enum tcb_standing *out);

/* The policy; what it cannot express is within as comments, or, where the format has
 * none, in notes, a line each. ERROR_NOT_FOUND where the baseline has no number that the
 * verifier could use; ERROR_FORMAT names an advisory that is none. */
bool verifier_policy_write(enum verifier verifier, const struct verifier_policy *policy,
                           struct buf *out, struct buf *notes, struct error *err)
    MUST_CHECK;

#endif
