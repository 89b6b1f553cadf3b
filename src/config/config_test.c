/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/schema.h"
#include "kit/file.h"
#include "kit/test.h"
#include "kit/text.h"

#define SPKI_A "1111111111111111111111111111111111111111111111111111111111111111"
#define SPKI_B "2222222222222222222222222222222222222222222222222222222222222222"
#define SPKI_INTEL "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e"

static bool parse(const char *yaml, struct config *out, struct error *err)
{
    return config_parse(bytes_of_text(yaml), "t.yaml", out, err);
}

/* ---- what is accepted ----------------------------------------------------------- */

static void assert_same_listeners(const struct config *a, const struct config *b)
{
    assert_int_equal(a->listener_count, b->listener_count);
    for (size_t i = 0; i < a->listener_count; i++) {
        assert_string_equal(a->listeners[i].address, b->listeners[i].address);
        assert_int_equal(a->listeners[i].port, b->listeners[i].port);
        assert_int_equal(a->listeners[i].tls, b->listeners[i].tls);
        assert_null(a->listeners[i].certificate_file);
        assert_null(a->listeners[i].key_file);
    }
}

static void assert_same_upstreams(const struct config *a, const struct config *b)
{
    assert_int_equal(a->intel.upstream_count, b->intel.upstream_count);
    for (size_t i = 0; i < a->intel.upstream_count; i++) {
        const struct config_upstream *u = &a->intel.upstreams[i];
        const struct config_upstream *v = &b->intel.upstreams[i];
        assert_string_equal(u->name, v->name);
        assert_string_equal(u->url, v->url);
        assert_int_equal(u->kind, v->kind);
        assert_int_equal(u->connect_ms, v->connect_ms);
        assert_int_equal(u->total_ms, v->total_ms);
        assert_null(u->root_crl_url);
        assert_null(u->ca_file);
        assert_null(u->proxy);
        assert_null(u->api_key_file);
    }
}

static void assert_same_amd(const struct config *a, const struct config *b)
{
    assert_int_equal(a->amd.upstream_count, b->amd.upstream_count);
    for (size_t i = 0; i < a->amd.upstream_count; i++) {
        const struct config_amd_upstream *u = &a->amd.upstreams[i];
        const struct config_amd_upstream *v = &b->amd.upstreams[i];
        assert_string_equal(u->name, v->name);
        assert_string_equal(u->url, v->url);
        assert_int_equal(u->kind, v->kind);
        assert_int_equal(u->connect_ms, v->connect_ms);
        assert_int_equal(u->total_ms, v->total_ms);
        assert_int_equal(u->interval_ms, v->interval_ms);
        assert_int_equal(u->burst, v->burst);
        assert_null(u->ca_file);
        assert_null(u->proxy);
        assert_null(u->api_key_file);
        assert_null(u->client_certificate_file);
        assert_null(u->client_key_file);
        assert_null(u->vlek_url);
    }
    assert_int_equal(a->amd.crl, b->amd.crl);
    assert_memory_equal(a->amd.products, b->amd.products, sizeof a->amd.products);
    assert_int_equal(a->amd.unknown_chips, b->amd.unknown_chips);
    assert_int_equal(a->amd.unknown_share_percent, b->amd.unknown_share_percent);
    assert_int_equal(a->amd.unknown_per_minute_per_address,
                     b->amd.unknown_per_minute_per_address);
    assert_int_equal(a->amd.crl_refresh_s, b->amd.crl_refresh_s);
    assert_int_equal(a->amd.chain_refresh_s, b->amd.chain_refresh_s);
    assert_int_equal(a->amd.host_refresh_s, b->amd.host_refresh_s);
    assert_int_equal(a->amd.host.source, b->amd.host.source);
    assert_int_equal(a->amd.host.product, b->amd.host.product);
    assert_null(a->amd.host.report_file);
    assert_int_equal(a->amd.named_hosts, b->amd.named_hosts);
}

static void assert_same_policy(const struct baseline_policy *p,
                               const struct baseline_policy *q)
{
    assert_string_equal(p->name, q->name);
    assert_int_equal(p->follow, q->follow);
    assert_int_equal(p->delay_s, q->delay_s);
    assert_int_equal(p->pin.number, q->pin.number);
    assert_int_equal(p->override_count, q->override_count);
    assert_int_equal(p->has_max_demoted, q->has_max_demoted);
    assert_int_equal(p->max_is_percent, q->max_is_percent);
    assert_int_equal(p->max_demoted, q->max_demoted);
    assert_int_equal(p->hold_margin_s, q->hold_margin_s);
    assert_int_equal(p->blind_delay_s, q->blind_delay_s);
    assert_int_equal(p->hold_end, q->hold_end);
    assert_int_equal(p->expired.until_s, q->expired.until_s);
    assert_int_equal(p->choice, q->choice);
    assert_memory_equal(p->has_min_tcb, q->has_min_tcb, sizeof p->has_min_tcb);
}

static void assert_same_baselines(const struct config *a, const struct config *b)
{
    assert_int_equal(a->baselines.count, b->baselines.count);
    assert_int_equal(a->baselines.default_policy, b->baselines.default_policy);
    assert_int_equal(a->baselines.rule_count, b->baselines.rule_count);
    assert_int_equal(a->baselines.floor, b->baselines.floor);
    assert_int_equal(a->baselines.host_ttl_s, b->baselines.host_ttl_s);
    for (size_t i = 0; i < a->baselines.count; i++)
        assert_same_policy(&a->baselines.policies[i], &b->baselines.policies[i]);
    assert_null(a->baseline_webhook);
    assert_null(a->baseline_webhook_ca_file);
    assert_null(a->deny_file);
    assert_null(a->tcb_releases_file);
}

static void assert_same(const struct config *a, const struct config *b)
{
    assert_same_listeners(a, b);
    assert_same_upstreams(a, b);
    assert_same_amd(a, b);
    assert_same_baselines(a, b);
    assert_string_equal(a->state_directory, b->state_directory);
    assert_string_equal(a->admin_socket, b->admin_socket);
    assert_string_equal(a->log_level, b->log_level);
    assert_int_equal(a->intel.fmspc_choice, b->intel.fmspc_choice);
    assert_int_equal(a->intel.fmspc_count, b->intel.fmspc_count);
    assert_int_equal(a->intel.crl_refresh_s, b->intel.crl_refresh_s);
    assert_int_equal(a->intel.refresh_s, b->intel.refresh_s);
    assert_int_equal(a->intel.fill, b->intel.fill);
    assert_int_equal(a->intel.registration_relay, b->intel.registration_relay);
    assert_int_equal(a->intel.platform_refresh_s, b->intel.platform_refresh_s);
    assert_int_equal(a->intel.platform_fetches_per_minute,
                     b->intel.platform_fetches_per_minute);
    assert_int_equal(a->intel.policy_key_count, b->intel.policy_key_count);
    assert_int_equal(a->token_count, b->token_count);
    assert_int_equal(a->trust.unsafe, b->trust.unsafe);
    assert_memory_equal(&a->trust.roots, &b->trust.roots, sizeof a->trust.roots);
    assert_memory_equal(&a->limits, &b->limits, sizeof a->limits);
    assert_memory_equal(&a->compat, &b->compat, sizeof a->compat);
}

static void nothing_written_is_the_defaults(void **state)
{
    static const char *const nothing[] = { "",      "\n",         "# only a comment\n",
                                           "---\n", "---\n...\n", "--- ~x\n",
                                           "{}\n" };
    struct config defaults;

    (void)state;
    config_defaults(&defaults);
    for (size_t i = 0; i < COUNT_OF(nothing); i++) {
        struct error err = { 0 };
        struct config config;
        if (strchr(nothing[i], 'x') != NULL) { /* one byte away: a word is something */
            assert_false(parse(nothing[i], &config, &err));
            assert_refused(err, ERROR_FORMAT, "t.yaml:1: is a value; expected keys");
            continue;
        }
        assert_ok(parse(nothing[i], &config, &err), err);
        assert_string_equal(config.file, "t.yaml");
        assert_same(&config, &defaults);
        config_fini(&config);
    }
    assert_null(defaults.file);
    config_fini(&defaults);
}

static struct buf example(void)
{
    struct error err = { 0 };
    struct buf text;

    buf_init(&text, CONFIG_FILE_MAX);
    assert_ok(file_read(TEST_SOURCE_ROOT "/doc/thim.yaml", &text, &err), err);
    return text;
}

static void the_example_is_the_defaults(void **state)
{
    struct config config, defaults;
    struct error err = { 0 };

    (void)state;
    config_defaults(&defaults);
    assert_ok(config_read(TEST_SOURCE_ROOT "/doc/thim.yaml", &config, &err), err);
    assert_same(&config, &defaults);
    config_fini(&config);
    config_fini(&defaults);
}

/* The example with every "#word" brought into force. */
static struct buf with_examples(struct bytes text)
{
    struct buf out;
    bool in_margin = true;

    buf_init(&out, CONFIG_FILE_MAX);
    for (size_t i = 0; i < text.len; i++) {
        bool is_example =
            in_margin && text.at[i] == '#' && i + 1 < text.len && text.at[i + 1] > ' ';
        if (!is_example)
            buf_add_byte(&out, text.at[i]);
        in_margin = text.at[i] == '\n' || (in_margin && text.at[i] == ' ');
    }
    return out;
}

/* A choice of the example's, exchanged for one of the same length. */
static void exchange(struct buf *text, const char *is, const char *becomes)
{
    size_t at = bytes_find(buf_bytes(text), bytes_of_text(is));

    assert_in_range(at, 1, text->len - 1);
    assert_int_equal(strlen(is), strlen(becomes));
    memcpy(text->at + at, becomes, strlen(becomes));
}

static void the_examples_in_the_example_work_too(void **state)
{
    struct buf text = example(), full = with_examples(buf_bytes(&text));
    struct error err = { 0 };
    struct config config;

    (void)state;
    /* a chip is named that nobody is to be given */
    assert_false(config_parse(buf_bytes(&full), "full.yaml", &config, &err));
    assert_refused(err, ERROR_FORMAT, "amd.host.product: needs source: named");
    exchange(&full, " source: none ", " source: named");
    /* test roots, and a listener on all addresses: the guard speaks up */
    assert_false(config_parse(buf_bytes(&full), "full.yaml", &config, &err));
    assert_refused(err, ERROR_FORMAT, "needs trust.unsafe: true");
    exchange(&full, "unsafe: false", "unsafe: true ");
    assert_ok(config_parse(buf_bytes(&full), "full.yaml", &config, &err), err);
    assert_int_equal(config.listener_count, 2);
    assert_string_equal(config.listeners[1].address, "::");
    assert_true(config.listeners[1].tls);
    assert_string_equal(config.listeners[1].key_file, "/etc/thim/tls.key");
    assert_int_equal(config.intel.upstream_count, 2);
    assert_int_equal(config.intel.upstreams[1].kind, UPSTREAM_PCCS);
    assert_int_equal(config.intel.upstreams[1].total_ms, 30000);
    assert_string_equal(config.intel.upstreams[0].api_key_file, "/etc/thim/pcs.key");
    assert_int_equal(config.intel.policy_key_count, 1);
    assert_int_equal(config.amd.upstream_count, 2);
    assert_string_equal(config.amd.upstreams[0].vlek_url, "https://kdsintf.amd.com:444");
    assert_int_equal(config.amd.upstreams[1].interval_ms, 0);
    assert_int_equal(config.amd.host.product, SNP_TURIN);
    assert_int_equal(config.baselines.count, 3);
    assert_int_equal(config.baselines.policies[0].pin.number, 18);
    assert_int_equal(config.baselines.policies[0].override_count, 1);
    assert_true(config.baselines.policies[0].has_min_tcb[SNP_TURIN]);
    assert_int_equal(config.baselines.policies[1].max_demoted, 5);
    assert_int_equal(config.baselines.policies[2].hold_end, HOLD_END_SERVE_EXPIRED);
    assert_int_equal(config.baselines.rule_count, 2);
    assert_string_equal(config.baseline_webhook, "https://alerts.example/thim");
    assert_string_equal(config.deny_file, "/etc/thim/deny.yaml");
    assert_string_equal(config.tcb_releases_file, "/etc/thim/tcb-releases.yaml");
    assert_int_equal(config.token_count, 3);
    assert_int_equal(config.tokens[1].hash, TOKEN_SCRYPT);
    assert_int_equal(config.tokens[2].role, ROLE_ADMIN);
    assert_int_equal(config.trust.extra_root_count, 1);
    assert_string_equal(config.trust.extra_roots[0].by, "Jo Operator");
    assert_int_equal(config.trust.roots.count, 4); /* four, one more, one less */
    assert_string_equal(config.trust.test_roots[0].certificate_file,
                        "/etc/thim/sim-root.pem"); /* nobody opened it yet */
    config_fini(&config);
    buf_fini(&full);
    buf_fini(&text);
}

static void every_key_fills_its_field(void **state)
{
    static const char yaml[] = "listen: [{address: '[::1]', port: 0, tls: true}]\n"
                               "state_directory: /s\n"
                               "admin_socket: /a\n"
                               "log_level: silent\n"
                               "intel:\n"
                               "  upstreams: []\n"
                               "  fmspcs: [30606a000000, 00906ED50000]\n"
                               "  crl_refresh_s: 601\n"
                               "  refresh_s: 602\n"
                               "  fill: req\n"
                               "  registration_relay: anyone\n"
                               "  platform_refresh_s: 3603\n"
                               "  platform_fetches_per_minute: 4\n"
                               "  policy_keys: [/k1, /k2]\n"
                               "limits: {per_address: 1, connections: 5, waiters: 3,\n"
                               "  miss_wait_ms: 104, upstream_per_minute: 7,\n"
                               "  upstream_per_minute_per_address: 6, max_age_s: 8,\n"
                               "  drain_ms: 9,\n"
                               "  platform_cache_mib: 10, queue_per_registrar: 11,\n"
                               "  failed_tokens_per_minute: 12}\n"
                               "verify: {access: anyone, max_in_flight: 13,\n"
                               "  per_minute: 15, per_minute_per_address: 14}\n"
                               "compat: {v3: gone, bare_crl: der}\n";
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse(yaml, &c, &err), err);
    assert_string_equal(c.listeners[0].address, "::1");
    assert_int_equal(c.listeners[0].port, 0);
    assert_true(c.listeners[0].tls);
    assert_int_equal(c.listeners[0].line, 1);
    assert_string_equal(c.state_directory, "/s");
    assert_string_equal(c.admin_socket, "/a");
    assert_string_equal(c.log_level, "silent");
    assert_int_equal(c.intel.upstream_count, 0);
    assert_int_equal(c.intel.fmspc_choice, FMSPCS_LISTED);
    assert_int_equal(c.intel.fmspc_count, 2);
    assert_string_equal(hex(c.intel.fmspcs[0], 6).s, "30606a000000");
    assert_string_equal(hex(c.intel.fmspcs[1], 6).s, "00906ed50000");
    assert_int_equal(c.intel.crl_refresh_s, 601);
    assert_int_equal(c.intel.refresh_s, 602);
    assert_int_equal(c.intel.fill, FILL_REQ);
    assert_int_equal(c.intel.registration_relay, RELAY_ANYONE);
    assert_int_equal(c.intel.platform_refresh_s, 3603);
    assert_int_equal(c.intel.platform_fetches_per_minute, 4);
    assert_int_equal(c.intel.policy_key_count, 2);
    assert_string_equal(c.intel.policy_keys[0], "/k1");
    assert_string_equal(c.intel.policy_keys[1], "/k2");
    assert_int_equal(c.limits.per_address, 1);
    assert_int_equal(c.limits.connections, 5);
    assert_int_equal(c.limits.waiters, 3);
    assert_int_equal(c.limits.miss_wait_ms, 104);
    assert_int_equal(c.limits.upstream_per_minute, 7);
    assert_int_equal(c.limits.upstream_per_minute_per_address, 6);
    assert_int_equal(c.limits.max_age_s, 8);
    assert_int_equal(c.limits.drain_ms, 9);
    assert_int_equal(c.limits.platform_cache_mib, 10);
    assert_int_equal(c.limits.queue_per_registrar, 11);
    assert_int_equal(c.limits.failed_tokens_per_minute, 12);
    assert_int_equal(c.verify.access, VERIFY_BY_ANYONE);
    assert_int_equal(c.verify.max_in_flight, 13);
    assert_int_equal(c.verify.per_minute, 15);
    assert_int_equal(c.verify.per_minute_per_address, 14);
    assert_int_equal(c.compat.v3, COMPAT_V3_GONE);
    assert_int_equal(c.compat.bare_crl, CRL_FORM_DER);
    assert_int_equal(schema_line(c.places, "limits.drain_ms"), 18);
    assert_int_equal(schema_line(c.places, "limits"), 15);
    assert_int_equal(schema_line(c.places, "trust.unsafe"), 0);
    config_fini(&c);
}

static void upstreams_keep_their_order_and_words(void **state)
{
    static const char yaml[] =
        "intel:\n"
        "  upstreams:\n"
        "  - {name: near, kind: thim, url: 'http://[::1]:9000/base', total_ms: 9000}\n"
        "  - name: far\n"
        "    kind: pccs\n"
        "    url: https://pccs.example:8081\n"
        "    root_crl_url: http://localhost/root.crl\n"
        "    ca_file: /ca\n"
        "    proxy: socks5h://proxy.example:1080\n"
        "    connect_ms: 100\n"
        "  - {name: last, kind: pcs, url: https://pcs.example, api_key_file: /key}\n";
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse(yaml, &c, &err), err);
    assert_int_equal(c.intel.upstream_count, 3);
    assert_string_equal(c.intel.upstreams[2].api_key_file, "/key");
    assert_null(c.intel.upstreams[1].api_key_file);
    assert_int_equal(c.intel.upstreams[0].kind, UPSTREAM_THIM);
    assert_string_equal(c.intel.upstreams[0].url, "http://[::1]:9000/base");
    assert_int_equal(c.intel.upstreams[0].connect_ms, 5000);
    assert_int_equal(c.intel.upstreams[0].total_ms, 9000);
    assert_int_equal(c.intel.upstreams[0].line, 3);
    assert_string_equal(c.intel.upstreams[1].name, "far");
    assert_string_equal(c.intel.upstreams[1].root_crl_url, "http://localhost/root.crl");
    assert_string_equal(c.intel.upstreams[1].ca_file, "/ca");
    assert_string_equal(c.intel.upstreams[1].proxy, "socks5h://proxy.example:1080");
    assert_int_equal(c.intel.upstreams[1].connect_ms, 100);
    assert_int_equal(c.intel.upstreams[1].line, 4);
    config_fini(&c);
}

static void roots_come_and_go_by_their_lists(void **state)
{
    static const char yaml[] =
        "trust:\n"
        "  extra_roots: [{spki_sha256: " SPKI_A ", name: new, why: w, by: b}]\n"
        "  test_roots: [{spki_sha256: " SPKI_B ", name: sim}]\n"
        "  distrust: [{spki_sha256: " SPKI_INTEL "}]\n";
    bool has_extra = false, has_test = false;
    uint8_t intel[32];
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_true(hex_read(bytes_of_text(SPKI_INTEL), intel, sizeof intel));
    assert_ok(parse(yaml, &c, &err), err);
    for (size_t i = 0; i < c.trust.roots.count; i++) {
        const struct trusted_root *root = &c.trust.roots.roots[i];
        has_extra |= root->origin == ROOT_EXTRA && strcmp(root->name, "new") == 0;
        has_test |= root->origin == ROOT_TEST && strcmp(root->name, "sim") == 0;
        assert_memory_not_equal(root->spki_sha256, intel, sizeof intel);
    }
    assert_true(has_extra && has_test);
    config_fini(&c);
}

static void tokens_stay_off_the_open_network(void **state)
{
    static const char yaml[] =
        "tokens:\n"
        "- {name: site, role: registrar, sha512: " SPKI_A SPKI_B "}\n"
        "- {name: site, role: registrar, sha512: " SPKI_B SPKI_A "}\n"
        "listen: [{address: 192.0.2.1, port: 1, tls: true}, {address: '::1', port: 2}]\n";
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse(yaml, &c, &err), err);
    assert_int_equal(c.token_count, 2);
    assert_string_equal(c.tokens[1].name, "site");
    assert_int_equal(c.tokens[1].role, ROLE_REGISTRAR);
    assert_int_equal(c.tokens[1].hash, TOKEN_SHA512);
    assert_int_equal(c.tokens[1].sha512[0], 0x22);
    assert_int_equal(c.tokens[1].sha512[63], 0x11);
    assert_int_equal(c.tokens[1].line, 3);
    c.listeners[0].tls = false;
    assert_false(config_check(&c, false, &err));
    assert_refused(err, ERROR_FORMAT, "192.0.2.1 is beyond loopback without tls");
    c.trust.unsafe = true;
    assert_ok(config_check(&c, false, &err), err);
    c.trust.unsafe = false;
    c.token_count = 0;
    assert_ok(config_check(&c, false, &err), err);
    config_fini(&c);
}

static void no_more_slow_hashes_than_a_wrong_token_may_cost(void **state)
{
    struct error err = { 0 };
    struct config c;

    (void)state;
    config_defaults(&c);
    for (uint8_t i = 0; i < 9; i++) {
        static const char *const names[] = {
            "a", "b", "c", "d", "e", "f", "g", "h", "i"
        };
        assert_ok(config_check(&c, false, &err), err);
        c.tokens[c.token_count++] = (struct config_token){
            .name = names[i], .role = ROLE_HOST, .hash = TOKEN_SCRYPT, .salt = { i }
        };
    }
    assert_false(config_check(&c, false, &err));
    assert_refused(err, ERROR_FORMAT, "tokens.scrypt: more than 8 of them");
    config_fini(&c);
}

static void a_moved_clock_or_test_root_stays_on_loopback(void **state)
{
    static const char *const near[] = { "127.0.0.1", "127.9.8.7", "::1",
                                        "::ffff:127.0.0.1" };
    static const char *const far[] = { "0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1",
                                       "128.0.0.1" };
    struct error err = { 0 };
    struct config c;

    (void)state;
    config_defaults(&c);
    for (size_t i = 0; i < COUNT_OF(near); i++) {
        c.listeners[0].address = near[i];
        assert_ok(config_check(&c, true, &err), err);
    }
    for (size_t i = 0; i < COUNT_OF(far); i++) {
        c.listeners[0].address = far[i];
        c.trust.unsafe = false;
        assert_ok(config_check(&c, false, &err), err);
        assert_false(config_check(&c, true, &err));
        assert_refused(err, ERROR_FORMAT, "and the clock is moved: that needs");
        assert_null(strchr(err.text, '/')); /* no file, so no file's name */
        c.trust.unsafe = true;
        assert_ok(config_check(&c, true, &err), err);
    }
    config_fini(&c);
}

static void a_file_has_a_size(void **state)
{
    char *directory = test_directory(), path[512];
    struct error err = { 0 };
    struct config c;
    struct buf text;

    (void)state;
    snprintf(path, sizeof path, "%s/big.yaml", directory);
    buf_init(&text, CONFIG_FILE_MAX + 16);
    while (text.len < CONFIG_FILE_MAX)
        buf_add_byte(&text, text.len % 80 == 79 ? '\n' : '#');
    assert_ok(file_write(path, buf_bytes(&text), 0600, &err), err);
    assert_ok(config_read(path, &c, &err), err);
    config_fini(&c);
    buf_add_byte(&text, '\n');
    assert_ok(file_write(path, buf_bytes(&text), 0600, &err), err);
    assert_false(config_read(path, &c, &err));
    assert_refused(err, ERROR_LIMIT, "larger than 1048576 bytes");
    assert_false(config_parse(buf_bytes(&text), "t.yaml", &c, &err));
    assert_refused(err, ERROR_LIMIT, "t.yaml is larger than 1048576 bytes");
    buf_fini(&text);
    test_remove(directory);
}

static void a_missing_file_is_not_found(void **state)
{
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_false(config_read("/nonexistent/thim.yaml", &c, &err));
    assert_refused(err, ERROR_NOT_FOUND, "open /nonexistent/thim.yaml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_written_is_the_defaults),
        cmocka_unit_test(the_example_is_the_defaults),
        cmocka_unit_test(the_examples_in_the_example_work_too),
        cmocka_unit_test(every_key_fills_its_field),
        cmocka_unit_test(upstreams_keep_their_order_and_words),
        cmocka_unit_test(roots_come_and_go_by_their_lists),
        cmocka_unit_test(tokens_stay_off_the_open_network),
        cmocka_unit_test(no_more_slow_hashes_than_a_wrong_token_may_cost),
        cmocka_unit_test(a_moved_clock_or_test_root_stays_on_loopback),
        cmocka_unit_test(a_file_has_a_size),
        cmocka_unit_test(a_missing_file_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
