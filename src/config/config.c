/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "config/amd.h"
#include "config/keys.h"
#include "config/roots.h"
#include "kit/file.h"
#include "kit/text.h"

#define ARENA_MAX ((size_t)16 * 1024 * 1024)

void config_defaults(struct config *out)
{
    *out = (struct config){
        .listeners = { { .address = "127.0.0.1", .port = 8081 } },
        .listener_count = 1,
        .state_directory = "/var/lib/thim",
        .admin_socket = "/run/thim/admin.sock",
        .intel = {
            .upstreams = { {
                .name = "intel",
                .kind = UPSTREAM_PCS,
                .url = "https://api.trustedservices.intel.com",
                .connect_ms = 5000,
                .total_ms = 30000,
            } },
            .upstream_count = 1,
            .fmspc_choice = FMSPCS_ON_DEMAND,
            .crl_refresh_s = 21600,
            .refresh_s = 86400,
            .fill = FILL_LAZY,
            .registration_relay = RELAY_OFF,
            .platform_refresh_s = 2592000,
            .platform_fetches_per_minute = 60,
        },
        .amd = {
            .upstreams = { {
                .name = "amd",
                .kind = AMD_UPSTREAM_KDS,
                .url = "https://kdsintf.amd.com",
                .connect_ms = 5000,
                .total_ms = 30000,
                .interval_ms = AMD_KDS_INTERVAL_MS,
                .burst = AMD_BURST,
            } },
            .upstream_count = 1,
            .crl = AMD_CRL_REQUIRED,
            .products = { [SNP_MILAN] = true, [SNP_GENOA] = true, [SNP_TURIN] = true },
            .unknown_chips = UNKNOWN_CHIPS_FETCH,
            .unknown_share_percent = 20,
            .unknown_per_minute_per_address = 6,
            .crl_refresh_s = 21600,
            .chain_refresh_s = 86400,
            .host_refresh_s = 3600,
            .host = { .source = AMD_HOST_NONE },
            .named_hosts = true,
        },
        .baselines = baseline_law_default,
        .limits = {
            .per_address = 64,
            .connections = 4096,
            .waiters = 2000,
            .miss_wait_ms = 15000,
            .upstream_per_minute = 600,
            .upstream_per_minute_per_address = 120,
            .max_age_s = 3600,
            .drain_ms = 10000,
            .platform_cache_mib = 128,
            .queue_per_registrar = 10000,
            .failed_tokens_per_minute = 10,
        },
        .verify = {
            .access = VERIFY_BY_READERS,
            .max_in_flight = 256,
            .per_minute = 60000,
            .per_minute_per_address = 600,
        },
        .compat = { .v3 = COMPAT_V3_SERVE, .bare_crl = CRL_FORM_HEX },
        .log_level = "info",
    };
    arena_init(&out->arena, ARENA_MAX);
    trust_init(&out->trust.roots);
}

void config_fini(struct config *config)
{
    arena_fini(&config->arena);
}

/* ---- reading -------------------------------------------------------------------- */

/* Who is offline has asked for nobody to be asked, and means AMD too where he has not
 * written whom. */
static void settle_amd(struct config *config)
{
    bool is_default =
        config->amd.upstream_count > 0 && config->amd.upstreams[0].line == 0;

    if (is_default && config->intel.fill == FILL_OFFLINE)
        config->amd.upstream_count = 0;
}

static bool read_into(struct bytes yaml, const char *name, bool opens_files,
                      struct config *config, struct error *err)
{
    struct bytes file = arena_copy(&config->arena, bytes_of(name, strlen(name) + 1));
    struct schema_walk walk = { .arena = &config->arena, .all = config_keys };
    struct value *root;

    if (yaml.len > CONFIG_FILE_MAX)
        return error_set(err, ERROR_LIMIT, "%s is larger than %d bytes", name,
                         CONFIG_FILE_MAX);
    if (file.at == NULL)
        return error_set(err, ERROR_SYSTEM, "%s: out of memory", name);
    config->file = (const char *)file.at;
    walk.file = config->file;
    if (!document_parse(yaml, walk.file, walk.arena, &root, err)
        || !schema_read(&walk, root, config, err))
        return false;
    config->places = walk.places;
    settle_amd(config);
    return roots_settle(config, opens_files, err) && config_check(config, false, err);
}

static bool read_text(struct bytes yaml, const char *name, bool opens_files,
                      struct config *out, struct error *err)
{
    config_defaults(out);
    if (!read_into(yaml, safe_string(name).s, opens_files, out, err)) {
        config_fini(out);
        return false;
    }
    return true;
}

bool config_parse(struct bytes yaml, const char *name, struct config *out,
                  struct error *err)
{
    return read_text(yaml, name, false, out, err);
}

static void buf_drop(struct buf *buf)
{
    buf_fini(buf);
}

bool config_read(const char *path, struct config *out, struct error *err)
{
    __attribute__((cleanup(buf_drop))) struct buf text;

    buf_init(&text, CONFIG_FILE_MAX);
    return file_read(path, &text, err)
           && read_text(buf_bytes(&text), path, true, out, err);
}
