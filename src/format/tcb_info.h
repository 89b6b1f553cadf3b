/* SPDX-License-Identifier: Apache-2.0 */
/* TCB info: Intel's signed statement of the security versions that platforms of one
 * FMSPC should run, one level after another, newest first.
 *
 * Source: Intel PCS API v4, "Get TCB Info", TcbInfoV3 (SGX and TDX); v3, TcbInfoV2.
 * Lifetime: everything reached from here lies in the text or the arena given to
 * tcb_info_parse; both must outlive it, and nothing is freed singly. */
#ifndef THIM_FORMAT_TCB_INFO_H
#define THIM_FORMAT_TCB_INFO_H

#include "format/signed_json.h"
#include "kit/arena.h"
#include "kit/error.h"

#define TCB_LEVELS_MAX 256
#define TCB_ADVISORIES_MAX 128 /* per level */
#define TCB_MODULES_MAX 32

enum tee { TEE_SGX = 0, TEE_TDX = 0x81 }; /* numbers as in quote headers */

enum tcb_status { /* PCS API v4, tcbStatus */
                  TCB_UP_TO_DATE = 1,
                  TCB_SW_HARDENING_NEEDED,
                  TCB_CONFIGURATION_NEEDED,
                  TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
                  TCB_OUT_OF_DATE,
                  TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
                  TCB_REVOKED,
};
const char *tcb_status_name(enum tcb_status status); /* as Intel spells it */
const char *tee_name(enum tee tee);                  /* "sgx", "tdx" */

struct tcb_component {
    uint8_t svn;
    struct bytes category, type; /* decoded text; empty where absent */
};

struct tcb_level {
    struct tcb_component sgx[16];
    struct tcb_component tdx[16]; /* TDX only */
    uint16_t pcesvn;
    int64_t tcb_date_s;
    enum tcb_status status;
    const struct bytes *advisories; /* "INTEL-SA-00615" */
    size_t advisory_count;
    uint16_t place; /* in the document, from 0: levels that cannot be compared have no
                       other order in the selection of PCK certificates */
};

struct enclave_tcb_level { /* levels of enclaves and TDX modules, by ISVSVN */
    uint16_t isvsvn;
    int64_t tcb_date_s;
    enum tcb_status status; /* UpToDate, OutOfDate, Revoked only */
    const struct bytes *advisories;
    size_t advisory_count;
};

struct tdx_module {  /* tdxModule, and each of tdxModuleIdentities */
    uint8_t version; /* the hh of id "TDX_hh"; 0 for tdxModule itself */
    uint8_t mrsigner[48];
    uint8_t attributes[8], attributes_mask[8]; /* memory order */
    const struct enclave_tcb_level *levels;    /* highest ISVSVN first; identities only */
    size_t level_count;
};

struct tcb_info {
    enum tee tee;
    unsigned version; /* 2 or 3 */
    uint8_t fmspc[6];
    bool has_pce_id; /* absent only in documents of version 2, before Intel named it */
    uint8_t pce_id[2];
    uint32_t evaluation_data_number;     /* rises with each TCB recovery event */
    int64_t issue_date_s, next_update_s; /* seconds since 1970, UTC */
    bool has_tdx_module;
    struct tdx_module module;
    const struct tdx_module *module_identities;
    size_t module_identity_count;
    const struct tcb_level *levels; /* in the order of format/tcb_levels.h; 1 to
                                       TCB_LEVELS_MAX, no two in one place */
    size_t level_count;
};

/* Reads the value of "tcbInfo" (not the envelope). ERROR_FORMAT names the field;
 * ERROR_LIMIT past a limit. Unknown members are refused nowhere and read nowhere: Intel
 * adds members; but a known member of another type or twice is an error, and so is what
 * belongs to TDX in a document for SGX. Evaluation number 0 and a nextUpdate before the
 * issueDate are refused. Version 2 is for SGX only; version 1 is none of ours.
 * Says nothing of trust: that is verify/collateral. */
bool tcb_info_parse(struct bytes text, struct arena *arena, struct tcb_info *out,
                    struct error *err) MUST_CHECK;

#endif
