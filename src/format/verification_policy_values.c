/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a policy's members: values and lists of them, masks, flags. */
#include "format/verification_policy_parts.h"

/* ---- values --------------------------------------------------------------------- */

static void read_values(struct json *json, void *into, size_t len)
{
    const struct json_field one = { .kind = FIELD_HEX, .len = len };
    struct json_list list = { .item_len = len, .max = POLICY_VALUES_MAX };
    struct policy_values *out = into;
    bool is_list = json_next_is(json, '[');
    void *item;

    if (is_list)
        json_read_array(json);
    while (is_list ? json_element(json) : list.count == 0 && json_ok(json)) {
        if ((item = json_list_add(json, &list)) == NULL)
            return;
        json_field_read(json, &one, item);
    }
    if (json_ok(json) && list.count == 0)
        json_refuse(json, "the list is empty: nothing could be accepted");
    *out = (struct policy_values){ .at = list.items, .count = list.count };
}

#define DEFINE_READ_VALUES(LEN)                                  \
    void policy_read_values_##LEN(struct json *json, void *into) \
    {                                                            \
        read_values(json, into, LEN);                            \
    }
DEFINE_READ_VALUES(2)
DEFINE_READ_VALUES(6)
DEFINE_READ_VALUES(16)
DEFINE_READ_VALUES(32)
DEFINE_READ_VALUES(48)
DEFINE_READ_VALUES(64)

void policy_read_numbers(struct json *json, struct policy_numbers *out, uint32_t most)
{
    struct json_list list = { .item_len = sizeof(uint32_t), .max = POLICY_VALUES_MAX };
    bool is_list = json_next_is(json, '[');
    uint32_t *item;

    if (is_list)
        json_read_array(json);
    while (is_list ? json_element(json) : list.count == 0 && json_ok(json)) {
        if ((item = json_list_add(json, &list)) == NULL)
            return;
        *item = (uint32_t)json_read_integer(json, most);
    }
    if (json_ok(json) && list.count == 0)
        json_refuse(json, "the list is empty: nothing could be accepted");
    *out = (struct policy_numbers){ .at = list.items, .count = list.count };
}

void policy_read_numbers_u16(struct json *json, void *into)
{
    policy_read_numbers(json, into, UINT16_MAX);
}

void policy_read_boolean(struct json *json, void *into)
{
    *(bool *)into = json_boolean(json);
}

void policy_read_demand(struct json *json, void *into)
{
    *(enum policy_demand *)into = json_boolean(json) ? DEMAND_SET : DEMAND_CLEAR;
}

void policy_read_leave(struct json *json, void *into)
{
    *(enum policy_leave *)into = json_boolean(json) ? LEAVE_GIVEN : LEAVE_DENIED;
}

/* ---- values under masks --------------------------------------------------------- */

static void read_masked(struct json *json, struct policy_masked *masked, size_t len)
{
    const struct json_field value = { .kind = FIELD_HEX, .len = len };

    masked->has_value = true;
    json_field_read(json, &value, masked->value);
    if (!masked->has_mask)
        memset(masked->mask, 0xff, len);
}

static void read_mask(struct json *json, struct policy_masked *masked, size_t len)
{
    const struct json_field mask = { .kind = FIELD_HEX, .len = len };

    masked->has_mask = true;
    json_field_read(json, &mask, masked->mask);
}

#define DEFINE_READ_MASKED(LEN)                                  \
    void policy_read_masked_##LEN(struct json *json, void *into) \
    {                                                            \
        read_masked(json, into, LEN);                            \
    }                                                            \
    void policy_read_mask_##LEN(struct json *json, void *into)   \
    {                                                            \
        read_mask(json, into, LEN);                              \
    }
DEFINE_READ_MASKED(4)
DEFINE_READ_MASKED(8)
DEFINE_READ_MASKED(16)

void policy_check_masked(struct json *json, const struct policy_masked *masked,
                         const char *name)
{
    if (!json_ok(json))
        return;
    if (masked->has_mask && !masked->has_value)
        json_refuse(json, "has \"%s_mask\" and no \"%s\"", name, name);
    for (size_t i = 0; i < sizeof masked->value; i++)
        if ((masked->value[i] & ~masked->mask[i]) != 0)
            json_refuse(json,
                        "byte %zu of \"%s\" is %02x, and \"%s_mask\" has %02x: no value "
                        "could be accepted",
                        i, name, masked->value[i], name, masked->mask[i]);
}

/* ---- sets ----------------------------------------------------------------------- */

void policy_read_set(struct json *json, unsigned *set, const struct json_choice *choices)
{
    const struct json_field field = { .kind = FIELD_CHOICE, .choices = choices };
    unsigned one = 0;

    *set = 0;
    json_read_array(json);
    while (json_element(json)) {
        json_field_read(json, &field, &one);
        if (json_ok(json) && one == POLICY_NEVER)
            json_refuse(json, "what is so is never valid, and so never accepted");
        *set |= 1U << one;
    }
    if (json_ok(json) && *set == 0)
        json_refuse(json, "the list is empty: nothing could be accepted");
}
