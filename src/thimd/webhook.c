/* SPDX-License-Identifier: Apache-2.0 */
#include "thimd/webhook.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "kit/buf.h"
#include "kit/clock.h"
#include "kit/log.h"
#include "kit/text.h"
#include "net/http_client.h"

enum { IDLE_MS = 60000, CONNECT_MS = 5000, TOTAL_MS = 10000 };

/* Before the second try, the third, and so on. */
static const int64_t pauses_s[WEBHOOK_TRIES - 1] = { 1, 5, 30, 120 };

struct webhook {
    char *url, *ca_file;
    struct bytes host; /* of the URL, with its port; for the log */
    int64_t second_ms;
    struct counter *sent, *given_up, *displaced;
    struct http_client *client;
    pthread_t thread;
    bool has_thread;

    /* the thread's own: the alert that is being sent */
    struct buf alert; /* empty: none is */
    unsigned tries;
    int64_t due_ms; /* machine time of the next try */
    bool is_calling;

    pthread_mutex_t lock;                /* guards what follows */
    struct buf queue[WEBHOOK_QUEUE_MAX]; /* a ring */
    size_t first, count;
    bool stopping;
};

/* ---- the queue --------------------------------------------------------------------- */

/* Under the lock. */
static struct buf take_first(struct webhook *webhook)
{
    struct buf alert = webhook->queue[webhook->first];

    webhook->first = (webhook->first + 1) % WEBHOOK_QUEUE_MAX;
    webhook->count--;
    return alert;
}

void webhook_post(struct webhook *webhook, struct bytes json)
{
    struct buf alert, displaced = { 0 };

    buf_init(&alert, WEBHOOK_ALERT_MAX);
    buf_add(&alert, json);
    if (alert.failed || alert.len == 0) {
        buf_fini(&alert);
        counter_add(webhook->given_up, 1);
        log_event(LOG_ERROR, "webhook", "an alert of %zu bytes is not sent: at most %zu",
                  json.len, WEBHOOK_ALERT_MAX);
        return;
    }
    pthread_mutex_lock(&webhook->lock);
    if (webhook->count == WEBHOOK_QUEUE_MAX) {
        displaced = take_first(webhook);
        counter_add(webhook->displaced, 1);
    }
    webhook->queue[(webhook->first + webhook->count++) % WEBHOOK_QUEUE_MAX] = alert;
    pthread_mutex_unlock(&webhook->lock);
    buf_fini(&displaced);
    http_client_wake(webhook->client);
}

static bool take_next(struct webhook *webhook)
{
    pthread_mutex_lock(&webhook->lock);
    bool there = webhook->count > 0;
    if (there)
        webhook->alert = take_first(webhook);
    pthread_mutex_unlock(&webhook->lock);
    webhook->tries = 0;
    webhook->due_ms = 0;
    return there;
}

/* ---- sending ------------------------------------------------------------------------
 */

static void give_up(struct webhook *webhook, const char *why)
{
    counter_add(webhook->given_up, 1);
    log_event(LOG_ERROR, "webhook",
              "host=%s an alert is given up after tries=%u why=\"%s\"",
              safe(webhook->host).s, webhook->tries, why);
    buf_fini(&webhook->alert);
}

static void try_later(struct webhook *webhook, const char *why)
{
    if (webhook->tries == WEBHOOK_TRIES)
        give_up(webhook, why);
    else
        webhook->due_ms =
            clock_real_ms() + pauses_s[webhook->tries - 1] * webhook->second_ms;
}

/* What asking again may mend: nobody there, trouble there, too much at once. */
static bool is_passing(const struct http_answer *answer)
{
    return !answer->reached || answer->status >= 500 || answer->status == 408
           || answer->status == 429;
}

static void call_done(void *context, const struct http_answer *answer)
{
    struct webhook *webhook = context;
    struct error why = { 0 };

    webhook->is_calling = false;
    if (answer->reached && answer->status >= 200 && answer->status < 300) {
        counter_add(webhook->sent, 1);
        buf_fini(&webhook->alert);
        return;
    }
    if (answer->reached)
        error_set(&why, ERROR_UNREACHABLE, "it answered %u%s", answer->status,
                  answer->status >= 300 && answer->status < 400
                      ? ": redirects are not followed"
                      : "");
    else
        error_set(&why, answer->kind, "%s", answer->failure);
    if (is_passing(answer))
        try_later(webhook, why.text);
    else
        give_up(webhook, why.text);
}

static void try_now(struct webhook *webhook)
{
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    struct error err = { 0 };
    struct http_call call = {
        .method = "POST",
        .url = webhook->url,
        .ca_file = webhook->ca_file,
        .headers = headers,
        .body = buf_bytes(&webhook->alert),
        .connect_ms = CONNECT_MS,
        .total_ms = TOTAL_MS,
        .context = webhook,
        .done = call_done,
    };

    webhook->tries++;
    webhook->is_calling = http_client_start(webhook->client, &call, &err);
    if (!webhook->is_calling)
        try_later(webhook, err.text);
}

/* ---- the thread ---------------------------------------------------------------------
 */

/* Begins what can be begun, and says for how long there is nothing else to do. */
static int64_t go_on(struct webhook *webhook)
{
    if (webhook->is_calling || (webhook->alert.len == 0 && !take_next(webhook)))
        return IDLE_MS;
    int64_t left_ms = webhook->due_ms - clock_real_ms();
    if (left_ms <= 0) {
        try_now(webhook);
        return 0;
    }
    return left_ms;
}

static bool is_stopping(struct webhook *webhook)
{
    pthread_mutex_lock(&webhook->lock);
    bool stopping = webhook->stopping;
    pthread_mutex_unlock(&webhook->lock);
    return stopping;
}

static void *send_alerts(void *context)
{
    struct webhook *webhook = context;
    struct error err = { 0 };
    unsigned running;

    while (!is_stopping(webhook)) {
        int64_t wait_ms = go_on(webhook);
        if (!http_client_run(webhook->client, wait_ms, &running, &err))
            log_event(LOG_ERROR, "webhook", "why=\"%s\"", err.text);
    }
    return NULL;
}

/* Signals are the main thread's: ours is born with all of them blocked. */
static bool start_thread(struct webhook *webhook, struct error *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&webhook->thread, NULL, send_alerts, webhook);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    webhook->has_thread = failed == 0;
    if (failed != 0)
        return error_set(err, ERROR_SYSTEM, "its thread can't start: %s",
                         strerror(failed));
    pthread_setname_np(webhook->thread, "thim-webhook");
    return true;
}

/* ---- start and stop -----------------------------------------------------------------
 */

static struct bytes host_of(const char *url)
{
    const char *begin = strstr(url, "://");

    begin = begin == NULL ? url : begin + 3;
    return bytes_of(begin, strcspn(begin, "/?#"));
}

bool webhook_start(const struct webhook_options *options, struct webhook **out,
                   struct error *err)
{
    const struct http_client_options http = { .calls_per_host = 1 };
    OWNED(webhook_stop) struct webhook *webhook = NULL;

    if (!http_url_allowed(options->url, err))
        return error_within(err, "webhook");
    webhook = calloc(1, sizeof *webhook);
    if (webhook == NULL)
        return error_set(err, ERROR_SYSTEM, "webhook: no memory");
    pthread_mutex_init(&webhook->lock, NULL);
    webhook->url = strdup(options->url);
    webhook->ca_file = options->ca_file == NULL ? NULL : strdup(options->ca_file);
    if (webhook->url == NULL || (options->ca_file != NULL && webhook->ca_file == NULL))
        return error_set(err, ERROR_SYSTEM, "webhook: no memory");
    webhook->host = host_of(webhook->url);
    webhook->second_ms = options->second_ms == 0 ? 1000 : options->second_ms;
    webhook->sent = counters_named(options->counters, "webhook_sent");
    webhook->given_up = counters_named(options->counters, "webhook_given_up");
    webhook->displaced = counters_named(options->counters, "webhook_displaced");
    if (!http_client_create(&http, &webhook->client, err) || !start_thread(webhook, err))
        return error_within(err, "webhook");
    *out = TAKE(webhook);
    return true;
}

static void end_thread(struct webhook *webhook)
{
    if (!webhook->has_thread)
        return;
    pthread_mutex_lock(&webhook->lock);
    webhook->stopping = true;
    pthread_mutex_unlock(&webhook->lock);
    http_client_wake(webhook->client);
    pthread_join(webhook->thread, NULL);
}

void webhook_stop(struct webhook *webhook)
{
    if (webhook == NULL)
        return;
    end_thread(webhook);
    http_client_close(webhook->client); /* a call under way ends in try_later */
    size_t left = webhook->count + (webhook->alert.len > 0);
    if (left > 0)
        log_event(LOG_WARNING, "webhook", "host=%s stopping with alerts=%zu not sent",
                  safe(webhook->host).s, left);
    buf_fini(&webhook->alert);
    while (webhook->count > 0) {
        struct buf alert = take_first(webhook);
        buf_fini(&alert);
    }
    pthread_mutex_destroy(&webhook->lock);
    free(webhook->url);
    free(webhook->ca_file);
    free(webhook);
}
