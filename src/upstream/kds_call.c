/* SPDX-License-Identifier: Apache-2.0 */
/* Asking, and what comes of it: a slot of the upstream's bucket for each certificate.
 * Chains and CRLs go before, one after the other, and wait for no slot: what KDS counts
 * is VCEKs, and without these none of them can be judged. */
#include <stdio.h>
#include <stdlib.h>

#include "config/secret.h"
#include "kit/log.h"
#include "upstream/kds_keeper.h"

enum { THROTTLED_DOUBLINGS_MAX = 5 };

struct call { /* lives until it is done; one of the two */
    struct kds *keeper;
    struct kds_list *list;
    struct kds_task *task;
    size_t upstream;
    struct kds_key key;
};

/* ---- what became of it --------------------------------------------------------------
 */

static uint64_t thing_of(const struct kds_key *key)
{
    struct kds_key_text text = kds_key_text(key);
    struct sha256 digest = sha256(bytes_of_text(text.s));
    uint64_t thing;

    memcpy(&thing, digest.digest, sizeof thing);
    return thing;
}

/* A refusal that does not say for how long: half a minute, doubling. */
static void put_off(struct kds *keeper, struct kds_upstream *upstream, int64_t *wait_s)
{
    if (*wait_s == 0) {
        *wait_s = (int64_t)SCHEDULE_BACKOFF_FIRST_S << upstream->throttled;
        if (upstream->throttled < THROTTLED_DOUBLINGS_MAX)
            upstream->throttled++;
    }
    kds_bucket_put_off(&upstream->bucket, kds_now_ms(keeper) + *wait_s * 1000);
}

static void note_call(struct kds *keeper, const struct call *call, enum kds_reply reply)
{
    struct kds_upstream *upstream = &keeper->upstreams[call->upstream];
    struct upstream_condition *condition = &upstream->condition;
    bool was_open = breaker_is_open(&upstream->breaker);

    upstream->calling--;
    upstream->lists_calling -= call->list != NULL;
    condition->calls++;
    if (reply == 0 || reply == KDS_BROKEN) {
        condition->failed++;
        breaker_failed(&upstream->breaker, thing_of(&call->key), kds_now_ms(keeper));
    } else {
        breaker_ok(&upstream->breaker);
        condition->failed += reply == KDS_THROTTLED;
        condition->last_ok_s = kds_now_s(keeper);
    }
    if (reply == KDS_OK || reply == KDS_ABSENT)
        upstream->throttled = 0;
    condition->breaker_open = breaker_is_open(&upstream->breaker);
    if (condition->breaker_open != was_open)
        log_event(was_open ? LOG_INFO : LOG_WARNING, "amd", "upstream=%s %s",
                  upstream->config->name,
                  was_open ? "answers again" : "does not answer; left alone for a while");
    conditions_set_upstream(keeper->options.conditions, condition);
}

static void next_upstream(struct kds *keeper, const struct call *call,
                          enum chip_fetch outcome, int64_t retry_after_s,
                          const struct error *err)
{
    struct kds_list *list = call->list;

    if (list == NULL) {
        if (outcome != CHIP_NOT_FOUND)
            kds_chip_trouble(call->task, outcome, retry_after_s, err);
        kds_queue_task(keeper, call->task);
        return;
    }
    list->was_absent = list->was_absent || outcome == CHIP_NOT_FOUND;
    if (outcome != CHIP_NOT_FOUND && list->why.kind == ERROR_NONE) {
        list->why = *err;
        list->retry_after_s = retry_after_s;
    }
    kds_queue_list(keeper, list);
}

static void read_answer(struct kds *keeper, const struct call *call,
                        const struct http_answer *answer, enum kds_reply reply,
                        int64_t wait_s)
{
    struct error err = { 0 };
    enum chip_fetch outcome = CHIP_UNREACHABLE;

    if (reply == KDS_OK) {
        bool is_taken = kds_body_check(answer->body, call->key.resource, &err)
                        && (call->list == NULL
                                ? kds_chip_take(keeper, call->task, answer->body, &err)
                                : kds_list_take(keeper, call->list, answer->body, &err));
        if (is_taken)
            return;
        outcome = err.kind == ERROR_SYSTEM ? CHIP_UNREACHABLE : CHIP_UNTRUSTED;
    } else if (reply == KDS_ABSENT) {
        outcome = CHIP_NOT_FOUND;
    } else if (reply == 0) {
        error_set(&err, answer->kind, "%s", answer->failure);
    } else {
        error_set(&err, reply == KDS_REFUSED ? ERROR_FORMAT : ERROR_UNREACHABLE,
                  "upstream answered %u%s", answer->status,
                  answer->status >= 300 && answer->status < 400
                      ? ": redirects are not followed"
                      : "");
    }
    if (err.kind != ERROR_NONE && keeper->upstream_count > 1)
        error_within(&err, "upstream %s", keeper->upstreams[call->upstream].config->name);
    next_upstream(keeper, call, outcome, wait_s, &err);
}

static void call_done(void *context, const struct http_answer *answer)
{
    struct call call = *(struct call *)context;
    struct kds *keeper = call.keeper;
    struct kds_upstream *upstream = &keeper->upstreams[call.upstream];
    enum kds_reply reply = 0; /* none came */
    int64_t wait_s = 0;

    free(context);
    if (answer->reached)
        reply = kds_reply_read(answer->status, http_answer_header(answer, "Retry-After"),
                               clock_real_wall_s(), &wait_s);
    note_call(keeper, &call, reply);
    if (reply == KDS_THROTTLED)
        put_off(keeper, upstream, &wait_s);
    if (keeper->ending) {
        if (call.list != NULL)
            call.list->state = KDS_LIST_RESTING;
        return; /* tasks are told by who ends */
    }
    read_answer(keeper, &call, answer, reply, wait_s);
    if (reply == KDS_THROTTLED || breaker_is_open(&upstream->breaker))
        kds_queue_again(keeper, call.upstream);
}

/* ---- asking -------------------------------------------------------------------------
 */

static bool read_token(struct kds_upstream *upstream, char header[SECRET_ROOM + 32],
                       struct error *err)
{
    char token[SECRET_ROOM];

    header[0] = 0;
    if (upstream->config->api_key_file == NULL)
        return true;
    if (!secret_file_read(upstream->config->api_key_file, token, err)) {
        if (strcmp(upstream->key_logged.text, err->text) != 0)
            log_event(LOG_ERROR, "amd", "upstream=%s its token is not there why=\"%s\"",
                      upstream->config->name, err->text);
        upstream->key_logged = *err;
        return false;
    }
    upstream->key_logged = (struct error){ 0 };
    snprintf(header, SECRET_ROOM + 32, "Authorization: Bearer %s", token);
    explicit_bzero(token, sizeof token);
    return true;
}

static bool start_call(struct kds *keeper, struct call *call, struct error *err)
{
    struct kds_upstream *upstream = &keeper->upstreams[call->upstream];
    const struct config_amd_upstream *config = upstream->config;
    char token[SECRET_ROOM + 32];
    const char *headers[] = { token, NULL };
    struct kds_request request;

    if (!kds_request_write(config, &call->key, &request)
        || !read_token(upstream, token, err))
        return false;
    struct http_call http = {
        .url = request.url,
        .headers = token[0] == 0 ? NULL : headers,
        .ca_file = config->ca_file,
        .proxy = config->proxy,
        .connect_ms = config->connect_ms,
        .total_ms = config->total_ms,
        .body_max = request.body_max,
        .context = call,
        .done = call_done,
    };
    if (request.wants_client_certificate) {
        http.certificate_file = config->client_certificate_file;
        http.key_file = config->client_key_file;
    }
    bool is_started = http_client_start(keeper->client, &http, err);
    explicit_bzero(token, sizeof token);
    return is_started;
}

/* Spends the slot; what can't even be begun goes on to the next upstream. */
static void ask(struct kds *keeper, size_t i, struct kds_list *list,
                struct kds_task *task)
{
    struct kds_upstream *upstream = &keeper->upstreams[i];
    struct call here = { .keeper = keeper, .list = list, .task = task, .upstream = i };
    struct call *call = calloc(1, sizeof *call);
    struct error err = { 0 };

    here.key = list != NULL ? list->key : task->key;
    if (list != NULL) {
        list->asked |= (uint32_t)1 << i;
        list->state = KDS_LIST_CALLING;
    } else {
        task->asked |= (uint32_t)1 << i;
        task->state = KDS_TASK_CALLING;
    }
    upstream->calling++;
    upstream->lists_calling += list != NULL;
    if (call == NULL) {
        error_set(&err, ERROR_SYSTEM, "no memory for a call");
    } else {
        *call = here;
        if (start_call(keeper, call, &err))
            return;
        free(call);
    }
    note_call(keeper, &here, 0);
    next_upstream(keeper, &here, CHIP_UNREACHABLE, SCHEDULE_BACKOFF_FIRST_S, &err);
    if (breaker_is_open(&upstream->breaker))
        kds_queue_again(keeper, i);
}

/* A CRL is of no use before the chain that it is judged by. */
static int urgency(const struct kds_list *list)
{
    int rank = list->key.resource == KDS_CRL ? 1 : list->key.vek == VEK_VLEK ? 2 : 0;

    return list->is_urgent ? rank : rank + 3;
}

static struct kds_list *next_list(struct kds *keeper, size_t i)
{
    struct kds_list *found = NULL;

    for (size_t k = 0; k < keeper->list_count; k++) {
        struct kds_list *list = &keeper->lists[k];
        if (list->state == KDS_LIST_WAITING && list->upstream == i
            && (found == NULL || urgency(list) < urgency(found)))
            found = list;
    }
    return found;
}

static bool ask_list(struct kds *keeper, size_t i)
{
    struct kds_upstream *upstream = &keeper->upstreams[i];
    struct kds_list *list = next_list(keeper, i);
    int64_t now_ms = kds_now_ms(keeper);

    if (list == NULL || upstream->lists_calling > 0
        || kds_bucket_is_put_off(&upstream->bucket, now_ms)
        || !breaker_allows(&upstream->breaker, now_ms))
        return false;
    ask(keeper, i, list, NULL);
    return true;
}

/* It may have waited for hours: without a law to judge by now, its slot is another's. */
static bool set_aside(struct kds *keeper, size_t i)
{
    struct kds_upstream *upstream = &keeper->upstreams[i];
    struct kds_task *task = (struct kds_task *)kds_queue_peek(&upstream->queue);
    struct error err = { 0 };
    bool is_coming;

    if (kds_chip_has_law(keeper, &task->key, &is_coming, &err))
        return false;
    kds_queue_remove(&upstream->queue, &task->place);
    keeper->turns_moved = true;
    kds_demand_begin(keeper, task);
    return true;
}

static bool ask_task(struct kds *keeper, size_t i)
{
    struct kds_upstream *upstream = &keeper->upstreams[i];
    int64_t now_ms = kds_now_ms(keeper);

    if (kds_queue_len(&upstream->queue) == 0 || upstream->calling >= KDS_CALLS_MAX
        || keeper->unwritten >= KDS_UNWRITTEN_MAX
        || kds_bucket_token_ms(&upstream->bucket, 0, now_ms) > now_ms)
        return false;
    if (set_aside(keeper, i))
        return true;
    if (!breaker_allows(&upstream->breaker, now_ms)
        || !kds_bucket_take(&upstream->bucket, now_ms))
        return false;
    ask(keeper, i, NULL, (struct kds_task *)kds_queue_take(&upstream->queue));
    return true;
}

bool kds_ask(struct kds *keeper)
{
    bool has_asked = false;

    for (size_t i = 0; i < keeper->upstream_count; i++)
        while (ask_list(keeper, i) || ask_task(keeper, i))
            has_asked = true;
    return has_asked;
}

static bool has_list_waiting(const struct kds *keeper, size_t i)
{
    for (size_t k = 0; k < keeper->list_count; k++)
        if (keeper->lists[k].state == KDS_LIST_WAITING && keeper->lists[k].upstream == i)
            return true;
    return false;
}

/* Until it may be asked again, where nothing but time is waited for. */
static int64_t pause_of(const struct kds *keeper, size_t i, int64_t now_ms)
{
    const struct kds_upstream *upstream = &keeper->upstreams[i];
    int64_t open_ms =
        breaker_is_open(&upstream->breaker) ? upstream->breaker.open_until_ms : now_ms;
    int64_t list_ms = INT64_MAX, task_ms = INT64_MAX;

    if (breaker_is_probed(&upstream->breaker))
        return INT64_MAX;
    if (upstream->lists_calling == 0 && has_list_waiting(keeper, i))
        list_ms = upstream->bucket.put_off_ms;
    if (upstream->calling < KDS_CALLS_MAX && kds_queue_len(&upstream->queue) > 0)
        task_ms = kds_bucket_token_ms(&upstream->bucket, 0, now_ms);
    int64_t next_ms = list_ms < task_ms ? list_ms : task_ms;
    if (next_ms == INT64_MAX)
        return INT64_MAX;
    return (next_ms > open_ms ? next_ms : open_ms) - now_ms;
}

int64_t kds_pause_ms(const struct kds *keeper, int64_t most)
{
    int64_t now_ms = kds_now_ms(keeper);

    if (clock_is_standing(keeper->options.clock))
        return most; /* until somebody moves it */
    for (size_t i = 0; i < keeper->upstream_count; i++) {
        int64_t pause_ms = pause_of(keeper, i, now_ms);
        most = pause_ms < most ? pause_ms : most;
    }
    for (size_t i = 0; i < keeper->list_count; i++) {
        const struct kds_list *list = &keeper->lists[i];
        /* one that is due already waits for something else */
        if (list->state == KDS_LIST_RESTING && list->due_ms > now_ms
            && list->due_ms - now_ms < most)
            most = list->due_ms - now_ms;
    }
    return most > 0 ? most : 0;
}
