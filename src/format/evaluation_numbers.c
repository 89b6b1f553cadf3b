/* SPDX-License-Identifier: Apache-2.0 */
#include "format/evaluation_numbers.h"

#include "format/json_fields.h"

static const struct json_choice ids[] = {
    { "SGX", TEE_SGX },
    { "TDX", TEE_TDX },
    { NULL, 0 },
};

static void read_version(struct json *json, void *into)
{
    uint64_t version = json_read_integer(json, UINT32_MAX);

    (void)into;
    if (json_ok(json) && version != 1)
        json_refuse(json, "list of version %u, expected 1", (unsigned)version);
}

static int highest_first(const void *a, const void *b)
{
    uint32_t left = ((const struct evaluation_number *)a)->number;
    uint32_t right = ((const struct evaluation_number *)b)->number;

    return (left < right) - (left > right);
}

static void read_numbers(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { "tcbEvaluationDataNumber", FIELD_INTO(U32, struct evaluation_number, number),
          .least = 1 },
        { "tcbRecoveryEventDate",
          FIELD_INTO(DATE, struct evaluation_number, recovery_event_s) },
        { "tcbDate", FIELD_INTO(DATE, struct evaluation_number, tcb_date_s) },
    };
    struct evaluation_numbers *out = into;
    struct json_list list = { .item_len = sizeof out->numbers[0],
                              .max = EVALUATION_NUMBERS_MAX };

    json_read_array(json);
    while (json_element(json)) {
        struct evaluation_number *number = json_list_add(json, &list);
        if (number == NULL || !json_fields(json, fields, COUNT_OF(fields), number))
            return;
        uint32_t value = number->number;
        if (!json_list_settle(&list, highest_first))
            json_refuse(json, "number %u twice", value);
    }
    if (json_ok(json) && list.count == 0)
        json_refuse(json, "no evaluation number");
    if (!json_ok(json) || list.count == 0)
        return;
    memcpy(out->numbers, list.items, list.count * sizeof out->numbers[0]);
    out->count = list.count;
}

#define LIST(KIND, MEMBER) FIELD_INTO(KIND, struct evaluation_numbers, MEMBER)

bool evaluation_numbers_parse(struct bytes text, struct arena *arena,
                              struct evaluation_numbers *out, struct error *err)
{
    static const struct json_field fields[] = {
        { "id", LIST(CHOICE, tee), .choices = ids },
        { "version", FIELD_READ(read_version) },
        { "issueDate", LIST(DATE, issue_date_s) },
        { "nextUpdate", LIST(DATE, next_update_s) },
        { "tcbEvalNumbers", FIELD_READ(read_numbers) },
    };
    struct json json;

    *out = (struct evaluation_numbers){ 0 };
    json_begin(&json, text, arena, err);
    json_fields(&json, fields, COUNT_OF(fields), out);
    json_check_dates(&json, out->issue_date_s, out->next_update_s);
    return json_end(&json);
}

bool evaluation_numbers_name(const struct evaluation_numbers *list, uint32_t number)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->numbers[i].number == number)
            return true;
    return false;
}
