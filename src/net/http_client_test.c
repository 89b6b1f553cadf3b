/* SPDX-License-Identifier: Apache-2.0 */
/* Many calls at once, their ends, and the thread that drives them. */
#include "net/test_liar.h"

/* ---- many calls ----------------------------------------------------------------- */

static void connections_are_used_again(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct witness witness = { 0 };
    struct http_server_counts counts;
    char url[64];

    (void)state;
    witness_start(&witness, &(struct http_server_options){ 0 });
    url_of(url, "http", "127.0.0.1", http_server_port(witness.server));
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(make_call(client, (struct http_call){ .url = url }).status, 200);
    http_server_counts(witness.server, &counts);
    assert_int_equal(counts.requests, 10);
    assert_int_equal(counts.connections, 1);
    witness_stop(&witness);
}

static void many_calls_at_once_keep_to_the_bound_per_host(void **state)
{
    enum { CALLS = 100 };
    struct http_client *client;
    struct witness witness = { 0 };
    struct http_server_counts counts;
    static struct told told;
    struct error err = { 0 };
    char url[64];

    (void)state;
    told = (struct told){ 0 };
    assert_ok(http_client_create(&(struct http_client_options){ .calls_per_host = 4 },
                                 &client, &err),
              err);
    witness_start(&witness, &(struct http_server_options){ 0 });
    url_of(url, "http", "127.0.0.1", http_server_port(witness.server));
    for (size_t i = 0; i < CALLS; i++)
        assert_ok(http_client_start(
                      client,
                      &(struct http_call){ .url = url, .context = &told, .done = note },
                      &err),
                  err);
    run_until(client, &told, CALLS);
    assert_int_equal(told.count, CALLS);
    http_server_counts(witness.server, &counts);
    assert_int_equal(counts.requests, CALLS);
    assert_true(counts.connections <= 4);
    http_client_close(client);
    witness_stop(&witness);
}

/* The deadline counts from the start, also for calls that wait for others. */
static void calls_in_the_queue_end_at_their_deadline_too(void **state)
{
    struct http_client *client;
    struct liar liar = { .manner = LIAR_HOLDS, .text = "" };
    struct told told = { 0 };
    struct error err = { 0 };
    char url[64];

    (void)state;
    assert_ok(http_client_create(&(struct http_client_options){ .calls_per_host = 1 },
                                 &client, &err),
              err);
    liar_start(&liar);
    for (size_t i = 0; i < 20; i++)
        assert_ok(
            http_client_start(
                client,
                &(struct http_call){ .url = url_of(url, "http", "127.0.0.1", liar.port),
                                     .total_ms = 300,
                                     .context = &told,
                                     .done = note },
                &err),
            err);
    run_until(client, &told, 20);
    assert_false(told.reached);
    assert_true(told.elapsed_ms < 3000);
    http_client_close(client);
    liar_stop(&liar);
}

static void done_may_begin_the_next_call(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct witness witness = { 0 };
    char url[64];

    (void)state;
    witness_start(&witness, &(struct http_server_options){ 0 });
    struct told told = { .client = client };
    struct http_call call = { .url = url_of(url, "http", "127.0.0.1",
                                            http_server_port(witness.server)),
                              .context = &told,
                              .done = note };
    struct error err = { 0 };
    told.then = &call;
    assert_ok(http_client_start(client, &call, &err), err);
    run_until(client, &told, 2);
    assert_int_equal(atomic_load(&witness.seen), 2);
    witness_stop(&witness);
}

static void a_cancelled_call_is_told_so_and_others_go_on(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct liar liar = { .manner = LIAR_HOLDS, .text = "" };
    struct witness witness = { 0 };
    struct told hung = { .client = client }, fine = { 0 };
    struct error err = { 0 };
    char url[64], fine_url[64];

    (void)state;
    liar_start(&liar);
    witness_start(&witness, &(struct http_server_options){ 0 });
    struct http_call to_liar = { .url = url_of(url, "http", "127.0.0.1", liar.port),
                                 .context = &hung,
                                 .done = note };
    struct http_call to_witness = { .url = url_of(fine_url, "http", "127.0.0.1",
                                                  http_server_port(witness.server)),
                                    .context = &fine,
                                    .done = note };
    assert_ok(http_client_start(client, &to_liar, &err), err);
    assert_ok(http_client_start(client, &to_witness, &err), err);
    hung.then = &to_witness; /* begun while another is being cancelled */
    http_client_cancel(client, &hung);
    assert_int_equal(hung.count, 1);
    assert_false(hung.reached);
    assert_non_null(strstr(hung.failure, "given up"));
    http_client_cancel(client, &hung); /* nothing is left of it */
    assert_int_equal(hung.count, 1);
    run_until(client, &fine, 2);
    assert_true(fine.reached);
    liar_stop(&liar);
    witness_stop(&witness);
}

static void closing_tells_every_call_and_takes_no_new_one(void **state)
{
    struct http_client *client = client_of();
    struct told told = { .client = NULL };
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_ok(http_client_start(client,
                                    &(struct http_call){ .url = "http://127.0.0.1:1/",
                                                         .context = &told,
                                                         .done = note },
                                    &err),
                  err);
    http_client_close(client);
    assert_int_equal(told.count, 3);
    assert_false(told.reached);
    assert_non_null(strstr(told.failure, "closed"));
    http_client_close(NULL);
}

static void *wake(void *client)
{
    http_client_wake(client);
    return NULL;
}

static void another_thread_wakes_the_one_that_runs(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct error err = { 0 };
    unsigned running = 99;
    pthread_t waker;

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        int64_t began_ms = clock_real_ms();
        assert_int_equal(pthread_create(&waker, NULL, wake, client), 0);
        assert_ok(http_client_run(client, PEER_WAIT_MS, &running, &err), err);
        assert_true(clock_real_ms() - began_ms < PEER_WAIT_MS);
        assert_int_equal(running, 0);
        pthread_join(waker, NULL);
    }
}

static void run_returns_when_its_wait_is_over(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct error err = { 0 };
    unsigned running = 99;
    int64_t began_ms = clock_real_ms();

    (void)state;
    assert_ok(http_client_run(client, 0, &running, &err), err);
    assert_ok(http_client_run(client, 50, &running, &err), err);
    assert_in_range(clock_real_ms() - began_ms, 50, PEER_WAIT_MS);
}

/* ---- one call for commands ------------------------------------------------------ */

static void fetch_gives_status_and_body_or_the_reason(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    char *directory = test_directory();
    struct witness witness = { .body_limit = 10 };
    struct buf body;
    struct error err = { 0 };
    unsigned status = 0;
    char path[256];

    (void)state;
    snprintf(path, sizeof path, "%s/socket", directory);
    witness_start(&witness, &(struct http_server_options){ .unix_path = path });
    buf_init(&body, 100);
    struct http_call call = { .method = "POST",
                              .url = "http://localhost/status?a",
                              .unix_path = path,
                              .body = bytes_of_text("question") };
    assert_ok(http_fetch(client, &call, &status, &body, &err), err);
    assert_int_equal(status, 200);
    assert_string_equal(buf_text(&body), "hello");
    assert_string_equal(witness.last_target, "/status?a");
    assert_string_equal(witness.last_body, "question");
    assert_int_equal(witness.last_peer.uid, getuid());
    witness_stop(&witness);

    assert_false(http_fetch(client, &call, &status, &body, &err));
    assert_refused(err, ERROR_UNREACHABLE, "no connection");
    call.url = "http://example.com/";
    assert_false(http_fetch(client, &call, &status, &body, &err));
    assert_refused(err, ERROR_FORMAT, "use https");
    buf_fini(&body);
    test_remove(directory);
}

/* ---- a body out of a file ------------------------------------------------------- */

enum { FILE_LEN = 5 * HTTP_BODY_IN_MEMORY / 2 };

static uint8_t byte_at(size_t at)
{
    return (uint8_t)(at * 31 + at / 4096);
}

static void check_body(struct witness *witness, struct http_request *request)
{
    struct bytes body = http_request_body(request);
    bool *is_right = witness->context;

    *is_right = body.len == FILE_LEN;
    for (size_t i = 0; *is_right && i < body.len; i++)
        *is_right = body.at[i] == byte_at(i);
    http_request_answer(request, witness->reply);
}

/* Read to its end already: a body is sent from the file's beginning all the same. */
static int file_of(const char *directory, size_t len)
{
    char path[256];

    snprintf(path, sizeof path, "%s/body", directory);
    FILE *file = fopen(path, "w+");
    assert_non_null(file);
    for (size_t i = 0; i < len; i++)
        assert_true(putc(byte_at(i), file) != EOF);
    assert_int_equal(fflush(file), 0);
    int fd = dup(fileno(file));
    assert_true(fd >= 0);
    fclose(file);
    return fd;
}

static void a_body_may_come_out_of_a_file(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    char *directory = test_directory();
    bool is_right = false;
    struct witness witness = { .body_limit = 2 * FILE_LEN,
                               .instead = check_body,
                               .context = &is_right };
    struct http_body_file source = { .fd = file_of(directory, FILE_LEN),
                                     .len = FILE_LEN };
    char url[64];

    (void)state;
    witness_start(&witness,
                  &(struct http_server_options){ .spool_directory = directory });
    url_of(url, "http", "127.0.0.1", http_server_port(witness.server));
    struct http_call call = { .method = "PUT", .url = url, .body_file = &source };
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(make_call(client, call).status, 200);
        assert_true(is_right);
        assert_int_equal(witness.last_method, HTTP_PUT);
        is_right = false;
    }
    source.len++; /* than there is */
    struct told told = make_call(client, call);
    assert_false(told.reached);
    assert_int_equal(told.kind, ERROR_SYSTEM);
    assert_non_null(strstr(told.failure, "ended early"));
    witness_stop(&witness);
    close(source.fd);
    test_remove(directory);
}

static void a_file_goes_with_put_alone_and_by_itself(void **state)
{
    static const struct http_body_file source = { .fd = 0, .len = 1 };
    static const struct http_call calls[] = {
        { .url = "http://127.0.0.1/", .body_file = &source },
        { .url = "http://127.0.0.1/", .method = "POST", .body_file = &source },
        { .url = "http://127.0.0.1/",
          .method = "PUT",
          .body = { (const uint8_t *)"x", 1 },
          .body_file = &source },
    };
    OWNED(http_client_close) struct http_client *client = client_of();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        struct error err = { 0 };
        assert_false(http_client_start(client, &calls[i], &err));
        assert_refused(err, ERROR_FORMAT, "the body of a PUT");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_used_again),
        cmocka_unit_test(many_calls_at_once_keep_to_the_bound_per_host),
        cmocka_unit_test(calls_in_the_queue_end_at_their_deadline_too),
        cmocka_unit_test(done_may_begin_the_next_call),
        cmocka_unit_test(a_cancelled_call_is_told_so_and_others_go_on),
        cmocka_unit_test(closing_tells_every_call_and_takes_no_new_one),
        cmocka_unit_test(another_thread_wakes_the_one_that_runs),
        cmocka_unit_test(run_returns_when_its_wait_is_over),
        cmocka_unit_test(fetch_gives_status_and_body_or_the_reason),
        cmocka_unit_test(a_body_may_come_out_of_a_file),
        cmocka_unit_test(a_file_goes_with_put_alone_and_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
