/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens as the configuration has them: never themselves, only a hash of each, and the
 * role that it stands for. */
#ifndef THIM_CONFIG_TOKENS_H
#define THIM_CONFIG_TOKENS_H

#include "config/config.h"
#include "config/schema.h"

/* More costly hashes than this would let a stranger use up a core. */
#define TOKEN_SCRYPT_LOG2N_MIN 10
#define TOKEN_SCRYPT_LOG2N_MAX 15
#define TOKEN_SCRYPT_R_MAX 8
#define TOKEN_SCRYPT_P_MAX 4
#define TOKEN_SCRYPTS_MAX 8 /* a wrong token is tried against each of them */

extern const struct schema_choice token_roles[];

/* Both fill a struct config_token, which may have one of them. */
bool read_token_sha512(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
    MUST_CHECK;
bool read_token_scrypt(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
    MUST_CHECK;

/* "LOG2N:R:P:SALT:HASH": three numbers, then 16 and 32 bytes in hex. */
bool token_scrypt_read(struct bytes text, struct config_token *out, struct error *err)
    MUST_CHECK;

#endif
