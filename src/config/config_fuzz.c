/* SPDX-License-Identifier: Apache-2.0 */
/* Of whatever configuration is accepted: it passes its own check, its counts are within
 * their bounds, its texts are texts, and no listener or upstream breaks the rules that
 * keep secrets and lies off the wire. What is refused says where. */
#include <stdio.h>

#include "config/config.h"
#include "config/url.h"
#include "kit/fuzz.h"

static void check_texts(const struct config *config)
{
    FUZZ_CHECK(config->state_directory[0] == '/');
    FUZZ_CHECK(config->admin_socket[0] == '/');
    FUZZ_CHECK(strlen(config->admin_socket) < 108);
    FUZZ_CHECK(strcmp(config->file, "fuzz.yaml") == 0);
}

static void check_listeners(const struct config *config)
{
    bool has_test_roots = trust_has_test_roots(&config->trust.roots);

    FUZZ_CHECK(config->listener_count >= 1
               && config->listener_count <= CONFIG_LISTENERS_MAX);
    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *l = &config->listeners[i];
        FUZZ_CHECK((l->certificate_file == NULL) == (l->key_file == NULL));
        FUZZ_CHECK(l->tls || l->key_file == NULL);
        FUZZ_CHECK(address_is_loopback(l->address) || config->trust.unsafe
                   || !has_test_roots);
    }
}

static void check_upstreams(const struct config *config)
{
    FUZZ_CHECK(config->intel.upstream_count <= CONFIG_UPSTREAMS_MAX);
    for (size_t i = 0; i < config->intel.upstream_count; i++) {
        const struct config_upstream *u = &config->intel.upstreams[i];
        struct url url;
        FUZZ_CHECK(url_read(bytes_of_text(u->url), &url, NULL));
        FUZZ_CHECK(url.is_loopback || bytes_equal_text(url.scheme, "https"));
        FUZZ_CHECK(u->name != NULL && u->name[0] != 0);
        FUZZ_CHECK(u->kind >= UPSTREAM_PCS && u->kind <= UPSTREAM_THIM);
        FUZZ_CHECK(u->connect_ms > 0 && u->connect_ms <= u->total_ms);
    }
}

static void check_amd(const struct config *config)
{
    bool has_product = false;

    FUZZ_CHECK(config->amd.upstream_count <= CONFIG_AMD_UPSTREAMS_MAX);
    for (size_t i = 0; i < config->amd.upstream_count; i++) {
        const struct config_amd_upstream *u = &config->amd.upstreams[i];
        struct url url;
        FUZZ_CHECK(url_read(bytes_of_text(u->url), &url, NULL));
        FUZZ_CHECK(url.is_loopback || bytes_equal_text(url.scheme, "https"));
        FUZZ_CHECK(u->name != NULL && u->name[0] != 0);
        FUZZ_CHECK(u->kind == AMD_UPSTREAM_KDS || u->kind == AMD_UPSTREAM_THIM);
        FUZZ_CHECK(u->connect_ms > 0 && u->connect_ms <= u->total_ms);
        FUZZ_CHECK(u->interval_ms >= 0 && u->burst >= 1);
        FUZZ_CHECK((u->client_key_file == NULL) == (u->client_certificate_file == NULL));
        FUZZ_CHECK(u->vlek_url != NULL || u->client_key_file == NULL);
    }
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++)
        has_product |= config->amd.products[p];
    FUZZ_CHECK(has_product);
    FUZZ_CHECK((config->amd.host.source == AMD_HOST_NAMED)
               == (config->amd.host.hwid.len > 0));
    FUZZ_CHECK((config->amd.host.source == AMD_HOST_REPORT)
               == (config->amd.host.report_file != NULL));
}

static bool is_whole(const struct baseline_pin *pin)
{
    return pin->until_s > 0 && pin->why != NULL && pin->by != NULL;
}

static void check_policy(const struct baseline_policy *policy, uint32_t floor)
{
    FUZZ_CHECK(policy->name[0] != 0 && strlen(policy->name) < BASELINE_NAME_MAX);
    FUZZ_CHECK((policy->pin.number != 0) == is_whole(&policy->pin));
    FUZZ_CHECK(policy->pin.number == 0 || policy->pin.number >= floor);
    FUZZ_CHECK(policy->override_count <= BASELINE_OVERRIDES_MAX);
    for (size_t i = 0; i < policy->override_count; i++)
        FUZZ_CHECK(is_whole(&policy->overrides[i].pin)
                   && policy->overrides[i].pin.number >= floor);
    FUZZ_CHECK((policy->hold_end == HOLD_END_SERVE_EXPIRED)
               == is_whole(&policy->expired));
    FUZZ_CHECK(!policy->max_is_percent || policy->max_demoted <= 100);
    FUZZ_CHECK(policy->delay_s >= 0 && policy->hold_margin_s >= 0
               && policy->blind_delay_s >= 0);
}

static void check_baselines(const struct config *config)
{
    const struct baseline_law *law = &config->baselines;

    FUZZ_CHECK(law->count >= 1 && law->count <= BASELINES_MAX);
    FUZZ_CHECK(law->default_policy < law->count && law->host_ttl_s > 0);
    FUZZ_CHECK(baseline_named(law, bytes_of_text(BASELINE_STEADY)) < law->count);
    for (size_t i = 0; i < law->count; i++) {
        check_policy(&law->policies[i], law->floor);
        FUZZ_CHECK(baseline_named(law, bytes_of_text(law->policies[i].name)) == i);
    }
    FUZZ_CHECK(law->rule_count <= BASELINE_RULES_MAX);
    for (size_t i = 0; i < law->rule_count; i++) {
        const struct baseline_rule *rule = &law->rules[i];
        FUZZ_CHECK(rule->baseline < law->count);
        FUZZ_CHECK(baseline_rule_for(law, bytes_of(rule->address, rule->address_len))
                   != NULL);
    }
    FUZZ_CHECK(config->baseline_webhook_ca_file == NULL
               || config->baseline_webhook != NULL);
}

static void check_tokens(const struct config *config)
{
    FUZZ_CHECK(config->token_count <= CONFIG_TOKENS_MAX);
    for (size_t i = 0; i < config->token_count; i++) {
        const struct config_token *token = &config->tokens[i];
        FUZZ_CHECK(token->name != NULL && token->name[0] != 0);
        FUZZ_CHECK((role_includes(token->role) & token->role) != 0);
        FUZZ_CHECK(token->hash == TOKEN_SHA512
                   || (token->hash == TOKEN_SCRYPT && token->cost.log2_n <= 15
                       && token->cost.r <= 8 && token->cost.p <= 4));
    }
    FUZZ_CHECK(config->intel.policy_key_count <= CONFIG_POLICY_KEYS_MAX);
    for (size_t i = 0; i < config->intel.policy_key_count; i++)
        FUZZ_CHECK(config->intel.policy_keys[i][0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct error err = { 0 };
    struct config config;

    if (!config_parse(bytes_of(at, len), "fuzz.yaml", &config, &err)) {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(strncmp(err.text, "fuzz.yaml", 9) == 0);
        return 0;
    }
    FUZZ_CHECK(config_check(&config, false, &err));
    FUZZ_CHECK(config.limits.max_age_s >= 1 && config.limits.max_age_s <= 86400);
    FUZZ_CHECK(config.limits.per_address <= config.limits.connections);
    FUZZ_CHECK((config.intel.fmspc_choice == FMSPCS_LISTED)
               == (config.intel.fmspcs != NULL));
    FUZZ_CHECK(config.trust.roots.count >= 1);
    check_texts(&config);
    check_listeners(&config);
    check_upstreams(&config);
    check_amd(&config);
    check_baselines(&config);
    check_tokens(&config);
    config_fini(&config);
    return 0;
}
