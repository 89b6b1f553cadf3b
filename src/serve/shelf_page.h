/* SPDX-License-Identifier: Apache-2.0 */
/* One answer on the shelf: its headers and body, and both as ready replies, whole and
 * "304 not modified".
 *
 * Lifetime: everything lies in the shelf's arena or in the holdings that it holds, but
 * for the replies, which shelf_page_drop releases. */
#ifndef THIM_SERVE_SHELF_PAGE_H
#define THIM_SERVE_SHELF_PAGE_H

#include "format/pem.h"
#include "kit/arena.h"
#include "kit/crypto.h"
#include "net/http_server.h"

/* Intel's client counts the sizes of body and chain, each with a NUL, in 16 bits, and
 * dies of more (reference clients, A8.1, D10). */
#define PAGE_BYTES_MAX 65535

/* What a connection's memory can hold as headers, twice (both names of a TCB chain). */
#define PAGE_CHAIN_HEADER_MAX (12 * 1024)

/* THIM-Test */
#define PAGE_TEST_NOTICE "test roots or a moved clock; not for production"

#define PAGE_HEADERS_MAX 16
#define PAGE_MORE_MAX 4
#define PAGE_ETAG_MAX 40

struct page_chain {    /* an issuer chain as header value; shared by many pages */
    const char *value; /* percent-encoded PEM; NULL: this answer has none */
    size_t pem_len;
    struct sha256 digest;
};

/* NULL where memory is out. */
const struct page_chain *page_chain_write(struct arena *arena,
                                          const struct der_chain *chain);

struct page_spec { /* what the answer is */
    const char *content_type;
    const char *chain_header, *chain_header_too; /* NULL: none */
    const struct page_chain *chain;              /* NULL: none */
    struct bytes body;
    struct sha256 digest;    /* of the document; with form it identifies the body */
    unsigned form;           /* which writing of the document */
    int64_t from_s, until_s; /* when it may be given */
    bool warns_of_v3;        /* given on a v2 or v3 path */
    bool is_unsigned;        /* no vendor's key covers it */
    const char *varies;      /* by which header; NULL: by none */
    bool is_expired;         /* given past its end, because a baseline says so */
    bool is_private;         /* one host's own: no shared cache may keep it */
    bool is_public;          /* any cache may, whatever was sent with the request */
    int64_t max_age_s;       /* longest max-age; 0: the house's */
    struct http_header more[PAGE_MORE_MAX]; /* further headers, up to the first without a
                                               name; their texts must outlive the page */
};

struct page_house { /* what all answers of one shelf have in common */
    struct arena *arena;
    const char *request_id;
    int64_t now_s, max_age_s;
    bool wears_test_roots;
};

struct shelf_page {
    unsigned status;
    struct http_header headers[PAGE_HEADERS_MAX]; /* the first is Request-ID */
    size_t header_count, not_modified_count;      /* a 304 has the first few */
    struct bytes body;
    char etag[PAGE_ETAG_MAX];
    char cache_control[48];
    bool warns_of_v3;
    int64_t from_s, until_s;
    struct http_reply *full, *not_modified;
};

/* What Cache-Control says: the longest that is meant, less as the end nears. */
int64_t page_max_age_s(const struct page_house *house, const struct page_spec *spec);

/* A document that is too large becomes a page of status 500 that says so. */
bool shelf_page_make(const struct page_house *house, const struct page_spec *spec,
                     struct shelf_page **out, struct error *err) MUST_CHECK;
void shelf_page_drop(struct shelf_page *page);

/* The reply to a request: whole or 304, with the client's own Request-ID where it sent
 * one (id, else NULL). The caller owns it; NULL where memory is out. */
struct http_reply *shelf_page_reply(const struct shelf_page *page,
                                    const char *if_none_match, const char *id,
                                    bool *unchanged);

#endif
