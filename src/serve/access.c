/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/access.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/budget.h"
#include "kit/buf.h"
#include "kit/clock.h"
#include "kit/text.h"

#define TOKEN_MAX 1024 /* bytes; longer ones are wrong */
#define ALL_TIMES 20   /* so much more than one address all together may try */
#define RIGHT_MAX 256  /* scrypt tokens remembered */
#define FRIENDS_MAX 4096

struct token {
    char name[64];
    unsigned roles;
    enum token_hash kind;
    uint8_t sha512[SHA512_LEN];
    struct scrypt_cost cost;
    uint8_t salt[16], scrypt[32];
};

/* A token that was right, by its HMAC. */
struct right {
    struct sha256 digest;
    const struct token *token;
};

/* Wrong tries are paced in two circles: networks that a right token has come from, and
 * all others. Who only tries can make those wait that are like him, and no registrar. */
struct access {
    uint32_t own_uid;
    struct token tokens[CONFIG_TOKENS_MAX];
    size_t token_count;
    uint8_t token_key[32], network_key[32]; /* of this process */

    pthread_mutex_t lock; /* of what follows, but for deriving */
    struct budget *strangers, *friends;
    struct right right[RIGHT_MAX];
    size_t right_count;                  /* since the start: the oldest makes room */
    uint64_t friend_digest[FRIENDS_MAX]; /* each at its own place; 0: nobody's */

    pthread_mutex_t deriving; /* one scrypt at a time: it takes memory and a core */
};

/* ---- making --------------------------------------------------------------------- */

static struct token token_from(const struct config_token *configured)
{
    struct token token = { .roles = role_includes(configured->role),
                           .kind = configured->hash,
                           .cost = configured->cost };

    snprintf(token.name, sizeof token.name, "%s", configured->name);
    memcpy(token.sha512, configured->sha512, sizeof token.sha512);
    memcpy(token.salt, configured->salt, sizeof token.salt);
    memcpy(token.scrypt, configured->scrypt, sizeof token.scrypt);
    return token;
}

bool access_create(const struct config *config, uint32_t own_uid, struct access **out,
                   struct error *err)
{
    unsigned each = config->limits.failed_tokens_per_minute;
    OWNED(access_destroy) struct access *access = calloc(1, sizeof *access);

    if (access == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for tokens");
    pthread_mutex_init(&access->lock, NULL);
    pthread_mutex_init(&access->deriving, NULL);
    access->own_uid = own_uid;
    for (size_t i = 0; i < config->token_count; i++)
        access->tokens[access->token_count++] = token_from(&config->tokens[i]);
    random_fill(access->token_key, sizeof access->token_key);
    random_fill(access->network_key, sizeof access->network_key);
    if (!budget_create(each * ALL_TIMES, each, &access->strangers, err)
        || !budget_create(each * ALL_TIMES, each, &access->friends, err))
        return error_within(err, "pace of wrong tokens");
    *out = TAKE(access);
    return true;
}

void access_destroy(struct access *access)
{
    if (access == NULL)
        return;
    budget_destroy(access->strangers);
    budget_destroy(access->friends);
    pthread_mutex_destroy(&access->lock);
    pthread_mutex_destroy(&access->deriving);
    free(access);
}

/* ---- who asks ------------------------------------------------------------------- */

void peer_text(const struct http_peer *peer, char out[64])
{
    const void *at = &((const struct sockaddr_in *)&peer->address)->sin_addr;

    if (peer->address.ss_family == AF_INET6)
        at = &((const struct sockaddr_in6 *)&peer->address)->sin6_addr;
    if (peer->is_unix || inet_ntop(peer->address.ss_family, at, out, 64) == NULL)
        snprintf(out, 64, "%s", peer->is_unix ? "socket" : "unknown");
}

bool access_is_from_here(const struct http_request *request)
{
    struct http_peer peer;

    http_request_peer(request, &peer);
    return peer.is_loopback && http_request_header(request, "X-Forwarded-For") == NULL
           && http_request_header(request, "Forwarded") == NULL;
}

struct network { /* whom a pace is kept for: an IPv4 address, an IPv6 /64, a local user */
    uint8_t at[8];
    size_t len;
};

static struct network network_of(const struct http_peer *peer)
{
    struct network network = { .len = 4 };

    if (peer->is_unix) { /* a byte longer than an address, so never one */
        network.len = 1 + sizeof peer->uid;
        memcpy(network.at + 1, &peer->uid, sizeof peer->uid);
    } else if (peer->address.ss_family == AF_INET6) {
        network.len = 8;
        memcpy(network.at, &((const struct sockaddr_in6 *)&peer->address)->sin6_addr, 8);
    } else {
        memcpy(network.at, &((const struct sockaddr_in *)&peer->address)->sin_addr, 4);
    }
    return network;
}

static struct bytes trim(struct bytes text)
{
    while (text.len > 0 && text.at[0] == ' ')
        text = bytes_after(text, 1);
    while (text.len > 0 && text.at[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* The token of a request, empty where it has none. A header that is there and empty, as
 * Intel's tools send it when they are given no token, is none. */
static struct bytes token_of(const struct http_request *request)
{
    static const char *const names[] = { "admin-token", "user-token" };
    struct bytes scheme = bytes_of_text("Bearer ");
    const char *value;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if ((value = http_request_header(request, names[i])) != NULL && *value != 0)
            return bytes_of_text(value);
    value = http_request_header(request, "Authorization");
    if (value == NULL)
        return (struct bytes){ 0 };
    struct bytes text = bytes_of_text(value);
    if (!text_equal_nocase(bytes_first(text, scheme.len), scheme))
        return (struct bytes){ 0 };
    return trim(bytes_after(text, scheme.len));
}

/* ---- the pace ------------------------------------------------------------------- */

static uint64_t friend_digest(const struct access *access, struct network network)
{
    struct sha256 digest =
        hmac_sha256(bytes_of(access->network_key, 32), bytes_of(network.at, network.len));
    uint64_t first;

    memcpy(&first, digest.digest, sizeof first);
    return first;
}

static struct budget *circle_of(struct access *access, struct network network)
{
    uint64_t digest = friend_digest(access, network);
    bool is_friend = access->friend_digest[digest % FRIENDS_MAX] == digest;

    return is_friend ? access->friends : access->strangers;
}

static bool may_try(struct access *access, struct network network, int64_t *retry_after_s)
{
    struct bytes address = bytes_of(network.at, network.len);

    pthread_mutex_lock(&access->lock);
    bool may =
        budget_has(circle_of(access, network), address, clock_real_ms(), retry_after_s);
    pthread_mutex_unlock(&access->lock);
    return may;
}

static bool take_try(struct access *access, struct network network,
                     int64_t *retry_after_s)
{
    struct bytes address = bytes_of(network.at, network.len);

    pthread_mutex_lock(&access->lock);
    bool taken =
        budget_take(circle_of(access, network), address, clock_real_ms(), retry_after_s);
    pthread_mutex_unlock(&access->lock);
    return taken;
}

static void give_try(struct access *access, struct network network)
{
    struct bytes address = bytes_of(network.at, network.len);

    pthread_mutex_lock(&access->lock);
    budget_give(circle_of(access, network), address, clock_real_ms());
    pthread_mutex_unlock(&access->lock);
}

static void befriend(struct access *access, struct network network)
{
    uint64_t digest = friend_digest(access, network);

    pthread_mutex_lock(&access->lock);
    access->friend_digest[digest % FRIENDS_MAX] = digest;
    pthread_mutex_unlock(&access->lock);
}

/* ---- tokens --------------------------------------------------------------------- */

static const struct token *find_sha512(const struct access *access, struct bytes given)
{
    struct sha512 digest = sha512(given);
    const struct token *found = NULL;

    for (size_t i = 0; i < access->token_count; i++) {
        const struct token *token = &access->tokens[i];
        bool is_equal = secret_equal(token->sha512, digest.digest, sizeof token->sha512);
        if (is_equal && token->kind == TOKEN_SHA512)
            found = token;
    }
    return found;
}

static const struct token *find_remembered(struct access *access,
                                           const struct sha256 *digest)
{
    const struct token *found = NULL;

    pthread_mutex_lock(&access->lock);
    for (size_t i = 0; i < access->right_count && i < RIGHT_MAX; i++)
        if (secret_equal(access->right[i].digest.digest, digest->digest, SHA256_LEN))
            found = access->right[i].token;
    pthread_mutex_unlock(&access->lock);
    return found;
}

static void remember(struct access *access, const struct sha256 *digest,
                     const struct token *token)
{
    pthread_mutex_lock(&access->lock);
    access->right[access->right_count++ % RIGHT_MAX] =
        (struct right){ .digest = *digest, .token = token };
    pthread_mutex_unlock(&access->lock);
}

static const struct token *derive(const struct access *access, struct bytes given)
{
    const struct token *found = NULL;
    uint8_t derived[32];

    for (size_t i = 0; i < access->token_count; i++) {
        const struct token *token = &access->tokens[i];
        if (token->kind == TOKEN_SCRYPT
            && scrypt_derive(given, bytes_of(token->salt, sizeof token->salt),
                             token->cost, derived, NULL)
            && secret_equal(derived, token->scrypt, sizeof derived))
            found = token;
    }
    return found;
}

/* Those that come with one token at the same time find it remembered after the first. */
static const struct token *find_scrypt(struct access *access, struct bytes given,
                                       const struct sha256 *digest)
{
    pthread_mutex_lock(&access->deriving);
    const struct token *found = find_remembered(access, digest);
    if (found == NULL) {
        found = derive(access, given);
        if (found != NULL)
            remember(access, digest, found);
    }
    pthread_mutex_unlock(&access->deriving);
    return found;
}

static const struct token *find_cheap(struct access *access, struct bytes given,
                                      const struct sha256 *digest)
{
    const struct token *found = find_sha512(access, given);

    return found != NULL ? found : find_remembered(access, digest);
}

/* NULL: *verdict says why. A try is taken from the pace before anything slow is done, and
 * given back where it was right. */
static const struct token *find_token(struct access *access, struct bytes given,
                                      struct network network,
                                      enum access_verdict *verdict,
                                      int64_t *retry_after_s)
{
    struct sha256 digest = hmac_sha256(bytes_of(access->token_key, 32), given);

    *verdict = ACCESS_PACED;
    if (!may_try(access, network, retry_after_s))
        return NULL;
    const struct token *found =
        given.len > TOKEN_MAX ? NULL : find_cheap(access, given, &digest);
    if (found == NULL) {
        if (!take_try(access, network, retry_after_s))
            return NULL;
        found = given.len > TOKEN_MAX ? NULL : find_scrypt(access, given, &digest);
        if (found != NULL)
            give_try(access, network);
    }
    *verdict = found == NULL ? ACCESS_WRONG : ACCESS_KNOWN;
    return found;
}

/* ---- the verdict ---------------------------------------------------------------- */

static bool judge_owner(const struct access *access, const struct http_peer *peer,
                        struct caller *out)
{
    if (!peer->is_unix || (peer->uid != 0 && peer->uid != access->own_uid))
        return false;
    out->verdict = ACCESS_KNOWN;
    out->roles = role_includes(ROLE_ADMIN);
    out->is_operator = true;
    snprintf(out->name, sizeof out->name, "uid %u", peer->uid);
    return true;
}

static void judge(struct access *access, const struct http_request *request,
                  struct caller *out)
{
    struct http_peer peer;

    *out = (struct caller){ .verdict = ACCESS_NOBODY, .name = "anonymous" };
    http_request_peer(request, &peer);
    peer_text(&peer, out->from);
    if (judge_owner(access, &peer, out))
        return;
    struct bytes given = token_of(request);
    if (given.len == 0)
        return;
    struct network network = network_of(&peer);
    const struct token *token =
        find_token(access, given, network, &out->verdict, &out->retry_after_s);
    if (token == NULL)
        return;
    befriend(access, network);
    out->roles = token->roles;
    snprintf(out->name, sizeof out->name, "%s", token->name);
}

_Static_assert(sizeof(struct caller) <= HTTP_NOTES_BYTES,
               "a caller fits a request's notes");

void access_judge(struct access *access, const struct http_request *request,
                  struct caller *out)
{
    struct caller *noted = http_request_notes(request);

    if (noted->verdict == 0)
        judge(access, request, noted);
    *out = *noted;
}

/* ---- a new token ---------------------------------------------------------------- */

/* RFC 4648, section 5, without padding. */
static bool write_base64url(struct bytes b, char *out, size_t room)
{
    struct buf text;
    size_t len = 0;

    buf_init(&text, room + 2);
    base64_add(&text, b);
    for (const char *at = buf_text(&text); *at != 0 && *at != '=' && len + 1 < room; at++)
        out[len++] = *at == '+' ? '-' : *at == '/' ? '_' : *at;
    out[len] = 0;
    bool written = !text.failed;
    buf_fini(&text);
    return written;
}

bool access_make_token(char token[44], char hash[128], struct error *err)
{
    static const struct scrypt_cost cost = { .log2_n = 14, .r = 8, .p = 1 };
    uint8_t secret[32], salt[16], derived[32];

    random_fill(secret, sizeof secret);
    random_fill(salt, sizeof salt);
    if (!write_base64url(bytes_of(secret, sizeof secret), token, 44))
        return error_set(err, ERROR_SYSTEM, "no memory for a token");
    if (!scrypt_derive(bytes_of_text(token), bytes_of(salt, sizeof salt), cost, derived,
                       err))
        return error_within(err, "hash of a new token");
    snprintf(hash, 128, "scrypt:%u:%u:%u:%.32s:%.64s", cost.log2_n, cost.r, cost.p,
             hex(salt, sizeof salt).s, hex(derived, sizeof derived).s);
    return true;
}
