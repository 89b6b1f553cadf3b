/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_listen.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "kit/file.h"
#include "net/test_peer.h"

static void numeric_addresses_are_listened_on(void **state)
{
    static const char *const good[] = { "127.0.0.1", "127.0.0.2", "0.0.0.0",
                                        "::1",       "[::1]",     "::" };
    struct error err = { 0 };
    uint16_t port;
    int fd;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        port = 0;
        if (!http_listen_tcp(good[i], 0, &fd, &port, &err)) {
            if (strchr(good[i], ':') != NULL
                && strstr(err.text, "address family") != NULL)
                continue; /* no IPv6 on this machine */
            fail_msg("%s: %s", good[i], err.text);
        }
        assert_int_not_equal(port, 0);
        close(fd);
    }
}

static void both_families_come_in_at_the_open_ipv6_address(void **state)
{
    struct error err = { 0 };
    uint16_t port;
    int fd;

    (void)state;
    if (!http_listen_tcp("::", 0, &fd, &port, &err)) {
        print_message("skipped: no IPv6 on this machine\n");
        skip();
    }
    close(peer_connect(port));
    close(fd);
}

static void whatever_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = { "",         "localhost", "127.0.0.1:80", "1.2.3",
                                       "[::1",     "::1]",      "[127.0.0.1",   "0x7f.1",
                                       "1.2.3.4 ", "*" };
    char long_one[200];
    struct error err = { 0 };
    uint16_t port;
    int fd;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (http_listen_tcp(bad[i], 0, &fd, &port, &err))
            fail_msg("\"%s\" was taken", bad[i]);
        assert_refused(err, ERROR_FORMAT, "not numeric");
    }
    memset(long_one, '1', sizeof long_one);
    long_one[sizeof long_one - 1] = 0;
    assert_false(http_listen_tcp(long_one, 0, &fd, &port, &err));
    assert_refused(err, ERROR_FORMAT, "not numeric");
}

/* ---- unix ----------------------------------------------------------------------- */

static int connect_unix(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void a_socket_knows_who_asks_and_goes_with_its_server(void **state)
{
    char *directory = test_directory();
    struct witness witness = { 0 };
    struct stat there;
    struct buf in;
    char path[256];

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    snprintf(path, sizeof path, "%s/socket", directory);
    witness_start(&witness, &(struct http_server_options){ .unix_path = path });
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0660);
    int fd = connect_unix(path);
    for (size_t i = 0; i < 3; i++) {
        peer_send_text(fd, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_true(peer_read_reply(fd, &in, false));
        assert_int_equal(peer_status(&in), 200);
    }
    assert_true(witness.last_peer.is_unix);
    assert_true(witness.last_peer.is_loopback);
    assert_int_equal(witness.last_peer.uid, getuid());
    peer_send_text(fd, "GET x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(peer_read_reply(fd, &in, false));
    assert_int_equal(peer_status(&in), 400);
    assert_true(peer_is_closed(fd));
    close(fd);
    witness_stop(&witness);
    assert_int_not_equal(stat(path, &there), 0);
    buf_fini(&in);
    test_remove(directory);
}

static void a_dead_socket_is_replaced_and_nothing_else_is(void **state)
{
    char *directory = test_directory();
    struct error err = { 0 };
    char path[256], file[256], long_path[200];
    int fd, again;

    (void)state;
    snprintf(path, sizeof path, "%s/socket", directory);
    snprintf(file, sizeof file, "%s/file", directory);
    assert_ok(http_listen_unix(path, &fd, &err), err);
    assert_false(http_listen_unix(path, &again, &err));
    assert_refused(err, ERROR_SYSTEM, "another process listens there");
    close(connect_unix(path)); /* which is unharmed */
    close(fd);                 /* its owner died; the name stays behind */
    assert_ok(http_listen_unix(path, &fd, &err), err);
    close(connect_unix(path));
    close(fd);

    assert_ok(file_write(file, bytes_of_text("precious"), 0600, &err), err);
    assert_false(http_listen_unix(file, &fd, &err));
    assert_refused(err, ERROR_SYSTEM, "something else");
    assert_int_equal(access(file, F_OK), 0);
    memset(long_path, 'a', sizeof long_path);
    long_path[sizeof long_path - 1] = 0;
    assert_false(http_listen_unix(long_path, &fd, &err));
    assert_refused(err, ERROR_LIMIT, "longer than 107 bytes");
    test_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numeric_addresses_are_listened_on),
        cmocka_unit_test(both_families_come_in_at_the_open_ipv6_address),
        cmocka_unit_test(whatever_is_no_address_is_refused),
        cmocka_unit_test(a_socket_knows_who_asks_and_goes_with_its_server),
        cmocka_unit_test(a_dead_socket_is_replaced_and_nothing_else_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
