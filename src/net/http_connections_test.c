/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_connections.h"

#include "net/test_peer.h"

static struct http_peer peer_of(const char *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct http_peer peer = { 0 };

    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        http_peer_find(-1, (const struct sockaddr *)&v4, &peer);
    else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
        http_peer_find(-1, (const struct sockaddr *)&v6, &peer);
    else
        fail_msg("%s", address);
    return peer;
}

static void a_peer_is_known_by_its_address(void **state)
{
    static const struct {
        const char *address;
        bool is_loopback;
        int family;
    } cases[] = {
        { "127.0.0.1", true, AF_INET },
        { "127.255.255.255", true, AF_INET },
        { "128.0.0.1", false, AF_INET },
        { "126.255.255.255", false, AF_INET },
        { "10.0.0.1", false, AF_INET },
        { "::1", true, AF_INET6 },
        { "::2", false, AF_INET6 },
        { "fe80::1", false, AF_INET6 },
        { "::ffff:127.0.0.1", true, AF_INET },
        { "::ffff:10.0.0.1", false, AF_INET },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_peer peer = peer_of(cases[i].address);
        if (peer.is_loopback != cases[i].is_loopback
            || peer.address.ss_family != cases[i].family || peer.is_unix)
            fail_msg("%s", cases[i].address);
        assert_int_equal(peer.uid, UINT32_MAX);
    }
}

/* The one whose address nobody told has no rights of anybody. */
static void a_peer_without_an_address_is_nobody(void **state)
{
    struct http_peer peer;

    (void)state;
    http_peer_find(-1, NULL, &peer);
    assert_false(peer.is_loopback || peer.is_unix);
    assert_int_equal(peer.uid, UINT32_MAX);
}

static void an_address_has_its_share(void **state)
{
    static const char *const others[] = { "10.0.0.2", "::ffff:10.0.0.3", "2001:db8::1",
                                          "2001:db8::2" };
    struct http_connection mine[5] = { 0 }, theirs[COUNT_OF(others)] = { 0 },
                           near[10] = { 0 };
    struct http_connections all;

    (void)state;
    http_connections_init(&all, 100, 3);
    for (size_t i = 0; i < COUNT_OF(mine); i++) {
        mine[i].peer = peer_of(i % 2 == 0 ? "10.0.0.1" : "::ffff:10.0.0.1");
        assert_int_equal(http_connections_add(&all, &mine[i]), i < 3);
    }
    for (size_t i = 0; i < COUNT_OF(theirs); i++) {
        theirs[i].peer = peer_of(others[i]);
        assert_true(http_connections_add(&all, &theirs[i]));
    }
    for (size_t i = 0; i < COUNT_OF(near); i++) {
        near[i].peer = peer_of(i % 2 == 0 ? "127.0.0.1" : "::1");
        assert_true(http_connections_add(&all, &near[i]));
    }
    /* two of five go, which leaves its fill; one more, and there is room for one */
    http_connections_remove(&all, &mine[0]);
    http_connections_remove(&all, &mine[4]);
    assert_false(http_connections_add(&all, &mine[0]));
    http_connections_remove(&all, &mine[0]);
    http_connections_remove(&all, &mine[2]);
    assert_true(http_connections_add(&all, &mine[0]));
    for (size_t i = 0; i < COUNT_OF(theirs); i++)
        http_connections_remove(&all, &theirs[i]);
    for (size_t i = 0; i < COUNT_OF(near); i++)
        http_connections_remove(&all, &near[i]);
    http_connections_remove(&all, &mine[0]);
    http_connections_remove(&all, &mine[1]);
    assert_int_equal(atomic_load(&all.open), 1);
    http_connections_remove(&all, &mine[3]);
    assert_true(http_connections_wait_empty(&all, clock_real_ms()));
    http_connections_fini(&all);
}

static void all_together_have_a_limit(void **state)
{
    struct http_connection some[3] = { 0 };
    struct http_connections all;

    (void)state;
    http_connections_init(&all, 2, 64);
    for (size_t i = 0; i < COUNT_OF(some); i++) {
        some[i].peer = peer_of(i == 0 ? "10.0.0.1" : "127.0.0.1");
        assert_int_equal(http_connections_add(&all, &some[i]), i < 2);
    }
    http_connections_remove(&all, &some[0]);
    http_connections_remove(&all, &some[2]);
    assert_true(http_connections_add(&all, &some[0]));
    http_connections_remove(&all, &some[0]);
    http_connections_remove(&all, &some[1]);
    http_connections_fini(&all);
}

static void only_the_late_are_ended(void **state)
{
    struct http_connection late = { 0 }, early = { 0 };
    struct http_connections all;
    int of_late[2], of_early[2];
    char byte;

    (void)state;
    http_connections_init(&all, 100, 3);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, of_late), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, of_early), 0);
    late.fd = of_late[0];
    early.fd = of_early[0];
    atomic_init(&late.deadline_ms, 1000);
    atomic_init(&early.deadline_ms, 1001);
    assert_true(http_connections_add(&all, &late));
    assert_true(http_connections_add(&all, &early));
    http_connections_end_late(&all, 1000);
    assert_int_equal(recv(of_late[1], &byte, 1, MSG_DONTWAIT), 0);
    assert_int_equal(recv(of_early[1], &byte, 1, MSG_DONTWAIT), -1);
    assert_false(http_connections_wait_empty(&all, clock_real_ms() + 20));
    http_connections_remove(&all, &late);
    http_connections_remove(&all, &early);
    http_connections_fini(&all);
    for (size_t i = 0; i < 2; i++) {
        close(of_late[i]);
        close(of_early[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_is_known_by_its_address),
        cmocka_unit_test(a_peer_without_an_address_is_nobody),
        cmocka_unit_test(an_address_has_its_share),
        cmocka_unit_test(all_together_have_a_limit),
        cmocka_unit_test(only_the_late_are_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
