/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a verdict's JSON, for verify/verdict_json*.c alone. Each writes members
 * into the object that is open; what was not reached is null. */
#ifndef THIM_VERIFY_VERDICT_JSON_PARTS_H
#define THIM_VERIFY_VERDICT_JSON_PARTS_H

#include "format/json_write.h"
#include "verify/verdict.h"

void verdict_json_quote(const struct verdict *verdict, struct buf *out);
void verdict_json_report(const struct verdict *verdict, struct buf *out);

/* "root": {"spki_sha256", "key_id", "origin"} */
void verdict_json_root(const uint8_t spki_sha256[32], struct bytes key_id,
                       enum root_origin origin, struct buf *out);

struct json_hex_member { /* a struct bytes of a parsed struct */
    const char *name;
    size_t at;
};
void verdict_json_hexes(const struct json_hex_member *members, size_t count,
                        const void *from, struct buf *out);

struct json_bit_member {
    const char *name;
    uint64_t bit;
};
/* An object of booleans. */
void verdict_json_bits(const char *name, const struct json_bit_member *members,
                       size_t count, uint64_t value, struct buf *out);

#endif
