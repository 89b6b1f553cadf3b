/* SPDX-License-Identifier: Apache-2.0 */
/* Enclave identity: which quoting (or verification, or appraisal) enclave Intel stands
 * for.
 *
 * Source: Intel PCS API v4, "Get Quoting Enclave Identity", EnclaveIdentityV2.
 * Lifetime: lies in the text or the arena given to qe_identity_parse. */
#ifndef THIM_FORMAT_QE_IDENTITY_H
#define THIM_FORMAT_QE_IDENTITY_H

#include "format/tcb_info.h"

enum enclave_id { ENCLAVE_QE = 1, ENCLAVE_TD_QE, ENCLAVE_QVE, ENCLAVE_QAE };
const char *enclave_id_name(enum enclave_id id); /* "QE", "TD_QE", "QVE", "QAE" */

struct qe_identity {
    enum enclave_id id;
    uint32_t evaluation_data_number;
    int64_t issue_date_s, next_update_s;
    uint8_t miscselect[4], miscselect_mask[4]; /* memory order */
    uint8_t attributes[16], attributes_mask[16];
    uint8_t mrsigner[32];
    uint16_t isvprodid;
    const struct enclave_tcb_level *levels; /* highest ISVSVN first */
    size_t level_count;
};

/* Reads the value of "enclaveIdentity". Version 2 only. Errors as tcb_info_parse. */
bool qe_identity_parse(struct bytes text, struct arena *arena, struct qe_identity *out,
                       struct error *err) MUST_CHECK;

#endif
