/* SPDX-License-Identifier: Apache-2.0 */
#include "format/fmspc_list.h"

#include "format/json_fields.h"

/* The last is never read as such: it is what any other name becomes. */
static const struct json_choice platforms[] = {
    { "client", FMSPC_CLIENT }, { "E3", FMSPC_E3 }, { "E5", FMSPC_E5 },
    { "other", FMSPC_OTHER },   { NULL, 0 },
};

static void read_platform(struct json *json, void *into)
{
    struct fmspc_entry *entry = into;
    struct bytes text = json_read_string(json);

    entry->platform = FMSPC_OTHER;
    for (const struct json_choice *known = platforms; known->name != NULL; known++)
        if (bytes_equal_text(text, known->name))
            entry->platform = known->value;
}

/* A set of the FMSPCs read so far, of indices plus one into the list, by the value of the
 * FMSPC: twice as many places as there may be entries, so that one is always free. */
enum { PLACES = 2 * FMSPCS_MAX };

struct known {
    const struct json_list *list;
    uint16_t *places;
};

/* The place where this FMSPC is, or would be. */
static uint16_t *place_of(const struct known *known, const uint8_t fmspc[6])
{
    const struct fmspc_entry *entries = known->list->items;
    uint64_t mixed = 0;

    memcpy(&mixed, fmspc, 6);
    mixed *= 0x9e3779b97f4a7c15U; /* 2^64 over the golden ratio: spreads near values */
    for (size_t at = mixed >> 32;; at++) {
        uint16_t *place = &known->places[at % PLACES];
        if (*place == 0 || memcmp(entries[*place - 1].fmspc, fmspc, 6) == 0)
            return place;
    }
}

static void read_entry(struct json *json, struct json_list *list,
                       const struct known *known)
{
    static const struct json_field fields[] = {
        { "fmspc", FIELD_INTO(HEX, struct fmspc_entry, fmspc), .len = 6 },
        { "platform", FIELD_READ(read_platform) },
    };
    struct fmspc_entry entry = { .platform = FMSPC_OTHER };

    if (!json_fields(json, fields, COUNT_OF(fields), &entry))
        return;
    uint16_t *place = place_of(known, entry.fmspc);
    if (*place != 0)
        return; /* a repeat: the first counts */
    struct fmspc_entry *kept = json_list_add(json, list);
    if (kept == NULL)
        return;
    *kept = entry;
    *place = (uint16_t)list->count;
}

bool fmspc_list_parse(struct bytes text, struct arena *arena, struct fmspc_list *out,
                      struct error *err)
{
    struct json_list list = { .item_len = sizeof(struct fmspc_entry), .max = FMSPCS_MAX };
    struct known known = { .list = &list };
    struct json json;

    *out = (struct fmspc_list){ 0 };
    json_begin(&json, text, arena, err);
    known.places = json_alloc(&json, PLACES, sizeof *known.places);
    json_read_array(&json);
    while (json_element(&json))
        read_entry(&json, &list, &known);
    if (json_ok(&json) && list.count == 0)
        json_refuse(&json, "no FMSPC");
    if (!json_end(&json))
        return false;
    *out = (struct fmspc_list){ .entries = list.items, .count = list.count };
    return true;
}

bool fmspc_list_names(const struct fmspc_list *list, const uint8_t fmspc[6])
{
    for (size_t i = 0; i < list->count; i++)
        if (memcmp(list->entries[i].fmspc, fmspc, 6) == 0)
            return true;
    return false;
}

void fmspc_list_write(struct buf *out, const struct fmspc_list *list,
                      enum fmspc_platform only)
{
    const char *between = "";

    buf_add_byte(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct fmspc_entry *entry = &list->entries[i];
        const uint8_t *f = entry->fmspc;
        if (only != 0 && entry->platform != only)
            continue;
        buf_addf(out, "%s{\"fmspc\":\"%02X%02X%02X%02X%02X%02X\",\"platform\":\"%s\"}",
                 between, f[0], f[1], f[2], f[3], f[4], f[5],
                 json_choice_name(platforms, entry->platform));
        between = ",";
    }
    buf_add_byte(out, ']');
}
