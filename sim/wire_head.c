/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/wire_head.h"

#include <time.h>

#include "kit/clock.h"
#include "kit/text.h"

void wire_answer_init(struct wire_answer *answer)
{
    *answer = (struct wire_answer){ .manner = WIRE_HONEST };
    buf_init(&answer->headers, WIRE_REPLY_HEAD_MAX);
    buf_init(&answer->body, WIRE_REPLY_BODY_MAX);
}

void wire_answer_fini(struct wire_answer *answer)
{
    buf_fini(&answer->headers);
    buf_fini(&answer->body);
}

void wire_header(struct wire_answer *answer, const char *name, const char *value)
{
    buf_addf(&answer->headers, "%s: %s\r\n", name, value);
}

static const char *reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } reasons[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 302, "Found" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 409, "Conflict" },
        { 410, "Gone" },
        { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 503, "Service Unavailable" },
    };

    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "Unknown";
}

void wire_head_write(struct buf *head, const struct wire_answer *answer, bool closes)
{
    time_t now = (time_t)(clock_real_wall_s() + answer->date_off_s);
    struct tm civil;
    char date[64] = "Thu, 01 Jan 1970 00:00:00 GMT";

    if (gmtime_r(&now, &civil) != NULL)
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &civil);
    buf_addf(head, "HTTP/1.1 %u %s\r\nDate: %s\r\nContent-Length: %zu\r\n",
             answer->status, reason(answer->status), date,
             answer->body.len + answer->padding);
    buf_add(head, buf_bytes(&answer->headers));
    buf_addf(head, "%s\r\n", closes ? "Connection: close\r\n" : "");
}

struct bytes wire_head_value(struct bytes head, const char *name)
{
    size_t name_len = strlen(name);

    for (;;) {
        size_t end = bytes_find(head, bytes_of_text("\r\n"));
        struct bytes line = bytes_first(head, end);
        if (line.len > name_len && line.at[name_len] == ':'
            && text_equal_nocase(bytes_first(line, name_len), bytes_of_text(name))) {
            struct bytes value = bytes_after(line, name_len + 1);
            while (value.len > 0 && value.at[0] == ' ')
                value = bytes_after(value, 1);
            return value;
        }
        if (end == head.len)
            return bytes_of("", 0);
        head = bytes_after(head, end + 2);
    }
}

struct bytes wire_said(const struct wire_request *request, const char *name)
{
    return wire_head_value(request->head, name);
}

bool wire_head_request(struct bytes head, struct wire_request *out)
{
    struct bytes line = bytes_first(head, bytes_find(head, bytes_of_text("\r\n")));
    size_t first = bytes_find(line, bytes_of_text(" "));
    struct bytes rest = bytes_after(line, first + 1);
    size_t second = bytes_find(rest, bytes_of_text(" "));

    out->head = head;
    out->method = bytes_first(line, first);
    out->target = bytes_first(rest, second);
    struct bytes version = bytes_after(rest, second + 1);
    return out->method.len > 0 && out->target.len > 0 && out->target.at[0] == '/'
           && bytes_equal_text(version, "HTTP/1.1");
}
