/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/text.h"

enum { CHUNK = 64 * 1024 };

bool spool_open(struct spool *spool, uint64_t most, struct error *err)
{
    const char *place = getenv("TMPDIR");
    char path[4096];

    *spool = (struct spool){ .fd = -1, .most = most };
    if (place == NULL || place[0] != '/')
        place = "/var/tmp";
    if (snprintf(path, sizeof path, "%s/thim-XXXXXX", place) >= (int)sizeof path)
        return error_set(err, ERROR_LIMIT, "TMPDIR is too long");
    spool->fd = mkstemp(path);
    if (spool->fd < 0)
        return error_set(err, ERROR_SYSTEM, "no temporary file in %s: %s",
                         safe_string(place).s, strerror(errno));
    unlink(path);
    return true;
}

bool spool_add(struct spool *spool, struct bytes more, struct error *err)
{
    if (more.len > spool->most - spool->len)
        return error_set(err, ERROR_LIMIT, "more than %llu bytes",
                         (unsigned long long)spool->most);
    while (more.len > 0) {
        ssize_t put = write(spool->fd, more.at, more.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return error_set(err, ERROR_SYSTEM, "the temporary file: %s",
                             strerror(errno));
        spool->len += (uint64_t)put;
        more = bytes_after(more, (size_t)put);
    }
    return true;
}

bool spool_copy(struct spool *spool, int from, struct error *err)
{
    uint8_t chunk[CHUNK];

    for (;;) {
        ssize_t got = read(from, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ERROR_SYSTEM, "cannot be read: %s", strerror(errno));
        if (got == 0)
            return true;
        if (!spool_add(spool, bytes_of(chunk, (size_t)got), err))
            return false;
    }
}

void spool_close(struct spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd);
    spool->fd = -1;
}
