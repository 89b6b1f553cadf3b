/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/wire_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit/text.h"

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* "127.0.0.1:8081" or "[::1]:8081", loopback only. */
static bool read_address(const char *text, union any_address *out, socklen_t *len,
                         struct error *err)
{
    const char *colon = strrchr(text, ':');
    size_t host_len = colon == NULL ? 0 : (size_t)(colon - text);
    char host[64] = "";
    uint64_t port = 0;

    *out = (union any_address){ .v6 = { 0 } };
    if (colon == NULL || host_len >= sizeof host
        || !decimal_read(bytes_of_text(colon + 1), 65535, &port))
        return error_set(err, ERROR_FORMAT, "%s: expected ADDRESS:PORT",
                         safe_string(text).s);
    bool is_bracketed = host_len > 2 && text[0] == '[' && text[host_len - 1] == ']';
    memcpy(host, is_bracketed ? text + 1 : text, is_bracketed ? host_len - 2 : host_len);
    if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1
        && ntohl(out->v4.sin_addr.s_addr) >> 24 == 127) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
        *len = sizeof out->v4;
        return true;
    }
    if (is_bracketed && inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1
        && IN6_IS_ADDR_LOOPBACK(&out->v6.sin6_addr)) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
        *len = sizeof out->v6;
        return true;
    }
    return error_set(err, ERROR_FORMAT, "%s is not a loopback address",
                     safe_string(text).s);
}

/* Where it came to listen, which port 0 leaves to the machine. */
static void write_address(int listener, char *out, size_t room)
{
    union any_address bound = { .v6 = { 0 } };
    socklen_t len = sizeof bound;

    getsockname(listener, &bound.any, &len);
    if (bound.any.sa_family == AF_INET) {
        char host[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &bound.v4.sin_addr, host, sizeof host);
        snprintf(out, room, "%s:%u", host, ntohs(bound.v4.sin_port));
    } else {
        snprintf(out, room, "[::1]:%u", ntohs(bound.v6.sin6_port));
    }
}

bool wire_listen(const char *text, int *out, char bound[WIRE_ADDRESS_LEN],
                 struct error *err)
{
    union any_address address;
    socklen_t len = 0;
    const int yes = 1;

    if (!read_address(text, &address, &len, err))
        return false;
    int listener = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0
        || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0
        || bind(listener, &address.any, len) != 0 || listen(listener, SOMAXCONN) != 0) {
        error_set(err, ERROR_SYSTEM, "listen at %s: %s", safe_string(text).s,
                  strerror(errno));
        if (listener >= 0)
            close(listener);
        return false;
    }
    write_address(listener, bound, WIRE_ADDRESS_LEN);
    *out = listener;
    return true;
}
