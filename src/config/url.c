/* SPDX-License-Identifier: Apache-2.0 */
#include "config/url.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "kit/text.h"

#define HOST_MAX 253 /* RFC 1035, 2.3.4, as text */

bool address_is_loopback(const char *address)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    uint8_t v4[4], v6[16];

    if (inet_pton(AF_INET, address, v4) == 1)
        return v4[0] == 127;
    if (inet_pton(AF_INET6, address, v6) != 1)
        return false;
    return memcmp(v6, &in6addr_loopback, sizeof v6) == 0
           || (memcmp(v6, mapped, sizeof mapped) == 0 && v6[12] == 127);
}

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static size_t count_while(struct bytes text, const char *also)
{
    size_t n = 0;

    while (n < text.len
           && (is_letter_or_digit(text.at[n])
               || (text.at[n] != 0 && strchr(also, text.at[n]) != NULL)))
        n++;
    return n;
}

static bool take_scheme(struct bytes *rest, struct url *out, struct error *err)
{
    static const char *const schemes[] = { "https", "http", "socks5h" };
    size_t colon = bytes_find(*rest, bytes_of_text("://"));

    out->scheme = bytes_first(*rest, colon);
    for (size_t i = 0; colon < rest->len && i < COUNT_OF(schemes); i++)
        if (bytes_equal_text(out->scheme, schemes[i])) {
            *rest = bytes_after(*rest, colon + 3);
            return true;
        }
    return error_set(err, ERROR_FORMAT, "does not begin with https://");
}

static bool read_address(struct bytes host, int family, bool *is_loopback)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];

    if (host.len >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)host.len, (const char *)host.at);
    *is_loopback = address_is_loopback(text);
    return inet_pton(family, text, address) == 1;
}

static bool take_host(struct bytes *rest, struct url *out, struct error *err)
{
    if (rest->len > 0 && rest->at[0] == '[') {
        size_t end = bytes_find(*rest, bytes_of_text("]"));
        out->host = bytes_after(bytes_first(*rest, end), 1);
        if (end == rest->len || !read_address(out->host, AF_INET6, &out->is_loopback))
            return error_set(err, ERROR_FORMAT, "has no IPv6 address in its brackets");
        *rest = bytes_after(*rest, end + 1);
        return true;
    }
    out->host = bytes_first(*rest, count_while(*rest, "-."));
    *rest = bytes_after(*rest, out->host.len);
    if (out->host.len == 0 || out->host.len > HOST_MAX)
        return error_set(err, ERROR_FORMAT, "has no host name");
    /* what only looks like an address would be read as one elsewhere: 127.1, 0x7f000001
     */
    bool is_address = read_address(out->host, AF_INET, &out->is_loopback);
    uint8_t last = out->host.at[out->host.len - 1];
    if (!is_address && ((last >= '0' && last <= '9') || last == '.'))
        return error_set(err, ERROR_FORMAT,
                         "has a host that is neither name nor address");
    if (bytes_equal_text(out->host, "localhost"))
        out->is_loopback = true;
    return true;
}

static bool take_port(struct bytes *rest, struct url *out, struct error *err)
{
    uint64_t port;

    if (rest->len == 0 || rest->at[0] != ':')
        return true;
    *rest = bytes_after(*rest, 1);
    size_t digits = count_while(*rest, "");
    if (!decimal_read(bytes_first(*rest, digits), UINT16_MAX, &port) || port == 0)
        return error_set(err, ERROR_FORMAT, "has a port outside of 1 to 65535");
    out->port = (uint16_t)port;
    *rest = bytes_after(*rest, digits);
    return true;
}

bool url_read(struct bytes text, struct url *out, struct error *err)
{
    struct bytes rest = text;

    *out = (struct url){ 0 };
    if (text.len > URL_MAX)
        return error_set(err, ERROR_FORMAT, "is longer than %d bytes", URL_MAX);
    if (bytes_find(text, bytes_of_text("@")) < text.len)
        return error_set(err, ERROR_FORMAT, "names a user (@): not in a URL");
    if (!take_scheme(&rest, out, err) || !take_host(&rest, out, err)
        || !take_port(&rest, out, err))
        return false;
    out->path = rest;
    if (rest.len > 0 && rest.at[0] != '/')
        return error_set(err, ERROR_FORMAT, "has \"%s\" after its host",
                         safe(bytes_first(rest, 1)).s);
    size_t sane = count_while(rest, "/-._~+");
    if (sane < rest.len)
        return error_set(err, ERROR_FORMAT, "has \"%s\" in its path",
                         safe(bytes_first(bytes_after(rest, sane), 1)).s);
    return true;
}
