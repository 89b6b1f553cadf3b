/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/describe.h"

#include "kit/crypto.h"
#include "kit/text.h"

enum { SERIALS_SHOWN_MAX = 100 };

static void set(json_t *tree, const char *name, json_t *value)
{
    /* Out of memory shows as a missing member. */
    (void)json_object_set_new(tree, name, value);
}

static void set_text(json_t *tree, const char *name, const char *text)
{
    set(tree, name, json_string(text));
}

/* Text from outside: printable ASCII, bounded. */
static void set_outside(json_t *tree, const char *name, struct bytes text)
{
    set_text(tree, name, safe(text).s);
}

static void set_hex(json_t *tree, const char *name, const void *at, size_t len)
{
    set_text(tree, name, hex(at, len).s);
}

static void set_utc(json_t *tree, const char *name, int64_t seconds)
{
    set_text(tree, name, utc(seconds).s);
}

static void set_number(json_t *tree, const char *name, int64_t number)
{
    set(tree, name, json_integer(number));
}

static json_t *advisories_of(const struct bytes *advisories, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_string(safe(advisories[i]).s));
    return list;
}

static void components_text(const struct tcb_component components[16], char *out,
                            size_t room)
{
    size_t len = 0;

    for (size_t i = 0; i < 16 && len < room; i++)
        len += (size_t)snprintf(out + len, room - len, "%s%u", i == 0 ? "" : " ",
                                (unsigned)components[i].svn);
}

static json_t *level_tree(const struct tcb_info *info, const struct tcb_level *level)
{
    json_t *tree = json_object();
    char components[128];

    set_text(tree, "status", tcb_status_name(level->status));
    set_utc(tree, "tcb_date", level->tcb_date_s);
    components_text(level->sgx, components, sizeof components);
    set_text(tree, "sgx_components", components);
    if (info->tee == TEE_TDX) {
        components_text(level->tdx, components, sizeof components);
        set_text(tree, "tdx_components", components);
    }
    set_number(tree, "pcesvn", level->pcesvn);
    set(tree, "advisories", advisories_of(level->advisories, level->advisory_count));
    return tree;
}

static json_t *enclave_levels(const struct enclave_tcb_level *levels, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        json_t *tree = json_object();
        set_number(tree, "isvsvn", levels[i].isvsvn);
        set_text(tree, "status", tcb_status_name(levels[i].status));
        set_utc(tree, "tcb_date", levels[i].tcb_date_s);
        set(tree, "advisories",
            advisories_of(levels[i].advisories, levels[i].advisory_count));
        (void)json_array_append_new(list, tree);
    }
    return list;
}

static json_t *module_tree(const struct tdx_module *module)
{
    json_t *tree = json_object();

    set_number(tree, "version", module->version);
    set_hex(tree, "mrsigner", module->mrsigner, sizeof module->mrsigner);
    set_hex(tree, "attributes", module->attributes, sizeof module->attributes);
    set_hex(tree, "attributes_mask", module->attributes_mask,
            sizeof module->attributes_mask);
    if (module->level_count > 0)
        set(tree, "levels", enclave_levels(module->levels, module->level_count));
    return tree;
}

static void describe_tcb_info(json_t *tree, const struct tcb_info *info)
{
    json_t *levels = json_array(), *modules = json_array();

    set_text(tree, "tee", tee_name(info->tee));
    set_number(tree, "version", info->version);
    set_hex(tree, "fmspc", info->fmspc, sizeof info->fmspc);
    set_hex(tree, "pce_id", info->pce_id, sizeof info->pce_id);
    set_number(tree, "evaluation_data_number", info->evaluation_data_number);
    set_utc(tree, "issue_date", info->issue_date_s);
    set_utc(tree, "next_update", info->next_update_s);
    if (info->has_tdx_module)
        set(tree, "tdx_module", module_tree(&info->module));
    for (size_t i = 0; i < info->module_identity_count; i++)
        (void)json_array_append_new(modules, module_tree(&info->module_identities[i]));
    if (info->module_identity_count > 0)
        set(tree, "tdx_module_identities", json_incref(modules));
    json_decref(modules);
    for (size_t i = 0; i < info->level_count; i++)
        (void)json_array_append_new(levels, level_tree(info, &info->levels[i]));
    set(tree, "levels", levels);
}

static void describe_identity(json_t *tree, const struct qe_identity *identity)
{
    set_text(tree, "id", enclave_id_name(identity->id));
    set_number(tree, "evaluation_data_number", identity->evaluation_data_number);
    set_utc(tree, "issue_date", identity->issue_date_s);
    set_utc(tree, "next_update", identity->next_update_s);
    set_hex(tree, "mrsigner", identity->mrsigner, sizeof identity->mrsigner);
    set_number(tree, "isvprodid", identity->isvprodid);
    set_hex(tree, "miscselect", identity->miscselect, sizeof identity->miscselect);
    set_hex(tree, "miscselect_mask", identity->miscselect_mask,
            sizeof identity->miscselect_mask);
    set_hex(tree, "attributes", identity->attributes, sizeof identity->attributes);
    set_hex(tree, "attributes_mask", identity->attributes_mask,
            sizeof identity->attributes_mask);
    set(tree, "levels", enclave_levels(identity->levels, identity->level_count));
}

static void describe_numbers(json_t *tree, const struct evaluation_numbers *numbers)
{
    json_t *list = json_array();

    set_text(tree, "tee", tee_name(numbers->tee));
    set_utc(tree, "issue_date", numbers->issue_date_s);
    set_utc(tree, "next_update", numbers->next_update_s);
    for (size_t i = 0; i < numbers->count; i++) {
        json_t *each = json_object();
        set_number(each, "evaluation_data_number", numbers->numbers[i].number);
        set_utc(each, "recovery_event", numbers->numbers[i].recovery_event_s);
        set_utc(each, "tcb_date", numbers->numbers[i].tcb_date_s);
        (void)json_array_append_new(list, each);
    }
    set(tree, "numbers", list);
}

static void describe_crl(json_t *tree, const struct crl *crl)
{
    json_t *serials = json_array();

    set_outside(tree, "issuer", crl->issuer_cn);
    set_hex(tree, "crl_number", crl->number.at, crl->number.len);
    set_utc(tree, "this_update", crl->this_update_s);
    set_utc(tree, "next_update", crl->next_update_s);
    set_number(tree, "revoked_count", (int64_t)crl->serial_count);
    for (size_t i = 0; i < crl->serial_count && i < SERIALS_SHOWN_MAX; i++)
        (void)json_array_append_new(
            serials, json_string(hex(crl->serials[i].at, crl->serials[i].len).s));
    set(tree, "revoked", serials);
}

static const char *key_kind_name(enum x509_key_kind kind)
{
    static const char *const names[] = {
        [X509_KEY_P256] = "P-256",
        [X509_KEY_P384] = "P-384",
        [X509_KEY_RSA] = "RSA",
    };

    return names[kind];
}

static json_t *certificate_tree(const struct x509_certificate *certificate)
{
    json_t *tree = json_object();
    struct sha256 spki = sha256(certificate->spki);

    set_outside(tree, "subject", certificate->subject_cn);
    set_outside(tree, "issuer", certificate->issuer_cn);
    set_hex(tree, "serial", certificate->serial.at, certificate->serial.len);
    set_utc(tree, "not_before", certificate->not_before_s);
    set_utc(tree, "not_after", certificate->not_after_s);
    set_text(tree, "key", key_kind_name(certificate->key_kind));
    set_hex(tree, "spki_sha256", spki.digest, sizeof spki.digest);
    set(tree, "is_ca", json_boolean(certificate->is_ca));
    if (certificate->crl_distribution_uri.len > 0)
        set_outside(tree, "crl_distribution", certificate->crl_distribution_uri);
    return tree;
}

static json_t *pck_tree(const struct pck_cert *pck)
{
    static const char *const types[] = {
        [PCK_STANDARD] = "Standard",
        [PCK_SCALABLE] = "Scalable",
        [PCK_SCALABLE_WITH_INTEGRITY] = "ScalableWithIntegrity",
    };
    json_t *tree = json_object(), *components = json_array();

    set_hex(tree, "fmspc", pck->fmspc, sizeof pck->fmspc);
    set_hex(tree, "pce_id", pck->pce_id, sizeof pck->pce_id);
    set_hex(tree, "ppid", pck->ppid, sizeof pck->ppid);
    set_hex(tree, "cpusvn", pck->cpusvn, sizeof pck->cpusvn);
    for (size_t i = 0; i < sizeof pck->components; i++)
        (void)json_array_append_new(components, json_integer(pck->components[i]));
    set(tree, "components", components);
    set_number(tree, "pcesvn", pck->pcesvn);
    set_text(tree, "sgx_type", types[pck->sgx_type]);
    if (pck->has_platform) {
        set_hex(tree, "platform_instance_id", pck->platform_instance_id,
                sizeof pck->platform_instance_id);
        set(tree, "dynamic_platform", json_boolean(pck->dynamic_platform));
        set(tree, "cached_keys", json_boolean(pck->cached_keys));
        set(tree, "smt_enabled", json_boolean(pck->smt_enabled));
    }
    return tree;
}

static void describe_certificates(json_t *tree, const struct inspection *inspection)
{
    json_t *list = json_array();

    for (size_t i = 0; i < inspection->certificate_count; i++)
        (void)json_array_append_new(list, certificate_tree(&inspection->certificates[i]));
    set(tree, "certificates", list);
    if (inspection->has_pck)
        set(tree, "sgx_extension", pck_tree(&inspection->pck));
}

json_t *describe_inspection(const struct inspection *inspection)
{
    json_t *tree = json_object();

    set_text(tree, "kind", inspected_kind_name(inspection->kind));
    set(tree, "trusted", json_boolean(inspection->trusted));
    set(tree, "why",
        inspection->trusted ? json_null() : json_string(inspection->why.text));
    if (inspection->root != NULL && inspection->root->origin == ROOT_TEST)
        set(tree, "test_root", json_true());
    set_text(tree, "encoding", inspection->encoding);
    if (inspection->signer_cn.len > 0)
        set_outside(tree, "signed_by", inspection->signer_cn);
    switch (inspection->kind) {
    case INSPECTED_CERTIFICATE:
    case INSPECTED_CHAIN:
        describe_certificates(tree, inspection);
        break;
    case INSPECTED_CRL:
        describe_crl(tree, &inspection->crl);
        break;
    case INSPECTED_TCB_INFO:
        describe_tcb_info(tree, &inspection->tcb_info);
        break;
    case INSPECTED_ENCLAVE_IDENTITY:
        describe_identity(tree, &inspection->identity);
        break;
    case INSPECTED_EVALUATION_NUMBERS:
        describe_numbers(tree, &inspection->numbers);
        break;
    }
    return tree;
}

json_t *describe_unknown(const struct error *why)
{
    json_t *tree = json_object();

    set_text(tree, "kind", "unknown");
    set(tree, "trusted", json_false());
    set_text(tree, "why", why->text);
    return tree;
}

void describe_print_json(const json_t *tree)
{
    if (tree == NULL || json_dumpf(tree, stdout, JSON_INDENT(2)) != 0)
        fputs("null", stdout);
    putchar('\n');
}

static void print_scalar(FILE *out, const json_t *value)
{
    if (json_is_string(value))
        fputs(json_string_value(value), out);
    else if (json_is_integer(value))
        fprintf(out, "%lld", (long long)json_integer_value(value));
    else
        fputs(json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-", out);
}

static bool is_flat(const json_t *value)
{
    return !json_is_object(value)
           && (!json_is_array(value) || json_array_size(value) == 0
               || !json_is_object(json_array_get(value, 0)));
}

static void print_flat(FILE *out, const json_t *value)
{
    if (!json_is_array(value)) {
        print_scalar(out, value);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        fputs(i == 0 ? "" : " ", out);
        print_scalar(out, json_array_get(value, i));
    }
}

static void print_members(FILE *out, const json_t *tree, int depth)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)tree, name, value)
    {
        fprintf(out, "%*s%s:", depth * 2, "", name);
        if (is_flat(value)) {
            fputc(' ', out);
            print_flat(out, value);
            fputc('\n', out);
            continue;
        }
        fputc('\n', out);
        if (json_is_object(value)) {
            print_members(out, value, depth + 1);
            continue;
        }
        for (size_t i = 0; i < json_array_size(value); i++) {
            fprintf(out, "%*s- %zu\n", (depth + 1) * 2, "", i + 1);
            print_members(out, json_array_get(value, i), depth + 2);
        }
    }
}

void describe_print(FILE *out, const json_t *tree)
{
    print_members(out, tree, 0);
}
