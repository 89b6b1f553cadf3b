/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/pcs_platform.h"

#include <stdio.h>
#include <string.h>

#include "format/http_head.h"
#include "kit/text.h"

enum {
    MANIFEST_BODY_MAX = 2 * MANIFEST_MAX + 128,
    PEM_BODY_MAX = 64 * 1024,
};

struct digits { /* upper case, as every client of Intel's sends them */
    char s[2 * ENCRYPTED_PPID_LEN + 1];
};

static void upper(char *at)
{
    for (; *at != 0; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
}

static struct digits digits_of(struct bytes b)
{
    static const char digit[] = "0123456789ABCDEF";
    struct digits text = { "" };

    for (size_t i = 0; i < b.len && i < ENCRYPTED_PPID_LEN; i++) {
        text.s[2 * i] = digit[b.at[i] >> 4];
        text.s[2 * i + 1] = digit[b.at[i] & 15];
    }
    return text;
}

static struct digits digits_le(uint16_t number)
{
    const uint8_t bytes[] = { (uint8_t)number, (uint8_t)(number >> 8) };

    return digits_of(bytes_of(bytes, sizeof bytes));
}

bool platform_gives_list(const struct config_upstream *upstream)
{
    return upstream->kind == UPSTREAM_PCS
           || (upstream->kind == UPSTREAM_THIM && upstream->api_key_file != NULL);
}

void platform_key_header(const struct config_upstream *upstream, const char *key,
                         char out[SECRET_ROOM + 32])
{
    out[0] = 0;
    if (key[0] == 0 || upstream->kind == UPSTREAM_PCCS)
        return;
    snprintf(out, SECRET_ROOM + 32, "%s%s",
             upstream->kind == UPSTREAM_PCS ? "Ocp-Apim-Subscription-Key: "
                                            : "Authorization: Bearer ",
             key);
}

/* False where the buffer ended first. */
static bool fits(int written)
{
    return written >= 0 && written < PLATFORM_URL_MAX;
}

static bool ask_by_manifest(const struct config_upstream *upstream,
                            const struct platform_question *question,
                            struct platform_request *out)
{
    if (question->manifest.len > MANIFEST_MAX)
        return false;
    out->method = "POST";
    buf_add_text(&out->body, "{\"platformManifest\":\"");
    for (size_t at = 0; at < question->manifest.len; at += ENCRYPTED_PPID_LEN)
        buf_add_text(&out->body, digits_of(bytes_after(question->manifest, at)).s);
    buf_addf(&out->body, "\",\"pceid\":\"%s\"}", digits_le(question->name.pce_id).s);
    return !out->body.failed
           && fits(snprintf(out->url, sizeof out->url, "%s/sgx/certification/v4/pckcerts",
                            upstream->url));
}

static bool ask_for_list(const struct config_upstream *upstream,
                         const struct platform_question *question,
                         struct platform_request *out)
{
    out->is_list = true;
    out->body_max = PCK_LIST_BYTES_MAX;
    if (question->manifest.len > 0)
        return ask_by_manifest(upstream, question, out);
    return question->encrypted_ppid.len == ENCRYPTED_PPID_LEN
           && fits(snprintf(out->url, sizeof out->url,
                            "%s/sgx/certification/v4/pckcerts?encrypted_ppid=%s&pceid=%s",
                            upstream->url, digits_of(question->encrypted_ppid).s,
                            digits_le(question->name.pce_id).s));
}

static bool ask_for_one(const struct config_upstream *upstream,
                        const struct platform_question *question,
                        struct platform_request *out)
{
    struct platform_name name = question->name;
    bool has_ppid = question->encrypted_ppid.len == ENCRYPTED_PPID_LEN;

    if (!question->has_name || !question->has_raw_tcb)
        return false;
    out->body_max = PEM_BODY_MAX;
    upper(name.qe_id);
    return fits(snprintf(
        out->url, sizeof out->url,
        "%s/sgx/certification/v4/pckcert?qeid=%s%s%s&cpusvn=%s&pcesvn=%s&pceid=%s",
        upstream->url, name.qe_id, has_ppid ? "&encrypted_ppid=" : "",
        has_ppid ? digits_of(question->encrypted_ppid).s : "",
        digits_of(bytes_of(question->raw.cpusvn, sizeof question->raw.cpusvn)).s,
        digits_le(question->raw.pcesvn).s, digits_le(name.pce_id).s));
}

bool platform_request(const struct config_upstream *upstream, const char *key,
                      const struct platform_question *question,
                      struct platform_request *out)
{
    size_t headers = 0;

    memset(out, 0, sizeof *out);
    out->method = "GET";
    buf_init(&out->body, MANIFEST_BODY_MAX);
    bool is_possible = platform_gives_list(upstream)
                           ? ask_for_list(upstream, question, out)
                           : ask_for_one(upstream, question, out);
    if (!is_possible) {
        platform_request_fini(out);
        return false;
    }
    platform_key_header(upstream, key, out->key_header);
    if (out->key_header[0] != 0)
        out->headers[headers++] = out->key_header;
    if (out->body.len > 0)
        out->headers[headers++] = "Content-Type: application/json";
    return true;
}

void platform_request_fini(struct platform_request *request)
{
    buf_fini(&request->body);
    explicit_bzero(request->key_header, sizeof request->key_header);
}

enum platform_reply platform_read_status(unsigned status)
{
    switch (status) {
    case 200:
        return PLATFORM_OK;
    case 400:
        return PLATFORM_REFUSED;
    case 401:
    case 403:
        return PLATFORM_DENIED;
    case 404:
    case 461: /* PCCS: the platform was not found in the cache */
    case 462: /* PCCS: no certificate for this TCB */
        return PLATFORM_ABSENT;
    case 429:
        return PLATFORM_THROTTLED;
    default:
        return status >= 500 ? PLATFORM_BROKEN : PLATFORM_ODD;
    }
}

static bool read_one(struct bytes body, struct bytes tcbm, struct arena *arena,
                     struct pck_list *out, struct error *err)
{
    struct pck_entry *entry = arena_alloc(arena, 1, sizeof *entry);

    if (entry == NULL)
        return error_set(err, ERROR_LIMIT, "no room for a certificate");
    entry->kind = PCK_ENTRY_CERTIFICATE;
    if (!hex_read(tcbm, entry->tcbm, sizeof entry->tcbm))
        memset(entry->tcbm, 0, sizeof entry->tcbm); /* the certificate says it itself */
    *out = (struct pck_list){ .entries = entry, .count = 1 };
    return pem_block_read(body, "CERTIFICATE", arena, &entry->der, err);
}

bool platform_read(bool is_list, struct bytes body, struct bytes chain, struct bytes tcbm,
                   struct arena *arena, struct platform_pages *out, struct error *err)
{
    static const char header[] = "SGX-PCK-Certificate-Issuer-Chain";

    *out = (struct platform_pages){ 0 };
    if (chain.len == 0)
        return error_set(err, ERROR_FORMAT, "the answer has no %s header", header);
    if (!http_chain_read(chain, arena, &out->chain, err))
        return error_within(err, "header %s", header);
    return is_list ? pck_list_parse(body, arena, &out->list, err)
                   : read_one(body, tcbm, arena, &out->list, err);
}

void platform_read_code(struct bytes header, char out[PLATFORM_CODE_MAX])
{
    out[0] = 0;
    if (header.len >= PLATFORM_CODE_MAX)
        return;
    for (size_t i = 0; i < header.len; i++) {
        char c = (char)header.at[i];
        bool is_plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain)
            return;
    }
    if (header.len > 0)
        memcpy(out, header.at, header.len);
    out[header.len] = 0;
}
