/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/platforms.h"

#include <stdlib.h>

#include "kit/crypto.h"
#include "sim/calendar.h"
#include "sim/synthetic.h"

struct platforms {
    uint8_t key[32];
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
    if (seed == NULL) {
        random_fill(platforms->key, sizeof platforms->key);
    } else {
        struct sha256 key = sha256(bytes_of_text(seed));
        memcpy(platforms->key, key.digest, sizeof platforms->key);
    }
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

/* ---- scrambling ------------------------------------------------------------------- */

static void put_u64(uint8_t out[8], uint64_t value)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t get_u64(const uint8_t in[8])
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        value = value << 8 | in[i];
    return value;
}

/* A digest under the world's key of a purpose and two numbers. */
static struct sha256 keyed(const struct platforms *platforms, const char *purpose,
                           uint64_t a, uint64_t b)
{
    uint8_t text[32 + 8 + 8 + 16] = { 0 };
    size_t len = strlen(purpose);

    memcpy(text, platforms->key, 32);
    put_u64(text + 32, a);
    put_u64(text + 40, b);
    memcpy(text + 48, purpose, len < 16 ? len : 16);
    return sha256(bytes_of(text, sizeof text));
}

void platform_secret(const struct platforms *platforms, const char *purpose,
                     uint32_t platform, unsigned level, uint8_t out[32])
{
    struct sha256 secret = keyed(platforms, purpose, platform, level);

    memcpy(out, secret.digest, sizeof secret.digest);
}

enum { ROUNDS = 4 };

static uint64_t round_of(const struct platforms *platforms, const char *purpose,
                         int round, uint64_t half)
{
    return get_u64(keyed(platforms, purpose, (uint64_t)round, half).digest);
}

/* A Feistel network over two halves: an index and zeros, or what became of them. */
static void scramble(const struct platforms *platforms, const char *purpose,
                     uint32_t platform, uint8_t out[PLATFORM_NAME_LEN])
{
    uint64_t left = 0, right = platform;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t next = left ^ round_of(platforms, purpose, round, right);
        left = right;
        right = next;
    }
    put_u64(out, left);
    put_u64(out + 8, right);
}

static bool unscramble(const struct platforms *platforms, const char *purpose,
                       const uint8_t in[PLATFORM_NAME_LEN], uint32_t *platform)
{
    uint64_t left = get_u64(in), right = get_u64(in + 8);

    for (int round = ROUNDS - 1; round >= 0; round--) {
        uint64_t before = right ^ round_of(platforms, purpose, round, left);
        right = left;
        left = before;
    }
    *platform = (uint32_t)right;
    return left == 0 && right < PLATFORMS_MAX;
}

/* Bytes without a pattern that follow from a start: Steele, Lea and Flood's SplitMix64.
 * They are mixed into those that are there. */
static void mix(uint64_t start, uint8_t *at, size_t len)
{
    uint8_t word[8];

    for (size_t i = 0; i < len; i++) {
        if (i % 8 == 0) {
            start += 0x9e3779b97f4a7c15;
            uint64_t z = (start ^ start >> 30) * 0xbf58476d1ce4e5b9;
            z = (z ^ z >> 27) * 0x94d049bb133111eb;
            put_u64(word, z ^ z >> 31);
        }
        at[i] ^= word[i % 8];
    }
}

/* ---- names ------------------------------------------------------------------------ */

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
    scramble(platforms, purposes[what], platform, out);
}

bool platform_of_name(const struct platforms *platforms, enum platform_name what,
                      const uint8_t name[PLATFORM_NAME_LEN], uint32_t *platform)
{
    return unscramble(platforms, purposes[what], name, platform);
}

/* Half a name's room for the nonce, hidden; then the PPID and zeros, mixed with what
 * follows from that. */
static void mix_ppid(const struct platforms *platforms, uint8_t out[ENCRYPTED_PPID_LEN])
{
    uint64_t start = get_u64(keyed(platforms, "encrypted", get_u64(out), 0).digest);

    mix(start, out + 8, ENCRYPTED_PPID_LEN - 8);
}

void platform_encrypt_ppid(const struct platforms *platforms, uint32_t platform,
                           uint64_t nonce, uint8_t out[ENCRYPTED_PPID_LEN])
{
    struct sha256 hidden = keyed(platforms, "nonce", nonce, platform);

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

    scramble(platforms, "manifest", platform, manifest);
    mix(get_u64(keyed(platforms, "packages", platform, 0).digest),
        manifest + PLATFORM_NAME_LEN, sizeof manifest - PLATFORM_NAME_LEN);
    buf_add(out, bytes_of(manifest, sizeof manifest));
}

bool platform_of_manifest(const struct platforms *platforms, struct bytes manifest,
                          uint32_t *platform)
{
    struct buf whole;

    if (manifest.len != MANIFEST_LEN
        || !unscramble(platforms, "manifest", manifest.at, platform)
        || platform_ca(*platform) != WORLD_PLATFORM)
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
