/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/registry_reply.h"

#include "kit/log.h"

enum { EXTRA_MAX = 4, OWN_HEADERS = 3, RETRY_S = 5 };

struct http_reply *registry_reply(const struct registry_answer *answer,
                                  const struct request_id *id)
{
    struct http_header headers[OWN_HEADERS + EXTRA_MAX] = {
        { "Request-ID", id->s },
        { "Cache-Control", answer->cache != NULL ? answer->cache : "private, no-store" },
    };
    struct http_reply *reply = NULL;
    struct error err = { 0 };
    size_t count = 2;

    if (answer->type != NULL)
        headers[count++] = (struct http_header){ "Content-Type", answer->type };
    for (size_t i = 0; i < answer->extra_count && i < EXTRA_MAX; i++)
        headers[count++] = answer->extra[i];
    if (!http_reply_create(answer->status, headers, count, answer->body, &reply, &err))
        log_event(LOG_ERROR, "registry", "reply=%u why=\"%s\"", answer->status, err.text);
    return reply;
}

struct http_reply *registry_well(const struct request_id *id)
{
    return registry_reply(
        &(struct registry_answer){ .status = 200,
                                   .type = REGISTRY_HTML,
                                   .body = bytes_of_text("Operation successful.") },
        id);
}

static const struct refusal refusals[REGISTRY_REFUSALS] = {
    [REGISTRY_NO_TOKEN] = {
        .status = 401,
        .code = "no_token",
        .message = "Authentication failed.",
        .remedy = "Send a token as user-token, admin-token or Authorization: Bearer; thim "
                  "token make gives one and the line for the configuration.",
    },
    [REGISTRY_WRONG_TOKEN] = {
        .status = 401,
        .code = "wrong_token",
        .message = "Authentication failed.",
        .remedy = "The token is none of those in the configuration. Was it rotated?",
    },
    [REGISTRY_PACED] = {
        .status = 429,
        .code = "paced",
        .message = "Too many wrong tokens.",
        .remedy = "Wait, then send the right one.",
        .retry_after_s = RETRY_S,
    },
    [REGISTRY_FORBIDDEN] = {
        .status = 403,
        .code = "forbidden",
        .message = "This token's role does not go so far.",
        .remedy = "Use a token of the role that doc/thim.yaml names for this route, or the "
                  "command thim on the machine itself.",
    },
    [REGISTRY_OFFLINE] = {
        .status = 503,
        .code = "offline",
        .message = "this service never asks upstream (fill: offline); bring a bundle",
    },
    [REGISTRY_BUSY] = {
        .status = 503,
        .code = "busy",
        .message = "too much is waiting already; come back later",
        .retry_after_s = RETRY_S,
    },
    [REGISTRY_STORE_FAILED] = {
        .status = 503,
        .code = "store",
        .message = "the store can't write or read; nothing was changed; see the log",
        .retry_after_s = RETRY_S,
    },
};

const struct refusal *registry_refusal(enum registry_refusal which)
{
    return &refusals[which];
}

/* ---- Intel's reasons ------------------------------------------------------------ */

static const struct upstream_reason reasons[] = {
    { "InvalidPlatformManifest", "Intel cannot read the platform manifest.",
      "Read it anew from the UEFI variables; a manifest is of one boot of one machine." },
    { "InvalidOrRevokedPackage",
      "A processor package of this platform is revoked, or the "
      "manifest is not signed by it.",
      "Nothing is wrong with the request; ask Intel or the machine's maker about the "
      "processor." },
    { "PackageNotFound", "Intel does not know a processor package of this platform.",
      "All packages of a machine with several must be production parts; a package that "
      "was added needs the add-package request of Intel's registration tool." },
    { "InvalidRegistrationServer",
      "The manifest is meant for another registration server: another data centre's or a "
      "test environment.",
      "Set the registration server in the BIOS to Intel's, run an SGX factory reset, and "
      "register again." },
    { "IncompatiblePackage", "The platform's processor packages do not go together.",
      "All packages must be of one kind and at one microcode; see the machine's maker." },
    { "CachedKeysPolicyViolation",
      "The platform was registered so that Intel keeps none of its keys; it can only be "
      "asked for with its manifest.",
      "Send the manifest; direct registration is refused for good." },
    { "InvalidRequestSyntax", "Intel cannot read the request.",
      "Are encrypted PPID, PCE ID and manifest of this machine, and whole?" },
};

const struct upstream_reason *upstream_reason(const char *code)
{
    static const struct upstream_reason unknown = {
        "", "Upstream refused what it was asked with.",
        "Are encrypted PPID, PCE ID and manifest of this machine, and whole?"
    };

    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (strcmp(reasons[i].code, code) == 0)
            return &reasons[i];
    return &unknown;
}

static struct refusal refused_by_intel(const struct platform_report *report)
{
    const struct upstream_reason *reason = upstream_reason(report->code);
    bool says_itself = report->code[0] == 0 && report->why[0] != 0;

    return (struct refusal){ .status = 400,
                             .code = "upstream_refused",
                             .message = says_itself ? report->why : reason->message,
                             .remedy = reason->remedy,
                             .upstream_error =
                                 report->code[0] != 0 ? report->code : NULL };
}

static const struct refusal not_found = {
    .status = 404,
    .code = "not_found",
    .message = "No cache data for this platform: upstream does not know it.",
    .remedy = "Has the machine been registered with Intel? One with several packages "
              "must be, or sends its manifest; a virtual machine cannot register at all.",
};
static const struct refusal conflict = {
    .status = 409,
    .code = "conflict",
    .message = "This QE ID is bound to another platform (another PPID).",
    .remedy = "Where a processor was exchanged, the operator says so: thim platform "
              "rebind. Else somebody claims a name that is not theirs.",
};
static const struct refusal too_many = {
    .status = 429,
    .code = "budget",
    .message = "Too many platforms wait already, or upstream was asked too often.",
    .remedy = "Come back later; an operator sees the queue with thim platform list.",
    .retry_after_s = RETRY_S,
};

/* The message of a 503 stands in a header, in one line. */
static struct refusal not_now(const struct platform_report *report, bool kept)
{
    struct refusal refusal = {
        .status = 503,
        .code = report->outcome == FETCH_UNTRUSTED     ? "untrusted"
                : report->outcome == FETCH_UNREACHABLE ? "unreachable"
                                                       : "busy",
        .message = kept ? "the registration is kept, and upstream goes on being asked"
                        : "nothing was changed; upstream gave no answer that is good; "
                          "come back later",
        .retry_after_s = report->retry_after_s > 0 ? report->retry_after_s : RETRY_S,
        .upstream_error = report->code[0] != 0 ? report->code : NULL,
    };

    return refusal;
}

struct refusal registry_report_refusal(const struct platform_report *report, bool kept)
{
    struct refusal refusal = too_many;

    switch (report->outcome) {
    case FETCH_REFUSED:
        return refused_by_intel(report);
    case FETCH_NOT_FOUND:
        return not_found;
    case FETCH_GAP:
        return *refusal_named(REFUSE_PLATFORM_GAP);
    case FETCH_CONFLICT:
        return conflict;
    case FETCH_BUDGET:
        if (kept)
            break;
        if (report->retry_after_s > 0)
            refusal.retry_after_s = report->retry_after_s;
        return refusal;
    case FETCH_KEPT: /* and yet nothing that could be given */
    case FETCH_UNTRUSTED:
    case FETCH_UNREACHABLE:
    case FETCH_BUSY:
        break;
    }
    return not_now(report, kept);
}
