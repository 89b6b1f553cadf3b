/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/scramble.h"

#include <assert.h>

enum { ROUNDS = 4 };

struct scramble_key scramble_key(const char *seed)
{
    struct scramble_key key;

    if (seed == NULL) {
        random_fill(key.at, sizeof key.at);
    } else {
        struct sha256 digest = sha256(bytes_of_text(seed));
        memcpy(key.at, digest.digest, sizeof key.at);
    }
    return key;
}

static void put(uint8_t *out, size_t len, uint64_t value)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(value >> 8 * (len - 1 - i));
}

static uint64_t get(const uint8_t *in, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | in[i];
    return value;
}

uint64_t scramble_u64(const uint8_t in[8])
{
    return get(in, 8);
}

struct sha256 scramble_digest(const struct scramble_key *key, const char *purpose,
                              uint64_t a, uint64_t b)
{
    uint8_t text[32 + 8 + 8 + 16] = { 0 };
    size_t len = strlen(purpose);

    memcpy(text, key->at, 32);
    put(text + 32, 8, a);
    put(text + 40, 8, b);
    memcpy(text + 48, purpose, len < 16 ? len : 16);
    return sha256(bytes_of(text, sizeof text));
}

/* As many bytes as half a name has. */
static uint64_t round_of(const struct scramble_key *key, const char *purpose, int round,
                         uint64_t half, size_t len)
{
    return get(scramble_digest(key, purpose, (uint64_t)round, half).digest, len);
}

/* A Feistel network over two halves: zeros and an index, or what became of them. */
void scramble(const struct scramble_key *key, const char *purpose, uint32_t index,
              uint8_t *out, size_t len)
{
    uint64_t left = 0, right = index;

    assert(len == 8 || len == 16);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t next = left ^ round_of(key, purpose, round, right, len / 2);
        left = right;
        right = next;
    }
    put(out, len / 2, left);
    put(out + len / 2, len / 2, right);
}

bool unscramble(const struct scramble_key *key, const char *purpose, const uint8_t *in,
                size_t len, uint32_t *index)
{
    uint64_t left = get(in, len / 2), right = get(in + len / 2, len / 2);

    for (int round = ROUNDS - 1; round >= 0; round--) {
        uint64_t before = right ^ round_of(key, purpose, round, left, len / 2);
        right = left;
        left = before;
    }
    *index = (uint32_t)right;
    return left == 0 && right <= UINT32_MAX;
}

/* Steele, Lea and Flood's SplitMix64. */
void scramble_mix(uint64_t start, uint8_t *at, size_t len)
{
    uint8_t word[8];

    for (size_t i = 0; i < len; i++) {
        if (i % 8 == 0) {
            start += 0x9e3779b97f4a7c15;
            uint64_t z = (start ^ start >> 30) * 0xbf58476d1ce4e5b9;
            z = (z ^ z >> 27) * 0x94d049bb133111eb;
            put(word, 8, z ^ z >> 31);
        }
        at[i] ^= word[i % 8];
    }
}
