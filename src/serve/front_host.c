/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/front_parts.h"

/* By verdict; statuses are PCCS's, which clients have words of their own for. */
static const struct refusal by_verdict[] = {
    [HOSTS_UNKNOWN] = {
        .status = 461,
        .code = "platform_unknown",
        .message = "This platform is not registered here.",
        .remedy = "Register it: POST /sgx/certification/v4/platforms, or thim platform "
                  "register.",
    },
    [HOSTS_WAITING] = {
        .status = 461,
        .code = "platform_waiting",
        .remedy = "thim platform doctor says what it waits for.",
    },
    [HOSTS_NO_TCB_INFO] = {
        .status = 404,
        .code = "no_tcb_info",
        .remedy = "thim refresh asks for it; without upstreams it comes in a bundle.",
    },
    [HOSTS_NO_FIT] = {
        .status = 404,
        .code = "no_fit",
        .remedy = "Are CPUSVN and PCESVN this platform's own? thim platform doctor says "
                  "which component is short.",
    },
    [HOSTS_GAP] = {
        .status = 462,
        .code = "certificate_gap",
        .remedy = "It is asked for again each day; a firmware update may help.",
    },
    [HOSTS_REVOKED] = {
        .status = 404,
        .code = "revoked",
        .remedy = "Intel believes this platform no more. Its vendor has to be asked.",
    },
    [HOSTS_DENIED] = {
        .status = 403,
        .code = "denied",
        .remedy = DENIALS_REMEDY,
    },
    [HOSTS_UNSOUND] = {
        .status = 404,
        .code = "unsound",
        .remedy = "thim platform show names each of them and why.",
    },
    [HOSTS_FAILED] = {
        .status = 500,
        .code = "failed",
        .remedy = "The log of thimd says more.",
    },
};

/* A stranger that brings no encrypted PPID can't be asked for upstream either. */
static const struct refusal zero_ppid = {
    .status = 404,
    .code = "zero_ppid",
    .message = "This platform is not known here, and without its encrypted PPID nobody "
               "can be asked for it.",
    .remedy = "Ask with encrypted_ppid, or register the platform.",
};

struct refusal front_host_refusal(const struct front *front,
                                  const struct pck_question *question,
                                  const struct hosts_answer *answer)
{
    struct refusal refusal = by_verdict[answer->verdict];

    if (answer->verdict == HOSTS_UNKNOWN && front->config->intel.fill == FILL_LAZY
        && !question->has_encrypted_ppid)
        return zero_ppid;
    if (refusal.message == NULL)
        refusal.message = answer->why.text;
    return refusal;
}

/* Whether upstream may know better. */
static bool is_worth_asking(const struct front *front,
                            const struct pck_question *question,
                            const struct hosts_answer *answer)
{
    enum fill_mode fill = front->config->intel.fill;

    if (front->desk.ask == NULL || fill == FILL_OFFLINE)
        return false;
    switch (answer->verdict) {
    case HOSTS_UNKNOWN:
        return fill == FILL_LAZY && question->has_encrypted_ppid;
    case HOSTS_WAITING:
        return true;
    case HOSTS_NO_TCB_INFO:
        return fill == FILL_LAZY;
    case HOSTS_NO_FIT:
    case HOSTS_GAP:
    case HOSTS_UNSOUND:
        return answer->may_improve;
    case HOSTS_GIVEN:
    case HOSTS_REVOKED:
    case HOSTS_DENIED:
    case HOSTS_FAILED:
        break;
    }
    return false;
}

void front_answer_host(struct front *front, struct http_request *request,
                       const struct question *question)
{
    struct hosts_asker asker = {
        .azure_shape = question->azure_shape,
        .if_none_match = http_request_header(request, "If-None-Match"),
        .request_id = request_id_sent(request),
    };
    struct hosts_answer answer;

    hosts_ask(front->hosts, &question->pck, &asker, &answer);
    if (answer.verdict == HOSTS_GIVEN) {
        front_count(answer.is_not_modified ? &front->not_modified : &front->answered);
        answer_and_release(request, answer.reply);
    } else if (is_worth_asking(front, &question->pck, &answer)) {
        struct question asked = *question;
        memcpy(asked.fmspc_wanted, answer.fmspc, sizeof asked.fmspc_wanted);
        asked.wants_tcb_info = answer.verdict == HOSTS_NO_TCB_INFO;
        front_miss(front, request, &asked);
    } else {
        struct refusal refusal = front_host_refusal(front, &question->pck, &answer);
        front_refuse(front, request, &refusal);
    }
}
