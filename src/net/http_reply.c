/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_reply.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kit/text.h"

/* The body lies behind the struct, once, for both responses. It outlives the handles: a
 * response that is being sent still reads it, so the memory has a count of its own. */
struct http_reply {
    atomic_uint handles;
    atomic_uint responses; /* libmicrohttpd's objects that look at the body */
    unsigned status;
    struct MHD_Response *open;
    _Atomic(struct MHD_Response *) closing;
    pthread_mutex_t making_closing;
    size_t body_len;
    uint8_t body[];
};

static void drop_body(void *reply_of_body)
{
    struct http_reply *reply = reply_of_body;

    if (atomic_fetch_sub(&reply->responses, 1) == 1) {
        pthread_mutex_destroy(&reply->making_closing);
        free(reply);
    }
}

static struct MHD_Response *response_over_body(struct http_reply *reply)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback_cls(
            reply->body_len, reply->body, drop_body, reply);

    if (response != NULL)
        atomic_fetch_add(&reply->responses, 1);
    return response;
}

static bool is_ours_to_send(const char *name)
{
    static const char *const names[] = { "Content-Length", "Connection",
                                         "Transfer-Encoding", "Keep-Alive" };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equal_nocase(bytes_of_text(name), bytes_of_text(names[i])))
            return true;
    return false;
}

static bool add_header(struct MHD_Response *response, const struct http_header *header,
                       struct error *err)
{
    if (header->value == NULL || *header->value == 0)
        return error_set(err, ERROR_FORMAT, "header %s has no value",
                         safe_string(header->name).s);
    if (is_ours_to_send(header->name))
        return error_set(err, ERROR_FORMAT, "header %s is the server's to send",
                         header->name);
    /* refuses names with white space and values with CR or LF */
    if (MHD_add_response_header(response, header->name, header->value) != MHD_YES)
        return error_set(err, ERROR_FORMAT, "header %s: %s cannot be sent",
                         safe_string(header->name).s, safe_string(header->value).s);
    return true;
}

static bool fill(struct http_reply *reply, const struct http_header *headers,
                 size_t header_count, struct error *err)
{
    if (reply->open == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a response");
    for (size_t i = 0; i < header_count; i++)
        if (!add_header(reply->open, &headers[i], err))
            return false;
    return true;
}

bool http_reply_create(unsigned status, const struct http_header *headers,
                       size_t header_count, struct bytes body, struct http_reply **out,
                       struct error *err)
{
    if (status < 200 || status > 599)
        return error_set(err, ERROR_FORMAT, "no reply has status %u", status);
    if (status == 503 && body.len > 0)
        return error_set(err, ERROR_FORMAT, "a 503 must have no body");

    struct http_reply *reply = malloc(sizeof *reply + body.len);
    if (reply == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a reply of %zu bytes",
                         body.len);
    *reply = (struct http_reply){ .status = status, .body_len = body.len };
    atomic_init(&reply->handles, 1);
    atomic_init(&reply->responses, 0);
    atomic_init(&reply->closing, NULL);
    pthread_mutex_init(&reply->making_closing, NULL);
    if (body.len > 0)
        memcpy(reply->body, body.at, body.len);
    reply->open = response_over_body(reply);
    if (!fill(reply, headers, header_count, err)) {
        if (reply->open != NULL)
            MHD_destroy_response(reply->open); /* frees the reply with it */
        else
            free(reply);
        return error_within(err, "reply with status %u", status);
    }
    *out = reply;
    return true;
}

struct http_reply *http_reply_hold(struct http_reply *reply)
{
    atomic_fetch_add_explicit(&reply->handles, 1, memory_order_relaxed);
    return reply;
}

void http_reply_release(struct http_reply *reply)
{
    if (reply == NULL || atomic_fetch_sub(&reply->handles, 1) != 1)
        return;
    struct MHD_Response *closing = atomic_load(&reply->closing);
    if (closing != NULL)
        MHD_destroy_response(closing);
    MHD_destroy_response(reply->open); /* the last one out frees the reply */
}

unsigned http_reply_status(const struct http_reply *reply)
{
    return reply->status;
}

size_t http_reply_body_len(const struct http_reply *reply)
{
    return reply->body_len;
}

static enum MHD_Result copy_header(void *response, enum MHD_ValueKind kind,
                                   const char *name, const char *value)
{
    (void)kind;
    return MHD_add_response_header(response, name, value);
}

static struct MHD_Response *make_closing(struct http_reply *reply)
{
    struct MHD_Response *made = response_over_body(reply);

    if (made == NULL)
        return NULL;
    MHD_get_response_headers(reply->open, copy_header, made);
    if (MHD_add_response_header(made, MHD_HTTP_HEADER_CONNECTION, "close") != MHD_YES) {
        MHD_destroy_response(made);
        return NULL;
    }
    return made;
}

struct MHD_Response *http_reply_response(struct http_reply *reply, bool closing)
{
    if (!closing)
        return reply->open;
    struct MHD_Response *ready = atomic_load(&reply->closing);
    if (ready != NULL)
        return ready;
    pthread_mutex_lock(&reply->making_closing);
    ready = atomic_load(&reply->closing);
    if (ready == NULL) {
        ready = make_closing(reply);
        atomic_store(&reply->closing, ready);
    }
    pthread_mutex_unlock(&reply->making_closing);
    return ready;
}
