/* SPDX-License-Identifier: Apache-2.0 */
/* What a server is started with: addresses, headers, certificates. What clients get is in
 * http_request_test.c, how many may come in http_worker_test.c, who waits in
 * http_waiters_test.c. */
#include "net/http_server.h"

#include <gnutls/gnutls.h>

#include "net/test_peer.h"
#include "net/tls_files.h"

#define GET "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- starting ------------------------------------------------------------------- */

static void what_cannot_be_listened_on_is_refused(void **state)
{
    struct witness witness = { 0 };
    const struct http_handler handler = { .handle = witness_handle };
    struct http_server *server;
    struct error err = { 0 };

    (void)state;
    witness_start(&witness, &(struct http_server_options){ 0 });
    const struct {
        struct http_server_options options;
        enum error_kind kind;
        const char *text;
    } cases[] = {
        { { .address = "localhost" }, ERROR_FORMAT, "not numeric" },
        { { .address = "127.0.0.1", .port = http_server_port(witness.server) },
          ERROR_SYSTEM,
          "address 127.0.0.1 port" },
        { { .address = "192.0.2.1" }, ERROR_SYSTEM, "address 192.0.2.1" },
        { { .certificate_pem = "x" }, ERROR_FORMAT, "must come together" },
        { { .key_pem = "x" }, ERROR_FORMAT, "must come together" },
        { { .certificate_pem = "x", .key_pem = "x" }, ERROR_FORMAT, "TLS certificate" },
        { { .unix_path = "/nonexistent/socket" }, ERROR_SYSTEM, "/nonexistent/socket" },
        { { .every_count = 15 }, ERROR_LIMIT, "more than 14 headers" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_false(http_server_start(&cases[i].options, &handler, &server, &err));
        assert_refused(err, cases[i].kind, cases[i].text);
    }
    witness_stop(&witness);
}

static void refusals_carry_what_every_answer_carries(void **state)
{
    static const struct http_header every[] = { { "Request-ID", "77" } };
    struct witness witness = { 0 };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness,
                  &(struct http_server_options){ .every = every, .every_count = 1 });
    int fd = peer_connect(http_server_port(witness.server));
    peer_ask(fd, "BREW /x HTTP/1.1\r\nHost: a\r\n\r\n", &in);
    assert_int_equal(peer_status(&in), 405);
    assert_string_equal(peer_header(&in, "Request-ID"), "77");
    assert_string_equal(peer_header(&in, "Allow"), "GET, HEAD, POST, PUT, DELETE");
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

/* ---- TLS ------------------------------------------------------------------------ */

/* One request over TLS; 0 where the handshake fails. ca_pem vouches where it is given. */
static unsigned ask_tls(uint16_t port, const char *priorities, const struct buf *ca)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
    char answer[1024];
    unsigned status = 0;
    int fd = peer_connect(port);
    gnutls_datum_t ca_pem = { .data = ca->at, .size = (unsigned)ca->len };

    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_certificate_set_x509_trust_mem(credentials, &ca_pem, GNUTLS_X509_FMT_PEM);
    gnutls_init(&session, GNUTLS_CLIENT);
    assert_int_equal(gnutls_priority_set_direct(session, priorities, NULL), 0);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_session_set_verify_cert(session, "localhost", 0);
    gnutls_transport_set_int(session, fd);
    gnutls_handshake_set_timeout(session, PEER_WAIT_MS);
    if (gnutls_handshake(session) == 0
        && gnutls_record_send(session, GET, strlen(GET)) > 0) {
        ssize_t got = gnutls_record_recv(session, answer, sizeof answer - 1);
        if (got > 0) {
            answer[got] = 0;
            status = peer_status_of(answer);
        }
    }
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    close(fd);
    return status;
}

static void https_speaks_tls_1_2_and_later_only(void **state)
{
    static const struct {
        const char *priorities;
        unsigned status;
    } cases[] = {
        { "NORMAL", 200 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.3", 200 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.2", 200 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.1:%VERIFY_ALLOW_SIGN_WITH_SHA1", 0 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.0:%VERIFY_ALLOW_SIGN_WITH_SHA1", 0 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", 0 }, /* no forward secrecy */
    };
    struct witness witness = { 0 };
    struct tls_files files;
    struct error err = { 0 };

    (void)state;
    assert_ok(tls_files_make(NULL, 0, &files, &err), err);
    witness_start(&witness, &(struct http_server_options){
                                .certificate_pem = buf_text(&files.certificate),
                                .key_pem = buf_text(&files.key) });
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (ask_tls(http_server_port(witness.server), cases[i].priorities,
                    &files.ca_certificate)
            != cases[i].status)
            fail_msg("%s: not %u", cases[i].priorities, cases[i].status);
    /* plain HTTP to it reaches nobody */
    unsigned before = atomic_load(&witness.seen);
    int fd = peer_connect(http_server_port(witness.server));
    peer_send_text(fd, GET);
    peer_is_closed(fd);
    close(fd);
    assert_int_equal(atomic_load(&witness.seen), before);
    witness_stop(&witness);
    tls_files_fini(&files);
}

static void a_new_certificate_is_for_new_connections(void **state)
{
    struct witness witness = { 0 };
    struct tls_files old, fresh;
    struct error err = { 0 };

    (void)state;
    assert_ok(tls_files_make(NULL, 0, &old, &err), err);
    assert_ok(tls_files_make(NULL, 0, &fresh, &err), err);
    witness_start(&witness, &(struct http_server_options){
                                .certificate_pem = buf_text(&old.certificate),
                                .key_pem = buf_text(&old.key) });
    uint16_t port = http_server_port(witness.server);
    assert_int_equal(ask_tls(port, "NORMAL", &old.ca_certificate), 200);
    /* a pair that does not fit changes nothing */
    assert_false(http_server_set_certificate(witness.server, buf_text(&fresh.certificate),
                                             buf_text(&old.key), &err));
    assert_refused(err, ERROR_FORMAT, "the key is not the certificate's");
    assert_int_equal(ask_tls(port, "NORMAL", &old.ca_certificate), 200);
    assert_ok(http_server_set_certificate(witness.server, buf_text(&fresh.certificate),
                                          buf_text(&fresh.key), &err),
              err);
    assert_int_equal(ask_tls(port, "NORMAL", &old.ca_certificate), 0);
    assert_int_equal(ask_tls(port, "NORMAL", &fresh.ca_certificate), 200);
    witness_stop(&witness);

    witness = (struct witness){ 0 };
    witness_start(&witness, &(struct http_server_options){ 0 });
    assert_false(http_server_set_certificate(witness.server, buf_text(&fresh.certificate),
                                             buf_text(&fresh.key), &err));
    assert_refused(err, ERROR_FORMAT, "without TLS");
    witness_stop(&witness);
    tls_files_fini(&old);
    tls_files_fini(&fresh);
}

/* While handshakes are under way: for the sanitizers. */
static void *change_often(void *pair_)
{
    struct {
        struct http_server *server;
        struct tls_files *files;
        atomic_bool stop;
    } *pair = pair_;
    struct error err = { 0 };

    while (!atomic_load(&pair->stop))
        assert_ok(http_server_set_certificate(pair->server,
                                              buf_text(&pair->files->certificate),
                                              buf_text(&pair->files->key), &err),
                  err);
    return NULL;
}

static void certificates_may_change_while_connections_open(void **state)
{
    struct witness witness = { 0 };
    struct tls_files files;
    struct error err = { 0 };
    pthread_t changer;
    struct {
        struct http_server *server;
        struct tls_files *files;
        atomic_bool stop;
    } pair = { .files = &files };

    (void)state;
    assert_ok(tls_files_make(NULL, 0, &files, &err), err);
    witness_start(&witness, &(struct http_server_options){
                                .certificate_pem = buf_text(&files.certificate),
                                .key_pem = buf_text(&files.key) });
    pair.server = witness.server;
    assert_int_equal(pthread_create(&changer, NULL, change_often, &pair), 0);
    for (size_t i = 0; i < 30; i++)
        assert_int_equal(
            ask_tls(http_server_port(witness.server), "NORMAL", &files.ca_certificate),
            200);
    atomic_store(&pair.stop, true);
    pthread_join(changer, NULL);
    witness_stop(&witness);
    tls_files_fini(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_listened_on_is_refused),
        cmocka_unit_test(refusals_carry_what_every_answer_carries),
        cmocka_unit_test(https_speaks_tls_1_2_and_later_only),
        cmocka_unit_test(a_new_certificate_is_for_new_connections),
        cmocka_unit_test(certificates_may_change_while_connections_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
