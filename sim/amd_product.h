/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's products: what differs between them, one row each.
 *
 * Source: AMD, "VCEK Certificate and KDS Interface" 57230 and "SEV-SNP Firmware ABI"
 * 56860, and certificates of AMD's own. */
#ifndef THIM_SIM_AMD_PRODUCT_H
#define THIM_SIM_AMD_PRODUCT_H

#include "sim/world.h"

enum amd_role { AMD_ARK, AMD_ASK, AMD_ASVK, AMD_ROLES };

#define AMD_SPLS 8

struct amd_product {
    const char *name;           /* in paths and names */
    const char *certified_name; /* in VCEKs */
    unsigned struct_version;
    size_t hwid_len; /* of a chip id, the rest being zeros */
    unsigned serials[AMD_ROLES];
    uint8_t tcb_version[TCB_VERSION_LEN]; /* what its chips have at first */
    uint8_t family, model, stepping;      /* CPUID's */
    unsigned report_versions[3];          /* what its chips speak, by turns */
    struct amd_spl {
        uint8_t oid;           /* below 1.3.6.1.4.1.3704.1.3 */
        const char *parameter; /* KDS's; NULL where it is reserved, and zero */
        uint8_t byte;          /* of TCB_VERSION */
    } spls[AMD_SPLS];          /* in the order that certificates have */
};

const struct amd_product *amd_product(enum world_product product);

/* False where no product has exactly this name. */
bool amd_product_named(struct bytes name, enum world_product *product);

/* TCB_VERSION as the number that it is: 16 hex digits, the last byte first. */
struct amd_tcb_text {
    char s[2 * TCB_VERSION_LEN + 1];
};
struct amd_tcb_text amd_tcb_text(const uint8_t tcb_version[TCB_VERSION_LEN]);

/* False where the text is no such number, or a byte is set that the product has no use
 * for. */
bool amd_tcb_read(enum world_product product, struct bytes text,
                  uint8_t out[TCB_VERSION_LEN]);

#endif
