/* SPDX-License-Identifier: Apache-2.0 */
/* The contradictions that only the whole configuration shows. */
#include "config/config.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include "config/schema.h"
#include "config/tokens.h"
#include "config/url.h"

/* "FILE:LINE: key: why", or "key: why" for what came from no file. */
PRINTF_LIKE(5, 6)
static bool refuse(const struct config *config, int line, const char *key,
                   struct error *err, const char *why, ...)
{
    char sentence[ERROR_TEXT_MAX];
    va_list args;

    va_start(args, why);
    vsnprintf(sentence, sizeof sentence, why, args);
    va_end(args);
    error_set(err, ERROR_FORMAT, "%s: %s", key, sentence);
    return line == 0 || config->file == NULL
               ? false
               : error_within(err, "%s:%d", config->file, line);
}

/* ---- listeners ------------------------------------------------------------------ */

static bool check_certificate(const struct config *config,
                              const struct config_listener *l, struct error *err)
{
    bool has_certificate = l->certificate_file != NULL, has_key = l->key_file != NULL;

    if (has_certificate != has_key)
        return refuse(config, l->line,
                      has_key ? "listen.key_file" : "listen.certificate_file", err,
                      "needs %s beside it", has_key ? "certificate_file" : "key_file");
    if (has_certificate && !l->tls)
        return refuse(config, l->line, "listen.certificate_file", err,
                      "needs tls: true beside it");
    return true;
}

static bool is_wildcard(const uint8_t address[16], size_t len)
{
    static const uint8_t zeros[16];

    return memcmp(address, zeros, len) == 0;
}

/* Whether both cannot be bound: the same family and port, and the same address, or one
 * of them all addresses. */
static bool collide(const struct config_listener *a, const struct config_listener *b)
{
    static const struct {
        int family;
        size_t len;
    } families[] = { { AF_INET, 4 }, { AF_INET6, 16 } };
    uint8_t at_a[16], at_b[16];

    if (a->port != b->port || a->port == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(families); i++)
        if (inet_pton(families[i].family, a->address, at_a) == 1
            && inet_pton(families[i].family, b->address, at_b) == 1)
            return is_wildcard(at_a, families[i].len)
                   || is_wildcard(at_b, families[i].len)
                   || memcmp(at_a, at_b, families[i].len) == 0;
    return false;
}

static bool check_listeners(const struct config *config, struct error *err)
{
    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *l = &config->listeners[i];
        if (!check_certificate(config, l, err))
            return false;
        for (size_t k = 0; k < i; k++)
            if (collide(&config->listeners[k], l))
                return refuse(config, l->line, "listen.address", err,
                              "%s port %u is taken by the listener on %s", l->address,
                              l->port, config->listeners[k].address);
    }
    return true;
}

/* ---- upstreams ------------------------------------------------------------------ */

static bool check_deadlines(const struct config *config, int line, const char *key,
                            int64_t connect_ms, int64_t total_ms, struct error *err)
{
    return connect_ms <= total_ms
           || refuse(config, line, key, err, "%lld is more than total_ms, %lld",
                     (long long)connect_ms, (long long)total_ms);
}

static bool check_intel_upstreams(const struct config *config, struct error *err)
{
    const struct config_upstream *upstreams = config->intel.upstreams;

    for (size_t i = 0; i < config->intel.upstream_count; i++) {
        const struct config_upstream *u = &upstreams[i];
        if (!check_deadlines(config, u->line, "intel.upstreams.connect_ms", u->connect_ms,
                             u->total_ms, err))
            return false;
        if (u->api_key_file != NULL && u->kind == UPSTREAM_PCCS)
            return refuse(config, u->line, "intel.upstreams.api_key_file", err,
                          "is for kind pcs or thim: a pccs asks for no key");
        for (size_t k = 0; k < i; k++)
            if (strcmp(upstreams[k].name, u->name) == 0)
                return refuse(config, u->line, "intel.upstreams.name", err,
                              "\"%s\" is the name of an upstream above", u->name);
    }
    return true;
}

/* Who asks for a VLEK. A vlek_url by itself is for a peer that does not ask who calls. */
static bool check_identity(const struct config *config,
                           const struct config_amd_upstream *u, struct error *err)
{
    bool has_certificate = u->client_certificate_file != NULL;
    bool has_key = u->client_key_file != NULL;

    if (has_certificate && !has_key)
        return refuse(config, u->line, "amd.upstreams.client_certificate_file", err,
                      "needs client_key_file beside it");
    if (has_key && !has_certificate)
        return refuse(config, u->line, "amd.upstreams.client_key_file", err,
                      "needs client_certificate_file beside it");
    if (has_certificate && u->vlek_url == NULL)
        return refuse(config, u->line, "amd.upstreams.client_certificate_file", err,
                      "needs vlek_url beside it: it is shown there and nowhere else");
    return true;
}

/* Names stand for upstreams in status and in conditions, whoever's they are. */
static bool check_name(const struct config *config, size_t at, struct error *err)
{
    const struct config_amd_upstream *u = &config->amd.upstreams[at];

    for (size_t i = 0; i < at; i++)
        if (strcmp(config->amd.upstreams[i].name, u->name) == 0)
            return refuse(config, u->line, "amd.upstreams.name", err,
                          "\"%s\" is the name of an upstream above", u->name);
    for (size_t i = 0; i < config->intel.upstream_count; i++) {
        const struct config_upstream *intel = &config->intel.upstreams[i];
        if (strcmp(intel->name, u->name) != 0)
            continue;
        if (u->line == 0) /* the default: what was written must give way */
            return refuse(config, intel->line, "intel.upstreams.name", err,
                          "\"%s\" is the name of an upstream of amd", u->name);
        return refuse(config, u->line, "amd.upstreams.name", err,
                      "\"%s\" is the name of an upstream of intel", u->name);
    }
    return true;
}

static bool check_amd_upstreams(const struct config *config, struct error *err)
{
    for (size_t i = 0; i < config->amd.upstream_count; i++) {
        const struct config_amd_upstream *u = &config->amd.upstreams[i];
        if (!check_deadlines(config, u->line, "amd.upstreams.connect_ms", u->connect_ms,
                             u->total_ms, err)
            || !check_identity(config, u, err) || !check_name(config, i, err))
            return false;
        if (u->api_key_file != NULL && u->kind == AMD_UPSTREAM_KDS)
            return refuse(config, u->line, "amd.upstreams.api_key_file", err,
                          "is for kind thim: a kds asks for no key");
    }
    return true;
}

/* ---- the rest ------------------------------------------------------------------- */

static bool check_host(const struct config *config, struct error *err)
{
    enum snp_product product = config->amd.host.product;

    if (config->amd.host.source != AMD_HOST_NAMED || config->amd.products[product])
        return true;
    return refuse(config, schema_line(config->places, "amd.host.product"),
                  "amd.host.product", err,
                  "%s is not in amd.products: its chain would not be kept",
                  snp_product_facts(product)->name);
}

static bool check_relay(const struct config *config, struct error *err)
{
    if (config->intel.registration_relay == RELAY_OFF
        || config->intel.fill != FILL_OFFLINE)
        return true;
    return refuse(config, schema_line(config->places, "intel.registration_relay"),
                  "intel.registration_relay", err,
                  "hands on to Intel, and intel.fill is offline: nobody is ever asked");
}

static bool check_limits(const struct config *config, struct error *err)
{
    const struct {
        const char *part, *whole;
        unsigned part_is, whole_is;
    } rules[] = {
        { "limits.per_address", "limits.connections", config->limits.per_address,
          config->limits.connections },
        { "limits.waiters", "limits.connections", config->limits.waiters,
          config->limits.connections },
        { "limits.upstream_per_minute_per_address", "limits.upstream_per_minute",
          config->limits.upstream_per_minute_per_address,
          config->limits.upstream_per_minute },
        { "verify.per_minute_per_address", "verify.per_minute",
          config->verify.per_minute_per_address, config->verify.per_minute },
    };

    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        int line = schema_line(config->places, rules[i].part);
        if (rules[i].part_is <= rules[i].whole_is)
            continue;
        if (line == 0)
            line = schema_line(config->places, rules[i].whole);
        return refuse(config, line, rules[i].part, err, "%u is more than %s, %u",
                      rules[i].part_is, rules[i].whole, rules[i].whole_is);
    }
    return true;
}

static const struct config_listener *beyond_loopback(const struct config *config,
                                                     bool plain_only)
{
    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *l = &config->listeners[i];
        if (!address_is_loopback(l->address) && !(plain_only && l->tls))
            return l;
    }
    return NULL;
}

static bool check_trust(const struct config *config, bool clock_moved, struct error *err)
{
    const struct config_listener *far = beyond_loopback(config, false);
    bool has_test_roots =
        config->trust.test_root_count > 0 || trust_has_test_roots(&config->trust.roots);

    if (config->trust.roots.count == 0)
        return refuse(config, schema_line(config->places, "trust.distrust"),
                      "trust.distrust", err, "leaves no root to believe");
    if (far == NULL || config->trust.unsafe || (!has_test_roots && !clock_moved))
        return true;
    return refuse(config, far->line, "listen.address", err,
                  "%s is beyond loopback, and %s: that needs trust.unsafe: true",
                  far->address,
                  has_test_roots ? "trust.test_roots are set" : "the clock is moved");
}

/* ---- tokens --------------------------------------------------------------------- */

static bool is_same_hash(const struct config_token *a, const struct config_token *b)
{
    if (a->hash != b->hash)
        return false;
    return a->hash == TOKEN_SHA512
               ? memcmp(a->sha512, b->sha512, sizeof a->sha512) == 0
               : memcmp(a->salt, b->salt, sizeof a->salt) == 0
                     && memcmp(a->scrypt, b->scrypt, sizeof a->scrypt) == 0;
}

/* One token beside those above it. */
static bool check_token(const struct config *config, size_t at, struct error *err)
{
    const struct config_token *token = &config->tokens[at];
    size_t namesakes = 0;

    if (token->hash == 0)
        return refuse(config, token->line, "tokens", err,
                      "\"%s\" needs one of sha512 and scrypt", token->name);
    for (size_t i = 0; i < at; i++) {
        const struct config_token *above = &config->tokens[i];
        if (is_same_hash(above, token))
            return refuse(config, token->line, "tokens", err,
                          "\"%s\" has the hash of \"%s\" above: one token, one name",
                          token->name, above->name);
        if (strcmp(above->name, token->name) != 0)
            continue;
        if (above->role != token->role)
            return refuse(config, token->line, "tokens.role", err,
                          "\"%s\" is %s here and %s above", token->name,
                          role_name(token->role), role_name(above->role));
        if (++namesakes == 2)
            return refuse(config, token->line, "tokens.name", err,
                          "\"%s\" a third time: two are for one that replaces another",
                          token->name);
    }
    return true;
}

static bool check_tokens(const struct config *config, struct error *err)
{
    const struct config_listener *plain = beyond_loopback(config, true);
    size_t scrypts = 0;

    for (size_t i = 0; i < config->token_count; i++) {
        if (!check_token(config, i, err))
            return false;
        scrypts += config->tokens[i].hash == TOKEN_SCRYPT;
        if (scrypts > TOKEN_SCRYPTS_MAX)
            return refuse(config, config->tokens[i].line, "tokens.scrypt", err,
                          "more than %d of them: a wrong token would cost a try of each; "
                          "random tokens are as safe with sha512",
                          TOKEN_SCRYPTS_MAX);
    }
    if (config->token_count == 0 || plain == NULL || config->trust.unsafe)
        return true;
    return refuse(config, plain->line, "listen.address", err,
                  "%s is beyond loopback without tls, and whoever listens there would "
                  "learn tokens: needs tls: true, or loopback behind a proxy that has "
                  "it, or trust.unsafe: true",
                  plain->address);
}

bool config_check(const struct config *config, bool clock_moved, struct error *err)
{
    return check_listeners(config, err) && check_intel_upstreams(config, err)
           && check_amd_upstreams(config, err) && check_host(config, err)
           && check_relay(config, err) && check_limits(config, err)
           && check_trust(config, clock_moved, err) && check_tokens(config, err);
}
