/* SPDX-License-Identifier: Apache-2.0 */
/* The URLs that an operator may write: scheme, host, port, path; nothing else.
 *
 * Source: RFC 3986, of which only a part is allowed: no user info (a secret does not
 * belong there), no query, no fragment, no escapes. */
#ifndef THIM_CONFIG_URL_H
#define THIM_CONFIG_URL_H

#include "kit/bytes.h"
#include "kit/error.h"

#define URL_MAX 512

struct url {
    struct bytes scheme; /* lower case: http, https, socks5h */
    struct bytes host;   /* a name, or an address without brackets */
    uint16_t port;       /* 0: the scheme's own */
    struct bytes path;   /* with its first "/"; empty where there is none */
    bool is_loopback;    /* localhost, 127.0.0.0/8, ::1 */
};

/* Views into text, which need not end. ERROR_FORMAT says what is wrong. */
bool url_read(struct bytes text, struct url *out, struct error *err) MUST_CHECK;

/* 127.0.0.0/8 or ::1, also as an IPv4 address in IPv6 form. */
bool address_is_loopback(const char *address);

#endif
