/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/service_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/buf.h"
#include "kit/text.h"
#include "net/http_client.h"

enum { ANSWER_MAX = 64 * 1024 * 1024, TOTAL_MS = 300000 };

static const char *socket_of(const struct service_address *address, char *room,
                             size_t room_len)
{
    if (address->socket != NULL)
        return address->socket;
    if (address->state == NULL)
        return SERVICE_SOCKET;
    snprintf(room, room_len, "%s/admin.sock", address->state);
    return room;
}

/* The service's refusal: {"error": {"code", "message", "remedy"}}. */
static bool refuse(unsigned status, const json_t *answer, struct error *err)
{
    const char *message = NULL, *remedy = NULL;

    if (answer != NULL
        && json_unpack((json_t *)(uintptr_t)answer, "{s:{s:s, s?s}}", "error", "message",
                       &message, "remedy", &remedy)
               == 0)
        return error_set(err, status == 404 ? ERROR_NOT_FOUND : ERROR_UNREACHABLE,
                         "%s%s%s", safe_string(message).s, remedy == NULL ? "" : ": ",
                         remedy == NULL ? "" : safe_string(remedy).s);
    return error_set(err, ERROR_UNREACHABLE, "the service answered %u", status);
}

static bool fetch(const char *socket, const char *path, struct bytes body,
                  unsigned *status, struct buf *out, struct error *err)
{
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    struct http_client_options options = { 0 };
    OWNED(http_client_close) struct http_client *client = NULL;
    char url[256];
    struct http_call call = {
        .method = body.at == NULL ? "GET" : "POST",
        .url = url,
        .unix_path = socket,
        .headers = headers,
        .body = body,
        .total_ms = TOTAL_MS,
        .body_max = ANSWER_MAX,
    };

    snprintf(url, sizeof url, "http://localhost%s", path);
    if (!http_client_create(&options, &client, err))
        return false;
    if (http_fetch(client, &call, status, out, err))
        return true;
    return error_within(err, "thimd at %s (is it running? --state or --socket say where)",
                        safe_string(socket).s);
}

bool service_ask(const struct service_address *address, const char *path,
                 const json_t *body, json_t **answer, struct error *err)
{
    char room[512];
    const char *socket = socket_of(address, room, sizeof room);
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    struct buf out;
    unsigned status = 0;

    *answer = NULL;
    if (body != NULL && text == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a request");
    buf_init(&out, ANSWER_MAX);
    bool well =
        fetch(socket, path, text == NULL ? (struct bytes){ 0 } : bytes_of_text(text),
              &status, &out, err);
    free(text);
    if (well) {
        *answer = json_loadb((const char *)out.at, out.len, JSON_REJECT_DUPLICATES, NULL);
        if (status != 200) {
            well = refuse(status, *answer, err);
            json_decref(*answer);
            *answer = NULL;
        } else if (*answer == NULL) {
            well = error_set(err, ERROR_FORMAT, "the service's answer is not JSON");
        }
    }
    buf_fini(&out);
    return well;
}
