/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_url.h"

#include <string.h>

#include "kit/test.h"

static void https_anywhere_and_http_to_loopback_are_called(void **state)
{
    static const char *const good[] = {
        "https://api.trustedservices.intel.com",
        "https://api.trustedservices.intel.com/sgx/certification/v4/tcb?fmspc=00&a=%2B",
        "https://10.0.0.1:8081/",
        "https://[2001:db8::1]:8443/x",
        "HTTPS://example.com/",
        "http://127.0.0.1/",
        "http://127.0.0.1:8081/x?y",
        "http://127.255.255.254/",
        "http://[::1]:80/",
        "http://localhost/",
        "http://localhost:8081/",
    };
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_ok(http_url_allowed(good[i], &err), err);
}

static void every_other_url_is_refused_and_says_why(void **state)
{
    static const struct {
        const char *url, *text;
    } bad[] = {
        { "http://api.trustedservices.intel.com/", "use https" },
        { "http://128.0.0.1/", "use https" },
        { "http://126.255.255.255/", "use https" },
        { "http://0.0.0.0/", "use https" },
        { "http://[::2]/", "use https" },
        { "http://[::]/", "use https" },
        { "http://[::ffff:10.0.0.1]/", "use https" },
        { "http://localhost.example/", "use https" },
        { "http://127.0.0.1.example/", "use https" },
        { "http://127.0.0.1@example.com/", "use https" },
        { "http://example.com#@127.0.0.1/", "use https" },
        { "http://LOCALHOST.:80/", "use https" },
        { "ftp://127.0.0.1/", "https://" },
        { "file:///etc/passwd", "and a host" },
        { "gopher://127.0.0.1/", "https://" },
        { "socks5://127.0.0.1/", "https://" },
        { "127.0.0.1", "URL" },
        { "/sgx", "URL" },
        { "", "URL" },
        { "https://", "URL" },
        { "https:///x", "and a host" },
        { "https:/x/y", "and a host" },
        { "https://user@example.com/", "no user" },
        { "https://user:word@example.com/", "no user" },
        { "https://:word@example.com/", "no user" },
        { "http://user@127.0.0.1/", "no user" },
        { "https://example.com/#x", "no fragment" },
        { "https://example.com:99999/", "URL" },
        { "https://example.com:x/", "URL" },
        { "https://exa mple.com/", "printable" },
        { "https://example.com/a b", "printable" },
        { "https://example.com/\r\nHost: x", "printable" },
        { "https://example.com/\x7f", "printable" },
        { "https://ex\xc3\xa4mple.com/", "printable" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error err = { 0 };
        if (http_url_allowed(bad[i].url, &err))
            fail_msg("%s was allowed", bad[i].url);
        assert_refused(err, ERROR_FORMAT, bad[i].text);
    }
}

static void a_url_has_a_longest_length(void **state)
{
    char url[HTTP_URL_MAX + 2];
    struct error err = { 0 };

    (void)state;
    memset(url, 'a', sizeof url);
    memcpy(url, "https://a/", strlen("https://a/"));
    url[HTTP_URL_MAX + 1] = 0;
    assert_false(http_url_allowed(url, &err));
    assert_refused(err, ERROR_FORMAT, "longer than 8192");
    url[HTTP_URL_MAX] = 0;
    assert_ok(http_url_allowed(url, &err), err);
}

static void a_proxy_is_a_host_and_no_more(void **state)
{
    static const char *const good[] = {
        "http://proxy.example:3128", "http://proxy.example:3128/",
        "https://proxy.example",     "socks5://127.0.0.1:1080",
        "socks5h://127.0.0.1",       "http://u:p@[::1]:1/",
    };
    static const struct {
        const char *url, *text;
    } bad[] = {
        { "proxy.example:3128", "proxy's URL" },
        { "socks4://127.0.0.1", "socks5h://" },
        { "ftp://127.0.0.1", "socks5h://" },
        { "http://proxy.example/x", "nothing can follow" },
        { "http://proxy.example/?x", "nothing can follow" },
        { "http://proxy.example/#x", "nothing can follow" },
        { "http://", "proxy's URL" },
        { "http://proxy example", "printable" },
    };
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_ok(http_proxy_allowed(good[i], &err), err);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (http_proxy_allowed(bad[i].url, &err))
            fail_msg("%s was allowed", bad[i].url);
        assert_refused(err, ERROR_FORMAT, bad[i].text);
    }
    assert_false(http_proxy_allowed("http://u:secret@proxy.example/x", &err));
    assert_null(strstr(err.text, "secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(https_anywhere_and_http_to_loopback_are_called),
        cmocka_unit_test(every_other_url_is_refused_and_says_why),
        cmocka_unit_test(a_url_has_a_longest_length),
        cmocka_unit_test(a_proxy_is_a_host_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
