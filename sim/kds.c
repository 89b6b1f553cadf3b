/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kds.h"

#include "kit/text.h"
#include "sim/amd_product.h"

static const char vcek_prefix[] = "/vcek/v1/";
static const char vlek_prefix[] = "/vlek/v1/";

enum { PREFIX_LEN = sizeof vcek_prefix - 1 };

static bool begins_with(struct bytes text, const char *prefix)
{
    return bytes_equal_text(bytes_first(text, strlen(prefix)), prefix);
}

bool kds_is_target(struct bytes target)
{
    return begins_with(target, "/vcek/") || begins_with(target, "/vlek/");
}

/* ---- requests --------------------------------------------------------------------- */

/* Cuts off what comes before a separator; all of it where there is none. */
static struct bytes cut(struct bytes *rest, const char *separator)
{
    size_t end = bytes_find(*rest, bytes_of_text(separator));
    struct bytes part = bytes_first(*rest, end);

    *rest = bytes_after(*rest, end + 1);
    return part;
}

/* A decimal below 256, zeros in front or not. */
static bool read_spl(struct bytes value, uint8_t *out)
{
    uint64_t number = 0;

    if (value.len == 0 || value.len > 3)
        return false;
    while (value.len > 1 && value.at[0] == '0')
        value = bytes_after(value, 1);
    bool is_number = decimal_read(value, UINT8_MAX, &number);
    *out = (uint8_t)number;
    return is_number;
}

static const struct amd_spl *spl_named(enum world_product product, struct bytes name)
{
    const struct amd_product *row = amd_product(product);

    for (size_t i = 0; i < AMD_SPLS; i++)
        if (row->spls[i].parameter != NULL
            && bytes_equal_text(name, row->spls[i].parameter))
            return &row->spls[i];
    return NULL;
}

static bool read_tcb(struct bytes query, struct world_question *out)
{
    bool is_given[TCB_VERSION_LEN] = { false };

    while (query.len > 0) {
        struct bytes value = cut(&query, "&"), name = cut(&value, "=");
        const struct amd_spl *spl = spl_named(out->product, name);
        if (spl == NULL || is_given[spl->byte]
            || !read_spl(value, &out->tcb_version[spl->byte]))
            return false;
        is_given[spl->byte] = true;
    }
    return true;
}

static bool read_chip_id(struct bytes hwid, struct world_question *out)
{
    return hex_read(hwid, out->chip_id, amd_product(out->product)->hwid_len);
}

unsigned kds_read(struct bytes target, struct world_question *out)
{
    struct bytes path = cut(&target, "?"), query = target;
    bool is_vlek = begins_with(path, vlek_prefix);

    *out = (struct world_question){ .kind = WORLD_VCEK, .is_vlek = is_vlek };
    if (!is_vlek && !begins_with(path, vcek_prefix))
        return 404;
    path = bytes_after(path, PREFIX_LEN);
    if (!amd_product_named(cut(&path, "/"), &out->product))
        return 404;
    if (bytes_equal_text(path, "cert_chain"))
        out->kind = WORLD_AMD_CHAIN;
    else if (bytes_equal_text(path, "crl"))
        out->kind = WORLD_AMD_CRL;
    else if (is_vlek && bytes_equal_text(path, "cert"))
        out->kind = WORLD_VLEK;
    else if (is_vlek || !read_chip_id(path, out))
        return 404;
    if (out->kind == WORLD_AMD_CHAIN || out->kind == WORLD_AMD_CRL)
        return 200;
    return read_tcb(query, out) ? 200 : 400;
}

/* ---- answers ---------------------------------------------------------------------- */

static const char *content_type(enum world_kind kind)
{
    return kind == WORLD_AMD_CHAIN ? "application/x-pem-file"
           : kind == WORLD_AMD_CRL ? "application/pkix-crl"
                                   : "application/pkix-cert";
}

void kds_answer(const struct world_question *question, const struct world_answer *answer,
                struct wire_answer *out)
{
    out->status = answer->status;
    wire_header(out, "Content-Type", content_type(question->kind));
    wire_header(out, "Cache-Control", "no-cache");
    buf_add(&out->body, buf_bytes(&answer->body));
}

void kds_refuse(unsigned status, struct wire_answer *out)
{
    static const struct {
        unsigned status;
        const char *text;
    } texts[] = {
        { 400, "400 - Bad Request" },           { 404, "404 - Not Found" },
        { 405, "405 - Method Not Allowed" },    { 429, "429 - Too Many Requests" },
        { 500, "500 - Internal Server Error" }, { 503, "503 - Service Unavailable" },
    };

    out->status = status;
    wire_header(out, "Content-Type", "text/plain");
    wire_header(out, "Cache-Control", "no-cache");
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].status == status)
            buf_add_text(&out->body, texts[i].text);
}
