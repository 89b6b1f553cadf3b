/* SPDX-License-Identifier: Apache-2.0 */
/* What SEV-SNP report is wanted: of which chip, with what in it and what wrong with it,
 * and with which certificates. */
#ifndef THIM_SIM_SNP_ORDER_H
#define THIM_SIM_SNP_ORDER_H

#include "sim/chips.h"
#include "sim/members.h"

struct snp_order {
    struct given product, chip, chip_id, version, tcb, current_tcb, committed_tcb,
        launch_tcb;
    struct given vmpl, guest_svn, policy, debug, platform_info, family_id, image_id;
    struct given report_data, measurement, host_data, id_key_digest, author_key_digest;
    struct given vlek, mask_chip, trailing, truncate, flip, defects;
};

enum snp_defect {
    SNP_DEFECT_SIGNATURE, /* of the report */
    SNP_DEFECT_SIGNATURE_ZERO,
    SNP_DEFECT_BODY_EDITED,
    SNP_DEFECT_R_LONG,
    SNP_DEFECT_S_LONG,
    SNP_DEFECT_SIGNATURE_TAIL,
    SNP_DEFECT_ALGORITHM,
    SNP_DEFECT_VERSION_LOW,
    SNP_DEFECT_VERSION_UNKNOWN,
    SNP_DEFECT_POLICY_17,
    SNP_DEFECT_SIGNER_NONE,
    SNP_DEFECT_SIGNER_UNKNOWN,
    SNP_DEFECT_SIGNER_OTHER,
    SNP_DEFECT_RESERVED,
    SNP_DEFECT_CPUID_OTHER,
    SNP_DEFECT_CHIP_OTHER, /* of the VEK beside it */
    SNP_DEFECT_TCB_OTHER,
    SNP_DEFECT_PRODUCT_OTHER,
    SNP_DEFECT_VEK_SIGNATURE,
    SNP_DEFECT_VEK_EXPIRED,
    SNP_DEFECT_VEK_FUTURE,
    SNP_DEFECT_FOREIGN_ROOT, /* of chain and CRL */
    SNP_DEFECT_CHAIN_OTHER,
    SNP_DEFECT_CHAIN_EXPIRED,
    SNP_DEFECT_REVOKED,
    SNP_DEFECT_CRL_OTHER,
    SNP_DEFECT_CRL_EXPIRED,
    SNP_DEFECTS /* how many */
};

extern const struct members snp_members;
extern const struct member *const snp_defect_member;

struct snp_shape { /* what an order comes to */
    uint32_t chip;
    enum world_product product;
    unsigned version;
    bool is_vlek;
    uint8_t tcb_version[TCB_VERSION_LEN];
};

/* ERROR_FORMAT where what is ordered does not go together, ERROR_NOT_FOUND where no chip
 * has the id. */
bool snp_order_shape(const struct snp_order *order, const struct chips *chips,
                     int64_t now_s, struct snp_shape *out, struct error *err) MUST_CHECK;

/* A TCB_VERSION as given, a number in hex, in the order of a report's bytes. */
void snp_order_tcb(const struct given *given, uint8_t out[TCB_VERSION_LEN]);

static inline bool snp_has(const struct snp_order *order, enum snp_defect defect)
{
    return is_chosen(&order->defects, defect);
}

#endif
