/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/snp_certificate_table.h"

static void lies_within(struct bytes part, const uint8_t *at, size_t len)
{
    FUZZ_CHECK(part.len == 0
               || (part.at > at && part.at <= at + len
                   && part.len <= len - (size_t)(part.at - at)));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct snp_certificate_table table;
    struct error err = { 0 };

    if (!snp_certificate_table_read(bytes_of(at, len), &table, &err)) {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        return 0;
    }
    lies_within(table.vcek, at, len);
    lies_within(table.vlek, at, len);
    lies_within(table.issuer, at, len);
    lies_within(table.root, at, len);
    return 0;
}
