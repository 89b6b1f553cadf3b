/* SPDX-License-Identifier: Apache-2.0 */
/* What a PCCS's configuration becomes. */
#include "thim/pccs_config.h"

#include <stdio.h>

#include "config/config.h"
#include "kit/test.h"

#define YAML_MAX (64 * 1024)
#define DIGITS_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH_A DIGITS_64 DIGITS_64
#define HASH_B \
    DIGITS_64 "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* ---- comments ------------------------------------------------------------------- */

static void comments_become_spaces_and_texts_stay(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        { "{} // x\n1", "{}     \n1" },
        { "{} /* x\ny */1", "{}     \n    1" },
        { "1/**/2", "1    2" },
        { "1/*/2", "1    " }, /* the star that opens does not close */
        { "1/*/*/2", "1     2" },
        { "1/***/2", "1     2" },
        { "1/* // */2", "1        2" },
        { "1// /* \n2", "1      \n2" },
        { "\"a//b\"", "\"a//b\"" },
        { "\"a/*b*/\"", "\"a/*b*/\"" },
        { "\"a\\\"//b\"//c", "\"a\\\"//b\"   " },
        { "\"a\\\\\"//b", "\"a\\\\\"   " },
        { "1/2", "1/2" },
        { "/", "/" },
        { "\"\\", "\"\\" },
        { "/*", "  " },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text;
        buf_init(&text, YAML_MAX);
        buf_add_text(&text, cases[i].from);
        pccs_config_strip(&text);
        assert_string_equal(buf_text(&text), cases[i].to);
        buf_fini(&text);
    }
}

static bool read_text(const char *json, json_t *into, struct error *err)
{
    struct buf text;

    buf_init(&text, YAML_MAX);
    buf_add_text(&text, json);
    bool well = pccs_config_read(&text, "p.json", into, err);
    buf_fini(&text);
    return well;
}

static void what_is_no_json_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *json, *why;
    } cases[] = {
        { "{\n// x\n\"a\": }", "p.json:3: " },
        { "{\"a\": 1, \"a\": 2}", "p.json:1: duplicate object key" },
        { "[]", "p.json: is no JSON object" },
        { "{} x", "p.json:1: end of file expected" },
        { "{ /* }", "p.json:1: " },
        { "", "p.json:1: " },
    };
    json_t *into = json_object();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        assert_false(read_text(cases[i].json, into, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
    json_decref(into);
}

/* ---- the translation ------------------------------------------------------------ */

struct outcome {
    struct buf yaml;
    struct config config; /* as the YAML is read */
    char api_key[SECRET_ROOM];
    struct error err;
};

static bool translate(const char *json, const char *api_key_file, struct outcome *out)
{
    json_t *from = json_object();

    *out = (struct outcome){ 0 };
    buf_init(&out->yaml, YAML_MAX);
    assert_ok(read_text(json, from, &out->err), out->err);
    bool well =
        pccs_config_translate(from, api_key_file, &out->yaml, out->api_key, &out->err);
    json_decref(from);
    if (well)
        assert_ok(config_parse(buf_bytes(&out->yaml), "t.yaml", &out->config, &out->err),
                  out->err);
    return well;
}

static void outcome_fini(struct outcome *out)
{
    config_fini(&out->config);
    buf_fini(&out->yaml);
}

static void a_pccs_configuration_becomes_one_of_ours(void **state)
{
    static const char json[] =
        "{ \"HTTPS_PORT\": 8443, \"hosts\": \"::\", // all\n"
        "  \"uri\": \"https://pcs.example/base/sgx/certification/v4/\",\n"
        "  \"ApiKey\": \"0123hush\", \"proxy\": \"http://proxy.example:3128\",\n"
        "  \"UserTokenHash\": \"" HASH_A "\", \"AdminTokenHash\": \"" HASH_B "\",\n"
        "  \"CachingFillMode\": \"OFFLINE\", \"LogLevel\": \"verbose\",\n"
        "  \"RefreshSchedule\": \"0 0 1 * * *\", \"mysql\": {\"password\": \"hush\"},\n"
        "  \"x\\ny: z\": 1 }";
    struct outcome out;

    (void)state;
    assert_ok(translate(json, NULL, &out), out.err);
    const struct config *c = &out.config;
    assert_int_equal(c->listener_count, 1);
    assert_string_equal(c->listeners[0].address, "::");
    assert_int_equal(c->listeners[0].port, 8443);
    assert_true(c->listeners[0].tls);
    assert_string_equal(c->log_level, "debug");
    assert_int_equal(c->intel.upstream_count, 1);
    assert_int_equal(c->intel.upstreams[0].kind, UPSTREAM_PCS);
    assert_string_equal(c->intel.upstreams[0].url, "https://pcs.example/base");
    assert_string_equal(c->intel.upstreams[0].proxy, "http://proxy.example:3128");
    assert_null(c->intel.upstreams[0].api_key_file);
    assert_int_equal(c->intel.fill, FILL_OFFLINE);
    assert_int_equal(c->token_count, 2);
    assert_int_equal(c->tokens[0].role, ROLE_REGISTRAR);
    assert_int_equal(c->tokens[0].sha512[32], 0x01);
    assert_int_equal(c->tokens[1].role, ROLE_ADMIN);
    assert_int_equal(c->tokens[1].sha512[32], 0x11);
    const char *yaml = buf_text(&out.yaml);
    assert_non_null(strstr(yaml, "# RefreshSchedule is not taken: THIM looks again"));
    assert_non_null(strstr(yaml, "# mysql is not taken: "));
    assert_non_null(strstr(yaml, "# x\\x0ay: z is not taken: PCCS knows no such key"));
    assert_non_null(strstr(yaml, "#api_key_file: "));
    assert_null(strstr(yaml, "hush"));
    outcome_fini(&out);
}

static void what_pccs_leaves_out_is_its_default(void **state)
{
    struct outcome out;

    (void)state;
    assert_ok(translate("{}", "/key", &out), out.err);
    assert_string_equal(out.config.listeners[0].address, "127.0.0.1");
    assert_int_equal(out.config.listeners[0].port, 8081);
    assert_string_equal(out.config.intel.upstreams[0].url,
                        "https://api.trustedservices.intel.com");
    assert_null(out.config.intel.upstreams[0].api_key_file);
    assert_string_equal(out.api_key, "");
    assert_int_equal(out.config.intel.fill, FILL_LAZY);
    assert_int_equal(out.config.token_count, 0);
    assert_null(strstr(buf_text(&out.yaml), "not taken"));
    outcome_fini(&out);
}

static void a_later_file_overrides_an_earlier_one(void **state)
{
    json_t *into = json_object();
    struct error err = { 0 };

    (void)state;
    assert_ok(read_text("{\"a\": 1, \"b\": 1}", into, &err), err);
    assert_ok(read_text("{\"b\": 2}", into, &err), err);
    assert_int_equal(json_integer_value(json_object_get(into, "a")), 1);
    assert_int_equal(json_integer_value(json_object_get(into, "b")), 2);
    json_decref(into);
}

static void what_cannot_be_taken_is_said_and_not_shown(void **state)
{
    static const struct {
        const char *json, *said;
    } cases[] = {
        { "{\"hosts\": \"hush.example\"}", "hosts is not taken" },
        { "{\"hosts\": [1]}", "hosts is not taken" },
        { "{\"HTTPS_PORT\": 65536}", "HTTPS_PORT is not taken" },
        { "{\"HTTPS_PORT\": \"hush\"}", "HTTPS_PORT is not taken" },
        { "{\"uri\": \"https://pcs.example/hush\"}", "uri is not taken" },
        { "{\"uri\": \"http://hush.example/sgx/certification/v4/\"}",
          "uri is not taken" },
        { "{\"uri\": \"https://a\\\"hush/sgx/certification/v4/\"}", "uri is not taken" },
        { "{\"proxy\": \"http://me:hush@proxy.example:1\"}", "proxy is not taken" },
        { "{\"proxy\": \"http://proxy.example/hush\"}", "proxy is not taken" },
        { "{\"UserTokenHash\": \"hush\"}", "UserTokenHash is not taken" },
        { "{\"AdminTokenHash\": 5}", "AdminTokenHash is not taken" },
        { "{\"CachingFillMode\": \"hush\"}", "CachingFillMode is not taken" },
        { "{\"LogLevel\": \"hush\"}", "LogLevel is not taken" },
        { "{\"UserTokenHash\": \"" HASH_A "\", \"AdminTokenHash\": \"" HASH_A "\"}",
          "one token, for both" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct outcome out;
        if (!translate(cases[i].json, NULL, &out))
            fail_msg("%s: %s", cases[i].json, out.err.text);
        if (strstr(buf_text(&out.yaml), cases[i].said) == NULL
            || strstr(buf_text(&out.yaml), "hush") != NULL)
            fail_msg("%s: %s", cases[i].json, buf_text(&out.yaml));
        outcome_fini(&out);
    }
}

static void the_api_key_goes_where_it_is_told(void **state)
{
    struct outcome out;

    (void)state;
    assert_ok(translate("{\"ApiKey\": \"hush\"}", "/etc/thim/pcs.key", &out), out.err);
    assert_string_equal(out.api_key, "hush");
    assert_string_equal(out.config.intel.upstreams[0].api_key_file, "/etc/thim/pcs.key");
    assert_null(strstr(buf_text(&out.yaml), "hush"));
    outcome_fini(&out);

    static const char *const paths[] = { "pcs.key", "/a\"b", "/a\nb", "" };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_false(translate("{\"ApiKey\": \"hush\"}", paths[i], &out));
        assert_refused(out.err, ERROR_FORMAT, "is no absolute path in plain characters");
        buf_fini(&out.yaml);
    }
    assert_false(translate("{\"ApiKey\": 5}", "/k", &out));
    assert_refused(out.err, ERROR_FORMAT, "ApiKey is no text");
    buf_fini(&out.yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_become_spaces_and_texts_stay),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_line),
        cmocka_unit_test(a_pccs_configuration_becomes_one_of_ours),
        cmocka_unit_test(what_pccs_leaves_out_is_its_default),
        cmocka_unit_test(a_later_file_overrides_an_earlier_one),
        cmocka_unit_test(what_cannot_be_taken_is_said_and_not_shown),
        cmocka_unit_test(the_api_key_goes_where_it_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
