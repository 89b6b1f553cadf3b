/* SPDX-License-Identifier: Apache-2.0 */
/* Direct registration, handed on to Intel: what a host's agent posts, and Intel's answer
 * as it came. */
#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"
#include "serve/registry_parts.h"

enum { RELAY_WAIT_MS = 60 * 1000 };

struct relay {
    struct registry_wait wait;
    struct audit_note note;
};

static const struct refusal wrong_type = {
    .status = 415,
    .code = "media_type",
    .message = "Only application/octet-stream is handed on to Intel.",
    .remedy = "Send the manifest's or the request's bytes, not their hex digits.",
};
static const struct refusal empty = {
    .status = 400,
    .code = "malformed",
    .message = "The body is empty.",
    .remedy = "Send what the UEFI variable holds: the platform manifest, or the add "
              "package request.",
};
static const struct refusal late = {
    .status = 503,
    .code = "late",
    .message = "Intel's registration service has not answered; whether it has taken the "
               "request is not known",
};
static const struct refusal unreachable = {
    .status = 502,
    .code = "unreachable",
    .message = "Intel's registration service could not be reached.",
    .remedy = "Nothing was registered. Come back later.",
};

static const char *text_of(const char *text)
{
    return text != NULL && text[0] != 0 ? text : NULL;
}

/* Intel's reply; a 503 has no body here, by our server's law. */
static struct http_reply *reply_of(const struct relay_answer *answer,
                                   const struct request_id *id)
{
    struct http_header extra[4];
    struct registry_answer said = { .status = answer->status,
                                    .type = "application/octet-stream",
                                    .extra = extra,
                                    .body = answer->body };

    if (text_of(answer->error_code) != NULL) {
        extra[said.extra_count++] =
            (struct http_header){ "Error-Code", answer->error_code };
        extra[said.extra_count++] =
            (struct http_header){ "THIM-Upstream-Error", answer->error_code };
    }
    if (text_of(answer->error_message) != NULL)
        extra[said.extra_count++] =
            (struct http_header){ "Error-Message", answer->error_message };
    if (text_of(answer->certificate_count) != NULL)
        extra[said.extra_count++] =
            (struct http_header){ "Certificate-Count", answer->certificate_count };
    if (said.status == 503)
        said.body = (struct bytes){ 0 };
    if (said.body.len == 0)
        said.type = NULL;
    return registry_reply(&said, id);
}

static void told(void *relay_, const struct relay_answer *answer)
{
    struct relay *relay = relay_;
    struct registry *registry = relay->wait.registry;
    bool was_answered = answer->status >= 200 && answer->status <= 599;

    snprintf(relay->note.outcome, sizeof relay->note.outcome, "status %u %s",
             answer->status, answer->error_code != NULL ? answer->error_code : "");
    audit_note_send(&relay->note, registry->options.writer, NULL, NULL);
    if (was_answered) {
        registry_wait_end(&relay->wait, reply_of(answer, &relay->wait.id));
    } else {
        log_event(LOG_WARNING, "registry", "relay failed why=\"%s\"",
                  safe_string(answer->failure).s);
        registry_wait_refuse(&relay->wait, &unreachable);
    }
    free(relay);
}

/* NULL where it may be handed on. */
static const struct refusal *why_not(const struct registry_call *call)
{
    const char *type = http_request_header(call->request, "Content-Type");

    if (call->registry->options.config->intel.fill == FILL_OFFLINE)
        return registry_refusal(REGISTRY_OFFLINE);
    if (type == NULL
        || !text_equal_nocase(bytes_first(bytes_of_text(type), strcspn(type, "; ")),
                              bytes_of_text("application/octet-stream")))
        return &wrong_type;
    return http_request_body(call->request).len == 0 ? &empty : NULL;
}

static void relay(struct registry_call *call, enum relay_kind kind)
{
    const struct registry_options *options = &call->registry->options;
    const struct refusal *why = why_not(call);
    struct relay_demand demand = { .kind = kind,
                                   .body = http_request_body(call->request),
                                   .told = told };

    if (why != NULL) {
        registry_refuse(call, why);
        return;
    }
    struct relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL)
        return;
    relay->note = registry_note(call->caller.name, call->caller.from, "relay",
                                kind == RELAY_PLATFORM ? "platform" : "package");
    demand.address_len = registry_address(call, demand.address);
    demand.context = relay;
    if (registry_wait_begin(call, RELAY_WAIT_MS, &late, &relay->wait))
        options->relay(options->context, &demand);
    else
        free(relay);
}

void registry_post_relay_platform(struct registry_call *call)
{
    relay(call, RELAY_PLATFORM);
}

void registry_post_relay_package(struct registry_call *call)
{
    relay(call, RELAY_PACKAGE);
}
