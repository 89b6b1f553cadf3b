/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_json.h"

#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"

/* ---- objects -------------------------------------------------------------------- */

struct object object_begin(void)
{
    json_t *json = json_object();

    return (struct object){ .json = json, .failed = json == NULL };
}

json_t *object_end(struct object *object)
{
    if (!object->failed)
        return object->json;
    json_decref(object->json);
    return NULL;
}

void object_put(struct object *object, const char *name, json_t *value)
{
    if (json_object_set_new(object->json, name, value) != 0)
        object->failed = true;
}

void object_put_text(struct object *object, const char *name, const char *text)
{
    object_put(object, name, json_string(text));
}

void object_put_number(struct object *object, const char *name, int64_t number)
{
    object_put(object, name, json_integer(number));
}

void object_put_flag(struct object *object, const char *name, bool flag)
{
    object_put(object, name, json_boolean(flag));
}

void object_put_time(struct object *object, const char *name, int64_t seconds)
{
    object_put(object, name, seconds == 0 ? json_null() : json_string(utc(seconds).s));
}

/* ---- replies -------------------------------------------------------------------- */

struct http_reply *control_json_reply(unsigned status, json_t *json,
                                      const struct http_header *extra,
                                      const struct request_id *id)
{
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    struct http_header headers[4] = { { "Request-ID", id->s },
                                      { "Cache-Control", "no-store" } };
    struct http_reply *reply = NULL;
    size_t count = 2;
    struct error err = { 0 };

    json_decref(json);
    if (status != 503)
        headers[count++] = (struct http_header){ "Content-Type", "application/json" };
    if (extra != NULL)
        headers[count++] = *extra;
    struct bytes body =
        text == NULL || status == 503 ? (struct bytes){ 0 } : bytes_of_text(text);
    if (text == NULL || !http_reply_create(status, headers, count, body, &reply, &err))
        log_event(LOG_ERROR, "control", "reply=%u why=\"%s\"", status,
                  text == NULL ? "no memory" : err.text);
    free(text);
    return reply;
}

struct http_reply *control_failure_reply(const struct control_failure *failure,
                                         const struct request_id *id)
{
    json_t *json = json_pack("{s:{s:s, s:s, s:s}}", "error", "code", failure->code,
                             "message", failure->message, "remedy", failure->remedy);
    struct http_header said = { "THIM-Error-Message", failure->message };
    struct http_header allow = { "Allow", failure->allow };
    const struct http_header *extra = failure->status == 503   ? &said
                                      : failure->allow != NULL ? &allow
                                                               : NULL;

    return control_json_reply(failure->status, json, extra, id);
}

void control_fail(struct http_request *request, const struct control_failure *failure)
{
    struct request_id id = request_id_of(request);

    answer_and_release(request, control_failure_reply(failure, &id));
}
