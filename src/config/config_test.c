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
#define SPKI_MILAN "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9"
#define SPKI_GENOA "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831"
#define SPKI_TURIN "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08"
#define UPSTREAM_A "intel:\n  upstreams:\n  - name: a\n    kind: pcs\n    url: "

static bool parse(const char *yaml, struct config *out, struct error *err)
{
    return config_parse(bytes_of_text(yaml), "t.yaml", out, err);
}

/* ---- what is refused, and in which words ---------------------------------------- */

static const struct {
    const char *claim, *yaml, *text;
    enum error_kind kind; /* 0: ERROR_FORMAT */
} refused[] = {
    { "a misspelt key: the one that was meant", "# comment\nlistners: []\n",
      .text = "t.yaml:2: unknown key \"listners\", did you mean \"listen\"?" },
    { "in a section, the section is named", "limits:\n  waiter: 5\n",
      .text = "t.yaml:2: unknown key \"waiter\" in limits, did you mean \"waiters\"?" },
    { "a dash for an underscore", "state-directory: /x\n",
      .text = "t.yaml:1: unknown key \"state-directory\", did you mean "
              "\"state_directory\"?" },
    { "a key under no section", "waiters: 5\n",
      .text = "t.yaml:1: unknown key \"waiters\", did you mean \"limits.waiters\"?" },
    { "a key under the wrong section", "limits:\n  fmspcs: all\n",
      .text =
          "t.yaml:2: unknown key \"fmspcs\" in limits, did you mean \"intel.fmspcs\"?" },
    { "a key of the top in a section", "compat:\n  log_level: info\n",
      .text =
          "t.yaml:2: unknown key \"log_level\" in compat, it stands at the left margin, "
          "outside of sections" },
    { "nothing like it: what is known", "compat:\n  zzzzzz: 1\n",
      .text = "t.yaml:2: unknown key \"zzzzzz\" in compat, known here: v3, bare_crl" },
    { "an empty key", "compat:\n  \"\": 1\n",
      .text = "t.yaml:2: unknown key \"\" in compat, known here: v3, bare_crl" },
    { "a key from outside is escaped", "\"\xc3\xa9\": 1\n",
      .text =
          "t.yaml:1: unknown key \"\\xc3\\xa9\", known here: listen, state_directory, " },
    { "in a list's item", "listen:\n- address: 127.0.0.1\n  prt: 1\n",
      .text = "t.yaml:3: unknown key \"prt\" in listen, did you mean \"port\"?" },
    { "a key of a later issue", "intel:\n  upstreams:\n  - api_key_file: /x\n",
      .text =
          "t.yaml:3: unknown key \"api_key_file\" in intel.upstreams, known here: name" },

    { "a key twice", "limits:\n  waiters: 5\n  drain_ms: 1\n  waiters: 5\n",
      .text = "t.yaml:4: limits.waiters: a second time; it stands on line 2 already" },
    { "a section twice", "limits:\n  waiters: 5\nlimits:\n  drain_ms: 1\n",
      .text = "t.yaml:3: limits: a second time; it stands on line 1 already" },
    { "the same key quoted", "log_level: info\n\"log_level\": info\n",
      .text = "t.yaml:2: log_level: a second time; it stands on line 1 already" },

    { "text for a number", "limits:\n  waiters: many\n",
      .text = "t.yaml:2: limits.waiters: \"many\" is not a whole number" },
    { "a quoted number", "limits:\n  waiters: \"5\"\n",
      .text = "t.yaml:2: limits.waiters: \"5\" is not a whole number" },
    { "a sign", "limits:\n  waiters: -5\n",
      .text = "t.yaml:2: limits.waiters: \"-5\" is not a whole number" },
    { "a fraction", "limits:\n  waiters: 5.0\n",
      .text = "t.yaml:2: limits.waiters: \"5.0\" is not a whole number" },
    { "octal", "limits:\n  waiters: 010\n",
      .text = "t.yaml:2: limits.waiters: \"010\" is not a whole number" },
    { "hexadecimal", "limits:\n  waiters: 0x10\n",
      .text = "t.yaml:2: limits.waiters: \"0x10\" is not a whole number" },
    { "more than 64 bits", "limits:\n  waiters: 18446744073709551617\n",
      .text =
          "t.yaml:2: limits.waiters: \"18446744073709551617\" is not a whole number" },
    { "one below the range", "limits:\n  max_age_s: 0\n",
      .text = "t.yaml:2: limits.max_age_s: 0 is outside of 1 to 86400" },
    { "one above the range", "limits:\n  max_age_s: 86401\n",
      .text = "t.yaml:2: limits.max_age_s: 86401 is outside of 1 to 86400" },
    { "a port that wraps", "listen:\n- address: ::1\n  port: 65536\n",
      .text = "t.yaml:3: listen.port: 65536 is outside of 0 to 65535" },
    { "YAML's other words for true", "trust:\n  unsafe: yes\n",
      .text = "t.yaml:2: trust.unsafe: \"yes\" is neither true nor false" },
    { "true in quotes", "trust:\n  unsafe: 'true'\n",
      .text = "t.yaml:2: trust.unsafe: \"true\" is neither true nor false" },
    { "a word that is none of the choices", "compat:\n  v3: never\n",
      .text = "t.yaml:2: compat.v3: \"never\" is none of serve, gone" },
    { "a log level nobody knows", "log_level: loud\n",
      .text = "t.yaml:1: log_level: \"loud\" is none of debug, info, warning, error, "
              "silent" },
    { "no value", "limits:\n  waiters:\n  drain_ms: 1\n",
      .text = "t.yaml:2: limits.waiters: has no value; expected a number (without the "
              "key: the "
              "default)" },
    { "null", "state_directory: null\n",
      .text = "t.yaml:1: state_directory: has no value; expected a path" },
    { "a tilde", "state_directory: ~\n",
      .text = "t.yaml:1: state_directory: has no value; expected a path" },
    { "a list for a number", "limits:\n  waiters: [1]\n",
      .text = "t.yaml:2: limits.waiters: is a list; expected a number" },
    { "a value for a section", "limits: 5\n",
      .text = "t.yaml:1: limits: is a value; expected keys with values" },
    { "nothing for a section", "limits:\n",
      .text = "t.yaml:1: limits: is a value; expected keys with values" },
    { "a mapping for a list", "listen:\n  address: 127.0.0.1\n",
      .text =
          "t.yaml:2: listen: is a mapping; expected a list, each item begun by \"- \"" },
    { "a list for the whole", "- listen\n",
      .text = "t.yaml:1: is a list; expected keys with values" },
    { "a word for the whole", "listen\n",
      .text = "t.yaml:1: is a value; expected keys with values" },
    { "a path without a beginning", "state_directory: var/lib\n",
      .text = "t.yaml:1: state_directory: \"var/lib\" does not begin with \"/\"" },
    { "an empty path", "state_directory: \"\"\n",
      .text = "t.yaml:1: state_directory: \"\" does not begin with \"/\"" },
    { "the root directory", "state_directory: /\n",
      .text = "t.yaml:1: state_directory: is 1 bytes long, expected 2 to 4000",
      .kind = ERROR_LIMIT },
    { "a NUL in a path", "state_directory: \"/a\\0b\"\n",
      .text = "t.yaml:1: a line break or control character in a value" },
    { "a socket's path that no socket can have",
      "admin_socket: /23456789012345678901234567890123456789012345678901234567890123456"
      "789012345678901234567890123456789012345678\n",
      .text = "t.yaml:1: admin_socket: is 108 bytes long, expected 2 to 107",
      .kind = ERROR_LIMIT },

    { "no listener at all", "\nlisten: []\n",
      .text = "t.yaml:2: listen: has 0 items, expected 1 to 16", .kind = ERROR_LIMIT },
    { "a listener without a port", "listen:\n- address: ::1\n",
      .text = "t.yaml:2: listen: lacks the key \"port\"" },
    { "a listener's name instead of its address",
      "listen:\n- address: localhost\n  port: 1\n",
      .text = "t.yaml:2: listen.address: \"localhost\" is not a numeric address" },
    { "a short form of an address", "listen:\n- address: 127.1\n  port: 1\n",
      .text = "t.yaml:2: listen.address: \"127.1\" is not a numeric address" },
    { "a certificate without its key",
      "listen:\n- address: ::1\n  port: 1\n  tls: true\n  certificate_file: /c\n",
      .text = "t.yaml:2: listen.certificate_file: needs key_file beside it" },
    { "a key without its certificate",
      "listen:\n- address: ::1\n  port: 1\n  tls: true\n  key_file: /c\n",
      .text = "t.yaml:2: listen.key_file: needs certificate_file beside it" },
    { "a certificate on a plain listener",
      "listen:\n- address: ::1\n  port: 1\n  certificate_file: /c\n  key_file: /k\n",
      .text = "t.yaml:2: listen.certificate_file: needs tls: true beside it" },
    { "two listeners on one port",
      "listen:\n- {address: 127.0.0.1, port: 1}\n- {address: 127.0.0.1, port: 1}\n",
      .text = "t.yaml:3: listen.address: 127.0.0.1 port 1 is taken by the listener on "
              "127.0.0.1" },
    { "one listener within another",
      "listen:\n- {address: 0.0.0.0, port: 1}\n- {address: 127.0.0.1, port: 1}\n",
      .text = "t.yaml:3: listen.address: 127.0.0.1 port 1 is taken by the listener on "
              "0.0.0.0" },
    { "the same address in two spellings",
      "listen:\n- {address: \"::1\", port: 1}\n- {address: \"[0::1]\", port: 1}\n",
      .text = "t.yaml:3: listen.address: 0::1 port 1 is taken by the listener on ::1" },

    { "plain http beyond loopback", UPSTREAM_A "http://pccs.example\n",
      .text =
          "t.yaml:5: intel.upstreams.url: \"http://pccs.example\" is plain http beyond "
          "loopback: only https goes there" },
    { "what only begins like loopback", UPSTREAM_A "http://127.0.0.1.example\n",
      .text = "t.yaml:5: intel.upstreams.url: \"http://127.0.0.1.example\" is plain http "
              "beyond "
              "loopback: only https goes there" },
    { "a user in a URL", UPSTREAM_A "https://u@example\n",
      .text = "t.yaml:5: intel.upstreams.url: \"https://u@example\" names a user (@): "
              "not in a "
              "URL" },
    { "a slash at the end", UPSTREAM_A "https://pccs.example/\n",
      .text = "t.yaml:5: intel.upstreams.url: \"https://pccs.example/\" ends in \"/\": "
              "leave it "
              "out" },
    { "the URL as Intel's client configuration has it",
      UPSTREAM_A "https://localhost:8081/sgx/certification/v4/\n",
      .text = "t.yaml:5: intel.upstreams.url: give only what stands before "
              "/sgx/certification" },
    { "a root CRL's URL over plain http",
      UPSTREAM_A "https://a.example\n    root_crl_url: http://a.example/r.der\n",
      .text =
          "t.yaml:6: intel.upstreams.root_crl_url: \"http://a.example/r.der\" is plain "
          "http" },
    { "a root CRL's URL that names no file",
      UPSTREAM_A "https://a.example\n    root_crl_url: https://a.example\n",
      .text =
          "t.yaml:6: intel.upstreams.root_crl_url: \"https://a.example\" names no file" },
    { "a proxy with a path", UPSTREAM_A "https://a.example\n    proxy: http://p:1/x\n",
      .text = "t.yaml:6: intel.upstreams.proxy: \"http://p:1/x\" has a path; expected "
              "scheme" },
    { "an upstream by socks", UPSTREAM_A "socks5h://a.example\n",
      .text = "t.yaml:5: intel.upstreams.url: \"socks5h://a.example\" is no https URL" },
    { "an upstream's name of two words",
      "intel:\n  upstreams:\n  - name: a b\n    kind: pcs\n    url: https://a\n",
      .text = "t.yaml:3: intel.upstreams.name: \"a b\" has more in it than letters" },
    { "an upstream of no kind", "intel:\n  upstreams:\n  - name: a\n    url: https://a\n",
      .text = "t.yaml:3: intel.upstreams: lacks the key \"kind\"" },
    { "two upstreams of one name",
      UPSTREAM_A "https://a\n  - name: a\n    kind: thim\n    url: https://b\n",
      .text = "t.yaml:6: intel.upstreams.name: \"a\" is the name of an upstream above" },
    { "more time to connect than in all",
      UPSTREAM_A "https://a\n    connect_ms: 200\n    total_ms: 199\n",
      .text = "t.yaml:3: intel.upstreams.connect_ms: 200 is more than total_ms, 199" },
    { "an FMSPC of eleven digits", "intel:\n  fmspcs: [30606a000000, 30606a00000]\n",
      .text = "t.yaml:2: intel.fmspcs: \"30606a00000\" is not an FMSPC, 12 hex digits" },
    { "an FMSPC twice", "intel:\n  fmspcs:\n  - 30606a000000\n  - 30606A000000\n",
      .text = "t.yaml:4: intel.fmspcs: 30606A000000 stands there a second time" },
    { "an FMSPC outside of a list", "intel:\n  fmspcs: 30606a000000\n",
      .text = "t.yaml:2: intel.fmspcs: \"30606a000000\" is none of on_demand, all" },
    { "no FMSPC at all", "intel:\n  fmspcs: []\n",
      .text = "t.yaml:2: intel.fmspcs: has 0 items, expected 1 to 4096",
      .kind = ERROR_LIMIT },
    { "looking again within ten minutes", "intel:\n  refresh_s: 599\n",
      .text = "t.yaml:2: intel.refresh_s: 599 is outside of 600 to 604800" },

    { "an extra root without a reason",
      "trust:\n  extra_roots:\n  - spki_sha256: " SPKI_A "\n    name: n\n    by: b\n",
      .text = "t.yaml:3: trust.extra_roots: lacks the key \"why\"" },
    { "a root named twice over",
      "trust:\n  test_roots:\n  - spki_sha256: " SPKI_A "\n    certificate_file: /c\n",
      .text = "t.yaml:3: trust.test_roots: needs one of spki_sha256 and" },
    { "a root not named at all", "trust:\n  test_roots:\n  - name: n\n",
      .text = "t.yaml:3: trust.test_roots: needs one of spki_sha256 and" },
    { "a digest without a name", "trust:\n  test_roots:\n  - spki_sha256: " SPKI_A "\n",
      .text = "t.yaml:3: trust.test_roots: lacks the key \"name\"" },
    { "a name for a certificate that has one",
      "trust:\n  test_roots:\n  - certificate_file: /c\n    name: n\n",
      .text = "t.yaml:3: trust.test_roots: has its name from the certificate" },
    { "a test root's file, not opened yet, with a listener beyond loopback",
      "listen: [{address: \"::\", port: 1}]\ntrust:\n  test_roots:\n"
      "  - certificate_file: /c\n",
      .text = "t.yaml:1: listen.address: :: is beyond loopback, and trust.test_roots" },
    { "a root's digest with a digit short",
      "trust:\n  test_roots:\n  - name: n\n    spki_sha256: 11\n",
      .text = "t.yaml:4: trust.test_roots.spki_sha256: \"11\" is not 64 hex digits" },
    { "a test root with the pinned key",
      "trust:\n  test_roots:\n  - name: n\n    spki_sha256: " SPKI_INTEL "\n",
      .text = "t.yaml:3: trust.test_roots: " SPKI_INTEL " is trusted already" },
    { "the same root as extra and as test root",
      "trust:\n  extra_roots:\n  - {spki_sha256: " SPKI_A ", name: n, why: w, by: b}\n"
      "  test_roots:\n  - {spki_sha256: " SPKI_A ", name: n}\n",
      .text = "t.yaml:5: trust.test_roots: " SPKI_A " is trusted already" },
    { "distrust of a key that nobody trusts",
      "trust:\n  distrust:\n  - spki_sha256: " SPKI_A "\n",
      .text = "t.yaml:3: trust.distrust: " SPKI_A " is not trusted anyway" },
    { "distrust of every key",
      "trust:\n  distrust:\n  - spki_sha256: " SPKI_INTEL "\n  - spki_sha256: " SPKI_MILAN
      "\n  - spki_sha256: " SPKI_GENOA "\n  - spki_sha256: " SPKI_TURIN "\n",
      .text = "t.yaml:2: trust.distrust: leaves no root to believe" },
    { "test roots with a listener beyond loopback",
      "listen:\n- {address: 127.0.0.1, port: 1}\n- {address: 0.0.0.0, port: 2}\n"
      "trust:\n  test_roots:\n  - {spki_sha256: " SPKI_A ", name: n}\n",
      .text = "t.yaml:3: listen.address: 0.0.0.0 is beyond loopback, and "
              "trust.test_roots are "
              "set: that needs trust.unsafe: true" },

    { "a part larger than the whole", "limits:\n  per_address: 5000\n",
      .text =
          "t.yaml:2: limits.per_address: 5000 is more than limits.connections, 4096" },
    { "a whole smaller than the default part", "limits:\n  connections: 1999\n",
      .text = "t.yaml:2: limits.waiters: 2000 is more than limits.connections, 1999" },
    { "one address allowed more than all",
      "limits:\n  upstream_per_minute_per_address: 9\n  upstream_per_minute: 8\n",
      .text = "t.yaml:2: limits.upstream_per_minute_per_address: 9 is more than "
              "limits.upstream_per_minute, 8" },
};

static void every_bad_file_is_refused_with_line_key_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        enum error_kind kind = refused[i].kind != 0 ? refused[i].kind : ERROR_FORMAT;
        struct error err = { 0 };
        struct config config;
        if (parse(refused[i].yaml, &config, &err))
            fail_msg("%s: accepted", refused[i].claim);
        if (err.kind != kind
            || strncmp(err.text, refused[i].text, strlen(refused[i].text)) != 0)
            fail_msg("%s: %s \"%s\", expected %s \"%s\"", refused[i].claim,
                     error_kind_name(err.kind), err.text, error_kind_name(kind),
                     refused[i].text);
    }
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
    }
}

static void assert_same(const struct config *a, const struct config *b)
{
    assert_same_listeners(a, b);
    assert_same_upstreams(a, b);
    assert_string_equal(a->state_directory, b->state_directory);
    assert_string_equal(a->admin_socket, b->admin_socket);
    assert_string_equal(a->log_level, b->log_level);
    assert_int_equal(a->intel.fmspc_choice, b->intel.fmspc_choice);
    assert_int_equal(a->intel.fmspc_count, b->intel.fmspc_count);
    assert_int_equal(a->intel.crl_refresh_s, b->intel.crl_refresh_s);
    assert_int_equal(a->intel.refresh_s, b->intel.refresh_s);
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

static void the_examples_in_the_example_work_too(void **state)
{
    struct buf text = example(), full = with_examples(buf_bytes(&text));
    struct error err = { 0 };
    struct config config;

    (void)state;
    /* test roots, and a listener on all addresses: the guard speaks up */
    assert_false(config_parse(buf_bytes(&full), "full.yaml", &config, &err));
    assert_refused(err, ERROR_FORMAT, "needs trust.unsafe: true");
    size_t at = bytes_find(buf_bytes(&full), bytes_of_text("unsafe: false"));
    assert_in_range(at, 1, full.len);
    memcpy(full.at + at, "unsafe: true ", 13);
    assert_ok(config_parse(buf_bytes(&full), "full.yaml", &config, &err), err);
    assert_int_equal(config.listener_count, 2);
    assert_string_equal(config.listeners[1].address, "::");
    assert_true(config.listeners[1].tls);
    assert_string_equal(config.listeners[1].key_file, "/etc/thim/tls.key");
    assert_int_equal(config.intel.upstream_count, 2);
    assert_int_equal(config.intel.upstreams[1].kind, UPSTREAM_PCCS);
    assert_int_equal(config.intel.upstreams[1].total_ms, 30000);
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
                               "limits: {per_address: 1, connections: 5, waiters: 3,\n"
                               "  miss_wait_ms: 104, upstream_per_minute: 7,\n"
                               "  upstream_per_minute_per_address: 6, max_age_s: 8,\n"
                               "  drain_ms: 9}\n"
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
    assert_int_equal(c.limits.per_address, 1);
    assert_int_equal(c.limits.connections, 5);
    assert_int_equal(c.limits.waiters, 3);
    assert_int_equal(c.limits.miss_wait_ms, 104);
    assert_int_equal(c.limits.upstream_per_minute, 7);
    assert_int_equal(c.limits.upstream_per_minute_per_address, 6);
    assert_int_equal(c.limits.max_age_s, 8);
    assert_int_equal(c.limits.drain_ms, 9);
    assert_int_equal(c.compat.v3, COMPAT_V3_GONE);
    assert_int_equal(c.compat.bare_crl, CRL_FORM_DER);
    assert_int_equal(schema_line(c.places, "limits.drain_ms"), 13);
    assert_int_equal(schema_line(c.places, "limits"), 10);
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
        "    connect_ms: 100\n";
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse(yaml, &c, &err), err);
    assert_int_equal(c.intel.upstream_count, 2);
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
        cmocka_unit_test(every_bad_file_is_refused_with_line_key_and_reason),
        cmocka_unit_test(nothing_written_is_the_defaults),
        cmocka_unit_test(the_example_is_the_defaults),
        cmocka_unit_test(the_examples_in_the_example_work_too),
        cmocka_unit_test(every_key_fills_its_field),
        cmocka_unit_test(upstreams_keep_their_order_and_words),
        cmocka_unit_test(roots_come_and_go_by_their_lists),
        cmocka_unit_test(a_moved_clock_or_test_root_stays_on_loopback),
        cmocka_unit_test(a_file_has_a_size),
        cmocka_unit_test(a_missing_file_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
