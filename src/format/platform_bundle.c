/* SPDX-License-Identifier: Apache-2.0 */
#include "format/platform_bundle.h"

#include <stdio.h>

#include "format/crl.h"
#include "format/http_head.h"
#include "format/json_fields.h"
#include "kit/text.h"

enum {
    LOOKS_MAX = 2,
    WHERE_MAX = 160,
    PART_TEXT_MAX = 2 * CRL_MAX + 1024, /* bytes: the largest part is a CRL in hex */
    PART_MEMORY_MAX = 2 * PART_TEXT_MAX,
    WALK_MEMORY_MAX = 1024 * 1024,
};

struct walk {
    struct bytes text;
    const struct bundle_visitor *visitor;
    struct error *err;
    bool ended;     /* by the visitor */
    bool has_fmspc; /* of the TCB infos that are being walked */
    uint8_t fmspc[6];
};

/* Reads the value that is due into the part; false where nothing is there. */
typedef bool read_part(struct json *json, struct bundle_part *part);

/* A member that is a part, read as often as there are functions; or an object of such. */
struct row {
    const char *name;
    read_part *read[LOOKS_MAX];
    struct bundle_part part; /* what is known of it before */
    const struct row *members;
    size_t member_count;
};

static void tell_fault(struct walk *walk, const char *where, const struct error *why)
{
    walk->visitor->fault(walk->visitor->context, where, why);
}

static void visit(struct walk *walk, const char *where, struct bytes value,
                  const struct row *row)
{
    struct bundle_part part = row->part;
    struct error why = { 0 };
    struct arena arena;
    struct json json;
    bool is_there = false, ok = true;

    part.where = where;
    part.has_fmspc = part.kind == BUNDLE_TCB_INFO && walk->has_fmspc;
    if (part.has_fmspc)
        memcpy(part.fmspc, walk->fmspc, sizeof part.fmspc);
    if (value.len > PART_TEXT_MAX)
        ok = error_set(&why, ERROR_LIMIT, "%zu bytes, at most %d", value.len,
                       PART_TEXT_MAX);
    arena_init(&arena, PART_MEMORY_MAX);
    for (size_t i = 0; ok && i < LOOKS_MAX && row->read[i] != NULL; i++) {
        json_begin_within(&json, walk->text, value, &arena, &why);
        is_there = row->read[i](&json, &part);
        ok = json_end(&json);
    }
    if (!ok)
        tell_fault(walk, where, &why);
    else if (is_there)
        walk->ended = !walk->visitor->part(walk->visitor->context, &part, walk->err);
    arena_fini(&arena);
}

static bool read_platform(struct json *json, struct bundle_part *part)
{
    return registration_read(json, true, &part->registration);
}

static void read_list(struct json *json, void *into)
{
    pck_list_read(json, into);
}

static bool read_certs(struct json *json, struct bundle_part *part)
{
    static const struct json_field fields[] = {
        { "certs", FIELD_READ(read_list), .at = offsetof(struct bundle_part, pcks) },
    };

    return json_fields(json, fields, COUNT_OF(fields), part);
}

static const struct row platform_row = {
    .read = { read_platform },
    .part = { .kind = BUNDLE_PLATFORM },
};
static const struct row pcks_row = {
    .read = { read_platform, read_certs },
    .part = { .kind = BUNDLE_PCKS },
};

/* Empty where the value is null. */
static struct bytes read_text(struct json *json)
{
    return json_read_null(json) ? (struct bytes){ 0 } : json_read_string(json);
}

/* A copy of a value that has been read, without the white space between its tokens. */
static struct bytes without_space(struct json *json, struct bytes value)
{
    uint8_t *copy = json_alloc(json, value.len, 1);
    bool in_string = false, is_escaped = false;
    size_t len = 0;

    if (copy == NULL)
        return (struct bytes){ 0 };
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.at[i];
        if (in_string || (c != ' ' && c != '\t' && c != '\r' && c != '\n'))
            copy[len++] = c;
        if (c == '"' && !is_escaped)
            in_string = !in_string;
        is_escaped = in_string && c == '\\' && !is_escaped;
    }
    return bytes_of(copy, len);
}

static bool read_document(struct json *json, struct bundle_part *part)
{
    if (json_next_is(json, '{'))
        part->document = without_space(json, json_skip(json));
    else
        part->document = read_text(json);
    return part->document.len > 0;
}

static bool read_hex_der(struct json *json, struct bytes digits, struct bytes *der)
{
    size_t len = digits.len / 2;

    if (len > CRL_MAX)
        return json_over_limit(json, "CRL of %zu bytes, at most %d", len, CRL_MAX);
    uint8_t *at = json_alloc(json, len, 1);
    if (at == NULL)
        return false;
    if (!hex_read(digits, at, len))
        return json_refuse(json, "\"%.40s\" is no CRL in hex digits, nor in PEM",
                           safe(digits).s);
    *der = bytes_of(at, len);
    return true;
}

static bool read_crl(struct json *json, struct bundle_part *part)
{
    struct bytes text = read_text(json);
    struct error why = { 0 };

    if (text.len == 0)
        return false;
    if (!pem_looks_like(text))
        return read_hex_der(json, text, &part->crl);
    return pem_block_read(text, "X509 CRL", json_arena(json), &part->crl, &why)
           || json_refuse_as(json, &why);
}

static bool read_chain(struct json *json, struct bundle_part *part)
{
    struct bytes text = read_text(json);
    struct error why = { 0 };

    if (text.len == 0)
        return false;
    return http_chain_read(text, json_arena(json), &part->chain, &why)
           || json_refuse_as(json, &why);
}

#define PART(READ, ...) .read = { READ }, .part = { __VA_ARGS__ }
#define CHAIN(OF) PART(read_chain, .kind = BUNDLE_CHAIN, .chain_of = (OF))
#define TCB_INFO(EARLY, TDX) \
    PART(read_document, .kind = BUNDLE_TCB_INFO, .is_early = (EARLY), .is_tdx = (TDX))
#define IDENTITY(OF, EARLY) \
    PART(read_document, .kind = BUNDLE_IDENTITY, .is_early = (EARLY), .identity = (OF))
#define PCK_CRL(PLATFORM) \
    PART(read_crl, .kind = BUNDLE_PCK_CRL, .is_platform_ca = (PLATFORM))
#define MEMBERS(ROWS) .members = (ROWS), .member_count = COUNT_OF(ROWS)

static const struct row pck_chain_rows[] = {
    { "PROCESSOR", CHAIN(BUNDLE_PCK_PROCESSOR) },
    { "PLATFORM", CHAIN(BUNDLE_PCK_PLATFORM) },
};

static const struct row chain_rows[] = {
    { "SGX-PCK-Certificate-Issuer-Chain", MEMBERS(pck_chain_rows) },
    { "TCB-Info-Issuer-Chain", CHAIN(BUNDLE_TCB) },
    { "SGX-TCB-Info-Issuer-Chain", CHAIN(BUNDLE_TCB) }, /* version 3 */
    { "SGX-Enclave-Identity-Issuer-Chain", CHAIN(BUNDLE_QE_IDENTITY) },
};

static const struct row tcb_info_rows[] = {
    { "sgx_tcbinfo", TCB_INFO(false, false) },
    { "sgx_tcbinfo_early", TCB_INFO(true, false) },
    { "tdx_tcbinfo", TCB_INFO(false, true) },
    { "tdx_tcbinfo_early", TCB_INFO(true, true) },
    { "tcbinfo", TCB_INFO(false, false) }, /* version 3 */
    { "tcbinfo_early", TCB_INFO(true, false) },
};

static const struct row pck_crl_rows[] = {
    { "processorCrl", PCK_CRL(false) },
    { "platformCrl", PCK_CRL(true) },
};

static const struct row collateral_rows[] = {
    { "pckcacrl", MEMBERS(pck_crl_rows) },
    { "qeidentity", IDENTITY(BUNDLE_QE, false) },
    { "qeidentity_early", IDENTITY(BUNDLE_QE, true) },
    { "tdqeidentity", IDENTITY(BUNDLE_TD_QE, false) },
    { "tdqeidentity_early", IDENTITY(BUNDLE_TD_QE, true) },
    { "qveidentity", IDENTITY(BUNDLE_QVE, false) },
    { "qveidentity_early", IDENTITY(BUNDLE_QVE, true) },
    { "rootcacrl", PART(read_crl, .kind = BUNDLE_ROOT_CRL) },
};

static void walk_object(struct walk *walk, const char *where, struct bytes value,
                        const struct row *rows, size_t count);

/* The member that was announced: visited where the table has it, passed over else. */
static void walk_member(struct walk *walk, struct json *json, struct bytes name,
                        const char *where, const struct row *rows, size_t count)
{
    char place[WHERE_MAX];
    size_t i = 0;

    while (i < count && !bytes_equal_text(name, rows[i].name))
        i++;
    struct bytes value = json_skip(json);
    if (i == count || !json_ok(json))
        return;
    snprintf(place, sizeof place, "%s.%s", where, rows[i].name);
    if (rows[i].members != NULL)
        walk_object(walk, place, value, rows[i].members, rows[i].member_count);
    else
        visit(walk, place, value, &rows[i]);
}

/* An object whose members are parts; one that is no object is a fault by itself. */
static void walk_object(struct walk *walk, const char *where, struct bytes value,
                        const struct row *rows, size_t count)
{
    struct error why = { 0 };
    struct arena arena;
    struct bytes name;
    struct json json;

    arena_init(&arena, WALK_MEMORY_MAX);
    json_begin_within(&json, walk->text, value, &arena, &why);
    bool is_there = !json_read_null(&json) && json_read_object(&json);
    while (is_there && !walk->ended && json_member(&json, &name))
        walk_member(walk, &json, name, where, rows, count);
    if (!walk->ended && !json_end(&json))
        tell_fault(walk, where, &why);
    arena_fini(&arena);
}

static void read_fmspc(struct json *json, void *into)
{
    static const struct json_field fmspc = { .kind = FIELD_HEX, .len = 6 };
    struct walk *walk = into;

    walk->has_fmspc = !json_read_null(json);
    if (walk->has_fmspc)
        json_field_read(json, &fmspc, walk->fmspc);
}

/* The FMSPC may stand behind the documents that it is said of: it is looked for first. */
static void walk_tcb_infos(struct walk *walk, const char *where, struct bytes value)
{
    static const struct json_field fields[] = {
        { "fmspc", FIELD_READ(read_fmspc), .optional = true },
    };
    struct error why = { 0 };
    struct arena arena;
    struct json json;

    arena_init(&arena, WALK_MEMORY_MAX);
    walk->has_fmspc = false;
    json_begin_within(&json, walk->text, value, &arena, &why);
    json_fields(&json, fields, COUNT_OF(fields), walk);
    bool ok = json_end(&json);
    arena_fini(&arena);
    if (ok)
        walk_object(walk, where, value, tcb_info_rows, COUNT_OF(tcb_info_rows));
    else
        tell_fault(walk, where, &why);
}

static void walk_platform(struct walk *walk, const char *where, struct bytes value)
{
    visit(walk, where, value, &platform_row);
}

static void walk_pcks(struct walk *walk, const char *where, struct bytes value)
{
    visit(walk, where, value, &pcks_row);
}

static void walk_array(struct walk *walk, struct json *json, const char *where,
                       void (*each)(struct walk *, const char *, struct bytes))
{
    char place[WHERE_MAX];

    json_read_array(json);
    for (size_t i = 0; !walk->ended && json_element(json); i++) {
        if (i == BUNDLE_PLATFORMS_MAX) {
            json_over_limit(json, "more than %d of them", BUNDLE_PLATFORMS_MAX);
            break;
        }
        struct bytes value = json_skip(json);
        snprintf(place, sizeof place, "%s[%zu]", where, i);
        if (json_ok(json))
            each(walk, place, value);
    }
}

static void walk_collaterals(struct walk *walk, struct json *json)
{
    struct bytes name;

    json_read_object(json);
    while (!walk->ended && json_member(json, &name)) {
        if (bytes_equal_text(name, "pck_certs"))
            walk_array(walk, json, "collaterals.pck_certs", walk_pcks);
        else if (bytes_equal_text(name, "tcbinfos"))
            walk_array(walk, json, "collaterals.tcbinfos", walk_tcb_infos);
        else
            walk_member(walk, json, name, "collaterals", collateral_rows,
                        COUNT_OF(collateral_rows));
    }
}

/* Everything but the chains, in the document's order. */
static bool walk_document(struct walk *walk, struct arena *arena)
{
    struct json json;
    struct bytes name;

    json_begin_up_to(&json, walk->text, BUNDLE_BYTES_MAX, arena, walk->err);
    json_read_object(&json);
    while (!walk->ended && json_member(&json, &name)) {
        if (bytes_equal_text(name, "platforms"))
            walk_array(walk, &json, "platforms", walk_platform);
        else if (bytes_equal_text(name, "collaterals"))
            walk_collaterals(walk, &json);
        else
            json_skip(&json);
    }
    return !walk->ended && json_end(&json);
}

static void check_version(struct json *json, void *into)
{
    uint64_t version = json_read_integer(json, UINT16_MAX);

    (void)into;
    if (json_ok(json) && version != 3 && version != 4)
        json_refuse(json, "%llu, expected 3 or 4", (unsigned long long)version);
}

static void check_array(struct json *json, void *into)
{
    (void)into;
    struct bytes value = json_skip(json);
    if (json_ok(json) && value.at[0] != '[')
        json_refuse(json, "expected an array");
}

static void check_certificates(struct json *json, void *into)
{
    struct bytes *certificates = into;

    *certificates = json_skip(json);
    if (json_ok(json) && certificates->at[0] != '{')
        json_refuse(json, "expected an object");
}

static void check_collaterals(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        { "version", FIELD_READ(check_version) },
        { "pck_certs", FIELD_READ(check_array) },
        { "tcbinfos", FIELD_READ(check_array) },
        { "certificates", FIELD_READ(check_certificates) },
    };

    json_fields(json, fields, COUNT_OF(fields), into);
}

/* Whether it is a bundle, from the first byte to the last; where its chains are. */
static bool find_certificates(const struct walk *walk, struct arena *arena,
                              struct bytes *certificates)
{
    static const struct json_field fields[] = {
        { "platforms", FIELD_READ(check_array) },
        { "collaterals", FIELD_READ(check_collaterals) },
    };
    struct json json;

    json_begin_up_to(&json, walk->text, BUNDLE_BYTES_MAX, arena, walk->err);
    json_fields(&json, fields, COUNT_OF(fields), certificates);
    return json_end(&json);
}

bool platform_bundle_walk(struct bytes text, const struct bundle_visitor *visitor,
                          struct error *err)
{
    struct walk walk = { .text = text, .visitor = visitor, .err = err };
    struct bytes certificates;
    struct arena arena;

    arena_init(&arena, WALK_MEMORY_MAX);
    bool ok = find_certificates(&walk, &arena, &certificates);
    if (ok)
        walk_object(&walk, "collaterals.certificates", certificates, chain_rows,
                    COUNT_OF(chain_rows));
    arena_fini(&arena);
    ok = ok && !walk.ended && walk_document(&walk, &arena);
    arena_fini(&arena);
    return ok;
}
