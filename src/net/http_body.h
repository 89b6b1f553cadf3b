/* SPDX-License-Identifier: Apache-2.0 */
/* The body of one request while it comes: a small one in memory, a large one in a file
 * that has no name, which is then looked at through a read-only mapping.
 *
 * A body whose length is announced claims its place at once, of the spool's bound and of
 * the disk, so that who is turned away is told before he sends it. One in chunks claims
 * as it goes. Once refused, a body is still read, and dropped, up to what it might have
 * brought: the library takes no answer before its end.
 *
 * Lifetime: a body belongs to its connection's thread; the spool to the server, and it is
 * shared by all of its threads. The view is gone with http_body_end. */
#ifndef THIM_NET_HTTP_BODY_H
#define THIM_NET_HTTP_BODY_H

#include <stdatomic.h>

#include "kit/buf.h"
#include "net/http_guard.h"

/* ---- where large bodies are ----------------------------------------------------- */

struct http_spool {
    int directory;           /* -1: there is none, and no large bodies */
    bool is_unnamed;         /* the file system makes files without a name */
    size_t limit;            /* bytes of all bodies at once */
    _Atomic size_t claimed;  /* of them */
    _Atomic uint64_t serial; /* of files that had a name for a moment */
};

/* path NULL: no large bodies. Makes a first file, so that a directory that cannot be
 * written to is known at the start. */
bool http_spool_open(struct http_spool *spool, const char *path, size_t limit,
                     struct error *err) MUST_CHECK;
void http_spool_close(struct http_spool *spool);

/* ---- one body ------------------------------------------------------------------- */

struct http_body {
    struct http_spool *spool;
    size_t limit;              /* the most that may come */
    size_t came, len;          /* in all; of it what is kept */
    size_t claimed;            /* of the spool */
    struct buf small;          /* as long as it is one */
    int file;                  /* -1: small */
    void *view;                /* of the file, once it is whole */
    enum http_refusal refusal; /* HTTP_FINE, or why it is not taken */
};

void http_body_init(struct http_body *body);

/* Makes ready for what the head announced. limit 0: no body is welcome. */
enum http_refusal http_body_begin(struct http_body *body, struct http_spool *spool,
                                  size_t limit, const struct http_body_plan *plan)
    MUST_CHECK;

/* False: so much came past the limit that no more is to be read. */
bool http_body_add(struct http_body *body, struct bytes part) MUST_CHECK;

/* Once all of it is there. */
enum http_refusal http_body_finish(struct http_body *body) MUST_CHECK;

/* A finished one, moved to memory of its own: nothing of it is the spool's any more. NULL
 * without memory. For http_body_bytes and http_body_free see net/http_server.h. */
struct http_body *http_body_take(struct http_body *body);

/* Gives everything back; as after http_body_init. */
void http_body_end(struct http_body *body);

#endif
