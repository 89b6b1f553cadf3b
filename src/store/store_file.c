/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/bytes.h"
#include "store/store_schema.h"

/* SQLite's file header ("Database File Format", 1.3). */
enum { HEADER_LEN = 100, HEADER_APPLICATION_ID_AT = 68 };
static const char header_magic[16] = "SQLite format 3";

#define ASIDE                                                                   \
    "nothing was changed; move it aside (with its -wal file) and start again: " \
    "collateral is fetched anew, but platforms have to be registered again"

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

bool store_paths_in(const char *directory, struct store_paths *out, struct error *err)
{
    const struct {
        char *at;
        const char *name;
    } names[] = {
        { out->database, "thim.db" },
        { out->journal, "thim.db-wal" },
        { out->making, "thim.db.new" },
        { out->lock, "thim.lock" },
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (snprintf(names[i].at, PATH_MAX, "%s/%s", directory, names[i].name)
            >= PATH_MAX - 16) /* SQLite puts names of its own behind */
            return error_set(err, ERROR_LIMIT, "the directory's name is too long");
    return true;
}

static bool locked_by_another(int fd, struct error *err)
{
    char pid[24] = "";
    ssize_t got = pread(fd, pid, sizeof pid - 1, 0);

    pid[got > 0 ? strspn(pid, "0123456789") : 0] = 0;
    return error_set(err, ERROR_SYSTEM,
                     "another process%s%s%s has it open: end that one, or name another "
                     "state directory",
                     pid[0] == 0 ? "" : ", pid ", pid, pid[0] == 0 ? "" : ",");
}

bool store_file_lock(const struct store_paths *paths, int *out, struct error *err)
{
    __attribute__((cleanup(close_fd))) int fd =
        open(paths->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    char pid[24];

    if (fd < 0)
        return error_set(err, ERROR_SYSTEM, "thim.lock can't be written: %s",
                         strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK
                   ? locked_by_another(fd, err)
                   : error_set(err, ERROR_SYSTEM, "lock: %s", strerror(errno));
    /* for the message above only: a full disk is no reason to stay away */
    int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)len, 0) != len)
        errno = 0;
    *out = fd;
    fd = -1;
    return true;
}

static bool read_header(const char *path, struct stat *info, uint8_t header[HEADER_LEN],
                        ssize_t *got, struct error *err)
{
    __attribute__((cleanup(close_fd))) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, info) != 0)
        return error_set(err, ERROR_SYSTEM, "thim.db can't be read: %s", strerror(errno));
    if (!S_ISREG(info->st_mode))
        return error_set(err, ERROR_FORMAT, "thim.db is not a file");
    *got = pread(fd, header, HEADER_LEN, 0);
    return *got >= 0
           || error_set(err, ERROR_SYSTEM, "thim.db can't be read: %s", strerror(errno));
}

static bool check_header(const struct store_paths *paths, struct error *err)
{
    uint8_t header[HEADER_LEN] = { 0 };
    struct stat info;
    ssize_t got = 0;

    if (!read_header(paths->database, &info, header, &got, err))
        return false;
    if (got < HEADER_LEN)
        return error_set(err, ERROR_FORMAT,
                         "thim.db was cut off after %lld bytes; " ASIDE,
                         (long long)info.st_size);
    if (memcmp(header, header_magic, sizeof header_magic) != 0)
        return error_set(err, ERROR_FORMAT, "thim.db is no SQLite database; " ASIDE);
    struct bytes id = bytes_of(header + HEADER_APPLICATION_ID_AT, 4);
    if (id.at[0] != 'T' || id.at[1] != 'H' || id.at[2] != 'I' || id.at[3] != 'M')
        return error_set(err, ERROR_FORMAT,
                         "thim.db is some other program's SQLite database (application "
                         "id %02x%02x%02x%02x); nothing was changed; name another state "
                         "directory",
                         id.at[0], id.at[1], id.at[2], id.at[3]);
    return true;
}

bool store_file_look(const struct store_paths *paths, bool *exists, struct error *err)
{
    struct stat info;

    *exists = lstat(paths->database, &info) == 0;
    if (*exists)
        return check_header(paths, err);
    if (errno != ENOENT)
        return error_set(err, ERROR_SYSTEM, "thim.db can't be reached: %s",
                         strerror(errno));
    if (lstat(paths->journal, &info) == 0 && info.st_size > 0)
        return error_set(err, ERROR_FORMAT,
                         "thim.db is missing but its journal thim.db-wal is there; "
                         "nothing was changed; bring thim.db back, or move thim.db-wal "
                         "aside too");
    return true;
}

bool store_file_begin(const struct store_paths *paths, struct error *err)
{
    static const char *const leftovers[] = { "", "-journal", "-wal", "-shm" };
    char path[PATH_MAX + 16];

    for (size_t i = 0; i < COUNT_OF(leftovers); i++) {
        snprintf(path, sizeof path, "%s%s", paths->making, leftovers[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return error_set(err, ERROR_SYSTEM,
                             "an unfinished thim.db.new can't be "
                             "removed: %s",
                             strerror(errno));
    }
    __attribute__((cleanup(close_fd))) int fd =
        open(paths->making, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd >= 0
           || error_set(err, ERROR_SYSTEM, "thim.db can't be made: %s", strerror(errno));
}

bool store_file_settle(const struct store_paths *paths, struct error *err)
{
    char directory[PATH_MAX];

    snprintf(directory, sizeof directory, "%s", paths->database);
    *strrchr(directory, '/') = 0;
    __attribute__((cleanup(close_fd))) int fd =
        open(directory[0] == 0 ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || rename(paths->making, paths->database) != 0 || fsync(fd) != 0)
        return error_set(err, ERROR_SYSTEM, "thim.db can't be put in its place: %s",
                         strerror(errno));
    return true;
}
