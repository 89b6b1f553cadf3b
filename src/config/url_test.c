/* SPDX-License-Identifier: Apache-2.0 */
#include "config/url.h"

#include <string.h>

#include "kit/test.h"

static const struct {
    const char *text;
    const char *scheme, *host, *path;
    uint16_t port;
    bool is_loopback;
    const char *why; /* refused */
} cases[] = {
    { "https://a.example", "https", "a.example", "", 0, .is_loopback = false },
    { "https://a.example:8081/base/x", "https", "a.example", "/base/x", 8081,
      .is_loopback = false },
    { "http://localhost:1", "http", "localhost", "", 1, .is_loopback = true },
    { "http://127.0.0.1", "http", "127.0.0.1", "", 0, .is_loopback = true },
    { "http://127.255.0.9:65535/", "http", "127.255.0.9", "/", 65535,
      .is_loopback = true },
    { "http://[::1]:80", "http", "::1", "", 80, .is_loopback = true },
    { "https://[2001:db8::1]", "https", "2001:db8::1", "", 0, .is_loopback = false },
    { "https://192.0.2.1", "https", "192.0.2.1", "", 0, .is_loopback = false },
    { "socks5h://proxy:1080", "socks5h", "proxy", "", 1080, .is_loopback = false },
    { "http://localhost.example", "http", "localhost.example", "", 0,
      .is_loopback = false },
    { "http://127.0.0.1.example", "http", "127.0.0.1.example", "", 0,
      .is_loopback = false },

    { "", .why = "does not begin with https://" },
    { "a.example", .why = "does not begin with https://" },
    { "HTTPS://a.example", .why = "does not begin with https://" },
    { "ftp://a.example", .why = "does not begin with https://" },
    { "file:///etc/passwd", .why = "does not begin with https://" },
    { "https:/a.example", .why = "does not begin with https://" },
    { "https://", .why = "has no host name" },
    { "https:///x", .why = "has no host name" },
    { "https://:80", .why = "has no host name" },
    { "https://[::1", .why = "has no IPv6 address in its brackets" },
    { "https://[1.2.3.4]", .why = "has no IPv6 address in its brackets" },
    { "https://[]", .why = "has no IPv6 address in its brackets" },
    { "https://[fe80::1%25eth0]", .why = "has no IPv6 address in its brackets" },
    { "http://127.1", .why = "has a host that is neither name nor address" },
    { "http://0x7f000001", .why = "has a host that is neither name nor address" },
    { "http://2130706433", .why = "has a host that is neither name nor address" },
    { "https://256.0.0.1", .why = "has a host that is neither name nor address" },
    { "https://a.example.", .why = "has a host that is neither name nor address" },
    { "https://u:p@a.example", .why = "names a user (@)" },
    { "http://127.0.0.1@a.example", .why = "names a user (@)" },
    { "https://a.example:", .why = "has a port outside of 1 to 65535" },
    { "https://a.example:0", .why = "has a port outside of 1 to 65535" },
    { "https://a.example:65536", .why = "has a port outside of 1 to 65535" },
    { "https://a.example:8o81", .why = "has a port outside of 1 to 65535" },
    { "https://a.example?x", .why = "has \"?\" after its host" },
    { "https://a.example#x", .why = "has \"#\" after its host" },
    { "http://127.0.0.1\\.example", .why = "has \"\\x5c\" after its host" },
    { "https://a b.example", .why = "has \" \" after its host" },
    { "https://\xc3\xa9.example", .why = "has no host name" },
    { "https://a.example/x?y", .why = "has \"?\" in its path" },
    { "https://a.example/%2e%2e", .why = "has \"%\" in its path" },
    { "https://a.example/\xc3", .why = "has \"\\xc3\" in its path" },
};

static void urls_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct url url;
        bool accepted = url_read(bytes_of_text(cases[i].text), &url, &err);
        if (accepted != (cases[i].why == NULL))
            fail_msg("%s: %s", cases[i].text, accepted ? "accepted" : err.text);
        if (!accepted) {
            assert_refused(err, ERROR_FORMAT, cases[i].why);
            continue;
        }
        assert_true(bytes_equal_text(url.scheme, cases[i].scheme));
        assert_true(bytes_equal_text(url.host, cases[i].host));
        assert_true(bytes_equal_text(url.path, cases[i].path));
        assert_int_equal(url.port, cases[i].port);
        assert_int_equal(url.is_loopback, cases[i].is_loopback);
    }
}

static void a_url_has_a_length(void **state)
{
    char text[URL_MAX + 2] = "https://a/";
    struct error err = { 0 };
    struct url url;

    (void)state;
    memset(text + 10, 'x', URL_MAX - 10);
    assert_ok(url_read(bytes_of_text(text), &url, &err), err);
    text[URL_MAX] = 'x';
    assert_false(url_read(bytes_of_text(text), &url, &err));
    assert_refused(err, ERROR_FORMAT, "is longer than 512 bytes");
}

static void loopback_is_told_by_the_address(void **state)
{
    static const struct {
        const char *address;
        bool is_loopback;
    } addresses[] = {
        { "127.0.0.1", true },
        { "127.255.255.255", true },
        { "126.255.255.255", false },
        { "128.0.0.0", false },
        { "0.0.0.0", false },
        { "::1", true },
        { "0:0:0:0:0:0:0:1", true },
        { "::", false },
        { "::2", false },
        { "::ffff:127.0.0.1", true },
        { "::ffff:10.0.0.1", false },
        { "localhost", false },
        { "127.1", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(addresses); i++)
        if (address_is_loopback(addresses[i].address) != addresses[i].is_loopback)
            fail_msg("\"%s\"", addresses[i].address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_read_or_refused),
        cmocka_unit_test(a_url_has_a_length),
        cmocka_unit_test(loopback_is_told_by_the_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
