/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_guard.h"

#include <microhttpd.h>

#include "kit/text.h"

#define KNOWN_LAYOUT "0.9.75" /* the library that was looked at */
#define LINE_END 2            /* CR LF, both of which became NUL */

static const struct {
    unsigned status;
    const char *sentence;
} refusals[HTTP_REFUSAL_COUNT] = {
    [HTTP_FINE] = { 200, "" },
    [HTTP_BAD_LINE] = { 400,
                        "The request's lines must end in CR LF, be unfolded and hold "
                        "no NUL; one space parts method, target and version." },
    [HTTP_BAD_LENGTH] = { 400, "Content-Length must be one number, and stand alone." },
    [HTTP_BAD_CODING] = { 400, "Transfer-Encoding can only be \"chunked\", once, for a "
                               "request with a body in HTTP/1.1." },
    [HTTP_BAD_HOST] = { 400, "One Host header is needed, and only one." },
    [HTTP_TWICE] = { 400, "The header Metadata may come only once." },
    [HTTP_BAD_NAME] = { 400, "A header's name is not a token (RFC 9110, 5.6.2)." },
    [HTTP_BAD_VALUE] = { 400, "A header's value has a control character in it." },
    [HTTP_BAD_TARGET] = { 400, "The request target must be a path in printable ASCII, "
                               "without %00." },
    [HTTP_BODY_UNASKED] = { 400, "GET and HEAD take no body." },
    [HTTP_BODY_LARGE] = { 413, "The body is larger than this request may bring." },
    [HTTP_SPOOL_FULL] = { 503, "" },
    [HTTP_SPOOL_FAILED] = { 507, "The service could not keep this body on its disk." },
    [HTTP_TARGET_LONG] = { 414, "The request target is longer than 8192 bytes." },
    [HTTP_HEAD_LARGE] = { 431, "The request's headers are too large." },
    [HTTP_BAD_METHOD] = { 405, "The method is none of GET, HEAD, POST, PUT, DELETE." },
    [HTTP_BAD_VERSION] = { 505, "The protocol is neither HTTP/1.0 nor HTTP/1.1." },
    [HTTP_FAILED] = { 500, "The service could not answer." },
};

bool http_guard_knows_library(void)
{
    return strcmp(MHD_get_version(), KNOWN_LAYOUT) == 0;
}

unsigned http_refusal_status(enum http_refusal refusal)
{
    return refusals[refusal].status;
}

const char *http_refusal_sentence(enum http_refusal refusal)
{
    return refusals[refusal].sentence;
}

enum http_method http_method_of(const char *name)
{
    static const struct {
        const char *name;
        enum http_method method;
    } methods[] = {
        { "GET", HTTP_GET }, { "HEAD", HTTP_HEAD },     { "POST", HTTP_POST },
        { "PUT", HTTP_PUT }, { "DELETE", HTTP_DELETE },
    };

    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    return HTTP_OTHER;
}

/* ---- headers -------------------------------------------------------------------- */

struct findings {
    enum http_refusal refusal; /* the first that was found */
    unsigned hosts, metadatas, lengths, codings;
    bool chunked;
    uint64_t len;
    bool is_layout_known;
    uintptr_t next; /* where the next header's name must begin */
};

/* RFC 9110, 5.6.2 */
static const bool is_token_byte[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,
    ['#'] = true,         ['$'] = true,         ['%'] = true,         ['&'] = true,
    ['\''] = true,        ['*'] = true,         ['+'] = true,         ['-'] = true,
    ['.'] = true,         ['^'] = true,         ['_'] = true,         ['`'] = true,
    ['|'] = true,         ['~'] = true,
};

static bool is_token(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_token_byte[name.at[i]])
            return false;
    return name.len > 0;
}

static bool has_control_byte(struct bytes value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((value.at[i] < 0x20 && value.at[i] != '\t') || value.at[i] == 0x7f)
            return true;
    return false;
}

static bool is_named(struct bytes name, const char *expected)
{
    return text_equal_nocase(name, bytes_of_text(expected));
}

static void note_framing(struct findings *found, struct bytes name, struct bytes value)
{
    switch (name.len) { /* spares most headers the comparison */
    case 4:
        found->hosts += is_named(name, "host");
        break;
    case 8:
        found->metadatas += is_named(name, "metadata");
        break;
    case 14:
        if (!is_named(name, "content-length"))
            break;
        found->lengths++;
        if (!decimal_read(value, INT64_MAX, &found->len))
            found->refusal = HTTP_BAD_LENGTH;
        break;
    case 17:
        if (!is_named(name, "transfer-encoding"))
            break;
        found->codings++;
        found->chunked = bytes_equal_text(value, "chunked");
        if (!found->chunked)
            found->refusal = HTTP_BAD_CODING;
        break;
    default:
        break;
    }
}

static enum MHD_Result note_header(void *findings, enum MHD_ValueKind kind,
                                   const char *name_at, size_t name_len,
                                   const char *value_at, size_t value_len)
{
    struct findings *found = findings;
    struct bytes name = bytes_of(name_at, name_len);
    struct bytes value = bytes_of(value_at, value_at == NULL ? 0 : value_len);

    (void)kind;
    if (found->is_layout_known && (uintptr_t)name_at != found->next)
        found->refusal = HTTP_BAD_LINE;
    else if (!is_token(name))
        found->refusal = HTTP_BAD_NAME;
    else if (has_control_byte(value))
        found->refusal = HTTP_BAD_VALUE;
    else
        note_framing(found, name, value);
    found->next = (uintptr_t)value.at + value.len + LINE_END;
    return found->refusal == HTTP_FINE ? MHD_YES : MHD_NO;
}

/* ---- the request line ----------------------------------------------------------- */

static bool is_target(struct bytes target)
{
    if (target.len == 0 || target.at[0] != '/')
        return false;
    for (size_t i = 0; i < target.len; i++) {
        if (target.at[i] <= 0x20 || target.at[i] >= 0x7f)
            return false;
        if (target.at[i] == '%' && i + 2 < target.len && target.at[i + 1] == '0'
            && target.at[i + 2] == '0')
            return false;
    }
    return true;
}

static enum http_refusal check_line(const struct http_head *head)
{
    if (strcmp(head->version, "HTTP/1.1") != 0 && strcmp(head->version, "HTTP/1.0") != 0)
        return HTTP_BAD_VERSION;
    if (head->method == HTTP_OTHER)
        return HTTP_BAD_METHOD;
    if (head->target.len > HTTP_TARGET_MAX)
        return HTTP_TARGET_LONG;
    return is_target(head->target) ? HTTP_FINE : HTTP_BAD_TARGET;
}

/* Method, target and version with one byte between them. */
static bool is_line_plain(const struct http_head *head)
{
    uintptr_t target_at = (uintptr_t)head->method_at + strlen(head->method_at) + 1;

    return (uintptr_t)head->target_at == target_at
           && (uintptr_t)head->version == target_at + head->target.len + 1;
}

static enum http_refusal check_framing(const struct http_head *head,
                                       const struct findings *found)
{
    bool is_1_1 = head->version[strlen("HTTP/1.")] == '1';
    bool takes_body = head->method != HTTP_GET && head->method != HTTP_HEAD;

    if (found->hosts > 1 || (is_1_1 && found->hosts == 0))
        return HTTP_BAD_HOST;
    if (found->metadatas > 1)
        return HTTP_TWICE;
    if (found->lengths > 1 || (found->lengths > 0 && found->codings > 0))
        return HTTP_BAD_LENGTH;
    if (found->codings > 1 || (found->codings > 0 && (!takes_body || !is_1_1)))
        return HTTP_BAD_CODING;
    if (found->len > 0 && !takes_body)
        return HTTP_BODY_UNASKED;
    return HTTP_FINE;
}

static size_t head_len(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info == NULL ? 0 : info->header_size;
}

enum http_refusal http_guard(struct MHD_Connection *connection,
                             const struct http_head *head, struct http_body_plan *body)
{
    size_t len = head_len(connection);
    enum http_refusal refusal = check_line(head);

    if (refusal != HTTP_FINE)
        return refusal;
    if (len > head->header_bytes_max)
        return HTTP_HEAD_LARGE;
    struct findings found = {
        .is_layout_known = http_guard_knows_library(),
        .next = (uintptr_t)head->version + strlen("HTTP/1.1") + LINE_END,
    };
    if (found.is_layout_known && !is_line_plain(head))
        return HTTP_BAD_LINE;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, note_header, &found);
    if (found.refusal == HTTP_FINE && found.is_layout_known
        && found.next + LINE_END != (uintptr_t)head->method_at + len)
        found.refusal = HTTP_BAD_LINE;
    if (found.refusal == HTTP_FINE)
        found.refusal = check_framing(head, &found);
    *body = (struct http_body_plan){ .chunked = found.chunked, .len = found.len };
    return found.refusal;
}
