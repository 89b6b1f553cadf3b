/* SPDX-License-Identifier: Apache-2.0 */
#include "format/tcb_info.h"

#include "format/json_fields.h"
#include "format/tcb_levels.h"
#include "kit/text.h"

static const struct json_choice ids[] = {
    { "SGX", TEE_SGX },
    { "TDX", TEE_TDX },
    { NULL, 0 },
};

const char *tee_name(enum tee tee)
{
    return tee == TEE_SGX ? "sgx" : tee == TEE_TDX ? "tdx" : "unknown";
}

/* What decides how the rest is to be read. */
struct heading {
    enum tee tee;
    bool has_id;
    uint32_t version;
};

static void read_id(struct json *json, void *into)
{
    static const struct json_field as_choice = { "id", FIELD_CHOICE, .choices = ids };
    struct heading *heading = into;

    json_field_read(json, &as_choice, &heading->tee);
    heading->has_id = true;
}

static void read_version(struct json *json, void *into)
{
    struct heading *heading = into;

    heading->version = (uint32_t)json_read_integer(json, UINT32_MAX);
    if (json_ok(json) && heading->version != 2 && heading->version != 3)
        json_refuse(json, "TCB info of version %u, expected 2 or 3", heading->version);
}

/* The whole document is gone through once for these two, so that an old version is told
 * as such, wherever its number stands and whatever else it has. */
static bool read_heading(struct bytes text, struct arena *arena, struct heading *out,
                         struct error *err)
{
    static const struct json_field fields[] = {
        { "id", FIELD_READ(read_id), .optional = true },
        { "version", FIELD_READ(read_version) },
    };
    struct json json;

    json_begin(&json, text, arena, err);
    json_fields(&json, fields, COUNT_OF(fields), out);
    if (json_ok(&json) && out->version == 3 && !out->has_id)
        json_refuse(&json, "lacks \"id\"");
    if (json_ok(&json) && out->version == 2 && out->tee != TEE_SGX)
        json_refuse(&json, "TCB info of version 2 is for SGX only");
    return json_end(&json);
}

static void read_tcb_type(struct json *json, void *into)
{
    uint64_t type = json_read_integer(json, UINT32_MAX);

    (void)into;
    if (json_ok(json) && type != 0) /* the only way of comparing that Intel defined */
        json_refuse(json, "TCB type %u, expected 0", (unsigned)type);
}

static void read_pce_id(struct json *json, void *into)
{
    static const struct json_field as_hex = { "pceId", FIELD_HEX, .len = 2 };
    struct tcb_info *info = into;

    info->has_pce_id = true;
    json_field_read(json, &as_hex, info->pce_id);
}

static void read_levels(struct json *json, void *into)
{
    struct tcb_info *info = into;

    tcb_levels_read(json, info->version, info->tee, &info->levels, &info->level_count);
}

#define MODULE_FIELDS                                                                   \
    { "mrsigner", FIELD_INTO(HEX, struct tdx_module, mrsigner), .len = 48 },            \
        { "attributes", FIELD_INTO(HEX, struct tdx_module, attributes), .len = 8 },     \
    {                                                                                   \
        "attributesMask", FIELD_INTO(HEX, struct tdx_module, attributes_mask), .len = 8 \
    }

static void read_module(struct json *json, void *into)
{
    static const struct json_field fields[] = { MODULE_FIELDS };
    struct tcb_info *info = into;

    info->has_tdx_module = true;
    json_fields(json, fields, COUNT_OF(fields), &info->module);
}

/* "TDX_" and two hex digits, in either case as Intel's own library has it. 00 would be
 * the module before there were identities, which is tdxModule. */
static void read_module_id(struct json *json, void *into)
{
    struct tdx_module *module = into;
    struct bytes id = json_read_string(json);

    if (json_ok(json)
        && (!text_equal_nocase(bytes_first(id, 4), bytes_of_text("TDX_"))
            || !hex_read(bytes_after(id, 4), &module->version, 1)
            || module->version == 0))
        json_refuse(json, "\"%.80s\" is not TDX_01 to TDX_FF", safe(id).s);
}

static void read_module_levels(struct json *json, void *into)
{
    struct tdx_module *module = into;

    enclave_tcb_levels_read(json, &module->levels, &module->level_count);
}

static bool is_repeated(const struct tdx_module *modules, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        if (modules[i].version == modules[count - 1].version)
            return true;
    return false;
}

static void read_module_identities(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { "id", FIELD_READ(read_module_id) },
        MODULE_FIELDS,
        { "tcbLevels", FIELD_READ(read_module_levels) },
    };
    struct json_list list = { .item_len = sizeof(struct tdx_module),
                              .max = TCB_MODULES_MAX };
    struct tcb_info *info = into;

    json_read_array(json);
    while (json_element(json)) {
        struct tdx_module *module = json_list_add(json, &list);
        if (module == NULL || !json_fields(json, fields, COUNT_OF(fields), module))
            return;
        if (is_repeated(list.items, list.count))
            json_refuse(json, "another identity of module TDX_%02X", module->version);
    }
    if (json_ok(json) && list.count == 0)
        json_refuse(json, "no module identity");
    info->module_identities = list.items;
    info->module_identity_count = list.count;
}

#define COMMON_FIELDS                                                             \
    { "issueDate", FIELD_INTO(DATE, struct tcb_info, issue_date_s) },             \
        { "nextUpdate", FIELD_INTO(DATE, struct tcb_info, next_update_s) },       \
        { "fmspc", FIELD_INTO(HEX, struct tcb_info, fmspc), .len = 6 },           \
        { "tcbType", FIELD_READ(read_tcb_type) },                                 \
        { "tcbEvaluationDataNumber",                                              \
          FIELD_INTO(U32, struct tcb_info, evaluation_data_number), .least = 1 }, \
    {                                                                             \
        "tcbLevels", FIELD_READ(read_levels)                                      \
    }

static const struct json_field v2_fields[] = {
    { "pceId", FIELD_READ(read_pce_id), .optional = true },
    COMMON_FIELDS,
};

static const struct json_field sgx_fields[] = {
    { "pceId", FIELD_READ(read_pce_id) },
    { "tdxModule", FIELD_REFUSED, .why = "not in a TCB info for SGX" },
    { "tdxModuleIdentities", FIELD_REFUSED, .why = "not in a TCB info for SGX" },
    COMMON_FIELDS,
};

static const struct json_field tdx_fields[] = {
    { "pceId", FIELD_READ(read_pce_id) },
    { "tdxModule", FIELD_READ(read_module) },
    { "tdxModuleIdentities", FIELD_READ(read_module_identities), .optional = true },
    COMMON_FIELDS,
};

bool tcb_info_parse(struct bytes text, struct arena *arena, struct tcb_info *out,
                    struct error *err)
{
    struct heading heading = { .tee = TEE_SGX };
    struct json json;

    *out = (struct tcb_info){ 0 };
    if (!read_heading(text, arena, &heading, err))
        return false;
    out->tee = heading.tee;
    out->version = heading.version;
    json_begin(&json, text, arena, err);
    if (out->version == 2)
        json_fields(&json, v2_fields, COUNT_OF(v2_fields), out);
    else if (out->tee == TEE_SGX)
        json_fields(&json, sgx_fields, COUNT_OF(sgx_fields), out);
    else
        json_fields(&json, tdx_fields, COUNT_OF(tdx_fields), out);
    json_check_dates(&json, out->issue_date_s, out->next_update_s);
    return json_end(&json);
}
