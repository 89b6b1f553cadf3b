/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's section: every key, and for each rule a file that breaks it and the exact words.
 */
#include "config/amd.h"

#include <stdio.h>
#include <string.h>

#include "config/test_refusals.h"
#include "kit/text.h"

#define ZEROS_56 "00000000000000000000000000000000000000000000000000000000"
#define TURIN_ID "0123456789abcdef"
#define MILAN_ID TURIN_ID TURIN_ID TURIN_ID TURIN_ID TURIN_ID TURIN_ID TURIN_ID TURIN_ID

static bool parse(const char *yaml, struct config *out, struct error *err)
{
    return config_parse(bytes_of_text(yaml), "t.yaml", out, err);
}

/* ---- what is accepted ----------------------------------------------------------- */

static void every_key_fills_its_field(void **state)
{
    static const char yaml[] =
        "log_level: info\n"
        "amd:\n"
        "  upstreams: []\n"
        "  crl: optional\n"
        "  products: [Turin, Milan]\n"
        "  unknown_chips: refuse\n"
        "  unknown_share_percent: 1\n"
        "  unknown_per_minute_per_address: 2\n"
        "  crl_refresh_s: 603\n"
        "  chain_refresh_s: 604\n"
        "  host: {source: report, report_file: /r, refresh_s: 65}\n"
        "  named_hosts: false\n";
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse(yaml, &c, &err), err);
    assert_int_equal(c.amd.line, 2);
    assert_int_equal(c.amd.upstream_count, 0);
    assert_int_equal(c.amd.crl, AMD_CRL_OPTIONAL);
    assert_true(c.amd.products[SNP_MILAN] && c.amd.products[SNP_TURIN]);
    assert_false(c.amd.products[SNP_GENOA]);
    assert_int_equal(c.amd.unknown_chips, UNKNOWN_CHIPS_REFUSE);
    assert_int_equal(c.amd.unknown_share_percent, 1);
    assert_int_equal(c.amd.unknown_per_minute_per_address, 2);
    assert_int_equal(c.amd.crl_refresh_s, 603);
    assert_int_equal(c.amd.chain_refresh_s, 604);
    assert_int_equal(c.amd.host.source, AMD_HOST_REPORT);
    assert_string_equal(c.amd.host.report_file, "/r");
    assert_int_equal(c.amd.host_refresh_s, 65);
    assert_false(c.amd.named_hosts);
    config_fini(&c);
}

static void upstreams_keep_their_order_and_have_their_kinds_pace(void **state)
{
    static const char yaml[] =
        "amd:\n"
        "  upstreams:\n"
        "  - {name: near, kind: thim, url: 'http://[::1]:9/b', api_key_file: /k}\n"
        "  - url: https://kds.example\n"
        "    name: far\n"
        "    ca_file: /ca\n"
        "    proxy: http://proxy.example:3128\n"
        "    vlek_url: https://kds.example:444\n"
        "    client_certificate_file: /cert\n"
        "    client_key_file: /key\n"
        "    connect_ms: 100\n"
        "    total_ms: 101\n"
        "    kind: kds\n"
        "  - {name: slow, interval_ms: 7, burst: 8, kind: thim, url: https://a}\n"
        "  - {name: fast, interval_ms: 0, kind: kds, url: https://b, vlek_url: https://b}"
        "\n";
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse(yaml, &c, &err), err);
    assert_int_equal(c.amd.upstream_count, 4);
    const struct config_amd_upstream *u = c.amd.upstreams;
    assert_string_equal(u[0].name, "near");
    assert_int_equal(u[0].kind, AMD_UPSTREAM_THIM);
    assert_string_equal(u[0].url, "http://[::1]:9/b");
    assert_string_equal(u[0].api_key_file, "/k");
    assert_int_equal(u[0].connect_ms, 5000);
    assert_int_equal(u[0].total_ms, 30000);
    assert_int_equal(u[0].interval_ms, 0);
    assert_int_equal(u[0].burst, 3);
    assert_int_equal(u[0].line, 3);
    assert_string_equal(u[1].name, "far");
    assert_int_equal(u[1].kind, AMD_UPSTREAM_KDS);
    assert_string_equal(u[1].ca_file, "/ca");
    assert_string_equal(u[1].proxy, "http://proxy.example:3128");
    assert_string_equal(u[1].vlek_url, "https://kds.example:444");
    assert_string_equal(u[1].client_certificate_file, "/cert");
    assert_string_equal(u[1].client_key_file, "/key");
    assert_int_equal(u[1].connect_ms, 100);
    assert_int_equal(u[1].total_ms, 101);
    assert_int_equal(u[1].interval_ms, 10000);
    assert_int_equal(u[1].line, 4);
    assert_int_equal(u[2].interval_ms, 7);
    assert_int_equal(u[2].burst, 8);
    assert_int_equal(u[3].interval_ms, 0); /* as written, whatever the kind */
    config_fini(&c);
}

static void offline_asks_nobody_of_amds_who_is_not_written(void **state)
{
    static const struct {
        const char *yaml;
        size_t upstreams;
    } cases[] = {
        { "log_level: info\n", 1 },
        { "intel: {fill: req}\n", 1 },
        { "intel: {fill: offline}\n", 0 },
        { "intel: {fill: offline}\namd: {crl: optional}\n", 0 },
        { "intel: {fill: offline}\namd: {upstreams: []}\n", 0 },
        { "amd: {crl: optional}\nintel: {fill: offline}\n", 0 },
        { "intel: {fill: offline}\n"
          "amd: {upstreams: [{name: a, kind: kds, url: 'https://a.example'}]}\n",
          1 },
        { "amd: {crl: optional}\n", 1 },
    };
    struct error err = { 0 };
    struct config c;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_ok(parse(cases[i].yaml, &c, &err), err);
        if (c.amd.upstream_count != cases[i].upstreams)
            fail_msg("%s: %zu", cases[i].yaml, c.amd.upstream_count);
        config_fini(&c);
    }
}

static void a_host_is_named_in_its_products_own_layout(void **state)
{
    static const struct {
        const char *yaml;
        enum snp_product product;
        size_t hwid_len;
        const char *words;
    } cases[] = {
        { "product: Milan, chip_id: " MILAN_ID ", tcb_version: db18000000000004",
          SNP_MILAN, 64, "blSPL=4 teeSPL=0 snpSPL=24 ucodeSPL=219" },
        { "tcb_version: 'DB18000000000004', chip_id: " MILAN_ID ", product: Genoa",
          SNP_GENOA, 64, "blSPL=4 teeSPL=0 snpSPL=24 ucodeSPL=219" },
        { "product: Turin, chip_id: 0123456789ABCDEF, tcb_version: 4010203", SNP_TURIN, 8,
          "fmcSPL=3 blSPL=2 teeSPL=1 snpSPL=4 ucodeSPL=0" },
        { "product: Turin, chip_id: " TURIN_ID ZEROS_56 ZEROS_56 ", tcb_version: 0",
          SNP_TURIN, 8, "fmcSPL=0 blSPL=0 teeSPL=0 snpSPL=0 ucodeSPL=0" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct config c;
        char yaml[512];
        snprintf(yaml, sizeof yaml, "amd: {host: {source: named, %s}}", cases[i].yaml);
        assert_ok(parse(yaml, &c, &err), err);
        assert_int_equal(c.amd.host.source, AMD_HOST_NAMED);
        assert_int_equal(c.amd.host.product, cases[i].product);
        assert_int_equal(c.amd.host.hwid.len, cases[i].hwid_len);
        assert_string_equal(hex(c.amd.host.hwid.at, 8).s, TURIN_ID);
        assert_string_equal(tcb_version_words(cases[i].product, &c.amd.host.tcb).s,
                            cases[i].words);
        assert_int_equal(c.amd.host_refresh_s, 3600);
        config_fini(&c);
    }
}

static void a_product_is_written_as_amd_spells_it(void **state)
{
    (void)state;
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
        struct error err = { 0 };
        struct config c;
        char yaml[64];
        snprintf(yaml, sizeof yaml, "amd: {products: [%s]}", snp_product_facts(p)->name);
        assert_ok(parse(yaml, &c, &err), err);
        for (enum snp_product other = SNP_MILAN; other < SNP_PRODUCTS; other++)
            assert_int_equal(c.amd.products[other], other == p);
        config_fini(&c);
    }
}

/* ---- what is refused ------------------------------------------------------------ */

#define UPSTREAM(rest) \
    "amd:\n  upstreams:\n  - {name: a, kind: kds, url: https://a, " rest "}\n"
#define HOST(rest) "amd:\n  host:\n    source: named\n" rest

static const struct refusal refused[] = {
    { "a misspelt key", "amd:\n  product: [Milan]\n",
      .text = "t.yaml:2: unknown key \"product\" in amd, did you mean \"products\"?" },
    { "a kind of Intel's",
      "amd:\n  upstreams:\n  - {name: a, kind: pcs, url: https://a}\n",
      .text = "t.yaml:3: amd.upstreams.kind: \"pcs\" is none of kds, thim" },
    { "an upstream without a kind", "amd:\n  upstreams:\n  - {name: a, url: https://a}\n",
      .text = "t.yaml:3: amd.upstreams: lacks the key \"kind\"" },
    { "plain http to a VLEK", UPSTREAM("vlek_url: 'http://a:444'"),
      .text = "t.yaml:3: amd.upstreams.vlek_url: \"http://a:444\" is plain http beyond" },
    { "more of the URL than its beginning", UPSTREAM("vlek_url: https://a/vlek/v1"),
      .text = "t.yaml:3: amd.upstreams.vlek_url: give only what stands before /vlek/v1" },
    { "an upstream too many", "amd:\n  upstreams: [{}, {}, {}, {}, {}, {}, {}, {}, {}]\n",
      .text = "t.yaml:2: amd.upstreams: has 9 items, expected 0 to 8",
      .kind = ERROR_LIMIT },
    { "no burst", UPSTREAM("burst: 0"),
      .text = "t.yaml:3: amd.upstreams.burst: 0 is outside of 1 to 1000" },
    { "an interval past an hour", UPSTREAM("interval_ms: 3600001"),
      .text = "t.yaml:3: amd.upstreams.interval_ms: 3600001 is outside of 0 to 3600000" },
    { "connecting longer than all", UPSTREAM("connect_ms: 200, total_ms: 199"),
      .text = "t.yaml:3: amd.upstreams.connect_ms: 200 is more than total_ms, 199" },
    { "a key that KDS does not ask for", UPSTREAM("api_key_file: /k"),
      .text = "t.yaml:3: amd.upstreams.api_key_file: is for kind thim" },
    { "a certificate without its key",
      UPSTREAM("client_certificate_file: /c, vlek_url: https://a"),
      .text = "t.yaml:3: amd.upstreams.client_certificate_file: needs client_key_file" },
    { "a key without its certificate",
      UPSTREAM("client_key_file: /k, vlek_url: https://a"),
      .text = "t.yaml:3: amd.upstreams.client_key_file: needs client_certificate_file" },
    { "a certificate that is shown nowhere",
      UPSTREAM("client_certificate_file: /c, client_key_file: /k"),
      .text = "t.yaml:3: amd.upstreams.client_certificate_file: needs vlek_url beside" },
    { "a name twice",
      "amd:\n  upstreams:\n  - {name: a, kind: kds, url: https://a}\n"
      "  - {name: a, kind: thim, url: https://b}\n",
      .text = "t.yaml:4: amd.upstreams.name: \"a\" is the name of an upstream above" },
    { "the name of one of Intel's",
      "amd:\n  upstreams:\n  - {name: b, kind: kds, url: https://a}\n"
      "  - {name: intel, kind: thim, url: https://b}\n",
      .text = "t.yaml:4: amd.upstreams.name: \"intel\" is the name of an upstream of "
              "intel" },
    { "AMD's default name for one of Intel's",
      "intel:\n  upstreams:\n  - {name: amd, kind: pcs, url: https://a}\n",
      .text = "t.yaml:3: intel.upstreams.name: \"amd\" is the name of an upstream of "
              "amd" },

    { "a product nobody knows", "amd:\n  products: [Milan, Rome]\n",
      .text = "t.yaml:2: amd.products: \"Rome\" is none of Milan, Genoa, Turin" },
    { "a product in lower case", "amd:\n  products:\n  - Genoa\n  - milan\n",
      .text = "t.yaml:4: amd.products: \"milan\" is none of Milan, Genoa, Turin" },
    { "a product that counts as another", "amd:\n  products: [Siena]\n",
      .text = "t.yaml:2: amd.products: AMD serves \"Siena\" as Genoa: write that" },
    { "a product twice", "amd:\n  products: [Turin, Milan, Turin]\n",
      .text = "t.yaml:2: amd.products: Turin stands there a second time" },
    { "no product", "amd:\n  products: []\n",
      .text = "t.yaml:2: amd.products: has no product in it; leave the key out" },
    { "a product that is no list", "amd:\n  products: Milan\n",
      .text = "t.yaml:2: amd.products: is a value; expected a list of products" },

    { "a choice that is none", "amd:\n  crl: never\n",
      .text = "t.yaml:2: amd.crl: \"never\" is none of required, optional" },
    { "another choice that is none", "amd:\n  unknown_chips: ask\n",
      .text = "t.yaml:2: amd.unknown_chips: \"ask\" is none of fetch, refuse" },
    { "more than everything", "amd:\n  unknown_share_percent: 101\n",
      .text = "t.yaml:2: amd.unknown_share_percent: 101 is outside of 1 to 100" },
    { "less than one a minute", "amd:\n  unknown_per_minute_per_address: 0\n",
      .text = "t.yaml:2: amd.unknown_per_minute_per_address: 0 is outside of 1 to" },
    { "CRLs looked at without pause", "amd:\n  crl_refresh_s: 599\n",
      .text = "t.yaml:2: amd.crl_refresh_s: 599 is outside of 600 to 604800" },
    { "chains looked at too seldom", "amd:\n  chain_refresh_s: 604801\n",
      .text = "t.yaml:2: amd.chain_refresh_s: 604801 is outside of 600 to 604800" },
    { "a host looked at without pause", "amd:\n  host:\n    refresh_s: 59\n",
      .text = "t.yaml:3: amd.host.refresh_s: 59 is outside of 60 to 604800" },

    { "a source that is none", "amd:\n  host:\n    source: kds\n",
      .text = "t.yaml:3: amd.host.source: \"kds\" is none of none, named, report, "
              "machine" },
    { "named, without a product", HOST("    chip_id: 01\n    tcb_version: 1\n"),
      .text = "t.yaml:3: amd.host.source: named needs product beside it" },
    { "named, without a chip", HOST("    product: Turin\n    tcb_version: 1\n"),
      .text = "t.yaml:3: amd.host.source: named needs chip_id beside it" },
    { "named, without a TCB", HOST("    product: Turin\n    chip_id: " TURIN_ID "\n"),
      .text = "t.yaml:3: amd.host.source: named needs tcb_version beside it" },
    { "a report, without its file", "amd:\n  host:\n    source: report\n",
      .text = "t.yaml:3: amd.host.source: report needs report_file beside it" },
    { "a chip that is named for nothing", "amd:\n  host:\n    chip_id: 01\n",
      .text = "t.yaml:3: amd.host.chip_id: needs source: named beside it" },
    { "a report that nobody reads",
      "amd:\n  host:\n    report_file: /r\n    source: machine\n",
      .text = "t.yaml:3: amd.host.report_file: needs source: report beside it" },
    { "a report's file without a beginning", "amd:\n  host:\n    report_file: r\n",
      .text = "t.yaml:3: amd.host.report_file: \"r\" does not begin with \"/\"" },
    { "a chip id of another product",
      HOST("    product: Turin\n    tcb_version: 1\n    chip_id: " MILAN_ID "\n"),
      .text = "t.yaml:6: amd.host.chip_id: chip id with more than zeros behind the 8" },
    { "a chip id too short",
      HOST("    product: Milan\n    chip_id: " TURIN_ID "\n    tcb_version: 1\n"),
      .text = "t.yaml:5: amd.host.chip_id: chip id of 8 bytes, Milan has 64" },
    { "a chip id a digit short",
      HOST("    product: Turin\n    chip_id: 0123456789abcde\n    tcb_version: 1\n"),
      .text = "t.yaml:5: amd.host.chip_id: \"0123456789abcde\" is not 16 hex digits" },
    { "a chip id that is no hex",
      HOST("    product: Turin\n    chip_id: 0123456789abcdeg\n    tcb_version: 1\n"),
      .text = "t.yaml:5: amd.host.chip_id: \"0123456789abcdeg\" is not 16 hex digits" },
    { "a chip id of a digit too many",
      HOST("    product: Milan\n    chip_id: " MILAN_ID "0\n    tcb_version: 1\n"),
      .text = "t.yaml:5: amd.host.chip_id: is 129 bytes long, expected 1 to 128",
      .kind = ERROR_LIMIT },
    { "a chip id that the host masks",
      HOST("    product: Turin\n    chip_id: '0000000000000000'\n    tcb_version: 1\n"),
      .text = "t.yaml:5: amd.host.chip_id: chip id of zeros only: the host masks it" },
    { "a TCB of another product",
      HOST("    product: Milan\n    chip_id: " MILAN_ID "\n    tcb_version: 10000\n"),
      .text = "t.yaml:6: amd.host.tcb_version: TCB_VERSION 0000000000010000: byte 2 is "
              "not used by Milan" },
    { "a TCB that is no hex",
      HOST("    product: Turin\n    chip_id: " TURIN_ID "\n    tcb_version: 0x1\n"),
      .text = "t.yaml:6: amd.host.tcb_version: \"0x1\" is not 1 to 16 hex digits" },
    { "a TCB of 17 digits",
      HOST("    product: Turin\n    chip_id: " TURIN_ID
           "\n    tcb_version: 00000000000000001\n"),
      .text = "t.yaml:6: amd.host.tcb_version: is 17 bytes long, expected 1 to 16",
      .kind = ERROR_LIMIT },
    { "a host whose product is not kept",
      "amd:\n  products: [Milan]\n  host:\n    source: named\n    product: Turin\n"
      "    chip_id: " TURIN_ID "\n    tcb_version: 1\n",
      .text = "t.yaml:5: amd.host.product: Turin is not in amd.products" },
};

static void every_bad_file_is_refused_with_line_key_and_reason(void **state)
{
    (void)state;
    assert_refusals(refused, COUNT_OF(refused));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_fills_its_field),
        cmocka_unit_test(upstreams_keep_their_order_and_have_their_kinds_pace),
        cmocka_unit_test(offline_asks_nobody_of_amds_who_is_not_written),
        cmocka_unit_test(a_host_is_named_in_its_products_own_layout),
        cmocka_unit_test(a_product_is_written_as_amd_spells_it),
        cmocka_unit_test(every_bad_file_is_refused_with_line_key_and_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
