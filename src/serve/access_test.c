/* SPDX-License-Identifier: Apache-2.0 */
/* Who is let in as whom, over real sockets; several addresses of loopback are several
 * clients. */
#include "serve/access.h"

#include <pthread.h>

#include "config/tokens.h"
#include "kit/clock.h"
#include "serve/test_http.h"

#define OTHERS_UID 4294967294U /* nobody's here */

struct gate {
    struct config config;
    struct access *access;
    struct http_server *server;
    struct http_reply *reply;
    pthread_mutex_t lock;
    struct caller caller; /* the last */
};

static void gate_handle(void *gate_, struct http_request *request)
{
    struct gate *gate = gate_;
    struct caller caller;

    access_judge(gate->access, request, &caller);
    pthread_mutex_lock(&gate->lock);
    gate->caller = caller;
    pthread_mutex_unlock(&gate->lock);
    http_request_answer(request, gate->reply);
}

static void add_sha512(struct gate *gate, const char *name, enum role role,
                       const char *token)
{
    struct config_token *added = &gate->config.tokens[gate->config.token_count++];
    struct sha512 digest = sha512(bytes_of_text(token));

    *added = (struct config_token){ .name = name, .role = role, .hash = TOKEN_SHA512 };
    memcpy(added->sha512, digest.digest, sizeof added->sha512);
}

static void add_scrypt(struct gate *gate, const char *name, enum role role,
                       const char *token, unsigned log2_n)
{
    struct config_token *added = &gate->config.tokens[gate->config.token_count++];
    struct error err = { 0 };

    *added = (struct config_token){ .name = name,
                                    .role = role,
                                    .hash = TOKEN_SCRYPT,
                                    .cost = { .log2_n = log2_n, .r = 8, .p = 1 } };
    memset(added->salt, (int)gate->config.token_count, sizeof added->salt);
    assert_ok(scrypt_derive(bytes_of_text(token),
                            bytes_of(added->salt, sizeof added->salt), added->cost,
                            added->scrypt, &err),
              err);
}

static void gate_init(struct gate *gate)
{
    *gate = (struct gate){ 0 };
    config_defaults(&gate->config);
    pthread_mutex_init(&gate->lock, NULL);
}

static void gate_open(struct gate *gate, uint32_t own_uid, const char *unix_path)
{
    const struct http_handler handler = { .context = gate, .handle = gate_handle };
    struct error err = { 0 };

    assert_ok(access_create(&gate->config, own_uid, &gate->access, &err), err);
    assert_ok(http_reply_create(200, NULL, 0, bytes_of_text("ok"), &gate->reply, &err),
              err);
    assert_ok(http_server_start(&(struct http_server_options){ .unix_path = unix_path },
                                &handler, &gate->server, &err),
              err);
}

static void gate_close(struct gate *gate)
{
    http_server_stop(TAKE(gate->server));
    http_reply_release(TAKE(gate->reply));
    access_destroy(TAKE(gate->access));
    pthread_mutex_destroy(&gate->lock);
    config_fini(&gate->config);
}

static struct caller hear_verdict(struct gate *gate, int fd, const char *headers)
{
    char request[8192];

    snprintf(request, sizeof request, "GET /x HTTP/1.1\r\nHost: a\r\n%s\r\n", headers);
    test_say(fd, request);
    struct test_answer answer = test_hear(fd, false);
    assert_int_equal(answer.status, 200);
    test_forget(&answer);
    close(fd);
    return gate->caller;
}

/* From 127.0.0.`last`. */
static struct caller ask_from(struct gate *gate, unsigned last, const char *headers)
{
    struct sockaddr_in from = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last) };
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(http_server_port(gate->server)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    test_be_patient(fd);
    return hear_verdict(gate, fd, headers);
}

/* ---- tokens --------------------------------------------------------------------- */

static void a_token_is_its_role_whatever_header_brings_it(void **state)
{
    enum { ADMIN = ROLE_ADMIN | ROLE_REGISTRAR | ROLE_READER | ROLE_HOST };
    static const struct {
        const char *claim, *headers, *name;
        enum access_verdict verdict;
        unsigned roles;
    } cases[] = {
        { "no token", "", "anonymous", ACCESS_NOBODY, 0 },
        { "PCCS's header, a registrar", "user-token: user\r\n", "site", ACCESS_KNOWN,
          ROLE_REGISTRAR | ROLE_HOST },
        { "PCCS's header, an admin", "admin-token: boss\r\n", "chief", ACCESS_KNOWN,
          ADMIN },
        { "an admin's token as the user's", "user-token: boss\r\n", "chief", ACCESS_KNOWN,
          ADMIN },
        { "a user's token as the admin's grants no more", "admin-token: user\r\n", "site",
          ACCESS_KNOWN, ROLE_REGISTRAR | ROLE_HOST },
        { "Bearer", "Authorization: Bearer read\r\n", "graphs", ACCESS_KNOWN,
          ROLE_READER | ROLE_HOST },
        { "the scheme's case is nothing", "authorization: bEARER  read\r\n", "graphs",
          ACCESS_KNOWN, ROLE_READER | ROLE_HOST },
        { "another scheme is not ours", "Authorization: Basic cmVhZA==\r\n", "anonymous",
          ACCESS_NOBODY, 0 },
        { "no scheme", "Authorization: read\r\n", "anonymous", ACCESS_NOBODY, 0 },
        { "Bearer of nothing", "Authorization: Bearer \r\n", "anonymous", ACCESS_NOBODY,
          0 },
        { "a header with nothing in it", "user-token:\r\n", "anonymous", ACCESS_NOBODY,
          0 },
        { "an empty one beside a full one",
          "admin-token:\r\nuser-token: user\r\nAuthorization: Bearer read\r\n", "site",
          ACCESS_KNOWN, ROLE_REGISTRAR | ROLE_HOST },
        { "scrypt", "user-token: slow\r\n", "node", ACCESS_KNOWN, ROLE_HOST },
        { "scrypt, remembered", "user-token: slow\r\n", "node", ACCESS_KNOWN, ROLE_HOST },
        { "the second of one name", "user-token: slower\r\n", "node", ACCESS_KNOWN,
          ROLE_HOST },
        { "a byte more", "user-token: users\r\n", "anonymous", ACCESS_WRONG, 0 },
        { "a byte less", "user-token: use\r\n", "anonymous", ACCESS_WRONG, 0 },
        { "another case", "user-token: User\r\n", "anonymous", ACCESS_WRONG, 0 },
        { "a byte more, scrypt", "user-token: slow1\r\n", "anonymous", ACCESS_WRONG, 0 },
        { "Bearer in PCCS's header", "user-token: Bearer user\r\n", "anonymous",
          ACCESS_WRONG, 0 },
    };
    struct gate gate;

    (void)state;
    gate_init(&gate);
    add_sha512(&gate, "site", ROLE_REGISTRAR, "user");
    add_scrypt(&gate, "node", ROLE_HOST, "slow", TOKEN_SCRYPT_LOG2N_MIN);
    add_sha512(&gate, "chief", ROLE_ADMIN, "boss");
    add_scrypt(&gate, "node", ROLE_HOST, "slower", TOKEN_SCRYPT_LOG2N_MIN);
    add_sha512(&gate, "graphs", ROLE_READER, "read");
    gate_open(&gate, OTHERS_UID, NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct caller caller = ask_from(&gate, 1, cases[i].headers);
        if (caller.verdict != cases[i].verdict || caller.roles != cases[i].roles
            || strcmp(caller.name, cases[i].name) != 0)
            fail_msg("%s: verdict %d, roles %x, name %s", cases[i].claim, caller.verdict,
                     caller.roles, caller.name);
        assert_string_equal(caller.from, "127.0.0.1");
        assert_false(caller.is_operator);
    }
    gate_close(&gate);
}

static void a_token_longer_than_any_is_wrong(void **state)
{
    char token[1100], headers[1200];
    struct gate gate;

    (void)state;
    memset(token, 'a', sizeof token);
    token[1025] = 0;
    gate_init(&gate);
    add_sha512(&gate, "long", ROLE_HOST, token);
    token[1024] = 0;
    add_sha512(&gate, "longest", ROLE_HOST, token);
    gate_open(&gate, OTHERS_UID, NULL);
    snprintf(headers, sizeof headers, "user-token: %s\r\n", token);
    assert_int_equal(ask_from(&gate, 1, headers).verdict, ACCESS_KNOWN);
    snprintf(headers, sizeof headers, "user-token: %sa\r\n", token);
    assert_int_equal(ask_from(&gate, 1, headers).verdict, ACCESS_WRONG);
    gate_close(&gate);
}

static void scrypt_is_paid_for_once(void **state)
{
    struct gate gate;

    (void)state;
    gate_init(&gate);
    add_scrypt(&gate, "slow", ROLE_REGISTRAR, "slow", TOKEN_SCRYPT_LOG2N_MAX);
    gate_open(&gate, OTHERS_UID, NULL);
    int64_t began_ms = clock_real_ms();
    assert_int_equal(ask_from(&gate, 1, "user-token: slow\r\n").verdict, ACCESS_KNOWN);
    int64_t once_ms = clock_real_ms() - began_ms;
    began_ms = clock_real_ms();
    for (unsigned i = 0; i < 100; i++) /* and from anywhere */
        assert_int_equal(ask_from(&gate, 1 + i, "user-token: slow\r\n").verdict,
                         ACCESS_KNOWN);
    assert_true(clock_real_ms() - began_ms < 20 * once_ms);
    gate_close(&gate);
}

static void a_new_token_is_known_by_the_line_made_for_it(void **state)
{
    char token[44], other[44], hash[128], headers[128];
    struct error err = { 0 };
    struct gate gate;

    (void)state;
    gate_init(&gate);
    assert_ok(access_make_token(other, hash, &err), err);
    assert_ok(access_make_token(token, hash, &err), err);
    assert_int_equal(strlen(token), 43);
    assert_int_equal(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_"),
                     43);
    assert_string_not_equal(token, other);
    assert_int_equal(strncmp(hash, "scrypt:14:8:1:", 14), 0);
    gate.config.tokens[0] = (struct config_token){ .name = "new", .role = ROLE_HOST };
    gate.config.token_count = 1;
    assert_ok(token_scrypt_read(bytes_of_text(hash + strlen("scrypt:")),
                                &gate.config.tokens[0], &err),
              err);
    gate_open(&gate, OTHERS_UID, NULL);
    snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n", token);
    assert_int_equal(ask_from(&gate, 1, headers).verdict, ACCESS_KNOWN);
    snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n", other);
    assert_int_equal(ask_from(&gate, 1, headers).verdict, ACCESS_WRONG);
    gate_close(&gate);
}

/* ---- the pace ------------------------------------------------------------------- */

static void wrong_tokens_make_their_address_wait(void **state)
{
    struct gate gate;

    (void)state;
    gate_init(&gate);
    gate.config.limits.failed_tokens_per_minute = 3;
    add_sha512(&gate, "site", ROLE_REGISTRAR, "user");
    add_scrypt(&gate, "node", ROLE_HOST, "slow", TOKEN_SCRYPT_LOG2N_MIN);
    gate_open(&gate, OTHERS_UID, NULL);
    for (unsigned i = 0; i < 20; i++) { /* right ones cost nothing */
        assert_int_equal(ask_from(&gate, 1, "user-token: user\r\n").verdict,
                         ACCESS_KNOWN);
        assert_int_equal(ask_from(&gate, 1, "user-token: slow\r\n").verdict,
                         ACCESS_KNOWN);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(ask_from(&gate, 1, "user-token: x\r\n").verdict, ACCESS_WRONG);
    struct caller caller = ask_from(&gate, 1, "user-token: x\r\n");
    assert_int_equal(caller.verdict, ACCESS_PACED);
    assert_int_equal(caller.roles, 0);
    assert_in_range(caller.retry_after_s, 1, 21);
    /* else the pace would not be one for who guesses right */
    assert_int_equal(ask_from(&gate, 1, "user-token: user\r\n").verdict, ACCESS_PACED);
    assert_int_equal(ask_from(&gate, 1, "").verdict, ACCESS_NOBODY);
    assert_int_equal(ask_from(&gate, 2, "user-token: user\r\n").verdict, ACCESS_KNOWN);
    gate_close(&gate);
}

static void strangers_together_are_paced_and_keep_no_friend_out(void **state)
{
    struct gate gate;

    (void)state;
    gate_init(&gate);
    gate.config.limits.failed_tokens_per_minute = 1;
    add_sha512(&gate, "site", ROLE_REGISTRAR, "user");
    gate_open(&gate, OTHERS_UID, NULL);
    assert_int_equal(ask_from(&gate, 200, "user-token: user\r\n").verdict, ACCESS_KNOWN);
    for (unsigned i = 1; i <= 20; i++)
        assert_int_equal(ask_from(&gate, i, "user-token: x\r\n").verdict, ACCESS_WRONG);
    assert_int_equal(ask_from(&gate, 21, "user-token: x\r\n").verdict, ACCESS_PACED);
    assert_int_equal(ask_from(&gate, 22, "user-token: user\r\n").verdict, ACCESS_PACED);
    assert_int_equal(ask_from(&gate, 200, "user-token: user\r\n").verdict, ACCESS_KNOWN);
    assert_int_equal(ask_from(&gate, 200, "user-token: x\r\n").verdict, ACCESS_WRONG);
    assert_int_equal(ask_from(&gate, 200, "user-token: x\r\n").verdict, ACCESS_PACED);
    gate_close(&gate);
}

/* For the sanitizers, and for one that comes while its scrypt is made. */
static void *ask_often(void *gate_)
{
    struct gate *gate = gate_;

    for (unsigned i = 0; i < 20; i++) {
        struct test_answer answer =
            test_ask(http_server_port(gate->server), "GET", "/x", "user-token: slow\r\n");
        test_forget(&answer);
    }
    return NULL;
}

static void many_may_ask_at_once(void **state)
{
    pthread_t threads[4];
    struct gate gate;

    (void)state;
    gate_init(&gate);
    add_scrypt(&gate, "node", ROLE_HOST, "slow", TOKEN_SCRYPT_LOG2N_MIN);
    gate_open(&gate, OTHERS_UID, NULL);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &gate), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(gate.caller.verdict, ACCESS_KNOWN);
    gate_close(&gate);
}

/* ---- the socket ----------------------------------------------------------------- */

static void root_and_our_own_user_are_operators_on_the_socket(void **state)
{
    char *directory = test_directory(), path[512], name[64];
    struct gate gate;

    (void)state;
    snprintf(path, sizeof path, "%s/s", directory);
    snprintf(name, sizeof name, "uid %u", (unsigned)getuid());
    gate_init(&gate);
    add_sha512(&gate, "site", ROLE_REGISTRAR, "user");
    gate_open(&gate, getuid(), path);
    struct caller caller =
        hear_verdict(&gate, test_connect_unix(path), "user-token: x\r\n");
    assert_int_equal(caller.verdict, ACCESS_KNOWN);
    assert_true(caller.is_operator);
    assert_int_equal(caller.roles, role_includes(ROLE_ADMIN));
    assert_string_equal(caller.name, name);
    assert_string_equal(caller.from, "socket");
    gate_close(&gate);

    if (getuid() == 0) { /* root is one whoever we are */
        test_remove(directory);
        return;
    }
    gate_init(&gate);
    add_sha512(&gate, "site", ROLE_REGISTRAR, "user");
    gate_open(&gate, OTHERS_UID, path);
    caller = hear_verdict(&gate, test_connect_unix(path), "");
    assert_int_equal(caller.verdict, ACCESS_NOBODY);
    caller = hear_verdict(&gate, test_connect_unix(path), "user-token: user\r\n");
    assert_int_equal(caller.verdict, ACCESS_KNOWN);
    assert_false(caller.is_operator);
    gate_close(&gate);
    test_remove(directory);
}

static void peers_are_written_as_people_write_them(void **state)
{
    struct http_peer peer = { 0 };
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&peer.address;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&peer.address;
    char text[64];

    (void)state;
    peer_text(&peer, text);
    assert_string_equal(text, "unknown");
    v4->sin_family = AF_INET;
    v4->sin_addr.s_addr = htonl(0xc0000201);
    peer_text(&peer, text);
    assert_string_equal(text, "192.0.2.1");
    v6->sin6_family = AF_INET6;
    inet_pton(AF_INET6, "2001:DB8:0::1", &v6->sin6_addr);
    peer_text(&peer, text);
    assert_string_equal(text, "2001:db8::1");
    peer.is_unix = true;
    peer_text(&peer, text);
    assert_string_equal(text, "socket");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_its_role_whatever_header_brings_it),
        cmocka_unit_test(a_token_longer_than_any_is_wrong),
        cmocka_unit_test(scrypt_is_paid_for_once),
        cmocka_unit_test(a_new_token_is_known_by_the_line_made_for_it),
        cmocka_unit_test(wrong_tokens_make_their_address_wait),
        cmocka_unit_test(strangers_together_are_paced_and_keep_no_friend_out),
        cmocka_unit_test(many_may_ask_at_once),
        cmocka_unit_test(root_and_our_own_user_are_operators_on_the_socket),
        cmocka_unit_test(peers_are_written_as_people_write_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
