/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/tcb_version.h"

/* What was read as a product's is all of the value, and nothing that it does not have. */
static void check_tcb(enum snp_product product, uint64_t value)
{
    const struct snp_product_facts *facts = snp_product_facts(product);
    struct tcb_version tcb, again;
    struct error err = { 0 };
    enum spl lowest;
    uint64_t read;

    if (!tcb_version_read(product, value, &tcb, &err)) {
        FUZZ_CHECK(err.kind == ERROR_FORMAT && err.text[0] != 0);
        return;
    }
    FUZZ_CHECK(tcb_version_value(product, &tcb) == value);
    FUZZ_CHECK(
        tcb_version_hex_read(bytes_of_text(tcb_version_hex(product, &tcb).s), &read));
    FUZZ_CHECK(read == value && tcb_version_words(product, &tcb).s[0] != 0);
    FUZZ_CHECK(tcb_version_meets(&tcb, &tcb, NULL));
    for (enum spl i = 0; i < SPL_COUNT; i++) {
        FUZZ_CHECK(facts->has[i] || tcb.spl[i] == 0);
        if (!facts->has[i] || tcb.spl[i] == UINT8_MAX)
            continue;
        again = tcb;
        again.spl[i]++;
        FUZZ_CHECK(!tcb_version_equal(&tcb, &again));
        FUZZ_CHECK(tcb_version_meets(&again, &tcb, NULL));
        FUZZ_CHECK(!tcb_version_meets(&tcb, &again, &lowest) && lowest == i);
        FUZZ_CHECK(tcb_version_value(product, &again) != value);
    }
}

/* What names the chip is the beginning of what came, and something. */
static void check_hwid(enum snp_product product, struct bytes chip_id)
{
    static const struct snp_hwid zeros;
    size_t len = snp_product_facts(product)->hwid_len;
    struct snp_hwid hwid, again;
    struct error err = { 0 };

    if (!snp_hwid_read(product, chip_id, &hwid, &err)) {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_NOT_FOUND);
        FUZZ_CHECK(err.text[0] != 0);
        return;
    }
    FUZZ_CHECK(hwid.len == len && (chip_id.len == len || chip_id.len == CHIP_ID_LEN));
    FUZZ_CHECK(memcmp(hwid.at, chip_id.at, len) == 0);
    FUZZ_CHECK(memcmp(hwid.at, zeros.at, len) != 0);
    FUZZ_CHECK(memcmp(hwid.at + len, zeros.at, CHIP_ID_LEN - len) == 0);
    FUZZ_CHECK(snp_hwid_read(product, bytes_of(hwid.at, hwid.len), &again, &err));
    FUZZ_CHECK(memcmp(&hwid, &again, sizeof hwid) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    uint64_t digits = 0, raw = 0;
    bool is_hex = tcb_version_hex_read(in, &digits);

    FUZZ_CHECK(!is_hex || (len >= 1 && len <= 16));
    for (size_t i = 0; i < len && i < 8; i++)
        raw |= (uint64_t)at[i] << 8 * i;
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++) {
        if (is_hex)
            check_tcb(product, digits);
        check_tcb(product, raw);
        check_hwid(product, in);
    }
    return 0;
}
