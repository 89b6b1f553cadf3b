/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_worker.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit/clock.h"

#define ACCEPTED_AT_ONCE \
    16                    /* then those that are in have their turn, and other threads */
#define OUT_OF_ROOM_MS 50 /* until the next try when descriptors or memory are out */

struct http_worker {
    struct http_worker_options options;
    int epoll;
    atomic_bool door_closed, stopping; /* the bell is rung after a change */
    int64_t accept_at_ms;              /* clock_real_ms; not before */
    pthread_t thread;
};

int http_bell_make(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void http_bell_ring(int bell)
{
    const uint64_t one = 1;

    while (write(bell, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static bool is_out_of_room(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS;
}

/* False where nobody is waiting, or there is no room for now. */
static bool let_one_in(struct http_worker *worker)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;

    memset(&address, 0, sizeof address);
    int fd = accept4(worker->options.listener, (struct sockaddr *)&address, &len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (is_out_of_room(errno))
            worker->accept_at_ms = clock_real_ms() + OUT_OF_ROOM_MS;
        /* what else can go wrong concerns one connection: it has gone already */
        return errno == ECONNABORTED || errno == EINTR || errno == EPROTO;
    }
    if (!worker->options.may_enter(worker->options.context))
        close(fd);
    else if (MHD_add_connection(worker->options.daemon, fd,
                                (const struct sockaddr *)&address, len)
             != MHD_YES) /* which closed it */
        return false;
    return true;
}

static void let_in(struct http_worker *worker)
{
    for (unsigned i = 0; i < ACCEPTED_AT_ONCE; i++)
        if (!let_one_in(worker))
            return;
}

/* Milliseconds until something is to be done without an event; -1: never. */
static int patience_ms(const struct http_worker *worker, bool is_accepting)
{
    unsigned long long wait_ms;

    if (MHD_get_timeout(worker->options.daemon, &wait_ms) == MHD_YES)
        return wait_ms > OUT_OF_ROOM_MS ? OUT_OF_ROOM_MS : (int)wait_ms;
    return is_accepting || atomic_load(&worker->door_closed) ? -1 : OUT_OF_ROOM_MS;
}

static void *work(void *worker_)
{
    struct http_worker *worker = worker_;
    struct pollfd all[] = { { .fd = worker->epoll, .events = POLLIN },
                            { .fd = worker->options.bell, .events = POLLIN },
                            { .fd = worker->options.listener, .events = POLLIN } };
    uint64_t rung;

    while (!atomic_load(&worker->stopping)) {
        bool is_accepting =
            !atomic_load(&worker->door_closed)
            && (worker->accept_at_ms == 0 || worker->accept_at_ms <= clock_real_ms());
        all[2].revents = 0;
        poll(all, is_accepting ? 3 : 2, patience_ms(worker, is_accepting));
        if (all[1].revents != 0)
            while (read(worker->options.bell, &rung, sizeof rung) < 0 && errno == EINTR)
                ;
        if (all[2].revents != 0 && !atomic_load(&worker->door_closed)) {
            worker->accept_at_ms = 0;
            let_in(worker);
        }
        MHD_run(worker->options.daemon);
    }
    return NULL;
}

/* ---- start and stop ------------------------------------------------------------- */

static void worker_free(struct http_worker *worker)
{
    MHD_stop_daemon(worker->options.daemon);
    free(worker);
}

bool http_worker_start(const struct http_worker_options *options,
                       struct http_worker **out, struct error *err)
{
    struct http_worker *worker = calloc(1, sizeof *worker);
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(options->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    if (worker == NULL) {
        MHD_stop_daemon(options->daemon);
        return error_set(err, ERROR_SYSTEM, "no memory for an HTTP thread");
    }
    worker->options = *options;
    worker->epoll = info->epoll_fd;
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
        worker_free(worker);
        return error_set(err, ERROR_SYSTEM, "no thread for HTTP");
    }
    *out = worker;
    return true;
}

void http_worker_close_door(struct http_worker *worker)
{
    if (worker == NULL)
        return;
    atomic_store(&worker->door_closed, true);
    http_bell_ring(worker->options.bell);
}

void http_worker_stop(struct http_worker *worker)
{
    if (worker == NULL)
        return;
    atomic_store(&worker->stopping, true);
    http_bell_ring(worker->options.bell);
    pthread_join(worker->thread, NULL);
    worker_free(worker);
}
