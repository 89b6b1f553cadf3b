/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses with a prefix, as an operator writes them: 10.0.0.0/8, 2001:db8::/32, or one
 * address by itself. Source: RFC 4632, 3.1; RFC 4291, 2.3. */
#ifndef THIM_CONFIG_PREFIX_H
#define THIM_CONFIG_PREFIX_H

#include <netinet/in.h>

#include "baseline/policy.h"

/* Fills address, address_len and prefix_bits. ERROR_FORMAT, with what to write instead,
 * for bits set behind the prefix (a slip in one of the two) and for IPv4 in IPv6 form
 * (such a host counts as one of IPv4). */
bool prefix_read(struct bytes text, struct baseline_rule *out, struct error *err)
    MUST_CHECK;

struct prefix_text {
    char s[INET6_ADDRSTRLEN + 4];
};
struct prefix_text prefix_text(const struct baseline_rule *rule);

bool prefix_equal(const struct baseline_rule *a, const struct baseline_rule *b);

#endif
