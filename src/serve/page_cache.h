/* SPDX-License-Identifier: Apache-2.0 */
/* Things with ready answers, in memory by their names, the one asked for longest ago
 * giving way first: platforms (serve/host.h), certificates of chips
 * (serve/chip.h).
 *
 * Cut into shards, each under a lock of its own that is held while one of its entries
 * answers. The bound is in bytes, over all shards alike; what is larger than a shard's
 * share is not kept. Any thread. */
#ifndef THIM_SERVE_PAGE_CACHE_H
#define THIM_SERVE_PAGE_CACHE_H

#include "kit/bytes.h"
#include "kit/error.h"

#define PAGE_CACHE_SHARDS 64

struct cached { /* the first member of what is kept; the cache's own */
    struct cached *next, *newer, *older;
    size_t bytes;
    bool is_stale; /* what it was read from has changed since */
};

struct cached_kind {
    size_t usual_bytes; /* of one; it only sizes tables */
    /* Goes on from hash over all that tells two names apart. */
    uint64_t (*hash)(uint64_t hash, const void *name);
    const void *(*name_of)(const struct cached *entry);
    bool (*is_named)(const struct cached *entry, const void *name);
    size_t (*bytes)(const struct cached *entry); /* by estimate */
    /* An entry that was read again goes on where the one before it was. NULL: needless */
    void (*succeed)(struct cached *entry, struct cached *before);
    void (*free)(struct cached *entry);
};

struct page_cache;

/* kind must outlive the cache. */
bool page_cache_create(const struct cached_kind *kind, size_t bytes_max,
                       struct page_cache **out, struct error *err) MUST_CHECK;
void page_cache_destroy(struct page_cache *cache); /* accepts NULL */
DEFINE_OWNED(struct page_cache *, page_cache_destroy)

/* The entry of this name, its shard locked until page_cache_leave; NULL (and nothing
 * locked) where it is not there or is stale. *epoch: for page_cache_put. */
struct cached *page_cache_enter(struct page_cache *cache, const void *name,
                                uint64_t *epoch);

/* Takes an entry that was read after enter gave this epoch, in place of one of the same
 * name, and enters it as above. Where something was forgotten meanwhile it serves this
 * once and is read again. */
void page_cache_put(struct page_cache *cache, struct cached *entry, uint64_t epoch);

/* Counts its bytes anew and makes room. */
void page_cache_leave(struct page_cache *cache, struct cached *entry);

/* What this one was read from has changed: it is read again when next asked for. */
void page_cache_forget(struct page_cache *cache, const void *name);

struct page_cache_counts {
    uint64_t entries, bytes; /* now */
    uint64_t evicted;        /* since it was made */
};
void page_cache_counts(struct page_cache *cache, struct page_cache_counts *out);

/* FNV-1a, for the hash of a kind. */
uint64_t page_cache_hash(uint64_t hash, struct bytes b);

#endif
