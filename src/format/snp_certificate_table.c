/* SPDX-License-Identifier: Apache-2.0 */
#include "format/snp_certificate_table.h"

#include <stddef.h>

#include "kit/cursor.h"
#include "kit/text.h"

enum { GUID_LEN = 16, ENTRY_LEN = 24 };

static const struct kind {
    const char *name;
    uint8_t guid[GUID_LEN];
    size_t at; /* in struct snp_certificate_table */
} kinds[] = {
    { "VCEK",
      { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b,
        0xe8, 0xac, 0xcd },
      offsetof(struct snp_certificate_table, vcek) },
    { "VLEK",
      { 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45,
        0xa0, 0xb8, 0xa1 },
      offsetof(struct snp_certificate_table, vlek) },
    { "ASK",
      { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3,
        0x27, 0xc7, 0x82 },
      offsetof(struct snp_certificate_table, issuer) },
    { "ARK",
      { 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01,
        0x4c, 0xd0, 0xae },
      offsetof(struct snp_certificate_table, root) },
};

/* NULL where nobody knows it. */
static const struct kind *kind_of(struct bytes guid)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (bytes_equal(guid, bytes_of(kinds[i].guid, GUID_LEN)))
            return &kinds[i];
    return NULL;
}

static bool is_zero(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.at[i] != 0)
            return false;
    return true;
}

bool snp_certificate_table_looks_like(struct bytes text)
{
    return text.len > ENTRY_LEN && kind_of(bytes_first(text, GUID_LEN)) != NULL;
}

/* How many entries stand before the one of zeros. */
static bool count_entries(struct bytes table, size_t *count, struct error *err)
{
    struct cursor c = cursor_over(table);

    for (*count = 0; *count <= SNP_TABLE_ENTRIES_MAX; (*count)++) {
        struct bytes entry = cursor_take(&c, ENTRY_LEN);
        if (c.overran)
            return error_set(err, ERROR_FORMAT,
                             "certificate table ends early, after %zu entries", *count);
        if (is_zero(entry))
            return true;
    }
    return error_set(err, ERROR_LIMIT, "certificate table of more than %d entries",
                     SNP_TABLE_ENTRIES_MAX);
}

static bool read_entry(struct cursor *c, struct bytes table, size_t entries_len,
                       struct snp_certificate_table *out, struct error *err)
{
    struct bytes guid = cursor_take(c, GUID_LEN);
    uint32_t offset = cursor_u32le(c), len = cursor_u32le(c);
    const struct kind *kind = kind_of(guid);

    if (kind == NULL)
        return true;
    struct bytes *into = (struct bytes *)((char *)out + kind->at);
    if (len == 0 || offset < entries_len || offset > table.len
        || len > table.len - offset)
        return error_set(err, ERROR_FORMAT,
                         "certificate table: %s at %u, %u bytes long, does not lie "
                         "behind the entries and before the end, %zu to %zu",
                         kind->name, offset, len, entries_len, table.len);
    if (into->len > 0)
        return error_set(err, ERROR_FORMAT, "certificate table: two %ss", kind->name);
    *into = bytes_of(table.at + offset, len);
    return true;
}

bool snp_certificate_table_read(struct bytes table, struct snp_certificate_table *out,
                                struct error *err)
{
    struct cursor c = cursor_over(table);
    size_t count;

    *out = (struct snp_certificate_table){ 0 };
    if (table.len > SNP_TABLE_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "certificate table of %zu bytes, at most %d",
                         table.len, SNP_TABLE_BYTES_MAX);
    if (!count_entries(table, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!read_entry(&c, table, (count + 1) * ENTRY_LEN, out, err))
            return false;
    return true;
}
