/* SPDX-License-Identifier: Apache-2.0 */
#include "config/prefix.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "kit/text.h"

#define IPV4_LEN 4
#define IPV6_LEN 16
#define MAPPED_LEN 12 /* RFC 4291, 2.5.5.2: what stands before an IPv4 address */

static bool read_address(struct bytes text, struct baseline_rule *out)
{
    char address[INET6_ADDRSTRLEN];

    if (text.len >= sizeof address)
        return false;
    snprintf(address, sizeof address, "%.*s", (int)text.len, (const char *)text.at);
    *out = (struct baseline_rule){ .address_len = IPV4_LEN };
    if (inet_pton(AF_INET, address, out->address) == 1)
        return true;
    out->address_len = IPV6_LEN;
    return inet_pton(AF_INET6, address, out->address) == 1;
}

static bool is_mapped(const struct baseline_rule *rule)
{
    static const uint8_t mapped[MAPPED_LEN] = { [10] = 0xff, [11] = 0xff };

    return rule->address_len == IPV6_LEN && rule->prefix_bits >= 8 * MAPPED_LEN
           && memcmp(rule->address, mapped, sizeof mapped) == 0;
}

/* The IPv4 prefix that one in IPv6 form means. */
static struct baseline_rule unmapped(const struct baseline_rule *rule)
{
    struct baseline_rule out = { .address_len = IPV4_LEN,
                                 .prefix_bits = rule->prefix_bits - 8 * MAPPED_LEN };

    memcpy(out.address, rule->address + MAPPED_LEN, IPV4_LEN);
    return out;
}

/* The same prefix with nothing behind it. */
static struct baseline_rule trimmed(const struct baseline_rule *rule)
{
    struct baseline_rule out = *rule;

    for (size_t bit = rule->prefix_bits; bit < 8 * rule->address_len; bit++)
        out.address[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
    return out;
}

bool prefix_read(struct bytes text, struct baseline_rule *out, struct error *err)
{
    size_t slash = bytes_find(text, bytes_of_text("/"));
    uint64_t bits = 0;

    if (!read_address(bytes_first(text, slash), out))
        return error_set(err, ERROR_FORMAT,
                         "\"%s\" is not an address with its prefix (10.0.0.0/8, "
                         "2001:db8::/32)",
                         safe(text).s);
    if (slash == text.len)
        bits = 8 * out->address_len;
    else if (!decimal_read(bytes_after(text, slash + 1), 8 * out->address_len, &bits))
        return error_set(err, ERROR_FORMAT, "\"%s\" has a prefix outside of 0 to %zu",
                         safe(text).s, 8 * out->address_len);
    out->prefix_bits = (unsigned)bits;
    struct baseline_rule bare = trimmed(out);
    if (is_mapped(out)) {
        struct baseline_rule ipv4 = unmapped(&bare);
        return error_set(err, ERROR_FORMAT, "\"%s\" is IPv4 in IPv6 form: write %s",
                         safe(text).s, prefix_text(&ipv4).s);
    }
    if (!prefix_equal(out, &bare))
        return error_set(err, ERROR_FORMAT,
                         "\"%s\" has bits set behind its prefix: %s, or a longer prefix",
                         safe(text).s, prefix_text(&bare).s);
    return true;
}

struct prefix_text prefix_text(const struct baseline_rule *rule)
{
    char address[INET6_ADDRSTRLEN];
    struct prefix_text out;

    inet_ntop(rule->address_len == IPV4_LEN ? AF_INET : AF_INET6, rule->address, address,
              sizeof address);
    snprintf(out.s, sizeof out.s, "%s/%u", address, rule->prefix_bits);
    return out;
}

bool prefix_equal(const struct baseline_rule *a, const struct baseline_rule *b)
{
    return a->address_len == b->address_len && a->prefix_bits == b->prefix_bits
           && memcmp(a->address, b->address, a->address_len) == 0;
}
