/* SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#include <arpa/inet.h>
#include <limits.h>
#include <sys/un.h>

#include "config/url.h"
#include "kit/text.h"

#define NAME_MAX_LEN 63 /* fits struct trusted_root */
#define WORDS_MAX 256   /* why, by */
#define MINUTE_MS 60000
#define WEEK_S 604800
#define REFRESH_LEAST_S 600

/* ---- readers of single keys ----------------------------------------------------- */

/* A numeric address; brackets around one of IPv6 are taken off. */
static bool read_address(struct schema_walk *walk, const struct schema_key *key,
                         const struct value *value, void *base, struct error *err)
{
    uint8_t address[16];
    struct bytes text;

    if (!schema_scalar(walk, value, "a numeric address", &text, err))
        return false;
    const char *shown = (const char *)text.at;
    if (text.len > 2 && text.at[0] == '[' && text.at[text.len - 1] == ']') {
        char *inner = arena_alloc(walk->arena, text.len, 1);
        if (inner == NULL)
            return schema_refuse(walk, value->line, err, ERROR_LIMIT, "too large");
        memcpy(inner, text.at + 1, text.len - 2);
        shown = inner;
    }
    if (inet_pton(AF_INET, shown, address) != 1
        && inet_pton(AF_INET6, shown, address) != 1)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" is not a numeric address (127.0.0.1, ::1, 0.0.0.0)",
                             safe(text).s);
    memcpy((char *)base + key->at, &shown, sizeof shown);
    return true;
}

/* For each key that holds a URL: what it may be. */
struct url_rule {
    bool upstream;  /* https, or http to loopback only */
    bool has_path;  /* names one thing */
    bool is_origin; /* scheme, host and port, nothing after */
};

static bool obeys(const struct url *url, const struct url_rule *rule, struct error *err)
{
    bool is_socks = bytes_equal_text(url->scheme, "socks5h");
    bool ends_in_slash = url->path.len > 0 && url->path.at[url->path.len - 1] == '/';

    if (rule->upstream && is_socks)
        return error_set(err, ERROR_FORMAT, "is no https URL");
    if (rule->upstream && bytes_equal_text(url->scheme, "http") && !url->is_loopback)
        return error_set(err, ERROR_FORMAT,
                         "is plain http beyond loopback: only https goes there");
    if (rule->is_origin && url->path.len > 0)
        return error_set(err, ERROR_FORMAT, "has a path; expected scheme, host and port");
    if (rule->has_path ? url->path.len < 2 || ends_in_slash : ends_in_slash)
        return error_set(err, ERROR_FORMAT,
                         rule->has_path ? "names no file"
                                        : "ends in \"/\": leave it out");
    return true;
}

static bool read_url(struct schema_walk *walk, const struct schema_key *key,
                     const struct value *value, const struct url_rule *rule, void *base,
                     struct error *err)
{
    struct error why = { 0 };
    struct bytes text;
    struct url url;

    if (!schema_scalar(walk, value, "a URL", &text, err))
        return false;
    if (!url_read(text, &url, &why) || !obeys(&url, rule, &why))
        return schema_refuse(walk, value->line, err, why.kind, "\"%s\" %s", safe(text).s,
                             why.text);
    const char *held = (const char *)text.at;
    memcpy((char *)base + key->at, &held, sizeof held);
    return true;
}

static bool read_upstream_url(struct schema_walk *walk, const struct schema_key *key,
                              const struct value *value, void *base, struct error *err)
{
    struct bytes custom = bytes_of_text("/sgx/certification");

    if (value->kind == VALUE_SCALAR && bytes_find(value->text, custom) < value->text.len)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "give only what stands before /sgx/certification");
    return read_url(walk, key, value, &(struct url_rule){ .upstream = true }, base, err);
}

static bool read_file_url(struct schema_walk *walk, const struct schema_key *key,
                          const struct value *value, void *base, struct error *err)
{
    return read_url(walk, key, value,
                    &(struct url_rule){ .upstream = true, .has_path = true }, base, err);
}

static bool read_proxy(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
{
    return read_url(walk, key, value, &(struct url_rule){ .is_origin = true }, base, err);
}

/* An upstream's name stands in logs and in status: one word. */
static bool read_name(struct schema_walk *walk, const struct schema_key *key,
                      const struct value *value, void *base, struct error *err)
{
    struct bytes text;

    if (!schema_scalar(walk, value, "a name", &text, err))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!((text.at[i] >= 'a' && text.at[i] <= 'z')
              || (text.at[i] >= 'A' && text.at[i] <= 'Z')
              || (text.at[i] >= '0' && text.at[i] <= '9') || text.at[i] == '-'
              || text.at[i] == '_' || text.at[i] == '.'))
            return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                                 "\"%s\" has more in it than letters, digits and - _ .",
                                 safe(text).s);
    return schema_text(walk, key, value, base, err);
}

static bool read_spki(struct schema_walk *walk, const struct schema_key *key,
                      const struct value *value, void *base, struct error *err)
{
    struct config_root *root = base;

    root->has_spki = true;
    return schema_hex(walk, key, value, base, err);
}

static bool read_fmspc_list(struct schema_walk *walk, const struct value *value,
                            struct config *config, struct error *err)
{
    uint8_t(*fmspcs)[6];

    if (value->count == 0 || value->count > CONFIG_FMSPCS_MAX)
        return schema_refuse(walk, value->line, err, ERROR_LIMIT,
                             "has %zu items, expected 1 to %d", value->count,
                             CONFIG_FMSPCS_MAX);
    fmspcs = arena_alloc(walk->arena, value->count, sizeof *fmspcs);
    if (fmspcs == NULL)
        return schema_refuse(walk, value->line, err, ERROR_LIMIT, "too large");
    size_t n = 0;
    for (const struct value *v = value->first; v != NULL; v = v->next, n++) {
        struct bytes text;
        if (!schema_scalar(walk, v, "an FMSPC", &text, err))
            return false;
        if (!hex_read(text, fmspcs[n], sizeof *fmspcs))
            return schema_refuse(walk, v->line, err, ERROR_FORMAT,
                                 "\"%s\" is not an FMSPC, 12 hex digits", safe(text).s);
        for (size_t i = 0; i < n; i++)
            if (memcmp(fmspcs[i], fmspcs[n], sizeof *fmspcs) == 0)
                return schema_refuse(walk, v->line, err, ERROR_FORMAT,
                                     "%s stands there a second time", safe(text).s);
    }
    config->intel.fmspcs = (const uint8_t(*)[6])fmspcs;
    config->intel.fmspc_count = value->count;
    config->intel.fmspc_choice = FMSPCS_LISTED;
    return true;
}

/* One word, or a list of FMSPCs. */
static bool read_fmspcs(struct schema_walk *walk, const struct schema_key *key,
                        const struct value *value, void *base, struct error *err)
{
    return value->kind == VALUE_LIST ? read_fmspc_list(walk, value, base, err)
                                     : schema_choice(walk, key, value, base, err);
}

/* ---- words ---------------------------------------------------------------------- */

static const struct schema_choice upstream_kinds[] = {
    { "pcs", UPSTREAM_PCS }, { "pccs", UPSTREAM_PCCS }, { "thim", UPSTREAM_THIM }, { 0 }
};
static const struct schema_choice fmspc_choices[] = { { "on_demand", FMSPCS_ON_DEMAND },
                                                      { "all", FMSPCS_ALL },
                                                      { 0 } };
static const struct schema_choice compat_v3s[] = { { "serve", COMPAT_V3_SERVE },
                                                   { "gone", COMPAT_V3_GONE },
                                                   { 0 } };
static const struct schema_choice crl_forms[] = {
    { "hex", CRL_FORM_HEX }, { "pem", CRL_FORM_PEM }, { "der", CRL_FORM_DER }, { 0 }
};
static const struct schema_choice log_levels[] = { { "debug", 0 },   { "info", 0 },
                                                   { "warning", 0 }, { "error", 0 },
                                                   { "silent", 0 },  { 0 } };

/* ---- the table ------------------------------------------------------------------ */

#define PATH(name_, type, field)                                                \
    {                                                                           \
        .name = name_, .read = schema_path, SCHEMA_AT(type, field), .least = 2, \
        .most = 4000                                                            \
    }
#define NUMBER(name_, type, field, least_, most_)                                      \
    {                                                                                  \
        .name = name_, .read = schema_number, SCHEMA_AT(type, field), .least = least_, \
        .most = most_                                                                  \
    }
#define FLAG(name_, type, field)                                   \
    {                                                              \
        .name = name_, .read = schema_flag, SCHEMA_AT(type, field) \
    }
#define CHOICE(name_, type, field, choices_)                          \
    {                                                                 \
        .name = name_, .read = schema_choice, SCHEMA_AT(type, field), \
        .choices = choices_                                           \
    }
#define SECTION(name_, below_)                                 \
    {                                                          \
        .name = name_, .read = schema_section, .below = below_ \
    }
#define ITEMS(name_, array, count, least_, most_, below_, item, ...)                  \
    {                                                                                 \
        .name = name_, .read = schema_list, .at = offsetof(struct config, array),     \
        .count_at = offsetof(struct config, count), .item_size = sizeof(struct item), \
        .line_at = offsetof(struct item, line), .least = least_, .most = most_,       \
        .below = below_, __VA_ARGS__                                                  \
    }

#define IN_LISTENER struct config_listener
static const struct schema_key listener_keys[] = {
    { .name = "address",
      .read = read_address,
      SCHEMA_AT(IN_LISTENER, address),
      .is_required = true },
    { .name = "port",
      .read = schema_number,
      SCHEMA_AT(IN_LISTENER, port),
      .least = 0,
      .most = UINT16_MAX,
      .is_required = true },
    FLAG("tls", IN_LISTENER, tls),
    PATH("certificate_file", IN_LISTENER, certificate_file),
    PATH("key_file", IN_LISTENER, key_file),
    { 0 }
};

static const struct config_upstream upstream_default = { .connect_ms = 5000,
                                                         .total_ms = 30000 };

#define IN_UPSTREAM struct config_upstream
static const struct schema_key upstream_keys[] = {
    { .name = "name",
      .read = read_name,
      SCHEMA_AT(IN_UPSTREAM, name),
      .least = 1,
      .most = NAME_MAX_LEN,
      .is_required = true },
    { .name = "kind",
      .read = schema_choice,
      SCHEMA_AT(IN_UPSTREAM, kind),
      .choices = upstream_kinds,
      .is_required = true },
    { .name = "url",
      .read = read_upstream_url,
      SCHEMA_AT(IN_UPSTREAM, url),
      .is_required = true },
    { .name = "root_crl_url",
      .read = read_file_url,
      SCHEMA_AT(IN_UPSTREAM, root_crl_url) },
    PATH("ca_file", IN_UPSTREAM, ca_file),
    { .name = "proxy", .read = read_proxy, SCHEMA_AT(IN_UPSTREAM, proxy) },
    NUMBER("connect_ms", IN_UPSTREAM, connect_ms, 100, MINUTE_MS),
    NUMBER("total_ms", IN_UPSTREAM, total_ms, 100, 10 * MINUTE_MS),
    { 0 }
};

#define IN_CONFIG struct config
static const struct schema_key intel_keys[] = {
    ITEMS("upstreams", intel.upstreams, intel.upstream_count, 0, CONFIG_UPSTREAMS_MAX,
          upstream_keys, config_upstream, .item_default = &upstream_default),
    { .name = "fmspcs",
      .read = read_fmspcs,
      SCHEMA_AT(IN_CONFIG, intel.fmspc_choice),
      .choices = fmspc_choices },
    NUMBER("crl_refresh_s", IN_CONFIG, intel.crl_refresh_s, REFRESH_LEAST_S, WEEK_S),
    NUMBER("refresh_s", IN_CONFIG, intel.refresh_s, REFRESH_LEAST_S, WEEK_S),
    { 0 }
};

#define IN_ROOT struct config_root
#define ROOT_TEXT(name_, field, most_, required)                                   \
    {                                                                              \
        .name = name_, .read = schema_text, SCHEMA_AT(IN_ROOT, field), .least = 1, \
        .most = most_, .is_required = required                                     \
    }
static const struct schema_key extra_root_keys[] = {
    { .name = "spki_sha256", .read = read_spki, SCHEMA_AT(IN_ROOT, spki_sha256) },
    PATH("certificate_file", IN_ROOT, certificate_file),
    ROOT_TEXT("name", name, NAME_MAX_LEN, false),
    ROOT_TEXT("why", why, WORDS_MAX, true),
    ROOT_TEXT("by", by, WORDS_MAX, true),
    { 0 },
};
static const struct schema_key test_root_keys[] = {
    { .name = "spki_sha256", .read = read_spki, SCHEMA_AT(IN_ROOT, spki_sha256) },
    PATH("certificate_file", IN_ROOT, certificate_file),
    ROOT_TEXT("name", name, NAME_MAX_LEN, false),
    { 0 },
};
static const struct schema_key distrust_keys[] = {
    { .name = "spki_sha256",
      .read = read_spki,
      SCHEMA_AT(IN_ROOT, spki_sha256),
      .is_required = true },
    ROOT_TEXT("why", why, WORDS_MAX, false),
    ROOT_TEXT("by", by, WORDS_MAX, false),
    { 0 },
};

#define ROOTS(name_, array, count, below_) \
    ITEMS(name_, array, count, 0, CONFIG_ROOTS_MAX, below_, config_root, .size = 0)
static const struct schema_key trust_keys[] = {
    FLAG("unsafe", IN_CONFIG, trust.unsafe),
    ROOTS("extra_roots", trust.extra_roots, trust.extra_root_count, extra_root_keys),
    ROOTS("test_roots", trust.test_roots, trust.test_root_count, test_root_keys),
    ROOTS("distrust", trust.distrust, trust.distrust_count, distrust_keys),
    { 0 }
};

static const struct schema_key limits_keys[] = {
    NUMBER("per_address", IN_CONFIG, limits.per_address, 1, 100000),
    NUMBER("connections", IN_CONFIG, limits.connections, 1, 100000),
    NUMBER("waiters", IN_CONFIG, limits.waiters, 1, 100000),
    NUMBER("miss_wait_ms", IN_CONFIG, limits.miss_wait_ms, 100, 10 * MINUTE_MS),
    NUMBER("upstream_per_minute", IN_CONFIG, limits.upstream_per_minute, 1, 1000000),
    NUMBER("upstream_per_minute_per_address", IN_CONFIG,
           limits.upstream_per_minute_per_address, 1, 1000000),
    NUMBER("max_age_s", IN_CONFIG, limits.max_age_s, 1, 86400),
    NUMBER("drain_ms", IN_CONFIG, limits.drain_ms, 0, 10 * MINUTE_MS),
    { 0 }
};

static const struct schema_key compat_keys[] = {
    CHOICE("v3", IN_CONFIG, compat.v3, compat_v3s),
    CHOICE("bare_crl", IN_CONFIG, compat.bare_crl, crl_forms),
    { 0 }
};

const struct schema_key config_keys[] = {
    ITEMS("listen", listeners, listener_count, 1, CONFIG_LISTENERS_MAX, listener_keys,
          config_listener, .size = 0),
    PATH("state_directory", IN_CONFIG, state_directory),
    { .name = "admin_socket",
      .read = schema_path,
      SCHEMA_AT(IN_CONFIG, admin_socket),
      .least = 2,
      .most = sizeof((struct sockaddr_un *)NULL)->sun_path - 1 },
    { .name = "log_level",
      .read = schema_text,
      SCHEMA_AT(IN_CONFIG, log_level),
      .least = 1,
      .most = 16,
      .choices = log_levels },
    SECTION("intel", intel_keys),
    SECTION("trust", trust_keys),
    SECTION("limits", limits_keys),
    SECTION("compat", compat_keys),
    { 0 }
};
