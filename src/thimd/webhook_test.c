/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts to a server of the test's own, which answers as it is told to. */
#include "thimd/webhook.h"

#include <fcntl.h>

#include "kit/log.h"
#include "net/test_peer.h"

#define SECRET "/hooks/T0P-S3CR3T"

enum { STATUSES_MAX = 8, ALERTS_MAX = 128 };

struct desk { /* who is told */
    struct witness witness;
    struct counters *counters;
    struct webhook *webhook;
    unsigned statuses[STATUSES_MAX]; /* what it answers, one after another; then 200 */
    atomic_bool holds;               /* it lets the first wait until `held` is answered */
    char url[64];

    pthread_mutex_t lock; /* guards what follows */
    unsigned told;
    char bodies[ALERTS_MAX][32], type[64];
    int64_t at_ms[ALERTS_MAX];
    struct http_waiter *held;
};

static struct http_reply *reply_of(unsigned status)
{
    const struct http_header location = { "Location", "http://127.0.0.1:1/elsewhere" };
    struct http_reply *reply = NULL;
    struct error err = { 0 };

    assert_ok(http_reply_create(status, &location, status / 100 == 3, (struct bytes){ 0 },
                                &reply, &err),
              err);
    return reply;
}

static void answer(struct witness *witness, struct http_request *request)
{
    struct desk *desk = witness->context;
    const char *type = http_request_header(request, "Content-Type");

    pthread_mutex_lock(&desk->lock);
    unsigned i = desk->told++;
    witness_text(desk->bodies[i], sizeof desk->bodies[i], http_request_body(request));
    snprintf(desk->type, sizeof desk->type, "%s", type == NULL ? "none" : type);
    desk->at_ms[i] = clock_real_ms();
    unsigned status =
        i < STATUSES_MAX && desk->statuses[i] != 0 ? desk->statuses[i] : 200;
    struct http_reply *reply = reply_of(status);
    if (i == 0 && atomic_load(&desk->holds))
        desk->held = http_request_suspend(request, PEER_WAIT_MS, reply);
    else
        http_request_answer(request, reply);
    http_reply_release(reply);
    pthread_mutex_unlock(&desk->lock);
}

static unsigned told(struct desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    unsigned count = desk->told;
    pthread_mutex_unlock(&desk->lock);
    return count;
}

struct search {
    const char *name;
    uint64_t value;
};

static void look(void *search_, const char *name, uint64_t value)
{
    struct search *search = search_;

    if (strcmp(search->name, name) == 0)
        search->value = value;
}

static uint64_t counted(struct desk *desk, const char *name)
{
    struct search search = { .name = name };

    counters_visit(desk->counters, look, &search);
    return search.value;
}

static void desk_open(struct desk *desk)
{
    const struct http_server_options server = { .address = "127.0.0.1", .threads = 1 };
    struct error err = { 0 };

    log_set_level(LOG_SILENT);
    pthread_mutex_init(&desk->lock, NULL);
    desk->counters = counters_create();
    desk->witness = (struct witness){ .body_limit = WEBHOOK_ALERT_MAX,
                                      .instead = answer,
                                      .context = desk };
    witness_start(&desk->witness, &server);
    snprintf(desk->url, sizeof desk->url, "http://127.0.0.1:%u" SECRET,
             (unsigned)http_server_port(desk->witness.server));
    struct webhook_options options = { .url = desk->url,
                                       .counters = desk->counters,
                                       .second_ms = 1 };
    assert_ok(webhook_start(&options, &desk->webhook, &err), err);
}

static void desk_close(struct desk *desk)
{
    webhook_stop(TAKE(desk->webhook));
    witness_stop(&desk->witness);
    counters_destroy(desk->counters);
    pthread_mutex_destroy(&desk->lock);
}

static void post(struct desk *desk, const char *text)
{
    webhook_post(desk->webhook, bytes_of_text(text));
}

/* ---- claims -------------------------------------------------------------------------
 */

static void an_alert_arrives_as_it_was_given(void **state)
{
    struct desk desk = { 0 };

    (void)state;
    desk_open(&desk);
    char text[] = "{\"falls\":7}";
    post(&desk, text);
    memset(text, 'x', sizeof text - 1); /* it was copied */
    peer_await(counted(&desk, "webhook_sent") == 1);
    assert_int_equal(told(&desk), 1);
    assert_string_equal(desk.bodies[0], "{\"falls\":7}");
    assert_string_equal(desk.type, "application/json");
    assert_string_equal(desk.witness.last_target, SECRET);
    assert_int_equal(desk.witness.last_method, HTTP_POST);
    desk_close(&desk);
}

static void what_passes_is_tried_again_and_the_rest_given_up_at_once(void **state)
{
    static const struct {
        const char *claim;
        unsigned statuses[STATUSES_MAX];
        unsigned tries, sent, given_up;
    } cases[] = {
        { "204 is well", { 204 }, 1, 1, 0 },
        { "503, then well", { 503 }, 2, 1, 0 },
        { "three troubles, then well", { 503, 429, 500 }, 4, 1, 0 },
        { "the fifth try may do", { 503, 503, 503, 408, 201 }, 5, 1, 0 },
        { "there is no sixth", { 503, 503, 503, 503, 503, 200 }, 5, 0, 1 },
        { "400 will be 400", { 400 }, 1, 0, 1 },
        { "trouble, then 404", { 502, 404 }, 2, 0, 1 },
        { "a redirect is not followed", { 307 }, 1, 0, 1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct desk desk = { 0 };
        memcpy(desk.statuses, cases[i].statuses, sizeof desk.statuses);
        desk_open(&desk);
        post(&desk, "{}");
        peer_await(counted(&desk, "webhook_sent") + counted(&desk, "webhook_given_up")
                   == 1);
        if (told(&desk) != cases[i].tries
            || counted(&desk, "webhook_sent") != cases[i].sent
            || counted(&desk, "webhook_given_up") != cases[i].given_up)
            fail_msg("%s: %u tries", cases[i].claim, told(&desk));
        post(&desk, "{\"next\":1}"); /* whatever became of it, others go on */
        peer_await(counted(&desk, "webhook_sent") + counted(&desk, "webhook_given_up")
                   == 2);
        desk_close(&desk);
    }
}

static void pauses_grow(void **state)
{
    static const int64_t least_ms[] = { 1, 5, 30, 120 };
    struct desk desk = { .statuses = { 503, 503, 503, 503 } };

    (void)state;
    desk_open(&desk);
    post(&desk, "{}");
    peer_await(counted(&desk, "webhook_sent") == 1);
    assert_int_equal(told(&desk), WEBHOOK_TRIES);
    for (size_t i = 0; i < COUNT_OF(least_ms); i++)
        assert_true(desk.at_ms[i + 1] - desk.at_ms[i] >= least_ms[i]);
    desk_close(&desk);
}

static void alerts_keep_their_order_and_the_oldest_gives_way(void **state)
{
    enum { DISPLACED = 3 };
    struct desk desk = { .holds = true };
    char text[32];

    (void)state;
    desk_open(&desk);
    post(&desk, "0");
    peer_await(told(&desk) == 1);
    for (int i = 1; i <= WEBHOOK_QUEUE_MAX + DISPLACED; i++) {
        snprintf(text, sizeof text, "%d", i);
        post(&desk, text);
        assert_int_equal(counted(&desk, "webhook_displaced"),
                         i > WEBHOOK_QUEUE_MAX ? i - WEBHOOK_QUEUE_MAX : 0);
    }
    struct http_reply *well = reply_of(200);
    http_waiter_answer(desk.held, well);
    http_reply_release(well);
    peer_await(counted(&desk, "webhook_sent") == 1 + WEBHOOK_QUEUE_MAX);
    assert_int_equal(told(&desk), 1 + WEBHOOK_QUEUE_MAX);
    for (int i = 1; i <= WEBHOOK_QUEUE_MAX; i++) {
        snprintf(text, sizeof text, "%d", i + DISPLACED);
        assert_string_equal(desk.bodies[i], text);
    }
    desk_close(&desk);
}

static void what_is_too_large_or_empty_is_not_taken(void **state)
{
    struct desk desk = { 0 };
    struct buf large;

    (void)state;
    desk_open(&desk);
    buf_init(&large, WEBHOOK_ALERT_MAX + 1);
    while (large.len < WEBHOOK_ALERT_MAX)
        buf_add_byte(&large, ' ');
    webhook_post(desk.webhook, buf_bytes(&large));
    peer_await(counted(&desk, "webhook_sent") == 1);
    buf_add_byte(&large, ' ');
    webhook_post(desk.webhook, buf_bytes(&large));
    assert_int_equal(counted(&desk, "webhook_given_up"), 1);
    webhook_post(desk.webhook, (struct bytes){ 0 });
    assert_int_equal(counted(&desk, "webhook_given_up"), 2);
    assert_int_equal(told(&desk), 1);
    buf_fini(&large);
    desk_close(&desk);
}

static void a_failure_is_one_line_without_the_secret(void **state)
{
    struct desk desk = { .statuses = { 503, 503, 503, 503, 503 } };
    char *directory = test_directory();
    char path[4096], line[1024] = "";

    (void)state;
    snprintf(path, sizeof path, "%s/log", directory);
    desk_open(&desk);
    int log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int before = dup(STDERR_FILENO);
    assert_true(log >= 0 && before >= 0 && dup2(log, STDERR_FILENO) >= 0);
    log_set_level(LOG_INFO);
    post(&desk, "{}");
    peer_await(counted(&desk, "webhook_given_up") == 1);
    webhook_stop(TAKE(desk.webhook));
    log_set_level(LOG_SILENT);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    assert_true(pread(log, line, sizeof line - 1, 0) > 0);
    assert_non_null(strstr(line, "given up after tries=5 why=\"it answered 503\"\n"));
    assert_non_null(strstr(line, "host=127.0.0.1:"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_null(strstr(line, "S3CR3T"));
    close(log);
    close(before);
    test_remove(directory);
    desk_close(&desk);
}

static void stopping_waits_for_nobody(void **state)
{
    struct desk desk = { .holds = true };

    (void)state;
    desk_open(&desk);
    post(&desk, "under way");
    peer_await(told(&desk) == 1);
    post(&desk, "waiting");
    int64_t began_ms = clock_real_ms();
    webhook_stop(TAKE(desk.webhook));
    assert_true(clock_real_ms() - began_ms < PEER_WAIT_MS);
    assert_int_equal(told(&desk), 1);
    struct http_reply *well = reply_of(200);
    http_waiter_answer(desk.held, well);
    http_reply_release(well);
    desk_close(&desk);
}

static void only_a_url_that_may_be_called_is_taken(void **state)
{
    static const struct {
        const char *url, *part; /* NULL: it is taken */
    } cases[] = {
        { "https://alerts.example/hook", NULL },
        { "http://127.0.0.1:9/hook", NULL },
        { "http://alerts.example/hook", "webhook: " },
        { "ftp://127.0.0.1/hook", "webhook: " },
        { "https://user:secret@alerts.example/", "webhook: " },
        { "alerts.example", "webhook: " },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        OWNED(webhook_stop) struct webhook *webhook = NULL;
        struct webhook_options options = { .url = cases[i].url };
        struct error err = { 0 };
        bool is_taken = webhook_start(&options, &webhook, &err);
        if (is_taken != (cases[i].part == NULL))
            fail_msg("%s: %s", cases[i].url, is_taken ? "taken" : err.text);
        if (!is_taken)
            assert_refused(err, ERROR_FORMAT, cases[i].part);
    }
}

static void nobody_there_and_no_ca_file_end_like_any_failure(void **state)
{
    const char *const ca_files[] = { NULL, "/nowhere/ca.pem" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ca_files); i++) {
        struct desk desk = { 0 };
        struct error err = { 0 };
        desk_open(&desk);
        webhook_stop(TAKE(desk.webhook));
        http_server_stop(TAKE(desk.witness.server)); /* its port is closed now */
        struct webhook_options options = { .url = ca_files[i] == NULL
                                                      ? desk.url
                                                      : "https://127.0.0.1:9/",
                                           .ca_file = ca_files[i],
                                           .counters = desk.counters,
                                           .second_ms = 1 };
        assert_ok(webhook_start(&options, &desk.webhook, &err), err);
        post(&desk, "{}");
        peer_await(counted(&desk, "webhook_given_up") == 1);
        desk_close(&desk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_arrives_as_it_was_given),
        cmocka_unit_test(what_passes_is_tried_again_and_the_rest_given_up_at_once),
        cmocka_unit_test(pauses_grow),
        cmocka_unit_test(alerts_keep_their_order_and_the_oldest_gives_way),
        cmocka_unit_test(what_is_too_large_or_empty_is_not_taken),
        cmocka_unit_test(a_failure_is_one_line_without_the_secret),
        cmocka_unit_test(stopping_waits_for_nobody),
        cmocka_unit_test(only_a_url_that_may_be_called_is_taken),
        cmocka_unit_test(nobody_there_and_no_ca_file_end_like_any_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
