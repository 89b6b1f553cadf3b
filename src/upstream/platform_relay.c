/* SPDX-License-Identifier: Apache-2.0 */
/* Direct registration, handed on: what a platform says to Intel's registration service
 * goes to the first PCS that answers, and its word comes back as it is.
 *
 * Source: Intel SGX Registration Service API v1; its add-package call needs the
 * subscription key, its platform call none. */
#include <stdio.h>
#include <stdlib.h>

#include "kit/buf.h"
#include "kit/crypto.h"
#include "upstream/keeper.h"

enum {
    RELAYS_MAX = 64,
    RELAY_BODY_MAX = REGISTRATION_BYTES_MAX,
    RELAY_ANSWER_MAX = 64 * 1024,
    RELAY_HEADER_MAX = 256,
};

struct relay { /* lives until it is told */
    struct refresh *keeper;
    struct relay_demand demand; /* its body is the buffer's */
    struct buf body;
    size_t upstream;
    uint32_t asked; /* bit by upstream */
    struct error why;
};

static void relay_tell(struct relay *relay, const struct relay_answer *answer)
{
    relay->keeper->platforms.relay_count--;
    relay->demand.told(relay->demand.context, answer);
    buf_fini(&relay->body);
    free(relay);
}

/* ---- the answer ----------------------------------------------------------------------
 */

/* Printable ASCII that fits; NULL for anything else. */
static const char *header_text(const struct http_answer *answer, const char *name,
                               char room[RELAY_HEADER_MAX])
{
    struct bytes value = http_answer_header(answer, name);

    if (value.len == 0 || value.len >= RELAY_HEADER_MAX)
        return NULL;
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] < 0x20 || value.at[i] > 0x7e)
            return NULL;
    memcpy(room, value.at, value.len);
    room[value.len] = 0;
    return room;
}

static void relay_next(struct relay *relay);

static void call_done(void *context, const struct http_answer *answer)
{
    struct relay *relay = context;
    struct sha256 digest = sha256(buf_bytes(&relay->body));
    char code[RELAY_HEADER_MAX], message[RELAY_HEADER_MAX], count[RELAY_HEADER_MAX];
    uint64_t thing;

    memcpy(&thing, digest.digest, sizeof thing);
    if (!relay->keeper->ending)
        keeper_note_call(relay->keeper, relay->upstream, thing, answer,
                         answer->reached && answer->status < 500);
    if (!answer->reached) {
        error_set(&relay->why, answer->kind, "%s", answer->failure);
        relay_next(relay);
        return;
    }
    struct relay_answer told = {
        .status = answer->status,
        .error_code = header_text(answer, "Error-Code", code),
        .error_message = header_text(answer, "Error-Message", message),
        .certificate_count = header_text(answer, "Certificate-Count", count),
        .body = answer->body,
    };
    relay_tell(relay, &told);
}

/* ---- the call ------------------------------------------------------------------------
 */

static bool call(struct relay *relay, const char *key)
{
    const struct config_upstream *upstream =
        &relay->keeper->options.config->intel.upstreams[relay->upstream];
    bool is_package = relay->demand.kind == RELAY_PACKAGE;
    char url[PCS_URL_MAX], key_header[SECRET_ROOM + 32];

    snprintf(url, sizeof url, "%s/sgx/registration/v1/%s", upstream->url,
             is_package ? "package" : "platform");
    platform_key_header(upstream, is_package ? key : "", key_header);
    const char *headers[] = {
        "Content-Type: application/octet-stream",
        key_header[0] == 0 ? NULL : key_header,
        NULL,
    };
    struct http_call http = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .body = buf_bytes(&relay->body),
        .ca_file = upstream->ca_file,
        .proxy = upstream->proxy,
        .connect_ms = upstream->connect_ms,
        .total_ms = upstream->total_ms,
        .body_max = RELAY_ANSWER_MAX,
        .context = relay,
        .done = call_done,
    };
    bool is_begun = http_client_start(relay->keeper->client, &http, &relay->why);
    explicit_bzero(key_header, sizeof key_header);
    return is_begun;
}

static bool ask(struct relay *relay, size_t i)
{
    struct refresh *keeper = relay->keeper;
    struct breaker *breaker = &keeper->upstreams[i].breaker;
    int64_t now_ms = clock_mono_ms(keeper->options.clock);
    char key[SECRET_ROOM];
    bool is_begun = false;

    relay->asked |= (uint32_t)1 << i;
    relay->upstream = i;
    if (!keeper_read_key(keeper, i, key, &relay->why))
        return false;
    if (!breaker_allows(breaker, now_ms))
        error_set(&relay->why, ERROR_UNREACHABLE,
                  "upstream %s does not answer and is left alone for a while",
                  keeper->upstreams[i].condition.name);
    else if (call(relay, key))
        is_begun = true;
    else
        breaker_failed(breaker, i, now_ms);
    explicit_bzero(key, sizeof key);
    return is_begun;
}

static void relay_next(struct relay *relay)
{
    const struct config *config = relay->keeper->options.config;
    bool is_ending = relay->keeper->ending;

    for (size_t i = 0; i < config->intel.upstream_count && !is_ending; i++)
        if (config->intel.upstreams[i].kind == UPSTREAM_PCS
            && (relay->asked & (uint32_t)1 << i) == 0 && ask(relay, i))
            return;
    struct relay_answer nobody = {
        .failure = is_ending                       ? "the service is stopping"
                   : relay->why.kind == ERROR_NONE ? "no upstream is a PCS"
                                                   : relay->why.text,
    };
    relay_tell(relay, &nobody);
}

static void refuse(const struct relay_demand *demand, const char *why)
{
    struct relay_answer answer = { .failure = why };

    demand->told(demand->context, &answer);
}

void platform_relay(struct refresh *keeper, const struct relay_demand *demand)
{
    struct platform_room *room = &keeper->platforms;
    struct bytes address = bytes_of(demand->address, demand->address_len);
    int64_t retry_after_s;

    if (demand->body.len > RELAY_BODY_MAX || room->relay_count >= RELAYS_MAX) {
        refuse(demand, demand->body.len > RELAY_BODY_MAX
                           ? "the registration is larger than any platform's"
                           : "too many registrations are being handed on");
        return;
    }
    if (address.len > 0
        && !budget_take(keeper->budget, address, clock_real_ms(), &retry_after_s)) {
        refuse(demand, "enough calls have been caused; try again in a minute");
        return;
    }
    struct relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL) {
        refuse(demand, "no memory");
        return;
    }
    relay->keeper = keeper;
    relay->demand = *demand;
    buf_init(&relay->body, RELAY_BODY_MAX);
    buf_add(&relay->body, demand->body);
    relay->demand.body = buf_bytes(&relay->body);
    room->relay_count++;
    relay_next(relay);
}
