/* SPDX-License-Identifier: Apache-2.0 */
/* RSA-4096 as AMD's authorities have it, without chance: a key is one of a few hundred,
 * and the same text signed twice has the same signature.
 *
 * Making such a key takes seconds, and a simulator needs eighteen at once. So 24 primes
 * are part of this program (rsa4096_primes.c), and each two of them are a key: whoever
 * reads this can have every one. RSASSA-PSS with SHA-384, MGF1 with SHA-384, a salt of 48
 * bytes (RFC 8017, 8.1), which follows from the text. */
#ifndef THIM_SIM_RSA4096_H
#define THIM_SIM_RSA4096_H

#include "kit/buf.h"
#include "kit/error.h"

#define RSA4096_PRIMES 24
#define RSA4096_KEYS (RSA4096_PRIMES * (RSA4096_PRIMES - 1) / 2)
#define RSA4096_LEN 512 /* bytes of a modulus, and of a signature */

extern const char *const rsa4096_primes[RSA4096_PRIMES]; /* hex */

struct rsa4096;

/* which: below RSA4096_KEYS. */
bool rsa4096_open(unsigned which, struct rsa4096 **out, struct error *err) MUST_CHECK;
void rsa4096_close(struct rsa4096 *rsa); /* accepts NULL */
DEFINE_OWNED(struct rsa4096 *, rsa4096_close)

/* Appends the SubjectPublicKeyInfo as DER. */
void rsa4096_public(const struct rsa4096 *rsa, struct buf *out);

/* Appends the signature over text, RSA4096_LEN bytes. Another variant of the same text is
 * another signature. */
bool rsa4096_sign(const struct rsa4096 *rsa, struct bytes text, uint32_t variant,
                  struct buf *out, struct error *err) MUST_CHECK;

#endif
