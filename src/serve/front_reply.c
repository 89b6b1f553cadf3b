/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/front_reply.h"

#include <stdio.h>

#include "format/json_text.h"
#include "kit/crypto.h"
#include "kit/log.h"
#include "kit/text.h"

enum { BODY_MAX = 4096, HEADERS_MAX = 8, RETRY_S = 5 };

#define TEXT_TYPE "text/plain; charset=us-ascii"

static const struct refusal refusals[REFUSALS] = {
    [REFUSE_METHOD] = {
        .status = 405,
        .code = "method",
        .message = "Collateral and health are only read.",
        .remedy = "Use GET or HEAD.",
        .allow = "GET, HEAD",
    },
    [REFUSE_ROUTE] = {
        .status = 404,
        .code = "route_unknown",
        .message = "There is no such path here.",
        .remedy = "Collateral is under /sgx/certification/v4/ and /tdx/certification/v4/.",
    },
    [REFUSE_NOT_FOUND] = {
        .status = 404,
        .code = "not_found",
        .message = "The vendor has no such collateral, or nobody was to be asked for it.",
        .remedy = "Is the FMSPC right? What is held, thim status shows.",
    },
    [REFUSE_VERSION_GONE] = {
        .status = 410,
        .code = "version_gone",
        .message = "The Intel PCS API version 3 reached planned EOL.",
        .remedy = "Ask on the paths of version 4.",
    },
    [REFUSE_NUMBER_GONE] = {
        .status = 410,
        .code = "number_gone",
        .message = "The vendor no longer signs this TCB evaluation data number.",
        .remedy = "Ask for update=standard, or for a number of tcbevaluationdatanumbers.",
    },
    [REFUSE_BUDGET] = {
        .status = 429,
        .code = "budget",
        .message = "Too many requests for collateral that is not held.",
        .remedy = "Come back later, and ask for what this fleet has.",
        .retry_after_s = RETRY_S,
    },
    [REFUSE_UNREACHABLE] = {
        .status = 503,
        .code = "unreachable",
        .message = "not held, and no upstream gave it; come back later",
        .retry_after_s = RETRY_S,
    },
    [REFUSE_LATE] = {
        .status = 503,
        .code = "late",
        .message = "not held, and the upstream has not answered yet; come back later",
        .retry_after_s = RETRY_S,
    },
    [REFUSE_BUSY] = {
        .status = 503,
        .code = "busy",
        .message = "not held, and too many are waiting already; come back later",
        .retry_after_s = RETRY_S,
    },
    [REFUSE_OUT_OF_SET] = {
        .status = 503,
        .code = "out_of_set",
        .message = "the baseline's set has no TCB info of this FMSPC, and one of another "
                   "number would not go with its identity; come back later, or ask for "
                   "tcbEvaluationDataNumber",
        .retry_after_s = RETRY_S,
    },
    [REFUSE_PLATFORM_UNKNOWN] = {
        .status = 404,
        .code = "platform_not_at_vendor",
        .message = "Intel has no certificates for this platform.",
        .remedy = "A machine with several packages has to be registered with its manifest "
                  "first; was it registered through another data centre's service?",
    },
    [REFUSE_PLATFORM_REFUSED] = {
        .status = 404,
        .code = "platform_refused",
        .message = "Intel does not take what this platform was asked for with.",
        .remedy = "Is encrypted_ppid this machine's own and whole? thim platform doctor "
                  "says what Intel answered.",
    },
    [REFUSE_PLATFORM_GAP] = {
        .status = 462,
        .code = "certificate_gap",
        .message = "Intel knows this platform and has no certificate for any of its TCBs.",
        .remedy = "Is its firmware up to date? Intel fills such gaps in time; ask again.",
    },
    [REFUSE_CONFLICT] = {
        .status = 404,
        .code = "bound_to_another",
        .message = "This QE ID is bound to another platform's PPID.",
        .remedy = "If the machine is the right one, thim platform rebind.",
    },
    [REFUSE_UNTRUSTED] = {
        .status = 503,
        .code = "untrusted",
        .message = "what upstream gave for this platform did not verify; see the log",
        .retry_after_s = RETRY_S,
    },
};

const struct refusal *refusal_named(enum refusal_name name)
{
    return &refusals[name];
}

static bool is_sane(const char *id)
{
    size_t len = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                            "0123456789-_.");

    return len >= 1 && len <= REQUEST_ID_MAX && id[len] == 0;
}

const char *request_id_sent(const struct http_request *request)
{
    const char *sent = http_request_header(request, "Request-ID");

    return sent != NULL && is_sane(sent) ? sent : NULL;
}

struct request_id request_id_of(const struct http_request *request)
{
    struct request_id id = { 0 };
    const char *sent = request_id_sent(request);
    uint8_t dice[16];

    id.is_own = sent != NULL;
    if (sent == NULL)
        random_fill(dice, sizeof dice);
    snprintf(id.s, sizeof id.s, "%.64s", sent != NULL ? sent : hex(dice, sizeof dice).s);
    return id;
}

struct header_list {
    struct http_header items[HEADERS_MAX];
    size_t count;
};

static void add(struct header_list *list, const char *name, const char *value)
{
    if (value != NULL)
        list->items[list->count++] = (struct http_header){ name, value };
}

static struct http_reply *make(unsigned status, const struct header_list *headers,
                               struct bytes body)
{
    struct http_reply *reply = NULL;
    struct error err = { 0 };

    if (!http_reply_create(status, headers->items, headers->count, body, &reply, &err)) {
        log_event(LOG_ERROR, "serve", "reply=%u why=\"%s\"", status, err.text);
        return NULL;
    }
    return reply;
}

static void write_json(struct buf *out, const struct refusal *refusal)
{
    buf_add_text(out, "{\"error\":{\"code\":");
    json_text_write(out, bytes_of_text(refusal->code));
    buf_add_text(out, ",\"message\":");
    json_text_write(out, bytes_of_text(refusal->message));
    buf_add_text(out, ",\"remedy\":");
    json_text_write(out, bytes_of_text(refusal->remedy));
    buf_add_text(out, "}}");
}

static void write_body(const struct refusal *refusal, enum refusal_shape shape,
                       struct header_list *headers, struct buf *out)
{
    if (shape == REFUSAL_BARE)
        return;
    if (refusal->status == 503) {
        add(headers, "THIM-Error-Message", refusal->message);
        return;
    }
    add(headers, "Content-Type", shape == REFUSAL_JSON ? "application/json" : TEXT_TYPE);
    if (shape == REFUSAL_JSON) {
        write_json(out, refusal);
        return;
    }
    if (shape == REFUSAL_KDS && refusal->status == 404)
        buf_add_text(out, "404 - Not Found\n");
    buf_addf(out, "%s\n%s\n", refusal->message, refusal->remedy);
}

struct http_reply *refusal_reply_shaped(const struct refusal *refusal,
                                        enum refusal_shape shape,
                                        const struct request_id *id)
{
    struct header_list headers = { 0 };
    char retry_after[24];
    struct buf body;

    snprintf(retry_after, sizeof retry_after, "%lld", (long long)refusal->retry_after_s);
    add(&headers, "Request-ID", id->s);
    add(&headers, "Cache-Control", "max-age=1");
    add(&headers, "THIM-Error", refusal->code);
    add(&headers, "THIM-Upstream-Error", refusal->upstream_error);
    add(&headers, "Retry-After", refusal->retry_after_s > 0 ? retry_after : NULL);
    add(&headers, "Allow", refusal->allow);
    buf_init(&body, BODY_MAX);
    write_body(refusal, shape, &headers, &body);
    struct http_reply *reply = make(refusal->status, &headers, buf_bytes(&body));
    buf_fini(&body);
    return reply;
}

struct http_reply *refusal_reply(const struct refusal *refusal,
                                 const struct request_id *id)
{
    return refusal_reply_shaped(refusal, REFUSAL_TEXT, id);
}

struct http_reply *health_reply(const char *text, const struct request_id *id)
{
    struct header_list headers = { 0 };

    add(&headers, "Request-ID", id->s);
    add(&headers, "Cache-Control", "no-store");
    add(&headers, "Content-Type", TEXT_TYPE);
    return make(200, &headers, bytes_of_text(text));
}

void answer_and_release(struct http_request *request, struct http_reply *reply)
{
    if (reply == NULL)
        return;
    http_request_answer(request, reply);
    http_reply_release(reply);
}
