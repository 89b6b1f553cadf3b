/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/text.h"

static void close_fd(int *fd)
{
    if (*fd > STDERR_FILENO)
        close(*fd);
}

static bool refused(struct error *err, const char *doing, const char *path)
{
    enum error_kind kind = errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM;

    return error_set(err, kind, "%s %s: %s", doing, safe_string(path).s, strerror(errno));
}

bool file_read(const char *path, struct buf *out, struct error *err)
{
    __attribute__((cleanup(close_fd))) int fd =
        strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    uint8_t chunk[16384];

    if (fd < 0)
        return refused(err, "open", path);
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refused(err, "read", path);
        if (got == 0)
            return true;
        buf_add(out, bytes_of(chunk, (size_t)got));
        if (out->failed)
            return error_set(err, ERROR_LIMIT, "%s is larger than %zu bytes",
                             safe_string(path).s, out->ceiling);
    }
}

static bool write_all(int fd, struct bytes content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.at, content.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        content = bytes_after(content, (size_t)put);
    }
    return true;
}

static bool sync_directory_of(const char *path)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);

    snprintf(directory, sizeof directory, "%.*s", (int)len, path);
    __attribute__((cleanup(close_fd))) int fd = open(slash == NULL ? "."
                                                     : len == 0    ? "/"
                                                                   : directory,
                                                     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0;
}

bool file_write(const char *path, struct bytes content, unsigned mode, struct error *err)
{
    char beside[PATH_MAX];

    if (snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= (int)sizeof beside)
        return error_set(err, ERROR_LIMIT, "path is too long: %s", safe_string(path).s);
    __attribute__((cleanup(close_fd))) int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return refused(err, "create", beside);
    if (fchmod(fd, (mode_t)mode) != 0 || !write_all(fd, content) || fsync(fd) != 0
        || rename(beside, path) != 0 || !sync_directory_of(path)) {
        refused(err, "write", path);
        unlink(beside);
        return false;
    }
    return true;
}

/* What is there already stays as it is, if it is a directory. */
static bool make_one_directory(const char *path, mode_t mode)
{
    struct stat info;

    if (mkdir(path, mode) == 0)
        return chmod(path, mode) == 0; /* mkdir heeds the umask */
    if (errno != EEXIST || stat(path, &info) != 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(info.st_mode);
}

bool file_make_directory(const char *path, unsigned mode, struct error *err)
{
    char partial[PATH_MAX];

    if (snprintf(partial, sizeof partial, "%s/", path) >= (int)sizeof partial)
        return error_set(err, ERROR_LIMIT, "path is too long: %s", safe_string(path).s);
    for (char *slash = strchr(partial + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (!make_one_directory(partial, (mode_t)mode))
            return refused(err, "make directory", partial);
        *slash = '/';
    }
    return true;
}
