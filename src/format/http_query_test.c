/* SPDX-License-Identifier: Apache-2.0 */
#include "format/http_query.h"

#include "format/test_vectors.h"
#include "kit/buf.h"
#include "kit/test.h"
#include "kit/text.h"

enum { ARENA_MAX = 64 * 1024 };

/* "name=value" of each parameter, joined by "; ", as decoded. */
static void describe(const struct http_target *target, struct buf *out)
{
    for (size_t i = 0; i < target->parameter_count; i++) {
        buf_add_text(out, i == 0 ? "" : "; ");
        buf_add(out, target->parameters[i].name);
        buf_add_text(out, "=");
        buf_add(out, target->parameters[i].value);
    }
}

static void a_target_is_its_path_and_its_parameters_decoded_once(void **state)
{
    static const struct {
        const char *raw, *path, *parameters;
    } cases[] = {
        { "/", "/", "" },
        { "/sgx/certification/v4/tcb?fmspc=50806F000000&update=early",
          "/sgx/certification/v4/tcb", "fmspc=50806F000000; update=early" },
        { "//a//b/", "//a//b/", "" },
        { "/a%20b/%c3%a9", "/a b/\xc3\xa9", "" },
        { "/a/...", "/a/...", "" },
        { "/a?", "/a", "" },
        { "/a?&&b=1&", "/a", "b=1" },
        { "/a?b", "/a", "b=" },
        { "/a?b=", "/a", "b=" },
        { "/a?b=c=d==", "/a", "b=c=d==" },
        { "/a?b=c%3Dd%26e", "/a", "b=c=d&e" },
        { "/a?%62=c", "/a", "b=c" },
        { "/a?b=a+b", "/a", "b=a+b" }, /* raw base64 has it */
        { "/a?b=a%2Bb", "/a", "b=a+b" },
        { "/a?b=%2525", "/a", "b=%25" }, /* once */
        { "/a?uri=https://h.test/p?ca=processor", "/a",
          "uri=https://h.test/p?ca=processor" },
        { "/a?uri=https%253a%252f%252fh.test", "/a", "uri=https%3a%2f%2fh.test" },
        { "/a?b=|{}^`\"'", "/a", "b=|{}^`\"'" },
        { "/a?b=[c,d]", "/a", "b=[c,d]" },
        { "/a?b=1&c=2&b=1", "/a", "b=1; c=2" },
        { "/a?b=1&B=%31", "/a", "b=1" },
        { "/a%3Fb=1", "/a?b=1", "" },
        { "/a%25", "/a%", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct http_target target;
        struct arena arena;
        struct buf text;
        arena_init(&arena, ARENA_MAX);
        buf_init(&text, 4096);
        if (!http_target_parse(bytes_of_text(cases[i].raw), &arena, &target, &err))
            fail_msg("%s: %s", cases[i].raw, err.text);
        describe(&target, &text);
        assert_string_equal(buf_text(&text), cases[i].parameters);
        if (!bytes_equal_text(target.path, cases[i].path))
            fail_msg("%s: path \"%s\"", cases[i].raw, safe(target.path).s);
        buf_fini(&text);
        arena_fini(&arena);
    }
}

static void a_target_one_step_away_is_refused(void **state)
{
    static const struct {
        struct bytes raw;
        const char *refusal;
    } cases[] = {
#define RAW(text) { .at = (const uint8_t *)(text), .len = sizeof(text) - 1 }
        { RAW(""), "request target does not begin with \"/\" (RFC 9112, 3.2.1)" },
        { RAW("a"), "does not begin with \"/\"" },
        { RAW("*"), "does not begin with \"/\"" },
        { RAW("http://host/a"), "does not begin with \"/\"" },
        { RAW("host:443"), "does not begin with \"/\"" },
        { RAW("?a=b"), "does not begin with \"/\"" },
        { RAW("%2Fa"), "does not begin with \"/\"" },
        { RAW("/a#b"), "request target with a fragment" },
        { RAW("/a?b#c"), "request target with a fragment" },

        { RAW("/a b"), "byte 20 in the path of the target" },
        { RAW("/a\tb"), "byte 09 in the path of the target" },
        { RAW("/a\0b"), "byte 00 in the path of the target" },
        { RAW("/a\x7f"), "byte 7f in the path of the target" },
        { RAW("/\xc3\xa9"), "byte c3 in the path of the target" },
        { RAW("/a|b"), "byte 7c in the path of the target" },
        { RAW("/a\\b"), "byte 5c in the path of the target" },
        { RAW("/a\"b"), "byte 22 in the path of the target" },
        { RAW("/a?b=c d"), "byte 20 in the query of the target" },
        { RAW("/a?b=c\0d"), "byte 00 in the query of the target" },
        { RAW("/a?b=<"), "byte 3c in the query of the target" },
        { RAW("/a?b=\\"), "byte 5c in the query of the target" },
        { RAW("/a[c]?b=1"), "byte 5b in the path of the target" },
        { RAW("/a?b=\xff"), "byte ff in the query of the target" },

        { RAW("/%"), "path: bad percent-escape at byte 1" },
        { RAW("/a%2"), "path: bad percent-escape at byte 2" },
        { RAW("/a%2g"), "path: bad percent-escape at byte 2" },
        { RAW("/a%%20"), "path: bad percent-escape at byte 2" },
        { RAW("/%00"), "path: encoded control character 00 at byte 1" },
        { RAW("/a%2Fb"), "encoded \"/\" in the path" },
        { RAW("/a%2fb"), "encoded \"/\" in the path" },
        { RAW("/."), "segment \".\" in the path" },
        { RAW("/a/./b"), "segment \".\" in the path" },
        { RAW("/a/../b"), "segment \"..\" in the path" },
        { RAW("/a/.."), "segment \"..\" in the path" },
        { RAW("/a/%2e%2E/b"), "segment \"..\" in the path" },
        { RAW("/a/.%2e?b=c"), "segment \"..\" in the path" },

        { RAW("/a?b=%"), "query: parameter \"b\": bad percent-escape at byte 0" },
        { RAW("/a?b=c%4"), "query: parameter \"b\": bad percent-escape at byte 1" },
        { RAW("/a?b=%4&c=1"), "query: parameter \"b\": bad percent-escape at byte 0" },
        { RAW("/a?b=%zz"), "query: parameter \"b\": bad percent-escape at byte 0" },
        { RAW("/a?b%=c"), "query: name of a parameter: bad percent-escape at byte 1" },
        { RAW("/a?b=c%00"), "query: parameter \"b\": encoded control character 00" },
        { RAW("/a?b=%0d%0aSet-Cookie:x"), "encoded control character 0d" },
        { RAW("/a?b%0a=c"), "name of a parameter: encoded control character 0a" },
        { RAW("/a?b=%7f"), "encoded control character 7f" },
        { RAW("/a?=c"), "query: parameter without a name" },
        { RAW("/a?b=1&b=2"),
          "query: parameter \"b\" comes twice, with different values" },
        { RAW("/a?update=early&UPDATE=standard"),
          "parameter \"UPDATE\" comes twice, with different values" },
        { RAW("/a?b=1&%42=2"), "parameter \"B\" comes twice" },
        { RAW("/a?b=a&b=A"), "parameter \"b\" comes twice" },
        { RAW("/a?b&b=1"), "parameter \"b\" comes twice" },
#undef RAW
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct http_target target;
        struct arena arena;
        arena_init(&arena, ARENA_MAX);
        if (http_target_parse(cases[i].raw, &arena, &target, &err))
            fail_msg("\"%s\": accepted", safe(cases[i].raw).s);
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&arena);
    }
}

static void a_refusal_does_not_quote_a_value(void **state)
{
    static const char *const targets[] = { "/a?encrypted_ppid=5ec7e7%",
                                           "/a?encrypted_ppid=5ec7e7%00",
                                           "/a?encrypted_ppid=5ec7e7&encrypted_ppid=1" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct error err = { 0 };
        struct http_target target;
        struct arena arena;
        arena_init(&arena, ARENA_MAX);
        assert_false(http_target_parse(bytes_of_text(targets[i]), &arena, &target, &err));
        assert_refused(err, ERROR_FORMAT, "encrypted_ppid");
        assert_null(strstr(err.text, "5ec7e7"));
        arena_fini(&arena);
    }
}

static void length_count_and_memory_have_limits(void **state)
{
    static const struct {
        size_t parameters, len, arena; /* len: filled up with a path of this length */
        const char *refusal;           /* NULL: accepted */
    } cases[] = {
        { HTTP_PARAMETERS_MAX, 0, ARENA_MAX, NULL },
        { HTTP_PARAMETERS_MAX + 1, 0, ARENA_MAX, "query: more than 32 parameters" },
        { 0, HTTP_TARGET_MAX, ARENA_MAX, NULL },
        { 0, HTTP_TARGET_MAX + 1, ARENA_MAX, "target of 8193 bytes, at most 8192" },
        { 0, 1000, 512, "path: no room to decode 1000 bytes" },
        { 20, 100, 512, "name of a parameter: no room to decode 2 bytes" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct http_target target;
        struct arena arena;
        struct buf raw;
        arena_init(&arena, cases[i].arena);
        buf_init(&raw, 2 * HTTP_TARGET_MAX);
        buf_add_text(&raw, "/");
        while (raw.len < cases[i].len)
            buf_add_text(&raw, "a");
        for (size_t k = 0; k < cases[i].parameters; k++)
            buf_addf(&raw, "%cp%zu=%zu", k == 0 ? '?' : '&', k, k);
        bool ok = http_target_parse(buf_bytes(&raw), &arena, &target, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("case %zu: %s", i, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_LIMIT, cases[i].refusal);
        buf_fini(&raw);
        arena_fini(&arena);
    }
}

static void a_parameter_is_found_whatever_its_case(void **state)
{
    static const char raw[] = "/tcb?FMSPC=50806f000000&customParameter=YQ%3d%3D";
    struct error err = { 0 };
    struct http_target target;
    struct arena arena;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    assert_ok(http_target_parse(bytes_of_text(raw), &arena, &target, &err), err);
    const struct http_parameter *fmspc = http_parameter(&target, "fmspc");
    const struct http_parameter *custom = http_parameter(&target, "customparameter");
    assert_non_null(fmspc);
    assert_non_null(custom);
    assert_true(bytes_equal_text(fmspc->name, "FMSPC"));
    assert_true(bytes_equal_text(fmspc->value, "50806f000000"));
    assert_true(bytes_equal_text(custom->value, "YQ=="));
    assert_true(bytes_equal_text(custom->raw, "YQ%3d%3D"));
    assert_null(http_parameter(&target, "fmsp"));
    assert_null(http_parameter(&target, "update"));
    arena_fini(&arena);
}

/* Lines of METHOD, target and headers, as real clients sent them. */
static void read_recorded(const char *path, struct bytes content, void *context)
{
    size_t *count = context;

    while (content.len > 0) {
        struct bytes line = bytes_first(content, bytes_find(content, bytes_of("\n", 1)));
        content = bytes_after(content, line.len + 1);
        if (!bytes_equal_text(bytes_first(line, 4), "GET "))
            continue;
        struct bytes raw = bytes_after(line, 4);
        struct error err = { 0 };
        struct http_target target;
        struct arena arena;
        raw = bytes_first(raw, bytes_find(raw, bytes_of(" ", 1)));
        arena_init(&arena, ARENA_MAX);
        if (!http_target_parse(raw, &arena, &target, &err))
            fail_msg("%s: %s: %s", path, safe(raw).s, err.text);
        const struct http_parameter *fmspc = http_parameter(&target, "fmspc");
        assert_true(fmspc == NULL || fmspc->value.len == 12);
        assert_true(bytes_equal(target.path, bytes_first(raw, target.path.len)));
        arena_fini(&arena);
        ++*count;
    }
}

static void every_recorded_request_of_real_clients_is_read(void **state)
{
    size_t count = 0;

    (void)state;
    each_vector("vectors/requests", ".txt", read_recorded, &count);
    assert_true(count > 80);
}

static void blanks_around_a_name_are_passed_over(void **state)
{
    static const char target[] = "/pckcert?api-version%20%20=2021-07-22-preview&%20a=%20";
    struct http_target out;
    struct arena arena;
    struct error err = { 0 };

    (void)state;
    arena_init(&arena, 4096);
    assert_ok(http_target_parse(bytes_of_text(target), &arena, &out, &err), err);
    assert_true(bytes_equal_text(http_parameter(&out, "api-version")->value,
                                 "2021-07-22-preview"));
    assert_true(bytes_equal_text(http_parameter(&out, "a")->value, " "));
    assert_false(http_target_parse(bytes_of_text("/x?%20=1"), &arena, &out, &err));
    assert_refused(err, ERROR_FORMAT, "without a name");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_its_path_and_its_parameters_decoded_once),
        cmocka_unit_test(a_target_one_step_away_is_refused),
        cmocka_unit_test(a_refusal_does_not_quote_a_value),
        cmocka_unit_test(length_count_and_memory_have_limits),
        cmocka_unit_test(a_parameter_is_found_whatever_its_case),
        cmocka_unit_test(every_recorded_request_of_real_clients_is_read),
        cmocka_unit_test(blanks_around_a_name_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
