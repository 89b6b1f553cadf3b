/* SPDX-License-Identifier: Apache-2.0 */
/* Many calls at once, their ends, and the thread that drives them. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "kit/file.h"
#include "net/test_liar.h"
#include "net/tls_files.h"

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

/* ---- who calls ------------------------------------------------------------------ */

static gnutls_datum_t datum_of(const struct buf *pem)
{
    return (gnutls_datum_t){ .data = pem->at, .size = (unsigned)pem->len };
}

/* Answers whoever shows a certificate of its own CA, and nobody else. */
struct doorkeeper {
    struct tls_files files;
    gnutls_certificate_credentials_t credentials;
    int listener;
    uint16_t port;
    pthread_t thread;
    atomic_bool stopping;
    atomic_uint let_in;
};

static void look_at(struct doorkeeper *keeper, int fd)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    gnutls_session_t session;
    unsigned verdict = 1;
    char request[4096];

    assert_int_equal(gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL), 0);
    assert_int_equal(gnutls_set_default_priority(session), 0);
    assert_int_equal(
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, keeper->credentials), 0);
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    gnutls_handshake_set_timeout(session, PEER_WAIT_MS);
    gnutls_transport_set_int(session, fd);
    if (gnutls_handshake(session) == 0
        && gnutls_certificate_verify_peers2(session, &verdict) == 0 && verdict == 0
        && gnutls_record_recv(session, request, sizeof request) > 0) {
        atomic_fetch_add(&keeper->let_in, 1);
        assert_int_equal(gnutls_record_send(session, answer, strlen(answer)),
                         strlen(answer));
        gnutls_bye(session, GNUTLS_SHUT_WR);
    }
    gnutls_deinit(session);
}

static void *keep_door(void *keeper_)
{
    struct doorkeeper *keeper = keeper_;

    for (;;) {
        int fd = accept(keeper->listener, NULL, NULL);
        if (fd >= 0 && !atomic_load(&keeper->stopping))
            look_at(keeper, fd);
        if (fd >= 0)
            close(fd);
        if (atomic_load(&keeper->stopping))
            return NULL;
    }
}

static void doorkeeper_start(struct doorkeeper *keeper)
{
    struct sockaddr_in at = peer_address("127.0.0.1", 0);
    socklen_t len = sizeof at;
    struct error err = { 0 };

    *keeper = (struct doorkeeper){ 0 };
    assert_ok(tls_files_make(NULL, 0, &keeper->files, &err), err);
    gnutls_datum_t ca = datum_of(&keeper->files.ca_certificate);
    gnutls_datum_t certificate = datum_of(&keeper->files.certificate);
    gnutls_datum_t key = datum_of(&keeper->files.key);
    assert_int_equal(gnutls_certificate_allocate_credentials(&keeper->credentials), 0);
    assert_int_equal(gnutls_certificate_set_x509_trust_mem(keeper->credentials, &ca,
                                                           GNUTLS_X509_FMT_PEM),
                     1);
    assert_int_equal(gnutls_certificate_set_x509_key_mem(
                         keeper->credentials, &certificate, &key, GNUTLS_X509_FMT_PEM),
                     0);
    keeper->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(keeper->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(keeper->listener, 64), 0);
    assert_int_equal(getsockname(keeper->listener, (struct sockaddr *)&at, &len), 0);
    keeper->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&keeper->thread, NULL, keep_door, keeper), 0);
}

static void doorkeeper_stop(struct doorkeeper *keeper)
{
    atomic_store(&keeper->stopping, true);
    close(peer_connect(keeper->port)); /* it looks up from accept */
    pthread_join(keeper->thread, NULL);
    close(keeper->listener);
    gnutls_certificate_free_credentials(keeper->credentials);
    tls_files_fini(&keeper->files);
}

struct identity_files {
    char *directory;
    char ca[256], certificate[256], key[256];    /* of the doorkeeper's CA */
    char other_certificate[256], other_key[256]; /* of another's */
    char locked_key[256];                        /* the first, behind a pass phrase */
};

static void write_pem(char path[256], const char *directory, const char *name,
                      struct bytes pem)
{
    struct error err = { 0 };

    snprintf(path, 256, "%s/%s", directory, name);
    assert_ok(file_write(path, pem, 0600, &err), err);
}

static void write_locked(struct identity_files *files, const struct buf *key_pem)
{
    gnutls_datum_t pem = datum_of(key_pem);
    gnutls_datum_t locked = { 0 };
    gnutls_x509_privkey_t key;

    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_import(key, &pem, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, "secret",
                                                       GNUTLS_PKCS_PBES2_AES_256,
                                                       &locked),
                     0);
    write_pem(files->locked_key, files->directory, "locked.key",
              bytes_of(locked.data, locked.size));
    gnutls_free(locked.data);
    gnutls_x509_privkey_deinit(key);
}

static void write_identities(struct identity_files *out, const struct tls_files *own)
{
    struct tls_files other;
    struct error err = { 0 };

    out->directory = test_directory();
    assert_ok(tls_files_make(NULL, 0, &other, &err), err);
    write_pem(out->ca, out->directory, "ca.pem", buf_bytes(&own->ca_certificate));
    write_pem(out->certificate, out->directory, "own.pem", buf_bytes(&own->certificate));
    write_pem(out->key, out->directory, "own.key", buf_bytes(&own->key));
    write_pem(out->other_certificate, out->directory, "other.pem",
              buf_bytes(&other.certificate));
    write_pem(out->other_key, out->directory, "other.key", buf_bytes(&other.key));
    write_locked(out, &own->key);
    tls_files_fini(&other);
}

static void a_peer_that_asks_who_calls_is_shown_the_certificate(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct doorkeeper keeper;
    struct identity_files files;
    char url[64];

    (void)state;
    doorkeeper_start(&keeper);
    write_identities(&files, &keeper.files);
    const struct {
        const char *claim, *certificate, *key;
        enum error_kind kind; /* ERROR_NONE: let in */
        const char *words;
    } cases[] = {
        { "nobody", NULL, NULL, ERROR_UNREACHABLE, "" },
        { "the right one", files.certificate, files.key, ERROR_NONE, "" },
        { "nobody, after one was let in", NULL, NULL, ERROR_UNREACHABLE, "" },
        { "of another CA", files.other_certificate, files.other_key, ERROR_UNREACHABLE,
          "" },
        { "with another's key", files.certificate, files.other_key, ERROR_SYSTEM,
          "certificate or its key cannot be used" },
        { "with no certificate in the file", files.key, files.key, ERROR_SYSTEM,
          "certificate or its key cannot be used" },
        { "with a key behind a pass phrase", files.certificate, files.locked_key,
          ERROR_SYSTEM, "certificate or its key cannot be used" },
    };
    url_of(url, "https", "localhost", keeper.port);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct told told = make_call(
            client, (struct http_call){ .url = url,
                                        .ca_file = files.ca,
                                        .certificate_file = cases[i].certificate,
                                        .key_file = cases[i].key });
        if (told.kind != cases[i].kind || told.reached != (cases[i].kind == ERROR_NONE)
            || strstr(told.failure, cases[i].words) == NULL)
            fail_msg("%s: %s \"%s\"", cases[i].claim, error_kind_name(told.kind),
                     told.failure);
    }
    doorkeeper_stop(&keeper);
    assert_int_equal(atomic_load(&keeper.let_in), 1);
    test_remove(files.directory);
}

static void a_certificate_that_is_not_there_is_named_at_once(void **state)
{
    char *directory = test_directory(), there[256];
    OWNED(http_client_close) struct http_client *client = client_of();
    struct told told = { 0 };

    (void)state;
    write_pem(there, directory, "there", bytes_of_text("x"));
    const struct {
        const char *certificate, *key;
        enum error_kind kind;
        const char *text;
    } cases[] = {
        { "/nonexistent.pem", there, ERROR_NOT_FOUND,
          "the client's certificate, /nonexistent.pem: No such file" },
        { there, "/nonexistent.key", ERROR_NOT_FOUND,
          "the client's key, /nonexistent.key: No such file" },
        { "/dev/null/a", there, ERROR_NOT_FOUND, "/dev/null/a: Not a directory" },
        { there, NULL, ERROR_FORMAT, "go together, and the key is not given" },
        { NULL, there, ERROR_FORMAT, "go together, and the certificate is not given" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct http_call call = { .url = "https://a/",
                                        .certificate_file = cases[i].certificate,
                                        .key_file = cases[i].key,
                                        .context = &told,
                                        .done = note };
        struct error err = { 0 };
        assert_false(http_client_start(client, &call, &err));
        assert_refused(err, cases[i].kind, cases[i].text);
    }
    assert_int_equal(told.count, 0);
    test_remove(directory);
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
        cmocka_unit_test(a_peer_that_asks_who_calls_is_shown_the_certificate),
        cmocka_unit_test(a_certificate_that_is_not_there_is_named_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
