/* SPDX-License-Identifier: Apache-2.0 */
/* Which TCB status a platform, and an enclave on it, has under Intel's collateral.
 *
 * Source: Intel PCS API v4, "Get TCB Info" and "Get Quoting Enclave Identity", the
 * comparison algorithms; for TDX modules and convergence Intel's DCAP library, as
 * reference verification.md, sections 6 and 7, has them. Levels are a partial order: a
 * platform ahead in one component and behind in another falls to a lower level.
 *
 * Pure, no allocation; what is returned points into the documents. Says nothing of trust
 * or dates: the documents have been verified by whoever calls. */
#ifndef THIM_VERIFY_TCB_LEVEL_H
#define THIM_VERIFY_TCB_LEVEL_H

#include "format/qe_identity.h"
#include "format/registration.h"

/* What a verifier says in the end: Intel's statuses, those that convergence adds, and
 * that no level fits. The first seven have the numbers of enum tcb_status. */
enum tcb_standing {
    STANDING_UP_TO_DATE = TCB_UP_TO_DATE,
    STANDING_SW_HARDENING_NEEDED,
    STANDING_CONFIGURATION_NEEDED,
    STANDING_CONFIGURATION_AND_SW_HARDENING_NEEDED,
    STANDING_OUT_OF_DATE,
    STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED,
    STANDING_REVOKED,
    STANDING_TD_RELAUNCH_ADVISED,
    STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
    STANDING_NOT_SUPPORTED,
};
const char *tcb_standing_name(enum tcb_standing standing); /* "TDRelaunchAdvised" */

/* How far down: 0 UpToDate and SWHardeningNeeded, 1 the two Configuration ones, 2
 * relaunch, 3 OutOfDate, 4 OutOfDateConfigurationNeeded, 5 Revoked, 6 NotSupported. A
 * host is demoted where this rises. */
unsigned tcb_standing_depth(enum tcb_standing standing);

struct tcb_subject {    /* what is judged */
    struct raw_tcb sgx; /* of the PCK certificate, or the platform's raw TCB */
    bool has_tdx;
    uint8_t tee_tcb_svn[16]; /* at the TD's launch; [0] the module's ISVSVN, [1] its
                                major version, [2] the SEAM loader's SVN */
    bool has_current;        /* TD 1.5 bodies */
    uint8_t tee_tcb_svn2[16];
    bool has_qe;
    uint16_t qe_isvsvn;
};

#define TCB_PLACES 33 /* 16 SGX components, PCESVN, 16 TDX components */

struct tcb_shortfall { /* the first component that keeps a platform from a level */
    unsigned place;    /* 0..15 SGX component, 16 PCESVN, 17..32 TDX component 0..15;
                          TCB_PLACES: none is short */
    unsigned have, need;
};

/* The level that fits; NULL where none does. With has_tdx in a TDX document the TDX
 * components count too, from [2] on where a module has a major version; evaluated with
 * tee_tcb_svn. */
const struct tcb_level *tcb_level_match(const struct tcb_info *info,
                                        const struct tcb_subject *subject);

/* The level that an ISVSVN reaches; NULL where it reaches none. */
const struct enclave_tcb_level *enclave_level_match(
    const struct enclave_tcb_level *levels, size_t count, uint16_t isvsvn);

/* The identity of a TDX module of this major version ("TDX_01"); NULL where there is
 * none. */
const struct tdx_module *tdx_module_match(const struct tcb_info *info, uint8_t version);

/* What is short of this level, in the order of places. */
struct tcb_shortfall tcb_level_shortfall(const struct tcb_level *level,
                                         const struct tcb_info *info,
                                         const struct tcb_subject *subject);

/* Name and category of a place for people: "sgx component 5", and the TCB info's words
 * for it ("BIOS", "Early Microcode Update"; empty where it has none). */
struct tcb_place_words {
    char name[24]; /* "sgx.5", "pcesvn", "tdx.2" */
    struct bytes category, type;
};
struct tcb_place_words tcb_place_words(const struct tcb_info *info, unsigned place);

enum tcb_standing tcb_converge(enum tcb_status platform, bool component_out_of_date,
                               bool component_revoked);
enum tcb_standing tcb_relaunch(enum tcb_standing launch, enum tcb_standing current);

struct tcb_side { /* one evaluation: of the launch's SVNs, or the current ones */
    enum tcb_standing standing;
    const struct tcb_level *level;                /* NULL: NotSupported */
    const struct enclave_tcb_level *module_level; /* NULL: no module took part */
    int64_t tcb_date_s; /* the earliest of those that took part; 0: none */
};

struct tcb_verdict {
    enum tcb_standing standing;               /* of the whole */
    struct tcb_side launch, current;          /* current only with has_current */
    const struct enclave_tcb_level *qe_level; /* NULL: no QE was given, or none fits */
    int64_t tcb_date_s; /* with the QE's; the earliest, of the side that counts */
};

/* identity may be NULL: the QE is not judged, as without has_qe. A subject without TDX in
 * a TDX document is judged by its SGX components. A QE below all levels is NotSupported.
 */
void tcb_judge(const struct tcb_info *info, const struct qe_identity *identity,
               const struct tcb_subject *subject, struct tcb_verdict *out);

/* The union of the advisories of the levels that took part at the launch (platform,
 * module, QE), sorted, each once, the first max of them; the names lie in the documents.
 * Returns how many have been filled in. */
size_t tcb_verdict_advisories(const struct tcb_verdict *verdict, struct bytes *out,
                              size_t max);

#endif
