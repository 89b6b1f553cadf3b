/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/service_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/buf.h"
#include "kit/text.h"

enum {
    ANSWER_MAX = 64 * 1024 * 1024,
    URL_MAX = 16 * 1024,
    SOCKET_MAX = 512,
    TOTAL_MS = 300000,
    TURN_MS = 60000,
};

struct service_session {
    struct http_client *client;
    char socket[SOCKET_MAX];
    unsigned running;
};

bool service_open(const struct service_address *address, struct service_session **out,
                  struct error *err)
{
    struct http_client_options options = { 0 };
    OWNED(service_close) struct service_session *session = calloc(1, sizeof *session);
    bool has_state = address->socket == NULL && address->state != NULL;
    const char *base = has_state                 ? address->state
                       : address->socket != NULL ? address->socket
                                                 : SERVICE_SOCKET;

    if (session == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a session");
    if (snprintf(session->socket, sizeof session->socket, "%s%s", base,
                 has_state ? "/admin.sock" : "")
        >= (int)sizeof session->socket)
        return error_set(err, ERROR_LIMIT, "the socket's path is too long");
    if (!http_client_create(&options, &session->client, err))
        return false;
    *out = TAKE(session);
    return true;
}

void service_close(struct service_session *session)
{
    if (session == NULL)
        return;
    http_client_close(session->client);
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

static void told(void *waiting_, const struct http_answer *answer)
{
    struct waiting *waiting = waiting_;
    struct service_reply reply = { .status = answer->status, .body = answer->body };
    json_t *json = NULL;

    if (!answer->reached) {
        error_set(&reply.why, answer->kind, "%s", answer->failure);
        error_within(&reply.why,
                     "thimd at %s (is it running? --state or --socket say where)",
                     safe_string(waiting->session->socket).s);
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
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    struct waiting *waiting = malloc(sizeof *waiting);
    char url[URL_MAX];
    struct http_call call = {
        .method = request->method,
        .url = url,
        .unix_path = session->socket,
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
    bool well =
        snprintf(url, sizeof url, "http://localhost%s", request->path) < (int)sizeof url
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

static bool ask_once(const struct service_address *address,
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
    bool well = ask_once(address, &request, answer, err);
    free(text);
    return well;
}

bool service_order(const struct service_address *address, const char *method,
                   const char *path, json_t **answer, struct error *err)
{
    struct service_request request = { .method = method, .path = path };

    return ask_once(address, &request, answer, err);
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
