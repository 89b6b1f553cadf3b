/* SPDX-License-Identifier: Apache-2.0 */
/* The synthetic world's Intel platforms: their names, and what has happened to them.
 *
 * Nothing is kept of a platform that nothing has happened to. Each of its names (PPID, QE
 * ID, encrypted PPID, manifest) is its index, scrambled under a key of the world's, and
 * can be taken apart again; so a million are there at no cost. Even ones have one package
 * and a certificate of the Processor CA; odd ones have several, a manifest and one of the
 * Platform CA. Platform i has the world's FMSPC i modulo their number. PCE-ID is 0.
 *
 * A moment is given wherever events count: asked about one before an event, the answer is
 * as if that had not happened. Registrations alone have no time. */
#ifndef THIM_SIM_PLATFORMS_H
#define THIM_SIM_PLATFORMS_H

#include "kit/buf.h"
#include "kit/error.h"
#include "sim/world.h"

#define PLATFORMS_MAX ((uint32_t)1 << 20)
#define PLATFORM_EVENTS_MAX 4096
#define MANIFEST_LEN ((size_t)8431) /* the shortest that PCS takes: 16862 hex digits */
#define MANIFEST_LEN_MAX ((size_t)56442)

enum platform_name { PLATFORM_PPID, PLATFORM_QE_ID, PLATFORM_INSTANCE, PLATFORM_NAMES };

enum platform_registration {
    PLATFORM_UNREGISTERED,
    PLATFORM_DIRECT,  /* by registration/v1/platform: PCS keeps the keys */
    PLATFORM_INDIRECT /* by its manifest in pckcert(s): PCS keeps nothing */
};

enum platform_event_kind {
    PLATFORM_GAP,  /* its certificate for a level is "Not available" */
    PLATFORM_FILL, /* and is there again */
    PLATFORM_REVOKE_PCK,
    PLATFORM_FORGET, /* PCS has never heard of it */
    PLATFORM_ODD_PCK,
    PLATFORM_REVOKE_PACKAGE,
    PLATFORM_WRONG_SERVER, /* its manifest was made for another server */
    PLATFORM_INCOMPATIBLE  /* its packages do not go together */
};

enum pck_oddity { /* what is wrong with one certificate */
                  PCK_STRAIGHT,
                  PCK_UNREADABLE, /* is no DER */
                  PCK_OTHER_PPID, /* has the PPID of another platform */
                  PCK_IMPOSTOR,   /* signed under another root of the same names */
                  PCK_EXPIRED,
                  PCK_FUTURE /* not valid yet */
};

struct platform_event {
    enum platform_event_kind kind;
    uint32_t platform;
    unsigned level;      /* whose certificate: an evaluation data number; 0 for all */
    enum pck_oddity how; /* ODD_PCK */
    int64_t now_s;
};

struct platforms;

/* Names follow from the seed, random without one. */
bool platforms_open(const char *seed, size_t fmspc_count, struct platforms **out,
                    struct error *err) MUST_CHECK;
void platforms_close(struct platforms *platforms); /* accepts NULL */
DEFINE_OWNED(struct platforms *, platforms_close)

/* ---- who they are ----------------------------------------------------------------- */

enum world_ca platform_ca(uint32_t platform);
void platform_fmspc(const struct platforms *platforms, uint32_t platform,
                    uint8_t out[FMSPC_LEN]);

void platform_name(const struct platforms *platforms, enum platform_name what,
                   uint32_t platform, uint8_t out[PLATFORM_NAME_LEN]);
/* False where no platform of this world has the name. */
bool platform_of_name(const struct platforms *platforms, enum platform_name what,
                      const uint8_t name[PLATFORM_NAME_LEN], uint32_t *platform);

/* Each nonce gives other bytes, all of which are read back. */
void platform_encrypt_ppid(const struct platforms *platforms, uint32_t platform,
                           uint64_t nonce, uint8_t out[ENCRYPTED_PPID_LEN]);
bool platform_of_encrypted_ppid(const struct platforms *platforms,
                                const uint8_t encrypted[ENCRYPTED_PPID_LEN],
                                uint32_t *platform);

/* Appends the MANIFEST_LEN bytes of an odd platform. */
void platform_manifest(const struct platforms *platforms, uint32_t platform,
                       struct buf *out);
bool platform_of_manifest(const struct platforms *platforms, struct bytes manifest,
                          uint32_t *platform);

/* How many levels there are certificates for, counted from the newest; 0, as at first:
 * all. A fleet of thousands that needs a few is served the sooner. */
void platforms_limit_levels(struct platforms *platforms, unsigned most);
unsigned platforms_oldest_level(const struct platforms *platforms, unsigned newest);

/* 32 bytes that follow from all of it: keys, serials. */
void platform_secret(const struct platforms *platforms, const char *purpose,
                     uint32_t platform, unsigned level, uint8_t out[32]);

/* ---- what has happened ------------------------------------------------------------ */

/* ERROR_LIMIT past PLATFORM_EVENTS_MAX, ERROR_NOT_FOUND past PLATFORMS_MAX. */
bool platforms_add(struct platforms *platforms, const struct platform_event *event,
                   struct error *err) MUST_CHECK;

/* The newest event of one kind that concerns this level (0: any), NULL where none has
 * happened. A fill ends the gaps before it. */
const struct platform_event *platforms_find(const struct platforms *platforms,
                                            enum platform_event_kind kind,
                                            uint32_t platform, unsigned level,
                                            int64_t now_s);

/* The revocations under a CA, one after the other: the first where after is NULL, then
 * the one after it; NULL past the last. */
const struct platform_event *platforms_revocation(const struct platforms *platforms,
                                                  enum world_ca ca, int64_t now_s,
                                                  const struct platform_event *after);

enum platform_registration platform_registration(const struct platforms *platforms,
                                                 uint32_t platform);
void platform_register(struct platforms *platforms, uint32_t platform,
                       enum platform_registration how);

#endif
