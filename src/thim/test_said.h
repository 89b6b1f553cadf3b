/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: what a command says, on standard output and error, and its exit status. */
#ifndef THIM_THIM_TEST_SAID_H
#define THIM_THIM_TEST_SAID_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/file.h"
#include "kit/test.h"

enum { SAID_WORDS_MAX = 16, SAID_BYTES_MAX = 1 << 20 };

struct said {
    int status;
    struct buf out, err;
};

static inline struct buf said_read(const char *path)
{
    struct error err = { 0 };
    struct buf out;

    buf_init(&out, SAID_BYTES_MAX);
    assert_ok(file_read(path, &out, &err), err);
    return out;
}

/* One of the two goes to a file meanwhile; what it went to before. */
static inline int said_divert(FILE *stream, int number, const char *path)
{
    fflush(stream);
    int before = dup(number), file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    assert_true(before >= 0 && file >= 0);
    dup2(file, number);
    close(file);
    return before;
}

static inline void said_restore(FILE *stream, int number, int before)
{
    fflush(stream);
    dup2(before, number);
    close(before);
}

/* words end with NULL. */
static inline struct said said_by(int (*command)(int argc, char **argv),
                                  const char *const *words)
{
    char *argv[SAID_WORDS_MAX] = { NULL }, *directory = test_directory();
    char out_path[512], err_path[512];
    struct said said = { 0 };
    int argc = 0;

    for (; words[argc] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    snprintf(out_path, sizeof out_path, "%s/out", directory);
    snprintf(err_path, sizeof err_path, "%s/err", directory);
    int out = said_divert(stdout, STDOUT_FILENO, out_path);
    int bad = said_divert(stderr, STDERR_FILENO, err_path);
    said.status = command(argc, argv);
    said_restore(stdout, STDOUT_FILENO, out);
    said_restore(stderr, STDERR_FILENO, bad);
    said.out = said_read(out_path);
    said.err = said_read(err_path);
    test_remove(directory);
    return said;
}
#define SAID_BY(command, ...) said_by(command, (const char *const[]){ __VA_ARGS__, NULL })

static inline void said_forget(struct said *said)
{
    buf_fini(&said->out);
    buf_fini(&said->err);
}

/* The status, and a part of what was said; then it is forgotten. */
static inline void assert_said(struct said said, int status, const char *in_out,
                               const char *in_err)
{
    if (said.status != status || strstr(buf_text(&said.out), in_out) == NULL
        || strstr(buf_text(&said.err), in_err) == NULL)
        fail_msg("%d, expected %d, \"%s\" and \"%s\":\n%s\n%s", said.status, status,
                 in_out, in_err, buf_text(&said.out), buf_text(&said.err));
    said_forget(&said);
}

#endif
