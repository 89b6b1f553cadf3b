/* SPDX-License-Identifier: Apache-2.0 */
/* What quote is wanted: of which platform and TEE, in which version, with what in it and
 * what wrong with it.
 *
 * Source: Intel, "SGX ECDSA Quote Library" A.4, "TDX DCAP Quoting Library API" A.3. */
#ifndef THIM_SIM_QUOTE_ORDER_H
#define THIM_SIM_QUOTE_ORDER_H

#include "sim/members.h"
#include "sim/world.h"

#define QUOTE_RTMRS 4
#define QUOTE_TRAILING_MAX 65536

/* Version 5 counts them from 1. */
enum quote_body { QUOTE_SGX, QUOTE_TD_10, QUOTE_TD_15, QUOTE_TD_15_EX };

struct quote_order {
    struct given platform, tee, version, body, certification;
    struct given tcb, cpusvn, pcesvn, tee_tcb_svn, tee_tcb_svn2, qe_isvsvn, auth_data_len;
    struct given report_data, debug, mrenclave, mrsigner, isv_prod_id, isv_svn;
    struct given mrtd, rtmrs[QUOTE_RTMRS], mrseam, mr_config_id, mr_owner,
        mr_owner_config, mr_service_td, td_attributes, xfam;
    struct given trailing, truncate, flip, defects;
};

enum quote_defect {
    DEFECT_VERSION_UNKNOWN, /* of the header */
    DEFECT_KEY_TYPE,
    DEFECT_TEE_TYPE_UNKNOWN,
    DEFECT_TEE_TYPE_OTHER,
    DEFECT_VENDOR,
    DEFECT_RESERVED,
    DEFECT_BODY_TYPE_UNKNOWN, /* of version 5's body descriptor */
    DEFECT_BODY_TYPE_OTHER,
    DEFECT_BODY_SIZE_SHORT,
    DEFECT_BODY_SIZE_LONG,
    DEFECT_BODY_PADDED,
    DEFECT_LENGTHS, /* three for each enum quote_length */
    DEFECT_OUTER_TYPE = DEFECT_LENGTHS + 4 * 3,
    DEFECT_INNER_TYPE_0,
    DEFECT_INNER_TYPE_6,
    DEFECT_INNER_TYPE_7,
    DEFECT_QUOTE_SIGNATURE,
    DEFECT_QUOTE_SIGNATURE_ZERO,
    DEFECT_QE_REPORT_SIGNATURE,
    DEFECT_BODY_EDITED,
    DEFECT_QE_REPORT_EDITED,
    DEFECT_KEY_OTHER,
    DEFECT_KEY_OFF_CURVE,
    DEFECT_QE_REPORT_DATA,
    DEFECT_QE_REPORT_DATA_UPPER,
    DEFECT_QE_MRSIGNER,
    DEFECT_QE_ISVPRODID,
    DEFECT_QE_MISCSELECT,
    DEFECT_QE_ATTRIBUTES,
    DEFECT_QE_DEBUG,
    DEFECT_QE_OTHER_TEE,
    DEFECT_SEAM_SIGNER,
    DEFECT_SEAM_ATTRIBUTES,
    DEFECT_MODULE_UNKNOWN,
    DEFECT_FOREIGN_ROOT, /* of the PCK certificate and its chain */
    DEFECT_CHAIN_ORDER,
    DEFECT_CHAIN_WITHOUT_ROOT,
    DEFECT_CHAIN_LEAF_ALONE,
    DEFECT_PCK_SIGNATURE,
    DEFECT_PCK_OTHER,
    DEFECT_PCK_UNREADABLE,
    DEFECT_PCK_EXPIRED,
    DEFECT_PCK_FUTURE,
    QUOTE_DEFECTS /* how many */
};

enum quote_length { /* fields that tell one */
                    LENGTH_SIGNATURE_DATA,
                    LENGTH_AUTH_DATA,
                    LENGTH_QE_CERTIFICATION,
                    LENGTH_CERTIFICATION_DATA
};
enum quote_length_how {
    LENGTH_SHORT, /* one less than there is */
    LENGTH_LONG,  /* one more */
    LENGTH_PADDED /* one more, and there is one more */
};

extern const struct members quote_members;
extern const struct member *const quote_defect_member;

struct quote_shape { /* what an order comes to */
    unsigned version;
    enum world_tee tee;
    enum quote_body body;
    unsigned certification;
};

/* ERROR_FORMAT where what is ordered does not go together. */
bool quote_order_shape(const struct quote_order *order, struct quote_shape *out,
                       struct error *err) MUST_CHECK;

static inline bool quote_has(const struct quote_order *order, enum quote_defect defect)
{
    return is_chosen(&order->defects, defect);
}

static inline bool quote_length_is(const struct quote_order *order,
                                   enum quote_length which, enum quote_length_how how)
{
    return is_chosen(&order->defects, DEFECT_LENGTHS + 3 * (size_t)which + (size_t)how);
}

#endif
