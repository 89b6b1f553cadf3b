/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit/clock.h"
#include "kit/text.h"
#include "sim/wire_head.h"
#include "sim/wire_listen.h"

#define STACK_LEN ((size_t)512 << 10)

struct wire {
    struct wire_handler handler;
    int listener, stopping; /* stopping: an eventfd that is readable from the end on */
    char address[WIRE_ADDRESS_LEN];
    pthread_t acceptor;
    pthread_mutex_t lock;
    pthread_cond_t all_gone;
    unsigned connections; /* under the lock */
};

struct connection {
    struct wire *wire;
    int fd;
    struct buf in; /* bytes received and not yet answered */
};

/* ---- waiting and sending --------------------------------------------------------- */

enum waited { READY, LATE, STOPPED };

static enum waited wait_until(const struct connection *c, short events, int64_t wait_ms)
{
    struct pollfd fds[] = { { .fd = c->fd, .events = events },
                            { .fd = c->wire->stopping, .events = POLLIN } };
    int64_t end_ms = clock_real_ms() + wait_ms;

    for (;;) {
        int64_t left_ms = end_ms - clock_real_ms();
        int ready = poll(fds, COUNT_OF(fds), left_ms < 0 ? 0 : (int)left_ms);
        if (ready > 0)
            return fds[1].revents != 0 ? STOPPED : READY;
        if (ready == 0 && left_ms <= 0)
            return LATE;
    }
}

static bool wait_for(const struct connection *c, short events)
{
    return wait_until(c, events, WIRE_IDLE_MS) == READY;
}

/* Lets time pass; false where the client leaves meanwhile or the server stops. */
static bool pause_for(const struct connection *c, int64_t wait_ms)
{
    return wait_until(c, POLLRDHUP, wait_ms) == LATE;
}

static bool send_all(const struct connection *c, struct bytes b)
{
    while (b.len > 0) {
        ssize_t sent = send(c->fd, b.at, b.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            b = bytes_after(b, (size_t)sent);
        else if ((errno != EAGAIN && errno != EINTR) || !wait_for(c, POLLOUT))
            return false;
    }
    return true;
}

static bool send_spaces(const struct connection *c, size_t count)
{
    uint8_t spaces[16384];

    memset(spaces, ' ', sizeof spaces);
    while (count > 0) {
        size_t now = count < sizeof spaces ? count : sizeof spaces;
        if (!send_all(c, bytes_of(spaces, now)))
            return false;
        count -= now;
    }
    return true;
}

/* Sends one answer; false where the connection ends with it. */
static bool send_answer(const struct connection *c, const struct wire_answer *answer,
                        bool has_body, bool closes)
{
    struct buf head;

    if (answer->delay_ms > 0 && !pause_for(c, answer->delay_ms))
        return false;
    if (answer->manner == WIRE_SILENT) {
        while (pause_for(c, WIRE_IDLE_MS))
            continue;
        return false;
    }
    if (answer->manner == WIRE_RESET) {
        const struct linger at_once = { .l_onoff = 1 };
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return false;
    }
    buf_init(&head, WIRE_REPLY_HEAD_MAX + 1024);
    wire_head_write(&head, answer, closes);
    struct bytes body = buf_bytes(&answer->body);
    bool is_cut = answer->manner == WIRE_CUT;
    if (is_cut)
        body.len /= 2;
    bool sent = !head.failed && send_all(c, buf_bytes(&head));
    if (sent && has_body)
        sent = send_all(c, body) && !is_cut && send_spaces(c, answer->padding);
    buf_fini(&head);
    return sent && !closes;
}

/* An answer of the server's own, after which the connection ends. */
static bool refuse(const struct connection *c, unsigned status)
{
    struct wire_answer answer;

    wire_answer_init(&answer);
    answer.status = status;
    (void)send_answer(c, &answer, false, true);
    wire_answer_fini(&answer);
    return false;
}

/* ---- requests -------------------------------------------------------------------- */

/* Some more bytes into in; false at the end, the deadline, the ceiling. */
static bool receive(struct connection *c)
{
    uint8_t some[16384];

    if (!wait_for(c, POLLIN))
        return false;
    ssize_t got = recv(c->fd, some, sizeof some, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    buf_add(&c->in, bytes_of(some, (size_t)got));
    return got > 0 && !c->in.failed;
}

static bool handle(struct connection *c, const struct wire_request *request, bool closes)
{
    const struct wire_handler *handler = &c->wire->handler;
    struct wire_answer answer;

    wire_answer_init(&answer);
    handler->handle(handler->context, request, &answer);
    if (answer.headers.failed || answer.body.failed)
        answer.status = 500;
    bool stays =
        send_answer(c, &answer, !bytes_equal_text(request->method, "HEAD"), closes);
    wire_answer_fini(&answer);
    return stays;
}

/* One request from the first byte to the answer's last; false where that was the last. */
static bool one_request(struct connection *c)
{
    struct bytes end_mark = bytes_of_text("\r\n\r\n");
    struct wire_request request = { .body = bytes_of("", 0) };
    size_t head_len;
    uint64_t body_len = 0;

    while ((head_len = bytes_find(buf_bytes(&c->in), end_mark)) == c->in.len) {
        if (c->in.len > WIRE_HEAD_MAX)
            return refuse(c, 431);
        if (!receive(c))
            return false;
    }
    struct bytes head = bytes_first(buf_bytes(&c->in), head_len);
    struct bytes told = wire_head_value(head, "Content-Length");
    if (!wire_head_request(head, &request)
        || (told.len > 0 && !decimal_read(told, UINT32_MAX, &body_len)))
        return refuse(c, 400);
    if (wire_head_value(head, "Transfer-Encoding").len > 0)
        return refuse(c, 501);
    if (body_len > WIRE_BODY_MAX)
        return refuse(c, 413);
    size_t whole = head_len + end_mark.len + (size_t)body_len;
    while (c->in.len < whole)
        if (!receive(c))
            return false;
    head = bytes_first(buf_bytes(&c->in), head_len); /* it may have moved */
    bool closes =
        text_equal_nocase(wire_head_value(head, "Connection"), bytes_of_text("close"));
    (void)wire_head_request(head, &request);
    request.body = bytes_of(c->in.at + head_len + end_mark.len, (size_t)body_len);
    bool stays = handle(c, &request, closes);
    memmove(c->in.at, c->in.at + whole, c->in.len - whole);
    c->in.len -= whole;
    return stays;
}

/* ---- connections ----------------------------------------------------------------- */

/* What was received and not read would turn the close into a reset that takes the answer
 * with it; so the end is told first and the rest read away, for a moment. */
static void close_gently(struct connection *c)
{
    uint8_t rest[4096];

    if (shutdown(c->fd, SHUT_WR) == 0)
        for (int i = 0; i < 64 && wait_until(c, POLLIN, 1000) == READY; i++)
            if (recv(c->fd, rest, sizeof rest, MSG_DONTWAIT) <= 0)
                break;
    close(c->fd);
}

static void leave(struct wire *wire)
{
    pthread_mutex_lock(&wire->lock);
    if (--wire->connections == 0)
        pthread_cond_signal(&wire->all_gone);
    pthread_mutex_unlock(&wire->lock);
}

static void *serve_connection(void *given)
{
    struct connection *c = given;
    struct wire *wire = c->wire;
    struct linger at_once = { 0 };
    socklen_t len = sizeof at_once;

    while (one_request(c))
        continue;
    getsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, &len);
    if (at_once.l_onoff != 0)
        close(c->fd); /* a reset was ordered */
    else
        close_gently(c);
    buf_fini(&c->in);
    free(c);
    leave(wire);
    return NULL;
}

static bool spawn(struct wire *wire, struct connection *c)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_LEN);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&wire->lock);
    bool runs = wire->connections < WIRE_CONNECTIONS_MAX
                && pthread_create(&thread, &attributes, serve_connection, c) == 0;
    if (runs)
        wire->connections++;
    pthread_mutex_unlock(&wire->lock);
    pthread_attr_destroy(&attributes);
    return runs;
}

static void take_connection(struct wire *wire)
{
    const int yes = 1;
    int fd = accept4(wire->listener, NULL, NULL, SOCK_CLOEXEC);
    struct connection *c = fd < 0 ? NULL : malloc(sizeof *c);

    if (c != NULL) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        *c = (struct connection){ .wire = wire, .fd = fd };
        buf_init(&c->in, WIRE_HEAD_MAX + WIRE_BODY_MAX + 65536);
        if (spawn(wire, c))
            return;
    }
    free(c);
    if (fd >= 0)
        close(fd);
    else
        poll(NULL, 0, 10); /* out of descriptors: let some come back */
}

static void *accept_connections(void *given)
{
    struct wire *wire = given;
    struct pollfd fds[] = { { .fd = wire->listener, .events = POLLIN },
                            { .fd = wire->stopping, .events = POLLIN } };

    for (;;) {
        int ready = poll(fds, COUNT_OF(fds), -1);
        if (ready > 0 && fds[1].revents != 0)
            return NULL;
        if (ready > 0)
            take_connection(wire);
    }
}

/* ---- start and stop -------------------------------------------------------------- */

static void wire_free(struct wire *wire)
{
    if (wire->listener >= 0)
        close(wire->listener);
    if (wire->stopping >= 0)
        close(wire->stopping);
    pthread_mutex_destroy(&wire->lock);
    pthread_cond_destroy(&wire->all_gone);
    free(wire);
}

bool wire_start(const char *listen, const struct wire_handler *handler, struct wire **out,
                struct error *err)
{
    struct wire *wire = malloc(sizeof *wire);

    if (wire == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a listener");
    *wire = (struct wire){ .handler = *handler, .listener = -1 };
    wire->stopping = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&wire->lock, NULL);
    pthread_cond_init(&wire->all_gone, NULL);
    bool runs =
        wire->stopping >= 0 && wire_listen(listen, &wire->listener, wire->address, err);
    if (runs && pthread_create(&wire->acceptor, NULL, accept_connections, wire) != 0)
        runs = error_set(err, ERROR_SYSTEM, "no thread for a listener");
    if (!runs) {
        wire_free(wire);
        return false;
    }
    *out = wire;
    return true;
}

const char *wire_address(const struct wire *wire)
{
    return wire->address;
}

void wire_stop(struct wire *wire)
{
    if (wire == NULL)
        return;
    eventfd_write(wire->stopping, 1); /* nobody reads it: it stays readable */
    pthread_join(wire->acceptor, NULL);
    pthread_mutex_lock(&wire->lock);
    while (wire->connections > 0)
        pthread_cond_wait(&wire->all_gone, &wire->lock);
    pthread_mutex_unlock(&wire->lock);
    wire_free(wire);
}
