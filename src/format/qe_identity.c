/* SPDX-License-Identifier: Apache-2.0 */
#include "format/qe_identity.h"

#include "format/json_fields.h"
#include "format/tcb_levels.h"

static const struct json_choice ids[] = {
    { "QE", ENCLAVE_QE },
    { "TD_QE", ENCLAVE_TD_QE },
    { "QVE", ENCLAVE_QVE },
    { "QAE", ENCLAVE_QAE },
    { NULL, 0 },
};

const char *enclave_id_name(enum enclave_id id)
{
    return json_choice_name(ids, id);
}

static void read_version(struct json *json, void *into)
{
    uint64_t version = json_read_integer(json, UINT32_MAX);

    (void)into;
    if (json_ok(json) && version != 2)
        json_refuse(json, "enclave identity of version %u, expected 2",
                    (unsigned)version);
}

static void read_levels(struct json *json, void *into)
{
    struct qe_identity *identity = into;

    enclave_tcb_levels_read(json, &identity->levels, &identity->level_count);
}

#define IDENTITY(KIND, MEMBER) FIELD_INTO(KIND, struct qe_identity, MEMBER)

static const struct json_field fields[] = {
    { "id", IDENTITY(CHOICE, id), .choices = ids },
    { "version", FIELD_READ(read_version) },
    { "issueDate", IDENTITY(DATE, issue_date_s) },
    { "nextUpdate", IDENTITY(DATE, next_update_s) },
    { "tcbEvaluationDataNumber", IDENTITY(U32, evaluation_data_number), .least = 1 },
    { "miscselect", IDENTITY(HEX, miscselect), .len = 4 },
    { "miscselectMask", IDENTITY(HEX, miscselect_mask), .len = 4 },
    { "attributes", IDENTITY(HEX, attributes), .len = 16 },
    { "attributesMask", IDENTITY(HEX, attributes_mask), .len = 16 },
    { "mrsigner", IDENTITY(HEX, mrsigner), .len = 32 },
    { "isvprodid", IDENTITY(U16, isvprodid) },
    { "tcbLevels", FIELD_READ(read_levels) },
};

bool qe_identity_parse(struct bytes text, struct arena *arena, struct qe_identity *out,
                       struct error *err)
{
    struct json json;

    *out = (struct qe_identity){ 0 };
    json_begin(&json, text, arena, err);
    json_fields(&json, fields, COUNT_OF(fields), out);
    json_check_dates(&json, out->issue_date_s, out->next_update_s);
    return json_end(&json);
}
