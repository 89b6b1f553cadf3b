/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/amd_product.h"

#include <stdio.h>

#include "kit/text.h"

/* clang-format off */
#define SPLS_OF_ZEN_3_AND_4 \
    { { 1, "blSPL", 0 }, { 2, "teeSPL", 1 }, { 4, NULL, 0 }, { 5, NULL, 0 }, \
      { 6, NULL, 0 }, { 7, NULL, 0 }, { 3, "snpSPL", 6 }, { 8, "ucodeSPL", 7 } }
#define SPLS_OF_ZEN_5 \
    { { 9, "fmcSPL", 0 }, { 1, "blSPL", 1 }, { 2, "teeSPL", 2 }, { 3, "snpSPL", 3 }, \
      { 5, NULL, 0 }, { 6, NULL, 0 }, { 7, NULL, 0 }, { 8, "ucodeSPL", 7 } }
/* clang-format on */

static const struct amd_product products[WORLD_PRODUCTS] = {
    [WORLD_MILAN] = { .name = "Milan",
                      .certified_name = "Milan-B0",
                      .struct_version = 0,
                      .hwid_len = 64,
                      .serials = { 0x10000, 0x10001, 0x10101 },
                      .tcb_version = { 4, 0, 0, 0, 0, 0, 24, 219 },
                      .family = 0x19,
                      .model = 0x01,
                      .stepping = 1,
                      .report_versions = { 2, 3, 5 },
                      .spls = SPLS_OF_ZEN_3_AND_4 },
    [WORLD_GENOA] = { .name = "Genoa",
                      .certified_name = "Genoa",
                      .struct_version = 0,
                      .hwid_len = 64,
                      .serials = { 0x20000, 0x20002, 0x20101 },
                      .tcb_version = { 10, 0, 0, 0, 0, 0, 23, 84 },
                      .family = 0x19,
                      .model = 0x11,
                      .stepping = 1,
                      .report_versions = { 2, 3, 5 },
                      .spls = SPLS_OF_ZEN_3_AND_4 },
    /* version 2 does not tell which product it is, and so how to read its TCB */
    [WORLD_TURIN] = { .name = "Turin",
                      .certified_name = "Turin",
                      .struct_version = 1,
                      .hwid_len = 8,
                      .serials = { 0x30000, 0x30001, 0x30101 },
                      .tcb_version = { 1, 1, 1, 4, 0, 0, 0, 76 },
                      .family = 0x1a,
                      .model = 0x02,
                      .stepping = 1,
                      .report_versions = { 3, 5, 5 },
                      .spls = SPLS_OF_ZEN_5 },
};

const struct amd_product *amd_product(enum world_product product)
{
    return &products[product];
}

bool amd_product_named(struct bytes name, enum world_product *product)
{
    for (int i = 0; i < WORLD_PRODUCTS; i++)
        if (bytes_equal_text(name, products[i].name)) {
            *product = (enum world_product)i;
            return true;
        }
    return false;
}

struct amd_tcb_text amd_tcb_text(const uint8_t tcb_version[TCB_VERSION_LEN])
{
    struct amd_tcb_text text;

    for (size_t i = 0; i < TCB_VERSION_LEN; i++)
        snprintf(text.s + 2 * i, 3, "%02x", tcb_version[TCB_VERSION_LEN - 1 - i]);
    return text;
}

bool amd_tcb_read(enum world_product product, struct bytes text,
                  uint8_t out[TCB_VERSION_LEN])
{
    uint8_t number[TCB_VERSION_LEN];
    bool is_used[TCB_VERSION_LEN] = { false };

    if (!hex_read(text, number, sizeof number))
        return false;
    for (size_t i = 0; i < AMD_SPLS; i++)
        if (products[product].spls[i].parameter != NULL)
            is_used[products[product].spls[i].byte] = true;
    for (size_t i = 0; i < TCB_VERSION_LEN; i++) {
        out[i] = number[TCB_VERSION_LEN - 1 - i];
        if (out[i] != 0 && !is_used[i])
            return false;
    }
    return true;
}
