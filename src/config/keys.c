/* SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#include <sys/un.h>

#include "config/amd.h"
#include "config/baselines.h"
#include "config/readers.h"
#include "config/rows.h"
#include "config/tokens.h"

#define HOUR_S 3600
#define YEAR_S 31536000

/* ---- words ---------------------------------------------------------------------- */

static const struct schema_choice upstream_kinds[] = {
    { "pcs", UPSTREAM_PCS }, { "pccs", UPSTREAM_PCCS }, { "thim", UPSTREAM_THIM }, { 0 }
};
static const struct schema_choice fmspc_choices[] = { { "on_demand", FMSPCS_ON_DEMAND },
                                                      { "all", FMSPCS_ALL },
                                                      { 0 } };
static const struct schema_choice fill_modes[] = {
    { "lazy", FILL_LAZY }, { "req", FILL_REQ }, { "offline", FILL_OFFLINE }, { 0 }
};
static const struct schema_choice relay_choices[] = { { "off", RELAY_OFF },
                                                      { "registrar", RELAY_REGISTRAR },
                                                      { "anyone", RELAY_ANYONE },
                                                      { 0 } };
static const struct schema_choice verify_accesses[] = { { "reader", VERIFY_BY_READERS },
                                                        { "anyone", VERIFY_BY_ANYONE },
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
    UPSTREAM_ROWS(IN_UPSTREAM, upstream_kinds),
    { .name = "root_crl_url",
      .read = read_file_url,
      SCHEMA_AT(IN_UPSTREAM, root_crl_url) },
    { 0 }
};

static const struct schema_key intel_keys[] = {
    ITEMS("upstreams", intel.upstreams, intel.upstream_count, 0, CONFIG_UPSTREAMS_MAX,
          upstream_keys, config_upstream, .item_default = &upstream_default),
    { .name = "fmspcs",
      .read = read_fmspcs,
      SCHEMA_AT(IN_CONFIG, intel.fmspc_choice),
      .choices = fmspc_choices },
    NUMBER("crl_refresh_s", IN_CONFIG, intel.crl_refresh_s, REFRESH_LEAST_S, WEEK_S),
    NUMBER("refresh_s", IN_CONFIG, intel.refresh_s, REFRESH_LEAST_S, WEEK_S),
    CHOICE("fill", IN_CONFIG, intel.fill, fill_modes),
    CHOICE("registration_relay", IN_CONFIG, intel.registration_relay, relay_choices),
    NUMBER("platform_refresh_s", IN_CONFIG, intel.platform_refresh_s, HOUR_S, YEAR_S),
    NUMBER("platform_fetches_per_minute", IN_CONFIG, intel.platform_fetches_per_minute, 1,
           100000),
    { .name = "policy_keys",
      .read = read_paths,
      .at = offsetof(IN_CONFIG, intel.policy_keys),
      .count_at = offsetof(IN_CONFIG, intel.policy_key_count),
      .most = CONFIG_POLICY_KEYS_MAX },
    { 0 }
};

#define IN_TOKEN struct config_token
static const struct schema_key token_keys[] = {
    { .name = "name",
      .read = read_name,
      SCHEMA_AT(IN_TOKEN, name),
      .least = 1,
      .most = NAME_MAX_LEN,
      .is_required = true },
    { .name = "role",
      .read = schema_choice,
      SCHEMA_AT(IN_TOKEN, role),
      .choices = token_roles,
      .is_required = true },
    { .name = "sha512", .read = read_token_sha512 },
    { .name = "scrypt", .read = read_token_scrypt },
    { 0 }
};

#define IN_ROOT struct config_root
#define ROOT_NAME                                                                  \
    {                                                                              \
        .name = "name", .read = schema_text, SCHEMA_AT(IN_ROOT, name), .least = 1, \
        .most = NAME_MAX_LEN                                                       \
    }
static const struct schema_key extra_root_keys[] = {
    { .name = "spki_sha256", .read = read_spki, SCHEMA_AT(IN_ROOT, spki_sha256) },
    PATH("certificate_file", IN_ROOT, certificate_file),
    ROOT_NAME,
    WORDS("why", IN_ROOT, why, true),
    WORDS("by", IN_ROOT, by, true),
    { 0 },
};
static const struct schema_key test_root_keys[] = {
    { .name = "spki_sha256", .read = read_spki, SCHEMA_AT(IN_ROOT, spki_sha256) },
    PATH("certificate_file", IN_ROOT, certificate_file),
    ROOT_NAME,
    { 0 },
};
static const struct schema_key distrust_keys[] = {
    { .name = "spki_sha256",
      .read = read_spki,
      SCHEMA_AT(IN_ROOT, spki_sha256),
      .is_required = true },
    WORDS("why", IN_ROOT, why, false),
    WORDS("by", IN_ROOT, by, false),
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
    NUMBER("platform_cache_mib", IN_CONFIG, limits.platform_cache_mib, 1, 65536),
    NUMBER("queue_per_registrar", IN_CONFIG, limits.queue_per_registrar, 1, 1000000),
    NUMBER("failed_tokens_per_minute", IN_CONFIG, limits.failed_tokens_per_minute, 1,
           10000),
    { 0 }
};

static const struct schema_key verify_keys[] = {
    CHOICE("access", IN_CONFIG, verify.access, verify_accesses),
    NUMBER("max_in_flight", IN_CONFIG, verify.max_in_flight, 1, 100000),
    NUMBER("per_minute", IN_CONFIG, verify.per_minute, 1, 100000000),
    NUMBER("per_minute_per_address", IN_CONFIG, verify.per_minute_per_address, 1,
           100000000),
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
    { .name = "amd", .read = read_amd, .below = amd_keys },
    { .name = "baselines", .read = read_baselines, .below = baseline_keys },
    PATH("deny_file", IN_CONFIG, deny_file),
    PATH("tcb_releases_file", IN_CONFIG, tcb_releases_file),
    ITEMS("tokens", tokens, token_count, 0, CONFIG_TOKENS_MAX, token_keys, config_token,
          .size = 0),
    SECTION("trust", trust_keys),
    SECTION("limits", limits_keys),
    SECTION("verify", verify_keys),
    SECTION("compat", compat_keys),
    { 0 }
};
