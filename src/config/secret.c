/* SPDX-License-Identifier: Apache-2.0 */
#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/bytes.h"
#include "kit/text.h"

#define NOT_OTHERS (S_IROTH | S_IWOTH)

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* A group may read it: that is how it is given to the service's user. Of what is open,
 * not of the path, which could have become another file meanwhile. */
static bool check_file(int fd, const char *path, struct error *err)
{
    struct stat info;

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return error_set(err, ERROR_FORMAT, "%s is no file", safe_string(path).s);
    if ((info.st_mode & NOT_OTHERS) != 0)
        return error_set(err, ERROR_UNTRUSTED,
                         "%s may be read or written by everyone (mode %04o): take that "
                         "away, and the secret is better replaced. Try: chmod 640 %s",
                         safe_string(path).s, (unsigned)info.st_mode & 07777,
                         safe_string(path).s);
    return true;
}

/* One byte more than fits tells that there is more. */
static bool read_line(int fd, char out[SECRET_ROOM + 1], size_t *len, struct error *err)
{
    *len = 0;
    while (*len < SECRET_ROOM + 1) {
        ssize_t got = read(fd, out + *len, SECRET_ROOM + 1 - *len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ERROR_SYSTEM, "read: %s", strerror(errno));
        if (got == 0)
            break;
        *len += (size_t)got;
    }
    return true;
}

/* "\n" or "\r\n" is the line's end; anything but printable ASCII is no secret that can
 * stand in a header. */
static bool judge_line(struct bytes text, size_t *line_len, struct error *err)
{
    if (text.len > 0 && text.at[text.len - 1] == '\n')
        text.len--;
    if (text.len > 0 && text.at[text.len - 1] == '\r')
        text.len--;
    if (text.len == 0)
        return error_set(err, ERROR_FORMAT, "is empty");
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\n')
            return error_set(err, ERROR_FORMAT, "has more than one line");
        if (text.at[i] <= 0x20 || text.at[i] >= 0x7f)
            return error_set(err, ERROR_FORMAT,
                             "has a byte in it that is not printable ASCII, or a space");
    }
    if (text.len >= SECRET_ROOM)
        return error_set(err, ERROR_LIMIT, "is longer than %d characters",
                         SECRET_ROOM - 1);
    *line_len = text.len;
    return true;
}

bool secret_file_read(const char *path, char out[SECRET_ROOM], struct error *err)
{
    __attribute__((cleanup(close_fd))) int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char text[SECRET_ROOM + 1];
    size_t len;

    if (fd < 0)
        return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM,
                         "open %s: %s", safe_string(path).s, strerror(errno));
    if (!check_file(fd, path, err))
        return false;
    bool is_fine =
        read_line(fd, text, &len, err) && judge_line(bytes_of(text, len), &len, err);
    if (is_fine) {
        memcpy(out, text, len);
        out[len] = 0;
    }
    explicit_bzero(text, sizeof text);
    return is_fine || error_within(err, "%s", safe_string(path).s);
}
