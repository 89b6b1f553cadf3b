/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: a client that says exactly what it is told to say, over a real
 * socket, and reads one answer at a time. */
#ifndef THIM_SERVE_TEST_HTTP_H
#define THIM_SERVE_TEST_HTTP_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kit/test.h"
#include "kit/text.h"

enum { TEST_ANSWER_MAX = 1024 * 1024, TEST_PATIENCE_S = 20 };

struct test_answer {
    unsigned status;
    struct buf text;   /* all of it */
    struct bytes body; /* in text */
};

static inline void test_be_patient(int fd)
{
    struct timeval patience = { .tv_sec = TEST_PATIENCE_S };

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static inline int test_connect(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        abort(); /* also called by threads, where cmocka must not fail */
    test_be_patient(fd);
    return fd;
}

static inline int test_connect_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%.107s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        abort();
    test_be_patient(fd);
    return fd;
}

static inline void test_say(int fd, const char *text)
{
    for (size_t len = strlen(text); len > 0;) {
        ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* refused halfway: the answer says why */
        text += sent;
        len -= (size_t)sent;
    }
}

/* The value of a header, "" where it is absent; in storage of the thread. */
static inline const char *test_header(const struct test_answer *answer, const char *name)
{
    static _Thread_local char value[TEST_ANSWER_MAX / 8];
    char line[128];

    snprintf(line, sizeof line, "\r\n%s: ", name);
    const char *at = strcasestr(buf_text(&answer->text), line);
    if (at == NULL)
        return "";
    at += strlen(line);
    snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
    return value;
}

/* Reads one answer; of HEAD and 304 the head alone. */
static inline struct test_answer test_hear(int fd, bool head_only)
{
    struct test_answer answer = { 0 };
    size_t head_len = 0, body_len = 0;
    char part[4096];

    buf_init(&answer.text, TEST_ANSWER_MAX);
    while (head_len == 0 || answer.text.len < head_len + body_len) {
        size_t wanted = head_len == 0 ? 1 : head_len + body_len - answer.text.len;
        ssize_t got = recv(fd, part, wanted < sizeof part ? wanted : sizeof part, 0);
        if (got <= 0)
            break;
        buf_add(&answer.text, bytes_of(part, (size_t)got));
        if (head_len > 0 || answer.text.len < 4
            || memcmp(answer.text.at + answer.text.len - 4, "\r\n\r\n", 4) != 0)
            continue;
        head_len = answer.text.len;
        sscanf(buf_text(&answer.text), "HTTP/1.1 %u", &answer.status);
        if (!head_only && answer.status != 304)
            body_len = (size_t)atol(test_header(&answer, "Content-Length"));
    }
    answer.body = bytes_after(buf_bytes(&answer.text), head_len);
    return answer;
}

static inline void test_forget(struct test_answer *answer)
{
    buf_fini(&answer->text);
}

/* One request on a connection of its own; more: further header lines, each with CRLF. */
static inline struct test_answer test_ask(uint16_t port, const char *method,
                                          const char *target, const char *more)
{
    char request[16 * 1024];
    int fd = test_connect(port);

    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: thim\r\n%s\r\n", method,
             target, more);
    test_say(fd, request);
    struct test_answer answer = test_hear(fd, strcmp(method, "HEAD") == 0);
    close(fd);
    return answer;
}

#endif
