/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_door.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define OUT_OF_ROOM_MS 50 /* until the next try when descriptors or memory are out */

struct http_door {
    int listener, bell; /* the bell is rung once, to close */
    http_door_enter *enter;
    void *context;
    pthread_t keeper;
};

static bool is_rung(const struct http_door *door, int wait_ms)
{
    struct pollfd bell = { .fd = door->bell, .events = POLLIN };

    return poll(&bell, 1, wait_ms) > 0;
}

static bool is_out_of_room(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS;
}

/* False where nobody is waiting; what else can go wrong concerns one connection only
 * (it was reset before it was accepted), so the next is tried. */
static bool let_one_in(const struct http_door *door)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;

    memset(&address, 0, sizeof address);
    int fd = accept4(door->listener, (struct sockaddr *)&address, &len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        door->enter(door->context, fd, (const struct sockaddr *)&address, len);
        return true;
    }
    if (is_out_of_room(errno))
        return !is_rung(door, OUT_OF_ROOM_MS);
    return errno != EAGAIN && errno != EBADF && errno != EINVAL;
}

static void *keep(void *door_)
{
    const struct http_door *door = door_;
    struct pollfd both[] = { { .fd = door->listener, .events = POLLIN },
                             { .fd = door->bell, .events = POLLIN } };

    for (;;) {
        if (poll(both, COUNT_OF(both), -1) < 0 && errno != EINTR)
            return NULL;
        if (both[1].revents != 0)
            return NULL;
        while (let_one_in(door) && !is_rung(door, 0))
            ;
    }
}

static void door_free(struct http_door *door)
{
    if (door->bell >= 0)
        close(door->bell);
    close(door->listener);
    free(door);
}

bool http_door_open(int listener, http_door_enter *enter, void *context,
                    struct http_door **out, struct error *err)
{
    struct http_door *door = malloc(sizeof *door);

    if (door == NULL) {
        close(listener);
        return error_set(err, ERROR_SYSTEM, "no memory for a listener");
    }
    *door = (struct http_door){ .listener = listener,
                                .bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                                .enter = enter,
                                .context = context };
    if (door->bell < 0 || pthread_create(&door->keeper, NULL, keep, door) != 0) {
        door_free(door);
        return error_set(err, ERROR_SYSTEM, "no thread for a listener");
    }
    *out = door;
    return true;
}

void http_door_close(struct http_door *door)
{
    const uint64_t ring = 1;

    if (door == NULL)
        return;
    while (write(door->bell, &ring, sizeof ring) < 0 && errno == EINTR)
        ;
    pthread_join(door->keeper, NULL);
    door_free(door);
}
