/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as the admin interface speaks it: objects put together member by member, and the
 * replies that carry them (their shapes stand in serve/control.h). */
#ifndef THIM_SERVE_CONTROL_JSON_H
#define THIM_SERVE_CONTROL_JSON_H

#include <jansson.h>

#include "serve/front_reply.h"

/* ---- objects -------------------------------------------------------------------- */

/* Every setter of jansson takes NULL for "no memory" and says so; one flag is enough. */
struct object {
    json_t *json;
    bool failed;
};

struct object object_begin(void);
json_t *object_end(struct object *object); /* the caller's; NULL where memory is out */

void object_put(struct object *object, const char *name, json_t *value); /* takes it */
void object_put_text(struct object *object, const char *name, const char *text);
void object_put_number(struct object *object, const char *name, int64_t number);
void object_put_flag(struct object *object, const char *name, bool flag);
void object_put_time(struct object *object, const char *name,
                     int64_t seconds); /* 0: null */

/* ---- replies -------------------------------------------------------------------- */

struct control_failure {
    unsigned status;
    const char *code, *message, *remedy;
    const char *allow; /* 405 */
};

/* Both: the caller's; NULL where memory is out. Takes the JSON. A 503 has no body, by our
 * server's law, so what it would say stands in a header. */
struct http_reply *control_json_reply(unsigned status, json_t *json,
                                      const struct http_header *extra,
                                      const struct request_id *id);
struct http_reply *control_failure_reply(const struct control_failure *failure,
                                         const struct request_id *id);

void control_fail(struct http_request *request, const struct control_failure *failure);

#endif
