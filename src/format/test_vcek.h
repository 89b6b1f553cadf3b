/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's extensions put together from their values, for tests: each can be replaced by
 * bytes that are wrong in one place, left out, or joined by one more. */
#ifndef THIM_FORMAT_TEST_VCEK_H
#define THIM_FORMAT_TEST_VCEK_H

#include "format/test_certificate.h"

#define AMD_ENTRIES_MAX 16

/* What is below 1.3.6.1.4.1.3704.1, and the value; below is empty behind the last. */
struct amd_entry {
    struct bytes below, value;
};

#define AMD(text)                                              \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }
#define HWID_8 "\x04\x06IDIDID" /* as long as an OCTET STRING of six bytes */
#define HWID_64 HWID_8 "0123456789abcdef0123456789ABCDEF0123456789abcdef01234567"

static const struct amd_entry milan_vcek[AMD_ENTRIES_MAX] = {
    { AMD("\x01"), AMD("\x02\x01\x00") },
    { AMD("\x02"), AMD("\x16\x08Milan-B0") },
    { AMD("\x03\x01"), AMD("\x02\x01\x04") },
    { AMD("\x03\x02"), AMD("\x02\x01\x01") },
    { AMD("\x03\x04"), AMD("\x02\x01\x00") },
    { AMD("\x03\x05"), AMD("\x02\x01\x00") },
    { AMD("\x03\x06"), AMD("\x02\x01\x00") },
    { AMD("\x03\x07"), AMD("\x02\x01\x00") },
    { AMD("\x03\x03"), AMD("\x02\x01\x18") },
    { AMD("\x03\x08"), AMD("\x02\x02\x00\xdb") },
    { AMD("\x04"), AMD(HWID_64) },
};

static const struct amd_entry turin_vcek[AMD_ENTRIES_MAX] = {
    { AMD("\x01"), AMD("\x02\x01\x01") },
    { AMD("\x02"), AMD("\x16\x05Turin") },
    { AMD("\x03\x09"), AMD("\x02\x01\x02") },
    { AMD("\x03\x01"), AMD("\x02\x01\x04") },
    { AMD("\x03\x02"), AMD("\x02\x01\x01") },
    { AMD("\x03\x03"), AMD("\x02\x01\x18") },
    { AMD("\x03\x05"), AMD("\x02\x01\x00") },
    { AMD("\x03\x06"), AMD("\x02\x01\x00") },
    { AMD("\x03\x07"), AMD("\x02\x01\x00") },
    { AMD("\x03\x08"), AMD("\x02\x01\x51") },
    { AMD("\x04"), AMD(HWID_8) },
};

static const struct amd_entry genoa_vlek[AMD_ENTRIES_MAX] = {
    { AMD("\x01"), AMD("\x02\x01\x00") },
    { AMD("\x02"), AMD("\x16\x05Genoa") },
    { AMD("\x03\x01"), AMD("\x02\x01\x0a") },
    { AMD("\x03\x02"), AMD("\x02\x01\x00") },
    { AMD("\x03\x04"), AMD("\x02\x01\x00") },
    { AMD("\x03\x05"), AMD("\x02\x01\x00") },
    { AMD("\x03\x06"), AMD("\x02\x01\x00") },
    { AMD("\x03\x07"), AMD("\x02\x01\x00") },
    { AMD("\x03\x03"), AMD("\x02\x01\x17") },
    { AMD("\x03\x08"), AMD("\x02\x01\x54") },
    { AMD("\x05"), AMD("\x16\x0a"
                       "CN=example") },
};

static inline void put_amd_extension(struct buf *list, struct bytes below,
                                     struct bytes value)
{
    uint8_t oid[16] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01 };

    assert(below.len <= sizeof oid - 8);
    memcpy(oid + 8, below.at, below.len);
    der_put_extension(list, bytes_of(oid, 8 + below.len), false, value);
}

static inline void put_amd_extensions(struct buf *list, const struct amd_entry *entries)
{
    for (size_t i = 0; i < AMD_ENTRIES_MAX && entries[i].below.len > 0; i++)
        put_amd_extension(list, entries[i].below, entries[i].value);
}

/* The entry of this place gets this value: another where there is one, one more where
 * there is none; an empty value takes it out. */
static inline void amd_entry_edit(struct amd_entry entries[AMD_ENTRIES_MAX],
                                  struct bytes below, struct bytes value)
{
    size_t end = 0, at;

    while (end < AMD_ENTRIES_MAX && entries[end].below.len > 0)
        end++;
    for (at = 0; at < end && !bytes_equal(entries[at].below, below);)
        at++;
    assert(at < AMD_ENTRIES_MAX);
    if (value.len > 0) {
        entries[at] = (struct amd_entry){ below, value };
    } else if (at < end) {
        entries[at] = entries[end - 1];
        entries[end - 1] = (struct amd_entry){ 0 };
    }
}

#endif
