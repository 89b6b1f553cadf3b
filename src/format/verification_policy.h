/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody who relies on a verdict demands beyond that it is valid, as JSON.
 *
 *     { "accepted_statuses": ["UpToDate", "SWHardeningNeeded"],
 *       "min_evaluation_data_number": 17, "min_tcb_date": "2024-03-13T00:00:00Z",
 *       "accepted_advisories": ["INTEL-SA-00615"], "blocked_advisories": ["..."],
 *       "allow_debug": false, "platform": {...},
 *       "sgx": {...}, "tdx": {...}, "snp": {...} }
 *
 * Every member is optional; an unknown one, a list that is empty or a value that cannot
 * be is refused with its path and offset, and the nearest member's name. Where something
 * is expected, one value may stand, or a list of them, any of which will do; bytes are
 * hex, in the order in which they lie in memory and in whole length. doc/policy.md has
 * all of them. Lifetime: views look into the text or the arena. */
#ifndef THIM_FORMAT_VERIFICATION_POLICY_H
#define THIM_FORMAT_VERIFICATION_POLICY_H

#include "format/pck_cert.h"
#include "format/snp_report.h"
#include "format/tcb_info.h"
#include "format/td_report.h"

#define VERIFICATION_POLICY_MAX (256 * 1024) /* bytes */
#define VERIFICATION_POLICY_ROOM (2 << 20)   /* an arena that suffices for any */
#define POLICY_VALUES_MAX 8192               /* in one list */
#define POLICY_ADVISORIES_MAX 1024

enum policy_demand { DEMAND_NOTHING = 0, DEMAND_CLEAR, DEMAND_SET }; /* of a bit */
enum policy_leave { LEAVE_DEFAULT = 0, LEAVE_GIVEN, LEAVE_DENIED };  /* to be so */

struct policy_values { /* what may stand there, each as long as the field */
    const uint8_t *at; /* one after another */
    size_t count;      /* 0: anything may */
};

struct policy_masked { /* field & mask is value; value has no bit that the mask has not */
    bool has_value, has_mask; /* without a mask in the text, mask has every bit */
    uint8_t value[16], mask[16];
};

struct policy_numbers {
    const uint32_t *at;
    size_t count; /* 0: anything may stand there */
};

struct policy_texts {
    const struct bytes *at;
    size_t count;
    bool is_given; /* a list of accepted advisories may be empty: then none is */
};

struct policy_platform { /* of quotes: what the PCK certificate says */
    bool is_given;
    struct policy_values fmspc, pce_id, ppid, platform_instance_id; /* 6, 2, 16, 16 */
    unsigned accepted_sgx_types; /* bits, 1 << enum pck_sgx_type; 0: all */
    enum policy_leave dynamic_platform, cached_keys, smt_enabled;
};

struct policy_sgx {
    bool is_given;
    struct policy_values mrenclave, mrsigner;            /* 32 */
    struct policy_numbers isv_prod_id;                   /* 16 bits each */
    uint16_t min_isv_svn, min_config_svn;                /* 0: any */
    struct policy_values config_id;                      /* 64 */
    struct policy_values isv_family_id, isv_ext_prod_id; /* 16 */
    struct policy_masked attributes, miscselect;         /* 16, 4 */
    struct policy_values report_data;                    /* 64 */
};

struct policy_tdx {
    bool is_given;
    struct policy_values mrtd, rtmrs[TD_RTMRS]; /* 48, as all but report_data */
    struct policy_values mrconfigid, mrowner, mrownerconfig;
    struct policy_values mrseam, mrsignerseam, mrservicetd;
    struct policy_masked td_attributes, xfam; /* 8 */
    enum policy_demand sept_ve_disable;       /* td_attributes, bit 28 */
    struct policy_values report_data;         /* 64 */
};

struct policy_guest { /* bits of the guest policy; debug is allow_debug's */
    enum policy_demand smt, migrate_ma, single_socket, cxl_allow, mem_aes_256_xts;
    enum policy_demand rapl_dis, ciphertext_hiding, page_swap_disable;
    uint8_t min_abi_major, min_abi_minor; /* the policy's own demand of the firmware */
};

struct policy_host { /* bits of platform_info */
    enum policy_demand smt_en, tsme_en, ecc_en, rapl_dis, ciphertext_hiding;
    enum policy_demand alias_check_complete, tio_en;
};

struct policy_snp {
    bool is_given;
    uint32_t min_report_version, min_guest_svn; /* 0: any */
    struct policy_values measurement;           /* 48 */
    struct policy_values report_data;           /* 64 */
    struct policy_values host_data;             /* 32 */
    struct policy_numbers vmpl;
    struct policy_values family_id, image_id;              /* 16 */
    struct policy_values id_key_digest, author_key_digest; /* 48 */
    enum policy_demand author_key_en;
    struct policy_values chip_id; /* CHIP_ID_LEN; never zeros, which is a masked id */
    unsigned accepted_veks;       /* bits, 1 << enum vek_kind; 0: all */
    struct policy_guest guest;    /* "policy" */
    struct policy_host host;      /* "platform_info" */
    struct snp_firmware_version min_firmware; /* of what runs; zeros: any */
    enum policy_leave provisional_firmware;   /* current is not what is committed */
    bool any_min_tcb; /* of the reported TCB_VERSION; then of every product */
    bool has_min_tcb[SNP_PRODUCTS];
    struct tcb_version min_tcb[SNP_PRODUCTS];
};

enum { /* statuses behind Intel's own, as enum tcb_standing has them, too */
       POLICY_TD_RELAUNCH_ADVISED = TCB_REVOKED + 1,
       POLICY_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
};

struct verification_policy {
    unsigned accepted_statuses; /* bits, 1 << enum tcb_status or of these; 0: default */
    uint32_t min_evaluation_data_number; /* 0: any */
    int64_t min_tcb_date_s;              /* 0: any */
    struct policy_texts accepted_advisories, blocked_advisories;
    bool allow_debug;
    bool require_revocation_checked;
    struct policy_platform platform;
    struct policy_sgx sgx;
    struct policy_tdx tdx;
    struct policy_snp snp;
};

/* ERROR_FORMAT, or ERROR_LIMIT past VERIFICATION_POLICY_MAX or a list's length. */
bool verification_policy_parse(struct bytes text, struct arena *arena,
                               struct verification_policy *out, struct error *err)
    MUST_CHECK;

#endif
