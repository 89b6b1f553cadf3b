/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's writes, one of which is the last: the process is killed in the middle of it,
 * or it is refused for want of room. For *_test.c of the store only. */
#ifndef THIM_STORE_TEST_FATE_H
#define THIM_STORE_TEST_FATE_H

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include "kit/base.h"

static struct {
    long left;   /* so many calls go well, then: */
    bool deadly; /* kill -9 in the middle of one, or refuse it for want of room */
    long refused;
} fate = { .left = -1 };

static inline bool is_the_one(void)
{
    return fate.left >= 0 && fate.left-- == 0;
}

static inline int refuse(void)
{
    if (fate.deadly)
        kill(getpid(), SIGKILL);
    fate.refused++;
    errno = ENOSPC;
    return -1;
}

static inline ssize_t fated_write(int fd, const void *at, size_t len)
{
    if (!is_the_one())
        return write(fd, at, len);
    /* torn: half of it gets there */
    return fate.deadly && write(fd, at, len / 2) < 0 ? -1 : refuse();
}

static inline ssize_t fated_pwrite(int fd, const void *at, size_t len, off_t offset)
{
    if (!is_the_one())
        return pwrite(fd, at, len, offset);
    return fate.deadly && pwrite(fd, at, len / 2, offset) < 0 ? -1 : refuse();
}

static inline int fated_ftruncate(int fd, off_t len)
{
    return is_the_one() ? refuse() : ftruncate(fd, len);
}

static inline int fated_unlink(const char *path)
{
    return is_the_one() ? refuse() : unlink(path);
}

static inline void set_fate(bool on)
{
    const struct {
        const char *name;
        sqlite3_syscall_ptr call;
    } calls[] = {
        { "write", (sqlite3_syscall_ptr)fated_write },
        { "pwrite", (sqlite3_syscall_ptr)fated_pwrite },
        { "pwrite64", (sqlite3_syscall_ptr)fated_pwrite },
        { "ftruncate", (sqlite3_syscall_ptr)fated_ftruncate },
        { "unlink", (sqlite3_syscall_ptr)fated_unlink },
    };
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

    for (size_t i = 0; i < COUNT_OF(calls); i++)
        vfs->xSetSystemCall(vfs, calls[i].name, on ? calls[i].call : NULL);
}

#endif
