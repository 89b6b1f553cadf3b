/* SPDX-License-Identifier: Apache-2.0 */
/* Names that look like chance and are none: an index, scrambled under a key of the
 * world's, which can be taken apart again. So a world has a million machines and keeps
 * nothing of any of them. Nothing here is secret: the key follows from --seed. */
#ifndef THIM_SIM_SCRAMBLE_H
#define THIM_SIM_SCRAMBLE_H

#include "kit/crypto.h"

#define SCRAMBLE_LEN_MAX 16

struct scramble_key {
    uint8_t at[32];
};

/* Of a seed; random without one (NULL). */
struct scramble_key scramble_key(const char *seed);

/* A digest under the key, of a purpose (16 bytes of it) and two numbers. */
struct sha256 scramble_digest(const struct scramble_key *key, const char *purpose,
                              uint64_t a, uint64_t b);

/* An index as a name of len bytes, 8 or 16; and back, which gives false where the name is
 * nobody's: all but one name in 2^32 (2^96) of those that are made up. */
void scramble(const struct scramble_key *key, const char *purpose, uint32_t index,
              uint8_t *out, size_t len);
bool unscramble(const struct scramble_key *key, const char *purpose, const uint8_t *in,
                size_t len, uint32_t *index);

/* Bytes without a pattern that follow from a start, mixed into those that are there:
 * done twice it is undone. */
void scramble_mix(uint64_t start, uint8_t *at, size_t len);

/* Eight bytes, big endian. */
uint64_t scramble_u64(const uint8_t in[8]);

#endif
