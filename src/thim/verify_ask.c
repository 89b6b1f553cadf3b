/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict of thimd, or of any THIM at a URL, under the baseline that is asked for. */
#include <stdio.h>

#include "format/verification_policy.h"
#include "kit/file.h"
#include "kit/text.h"
#include "thim/baseline_parts.h"
#include "thim/verify_parts.h"

enum { HEADER_MAX = 256, REQUEST_MAX = 2 * 1024 * 1024 };

/* {"evidence": BASE64, "policy": {...}}: the policy as its file has it, for the service
 * is the one to read it. */
static bool write_request(const struct verify_order *order, struct bytes evidence,
                          struct buf *out, struct error *err)
{
    struct buf policy;

    buf_init(&policy, VERIFICATION_POLICY_MAX);
    bool well = file_read(order->policy, &policy, err)
                || error_within(err, "--policy %s", safe_string(order->policy).s);
    if (well) {
        buf_add_text(out, "{\"evidence\":\"");
        base64_add(out, evidence);
        buf_add_text(out, "\",\"policy\":");
        buf_add(out, buf_bytes(&policy));
        buf_add_text(out, "}");
    }
    buf_fini(&policy);
    return well
           && (!out->failed || error_set(err, ERROR_LIMIT, "the request is too long"));
}

static bool place(const struct verify_order *order, char path[BASELINE_PATH_MAX],
                  char header[HEADER_MAX], struct error *err)
{
    snprintf(path, BASELINE_PATH_MAX, "/thim/v1/verify");
    header[0] = 0;
    if (order->baseline != NULL && !baseline_is_name(order->baseline))
        return error_set(err, ERROR_FORMAT, "--baseline %s: no name of a baseline",
                         safe_string(order->baseline).s);
    if (order->baseline != NULL)
        snprintf(header, HEADER_MAX, "X-THIM-Baseline: %s", order->baseline);
    return baseline_query(path, "tcbEvaluationDataNumber", order->number_text, err);
}

/* A verdict for which something is missing comes with the refusal that says so. */
static void take(void *answer_, const struct service_reply *reply)
{
    struct verify_answer *answer = answer_;
    json_t *body = (json_t *)(uintptr_t)reply->json;
    json_t *verdict = reply->status == 200 ? body : json_object_get(body, "verdict");

    answer->why = reply->why;
    if (!json_is_object(verdict))
        return;
    answer->verdict = json_incref(verdict);
    json_t *remedy = json_object_get(json_object_get(body, "error"), "remedy");
    if (verdict != body && json_is_string(remedy))
        (void)json_object_set(verdict, "remedy", remedy);
}

static bool ask(const struct service_address *address,
                const struct service_request *request, struct verify_answer *answer,
                struct error *err)
{
    OWNED(service_close) struct service_session *session = NULL;
    unsigned running;

    if (!service_open(address, &session, err) || !service_begin(session, request, err)
        || !service_turn(session, &running, err))
        return false;
    if (answer->verdict != NULL)
        return true;
    if (answer->why.kind != ERROR_NONE)
        return error_set(err, answer->why.kind, "%s", answer->why.text);
    return error_set(err, ERROR_UNREACHABLE, "the service's answer is no verdict");
}

bool verify_by_service(const struct verify_order *order,
                       const struct evidence_text *evidence, struct verify_answer *out,
                       struct error *err)
{
    char path[BASELINE_PATH_MAX], header[HEADER_MAX];
    struct service_request request = { .method = "POST",
                                       .path = path,
                                       .content_type = "application/octet-stream",
                                       .body = evidence->raw,
                                       .context = out,
                                       .done = take };
    struct buf body;

    buf_init(&body, REQUEST_MAX);
    bool well = place(order, path, header, err);
    if (well && order->policy != NULL) {
        well = write_request(order, evidence->raw, &body, err);
        request.body = buf_bytes(&body);
        request.content_type = NULL;
    }
    request.header = header[0] != 0 ? header : NULL;
    well = well && ask(&order->address, &request, out, err);
    buf_fini(&body);
    return well;
}
