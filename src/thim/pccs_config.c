/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/pccs_config.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "config/config.h"
#include "config/url.h"
#include "kit/text.h"

/* ---- reading -------------------------------------------------------------------- */

enum place { IN_JSON, IN_STRING, IN_LINE, IN_BLOCK };

static bool is_at(const struct buf *text, size_t i, const char *two)
{
    return i + 1 < text->len && memcmp(text->at + i, two, 2) == 0;
}

static void blank(struct buf *text, size_t i, size_t len)
{
    for (; len > 0; i++, len--)
        if (text->at[i] != '\n')
            text->at[i] = ' ';
}

/* One step: moves *i to the last byte that it looked at. */
static enum place strip_at(struct buf *text, size_t *i, enum place place)
{
    uint8_t at = text->at[*i];
    bool is_line = place == IN_JSON && is_at(text, *i, "//");
    bool is_block = place == IN_JSON && is_at(text, *i, "/*");
    bool is_end = place == IN_BLOCK && is_at(text, *i, "*/");

    if (place == IN_STRING) {
        *i += at == '\\';
        return at == '"' ? IN_JSON : IN_STRING;
    }
    if (is_line || is_block || is_end) {
        blank(text, (*i)++, 2);
        return is_line ? IN_LINE : is_block ? IN_BLOCK : IN_JSON;
    }
    if (place == IN_JSON)
        return at == '"' ? IN_STRING : IN_JSON;
    blank(text, *i, 1);
    return place == IN_LINE && at == '\n' ? IN_JSON : place;
}

void pccs_config_strip(struct buf *text)
{
    enum place place = IN_JSON;

    for (size_t i = 0; i < text->len; i++)
        place = strip_at(text, &i, place);
}

bool pccs_config_read(struct buf *text, const char *name, json_t *into, struct error *err)
{
    json_error_t why;

    pccs_config_strip(text);
    json_t *root = json_loadb(buf_text(text), text->len, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL)
        return error_set(err, ERROR_FORMAT, "%s:%d: %s", safe_string(name).s, why.line,
                         safe_string(why.text).s);
    bool is_object = json_is_object(root);
    bool is_taken = is_object && json_object_update(into, root) == 0;
    json_decref(root);
    if (!is_object)
        return error_set(err, ERROR_FORMAT, "%s: is no JSON object", safe_string(name).s);
    return is_taken || error_set(err, ERROR_SYSTEM, "no memory for %s", name);
}

/* ---- where it listens ----------------------------------------------------------- */

struct translation {
    const json_t *from;
    struct buf *yaml;
};

/* The text of a key; "" where it is absent, NULL where it is no text. */
static const char *text_of(const struct translation *t, const char *key)
{
    const json_t *value = json_object_get(t->from, key);

    return value == NULL || json_is_null(value) ? "" : json_string_value(value);
}

static void note(const struct translation *t, const char *indent, const char *key,
                 const char *why)
{
    buf_addf(t->yaml, "%s# %s is not taken: %s\n", indent, key, why);
}

static void add_address(const struct translation *t)
{
    const char *host = text_of(t, "hosts");
    const char *address = host == NULL ? "" : host;
    uint8_t raw[16];

    if (host != NULL && (*host == 0 || strcmp(host, "localhost") == 0))
        address = "127.0.0.1";
    if (inet_pton(AF_INET, address, raw) != 1 && inet_pton(AF_INET6, address, raw) != 1) {
        note(t, "  ", "hosts", "THIM listens on a numeric address; put it here:");
        address = "127.0.0.1";
    }
    buf_addf(t->yaml, "  - address: \"%s\"\n", address);
}

static void add_port(const struct translation *t)
{
    const json_t *value = json_object_get(t->from, "HTTPS_PORT");
    uint64_t port = 8081;

    if (json_is_integer(value) && json_integer_value(value) > 0
        && json_integer_value(value) <= UINT16_MAX)
        port = (uint64_t)json_integer_value(value);
    else if (value != NULL
             && (!json_is_string(value)
                 || !decimal_read(bytes_of_text(json_string_value(value)), UINT16_MAX,
                                  &port)))
        note(t, "    ", "HTTPS_PORT", "it is no port; this is PCCS's own:");
    buf_addf(t->yaml, "    port: %u\n", (unsigned)port);
}

static void add_listener(const struct translation *t)
{
    buf_add_text(t->yaml, "listen:\n");
    add_address(t);
    add_port(t);
    buf_add_text(
        t->yaml,
        "    tls: true\n"
        "    # Without these, the certificate that `thimd init` makes. PCCS's own "
        "is\n"
        "    # ssl_key/file.crt and ssl_key/private.pem below its directory.\n"
        "    #certificate_file: /etc/thim/tls.crt\n"
        "    #key_file: /etc/thim/tls.key\n");
}

static void add_log_level(const struct translation *t)
{
    static const struct {
        const char *theirs, *ours;
    } levels[] = { { "", "info" },       { "error", "error" }, { "warn", "warning" },
                   { "info", "info" },   { "http", "debug" },  { "verbose", "debug" },
                   { "debug", "debug" }, { "silly", "debug" } };
    const char *level = text_of(t, "LogLevel");

    for (size_t i = 0; level != NULL && i < COUNT_OF(levels); i++)
        if (strcmp(levels[i].theirs, level) == 0) {
            buf_addf(t->yaml, "\nlog_level: %s\n", levels[i].ours);
            return;
        }
    note(t, "", "LogLevel", "it is none of PCCS's");
}

/* ---- whom it asks --------------------------------------------------------------- */

/* What stands before /sgx/certification, as intel.upstreams.url has it. */
static struct bytes base_url(const char *uri)
{
    struct bytes text = bytes_of_text(uri), custom = bytes_of_text("/sgx/certification");
    size_t at = bytes_find(text, custom);
    struct bytes base = bytes_first(text, at);
    struct url url;

    while (base.len > 0 && base.at[base.len - 1] == '/')
        base.len--;
    if (at == text.len || !url_read(base, &url, NULL)
        || (!bytes_equal_text(url.scheme, "https")
            && !(bytes_equal_text(url.scheme, "http") && url.is_loopback)))
        return (struct bytes){ 0 };
    return base;
}

static void add_url(const struct translation *t)
{
    const char *uri = text_of(t, "uri");
    struct bytes base = bytes_of_text("https://api.trustedservices.intel.com");

    if (uri == NULL || *uri != 0) {
        struct bytes theirs = uri == NULL ? (struct bytes){ 0 } : base_url(uri);
        if (theirs.len > 0)
            base = theirs;
        else
            note(t, "      ", "uri",
                 "it is no https://HOST/sgx/certification/v4/; this is Intel's:");
    }
    buf_addf(t->yaml, "      url: \"%.*s\"\n", (int)base.len, (const char *)base.at);
}

/* Its text is not shown: it may hold a password. */
static void add_proxy(const struct translation *t)
{
    const char *proxy = text_of(t, "proxy");
    struct url url;

    if (proxy != NULL && *proxy == 0)
        return;
    struct bytes text = bytes_of_text(proxy == NULL ? "" : proxy);
    if (text.len > 0 && text.at[text.len - 1] == '/')
        text.len--;
    if (url_read(text, &url, NULL) && url.path.len == 0)
        buf_addf(t->yaml, "      proxy: \"%.*s\"\n", (int)text.len,
                 (const char *)text.at);
    else
        note(t, "      ", "proxy", "it is no http://HOST:PORT");
}

static bool add_api_key(const struct translation *t, const char *api_key_file,
                        char api_key[SECRET_ROOM], struct error *err)
{
    const char *key = text_of(t, "ApiKey");

    api_key[0] = 0;
    if (key != NULL && *key == 0)
        return true;
    if (key == NULL || strlen(key) >= SECRET_ROOM)
        return error_set(err, ERROR_FORMAT, "ApiKey is no text of up to %d characters",
                         SECRET_ROOM - 1);
    if (api_key_file == NULL) {
        buf_add_text(
            t->yaml,
            "      # PCCS has an ApiKey. Put it into a file of its own, one line, "
            "mode 0640, and\n"
            "      # name that here; or import again with --api-key-file PATH.\n"
            "      #api_key_file: /etc/thim/pcs.key\n");
        return true;
    }
    if (api_key_file[0] != '/' || strcmp(safe_string(api_key_file).s, api_key_file) != 0)
        return error_set(err, ERROR_FORMAT,
                         "--api-key-file %s is no absolute path in plain characters",
                         safe_string(api_key_file).s);
    buf_addf(t->yaml, "      api_key_file: \"%s\"\n", api_key_file);
    snprintf(api_key, SECRET_ROOM, "%s", key);
    return true;
}

static void add_fill(const struct translation *t)
{
    static const struct {
        const char *theirs, *ours;
    } modes[] = {
        { "", "lazy" }, { "LAZY", "lazy" }, { "REQ", "req" }, { "OFFLINE", "offline" }
    };
    const char *mode = text_of(t, "CachingFillMode");

    for (size_t i = 0; mode != NULL && i < COUNT_OF(modes); i++)
        if (strcmp(modes[i].theirs, mode) == 0) {
            buf_addf(t->yaml, "  fill: %s\n", modes[i].ours);
            return;
        }
    note(t, "  ", "CachingFillMode", "it is none of LAZY, REQ, OFFLINE");
}

static bool add_intel(const struct translation *t, const char *api_key_file,
                      char api_key[SECRET_ROOM], struct error *err)
{
    buf_add_text(t->yaml, "\nintel:\n"
                          "  upstreams:\n"
                          "    - name: intel\n"
                          "      kind: pcs\n");
    add_url(t);
    add_proxy(t);
    if (!add_api_key(t, api_key_file, api_key, err))
        return false;
    add_fill(t);
    return true;
}

/* ---- who may -------------------------------------------------------------------- */

/* PCCS answers 401 to everybody where a hash is none, and so does THIM without one. */
static bool read_hash(const struct translation *t, const char *key, uint8_t out[64])
{
    const char *text = text_of(t, key);

    if (text != NULL && *text == 0)
        return false;
    if (text != NULL && hex_read(bytes_of_text(text), out, 64))
        return true;
    note(t, "", key, "it is no SHA-512 in hex");
    return false;
}

static void add_token(const struct translation *t, const char *name, const char *role,
                      const uint8_t sha512[64])
{
    buf_addf(t->yaml, "  - name: %s\n    role: %s\n    sha512: %s\n", name, role,
             hex(sha512, 64).s);
}

static void add_tokens(const struct translation *t)
{
    uint8_t user[64], admin[64];

    buf_add_text(t->yaml, "\n");
    bool has_user = read_hash(t, "UserTokenHash", user);
    bool has_admin = read_hash(t, "AdminTokenHash", admin);
    if (has_user && has_admin && memcmp(user, admin, sizeof user) == 0) {
        buf_add_text(t->yaml,
                     "# UserTokenHash is AdminTokenHash: one token, for both.\n");
        has_user = false;
    }
    if (!has_user && !has_admin)
        return;
    buf_add_text(t->yaml, "tokens:\n");
    if (has_user)
        add_token(t, "pccs-user", "registrar", user);
    if (has_admin)
        add_token(t, "pccs-admin", "admin", admin);
}

/* ---- the rest ------------------------------------------------------------------- */

static const char TAKEN[] = "";

static const char *why_not(const char *key)
{
    static const struct {
        const char *key, *why;
    } known[] = {
        { "HTTPS_PORT", TAKEN },
        { "hosts", TAKEN },
        { "LogLevel", TAKEN },
        { "uri", TAKEN },
        { "proxy", TAKEN },
        { "ApiKey", TAKEN },
        { "CachingFillMode", TAKEN },
        { "UserTokenHash", TAKEN },
        { "AdminTokenHash", TAKEN },
        { "RefreshSchedule", "THIM looks again every intel.refresh_s and crl_refresh_s" },
        { "MaxRequestBodySize", "THIM has its own limits" },
        { "HeadersTimeoutSeconds", "THIM has its own limits" },
        { "RequestTimeoutSeconds", "THIM has its own limits" },
        { "KeepAliveTimeoutSeconds", "THIM has its own limits" },
        { "OPENSSL_FIPS_MODE", "it is the system's to set" },
        { "DB_CONFIG", "THIM has a database of its own" },
        { "sqlite", "THIM has a database of its own" },
        { "mysql", "THIM has a database of its own" },
        { "init_db", "THIM has a database of its own" },
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i].key, key) == 0)
            return known[i].why;
    return "PCCS knows no such key";
}

static void add_rest(const struct translation *t)
{
    const char *key;
    json_t *value;
    bool is_first = true;

    json_object_foreach((json_t *)(uintptr_t)t->from, key, value)
    {
        const char *why = why_not(key);
        if (why == TAKEN)
            continue;
        if (is_first)
            buf_add_text(t->yaml, "\n");
        is_first = false;
        note(t, "", safe_string(key).s, why);
    }
}

bool pccs_config_translate(const json_t *from, const char *api_key_file, struct buf *yaml,
                           char api_key[SECRET_ROOM], struct error *err)
{
    const struct translation t = { .from = from, .yaml = yaml };
    struct config config;

    buf_add_text(yaml,
                 "# Made from PCCS's configuration; doc/thim.yaml says what each key "
                 "means.\n\n");
    add_listener(&t);
    add_log_level(&t);
    if (!add_intel(&t, api_key_file, api_key, err))
        return false;
    buf_add_text(yaml, "\n# A PCCS speaks for Intel alone. Without this AMD's service is "
                       "asked, too.\namd:\n  upstreams: []\n");
    add_tokens(&t);
    add_rest(&t);
    if (yaml->failed)
        return error_set(err, ERROR_LIMIT, "the result is larger than %zu bytes",
                         yaml->ceiling);
    if (!config_parse(buf_bytes(yaml), "the result", &config, err))
        return error_within(err, "what came of it is no configuration");
    config_fini(&config);
    return true;
}
