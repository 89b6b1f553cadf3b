/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/service_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/buf.h"
#include "kit/file.h"
#include "kit/text.h"

enum {
    ANSWER_MAX = 64 * 1024 * 1024,
    URL_MAX = 16 * 1024,
    SOCKET_MAX = 512,
    BASE_MAX = 1024,
    HEADER_MAX = 512,
    TOTAL_MS = 300000,
    TURN_MS = 60000,
};

struct service_session {
    struct http_client *client;
    char socket[SOCKET_MAX]; /* empty: as the URL says */
    char base[BASE_MAX];     /* what a path follows */
    const char *ca_file;     /* the address's */
    char token[HEADER_MAX];  /* a header; empty: none */
    unsigned running;
};

bool service_address_check(const struct service_address *address, struct error *err)
{
    if (address->url == NULL && (address->ca != NULL || address->token_file != NULL))
        return error_set(err, ERROR_FORMAT, "%s is of a --url",
                         address->ca != NULL ? "--ca" : "--token-file");
    if (address->url != NULL && (address->state != NULL || address->socket != NULL))
        return error_set(err, ERROR_FORMAT,
                         "--url, or --state and --socket: one service");
    return address->url == NULL || http_url_allowed(address->url, err)
           || error_within(err, "--url %s", safe_string(address->url).s);
}

static bool read_token(const char *path, char header[HEADER_MAX], struct error *err)
{
    struct buf token;

    buf_init(&token, HEADER_MAX / 2);
    bool well = file_read(path, &token, err);
    while (well && token.len > 0 && token.at[token.len - 1] <= ' ')
        token.len--;
    if (well && token.len == 0)
        well = error_set(err, ERROR_FORMAT, "there is no token in it");
    for (size_t i = 0; well && i < token.len; i++)
        if (token.at[i] <= ' ' || token.at[i] > '~')
            well = error_set(err, ERROR_FORMAT, "a token is one word");
    if (well)
        snprintf(header, HEADER_MAX, "Authorization: Bearer %.*s", (int)token.len,
                 (const char *)token.at);
    if (token.at != NULL)
        explicit_bzero(token.at, token.len);
    buf_fini(&token);
    return well || error_within(err, "--token-file %s", safe_string(path).s);
}

/* A slash at the URL's end is the path's first. */
static bool place_url(struct service_session *session,
                      const struct service_address *address, struct error *err)
{
    size_t len = strlen(address->url);

    while (len > 0 && address->url[len - 1] == '/')
        len--;
    if (len >= sizeof session->base)
        return error_set(err, ERROR_LIMIT, "the URL is too long");
    snprintf(session->base, sizeof session->base, "%.*s", (int)len, address->url);
    session->ca_file = address->ca;
    return address->token_file == NULL
           || read_token(address->token_file, session->token, err);
}

static bool place_socket(struct service_session *session,
                         const struct service_address *address, struct error *err)
{
    bool has_state = address->socket == NULL && address->state != NULL;
    const char *base = has_state                 ? address->state
                       : address->socket != NULL ? address->socket
                                                 : SERVICE_SOCKET;

    if (snprintf(session->socket, sizeof session->socket, "%s%s", base,
                 has_state ? "/admin.sock" : "")
        >= (int)sizeof session->socket)
        return error_set(err, ERROR_LIMIT, "the socket's path is too long");
    snprintf(session->base, sizeof session->base, "http://localhost");
    return true;
}

bool service_open(const struct service_address *address, struct service_session **out,
                  struct error *err)
{
    struct http_client_options options = { 0 };
    OWNED(service_close) struct service_session *session = calloc(1, sizeof *session);

    if (session == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a session");
    if (!service_address_check(address, err)
        || !(address->url != NULL ? place_url(session, address, err)
                                  : place_socket(session, address, err))
        || !http_client_create(&options, &session->client, err))
        return false;
    *out = TAKE(session);
    return true;
}

void service_close(struct service_session *session)
{
    if (session == NULL)
        return;
    http_client_close(session->client);
    explicit_bzero(session->token, sizeof session->token);
    free(session);
}

/* ---- replies -------------------------------------------------------------------- */

static enum error_kind kind_of(unsigned status)
{
    switch (status) {
    case 400:
    case 405:
    case 413:
    case 414:
        return ERROR_FORMAT;
    case 404:
        return ERROR_NOT_FOUND;
    case 409:
        return ERROR_STALE;
    default:
        return ERROR_UNREACHABLE;
    }
}

/* A 503 has no body; what it would say stands in a header. */
static void read_header(const struct http_answer *answer, struct error *why)
{
    struct bytes said = http_answer_header(answer, "THIM-Error-Message");

    if (said.len > 0)
        error_set(why, kind_of(answer->status), "%s", safe(said).s);
    else
        error_set(why, kind_of(answer->status), "the service answered %u",
                  answer->status);
}

/* The service's refusal: {"error": {"code", "message", "remedy"}}. */
static void read_refusal(const struct http_answer *answer, const json_t *json,
                         struct error *why)
{
    const char *message = NULL, *remedy = NULL;

    if (json == NULL
        || json_unpack((json_t *)(uintptr_t)json, "{s:{s:s, s?s}}", "error", "message",
                       &message, "remedy", &remedy)
               != 0)
        read_header(answer, why);
    else
        error_set(why, kind_of(answer->status), "%s%s%s", safe_string(message).s,
                  remedy == NULL ? "" : " ", remedy == NULL ? "" : safe_string(remedy).s);
}

struct waiting { /* one request, until it is answered */
    struct service_session *session;
    void *context;
    void (*done)(void *context, const struct service_reply *reply);
};

static void not_reached(const struct service_session *session,
                        const struct http_answer *answer, struct error *why)
{
    bool by_url = session->socket[0] == 0;

    error_set(why, answer->kind, "%s", answer->failure);
    error_within(why, "thimd at %s (is it running?%s)",
                 safe_string(by_url ? session->base : session->socket).s,
                 by_url ? "" : " --state or --socket say where");
}

static void told(void *waiting_, const struct http_answer *answer)
{
    struct waiting *waiting = waiting_;
    struct service_reply reply = { .status = answer->status, .body = answer->body };
    json_t *json = NULL;

    if (!answer->reached) {
        not_reached(waiting->session, answer, &reply.why);
    } else {
        json = json_loadb((const char *)answer->body.at, answer->body.len,
                          JSON_REJECT_DUPLICATES, NULL);
        reply.json = json;
        if (answer->status != 200)
            read_refusal(answer, json, &reply.why);
    }
    waiting->session->running--;
    waiting->done(waiting->context, &reply);
    json_decref(json);
    free(waiting);
}

/* ---- requests ------------------------------------------------------------------- */

bool service_begin(struct service_session *session, const struct service_request *request,
                   struct error *err)
{
    struct waiting *waiting = malloc(sizeof *waiting);
    char url[URL_MAX], type[HEADER_MAX];
    const char *headers[4] = { type, NULL };
    size_t header_count = 1;
    struct http_call call = {
        .method = request->method,
        .url = url,
        .unix_path = session->socket[0] != 0 ? session->socket : NULL,
        .ca_file = session->ca_file,
        .headers = headers,
        .body = request->body,
        .body_file = request->body_file,
        .total_ms = request->total_ms != 0 ? request->total_ms : TOTAL_MS,
        .body_max = ANSWER_MAX,
        .context = waiting,
        .done = told,
    };

    if (waiting == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a request");
    *waiting = (struct waiting){ .session = session,
                                 .context = request->context,
                                 .done = request->done };
    snprintf(type, sizeof type, "Content-Type: %s",
             request->content_type != NULL ? request->content_type : "application/json");
    if (request->header != NULL)
        headers[header_count++] = request->header;
    if (session->token[0] != 0)
        headers[header_count++] = session->token;
    bool well =
        snprintf(url, sizeof url, "%s%s", session->base, request->path) < (int)sizeof url
        || error_set(err, ERROR_LIMIT, "the request is too long");
    if (well && http_client_start(session->client, &call, err)) {
        session->running++;
        return true;
    }
    free(waiting);
    return false;
}

bool service_turn(struct service_session *session, unsigned *running, struct error *err)
{
    unsigned before = session->running;

    while (session->running == before && before > 0)
        if (!http_client_run(session->client, TURN_MS, running, err))
            return false;
    *running = session->running;
    return true;
}

/* ---- one request ---------------------------------------------------------------- */

struct single {
    json_t **answer;
    struct error *err;
    bool well;
};

static void single_told(void *single_, const struct service_reply *reply)
{
    struct single *single = single_;

    if (reply->why.kind != ERROR_NONE) {
        error_set(single->err, reply->why.kind, "%s", reply->why.text);
        return;
    }
    single->well =
        reply->json != NULL
        || error_set(single->err, ERROR_FORMAT, "the service's answer is not JSON");
    *single->answer = json_incref((json_t *)(uintptr_t)reply->json);
}

bool service_ask_with(const struct service_address *address,
                      const struct service_request *asked, json_t **answer,
                      struct error *err)
{
    OWNED(service_close) struct service_session *session = NULL;
    struct single single = { .answer = answer, .err = err };
    struct service_request request = *asked;
    unsigned running = 0;

    *answer = NULL;
    request.context = &single;
    request.done = single_told;
    return service_open(address, &session, err) && service_begin(session, &request, err)
           && service_turn(session, &running, err) && single.well;
}

bool service_ask(const struct service_address *address, const char *path,
                 const json_t *body, json_t **answer, struct error *err)
{
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    struct service_request request = { .method = body == NULL ? "GET" : "POST",
                                       .path = path };

    *answer = NULL;
    if (body != NULL && text == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a request");
    if (text != NULL)
        request.body = bytes_of_text(text);
    bool well = service_ask_with(address, &request, answer, err);
    free(text);
    return well;
}

bool service_order(const struct service_address *address, const char *method,
                   const char *path, json_t **answer, struct error *err)
{
    struct service_request request = { .method = method, .path = path };

    return service_ask_with(address, &request, answer, err);
}

enum exit_status service_exit_status(const struct error *err)
{
    switch (err->kind) {
    case ERROR_NOT_FOUND:
        return EXIT_NO;
    case ERROR_FORMAT:
    case ERROR_LIMIT:
        return EXIT_USAGE;
    case ERROR_NONE:
    case ERROR_UNTRUSTED:
    case ERROR_REVOKED:
    case ERROR_DENIED:
    case ERROR_STALE:
    case ERROR_UNREACHABLE:
    case ERROR_SYSTEM:
        break;
    }
    return EXIT_UNAVAILABLE;
}
