/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_reply.h"

#include "serve/denials.h"

enum { RETRY_S = 5, RETRY_SLOW_S = 60 };

#define STATUS_SAYS "thim status shows what is held and what is due."

static const struct refusal refusals[CHIP_REFUSALS] = {
    [CHIP_REFUSE_METHOD] = {
        .status = 405,
        .code = "method",
        .message = "Certificates are only read here.",
        .remedy = "Use GET or HEAD. POST /thim/v1/amd/vcek brings one.",
        .allow = "GET, HEAD",
    },
    [CHIP_REFUSE_NO_HEADER] = {
        .status = 400,
        .code = "no_metadata_header",
        .message = "The header Metadata: true is missing.",
        .remedy = "curl -H 'Metadata: true' sends it; a page in a browser cannot.",
    },
    [CHIP_REFUSE_FORWARDED] = {
        .status = 400,
        .code = "forwarded",
        .message = "The request came through a proxy: X-Forwarded-For is there.",
        .remedy = "Ask directly; switch the proxy off for this address (no_proxy).",
    },
    [CHIP_REFUSE_NAMED_HOST] = {
        .status = 404,
        .code = "named_host",
        .message = "Only this host's own certificate is given here.",
        .remedy = "Leave platformId out; amd.named_hosts lets others be named.",
    },
    [CHIP_REFUSE_PRODUCT] = {
        .status = 404,
        .code = "product",
        .message = "This product is not kept here.",
        .remedy = "amd.products in the configuration says which are.",
    },
    [CHIP_REFUSE_UNKNOWN] = {
        .status = 404,
        .code = "chip_unknown",
        .message = "This chip is not known here, and strangers' chips are not fetched.",
        .remedy = "thim amd import makes it known, as does a token of a host "
                  "(user-token).",
    },
    [CHIP_REFUSE_NOBODY] = {
        .status = 404,
        .code = "not_held",
        .message = "It is not held here, and there is nobody to be asked for it.",
        .remedy = "Bring it with thim amd import, or configure amd.upstreams.",
    },
    [CHIP_REFUSE_NOT_AT_AMD] = {
        .status = 404,
        .code = "not_at_amd",
        .message = "AMD has no such certificate.",
        .remedy = "Are product, chip id and TCB right? It must be the REPORTED_TCB of the "
                  "attestation report, in the product's own layout.",
    },
    [CHIP_REFUSE_UNTRUSTED] = {
        .status = 429,
        .code = "untrusted",
        .message = "What upstream gave did not verify.",
        .remedy = STATUS_SAYS,
        .retry_after_s = RETRY_SLOW_S,
    },
    [CHIP_REFUSE_UNREACHABLE] = {
        .status = 429,
        .code = "unreachable",
        .message = "It is not held here, and no upstream gave it.",
        .remedy = "Come back later. " STATUS_SAYS,
        .retry_after_s = RETRY_S,
    },
    [CHIP_REFUSE_LATE] = {
        .status = 429,
        .code = "late",
        .message = "It is not held here, and its turn at AMD has not come yet.",
        .remedy = "Come back later: it is fetched meanwhile.",
        .retry_after_s = RETRY_S,
    },
    [CHIP_REFUSE_BUDGET] = {
        .status = 429,
        .code = "budget",
        .message = "Too many requests for chips that are not known here.",
        .remedy = "Come back later, or ask with a token of a host (user-token).",
        .retry_after_s = RETRY_SLOW_S,
    },
    [CHIP_REFUSE_BUSY] = {
        .status = 429,
        .code = "busy",
        .message = "It is not held here, and too many are waiting already.",
        .remedy = "Come back later.",
        .retry_after_s = RETRY_S,
    },
    [CHIP_REFUSE_EARLY] = {
        .status = 429,
        .code = "early",
        .message = "The service has just started and holds nothing of AMD's yet.",
        .remedy = "Come back later.",
        .retry_after_s = RETRY_S,
    },
};

const struct refusal *chip_refusal(enum chip_refusal which)
{
    return &refusals[which];
}

struct refusal chip_refusal_of(const struct error *why)
{
    struct refusal refusal = { .message = why->text, .remedy = STATUS_SAYS };

    switch (why->kind) {
    case ERROR_FORMAT:
    case ERROR_LIMIT:
        refusal.status = 400;
        refusal.code = "malformed";
        refusal.remedy = "Asked again as it is, it will be refused again.";
        break;
    case ERROR_NOT_FOUND:
        refusal.status = 404;
        refusal.code = "not_found";
        refusal.remedy = "Are product and chip id right? amd.host says whose certificate "
                         "is given to who names none.";
        break;
    case ERROR_REVOKED:
        refusal.status = 404;
        refusal.code = "revoked";
        refusal.remedy = "AMD believes this issuer no more. Its vendor has to be asked.";
        break;
    case ERROR_DENIED:
        refusal.status = 403;
        refusal.code = "denied";
        refusal.remedy = DENIALS_REMEDY;
        break;
    case ERROR_NONE:
    case ERROR_SYSTEM:
        refusal.status = 500;
        refusal.code = "failed";
        refusal.remedy = "The log of thimd says more.";
        break;
    case ERROR_UNTRUSTED:
    case ERROR_STALE:
    case ERROR_UNREACHABLE:
        refusal.status = 429;
        refusal.code = error_kind_name(why->kind);
        refusal.retry_after_s = RETRY_SLOW_S;
        break;
    }
    return refusal;
}

static enum chip_refusal refusal_by(enum chip_fetch outcome)
{
    switch (outcome) {
    case CHIP_NOT_FOUND:
        return CHIP_REFUSE_NOT_AT_AMD;
    case CHIP_UNASKED:
        return CHIP_REFUSE_NOBODY;
    case CHIP_UNKNOWN:
        return CHIP_REFUSE_UNKNOWN;
    case CHIP_UNTRUSTED:
        return CHIP_REFUSE_UNTRUSTED;
    case CHIP_LATE:
        return CHIP_REFUSE_LATE;
    case CHIP_BUDGET:
        return CHIP_REFUSE_BUDGET;
    case CHIP_BUSY:
        return CHIP_REFUSE_BUSY;
    case CHIP_KEPT: /* and yet not to be given: out of date already */
    case CHIP_UNREACHABLE:
        break;
    }
    return CHIP_REFUSE_UNREACHABLE;
}

struct refusal chip_report_refusal(const struct chip_report *report)
{
    struct refusal refusal = *chip_refusal(refusal_by(report->outcome));

    if (report->why[0] != 0)
        refusal.message = report->why;
    if (refusal.retry_after_s > 0 && report->retry_after_s > 0)
        refusal.retry_after_s = report->retry_after_s;
    return refusal;
}

enum refusal_shape chip_shape(enum chip_route route)
{
    switch (route) {
    case CHIP_ROUTE_KDS:
        return REFUSAL_KDS;
    case CHIP_ROUTE_METADATA:
        return REFUSAL_JSON;
    case CHIP_ROUTE_REGIONAL:
        return REFUSAL_BARE;
    case CHIP_ROUTE_NONE:
    case CHIP_ROUTE_POST:
        break;
    }
    return REFUSAL_JSON;
}
