/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up AMD's side share: chips.c (making, publishing, routing),
 * chips_look.c (what is held), chips_miss.c (requests that wait for an upstream),
 * chips_post.c (certificates that are brought), chips_signer.c (who has signed a report).
 */
#ifndef THIM_SERVE_CHIPS_PARTS_H
#define THIM_SERVE_CHIPS_PARTS_H

#include <pthread.h>

#include "kit/snapshot.h"
#include "serve/chip.h"
#include "serve/chip_host.h"
#include "serve/chip_lists.h"
#include "serve/chip_reply.h"
#include "serve/chips.h"
#include "serve/host_readers.h"

#define CHIPS_FUTURE_S 300 /* how far ahead of our clock a thing may be issued */

struct chips {
    struct chips_options options;
    struct host_readers *readers;
    struct page_cache *cache; /* of struct chip */
    struct snapshot *lists;   /* of struct chip_lists, which hold the law */
    struct chip_host *host;
    struct http_reply *spare; /* for a waiter, when there is no memory for another */
    int64_t own_due_ms;       /* the ticking thread's, as the next */
    unsigned own_tries;

    pthread_mutex_t publishing; /* guards the next; who reads never takes it */
    struct amd_law *law;

    pthread_mutex_t noting; /* guards the next */
    struct kds_key *asked;  /* certificates that were asked for since the last tick */
    size_t asked_count;
};

struct chip_request { /* one request, as far as it outlives its connection's handler */
    enum chip_route route;
    enum chip_form form;
    struct kds_key keys[CHIP_KEYS_MAX]; /* what it may mean, most likely first */
    size_t count;
    struct request_id id;
    bool is_own;                 /* this host's chip */
    enum chip_known_by known_by; /* who asks, where upstream is asked */
};

struct chip_terms chips_terms(const struct chips *chips, const struct amd_law *law);

void chips_refuse(struct http_request *request, enum chip_route route,
                  const struct refusal *refusal);

/* Whether one of the keys is this host's own chip: is_own. Not on the way of what is
 * held. */
void chips_mark_own(struct chips *chips, struct chip_request *asked);

/* ---- what is held ------------------------------------------------------------------ */

struct chip_found {
    size_t at; /* which of the request's keys */
    enum chip_known_by known_by;
};

/* The first of the keys that is held: its answer, the caller's. NULL: ERROR_NOT_FOUND
 * where none is, else why the one that is held is not given. */
struct http_reply *chips_look(struct chips *chips, const struct chip_request *asked,
                              const char *if_none_match, struct chip_found *out,
                              struct error *err);

/* The certificate itself, of this very key, from memory or the store; the caller's
 * reference. Neither its dates nor its revocation are judged, and nobody is denied.
 * ERROR_NOT_FOUND where it is not held. */
bool chips_find(struct chips *chips, const struct amd_law *law, const struct kds_key *key,
                struct verified_vcek **out, struct error *err) MUST_CHECK;

/* A chip that is held, and whose owner has asked for it: known by that from now on. */
void chips_make_known(struct chips *chips, const struct kds_key *key,
                      enum chip_known_by known_by);

/* Chain or CRL, likewise; ERROR_NONE where nothing has been published. */
struct http_reply *chips_look_at_list(struct chips *chips, const struct kds_key *key,
                                      const char *if_none_match, const char *request_id,
                                      struct error *err);

/* Where several are meant and only some are of a chip that is known, at whatever TCB, the
 * others are left out. Whether any is. */
bool chips_narrow(struct chips *chips, struct chip_request *asked);

/* ---- what is not ------------------------------------------------------------------- */

/* Asks upstream where that is allowed, and has the request wait for it. why: what
 * chips_look said. */
void chips_miss(struct chips *chips, struct http_request *request,
                const struct chip_request *asked, const struct error *why);

/* A host that bears a token is no stranger, and what it asks for is known from then on.
 */
enum chip_known_by chips_who_asks(struct chips *chips,
                                  const struct http_request *request);

/* This host's own certificate is fetched before anybody asks for it. */
void chips_want_own(struct chips *chips);

/* ---- what is brought --------------------------------------------------------------- */

void chips_post(struct chips *chips, struct http_request *request);
size_t chips_post_limit(struct chips *chips, const struct http_request *request);

#endif
