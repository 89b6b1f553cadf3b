/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room share: a client that sends any bytes it likes, and a server
 * under test whose handler remembers what reached it.
 *
 * Every wait is for an event, until PEER_WAIT_MS at most; running into that fails the
 * test. */
#ifndef THIM_NET_TEST_PEER_H
#define THIM_NET_TEST_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kit/clock.h"
#include "kit/test.h"
#include "net/http_server.h"

#define PEER_WAIT_MS 8000
#define PEER_REPLY_MAX ((size_t)16 << 20)

/* ---- a client of bytes ---------------------------------------------------------- */

static inline struct sockaddr_in peer_address(const char *host, uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };

    assert_int_equal(inet_pton(AF_INET, host, &at.sin_addr), 1);
    return at;
}

static inline int peer_connect(uint16_t port)
{
    struct sockaddr_in at = peer_address("127.0.0.1", port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* False where the other end has gone. */
static inline bool peer_send(int fd, struct bytes what)
{
    while (what.len > 0) {
        ssize_t sent = send(fd, what.at, what.len, MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        what = bytes_after(what, (size_t)sent);
    }
    return true;
}

static inline bool peer_send_text(int fd, const char *text)
{
    return peer_send(fd, bytes_of_text(text));
}

/* Reads once, appends; 0 at the end or after a reset. */
static inline size_t peer_read(int fd, struct buf *in)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    static _Thread_local uint8_t chunk[65536];

    if (poll(&ready, 1, PEER_WAIT_MS) != 1)
        fail_msg("nothing came in %d ms", PEER_WAIT_MS);
    ssize_t got = recv(fd, chunk, sizeof chunk, 0);
    if (got <= 0)
        return 0;
    buf_add(in, bytes_of(chunk, (size_t)got));
    return (size_t)got;
}

static inline void peer_read_to_end(int fd, struct buf *in)
{
    while (peer_read(fd, in) > 0)
        ;
}

static inline size_t peer_head_len(const struct buf *in)
{
    size_t at = bytes_find(buf_bytes(in), bytes_of_text("\r\n\r\n"));

    return at == in->len ? 0 : at + 4;
}

/* The value of the first header of this name in the reply's head, "" where there is none;
 * lives until the next call of this thread. */
static inline const char *peer_header(const struct buf *in, const char *name)
{
    static _Thread_local char value[8192];
    char line[256];

    snprintf(line, sizeof line, "\r\n%s: ", name);
    struct bytes head = bytes_first(buf_bytes(in), peer_head_len(in));
    size_t at = bytes_find(head, bytes_of_text(line));
    value[0] = 0;
    if (at == head.len)
        return value;
    struct bytes rest = bytes_after(head, at + strlen(line));
    rest = bytes_first(rest, bytes_find(rest, bytes_of_text("\r\n")));
    snprintf(value, sizeof value, "%.*s", (int)rest.len, (const char *)rest.at);
    return value;
}

/* Of a reply's first bytes; 0 where they are none. */
static inline unsigned peer_status_of(const char *reply)
{
    static const char version[] = "HTTP/1.1 ";
    char *end;

    if (strncmp(reply, version, strlen(version)) != 0)
        return 0;
    unsigned long status = strtoul(reply + strlen(version), &end, 10);
    return *end == ' ' ? (unsigned)status : 0;
}

static inline unsigned peer_status(const struct buf *in)
{
    return peer_status_of(buf_text(in));
}

/* One reply, whole; nothing after it may have come. False where the end came first. */
static inline bool peer_read_reply(int fd, struct buf *in, bool is_head)
{
    buf_clear(in);
    while (peer_head_len(in) == 0)
        if (peer_read(fd, in) == 0)
            return false;
    size_t body_len = is_head ? 0 : strtoul(peer_header(in, "Content-Length"), NULL, 10);
    size_t whole = peer_head_len(in) + body_len;
    while (in->len < whole)
        if (peer_read(fd, in) == 0)
            return false;
    assert_int_equal(in->len, whole);
    return true;
}

static inline void peer_ask(int fd, const char *request, struct buf *in)
{
    assert_true(peer_send_text(fd, request));
    assert_true(peer_read_reply(fd, in, strncmp(request, "HEAD", 4) == 0));
}

/* True where the other end closes (or has reset) without another byte. */
static inline bool peer_is_closed(int fd)
{
    struct buf rest;

    buf_init(&rest, PEER_REPLY_MAX);
    peer_read_to_end(fd, &rest);
    bool quietly = rest.len == 0;
    buf_fini(&rest);
    return quietly;
}

/* ---- a server under test -------------------------------------------------------- */

struct witness { /* what reached the handler */
    atomic_uint seen, ended;
    pthread_mutex_t lock;
    char last_target[16384];
    char last_body[4096];
    enum http_method last_method;
    struct http_peer last_peer;
    size_t body_limit;
    struct http_reply *reply;
    void (*instead)(struct witness *witness, struct http_request *request);
    void *context;
    struct http_server *server;
};

static inline size_t witness_body_limit(void *witness, const struct http_request *request)
{
    (void)request;
    return ((const struct witness *)witness)->body_limit;
}

static inline void witness_text(char *to, size_t room, struct bytes text)
{
    snprintf(to, room, "%.*s", (int)bytes_first(text, room).len, (const char *)text.at);
}

static inline void witness_handle(void *witness_, struct http_request *request)
{
    struct witness *witness = witness_;

    pthread_mutex_lock(&witness->lock);
    witness_text(witness->last_target, sizeof witness->last_target,
                 http_request_target(request));
    witness_text(witness->last_body, sizeof witness->last_body,
                 http_request_body(request));
    witness->last_method = http_request_method(request);
    http_request_peer(request, &witness->last_peer);
    pthread_mutex_unlock(&witness->lock);
    atomic_fetch_add(&witness->seen, 1);
    if (witness->instead != NULL)
        witness->instead(witness, request);
    else
        http_request_answer(request, witness->reply);
}

static inline void witness_ended(void *witness_, const struct http_request *request)
{
    struct witness *witness = witness_;

    (void)request;
    atomic_fetch_add(&witness->ended, 1);
}

/* A reply "hello" with status 200 unless the test puts another there. */
static inline void witness_start(struct witness *witness,
                                 const struct http_server_options *options)
{
    const struct http_header headers[] = { { "Content-Type", "text/plain" } };
    const struct http_handler handler = { .context = witness,
                                          .body_limit = witness_body_limit,
                                          .handle = witness_handle,
                                          .ended = witness_ended };
    struct error err = { 0 };

    pthread_mutex_init(&witness->lock, NULL);
    if (witness->reply == NULL)
        assert_ok(http_reply_create(200, headers, COUNT_OF(headers),
                                    bytes_of_text("hello"), &witness->reply, &err),
                  err);
    assert_ok(http_server_start(options, &handler, &witness->server, &err), err);
}

static inline void witness_stop(struct witness *witness)
{
    http_server_stop(TAKE(witness->server));
    http_reply_release(TAKE(witness->reply));
    pthread_mutex_destroy(&witness->lock);
}

static inline struct http_server_counts peer_counts(const struct http_server *server)
{
    struct http_server_counts counts;

    http_server_counts(server, &counts);
    return counts;
}

/* Skips the test where so many descriptors are not to be had. */
static inline void peer_need_descriptors(unsigned count)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < count) {
        print_message("skipped: %u descriptors are not to be had\n", count);
        skip();
    }
}

/* Waits until a count of the server's is as expected; it is kept by other threads, and
 * each look yields the processor to them. */
#define peer_await(condition)                                           \
    do {                                                                \
        int64_t until_ms_ = clock_real_ms() + PEER_WAIT_MS;             \
        while (!(condition)) {                                          \
            if (clock_real_ms() > until_ms_)                            \
                fail_msg("%s: not in %d ms", #condition, PEER_WAIT_MS); \
            poll(NULL, 0, 1);                                           \
        }                                                               \
    } while (0)

#endif
