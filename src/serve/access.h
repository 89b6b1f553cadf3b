/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, and what they may: the peer of a unix socket, or a token.
 *
 * Tokens come as user-token or admin-token (PCCS's headers) or as Authorization: Bearer,
 * and stand in the configuration as hashes (config/config.h). Comparisons take the same
 * time wherever they fail. scrypt is slow on purpose: a token that was right is
 * remembered by its digest under a key of this process, and wrong ones are paced by
 * address and in all before any hash is made. May be called from any thread; never blocks
 * for long. */
#ifndef THIM_SERVE_ACCESS_H
#define THIM_SERVE_ACCESS_H

#include "config/config.h"
#include "net/http_server.h"

struct access;

bool access_create(const struct config *config, uint32_t own_uid, struct access **out,
                   struct error *err) MUST_CHECK;
void access_destroy(struct access *access); /* accepts NULL */
DEFINE_OWNED(struct access *, access_destroy)

enum access_verdict {
    ACCESS_KNOWN = 1, /* roles are what they are */
    ACCESS_NOBODY,    /* no token: roles is 0, and that is no mistake */
    ACCESS_WRONG,     /* a token that is not one of ours: 401 */
    ACCESS_PACED,     /* too many wrong ones: 429, retry_after_s */
};

struct caller {
    enum access_verdict verdict;
    unsigned roles;   /* enum role, what they include counted in */
    char name[64];    /* the token's, "uid 0", "anonymous" */
    char from[64];    /* an address, or "socket" */
    bool is_operator; /* the admin socket's root or own user: all roles, and more than a
                         token ever may */
    int64_t retry_after_s;
};

/* Once for each request, however often it is asked: what body_limit has heard, handle
 * hears too, and a wrong token costs one try. The request's notes begin with ours, a
 * struct caller. */
void access_judge(struct access *access, const struct http_request *request,
                  struct caller *out);

/* Whether the request comes from this machine: behind a proxy on it everybody comes from
 * loopback, and counts as from outside. */
bool access_is_from_here(const struct http_request *request);

/* "127.0.0.1", "2001:db8::1", "socket" */
void peer_text(const struct http_peer *peer, char out[64]);

/* For `thim token make`: 32 random bytes as base64url without padding, and the
 * configuration's line for it ("scrypt:14:8:1:SALT:HASH"). */
bool access_make_token(char token[44], char hash[128], struct error *err) MUST_CHECK;

#endif
