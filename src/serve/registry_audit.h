/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry writes into the audit, and how platforms are named there and in
 * logs: by the HMAC of their QE ID under the site key, so that a log tells two platforms
 * apart and gives neither away.
 *
 * A try that was refused is written where a token, right or wrong, came with it. Who
 * brings none is answered and not written: else anybody could push out of the audit what
 * others have done. */
#ifndef THIM_SERVE_REGISTRY_AUDIT_H
#define THIM_SERVE_REGISTRY_AUDIT_H

#include "format/registration.h"
#include "kit/crypto.h"
#include "store/audit.h"
#include "store/writer.h"

struct site_key {
    uint8_t bytes[32];
};

/* DIRECTORY/site.key: 32 random bytes, mode 0600, made where it is missing. ERROR_FORMAT
 * where the file is something else: names under another key would tell nothing. */
bool site_key_load(const char *directory, struct site_key *out, struct error *err)
    MUST_CHECK;

struct platform_alias {
    char s[33]; /* 32 hex digits */
};
struct platform_alias platform_alias(const struct site_key *key,
                                     const struct platform_name *name);

struct audit_note { /* an entry that owns its text */
    char who[64], from[64], what[16], subject[104], outcome[160];
};

/* On the store thread, within the caller's transaction. */
bool audit_note_write(const struct audit_note *note, struct store *store,
                      struct error *err) MUST_CHECK;

/* From any thread, written soon by itself. done (may be NULL) is called once it has been,
 * so that who asks what was written finds it there; where the store is behind it is
 * logged instead, and done is called at once. */
void audit_note_send(const struct audit_note *note, struct store_writer *writer,
                     void (*done)(void *context), void *context);

#endif
