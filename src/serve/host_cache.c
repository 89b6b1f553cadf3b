/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/host_cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "kit/crypto.h"

enum { BUCKETS_LEAST = 64, HOST_BYTES_USUAL = 24 * 1024 };

struct shard {
    pthread_mutex_t lock;
    struct host **buckets;
    struct host *newest, *oldest;
    size_t count, bytes;
    uint64_t evicted, forgotten;
};

struct host_cache {
    size_t shard_bytes_max;
    size_t bucket_count; /* of each shard; a power of two */
    uint8_t secret[32];  /* so that nobody can aim at one bucket */
    struct shard shards[HOST_CACHE_SHARDS];
};

bool host_cache_create(size_t bytes_max, struct host_cache **out, struct error *err)
{
    OWNED(host_cache_destroy) struct host_cache *cache = calloc(1, sizeof *cache);

    if (cache == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the cache of platforms");
    cache->shard_bytes_max = bytes_max / HOST_CACHE_SHARDS;
    cache->bucket_count = BUCKETS_LEAST;
    while (cache->bucket_count < cache->shard_bytes_max / HOST_BYTES_USUAL)
        cache->bucket_count *= 2;
    random_fill(cache->secret, sizeof cache->secret);
    for (size_t i = 0; i < HOST_CACHE_SHARDS; i++)
        pthread_mutex_init(&cache->shards[i].lock, NULL);
    for (size_t i = 0; i < HOST_CACHE_SHARDS; i++) {
        cache->shards[i].buckets = calloc(cache->bucket_count, sizeof(struct host *));
        if (cache->shards[i].buckets == NULL)
            return error_set(err, ERROR_SYSTEM, "no memory for the cache of platforms");
    }
    *out = TAKE(cache);
    return true;
}

void host_cache_destroy(struct host_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < HOST_CACHE_SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        for (struct host *host = shard->newest; host != NULL;) {
            struct host *older = host->older;
            host_free(host);
            host = older;
        }
        free(shard->buckets);
        pthread_mutex_destroy(&shard->lock);
    }
    free(cache);
}

/* ---- places -------------------------------------------------------------------------
 */

struct place {
    struct shard *shard;
    struct host **bucket;
};

/* FNV-1a, begun with the secret: the digits of a QE ID are few and free to choose. */
static struct place place_of(struct host_cache *cache, const struct platform_name *name)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < sizeof cache->secret; i++)
        hash = (hash ^ cache->secret[i]) * 0x100000001b3u;
    for (const char *digit = name->qe_id; *digit != 0; digit++)
        hash = (hash ^ (uint8_t)*digit) * 0x100000001b3u;
    hash = (hash ^ name->pce_id) * 0x100000001b3u;
    hash ^= hash >> 32;
    struct shard *shard = &cache->shards[hash % HOST_CACHE_SHARDS];
    return (struct place){
        .shard = shard,
        .bucket = &shard->buckets[hash / HOST_CACHE_SHARDS & (cache->bucket_count - 1)],
    };
}

static struct host *find(const struct place *place, const struct platform_name *name)
{
    struct host *host = *place->bucket;

    while (host != NULL && platform_name_compare(&host->platform.name, name) != 0)
        host = host->next;
    return host;
}

static void age_take(struct shard *shard, struct host *host)
{
    *(host->newer != NULL ? &host->newer->older : &shard->newest) = host->older;
    *(host->older != NULL ? &host->older->newer : &shard->oldest) = host->newer;
    host->newer = host->older = NULL;
}

static void age_begin(struct shard *shard, struct host *host)
{
    host->older = shard->newest;
    *(shard->newest != NULL ? &shard->newest->newer : &shard->oldest) = host;
    shard->newest = host;
}

static void take_out(struct host_cache *cache, struct host *host)
{
    struct place place = place_of(cache, &host->platform.name);
    struct host **link = place.bucket;

    while (*link != host)
        link = &(*link)->next;
    *link = host->next;
    age_take(place.shard, host);
    place.shard->count--;
    place.shard->bytes -= host->bytes;
}

/* ---- coming and going ---------------------------------------------------------------
 */

struct host *host_cache_enter(struct host_cache *cache, const struct platform_name *name,
                              uint64_t *epoch)
{
    struct place place = place_of(cache, name);

    pthread_mutex_lock(&place.shard->lock);
    struct host *host = find(&place, name);
    *epoch = place.shard->forgotten;
    if (host == NULL || host->is_stale) {
        pthread_mutex_unlock(&place.shard->lock);
        return NULL;
    }
    age_take(place.shard, host);
    age_begin(place.shard, host);
    return host;
}

void host_cache_put(struct host_cache *cache, struct host *host, uint64_t epoch)
{
    struct place place = place_of(cache, &host->platform.name);

    pthread_mutex_lock(&place.shard->lock);
    struct host *before = find(&place, &host->platform.name);
    if (before != NULL) {
        host_succeed(host, before);
        take_out(cache, before);
        host_free(before);
    }
    host->next = *place.bucket;
    *place.bucket = host;
    age_begin(place.shard, host);
    place.shard->count++;
    host->is_stale = place.shard->forgotten != epoch;
}

void host_cache_leave(struct host_cache *cache, struct host *host)
{
    struct shard *shard = place_of(cache, &host->platform.name).shard;
    size_t bytes = host_bytes(host);

    shard->bytes += bytes - host->bytes;
    host->bytes = bytes;
    while (shard->bytes > cache->shard_bytes_max) {
        struct host *oldest = shard->oldest;
        take_out(cache, oldest);
        host_free(oldest);
        shard->evicted++;
    }
    pthread_mutex_unlock(&shard->lock);
}

void host_cache_forget(struct host_cache *cache, const struct platform_name *name)
{
    struct place place = place_of(cache, name);

    pthread_mutex_lock(&place.shard->lock);
    struct host *host = find(&place, name);
    place.shard->forgotten++;
    if (host != NULL)
        host->is_stale = true;
    pthread_mutex_unlock(&place.shard->lock);
}

void host_cache_counts(struct host_cache *cache, struct hosts_counts *out)
{
    out->platforms = out->bytes = out->evicted = 0;
    for (size_t i = 0; i < HOST_CACHE_SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        pthread_mutex_lock(&shard->lock);
        out->platforms += shard->count;
        out->bytes += shard->bytes;
        out->evicted += shard->evicted;
        pthread_mutex_unlock(&shard->lock);
    }
}
