/* SPDX-License-Identifier: Apache-2.0 */
#include "config/tokens.h"

#include "kit/text.h"

/* ---- roles ---------------------------------------------------------------------- */

const struct schema_choice token_roles[] = { { "host", ROLE_HOST },
                                             { "reader", ROLE_READER },
                                             { "registrar", ROLE_REGISTRAR },
                                             { "admin", ROLE_ADMIN },
                                             { 0 } };

unsigned role_includes(enum role role)
{
    switch (role) {
    case ROLE_READER:
        return ROLE_READER | ROLE_HOST;
    case ROLE_REGISTRAR:
        return ROLE_REGISTRAR | ROLE_HOST;
    case ROLE_ADMIN:
        return ROLE_ADMIN | ROLE_REGISTRAR | ROLE_READER | ROLE_HOST;
    case ROLE_HOST:
    default:
        return role;
    }
}

const char *role_name(enum role role)
{
    for (const struct schema_choice *c = token_roles; c->name != NULL; c++)
        if (c->value == (int)role)
            return c->name;
    return "none";
}

/* ---- hashes --------------------------------------------------------------------- */

/* What stands before the next colon, or all; what follows it stays in text. */
static struct bytes next_part(struct bytes *text)
{
    struct bytes part = bytes_first(*text, bytes_find(*text, bytes_of_text(":")));

    *text = bytes_after(*text, part.len + 1);
    return part;
}

static bool read_cost(struct bytes *text, const char *name, unsigned least, unsigned most,
                      unsigned *out, struct error *err)
{
    struct bytes part = next_part(text);
    uint64_t number;

    if (!decimal_read(part, UINT32_MAX, &number))
        return error_set(err, ERROR_FORMAT,
                         "is not LOG2N:R:P:SALT:HASH, as `thim token make` prints it");
    if (number < least || number > most)
        return error_set(err, ERROR_FORMAT, "has %s %s, outside of %u to %u", name,
                         safe(part).s, least, most);
    *out = (unsigned)number;
    return true;
}

bool token_scrypt_read(struct bytes text, struct config_token *out, struct error *err)
{
    if (!read_cost(&text, "LOG2N", TOKEN_SCRYPT_LOG2N_MIN, TOKEN_SCRYPT_LOG2N_MAX,
                   &out->cost.log2_n, err)
        || !read_cost(&text, "R", 1, TOKEN_SCRYPT_R_MAX, &out->cost.r, err)
        || !read_cost(&text, "P", 1, TOKEN_SCRYPT_P_MAX, &out->cost.p, err))
        return false;
    if (!hex_read(next_part(&text), out->salt, sizeof out->salt))
        return error_set(err, ERROR_FORMAT, "has a salt that is not %zu hex digits",
                         2 * sizeof out->salt);
    if (!hex_read(text, out->scrypt, sizeof out->scrypt))
        return error_set(err, ERROR_FORMAT, "has a hash that is not %zu hex digits",
                         2 * sizeof out->scrypt);
    out->hash = TOKEN_SCRYPT;
    return true;
}

static bool is_first_hash(const struct schema_walk *walk, const struct value *value,
                          const struct config_token *token, struct error *err)
{
    if (token->hash == 0)
        return true;
    return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                         "a token has one of sha512 and scrypt, not both");
}

/* Neither refusal shows what is there: it might be the token itself. */
bool read_token_sha512(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
{
    struct config_token *token = base;
    struct bytes text;

    (void)key;
    if (!is_first_hash(walk, value, token, err)
        || !schema_scalar(walk, value, "128 hex digits", &text, err))
        return false;
    if (!hex_read(text, token->sha512, sizeof token->sha512))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "is not 128 hex digits, as sha512sum prints them");
    token->hash = TOKEN_SHA512;
    return true;
}

bool read_token_scrypt(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
{
    struct error why = { 0 };
    struct bytes text;

    (void)key;
    if (!is_first_hash(walk, value, base, err)
        || !schema_scalar(walk, value, "LOG2N:R:P:SALT:HASH", &text, err))
        return false;
    if (!token_scrypt_read(text, base, &why))
        return schema_refuse(walk, value->line, err, why.kind, "%s", why.text);
    return true;
}
