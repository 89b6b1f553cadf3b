/* SPDX-License-Identifier: Apache-2.0 */
#include "format/json_fields.h"

#include <assert.h>

#include "kit/nearest.h"
#include "kit/text.h"

const char *json_choice_name(const struct json_choice *choices, unsigned value)
{
    for (; choices->name != NULL; choices++)
        if (choices->value == value)
            return choices->name;
    return "unknown";
}

static void read_integer(struct json *json, const struct json_field *field, void *at)
{
    static const uint32_t greatest[] = {
        [FIELD_U8] = UINT8_MAX, [FIELD_U16] = UINT16_MAX, [FIELD_U32] = UINT32_MAX
    };
    uint32_t value = (uint32_t)json_read_integer(json, greatest[field->kind]);

    if (json_ok(json) && value < field->least)
        json_refuse(json, "%u is under %u", value, field->least);
    if (field->kind == FIELD_U8)
        *(uint8_t *)at = (uint8_t)value;
    else if (field->kind == FIELD_U16)
        *(uint16_t *)at = (uint16_t)value;
    else
        *(uint32_t *)at = value;
}

static void read_hex(struct json *json, size_t len, uint8_t *at)
{
    struct bytes text = json_read_string(json);

    if (json_ok(json) && !hex_read(text, at, len))
        json_refuse(json, "\"%.80s\" is not %zu hex digits", safe(text).s, 2 * len);
}

static void read_date(struct json *json, int64_t *at)
{
    struct bytes text = json_read_string(json);

    if (json_ok(json) && !utc_read(text, at))
        json_refuse(json, "\"%.80s\" is not a date like 2025-06-20T00:00:00Z",
                    safe(text).s);
}

static void read_choice(struct json *json, const struct json_choice *choices,
                        unsigned *at)
{
    struct bytes text = json_read_string(json);

    for (; choices->name != NULL; choices++) {
        if (bytes_equal_text(text, choices->name)) {
            *at = choices->value;
            return;
        }
    }
    if (json_ok(json))
        json_refuse(json, "unknown value \"%.80s\"", safe(text).s);
}

void json_field_read(struct json *json, const struct json_field *field, void *at)
{
    switch (field->kind) {
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
        read_integer(json, field, at);
        break;
    case FIELD_HEX:
        read_hex(json, field->len, at);
        break;
    case FIELD_DATE:
        read_date(json, at);
        break;
    case FIELD_TEXT:
        *(struct bytes *)at = json_read_string(json);
        break;
    case FIELD_CHOICE:
        read_choice(json, field->choices, at);
        break;
    case FIELD_CALL:
        field->read(json, at);
        break;
    case FIELD_REFUSED:
        json_refuse(json, "%s", field->why);
        break;
    }
}

void json_check_dates(struct json *json, int64_t issue_date_s, int64_t next_update_s)
{
    if (json_ok(json) && next_update_s < issue_date_s)
        json_refuse(json, "nextUpdate %s is before issueDate %s", utc(next_update_s).s,
                    utc(issue_date_s).s);
}

static void refuse_unknown(struct json *json, const struct json_field *fields,
                           size_t count, struct bytes name)
{
    struct nearest nearest = { 0 };

    for (size_t i = 0; i < count; i++)
        if (fields[i].kind != FIELD_REFUSED)
            nearest_consider(&nearest, name, fields[i].name);
    if (nearest.name != NULL)
        json_refuse(json, "there is no such member, did you mean \"%s\"?", nearest.name);
    else
        json_refuse(json, "there is no such member");
}

static bool read_fields(struct json *json, const struct json_field *fields, size_t count,
                        bool is_all, void *into)
{
    uint64_t seen = 0;
    struct bytes name;

    assert(count <= 64);
    json_read_object(json);
    while (json_member(json, &name)) {
        size_t i = 0;
        while (i < count && !bytes_equal_text(name, fields[i].name))
            i++;
        if (i == count) {
            if (is_all)
                refuse_unknown(json, fields, count, name);
            json_skip(json);
            continue;
        }
        seen |= (uint64_t)1 << i;
        json_field_read(json, &fields[i], (uint8_t *)into + fields[i].at);
    }
    for (size_t i = 0; i < count && json_ok(json); i++)
        if ((seen >> i & 1) == 0 && !fields[i].optional
            && fields[i].kind != FIELD_REFUSED)
            json_refuse(json, "lacks \"%s\"", fields[i].name);
    return json_ok(json);
}

bool json_fields(struct json *json, const struct json_field *fields, size_t count,
                 void *into)
{
    return read_fields(json, fields, count, false, into);
}

bool json_fields_only(struct json *json, const struct json_field *fields, size_t count,
                      void *into)
{
    return read_fields(json, fields, count, true, into);
}

static uint8_t *item(const struct json_list *list, size_t i)
{
    return (uint8_t *)list->items + i * list->item_len;
}

void *json_list_add(struct json *json, struct json_list *list)
{
    if (list->count == list->max) {
        json_over_limit(json, "more than %zu of them", list->max);
        return NULL;
    }
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 4 : list->room * 2;
        void *items = json_alloc(json, room, list->item_len);
        if (items == NULL)
            return NULL;
        if (list->count > 0)
            memcpy(items, list->items, list->count * list->item_len);
        list->items = items;
        list->room = room;
    }
    return item(list, list->count++);
}

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
    uint8_t kept[256];

    while (len > 0) {
        size_t n = len < sizeof kept ? len : sizeof kept;
        memcpy(kept, a, n);
        memcpy(a, b, n);
        memcpy(b, kept, n);
        a += n;
        b += n;
        len -= n;
    }
}

bool json_list_settle(struct json_list *list, int (*order)(const void *, const void *))
{
    for (size_t i = list->count - 1; i > 0; i--) {
        int relation = order(item(list, i - 1), item(list, i));
        if (relation <= 0)
            return relation < 0;
        swap(item(list, i - 1), item(list, i), list->item_len);
    }
    return true;
}
