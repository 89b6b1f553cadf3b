/* SPDX-License-Identifier: Apache-2.0 */
/* The member "snp" of a policy. */
#include "format/verification_policy_parts.h"

#include "kit/text.h"

/* VMPL 0 to 3; a host that asks for itself gets a report with 2^32 - 1. */
static void read_vmpls(struct json *json, void *into)
{
    enum { VMPL_MOST = 3 };

    policy_read_numbers(json, into, VMPL_MOST);
}

static void read_chip_ids(struct json *json, void *into)
{
    static const uint8_t zeros[CHIP_ID_LEN];
    const struct policy_values *ids = into;

    policy_read_values_64(json, into);
    for (size_t i = 0; i < ids->count && json_ok(json); i++)
        if (memcmp(ids->at + i * CHIP_ID_LEN, zeros, sizeof zeros) == 0)
            json_refuse(json, "item %zu is zeros only: a masked chip id is every chip's",
                        i);
}

static void read_veks(struct json *json, void *into)
{
    static const struct json_choice veks[] = {
        { "VCEK", VEK_VCEK },
        { "VLEK", VEK_VLEK },
        { NULL, 0 },
    };

    policy_read_set(json, into, veks);
}

/* ---- versions ------------------------------------------------------------------- */

/* "1.55.21": numbers of a byte each, as many as there are parts, dots between. */
static bool read_dotted(struct bytes text, uint8_t *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = bytes_find(text, bytes_of_text("."));
        uint64_t value;
        if ((len == text.len) != (i + 1 == count)
            || !decimal_read(bytes_first(text, len), UINT8_MAX, &value))
            return false;
        *parts[i] = (uint8_t)value;
        text = bytes_after(text, len + 1);
    }
    return true;
}

static void read_abi(struct json *json, void *into)
{
    struct policy_guest *guest = into;
    uint8_t *const parts[] = { &guest->min_abi_major, &guest->min_abi_minor };
    struct bytes text = json_read_string(json);

    if (json_ok(json) && !read_dotted(text, parts, COUNT_OF(parts)))
        json_refuse(json, "\"%.40s\" is no ABI version like 1.51", safe(text).s);
}

static void read_firmware(struct json *json, void *into)
{
    struct snp_firmware_version *out = into;
    uint8_t *const parts[] = { &out->major, &out->minor, &out->build };
    struct bytes text = json_read_string(json);

    if (json_ok(json) && !read_dotted(text, parts, COUNT_OF(parts)))
        json_refuse(json,
                    "\"%.40s\" is no firmware version like 1.55.21 (major, minor, "
                    "build)",
                    safe(text).s);
}

static void read_min_tcb_of(struct json *json, struct policy_snp *snp,
                            enum snp_product product)
{
    struct bytes text = json_read_string(json);
    struct error why = { 0 };
    uint64_t value = 0;

    if (!json_ok(json))
        return;
    if (text.len != 16 || !tcb_version_hex_read(text, &value)) {
        json_refuse(json, "\"%.40s\" is not 16 hex digits", safe(text).s);
        return;
    }
    if (!tcb_version_read(product, value, &snp->min_tcb[product], &why))
        json_refuse_as(json, &why);
    snp->has_min_tcb[product] = true;
    snp->any_min_tcb = true;
}

static void read_min_tcb_milan(struct json *json, void *into)
{
    read_min_tcb_of(json, into, SNP_MILAN);
}

static void read_min_tcb_genoa(struct json *json, void *into)
{
    read_min_tcb_of(json, into, SNP_GENOA);
}

static void read_min_tcb_turin(struct json *json, void *into)
{
    read_min_tcb_of(json, into, SNP_TURIN);
}

static void read_min_tcb(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { "Milan", FIELD_READ(read_min_tcb_milan), .optional = true },
        { "Genoa", FIELD_READ(read_min_tcb_genoa), .optional = true },
        { "Turin", FIELD_READ(read_min_tcb_turin), .optional = true },
    };
    const struct policy_snp *snp = into;

    json_fields_only(json, fields, COUNT_OF(fields), into);
    if (json_ok(json) && !snp->any_min_tcb)
        json_refuse(json, "has no product in it: leave it out");
}

/* ---- bits ----------------------------------------------------------------------- */

static void read_guest(struct json *json, void *into)
{
#define BIT(NAME) MEMBER(#NAME, policy_guest, NAME, policy_read_demand)
    static const struct json_field fields[] = {
        BIT(smt),
        BIT(migrate_ma),
        BIT(single_socket),
        BIT(cxl_allow),
        BIT(mem_aes_256_xts),
        BIT(rapl_dis),
        BIT(ciphertext_hiding),
        BIT(page_swap_disable),
        { "min_abi", FIELD_READ(read_abi), .optional = true },
    };
#undef BIT

    json_fields_only(json, fields, COUNT_OF(fields), into);
}

static void read_host(struct json *json, void *into)
{
#define BIT(NAME) MEMBER(#NAME, policy_host, NAME, policy_read_demand)
    static const struct json_field fields[] = {
        BIT(smt_en),   BIT(tsme_en),           BIT(ecc_en),
        BIT(rapl_dis), BIT(ciphertext_hiding), BIT(alias_check_complete),
        BIT(tio_en),
    };
#undef BIT

    json_fields_only(json, fields, COUNT_OF(fields), into);
}

void policy_read_snp(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        NUMBER("min_report_version", U32, policy_snp, min_report_version),
        MEMBER("measurement", policy_snp, measurement, policy_read_values_48),
        MEMBER("report_data", policy_snp, report_data, policy_read_values_64),
        MEMBER("host_data", policy_snp, host_data, policy_read_values_32),
        MEMBER("vmpl", policy_snp, vmpl, read_vmpls),
        MEMBER("family_id", policy_snp, family_id, policy_read_values_16),
        MEMBER("image_id", policy_snp, image_id, policy_read_values_16),
        NUMBER("min_guest_svn", U32, policy_snp, min_guest_svn),
        MEMBER("id_key_digest", policy_snp, id_key_digest, policy_read_values_48),
        MEMBER("author_key_digest", policy_snp, author_key_digest, policy_read_values_48),
        MEMBER("author_key_en", policy_snp, author_key_en, policy_read_demand),
        MEMBER("chip_id", policy_snp, chip_id, read_chip_ids),
        MEMBER("accepted_veks", policy_snp, accepted_veks, read_veks),
        MEMBER("policy", policy_snp, guest, read_guest),
        MEMBER("platform_info", policy_snp, host, read_host),
        MEMBER("min_firmware", policy_snp, min_firmware, read_firmware),
        MEMBER("allow_provisional_firmware", policy_snp, provisional_firmware,
               policy_read_leave),
        { "min_tcb", FIELD_READ(read_min_tcb), .optional = true },
    };
    struct policy_snp *snp = into;

    snp->is_given = true;
    json_fields_only(json, fields, COUNT_OF(fields), into);
}
