/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "kit/text.h"

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

union any_address {
    struct sockaddr plain;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};

static bool address_read(const char *text, uint16_t port, union any_address *out,
                         socklen_t *len)
{
    char bare[INET6_ADDRSTRLEN];
    struct bytes in = bytes_of_text(text);

    if (in.len >= 2 && in.at[0] == '[' && in.at[in.len - 1] == ']')
        in = bytes_of(in.at + 1, in.len - 2);
    if (in.len >= sizeof bare)
        return false;
    memcpy(bare, in.at, in.len);
    bare[in.len] = 0;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, bare, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        *len = sizeof out->v4;
        return true;
    }
    if (inet_pton(AF_INET6, bare, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        *len = sizeof out->v6;
        return true;
    }
    return false;
}

static bool failed(int fd, const char *doing, struct error *err)
{
    error_set(err, ERROR_SYSTEM, "%s: %s", doing, strerror(errno));
    if (fd >= 0)
        close(fd);
    return false;
}

static uint16_t port_of(int fd)
{
    union any_address bound = { 0 };
    socklen_t len = sizeof bound;

    getsockname(fd, &bound.plain, &len);
    return ntohs(bound.plain.sa_family == AF_INET6 ? bound.v6.sin6_port
                                                   : bound.v4.sin_port);
}

bool http_listen_tcp(const char *address, uint16_t wanted_port, int *fd, uint16_t *port,
                     struct error *err)
{
    union any_address where;
    socklen_t len;
    int on = 1;

    if (!address_read(address, wanted_port, &where, &len))
        return error_set(err, ERROR_FORMAT, "listen address %s is not numeric",
                         safe_string(address).s);
    int made = socket(where.plain.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                      IPPROTO_TCP);
    if (made < 0)
        return failed(made, "make a socket", err);
    bool only_v6 = where.plain.sa_family == AF_INET6
                   && !IN6_IS_ADDR_UNSPECIFIED(&where.v6.sin6_addr);
    int v6_only = only_v6 ? 1 : 0;
    if (setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
        || (where.plain.sa_family == AF_INET6
            && setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) != 0)
        || bind(made, &where.plain, len) != 0 || listen(made, BACKLOG) != 0) {
        failed(made, "listen", err);
        return error_within(err, "address %s port %u", address, wanted_port);
    }
    *fd = made;
    *port = port_of(made);
    return true;
}

/* ---- unix ----------------------------------------------------------------------- */

static bool somebody_listens(const union any_address *where)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return true;
    bool dead =
        connect(fd, &where->plain, sizeof where->local) != 0 && errno == ECONNREFUSED;
    close(fd);
    return !dead;
}

static bool clear_the_way(const union any_address *where, struct error *err)
{
    struct stat there;
    const char *path = where->local.sun_path;

    if (lstat(path, &there) != 0)
        return true; /* bind will tell, if anything is the matter */
    if (!S_ISSOCK(there.st_mode))
        return error_set(err, ERROR_SYSTEM, "there is something else at that path");
    if (somebody_listens(where))
        return error_set(err, ERROR_SYSTEM, "another process listens there");
    if (unlink(path) != 0)
        return failed(-1, "remove the old socket", err);
    return true;
}

bool http_listen_unix(const char *path, int *fd, struct error *err)
{
    union any_address where = { .local = { .sun_family = AF_UNIX } };

    if (strlen(path) >= sizeof where.local.sun_path)
        return error_set(err, ERROR_LIMIT, "socket path is longer than %zu bytes: %s",
                         sizeof where.local.sun_path - 1, safe_string(path).s);
    memcpy(where.local.sun_path, path, strlen(path) + 1);
    if (!clear_the_way(&where, err))
        return error_within(err, "socket %s", safe_string(path).s);

    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0)
        return failed(made, "make a socket", err);
    /* the mode is set before listen, so that nobody gets in under the umask's */
    if (bind(made, &where.plain, sizeof where.local) != 0 || chmod(path, 0660) != 0
        || listen(made, BACKLOG) != 0) {
        failed(made, "listen", err);
        return error_within(err, "socket %s", safe_string(path).s);
    }
    *fd = made;
    return true;
}
