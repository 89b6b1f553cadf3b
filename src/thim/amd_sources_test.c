/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/amd_sources.h"

#include <stdio.h>
#include <unistd.h>

#include "format/test_vcek.h"
#include "kit/file.h"
#include "kit/test.h"
#include "kit/text.h"
#include "verify/test_amd.h"

#define CHIP_8 "0123456789abcdef"
#define LINE "Turin," CHIP_8 ",5100000004010101\n"
#define KEY "vcek/Turin/" CHIP_8 "/5100000004010101"

struct heard { /* what came, as text */
    size_t chips, certificates, refusals, most;
    char last[1024];
    size_t line;
};

static bool chip(void *heard_, const struct kds_key *key, struct error *err)
{
    struct heard *heard = heard_;

    heard->chips++;
    snprintf(heard->last, sizeof heard->last, "%s", kds_key_text(key).s);
    return heard->most == 0 || heard->chips < heard->most
           || error_set(err, ERROR_LIMIT, "enough");
}

static bool certificate(void *heard_, struct bytes der, const struct kds_key *key,
                        const char *path, struct error *err)
{
    struct heard *heard = heard_;

    (void)path, (void)err;
    assert_true(der.len > 0);
    heard->certificates++;
    snprintf(heard->last, sizeof heard->last, "%s", kds_key_text(key).s);
    return true;
}

static void refused(void *heard_, const char *path, size_t line, const char *why)
{
    struct heard *heard = heard_;

    (void)path;
    heard->refusals++;
    heard->line = line;
    snprintf(heard->last, sizeof heard->last, "%s", why);
}

static struct amd_sink sink_to(struct heard *heard)
{
    return (struct amd_sink){
        .context = heard, .chip = chip, .certificate = certificate, .refused = refused
    };
}

static void put(const char *directory, const char *name, struct bytes content,
                char path[1024])
{
    struct error err = { 0 };

    snprintf(path, 1024, "%s/%s", directory, name);
    assert_ok(file_write(path, content, 0600, &err), err);
}

static void a_file_is_what_its_bytes_say(void **state)
{
    (void)state;
    struct test_amd_certificate vcek_spec = test_vcek(), ask_spec = test_amd_ask();
    struct buf vcek = test_amd_make(&vcek_spec), ask = test_amd_make(&ask_spec), pem;
    uint8_t masked[1184] = { 3 };
    char *directory = test_directory(), path[1024];

    buf_init(&pem, 1 << 16);
    pem_write(&pem, "CERTIFICATE", buf_bytes(&vcek));
    pem_write(&pem, "CERTIFICATE", buf_bytes(&ask));
    const struct {
        const char *claim;
        struct bytes content;
        size_t chips, certificates, refusals;
    } cases[] = {
        { "a list", bytes_of_text(LINE "# " LINE LINE), 2, 0, 0 },
        { "a list with a bad line", bytes_of_text(LINE "x\n"), 1, 0, 1 },
        { "JSON", bytes_of_text("{\"chip_id\":\"" CHIP_8 "\",\"tcb_version\":\"0\"}"), 1,
          0, 0 },
        { "a certificate", buf_bytes(&vcek), 0, 1, 0 },
        { "its issuer is passed over", buf_bytes(&ask), 0, 0, 0 },
        { "PEM, with the issuer behind it", buf_bytes(&pem), 0, 1, 0 },
        { "a torn certificate", bytes_first(buf_bytes(&vcek), 200), 0, 0, 1 },
        { "a report of nobody", bytes_of(masked, sizeof masked), 0, 0, 1 },
        { "nothing", bytes_of_text(""), 0, 0, 1 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct heard heard = { 0 };
        struct amd_sink sink = sink_to(&heard);
        struct error err = { 0 };
        put(directory, "file", cases[i].content, path);
        assert_ok(amd_sources_read(path, &sink, &err), err);
        if (heard.chips != cases[i].chips || heard.certificates != cases[i].certificates
            || heard.refusals != cases[i].refusals)
            fail_msg("%s: %zu %zu %zu %s", cases[i].claim, heard.chips,
                     heard.certificates, heard.refusals, heard.last);
    }
    buf_fini(&vcek);
    buf_fini(&ask);
    buf_fini(&pem);
    test_remove(directory);
}

static void a_directory_is_walked_to_a_depth(void **state)
{
    (void)state;
    char *directory = test_directory(), path[1024], deep[1024];
    struct heard heard = { 0 };
    struct amd_sink sink = sink_to(&heard);
    struct error err = { 0 };

    put(directory, "a", bytes_of_text(LINE), path);
    put(directory, ".hidden", bytes_of_text(LINE), path);
    snprintf(deep, sizeof deep, "%s/1/2/3", directory);
    assert_ok(file_make_directory(deep, 0700, &err), err);
    put(deep, "b", bytes_of_text(LINE), path);
    assert_ok(amd_sources_read(directory, &sink, &err), err);
    assert_int_equal(heard.chips, 2);
    assert_string_equal(heard.last, KEY);
    snprintf(deep, sizeof deep, "%s/1/2/3/4/5/6/7/8/9", directory);
    assert_ok(file_make_directory(deep, 0700, &err), err);
    assert_false(amd_sources_read(directory, &sink, &err));
    assert_refused(err, ERROR_LIMIT, "more than 8 directories deep");
    test_remove(directory);
}

static void a_directory_that_holds_itself_ends(void **state)
{
    (void)state;
    char *directory = test_directory(), path[1024];
    struct heard heard = { 0 };
    struct amd_sink sink = sink_to(&heard);
    struct error err = { 0 };

    snprintf(path, sizeof path, "%s/loop", directory);
    assert_int_equal(symlink(directory, path), 0);
    assert_false(amd_sources_read(directory, &sink, &err));
    assert_refused(err, ERROR_LIMIT, "more than 8 directories deep");
    test_remove(directory);
}

static void who_has_enough_ends_it(void **state)
{
    (void)state;
    char *directory = test_directory(), path[1024];
    struct heard heard = { .most = 1 };
    struct amd_sink sink = sink_to(&heard);
    struct error err = { 0 };

    put(directory, "a", bytes_of_text(LINE LINE), path);
    assert_false(amd_sources_read(path, &sink, &err));
    assert_refused(err, ERROR_LIMIT, "enough");
    assert_int_equal(heard.chips, 1);
    err = (struct error){ 0 };
    assert_false(amd_sources_read("/nonexistent", &sink, &err));
    assert_refused(err, ERROR_FORMAT, "/nonexistent");
    test_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_what_its_bytes_say),
        cmocka_unit_test(a_directory_is_walked_to_a_depth),
        cmocka_unit_test(a_directory_that_holds_itself_ends),
        cmocka_unit_test(who_has_enough_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
