/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/platforms.h"

#include <stdlib.h>

#include "kit/crypto.h"
#include "sim/calendar.h"
#include "sim/scramble.h"
#include "sim/synthetic.h"

struct platforms {
    struct scramble_key key;
    size_t fmspc_count;
    unsigned levels_max;    /* 0: no limit */
    uint8_t *registrations; /* by platform: enum platform_registration */
    struct platform_event events[PLATFORM_EVENTS_MAX];
    size_t count;
};

bool platforms_open(const char *seed, size_t fmspc_count, struct platforms **out,
                    struct error *err)
{
    OWNED(platforms_close) struct platforms *platforms = calloc(1, sizeof *platforms);

    if (platforms != NULL)
        platforms->registrations = calloc(PLATFORMS_MAX, 1);
    if (platforms == NULL || platforms->registrations == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for platforms");
    platforms->fmspc_count = fmspc_count;
    platforms->key = scramble_key(seed);
    *out = TAKE(platforms);
    return true;
}

void platforms_close(struct platforms *platforms)
{
    if (platforms == NULL)
        return;
    free(platforms->registrations);
    free(platforms);
}

/* ---- names ------------------------------------------------------------------------ */

void platform_secret(const struct platforms *platforms, const char *purpose,
                     uint32_t platform, unsigned level, uint8_t out[32])
{
    struct sha256 secret = scramble_digest(&platforms->key, purpose, platform, level);

    memcpy(out, secret.digest, sizeof secret.digest);
}

static const char *const purposes[PLATFORM_NAMES] = {
    [PLATFORM_PPID] = "PPID",
    [PLATFORM_QE_ID] = "QE ID",
    [PLATFORM_INSTANCE] = "instance",
};

enum world_ca platform_ca(uint32_t platform)
{
    return platform % 2 == 0 ? WORLD_PROCESSOR : WORLD_PLATFORM;
}

void platform_fmspc(const struct platforms *platforms, uint32_t platform,
                    uint8_t out[FMSPC_LEN])
{
    synthetic_fmspc(platform % platforms->fmspc_count, out);
}

void platforms_limit_levels(struct platforms *platforms, unsigned most)
{
    platforms->levels_max = most;
}

unsigned platforms_oldest_level(const struct platforms *platforms, unsigned newest)
{
    unsigned most = platforms->levels_max;

    return most == 0 || newest < CALENDAR_FIRST + most ? CALENDAR_FIRST
                                                       : newest - most + 1;
}

void platform_name(const struct platforms *platforms, enum platform_name what,
                   uint32_t platform, uint8_t out[PLATFORM_NAME_LEN])
{
    scramble(&platforms->key, purposes[what], platform, out, PLATFORM_NAME_LEN);
}

bool platform_of_name(const struct platforms *platforms, enum platform_name what,
                      const uint8_t name[PLATFORM_NAME_LEN], uint32_t *platform)
{
    return unscramble(&platforms->key, purposes[what], name, PLATFORM_NAME_LEN, platform)
           && *platform < PLATFORMS_MAX;
}

/* Half a name's room for the nonce, hidden; then the PPID and zeros, mixed with what
 * follows from that. */
static void mix_ppid(const struct platforms *platforms, uint8_t out[ENCRYPTED_PPID_LEN])
{
    uint64_t start = scramble_u64(
        scramble_digest(&platforms->key, "encrypted", scramble_u64(out), 0).digest);

    scramble_mix(start, out + 8, ENCRYPTED_PPID_LEN - 8);
}

void platform_encrypt_ppid(const struct platforms *platforms, uint32_t platform,
                           uint64_t nonce, uint8_t out[ENCRYPTED_PPID_LEN])
{
    struct sha256 hidden = scramble_digest(&platforms->key, "nonce", nonce, platform);

    memset(out, 0, ENCRYPTED_PPID_LEN);
    memcpy(out, hidden.digest, 8);
    platform_name(platforms, PLATFORM_PPID, platform, out + 8);
    mix_ppid(platforms, out);
}

bool platform_of_encrypted_ppid(const struct platforms *platforms,
                                const uint8_t encrypted[ENCRYPTED_PPID_LEN],
                                uint32_t *platform)
{
    uint8_t plain[ENCRYPTED_PPID_LEN];
    uint8_t rest = 0;

    memcpy(plain, encrypted, sizeof plain);
    mix_ppid(platforms, plain);
    for (size_t i = 8 + PLATFORM_NAME_LEN; i < sizeof plain; i++)
        rest |= plain[i];
    return rest == 0 && platform_of_name(platforms, PLATFORM_PPID, plain + 8, platform);
}

/* The scrambled index, then what follows from it. */
void platform_manifest(const struct platforms *platforms, uint32_t platform,
                       struct buf *out)
{
    uint8_t manifest[MANIFEST_LEN] = { 0 };

    scramble(&platforms->key, "manifest", platform, manifest, PLATFORM_NAME_LEN);
    scramble_mix(
        scramble_u64(scramble_digest(&platforms->key, "packages", platform, 0).digest),
        manifest + PLATFORM_NAME_LEN, sizeof manifest - PLATFORM_NAME_LEN);
    buf_add(out, bytes_of(manifest, sizeof manifest));
}

bool platform_of_manifest(const struct platforms *platforms, struct bytes manifest,
                          uint32_t *platform)
{
    struct buf whole;

    if (manifest.len != MANIFEST_LEN
        || !unscramble(&platforms->key, "manifest", manifest.at, PLATFORM_NAME_LEN,
                       platform)
        || *platform >= PLATFORMS_MAX || platform_ca(*platform) != WORLD_PLATFORM)
        return false;
    buf_init(&whole, MANIFEST_LEN);
    platform_manifest(platforms, *platform, &whole);
    bool is_whole = bytes_equal(buf_bytes(&whole), manifest);
    buf_fini(&whole);
    return is_whole;
}

/* ---- events ----------------------------------------------------------------------- */

bool platforms_add(struct platforms *platforms, const struct platform_event *event,
                   struct error *err)
{
    if (event->platform >= PLATFORMS_MAX)
        return error_set(err, ERROR_NOT_FOUND, "platform: there are %u, from 0",
                         PLATFORMS_MAX);
    if (platforms->count == PLATFORM_EVENTS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d events of platforms",
                         PLATFORM_EVENTS_MAX);
    platforms->events[platforms->count++] = *event;
    return true;
}

static bool concerns(const struct platform_event *event, uint32_t platform,
                     unsigned level, int64_t now_s)
{
    return event->platform == platform && event->now_s <= now_s
           && (level == 0 || event->level == 0 || event->level == level);
}

const struct platform_event *platforms_find(const struct platforms *platforms,
                                            enum platform_event_kind kind,
                                            uint32_t platform, unsigned level,
                                            int64_t now_s)
{
    for (size_t i = platforms->count; i-- > 0;) {
        const struct platform_event *event = &platforms->events[i];
        if (!concerns(event, platform, level, now_s))
            continue;
        if (event->kind == kind)
            return event;
        if (event->kind == PLATFORM_FILL && kind == PLATFORM_GAP)
            return NULL;
    }
    return NULL;
}

const struct platform_event *platforms_revocation(const struct platforms *platforms,
                                                  enum world_ca ca, int64_t now_s,
                                                  const struct platform_event *after)
{
    const struct platform_event *end = platforms->events + platforms->count;
    const struct platform_event *event = after == NULL ? platforms->events : after + 1;

    for (; event < end; event++)
        if (event->kind == PLATFORM_REVOKE_PCK && platform_ca(event->platform) == ca
            && event->now_s <= now_s)
            return event;
    return NULL;
}

enum platform_registration platform_registration(const struct platforms *platforms,
                                                 uint32_t platform)
{
    return (enum platform_registration)platforms->registrations[platform];
}

void platform_register(struct platforms *platforms, uint32_t platform,
                       enum platform_registration how)
{
    platforms->registrations[platform] = (uint8_t)how;
}
