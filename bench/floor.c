/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of `make bench`: a bare epoll loop that answers every request with the same
 * bytes and does nothing else. What it costs is the kernel's share, which no server on
 * this machine gets below.
 *
 *   floor PORT FILE    FILE holds a whole HTTP response, head and body
 *
 * Not a server: it believes that one read brings one request. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { RESPONSE_MAX = 1 << 20, EVENTS_MAX = 256 };

static char response[RESPONSE_MAX];

static size_t read_response(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t len = file == NULL ? 0 : fread(response, 1, sizeof response, file);

    if (file != NULL)
        fclose(file);
    return len;
}

static int listen_on(uint16_t port)
{
    int one = 1, socket_fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    setsockopt(socket_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(socket_fd, (struct sockaddr *)&address, sizeof address) != 0
        || listen(socket_fd, 1024) != 0)
        return -1;
    return socket_fd;
}

static void take_connection(int epoll, int listener)
{
    int one = 1, connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = connection };

    if (connection < 0)
        return;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(epoll, EPOLL_CTL_ADD, connection, &event);
}

static void answer(int connection, size_t response_len)
{
    char request[16384];
    ssize_t got = read(connection, request, sizeof request);

    if (got <= 0) {
        close(connection);
        return;
    }
    for (size_t sent = 0; sent < response_len;) {
        ssize_t put = write(connection, response + sent, response_len - sent);
        if (put <= 0)
            break;
        sent += (size_t)put;
    }
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS_MAX];

    if (argc != 3)
        return 2;
    size_t response_len = read_response(argv[2]);
    int listener = listen_on((uint16_t)atoi(argv[1])), epoll = epoll_create1(0);
    struct epoll_event own = { .events = EPOLLIN, .data.fd = listener };

    if (response_len == 0 || listener < 0
        || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &own) != 0)
        return 3;
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                take_connection(epoll, listener);
            else
                answer(events[i].data.fd, response_len);
        }
    }
}
