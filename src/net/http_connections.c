/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_connections.h"

#include <string.h>
#include <time.h>

void http_connections_init(struct http_connections *all, unsigned limit,
                           unsigned per_address)
{
    pthread_condattr_t monotonic;

    *all = (struct http_connections){ .limit = limit, .per_address = per_address };
    pthread_mutex_init(&all->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&all->emptied, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void http_connections_fini(struct http_connections *all)
{
    pthread_cond_destroy(&all->emptied);
    pthread_mutex_destroy(&all->lock);
}

/* ---- the peer ------------------------------------------------------------------- */

static void unmap_ipv4(struct sockaddr_storage *address)
{
    const struct sockaddr_in6 from = *(const struct sockaddr_in6 *)address;
    struct sockaddr_in *to = (struct sockaddr_in *)address;

    if (!IN6_IS_ADDR_V4MAPPED(&from.sin6_addr))
        return;
    memset(address, 0, sizeof *address);
    to->sin_family = AF_INET;
    to->sin_port = from.sin6_port;
    memcpy(&to->sin_addr, &from.sin6_addr.s6_addr[12], 4);
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return address->ss_family == AF_INET6
           && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

void http_peer_find(int fd, const struct sockaddr *address, struct http_peer *out)
{
    struct ucred owner;
    socklen_t owner_len = sizeof owner;

    memset(out, 0, sizeof *out);
    out->uid = UINT32_MAX; /* nobody, until the kernel says who */
    if (address == NULL)
        return;
    switch (address->sa_family) {
    case AF_INET:
        memcpy(&out->address, address, sizeof(struct sockaddr_in));
        break;
    case AF_INET6:
        memcpy(&out->address, address, sizeof(struct sockaddr_in6));
        unmap_ipv4(&out->address);
        break;
    default:
        out->address.ss_family = AF_UNIX;
        out->is_unix = true;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &owner_len) == 0)
            out->uid = owner.uid;
    }
    out->is_loopback = out->is_unix || is_loopback(&out->address);
}

struct bytes http_peer_address(const struct http_peer *peer)
{
    if (peer->address.ss_family == AF_INET)
        return bytes_of(&((const struct sockaddr_in *)&peer->address)->sin_addr, 4);
    if (peer->address.ss_family == AF_INET6)
        return bytes_of(&((const struct sockaddr_in6 *)&peer->address)->sin6_addr, 16);
    return (struct bytes){ 0 };
}

/* ---- the registry --------------------------------------------------------------- */

static size_t bucket_of(struct bytes address)
{
    uint32_t mixed = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < address.len; i++)
        mixed = (mixed ^ address.at[i]) * 16777619u;
    return mixed % HTTP_CONNECTION_BUCKETS;
}

bool http_connections_add(struct http_connections *all, struct http_connection *entry)
{
    struct bytes address = http_peer_address(&entry->peer);
    unsigned same = 0;

    pthread_mutex_lock(&all->lock);
    struct http_connection **bucket = &all->buckets[bucket_of(address)];
    if (!entry->peer.is_loopback)
        for (const struct http_connection *at = *bucket; at != NULL; at = at->next)
            same += bytes_equal(http_peer_address(&at->peer), address);
    entry->next = *bucket;
    entry->place = bucket;
    if (entry->next != NULL)
        entry->next->place = &entry->next;
    *bucket = entry;
    bool fits = same < all->per_address && all->open < all->limit;
    all->open++;
    pthread_mutex_unlock(&all->lock);
    return fits;
}

void http_connections_remove(struct http_connections *all, struct http_connection *entry)
{
    pthread_mutex_lock(&all->lock);
    *entry->place = entry->next;
    if (entry->next != NULL)
        entry->next->place = entry->place;
    if (--all->open == 0)
        pthread_cond_broadcast(&all->emptied);
    pthread_mutex_unlock(&all->lock);
}

void http_connections_end_late(struct http_connections *all, int64_t now_ms)
{
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < HTTP_CONNECTION_BUCKETS; i++)
        for (struct http_connection *at = all->buckets[i]; at != NULL; at = at->next)
            if (atomic_load_explicit(&at->deadline_ms, memory_order_relaxed) <= now_ms)
                shutdown(at->fd, SHUT_RDWR);
    pthread_mutex_unlock(&all->lock);
}

/* What has come in already can still be read and answered. */
void http_connections_end_idle(struct http_connections *all)
{
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < HTTP_CONNECTION_BUCKETS; i++)
        for (struct http_connection *at = all->buckets[i]; at != NULL; at = at->next)
            if (!atomic_load(&at->in_request))
                shutdown(at->fd, SHUT_RD);
    pthread_mutex_unlock(&all->lock);
}

bool http_connections_wait_empty(struct http_connections *all, int64_t until_ms)
{
    struct timespec until = { .tv_sec = until_ms / 1000,
                              .tv_nsec = until_ms % 1000 * 1000000 };
    int waited = 0;

    pthread_mutex_lock(&all->lock);
    while (all->open > 0 && waited == 0)
        waited = pthread_cond_timedwait(&all->emptied, &all->lock, &until);
    bool empty = all->open == 0;
    pthread_mutex_unlock(&all->lock);
    return empty;
}
