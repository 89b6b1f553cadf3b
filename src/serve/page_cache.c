/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/page_cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "kit/crypto.h"

enum { BUCKETS_LEAST = 64 };

struct shard {
    pthread_mutex_t lock;
    struct cached **buckets;
    struct cached *newest, *oldest;
    size_t count, bytes;
    uint64_t evicted, forgotten;
};

struct page_cache {
    const struct cached_kind *kind;
    size_t shard_bytes_max;
    size_t bucket_count; /* of each shard; a power of two */
    uint64_t secret;     /* where hashes begin: nobody can aim at one bucket */
    struct shard shards[PAGE_CACHE_SHARDS];
};

bool page_cache_create(const struct cached_kind *kind, size_t bytes_max,
                       struct page_cache **out, struct error *err)
{
    OWNED(page_cache_destroy) struct page_cache *cache = calloc(1, sizeof *cache);
    uint8_t secret[32];

    if (cache == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a cache of answers");
    cache->kind = kind;
    cache->shard_bytes_max = bytes_max / PAGE_CACHE_SHARDS;
    cache->bucket_count = BUCKETS_LEAST;
    while (cache->bucket_count < cache->shard_bytes_max / kind->usual_bytes)
        cache->bucket_count *= 2;
    random_fill(secret, sizeof secret);
    cache->secret = page_cache_hash(0xcbf29ce484222325u, bytes_of(secret, sizeof secret));
    for (size_t i = 0; i < PAGE_CACHE_SHARDS; i++)
        pthread_mutex_init(&cache->shards[i].lock, NULL);
    for (size_t i = 0; i < PAGE_CACHE_SHARDS; i++) {
        cache->shards[i].buckets = calloc(cache->bucket_count, sizeof(struct cached *));
        if (cache->shards[i].buckets == NULL)
            return error_set(err, ERROR_SYSTEM, "no memory for a cache of answers");
    }
    *out = TAKE(cache);
    return true;
}

void page_cache_destroy(struct page_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < PAGE_CACHE_SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        for (struct cached *entry = shard->newest; entry != NULL;) {
            struct cached *older = entry->older;
            cache->kind->free(entry);
            entry = older;
        }
        free(shard->buckets);
        pthread_mutex_destroy(&shard->lock);
    }
    free(cache);
}

uint64_t page_cache_hash(uint64_t hash, struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        hash = (hash ^ b.at[i]) * 0x100000001b3u;
    return hash;
}

/* ---- places -------------------------------------------------------------------------
 */

struct place {
    struct shard *shard;
    struct cached **bucket;
};

/* Names are few and free to choose, hence the secret. FNV-1a leaves names that differ in
 * their last bytes alone close together, under some secrets in half of the shards: what
 * chooses shard and bucket is stirred once more. */
static struct place place_of(struct page_cache *cache, const void *name)
{
    uint64_t hash = cache->kind->hash(cache->secret, name);

    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
    struct shard *shard = &cache->shards[hash % PAGE_CACHE_SHARDS];
    return (struct place){
        .shard = shard,
        .bucket = &shard->buckets[hash / PAGE_CACHE_SHARDS & (cache->bucket_count - 1)],
    };
}

static struct cached *find(const struct page_cache *cache, const struct place *place,
                           const void *name)
{
    struct cached *entry = *place->bucket;

    while (entry != NULL && !cache->kind->is_named(entry, name))
        entry = entry->next;
    return entry;
}

static void age_take(struct shard *shard, struct cached *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &shard->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &shard->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void age_begin(struct shard *shard, struct cached *entry)
{
    entry->older = shard->newest;
    *(shard->newest != NULL ? &shard->newest->newer : &shard->oldest) = entry;
    shard->newest = entry;
}

static void take_out(struct page_cache *cache, struct cached *entry)
{
    struct place place = place_of(cache, cache->kind->name_of(entry));
    struct cached **link = place.bucket;

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    age_take(place.shard, entry);
    place.shard->count--;
    place.shard->bytes -= entry->bytes;
}

/* ---- coming and going ---------------------------------------------------------------
 */

struct cached *page_cache_enter(struct page_cache *cache, const void *name,
                                uint64_t *epoch)
{
    struct place place = place_of(cache, name);

    pthread_mutex_lock(&place.shard->lock);
    struct cached *entry = find(cache, &place, name);
    *epoch = place.shard->forgotten;
    if (entry == NULL || entry->is_stale) {
        pthread_mutex_unlock(&place.shard->lock);
        return NULL;
    }
    age_take(place.shard, entry);
    age_begin(place.shard, entry);
    return entry;
}

void page_cache_put(struct page_cache *cache, struct cached *entry, uint64_t epoch)
{
    const void *name = cache->kind->name_of(entry);
    struct place place = place_of(cache, name);

    pthread_mutex_lock(&place.shard->lock);
    struct cached *before = find(cache, &place, name);
    if (before != NULL) {
        if (cache->kind->succeed != NULL)
            cache->kind->succeed(entry, before);
        take_out(cache, before);
        cache->kind->free(before);
    }
    entry->next = *place.bucket;
    *place.bucket = entry;
    age_begin(place.shard, entry);
    place.shard->count++;
    entry->is_stale = place.shard->forgotten != epoch;
}

void page_cache_leave(struct page_cache *cache, struct cached *entry)
{
    struct shard *shard = place_of(cache, cache->kind->name_of(entry)).shard;
    size_t bytes = cache->kind->bytes(entry);

    shard->bytes += bytes - entry->bytes;
    entry->bytes = bytes;
    while (shard->bytes > cache->shard_bytes_max) {
        struct cached *oldest = shard->oldest;
        take_out(cache, oldest);
        cache->kind->free(oldest);
        shard->evicted++;
    }
    pthread_mutex_unlock(&shard->lock);
}

void page_cache_forget(struct page_cache *cache, const void *name)
{
    struct place place = place_of(cache, name);

    pthread_mutex_lock(&place.shard->lock);
    struct cached *entry = find(cache, &place, name);
    place.shard->forgotten++;
    if (entry != NULL)
        entry->is_stale = true;
    pthread_mutex_unlock(&place.shard->lock);
}

void page_cache_counts(struct page_cache *cache, struct page_cache_counts *out)
{
    *out = (struct page_cache_counts){ 0 };
    for (size_t i = 0; i < PAGE_CACHE_SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        pthread_mutex_lock(&shard->lock);
        out->entries += shard->count;
        out->bytes += shard->bytes;
        out->evicted += shard->evicted;
        pthread_mutex_unlock(&shard->lock);
    }
}
