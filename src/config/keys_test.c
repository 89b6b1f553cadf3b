/* SPDX-License-Identifier: Apache-2.0 */
/* Every key, and what may stand together: for each rule a file that breaks it, and the
 * exact words. */
#include "config/test_refusals.h"

#define SPKI_A "1111111111111111111111111111111111111111111111111111111111111111"
#define SPKI_INTEL "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e"
#define SPKI_MILAN "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9"
#define SPKI_GENOA "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831"
#define SPKI_TURIN "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08"
#define SHA512_A SPKI_A SPKI_INTEL
#define SHA512_B SPKI_INTEL SPKI_A
#define SCRYPT_A "14:8:1:11111111111111111111111111111111:" SPKI_A
#define TOKEN(name, role, sha512) \
    "tokens: [{name: " name ", role: " role ", sha512: " sha512 "}]\n"
#define UPSTREAM_A "intel:\n  upstreams:\n  - name: a\n    kind: pcs\n    url: "

static const struct refusal refused[] = {
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

    { "a word that is no way to fill", "intel:\n  fill: eager\n",
      .text = "t.yaml:2: intel.fill: \"eager\" is none of lazy, req, offline" },
    { "a word that is no relay", "intel:\n  registration_relay: on\n",
      .text = "t.yaml:2: intel.registration_relay: \"on\" is none of off, registrar, "
              "anyone" },
    { "a relay of one that asks nobody",
      "intel:\n  fill: offline\n  registration_relay: registrar\n",
      .text = "t.yaml:3: intel.registration_relay: hands on to Intel, and intel.fill is "
              "offline" },
    { "platforms looked at again within the hour", "intel:\n  platform_refresh_s: 3599\n",
      .text = "t.yaml:2: intel.platform_refresh_s: 3599 is outside of 3600 to 31536000" },
    { "no fetches at all", "intel:\n  platform_fetches_per_minute: 0\n",
      .text = "t.yaml:2: intel.platform_fetches_per_minute: 0 is outside of 1 to" },
    { "one key that is no list", "intel:\n  policy_keys: /k\n",
      .text = "t.yaml:2: intel.policy_keys: is a value; expected a list of paths" },
    { "a key that is no path", "intel:\n  policy_keys:\n  - /k\n  - k\n",
      .text = "t.yaml:4: intel.policy_keys: \"k\" does not begin with \"/\"" },
    { "a key too many",
      "intel:\n  policy_keys: [/1,/2,/3,/4,/5,/6,/7,/8,/9,/a,/b,/c,/d,/e,/f,/g,/h]\n",
      .text = "t.yaml:2: intel.policy_keys: has 17 items, expected at most 16",
      .kind = ERROR_LIMIT },
    { "a key that no PCCS asks for",
      "intel:\n  upstreams:\n  - {name: a, kind: pccs, url: https://a, api_key_file: "
      "/k}\n",
      .text = "t.yaml:3: intel.upstreams.api_key_file: is for kind pcs or thim" },

    { "a token without a hash", "tokens:\n- {name: a, role: host}\n",
      .text = "t.yaml:2: tokens: \"a\" needs one of sha512 and scrypt" },
    { "a token with both",
      "tokens:\n- name: a\n  role: host\n  sha512: " SHA512_A "\n  scrypt: " SCRYPT_A
      "\n",
      .text = "t.yaml:5: tokens.scrypt: a token has one of sha512 and scrypt, not both" },
    { "a token with both, the other way round",
      "tokens:\n- name: a\n  role: host\n  scrypt: " SCRYPT_A "\n  sha512: " SHA512_A
      "\n",
      .text = "t.yaml:5: tokens.sha512: a token has one of sha512 and scrypt, not both" },
    { "a token without a role", "tokens:\n- name: a\n  sha512: " SHA512_A "\n",
      .text = "t.yaml:2: tokens: lacks the key \"role\"" },
    { "a role that is none", TOKEN("a", "operator", SHA512_A),
      .text = "t.yaml:1: tokens.role: \"operator\" is none of host, reader, registrar, "
              "admin" },
    { "a name of two words", TOKEN("a b", "host", SHA512_A),
      .text = "t.yaml:1: tokens.name: \"a b\" has more in it than letters" },
    { "a hash a digit short", TOKEN("a", "host", SHA512_A "1"),
      .text = "t.yaml:1: tokens.sha512: is not 128 hex digits" },
    { "one token with two names",
      "tokens:\n- {name: a, role: host, sha512: " SHA512_A "}\n- {name: b, role: host, "
      "sha512: " SHA512_A "}\n",
      .text = "t.yaml:3: tokens: \"b\" has the hash of \"a\" above" },
    { "one scrypt with two names",
      "tokens:\n- {name: a, role: host, scrypt: \"" SCRYPT_A
      "\"}\n- {name: b, role: host, "
      "scrypt: \"" SCRYPT_A "\"}\n",
      .text = "t.yaml:3: tokens: \"b\" has the hash of \"a\" above" },
    { "a name with two roles",
      "tokens:\n- {name: a, role: host, sha512: " SHA512_A "}\n- {name: a, role: admin, "
      "sha512: " SHA512_B "}\n",
      .text = "t.yaml:3: tokens.role: \"a\" is admin here and host above" },
    { "a name three times",
      "tokens:\n- {name: a, role: host, sha512: " SHA512_A "}\n- {name: a, role: host, "
      "sha512: " SHA512_B "}\n- {name: a, role: host, scrypt: \"" SCRYPT_A "\"}\n",
      .text = "t.yaml:4: tokens.name: \"a\" a third time" },
    { "a listener that tells tokens to the network",
      "tokens: [{name: a, role: host, sha512: " SHA512_A "}]\n"
      "listen:\n- {address: 127.0.0.1, port: 1}\n"
      "- {address: \"::\", port: 2, tls: true}\n- {address: 192.0.2.1, port: 3}\n",
      .text = "t.yaml:5: listen.address: 192.0.2.1 is beyond loopback without tls, and" },

    { "a part larger than the whole", "limits:\n  per_address: 5000\n",
      .text =
          "t.yaml:2: limits.per_address: 5000 is more than limits.connections, 4096" },
    { "a whole smaller than the default part", "limits:\n  connections: 1999\n",
      .text = "t.yaml:2: limits.waiters: 2000 is more than limits.connections, 1999" },
    { "one address allowed more than all",
      "limits:\n  upstream_per_minute_per_address: 9\n  upstream_per_minute: 8\n",
      .text = "t.yaml:2: limits.upstream_per_minute_per_address: 9 is more than "
              "limits.upstream_per_minute, 8" },
    { "an address that may have more judged than all may", "verify:\n  per_minute: 599\n",
      .text = "t.yaml:2: verify.per_minute_per_address: 600 is more than "
              "verify.per_minute, 599" },
    { "whoever is neither a reader nor anyone", "verify:\n  access: host\n",
      .text = "t.yaml:2: verify.access: \"host\" is none of reader, anyone" },
    { "no room for even one", "verify:\n  max_in_flight: 0\n",
      .text = "t.yaml:2: verify.max_in_flight: 0 is outside of 1 to 100000" },
};

static void every_bad_file_is_refused_with_line_key_and_reason(void **state)
{
    (void)state;
    assert_refusals(refused, COUNT_OF(refused));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bad_file_is_refused_with_line_key_and_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
