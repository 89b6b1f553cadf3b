/* SPDX-License-Identifier: Apache-2.0 */
/* TCB_VERSION: the security patch levels (SPL) of the firmware that an SEV-SNP chip runs,
 * eight bytes whose meaning hangs on the product.
 *
 * Source: AMD, "SEV-SNP Firmware ABI" 56860, TCB_VERSION; "VCEK Certificate and KDS
 * Interface" 57230 for products, parameters and chip ids. The same eight bytes read with
 * another product's layout give plausible nonsense, so nothing here decodes, compares or
 * prints without a product. A product is one row of the table in tcb_version.c. */
#ifndef THIM_FORMAT_TCB_VERSION_H
#define THIM_FORMAT_TCB_VERSION_H

#include "kit/bytes.h"
#include "kit/error.h"

/* Product lines as KDS has them: it serves Bergamo and Siena under Genoa. */
enum snp_product { SNP_MILAN = 1, SNP_GENOA, SNP_TURIN, SNP_PRODUCTS };

enum spl { /* in the order of KDS's parameters */
           SPL_FMC,
           SPL_BOOT_LOADER,
           SPL_TEE,
           SPL_SNP,
           SPL_MICROCODE,
           SPL_COUNT,
};

#define CHIP_ID_LEN 64 /* as reports carry it */

struct snp_product_facts {
    const char *name;        /* as KDS spells it: "Milan" */
    const char *root_name;   /* common names: of the ARK, */
    const char *vcek_issuer; /* of the ASK, which signs VCEKs, */
    const char *vlek_issuer; /* and of the ASVK, which signs VLEKs */
    size_t hwid_len;         /* how much of CHIP_ID names the chip; the rest is zero */
    unsigned struct_version; /* of the extensions in its VCEKs */
    bool has[SPL_COUNT];
    uint8_t byte_of[SPL_COUNT]; /* where in TCB_VERSION, counted from the first byte */
};

/* product must be one of the enumeration. */
const struct snp_product_facts *snp_product_facts(enum snp_product product);

/* By name, in the exact spelling; 0 where there is none. */
enum snp_product snp_product_named(struct bytes name);

/* Where a name that is no product's is served: Genoa for "Bergamo"; 0 where nowhere. */
enum snp_product snp_product_behind(struct bytes name);

/* By what CPUID Fn0000_0001 says, extended family and model added in, as in reports of
 * version 3 and later; the stepping tells nothing. 0 where no product is known, as for
 * the zeros of a report of version 2. */
enum snp_product snp_product_of_cpuid(uint8_t family, uint8_t model);

struct tcb_version {
    uint8_t spl[SPL_COUNT]; /* zero where the product has no such component */
};

/* value is the eight bytes as a little-endian number. ERROR_FORMAT where a byte that the
 * product does not use is not zero: then the product is another. */
bool tcb_version_read(enum snp_product product, uint64_t value, struct tcb_version *out,
                      struct error *err) MUST_CHECK;
uint64_t tcb_version_value(enum snp_product product, const struct tcb_version *tcb);

struct tcb_version_text {
    char s[80];
};

/* The value in 16 hex digits, as THIM's "tcbm" has it. */
struct tcb_version_text tcb_version_hex(enum snp_product product,
                                        const struct tcb_version *tcb);

/* 1 to 16 hex digits of either case: Azure's clients do not pad. */
bool tcb_version_hex_read(struct bytes digits, uint64_t *value) MUST_CHECK;

/* For people: "blSPL=4 teeSPL=0 snpSPL=24 ucodeSPL=219". */
struct tcb_version_text tcb_version_words(enum snp_product product,
                                          const struct tcb_version *tcb);

bool tcb_version_equal(const struct tcb_version *a, const struct tcb_version *b);

/* Whether no component of have lies below need's. There is no other order: neither of two
 * may meet the other. Where it does not, *lowest (unless NULL) is the first that lies
 * below. */
bool tcb_version_meets(const struct tcb_version *have, const struct tcb_version *need,
                       enum spl *lowest);

const char *spl_parameter(enum spl spl); /* "blSPL", as KDS has it */

/* A chip's id, as much of it as names the chip. */
struct snp_hwid {
    uint8_t at[CHIP_ID_LEN]; /* zeros behind len */
    size_t len;
};

/* Of the product's length, or a whole CHIP_ID whose rest is zero. ERROR_NOT_FOUND for
 * nothing but zeros (the host masks the id: MASK_CHIP_ID), ERROR_FORMAT for another
 * length or something in the rest. */
bool snp_hwid_read(enum snp_product product, struct bytes chip_id, struct snp_hwid *out,
                   struct error *err) MUST_CHECK;

#endif
