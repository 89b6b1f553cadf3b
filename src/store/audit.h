/* SPDX-License-Identifier: Apache-2.0 */
/* Who did what, from where: appended, never changed. On the store thread, in the same
 * transaction as what was done where there is one. Nothing secret is written: platforms
 * stand in it by the HMAC of their QE ID under the site key. */
#ifndef THIM_STORE_AUDIT_H
#define THIM_STORE_AUDIT_H

#include "store/store.h"

#define AUDIT_KEPT 1000000 /* entries; the oldest go first */

struct audit_entry {     /* all text safe to print */
    int64_t at_s;        /* machine time */
    const char *who;     /* a token's name, "uid 0", "anonymous" */
    const char *from;    /* an address, "socket" */
    const char *what;    /* "register", "bundle", "rebind", "forget", "refresh", "policy",
                            "drain", "refused" */
    const char *subject; /* platform, FMSPC, policy id; "" */
    const char *outcome; /* "added", "same", "conflict: ...", ... */
};

bool store_audit(struct store *store, const struct audit_entry *entry, struct error *err)
    MUST_CHECK;

#endif
