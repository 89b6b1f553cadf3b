/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kit/clock.h"
#include "net/http_transfer.h"

#define CALLS_PER_HOST 8
#define CONNECTIONS_MAX 64 /* in all */
#define CONNECTIONS_KEPT 32
#define POLL_MS_MAX 60000
#define USER_AGENT_MAX 128

struct http_client {
    CURLM *multi;
    struct http_transfer *first;
    unsigned running;
    uint64_t begun; /* serial of the newest call */
    atomic_bool woken;
    bool closing;
    char user_agent[USER_AGENT_MAX];
};

/* libcurl's own state for the process, made once and kept. */
static void start_library(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool http_client_create(const struct http_client_options *options,
                        struct http_client **out, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *agent = options->user_agent;
    unsigned per_host =
        options->calls_per_host == 0 ? CALLS_PER_HOST : options->calls_per_host;

    pthread_once(&once, start_library);
    OWNED(http_client_close) struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL || (client->multi = curl_multi_init()) == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for an HTTP client");
    if (agent != NULL && strlen(agent) >= sizeof client->user_agent)
        return error_set(err, ERROR_LIMIT, "the user agent's name is too long");
    snprintf(client->user_agent, sizeof client->user_agent, "%s",
             agent == NULL ? "thim/" THIM_VERSION : agent);
    if (curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)per_host)
            != CURLM_OK
        || curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                             (long)CONNECTIONS_MAX)
               != CURLM_OK
        || curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT)
               != CURLM_OK)
        return error_set(err, ERROR_SYSTEM, "libcurl lacks a limit that is needed");
    *out = TAKE(client);
    return true;
}

/* ---- calls come and go ---------------------------------------------------------- */

bool http_client_start(struct http_client *client, const struct http_call *call,
                       struct error *err)
{
    OWNED(http_transfer_free) struct http_transfer *transfer = NULL;

    if (client->closing)
        return error_set(err, ERROR_SYSTEM, "the HTTP client is being closed");
    if (!http_transfer_create(call, client->user_agent, &transfer, err))
        return false;
    CURLMcode code = curl_multi_add_handle(client->multi, transfer->easy);
    if (code != CURLM_OK)
        return error_set(err, ERROR_SYSTEM, "libcurl: %s", curl_multi_strerror(code));
    transfer->serial = ++client->begun;
    transfer->next = client->first;
    transfer->place = &client->first;
    if (transfer->next != NULL)
        transfer->next->place = &transfer->next;
    client->first = TAKE(transfer);
    client->running++;
    return true;
}

/* done may start and cancel others, so the transfer is out of the list before. */
static void finish(struct http_client *client, struct http_transfer *transfer,
                   const struct error *why)
{
    *transfer->place = transfer->next;
    if (transfer->next != NULL)
        transfer->next->place = transfer->place;
    client->running--;
    curl_multi_remove_handle(client->multi, transfer->easy);
    http_transfer_tell(transfer, why);
    http_transfer_free(transfer);
}

static struct http_transfer *find(struct http_client *client, const void *context,
                                  uint64_t newest)
{
    for (struct http_transfer *at = client->first; at != NULL; at = at->next)
        if (at->serial <= newest && (context == NULL || at->context == context))
            return at;
    return NULL;
}

static void end_all(struct http_client *client, const void *context, const char *words)
{
    struct http_transfer *transfer;
    struct error why = { 0 };
    uint64_t newest = client->begun; /* what done begins is not ended as well */

    error_set(&why, ERROR_UNREACHABLE, "%s", words);
    while ((transfer = find(client, context, newest)) != NULL)
        finish(client, transfer, &why);
}

void http_client_cancel(struct http_client *client, const void *context)
{
    if (context != NULL)
        end_all(client, context, "the call was given up");
}

void http_client_close(struct http_client *client)
{
    if (client == NULL)
        return;
    client->closing = true;
    end_all(client, NULL, "the client was closed");
    if (client->multi != NULL)
        curl_multi_cleanup(client->multi);
    free(client);
}

/* ---- moving on ------------------------------------------------------------------ */

static struct http_transfer *find_late(struct http_client *client, struct error *why)
{
    int64_t now_ms = clock_real_ms();

    for (struct http_transfer *at = client->first; at != NULL; at = at->next)
        if (http_transfer_is_late(at, now_ms, why))
            return at;
    return NULL;
}

static bool finish_some(struct http_client *client)
{
    struct http_transfer *transfer;
    struct error why = { 0 };
    bool ended = false;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        CURLcode code = message->data.result;
        char *transfer_at = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer_at);
        transfer = (struct http_transfer *)(void *)transfer_at;
        bool is_whole = http_transfer_judge(transfer, code, &why);
        finish(client, transfer, is_whole ? NULL : &why);
        ended = true;
    }
    while ((transfer = find_late(client, &why)) != NULL) {
        finish(client, transfer, &why);
        ended = true;
    }
    return ended;
}

static int wait_len_ms(const struct http_client *client, int64_t until_ms)
{
    int64_t now_ms = clock_real_ms();

    for (const struct http_transfer *at = client->first; at != NULL; at = at->next)
        if (http_transfer_next_ms(at) < until_ms)
            until_ms = http_transfer_next_ms(at);
    return until_ms <= now_ms                ? 0
           : until_ms - now_ms > POLL_MS_MAX ? POLL_MS_MAX
                                             : (int)(until_ms - now_ms);
}

bool http_client_run(struct http_client *client, int64_t wait_ms, unsigned *running,
                     struct error *err)
{
    int64_t until_ms = clock_real_ms() + wait_ms;
    CURLMcode code;
    int unused;

    for (;;) {
        code = curl_multi_perform(client->multi, &unused);
        if (code != CURLM_OK)
            break;
        if (finish_some(client) || atomic_exchange(&client->woken, false)
            || clock_real_ms() >= until_ms) {
            *running = client->running;
            return true;
        }
        code = curl_multi_poll(client->multi, NULL, 0, wait_len_ms(client, until_ms),
                               &unused);
        if (code != CURLM_OK)
            break;
    }
    return error_set(err, ERROR_SYSTEM, "libcurl: %s", curl_multi_strerror(code));
}

void http_client_wake(struct http_client *client)
{
    atomic_store(&client->woken, true);
    curl_multi_wakeup(client->multi);
}

/* ---- one call ------------------------------------------------------------------- */

struct fetched {
    unsigned *status;
    struct buf *body;
    struct error *err;
    bool ended, reached;
};

static void note_fetched(void *fetched_, const struct http_answer *answer)
{
    struct fetched *fetched = fetched_;

    fetched->ended = true;
    fetched->reached = answer->reached;
    if (!answer->reached) {
        error_set(fetched->err, answer->kind, "%s", answer->failure);
        return;
    }
    *fetched->status = answer->status;
    buf_add(fetched->body, answer->body);
}

bool http_fetch(struct http_client *client, const struct http_call *call,
                unsigned *status, struct buf *body, struct error *err)
{
    struct fetched fetched = { .status = status, .body = body, .err = err };
    struct http_call own = *call;
    unsigned running;

    own.context = &fetched;
    own.done = note_fetched;
    if (!http_client_start(client, &own, err))
        return false;
    while (!fetched.ended)
        if (!http_client_run(client, POLL_MS_MAX, &running, err)) {
            http_client_cancel(client, &fetched);
            return false;
        }
    if (fetched.reached && body->failed)
        return error_set(err, ERROR_LIMIT, "the answer is larger than %zu bytes",
                         body->ceiling);
    return fetched.reached;
}
