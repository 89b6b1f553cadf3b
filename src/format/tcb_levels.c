/* SPDX-License-Identifier: Apache-2.0 */
#include "format/tcb_levels.h"

#include "format/json_fields.h"
#include "kit/text.h"

enum { COMPONENTS = 16, LEVEL_FIELD_COUNT = 4 };

static const struct json_choice statuses[] = {
    { "UpToDate", TCB_UP_TO_DATE },
    { "SWHardeningNeeded", TCB_SW_HARDENING_NEEDED },
    { "ConfigurationNeeded", TCB_CONFIGURATION_NEEDED },
    { "ConfigurationAndSWHardeningNeeded", TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED },
    { "OutOfDate", TCB_OUT_OF_DATE },
    { "OutOfDateConfigurationNeeded", TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
    { "Revoked", TCB_REVOKED },
    { NULL, 0 },
};

static const struct json_choice enclave_statuses[] = {
    { "UpToDate", TCB_UP_TO_DATE },
    { "OutOfDate", TCB_OUT_OF_DATE },
    { "Revoked", TCB_REVOKED },
    { NULL, 0 },
};

const char *tcb_status_name(enum tcb_status status)
{
    return json_choice_name(statuses, status);
}

static void read_advisories(struct json *json, const struct bytes **advisories,
                            size_t *count)
{
    struct json_list list = { .item_len = sizeof **advisories,
                              .max = TCB_ADVISORIES_MAX };

    json_read_array(json);
    while (json_element(json)) {
        struct bytes *advisory = json_list_add(json, &list);
        if (advisory != NULL)
            *advisory = json_read_string(json);
    }
    *advisories = list.items;
    *count = list.count;
}

static void read_level_advisories(struct json *json, void *into)
{
    struct tcb_level *level = into;

    read_advisories(json, &level->advisories, &level->advisory_count);
}

static void read_enclave_advisories(struct json *json, void *into)
{
    struct enclave_tcb_level *level = into;

    read_advisories(json, &level->advisories, &level->advisory_count);
}

static void read_components(struct json *json, struct tcb_component *components)
{
    static const struct json_field fields[] = {
        { "svn", FIELD_INTO(U8, struct tcb_component, svn) },
        { "category", FIELD_INTO(TEXT, struct tcb_component, category),
          .optional = true },
        { "type", FIELD_INTO(TEXT, struct tcb_component, type), .optional = true },
    };
    size_t count = 0;

    json_read_array(json);
    while (json_element(json)) {
        if (count == COMPONENTS)
            json_refuse(json, "more than %d components", COMPONENTS);
        else
            json_fields(json, fields, COUNT_OF(fields), &components[count++]);
    }
    if (json_ok(json) && count < COMPONENTS)
        json_refuse(json, "%zu components, expected %d", count, COMPONENTS);
}

static void read_sgx_components(struct json *json, void *into)
{
    read_components(json, ((struct tcb_level *)into)->sgx);
}

static void read_tdx_components(struct json *json, void *into)
{
    read_components(json, ((struct tcb_level *)into)->tdx);
}

#define SVN(INDEX) FIELD_INTO(U8, struct tcb_level, sgx[INDEX].svn)
#define SGX_COMPONENTS "sgxtcbcomponents", FIELD_READ(read_sgx_components)
#define PCESVN "pcesvn", FIELD_INTO(U16, struct tcb_level, pcesvn)

static void read_tcb_v2(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { "sgxtcbcomp01svn", SVN(0) },
        { "sgxtcbcomp02svn", SVN(1) },
        { "sgxtcbcomp03svn", SVN(2) },
        { "sgxtcbcomp04svn", SVN(3) },
        { "sgxtcbcomp05svn", SVN(4) },
        { "sgxtcbcomp06svn", SVN(5) },
        { "sgxtcbcomp07svn", SVN(6) },
        { "sgxtcbcomp08svn", SVN(7) },
        { "sgxtcbcomp09svn", SVN(8) },
        { "sgxtcbcomp10svn", SVN(9) },
        { "sgxtcbcomp11svn", SVN(10) },
        { "sgxtcbcomp12svn", SVN(11) },
        { "sgxtcbcomp13svn", SVN(12) },
        { "sgxtcbcomp14svn", SVN(13) },
        { "sgxtcbcomp15svn", SVN(14) },
        { "sgxtcbcomp16svn", SVN(15) },
        { PCESVN },
    };

    json_fields(json, fields, COUNT_OF(fields), into);
}

static void read_tcb_v3_sgx(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { SGX_COMPONENTS },
        { PCESVN },
        { "tdxtcbcomponents", FIELD_REFUSED, .why = "not in a TCB info for SGX" },
    };

    json_fields(json, fields, COUNT_OF(fields), into);
}

static void read_tcb_v3_tdx(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { SGX_COMPONENTS },
        { PCESVN },
        { "tdxtcbcomponents", FIELD_READ(read_tdx_components) },
    };

    json_fields(json, fields, COUNT_OF(fields), into);
}

static void read_isvsvn(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { "isvsvn", FIELD_INTO(U16, struct enclave_tcb_level, isvsvn) },
    };

    json_fields(json, fields, COUNT_OF(fields), into);
}

static int compare_components(const struct tcb_component *a,
                              const struct tcb_component *b)
{
    for (size_t i = 0; i < COMPONENTS; i++)
        if (a[i].svn != b[i].svn)
            return b[i].svn - a[i].svn;
    return 0;
}

int tcb_level_order(const struct tcb_level *a, const struct tcb_level *b)
{
    int order = compare_components(a->sgx, b->sgx);

    if (order == 0)
        order = b->pcesvn - a->pcesvn;
    return order != 0 ? order : compare_components(a->tdx, b->tdx);
}

static int level_order(const void *a, const void *b)
{
    return tcb_level_order(a, b);
}

static int enclave_level_order(const void *a, const void *b)
{
    return ((const struct enclave_tcb_level *)b)->isvsvn
           - ((const struct enclave_tcb_level *)a)->isvsvn;
}

static void number_level(void *level, size_t place)
{
    ((struct tcb_level *)level)->place = (uint16_t)place; /* below TCB_LEVELS_MAX */
}

/* number: tells a level its place in the document; NULL where nobody asks. */
static void read_list(struct json *json, const struct json_field *fields,
                      int (*order)(const void *, const void *),
                      void (*number)(void *level, size_t place), struct json_list *list)
{
    json_read_array(json);
    while (json_element(json)) {
        void *level = json_list_add(json, list);
        if (level == NULL || !json_fields(json, fields, LEVEL_FIELD_COUNT, level))
            return;
        if (number != NULL)
            number(level, list->count - 1);
        if (!json_list_settle(list, order))
            json_refuse(json, "the same TCB as another level");
    }
    if (json_ok(json) && list->count == 0)
        json_refuse(json, "no TCB level");
}

#define DATE_AND_STATUS(TYPE, STATUSES)                                      \
    { "tcbDate", FIELD_INTO(DATE, TYPE, tcb_date_s) },                       \
    {                                                                        \
        "tcbStatus", FIELD_INTO(CHOICE, TYPE, status), .choices = (STATUSES) \
    }
#define PLATFORM_FIELDS                                                    \
    DATE_AND_STATUS(struct tcb_level, statuses),                           \
    {                                                                      \
        "advisoryIDs", FIELD_READ(read_level_advisories), .optional = true \
    }

void tcb_levels_read(struct json *json, unsigned version, enum tee tee,
                     const struct tcb_level **levels, size_t *count)
{
    static const struct json_field v2[] = { { "tcb", FIELD_READ(read_tcb_v2) },
                                            PLATFORM_FIELDS };
    static const struct json_field v3_sgx[] = { { "tcb", FIELD_READ(read_tcb_v3_sgx) },
                                                PLATFORM_FIELDS };
    static const struct json_field v3_tdx[] = { { "tcb", FIELD_READ(read_tcb_v3_tdx) },
                                                PLATFORM_FIELDS };
    const struct json_field *sgx = version == 2 ? v2 : v3_sgx;
    struct json_list list = { .item_len = sizeof **levels, .max = TCB_LEVELS_MAX };

    read_list(json, tee == TEE_TDX ? v3_tdx : sgx, level_order, number_level, &list);
    *levels = list.items;
    *count = list.count;
}

void enclave_tcb_levels_read(struct json *json, const struct enclave_tcb_level **levels,
                             size_t *count)
{
    static const struct json_field fields[] = {
        { "tcb", FIELD_READ(read_isvsvn) },
        DATE_AND_STATUS(struct enclave_tcb_level, enclave_statuses),
        { "advisoryIDs", FIELD_READ(read_enclave_advisories), .optional = true },
    };
    struct json_list list = { .item_len = sizeof **levels, .max = TCB_LEVELS_MAX };

    read_list(json, fields, enclave_level_order, NULL, &list);
    *levels = list.items;
    *count = list.count;
}
