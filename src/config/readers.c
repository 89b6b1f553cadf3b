/* SPDX-License-Identifier: Apache-2.0 */
#include "config/readers.h"

#include <arpa/inet.h>

#include "config/url.h"
#include "kit/text.h"

#define PATH_BYTES_MAX 4000
#define DAY_S 86400
#define YEAR_2000_S 946684800

bool read_address(struct schema_walk *walk, const struct schema_key *key,
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
    bool any_path;
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
    if (rule->any_path)
        return true;
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

bool read_upstream_url(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
{
    static const char *const customs[] = { "/sgx/certification", "/vcek/v1", "/vlek/v1" };

    for (size_t i = 0; value->kind == VALUE_SCALAR && i < COUNT_OF(customs); i++)
        if (bytes_find(value->text, bytes_of_text(customs[i])) < value->text.len)
            return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                                 "give only what stands before %s", customs[i]);
    return read_url(walk, key, value, &(struct url_rule){ .upstream = true }, base, err);
}

bool read_file_url(struct schema_walk *walk, const struct schema_key *key,
                   const struct value *value, void *base, struct error *err)
{
    return read_url(walk, key, value,
                    &(struct url_rule){ .upstream = true, .has_path = true }, base, err);
}

bool read_proxy(struct schema_walk *walk, const struct schema_key *key,
                const struct value *value, void *base, struct error *err)
{
    return read_url(walk, key, value, &(struct url_rule){ .is_origin = true }, base, err);
}

bool read_webhook_url(struct schema_walk *walk, const struct schema_key *key,
                      const struct value *value, void *base, struct error *err)
{
    return read_url(walk, key, value,
                    &(struct url_rule){ .upstream = true, .any_path = true }, base, err);
}

/* One word of letters, digits and marks. */
static bool read_word(struct schema_walk *walk, const struct schema_key *key,
                      const struct value *value, const char *marks, void *base,
                      struct error *err)
{
    struct bytes text;

    if (!schema_scalar(walk, value, "a name", &text, err))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!((text.at[i] >= 'a' && text.at[i] <= 'z')
              || (text.at[i] >= 'A' && text.at[i] <= 'Z')
              || (text.at[i] >= '0' && text.at[i] <= '9')
              || strchr(marks, text.at[i]) != NULL))
            return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                                 "\"%s\" has more in it than letters, digits and %s",
                                 safe(text).s, marks);
    return schema_text(walk, key, value, base, err);
}

bool read_name(struct schema_walk *walk, const struct schema_key *key,
               const struct value *value, void *base, struct error *err)
{
    return read_word(walk, key, value, "-_.", base, err);
}

bool read_plain_name(struct schema_walk *walk, const struct schema_key *key,
                     const struct value *value, void *base, struct error *err)
{
    return read_word(walk, key, value, "-_", base, err);
}

bool read_time(struct schema_walk *walk, const struct schema_key *key,
               const struct value *value, void *base, struct error *err)
{
    struct bytes text;
    int64_t time_s;

    if (!schema_scalar(walk, value, "a time", &text, err))
        return false;
    if (!utc_read(text, &time_s))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" is not a time like 2026-12-01T00:00:00Z",
                             safe(text).s);
    if (time_s < YEAR_2000_S)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "%s lies before the year 2000: is the year right?",
                             safe(text).s);
    memcpy((char *)base + key->at, &time_s, sizeof time_s);
    return true;
}

bool read_days(struct schema_walk *walk, const struct schema_key *key,
               const struct value *value, void *base, struct error *err)
{
    const struct schema_key days = { .size = sizeof(int64_t),
                                     .least = key->least,
                                     .most = key->most };
    int64_t seconds = 0;

    if (!schema_number(walk, &days, value, &seconds, err))
        return false;
    seconds *= DAY_S;
    memcpy((char *)base + key->at, &seconds, sizeof seconds);
    return true;
}

bool read_spki(struct schema_walk *walk, const struct schema_key *key,
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

bool read_fmspcs(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err)
{
    return value->kind == VALUE_LIST ? read_fmspc_list(walk, value, base, err)
                                     : schema_choice(walk, key, value, base, err);
}

bool read_paths(struct schema_walk *walk, const struct schema_key *key,
                const struct value *value, void *base, struct error *err)
{
    const struct schema_key one = { .least = 2, .most = PATH_BYTES_MAX };
    const char **paths = (const char **)((char *)base + key->at);

    if (value->kind != VALUE_LIST)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "is %s; expected a list of paths",
                             value_kind_name(value->kind));
    if ((int64_t)value->count > key->most)
        return schema_refuse(walk, value->line, err, ERROR_LIMIT,
                             "has %zu items, expected at most %lld", value->count,
                             (long long)key->most);
    for (const struct value *v = value->first; v != NULL; v = v->next)
        if (!schema_path(walk, &one, v, paths++, err))
            return false;
    memcpy((char *)base + key->count_at, &value->count, sizeof value->count);
    return true;
}
