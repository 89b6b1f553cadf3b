/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pck_list.h"

#include <stdarg.h>
#include <stdio.h>

#include "format/http_head.h"
#include "format/json_fields.h"
#include "kit/text.h"

#define NOT_AVAILABLE "Not available"

enum {
    COMPONENTS = 16,
    HAS_COMPONENTS = (1 << COMPONENTS) - 1,
    HAS_PCESVN = 1 << COMPONENTS,
    /* characters: base64 and escapes make less than six times as many of the DER */
    CERT_TEXT_MAX = 6 * X509_CERTIFICATE_MAX,
};

/* "sgxtcbcomp07svn" is 6; -1 where the name is of another kind. */
static int component_of(struct bytes name)
{
    static const char form[] = "sgxtcbcomp??svn";

    if (name.len != sizeof form - 1)
        return -1;
    for (size_t i = 0; i < name.len; i++)
        if (form[i] != '?' && name.at[i] != (uint8_t)form[i])
            return -1;
    if (name.at[10] < '0' || name.at[10] > '9' || name.at[11] < '0' || name.at[11] > '9')
        return -1;
    int number = (name.at[10] - '0') * 10 + (name.at[11] - '0');
    return number >= 1 && number <= COMPONENTS ? number - 1 : -1;
}

static void read_component(struct json *json, void *into)
{
    static const struct json_field fields[] = { { "svn", .kind = FIELD_U8 } };

    json_fields(json, fields, COUNT_OF(fields), into);
}

/* The shape of TCB infos: [{"svn":N}, ..]. */
static void read_components(struct json *json, uint8_t components[COMPONENTS])
{
    size_t count = 0;

    json_read_array(json);
    while (json_element(json)) {
        if (count == COMPONENTS)
            json_refuse(json, "more than %d components", COMPONENTS);
        else
            read_component(json, &components[count++]);
    }
    if (json_ok(json) && count < COMPONENTS)
        json_refuse(json, "%zu components, expected %d", count, COMPONENTS);
}

/* One member; what has been read by it, as bits. */
static unsigned read_tcb_member(struct json *json, struct bytes name,
                                struct pck_entry *entry)
{
    int component = component_of(name);

    if (component >= 0) {
        entry->components[component] = (uint8_t)json_read_integer(json, UINT8_MAX);
        return 1U << component;
    }
    if (bytes_equal_text(name, "sgxtcbcomponents")) {
        read_components(json, entry->components);
        return HAS_COMPONENTS;
    }
    if (bytes_equal_text(name, "pcesvn")) {
        entry->pcesvn = (uint16_t)json_read_integer(json, UINT16_MAX);
        return HAS_PCESVN;
    }
    json_skip(json);
    return 0;
}

static void read_tcb(struct json *json, void *into)
{
    struct pck_entry *entry = into;
    unsigned seen = 0;
    struct bytes name;

    json_read_object(json);
    while (json_member(json, &name)) {
        unsigned read = read_tcb_member(json, name, entry);
        if ((seen & read) != 0)
            json_refuse(json, "components in both shapes");
        seen |= read;
    }
    for (int i = 0; i < COMPONENTS && json_ok(json); i++)
        if ((seen >> i & 1) == 0)
            json_refuse(json, "lacks \"sgxtcbcomp%02dsvn\"", i + 1);
    if (json_ok(json) && (seen & HAS_PCESVN) == 0)
        json_refuse(json, "lacks \"pcesvn\"");
    entry->has_tcb = true;
}

PRINTF_LIKE(3, 4)
static void make_odd(struct json *json, struct pck_entry *entry, const char *format, ...)
{
    struct error why;
    va_list args;

    va_start(args, format);
    vsnprintf(why.text, sizeof why.text, format, args);
    va_end(args);
    char *kept = json_alloc(json, strlen(why.text) + 1, 1);
    if (kept == NULL)
        return;
    memcpy(kept, why.text, strlen(why.text));
    entry->kind = PCK_ENTRY_ODD;
    entry->why = kept;
}

/* PEM, percent-encoded or, as some caches have it, not. */
static void read_certificate(struct json *json, struct bytes text,
                             struct pck_entry *entry)
{
    struct error why = { 0 };
    struct buf pem;

    if (text.len > CERT_TEXT_MAX) {
        make_odd(json, entry, "cert of %zu characters, at most %d", text.len,
                 CERT_TEXT_MAX);
        return;
    }
    buf_init(&pem, CERT_TEXT_MAX);
    entry->kind = PCK_ENTRY_CERTIFICATE;
    if (!percent_read(text, &pem))
        make_odd(json, entry, "cert: bad percent-escape");
    else if (!pem_block_read(buf_bytes(&pem), "CERTIFICATE", json_arena(json),
                             &entry->der, &why)) {
        if (why.kind == ERROR_LIMIT)
            json_refuse_as(json, &why);
        else
            make_odd(json, entry, "cert: %s", why.text);
    } else if (entry->der.len > X509_CERTIFICATE_MAX)
        make_odd(json, entry, "cert of %zu bytes, at most %d", entry->der.len,
                 X509_CERTIFICATE_MAX);
    buf_fini(&pem);
}

static unsigned tcbm_pcesvn(const uint8_t tcbm[TCBM_LEN])
{
    return tcbm[16] | (unsigned)tcbm[17] << 8;
}

struct written_entry { /* as it stands there */
    struct pck_entry entry;
    struct bytes tcbm, cert;
};

/* What kind of entry it is; first come the reasons for which it counts for nothing. */
static void judge(struct json *json, struct written_entry *written)
{
    struct pck_entry *entry = &written->entry;

    if (!hex_read(written->tcbm, entry->tcbm, TCBM_LEN))
        make_odd(json, entry, "tcbm \"%.80s\" is not %d hex digits",
                 safe(written->tcbm).s, 2 * TCBM_LEN);
    else if (entry->has_tcb && entry->pcesvn != tcbm_pcesvn(entry->tcbm))
        make_odd(json, entry, "PCESVN is %u in tcbm and %u in tcb",
                 tcbm_pcesvn(entry->tcbm), entry->pcesvn);
    else if (bytes_equal_text(written->cert, NOT_AVAILABLE))
        entry->kind = PCK_ENTRY_GAP;
    else
        read_certificate(json, written->cert, entry);
}

static void read_entry(struct json *json, struct json_list *list)
{
    static const struct json_field fields[] = {
        { "tcb", FIELD_READ(read_tcb), .optional = true,
          .at = offsetof(struct written_entry, entry) },
        { "tcbm", FIELD_INTO(TEXT, struct written_entry, tcbm) },
        { "cert", FIELD_INTO(TEXT, struct written_entry, cert) },
    };
    struct written_entry written = { 0 };
    struct pck_entry *kept = json_list_add(json, list);

    if (kept == NULL || !json_fields(json, fields, COUNT_OF(fields), &written))
        return;
    judge(json, &written);
    *kept = written.entry;
}

bool pck_list_read(struct json *json, struct pck_list *out)
{
    struct json_list list = { .item_len = sizeof(struct pck_entry), .max = PCK_LIST_MAX };

    *out = (struct pck_list){ 0 };
    json_read_array(json);
    while (json_element(json))
        read_entry(json, &list);
    if (json_ok(json))
        *out = (struct pck_list){ .entries = list.items, .count = list.count };
    return json_ok(json);
}

bool pck_list_parse(struct bytes text, struct arena *arena, struct pck_list *out,
                    struct error *err)
{
    struct pck_list list;
    struct json json;

    *out = (struct pck_list){ 0 };
    json_begin_up_to(&json, text, PCK_LIST_BYTES_MAX, arena, err);
    pck_list_read(&json, &list);
    if (!json_end(&json))
        return false;
    *out = list;
    return true;
}

static void write_tcb(struct buf *out, const struct pck_entry *entry)
{
    buf_add_text(out, "\"tcb\":{");
    for (int i = 0; i < COMPONENTS; i++)
        buf_addf(out, "\"sgxtcbcomp%02dsvn\":%u,", i + 1, entry->components[i]);
    buf_addf(out, "\"pcesvn\":%u},", entry->pcesvn);
}

void pck_list_write(struct buf *out, const struct pck_list *list)
{
    const char *between = "";

    buf_add_byte(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct pck_entry *entry = &list->entries[i];
        if (entry->kind == PCK_ENTRY_ODD)
            continue;
        buf_addf(out, "%s{", between);
        if (entry->has_tcb)
            write_tcb(out, entry);
        buf_add_text(out, "\"tcbm\":\"");
        for (size_t k = 0; k < TCBM_LEN; k++)
            buf_addf(out, "%02X", entry->tcbm[k]);
        buf_add_text(out, "\",\"cert\":\"");
        if (entry->kind == PCK_ENTRY_GAP)
            buf_add_text(out, NOT_AVAILABLE);
        else
            http_chain_write(out, &(struct der_chain){ { entry->der }, 1 });
        buf_add_text(out, "\"}");
        between = ",";
    }
    buf_add_byte(out, ']');
}
