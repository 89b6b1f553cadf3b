/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms in memory by their names, the one asked for longest ago giving way first.
 *
 * Cut into shards, each under a lock of its own that is held while a host answers. The
 * bound is in bytes, over all shards alike; a host that is larger than a shard's share is
 * not kept. Any thread. */
#ifndef THIM_SERVE_HOST_CACHE_H
#define THIM_SERVE_HOST_CACHE_H

#include "serve/host.h"

#define HOST_CACHE_SHARDS 64

struct host_cache;

bool host_cache_create(size_t bytes_max, struct host_cache **out, struct error *err)
    MUST_CHECK;
void host_cache_destroy(struct host_cache *cache); /* accepts NULL */
DEFINE_OWNED(struct host_cache *, host_cache_destroy)

/* The host of this name, its shard locked until host_cache_leave; NULL (and nothing
 * locked) where it is not there or its rows have changed. *epoch: for host_cache_put. */
struct host *host_cache_enter(struct host_cache *cache, const struct platform_name *name,
                              uint64_t *epoch);

/* Takes a host whose rows were read after enter gave this epoch, in place of one of the
 * same name, and enters it as above. Where rows have changed meanwhile it serves this
 * once and is read again. */
void host_cache_put(struct host_cache *cache, struct host *host, uint64_t epoch);

/* Counts its bytes anew and makes room. */
void host_cache_leave(struct host_cache *cache, struct host *host);

/* The rows of this platform have changed: it is read again when next asked for. */
void host_cache_forget(struct host_cache *cache, const struct platform_name *name);

/* fills platforms, bytes and evicted. */
void host_cache_counts(struct host_cache *cache, struct hosts_counts *out);

#endif
