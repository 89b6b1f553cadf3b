/* SPDX-License-Identifier: Apache-2.0 */
#include "format/tcb_version.h"

#include <assert.h>
#include <stdio.h>

#include "kit/text.h"

enum { TCB_VERSION_LEN = 8 };

#define FIRST_LAYOUT                                                             \
    .hwid_len = 64, .struct_version = 0,                                         \
    .has = { [SPL_BOOT_LOADER] = true,                                           \
             [SPL_TEE] = true,                                                   \
             [SPL_SNP] = true,                                                   \
             [SPL_MICROCODE] = true },                                           \
    .byte_of = {                                                                 \
        [SPL_BOOT_LOADER] = 0, [SPL_TEE] = 1, [SPL_SNP] = 6, [SPL_MICROCODE] = 7 \
    }

static const struct snp_product_facts products[SNP_PRODUCTS] = {
    [SNP_MILAN] = { .name = "Milan",
                    .root_name = "ARK-Milan",
                    .vcek_issuer = "SEV-Milan",
                    .vlek_issuer = "SEV-VLEK-Milan",
                    FIRST_LAYOUT },
    [SNP_GENOA] = { .name = "Genoa",
                    .root_name = "ARK-Genoa",
                    .vcek_issuer = "SEV-Genoa",
                    .vlek_issuer = "SEV-VLEK-Genoa",
                    FIRST_LAYOUT },
    [SNP_TURIN] = { .name = "Turin",
                    .root_name = "ARK-Turin",
                    .vcek_issuer = "SEV-Turin",
                    .vlek_issuer = "SEV-VLEK-Turin",
                    .hwid_len = 8,
                    .struct_version = 1,
                    .has = { true, true, true, true, true },
                    .byte_of = { [SPL_FMC] = 0,
                                 [SPL_BOOT_LOADER] = 1,
                                 [SPL_TEE] = 2,
                                 [SPL_SNP] = 3,
                                 [SPL_MICROCODE] = 7 } },
};

static const struct {
    const char *name;
    enum snp_product product;
} served_as[] = {
    { "Bergamo", SNP_GENOA },
    { "Siena", SNP_GENOA },
};

static const struct {
    uint8_t family, model_first, model_last;
    enum snp_product product;
} cpuids[] = {
    { 0x19, 0x00, 0x0f, SNP_MILAN },
    { 0x19, 0x10, 0x1f, SNP_GENOA },
    { 0x19, 0xa0, 0xaf, SNP_GENOA }, /* Bergamo, Siena */
    { 0x1a, 0x00, 0x11, SNP_TURIN },
};

static const char *const parameters[SPL_COUNT] = {
    [SPL_FMC] = "fmcSPL", [SPL_BOOT_LOADER] = "blSPL",  [SPL_TEE] = "teeSPL",
    [SPL_SNP] = "snpSPL", [SPL_MICROCODE] = "ucodeSPL",
};

const struct snp_product_facts *snp_product_facts(enum snp_product product)
{
    assert(product > 0 && product < SNP_PRODUCTS);
    return &products[product];
}

enum snp_product snp_product_named(struct bytes name)
{
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++)
        if (bytes_equal_text(name, products[p].name))
            return p;
    return 0;
}

enum snp_product snp_product_behind(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(served_as); i++)
        if (bytes_equal_text(name, served_as[i].name))
            return served_as[i].product;
    return 0;
}

enum snp_product snp_product_of_cpuid(uint8_t family, uint8_t model)
{
    for (size_t i = 0; i < COUNT_OF(cpuids); i++)
        if (family == cpuids[i].family && model >= cpuids[i].model_first
            && model <= cpuids[i].model_last)
            return cpuids[i].product;
    return 0;
}

bool tcb_version_read(enum snp_product product, uint64_t value, struct tcb_version *out,
                      struct error *err)
{
    const struct snp_product_facts *facts = snp_product_facts(product);

    *out = (struct tcb_version){ { 0 } };
    for (enum spl i = 0; i < SPL_COUNT; i++)
        if (facts->has[i])
            out->spl[i] = (uint8_t)(value >> 8 * facts->byte_of[i]);
    uint64_t rest = value ^ tcb_version_value(product, out);
    for (unsigned byte = 0; byte < TCB_VERSION_LEN; byte++)
        if ((rest >> 8 * byte & 0xff) != 0)
            return error_set(err, ERROR_FORMAT,
                             "TCB_VERSION %016llx: byte %u is not used by %s; is it of "
                             "another product?",
                             (unsigned long long)value, byte, facts->name);
    return true;
}

uint64_t tcb_version_value(enum snp_product product, const struct tcb_version *tcb)
{
    const struct snp_product_facts *facts = snp_product_facts(product);
    uint64_t value = 0;

    for (enum spl i = 0; i < SPL_COUNT; i++)
        if (facts->has[i])
            value |= (uint64_t)tcb->spl[i] << 8 * facts->byte_of[i];
    return value;
}

struct tcb_version_text tcb_version_hex(enum snp_product product,
                                        const struct tcb_version *tcb)
{
    struct tcb_version_text out;

    snprintf(out.s, sizeof out.s, "%016llx",
             (unsigned long long)tcb_version_value(product, tcb));
    return out;
}

bool tcb_version_hex_read(struct bytes digits, uint64_t *value)
{
    char padded[2 * TCB_VERSION_LEN];
    uint8_t big_endian[TCB_VERSION_LEN];

    if (digits.len == 0 || digits.len > sizeof padded)
        return false;
    memset(padded, '0', sizeof padded);
    memcpy(padded + sizeof padded - digits.len, digits.at, digits.len);
    if (!hex_read(bytes_of(padded, sizeof padded), big_endian, sizeof big_endian))
        return false;
    *value = 0;
    for (size_t i = 0; i < sizeof big_endian; i++)
        *value = *value << 8 | big_endian[i];
    return true;
}

struct tcb_version_text tcb_version_words(enum snp_product product,
                                          const struct tcb_version *tcb)
{
    const struct snp_product_facts *facts = snp_product_facts(product);
    struct tcb_version_text out = { "" };
    size_t len = 0;

    for (enum spl i = 0; i < SPL_COUNT; i++)
        if (facts->has[i])
            len += (size_t)snprintf(out.s + len, sizeof out.s - len, "%s%s=%u",
                                    len > 0 ? " " : "", parameters[i], tcb->spl[i]);
    return out;
}

bool tcb_version_equal(const struct tcb_version *a, const struct tcb_version *b)
{
    return memcmp(a->spl, b->spl, sizeof a->spl) == 0;
}

bool tcb_version_meets(const struct tcb_version *have, const struct tcb_version *need,
                       enum spl *lowest)
{
    for (enum spl i = 0; i < SPL_COUNT; i++) {
        if (have->spl[i] >= need->spl[i])
            continue;
        if (lowest != NULL)
            *lowest = i;
        return false;
    }
    return true;
}

const char *spl_parameter(enum spl spl)
{
    assert(spl < SPL_COUNT);
    return parameters[spl];
}

static bool is_zero(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.at[i] != 0)
            return false;
    return true;
}

bool snp_hwid_read(enum snp_product product, struct bytes chip_id, struct snp_hwid *out,
                   struct error *err)
{
    const struct snp_product_facts *facts = snp_product_facts(product);

    *out = (struct snp_hwid){ .len = facts->hwid_len };
    if (chip_id.len != facts->hwid_len && chip_id.len != CHIP_ID_LEN)
        return error_set(err, ERROR_FORMAT, "chip id of %zu bytes, %s has %zu",
                         chip_id.len, facts->name, facts->hwid_len);
    if (is_zero(chip_id))
        return error_set(
            err, ERROR_NOT_FOUND,
            "chip id of zeros only: the host masks it (MASK_CHIP_ID), and no "
            "VCEK can be found for it");
    if (!is_zero(bytes_after(chip_id, facts->hwid_len)))
        return error_set(err, ERROR_FORMAT,
                         "chip id with more than zeros behind the %zu bytes that %s has; "
                         "is it of another product?",
                         facts->hwid_len, facts->name);
    memcpy(out->at, chip_id.at, facts->hwid_len);
    return true;
}
