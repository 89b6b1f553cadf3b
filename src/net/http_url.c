/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_url.h"

#include <arpa/inet.h>
#include <string.h>

#include "kit/text.h"

static void url_free(CURLU **url)
{
    curl_url_cleanup(*url);
}

static bool is_printable(const char *text)
{
    for (; *text != 0; text++)
        if (*text <= 0x20 || *text >= 0x7f)
            return false;
    return true;
}

static bool parse(const char *text, CURLU *into, struct error *err)
{
    if (strlen(text) > HTTP_URL_MAX)
        return error_set(err, ERROR_FORMAT, "longer than %d bytes", HTTP_URL_MAX);
    if (!is_printable(text))
        return error_set(err, ERROR_FORMAT,
                         "only printable ASCII without spaces can stand in it");
    const char *authority = strstr(text, "://"); /* libcurl takes one slash, and three */
    if (authority == NULL || authority[strlen("://")] == '/')
        return error_set(err, ERROR_FORMAT,
                         "it must begin with a scheme, :// and a host");
    CURLUcode code = curl_url_set(into, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OUT_OF_MEMORY)
        return error_set(err, ERROR_SYSTEM, "no memory for a URL");
    if (code != CURLUE_OK)
        return error_set(err, ERROR_FORMAT, "%s", curl_url_strerror(code));
    return true;
}

static bool has(CURLU *url, CURLUPart part)
{
    char *value = NULL;

    bool is_there = curl_url_get(url, part, &value, 0) == CURLUE_OK;
    curl_free(value);
    return is_there;
}

static bool is_scheme(CURLU *url, const char *expected)
{
    char *scheme = NULL;

    bool is = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
              && strcmp(scheme, expected) == 0;
    curl_free(scheme);
    return is;
}

static bool is_loopback_name(const char *host)
{
    struct in_addr v4;

    if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

static bool is_loopback(CURLU *url)
{
    char *host = NULL;

    bool is = curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK
              && is_loopback_name(host);
    curl_free(host);
    return is;
}

static bool judge(CURLU *url, bool *is_https, struct error *err)
{
    *is_https = is_scheme(url, "https");
    if (!*is_https && !is_scheme(url, "http"))
        return error_set(err, ERROR_FORMAT, "it must begin with https://");
    if (!*is_https && !is_loopback(url))
        return error_set(err, ERROR_FORMAT,
                         "plain http goes to loopback addresses only; use https");
    if (has(url, CURLUPART_USER) || has(url, CURLUPART_PASSWORD))
        return error_set(err, ERROR_FORMAT, "no user or password can stand in it");
    if (has(url, CURLUPART_FRAGMENT))
        return error_set(err, ERROR_FORMAT, "no fragment (#) can stand in it");
    return true;
}

bool http_url_read(const char *url, CURLU **out, bool *is_https, struct error *err)
{
    __attribute__((cleanup(url_free))) CURLU *read = curl_url();

    if (read == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a URL");
    if (!parse(url, read, err) || !judge(read, is_https, err))
        return error_within(err, "URL %s", safe_string(url).s);
    *out = TAKE(read);
    return true;
}

bool http_url_allowed(const char *url, struct error *err)
{
    __attribute__((cleanup(url_free))) CURLU *read = NULL;
    bool is_https;

    return http_url_read(url, &read, &is_https, err);
}

static bool judge_proxy(CURLU *url, struct error *err)
{
    static const char *const schemes[] = { "http", "https", "socks5", "socks5h" };
    char *path = NULL;
    bool is_known = false;

    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        is_known = is_known || is_scheme(url, schemes[i]);
    if (!is_known)
        return error_set(err, ERROR_FORMAT,
                         "it must begin with http://, https://, socks5:// or socks5h://");
    bool is_bare = curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK
                   || strcmp(path, "/") == 0;
    curl_free(path);
    if (!is_bare || has(url, CURLUPART_QUERY) || has(url, CURLUPART_FRAGMENT))
        return error_set(err, ERROR_FORMAT, "nothing can follow host and port");
    return true;
}

/* The URL may hold a password, so it is not repeated. */
bool http_proxy_allowed(const char *url, struct error *err)
{
    __attribute__((cleanup(url_free))) CURLU *read = curl_url();

    if (read == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a URL");
    if (!parse(url, read, err) || !judge_proxy(read, err))
        return error_within(err, "the proxy's URL");
    return true;
}
