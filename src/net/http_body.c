/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kit/log.h"
#include "kit/text.h"

#define OVERFLOW_MAX 1048576 /* bytes read past a body's limit to say 413 politely */
#define FILE_MODE 0600

/* ---- where large bodies are ----------------------------------------------------- */

/* No two of one process have the same name; what a dead one of the same number left
 * behind in the moment that a name lasts is taken away first. */
static int make_named_file(struct http_spool *spool)
{
    char name[64];

    snprintf(name, sizeof name, ".body-%ld-%llu", (long)getpid(),
             (unsigned long long)atomic_fetch_add(&spool->serial, 1));
    unlinkat(spool->directory, name, 0);
    int file =
        openat(spool->directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (file >= 0)
        unlinkat(spool->directory, name, 0);
    return file;
}

static int make_file(struct http_spool *spool)
{
    if (spool->is_unnamed)
        return openat(spool->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, FILE_MODE);
    return make_named_file(spool);
}

static bool try_file(struct http_spool *spool)
{
    int file = make_file(spool);

    if (file < 0)
        return false;
    close(file);
    return true;
}

bool http_spool_open(struct http_spool *spool, const char *path, size_t limit,
                     struct error *err)
{
    *spool = (struct http_spool){ .directory = -1, .limit = limit };
    if (path == NULL)
        return true;
    spool->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spool->directory < 0)
        return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM,
                         "directory for large bodies %s: %s", safe_string(path).s,
                         strerror(errno));
    spool->is_unnamed = true;
    if (try_file(spool))
        return true;
    spool->is_unnamed = false; /* as NFS and others need it */
    if (try_file(spool))
        return true;
    error_set(err, ERROR_SYSTEM, "directory for large bodies %s: no file can be made: %s",
              safe_string(path).s, strerror(errno));
    http_spool_close(spool);
    return false;
}

void http_spool_close(struct http_spool *spool)
{
    if (spool->directory >= 0)
        close(spool->directory);
    spool->directory = -1;
}

/* ---- one body ------------------------------------------------------------------- */

void http_body_init(struct http_body *body)
{
    *body = (struct http_body){ .file = -1 };
}

static bool claim(struct http_body *body, size_t more)
{
    struct http_spool *spool = body->spool;
    size_t claimed = atomic_load(&spool->claimed);

    do {
        if (more > spool->limit - claimed)
            return false;
    } while (!atomic_compare_exchange_weak(&spool->claimed, &claimed, claimed + more));
    body->claimed += more;
    return true;
}

static enum http_refusal failed(const char *doing)
{
    log_event(LOG_ERROR, "net", "large body not kept why=\"%s: %s\"", doing,
              strerror(errno));
    return HTTP_SPOOL_FAILED;
}

/* Where the file system can, room for the announced length is taken now: a disk that is
 * full is then found out before the body is sent. */
static enum http_refusal open_file(struct http_body *body, size_t announced)
{
    if (!claim(body, announced))
        return HTTP_SPOOL_FULL;
    body->file = make_file(body->spool);
    if (body->file < 0)
        return failed("make a file");
    if (announced > 0 && fallocate(body->file, 0, 0, (off_t)announced) != 0
        && errno != EOPNOTSUPP && errno != ENOSYS && errno != EINTR)
        return failed("take room");
    return HTTP_FINE;
}

static enum http_refusal make_ready(struct http_body *body,
                                    const struct http_body_plan *plan)
{
    if (body->limit == 0 || plan->len > body->limit)
        return HTTP_BODY_LARGE;
    if (plan->len > HTTP_BODY_IN_MEMORY)
        return open_file(body, plan->len);
    return HTTP_FINE;
}

enum http_refusal http_body_begin(struct http_body *body, struct http_spool *spool,
                                  size_t limit, const struct http_body_plan *plan)
{
    body->spool = spool;
    body->limit = limit;
    if (spool->directory < 0 && limit > HTTP_BODY_IN_MEMORY)
        body->limit = HTTP_BODY_IN_MEMORY;
    buf_init(&body->small, HTTP_BODY_IN_MEMORY);
    body->refusal = make_ready(body, plan);
    return body->refusal;
}

static enum http_refusal write_part(struct http_body *body, struct bytes part)
{
    if (body->len + part.len > body->claimed
        && !claim(body, body->len + part.len - body->claimed))
        return HTTP_SPOOL_FULL;
    while (part.len > 0) {
        ssize_t put = write(body->file, part.at, part.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return failed("write");
        body->len += (size_t)put;
        part = bytes_after(part, (size_t)put);
    }
    return HTTP_FINE;
}

/* What came before it was known to be large goes first. */
static enum http_refusal move_to_file(struct http_body *body)
{
    enum http_refusal refusal = open_file(body, 0);

    if (refusal != HTTP_FINE)
        return refusal;
    body->len = 0;
    refusal = write_part(body, buf_bytes(&body->small));
    buf_fini(&body->small);
    return refusal;
}

static enum http_refusal keep(struct http_body *body, struct bytes part)
{
    if (part.len > body->limit - body->len)
        return HTTP_BODY_LARGE;
    if (body->file < 0 && part.len > HTTP_BODY_IN_MEMORY - body->len) {
        enum http_refusal refusal = move_to_file(body);
        if (refusal != HTTP_FINE)
            return refusal;
    }
    if (body->file >= 0)
        return write_part(body, part);
    buf_add(&body->small, part);
    body->len = body->small.len;
    return body->small.failed ? HTTP_FAILED : HTTP_FINE;
}

static void give_back(struct http_body *body)
{
    if (body->view != NULL)
        munmap(body->view, body->len);
    body->view = NULL;
    if (body->file >= 0)
        close(body->file);
    body->file = -1;
    if (body->claimed > 0)
        atomic_fetch_sub(&body->spool->claimed, body->claimed);
    body->claimed = body->len = 0;
    buf_fini(&body->small);
}

bool http_body_add(struct http_body *body, struct bytes part)
{
    body->came += part.len;
    if (body->refusal == HTTP_FINE) {
        body->refusal = keep(body, part);
        if (body->refusal != HTTP_FINE)
            give_back(body);
    }
    return body->came <= body->limit + OVERFLOW_MAX;
}

enum http_refusal http_body_finish(struct http_body *body)
{
    if (body->refusal != HTTP_FINE || body->file < 0)
        return body->refusal;
    void *view = mmap(NULL, body->len, PROT_READ, MAP_PRIVATE, body->file, 0);
    if (view == MAP_FAILED) {
        body->refusal = failed("map");
        give_back(body);
    } else {
        body->view = view;
    }
    return body->refusal;
}

struct bytes http_body_bytes(const struct http_body *body)
{
    return body->view != NULL ? bytes_of(body->view, body->len) : buf_bytes(&body->small);
}

void http_body_end(struct http_body *body)
{
    give_back(body);
    http_body_init(body);
}

struct http_body *http_body_take(struct http_body *body)
{
    struct http_body *taken = malloc(sizeof *taken);

    if (taken == NULL)
        return NULL;
    *taken = *body;
    if (taken->claimed > 0)
        atomic_fetch_sub(&taken->spool->claimed, taken->claimed);
    taken->claimed = 0;
    taken->spool = NULL;
    http_body_init(body);
    return taken;
}

void http_body_free(struct http_body *taken)
{
    if (taken == NULL)
        return;
    http_body_end(taken);
    free(taken);
}
