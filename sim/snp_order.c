/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/snp_order.h"

#include "sim/amd_product.h"

enum { /* what defects need */
       OF_VCEK = 1,
       OF_CPUID = 2 /* version 3 and later */
};

static const struct choice defects[SNP_DEFECTS] = {
    [SNP_DEFECT_SIGNATURE] = { "signature", "one bit of the signature is another", 0 },
    [SNP_DEFECT_SIGNATURE_ZERO] = { "signature_zero", "the signature is all zeros", 0 },
    [SNP_DEFECT_BODY_EDITED] = { "body_edited",
                                 "one bit of the report is another than was signed", 0 },
    [SNP_DEFECT_R_LONG] = { "r_long", "the signature's r has more than 48 bytes", 0 },
    [SNP_DEFECT_S_LONG] = { "s_long", "the signature's s has more than 48 bytes", 0 },
    [SNP_DEFECT_SIGNATURE_TAIL] = { "signature_tail",
                                    "behind the signature there are not only zeros", 0 },
    [SNP_DEFECT_ALGORITHM] = { "algorithm", "the signature's algorithm is 2", 0 },
    [SNP_DEFECT_VERSION_LOW] = { "version_low", "the version is 1", 0 },
    [SNP_DEFECT_VERSION_UNKNOWN] = { "version_unknown", "the version is 9", 0 },
    [SNP_DEFECT_POLICY_17] = { "policy_17",
                               "bit 17 of the policy, which is always one, is zero", 0 },
    [SNP_DEFECT_SIGNER_NONE] = { "signer_none", "the report says that nothing signs it",
                                 0 },
    [SNP_DEFECT_SIGNER_UNKNOWN] = { "signer_unknown", "the signing key is number 3", 0 },
    [SNP_DEFECT_SIGNER_OTHER] = { "signer_other",
                                  "the report says VLEK and is signed with the VCEK, or "
                                  "the other way round",
                                  0 },
    [SNP_DEFECT_RESERVED] = { "reserved", "reserved bytes are not zero", 0 },
    [SNP_DEFECT_CPUID_OTHER] = { "cpuid_other", "the report's CPUID is another product's",
                                 OF_CPUID },
    [SNP_DEFECT_CHIP_OTHER] = { "chip_other",
                                "another chip of the product signs, and brings its VCEK",
                                OF_VCEK },
    [SNP_DEFECT_TCB_OTHER] = { "tcb_other",
                               "the key of a lower TCB signs, and brings its certificate",
                               0 },
    [SNP_DEFECT_PRODUCT_OTHER] = { "product_other",
                                   "a chip of another product signs, and brings its "
                                   "certificate",
                                   0 },
    [SNP_DEFECT_VEK_SIGNATURE] = { "vek_signature",
                                   "one bit of the certificate's signature is another",
                                   0 },
    [SNP_DEFECT_VEK_EXPIRED] = { "vek_expired", "the certificate ended 10 days ago", 0 },
    [SNP_DEFECT_VEK_FUTURE] = { "vek_future", "the certificate begins in two days", 0 },
    [SNP_DEFECT_FOREIGN_ROOT] = { "foreign_root",
                                  "certificate, chain and CRL are of another ARK of the "
                                  "same name",
                                  0 },
    [SNP_DEFECT_CHAIN_OTHER] = { "chain_other", "the chain is another product's", 0 },
    [SNP_DEFECT_CHAIN_EXPIRED] = { "chain_expired", "the chain ended 10 days ago", 0 },
    [SNP_DEFECT_REVOKED] = { "revoked", "the CRL names the ASK, or ASVK", 0 },
    [SNP_DEFECT_CRL_OTHER] = { "crl_other", "the CRL is another product's", 0 },
    [SNP_DEFECT_CRL_EXPIRED] = { "crl_expired", "the CRL is three issues old", 0 },
};

static const char *const products[] = {
    [WORLD_MILAN] = "Milan", [WORLD_GENOA] = "Genoa", [WORLD_TURIN] = "Turin", NULL
};

#define AT(field) offsetof(struct snp_order, field)
#define NUMBER(name, field, most, value, help)                           \
    {                                                                    \
        name, AT(field), MEMBER_NUMBER, most, NULL, NULL, 0, value, help \
    }
#define BYTES(name, field, len, help)                                  \
    {                                                                  \
        name, AT(field), MEMBER_BYTES, len, NULL, NULL, 0, "HEX", help \
    }
#define FLAG(name, field, help)                                    \
    {                                                              \
        name, AT(field), MEMBER_FLAG, 0, NULL, NULL, 0, NULL, help \
    }

static const struct member rows[] = {
    { "product", AT(product), MEMBER_WORD, 0, products, NULL, 0, "Milan|Genoa|Turin",
      "whose [the chip's, else Milan]" },
    NUMBER("chip", chip, CHIPS_MAX - 1, "I", "by its index [the product's first]"),
    BYTES("chip-id", chip_id, CHIP_ID_LEN, "by its id; needs --product"),
    NUMBER("version", version, 5, "2..5", "[what the chip speaks]"),
    BYTES("tcb", tcb, TCB_VERSION_LEN,
          "reported TCB_VERSION, a number; the key is that TCB's [the chip's]"),
    BYTES("current-tcb", current_tcb, TCB_VERSION_LEN, "[as reported]"),
    BYTES("committed-tcb", committed_tcb, TCB_VERSION_LEN, "[as reported]"),
    BYTES("launch-tcb", launch_tcb, TCB_VERSION_LEN, "[as reported]"),
    NUMBER("vmpl", vmpl, UINT32_MAX, "N", "[0]"),
    NUMBER("guest-svn", guest_svn, UINT32_MAX, "N", "[0]"),
    BYTES("policy", policy, 8, "guest policy, a number [0000000000030000]"),
    FLAG("debug", debug, "the policy allows debugging"),
    BYTES("platform-info", platform_info, 8, "a number [0000000000000001]"),
    BYTES("family-id", family_id, 16, "[zeros]"),
    BYTES("image-id", image_id, 16, "[zeros]"),
    BYTES("report-data", report_data, 64, "[zeros]"),
    BYTES("measurement", measurement, 48, ""),
    BYTES("host-data", host_data, 32, "[zeros]"),
    BYTES("id-key-digest", id_key_digest, 48, "[zeros]"),
    BYTES("author-key-digest", author_key_digest, 48, "[zeros]"),
    FLAG("vlek", vlek, "signed with the product's VLEK"),
    FLAG("mask-chip", mask_chip, "the host masks the chip's id"),
    NUMBER("trailing", trailing, 65536, "N", "bytes behind the report [0]"),
    NUMBER("truncate", truncate, UINT32_MAX, "N", "only the first N bytes"),
    { "flip", AT(flip), MEMBER_BIT, UINT32_MAX, NULL, NULL, 0, "OFFSET[:BIT]",
      "one bit of the whole turned, last of all" },
    { "defect", AT(defects), MEMBER_CHOICE, 0, NULL, defects, SNP_DEFECTS, "NAME",
      "what else is wrong; may be given again" },
};

const struct members snp_members = { rows, COUNT_OF(rows) };
const struct member *const snp_defect_member = &rows[COUNT_OF(rows) - 1];

void snp_order_tcb(const struct given *given, uint8_t out[TCB_VERSION_LEN])
{
    for (size_t i = 0; given->is_given && i < TCB_VERSION_LEN; i++)
        out[i] = given->at[TCB_VERSION_LEN - 1 - i];
}

static bool choose_chip(const struct snp_order *order, const struct chips *chips,
                        struct snp_shape *out, struct error *err)
{
    enum world_product product = (enum world_product)order->product.number;

    if (order->chip.is_given && order->chip_id.is_given)
        return error_set(err, ERROR_FORMAT, "chip: by index or by id");
    if (order->chip_id.is_given) {
        if (!order->product.is_given)
            return error_set(err, ERROR_FORMAT, "chip-id: of which product?");
        if (!chip_of_id(chips, product, order->chip_id.at, &out->chip))
            return error_set(err, ERROR_NOT_FOUND, "chip-id: no %s has it",
                             products[product]);
        return true;
    }
    /* chips 0, 1, 2 are of one product each, in their order */
    out->chip = (uint32_t)given_or(&order->chip, order->product.number);
    return !order->product.is_given || chip_product(out->chip) == product
           || error_set(err, ERROR_FORMAT, "product: chip %u is a %s", out->chip,
                        products[chip_product(out->chip)]);
}

bool snp_order_shape(const struct snp_order *order, const struct chips *chips,
                     int64_t now_s, struct snp_shape *out, struct error *err)
{
    struct snp_shape shape = { .is_vlek = order->vlek.is_given };

    if (!choose_chip(order, chips, &shape, err))
        return false;
    shape.product = chip_product(shape.chip);
    const struct amd_product *product = amd_product(shape.product);
    shape.version = (unsigned)given_or(
        &order->version, product->report_versions[shape.chip / WORLD_PRODUCTS % 3]);
    if (shape.version < 2)
        return error_set(err, ERROR_FORMAT, "version: expected 2 to 5");
    if (shape.is_vlek) /* lent for what the product's chips have at first */
        memcpy(shape.tcb_version, product->tcb_version, TCB_VERSION_LEN);
    else
        chip_tcb_version(chips, shape.chip, now_s, shape.tcb_version);
    snp_order_tcb(&order->tcb, shape.tcb_version);
    unsigned there = (shape.is_vlek ? 0 : OF_VCEK) | (shape.version >= 3 ? OF_CPUID : 0);
    if (!members_fit(snp_defect_member, &order->defects, there, err))
        return false;
    *out = shape;
    return true;
}
