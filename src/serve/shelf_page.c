/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/shelf_page.h"

#include <stdio.h>

#include "format/http_head.h"
#include "kit/text.h"
#include "serve/shelf.h"

#define MAX_AGE_LONGEST_S 86400
#define CHAIN_TEXT_MAX (6 * X509_CHAIN_MAX * X509_CERTIFICATE_MAX)

#define V3_WARNING                                                        \
    "299 - \"PCS API version 3 is no longer available. What stands here " \
    "is data of version 4 or was imported. Please migrate to version 4.\""
#define EXPIRED_WARNING "110 - \"Response is Stale\"" /* RFC 7234, 5.5.1 */
#define UNSIGNED_NOTICE "no key of the vendor covers this list; a hint only"
#define TOO_LARGE                                                             \
    "The document and its issuer chain have more than 65535 bytes, which no " \
    "client can take. Nobody can help but the vendor, who signed it.\n"

const struct page_chain *page_chain_write(struct arena *arena,
                                          const struct der_chain *chain)
{
    struct page_chain *out = arena_alloc(arena, 1, sizeof *out);
    struct bytes value = { 0 };
    struct buf text;

    buf_init(&text, CHAIN_TEXT_MAX);
    pem_chain_write(&text, chain);
    if (out != NULL && !text.failed) {
        out->pem_len = text.len;
        out->digest = sha256(buf_bytes(&text));
        buf_clear(&text);
        http_chain_write(&text, chain);
        buf_add_byte(&text, 0);
    }
    if (!text.failed)
        value = arena_copy(arena, buf_bytes(&text));
    buf_fini(&text);
    if (out == NULL || value.at == NULL)
        return NULL;
    out->value = (const char *)value.at;
    return out;
}

static void add_header(struct shelf_page *page, const char *name, const char *value)
{
    if (value != NULL)
        page->headers[page->header_count++] = (struct http_header){ name, value };
}

/* A shelf may stand for SHELF_REBUILD_S: what is sent at its end must not outlive the
 * document either. */
int64_t page_max_age_s(const struct page_house *house, const struct page_spec *spec)
{
    int64_t most =
        house->max_age_s < MAX_AGE_LONGEST_S ? house->max_age_s : MAX_AGE_LONGEST_S;
    int64_t left = spec->until_s - house->now_s - SHELF_REBUILD_S;

    if (spec->max_age_s != 0)
        most = spec->max_age_s;
    if (left < most)
        most = left;
    return most < 1 ? 1 : most;
}

/* Strong: the document, how it is written, and the chain that comes in the headers. */
static void write_etag(struct shelf_page *page, const struct page_spec *spec)
{
    uint8_t parts[SHA256_LEN + SHA256_LEN + 1] = { 0 };
    enum { TAG_BYTES = 16 };

    memcpy(parts, spec->digest.digest, SHA256_LEN);
    if (spec->chain != NULL)
        memcpy(parts + SHA256_LEN, spec->chain->digest.digest, SHA256_LEN);
    parts[2 * SHA256_LEN] = (uint8_t)spec->form;
    struct sha256 tag = sha256(bytes_of(parts, sizeof parts));
    snprintf(page->etag, sizeof page->etag, "\"%.32s\"", hex(tag.digest, TAG_BYTES).s);
}

static bool is_too_large(const struct page_spec *spec)
{
    if (spec->chain == NULL)
        return spec->body.len + 2 > PAGE_BYTES_MAX;
    return spec->body.len + spec->chain->pem_len + 2 > PAGE_BYTES_MAX
           || strlen(spec->chain->value) > PAGE_CHAIN_HEADER_MAX;
}

static void fill_refusal(struct shelf_page *page)
{
    page->status = 500;
    page->body = bytes_of_text(TOO_LARGE);
    add_header(page, "Cache-Control", "max-age=1");
    add_header(page, "Content-Type", "text/plain; charset=us-ascii");
    add_header(page, "THIM-Error", "too_large");
}

/* Those of a 304 first (RFC 9110, 15.4.5). */
static void fill(struct shelf_page *page, const struct page_house *house,
                 const struct page_spec *spec)
{
    snprintf(page->cache_control, sizeof page->cache_control, "%smax-age=%lld",
             spec->is_private  ? "private, "
             : spec->is_public ? "public, "
                               : "",
             (long long)page_max_age_s(house, spec));
    write_etag(page, spec);
    page->status = 200;
    page->body = spec->body;
    add_header(page, "Cache-Control", page->cache_control);
    add_header(page, "ETag", page->etag);
    add_header(page, "Vary", spec->varies);
    add_header(page, "Warning", spec->warns_of_v3 ? V3_WARNING : NULL);
    add_header(page, "Warning", spec->is_expired ? EXPIRED_WARNING : NULL);
    add_header(page, "THIM-Test", house->wears_test_roots ? PAGE_TEST_NOTICE : NULL);
    add_header(page, "THIM-Unsigned", spec->is_unsigned ? UNSIGNED_NOTICE : NULL);
    page->not_modified_count = page->header_count;
    add_header(page, "Content-Type", spec->content_type);
    if (spec->chain != NULL && spec->chain_header != NULL)
        add_header(page, spec->chain_header, spec->chain->value);
    if (spec->chain != NULL && spec->chain_header_too != NULL)
        add_header(page, spec->chain_header_too, spec->chain->value);
    for (size_t i = 0; i < PAGE_MORE_MAX && spec->more[i].name != NULL; i++)
        add_header(page, spec->more[i].name, spec->more[i].value);
}

static bool make_replies(struct shelf_page *page, struct error *err)
{
    if (!http_reply_create(page->status, page->headers, page->header_count, page->body,
                           &page->full, err))
        return false;
    return page->not_modified_count == 0
           || http_reply_create(304, page->headers, page->not_modified_count,
                                (struct bytes){ 0 }, &page->not_modified, err);
}

bool shelf_page_make(const struct page_house *house, const struct page_spec *spec,
                     struct shelf_page **out, struct error *err)
{
    struct shelf_page *page = arena_alloc(house->arena, 1, sizeof *page);

    if (page == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a page of the shelf");
    page->from_s = spec->from_s;
    page->until_s = spec->until_s;
    page->warns_of_v3 = spec->warns_of_v3;
    add_header(page, "Request-ID", house->request_id);
    if (is_too_large(spec))
        fill_refusal(page);
    else
        fill(page, house, spec);
    *out = page; /* to be dropped in either case */
    return make_replies(page, err);
}

void shelf_page_drop(struct shelf_page *page)
{
    http_reply_release(page->full);
    http_reply_release(page->not_modified);
    page->full = page->not_modified = NULL;
}

static bool reply_with_id(const struct shelf_page *page, bool not_modified,
                          const char *request_id, struct http_reply **out,
                          struct error *err)
{
    struct http_header headers[PAGE_HEADERS_MAX];

    memcpy(headers, page->headers, sizeof headers);
    headers[0].value = request_id;
    if (not_modified)
        return http_reply_create(304, headers, page->not_modified_count,
                                 (struct bytes){ 0 }, out, err);
    return http_reply_create(page->status, headers, page->header_count, page->body, out,
                             err);
}

struct http_reply *shelf_page_reply(const struct shelf_page *page,
                                    const char *if_none_match, const char *id,
                                    bool *unchanged)
{
    struct http_reply *own = NULL;
    struct error err = { 0 };

    *unchanged =
        page->not_modified != NULL && if_none_match != NULL
        && http_etag_matches(bytes_of_text(if_none_match), bytes_of_text(page->etag));
    if (id != NULL && reply_with_id(page, *unchanged, id, &own, &err))
        return own;
    return http_reply_hold(*unchanged ? page->not_modified : page->full);
}
