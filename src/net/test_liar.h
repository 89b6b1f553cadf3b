/* SPDX-License-Identifier: Apache-2.0 */
/* What the client's tests share: a server that breaks the rules in a chosen manner, and
 * calls that remember what they were told. */
#ifndef THIM_NET_TEST_LIAR_H
#define THIM_NET_TEST_LIAR_H

#include "net/http_client.h"
#include "net/test_peer.h"

/* ---- a liar --------------------------------------------------------------------- */

enum manner {
    LIAR_CLOSES = 1, /* sends its text and closes */
    LIAR_HOLDS,      /* sends its text, then nothing until the client goes */
    LIAR_DRIPS,      /* sends its text, then a byte each few ms until the client goes */
    LIAR_POURS,      /* sends its text, then more of it until the client goes */
    LIAR_RESETS,     /* closes without reading */
};

struct liar {
    enum manner manner;
    const char *text;
    const char *more; /* for LIAR_POURS */
    int listener;
    uint16_t port;
    pthread_t thread;
    atomic_bool stopping;
    atomic_uint calls;
    char head[4096]; /* of the last request */
};

static inline bool is_gone(int fd, int wait_ms)
{
    struct pollfd end = { .fd = fd, .events = POLLIN | POLLRDHUP };
    char unused[512];

    if (poll(&end, 1, wait_ms) == 0)
        return false;
    return recv(fd, unused, sizeof unused, MSG_DONTWAIT) <= 0;
}

static inline void lie(struct liar *liar, int fd)
{
    struct buf in;

    if (liar->manner == LIAR_RESETS)
        return;
    buf_init(&in, sizeof liar->head - 1);
    while (peer_head_len(&in) == 0)
        if (peer_read(fd, &in) == 0)
            break;
    snprintf(liar->head, sizeof liar->head, "%s", buf_text(&in));
    buf_fini(&in);
    atomic_fetch_add(&liar->calls, 1);
    peer_send_text(fd, liar->text);
    if (liar->manner == LIAR_HOLDS)
        assert_true(is_gone(fd, PEER_WAIT_MS));
    if (liar->manner == LIAR_DRIPS)
        while (peer_send_text(fd, "x") && !is_gone(fd, 5))
            ;
    if (liar->manner == LIAR_POURS)
        while (peer_send_text(fd, liar->more))
            ;
}

static inline void *liar_live(void *liar_)
{
    struct liar *liar = liar_;

    for (;;) {
        int fd = accept(liar->listener, NULL, NULL);
        if (fd >= 0 && !atomic_load(&liar->stopping))
            lie(liar, fd);
        if (fd >= 0)
            close(fd);
        if (atomic_load(&liar->stopping))
            return NULL;
    }
}

static inline void liar_start(struct liar *liar)
{
    struct sockaddr_in at = peer_address("127.0.0.1", 0);
    socklen_t len = sizeof at;

    liar->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(liar->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(liar->listener, 64), 0);
    assert_int_equal(getsockname(liar->listener, (struct sockaddr *)&at, &len), 0);
    liar->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&liar->thread, NULL, liar_live, liar), 0);
}

static inline void liar_stop(struct liar *liar)
{
    atomic_store(&liar->stopping, true);
    close(peer_connect(liar->port)); /* it looks up from accept */
    pthread_join(liar->thread, NULL);
    close(liar->listener);
}

/* ---- calls ---------------------------------------------------------------------- */

struct told {
    unsigned count;
    bool reached;
    enum error_kind kind;
    unsigned status;
    char failure[ERROR_TEXT_MAX];
    char body[4096];
    char retry_after[64], etag[64];
    int64_t date_s, elapsed_ms;
    struct http_client *client; /* where done begins another call */
    const struct http_call *then;
};

static inline void note(void *told_, const struct http_answer *answer)
{
    struct told *told = told_;
    struct bytes retry = http_answer_header(answer, "retry-after");
    struct bytes etag = http_answer_header(answer, "ETag");

    told->count++;
    told->reached = answer->reached;
    told->kind = answer->kind;
    told->status = answer->status;
    told->date_s = answer->date_s;
    told->elapsed_ms = answer->elapsed_ms;
    snprintf(told->failure, sizeof told->failure, "%s",
             answer->reached ? "" : answer->failure);
    snprintf(told->body, sizeof told->body, "%.*s", (int)answer->body.len,
             answer->body.len > 0 ? (const char *)answer->body.at : "");
    snprintf(told->retry_after, sizeof told->retry_after, "%.*s", (int)retry.len,
             retry.len > 0 ? (const char *)retry.at : "");
    snprintf(told->etag, sizeof told->etag, "%.*s", (int)etag.len,
             etag.len > 0 ? (const char *)etag.at : "");
    if (told->then != NULL) {
        struct error err = { 0 };
        const struct http_call *call = TAKE(told->then);
        assert_ok(http_client_start(told->client, call, &err), err);
    }
}

static inline struct http_client *client_of(void)
{
    struct http_client *client;
    struct error err = { 0 };

    assert_ok(http_client_create(&(struct http_client_options){ 0 }, &client, &err), err);
    return client;
}

static inline void run_until(struct http_client *client, const struct told *told,
                             unsigned count)
{
    int64_t until_ms = clock_real_ms() + PEER_WAIT_MS;
    struct error err = { 0 };
    unsigned running;

    while (told->count < count) {
        assert_ok(http_client_run(client, 100, &running, &err), err);
        if (clock_real_ms() > until_ms)
            fail_msg("no end to the call in %d ms", PEER_WAIT_MS);
    }
}

static inline struct told make_call(struct http_client *client, struct http_call call)
{
    struct told told = { 0 };
    struct error err = { 0 };

    call.context = &told;
    call.done = note;
    assert_ok(http_client_start(client, &call, &err), err);
    run_until(client, &told, 1);
    assert_int_equal(told.count, 1);
    return told;
}

static inline const char *url_of(char out[64], const char *scheme, const char *host,
                                 uint16_t port)
{
    snprintf(out, 64, "%s://%s:%u/x", scheme, host, port);
    return out;
}

#endif
