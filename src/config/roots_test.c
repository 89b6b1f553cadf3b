/* SPDX-License-Identifier: Apache-2.0 */
#include "config/roots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/pem.h"
#include "kit/file.h"
#include "kit/test.h"
#include "verify/test_pki.h"

struct place { /* a directory with a root certificate and a configuration in it */
    char *directory;
    char root[512], config[512];
};

static void write_file(const char *path, struct bytes content)
{
    struct error err = { 0 };

    assert_ok(file_write(path, content, 0600, &err), err);
}

static void open_place(struct place *place)
{
    place->directory = test_directory();
    snprintf(place->root, sizeof place->root, "%s/root", place->directory);
    snprintf(place->config, sizeof place->config, "%s/thim.yaml", place->directory);
    char text[1024];
    snprintf(text, sizeof text, "trust:\n  test_roots:\n  - certificate_file: %s\n",
             place->root);
    write_file(place->config, bytes_of_text(text));
}

static void close_place(struct place *place)
{
    test_remove(place->directory);
}

static void a_root_is_read_from_pem_and_from_der(void **state)
{
    struct test_world *world = test_world_make(NULL);
    struct bytes der = test_world_certificate(world, TEST_ROOT);
    struct trust alone = test_world_trust(world);
    struct error err = { 0 };
    struct place place;
    struct buf pem;

    (void)state;
    open_place(&place);
    buf_init(&pem, 16384);
    pem_write(&pem, "CERTIFICATE", der);
    for (int as_pem = 0; as_pem <= 1; as_pem++) {
        struct config config;
        write_file(place.root, as_pem ? buf_bytes(&pem) : der);
        assert_ok(config_read(place.config, &config, &err), err);
        assert_int_equal(config.trust.roots.count, 5);
        assert_int_equal(config.trust.roots.roots[4].origin, ROOT_TEST);
        assert_memory_equal(config.trust.roots.roots[4].spki_sha256,
                            alone.roots[0].spki_sha256, 32);
        config_fini(&config);
    }
    buf_fini(&pem);
    close_place(&place);
    test_world_free(world);
}

static void a_bad_root_file_is_the_configuration_s_fault(void **state)
{
    static const struct {
        const char *claim;
        enum test_signer signer; /* whose certificate lies there */
        size_t cut;              /* bytes of it that are left out */
        bool is_missing, is_twice;
        const char *why;
    } cases[] = {
        { "no file", .is_missing = true, .why = "open " },
        { "a signer's certificate", TEST_TCB_SIGNING, .why = "root certificate: " },
        { "a CA's certificate", TEST_PCK_PLATFORM, .why = "root certificate: " },
        { "a byte too few", TEST_ROOT, .cut = 1, .why = "root certificate: " },
        { "the same root twice", TEST_ROOT, .is_twice = true,
          .why = "certificate_file: its key is trusted already" },
    };
    struct test_world *world = test_world_make(NULL);
    struct place place;

    (void)state;
    open_place(&place);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes der = test_world_certificate(world, cases[i].signer);
        char start[600], second[1200];
        struct error err = { 0 };
        struct config config;
        int line = cases[i].is_twice ? 4 : 3;
        if (!cases[i].is_missing)
            write_file(place.root, bytes_first(der, der.len - cases[i].cut));
        snprintf(second, sizeof second,
                 "trust:\n  test_roots:\n  - certificate_file: %s\n"
                 "  - certificate_file: %s\n",
                 place.root, place.root);
        if (cases[i].is_twice)
            write_file(place.config, bytes_of_text(second));
        assert_false(config_read(place.config, &config, &err));
        snprintf(start, sizeof start, "%s:%d: trust.test_roots: %s", place.config, line,
                 cases[i].why);
        if (err.kind != ERROR_FORMAT || strncmp(err.text, start, strlen(start)) != 0)
            fail_msg("%s: %s \"%s\"", cases[i].claim, error_kind_name(err.kind),
                     err.text);
    }
    close_place(&place);
    test_world_free(world);
}

static void a_root_file_has_a_size(void **state)
{
    struct error err = { 0 };
    struct config config;
    struct place place;
    struct buf large;

    (void)state;
    open_place(&place);
    buf_init(&large, ROOT_FILE_MAX + 1);
    while (large.len <= ROOT_FILE_MAX)
        buf_add_byte(&large, 0x30);
    write_file(place.root, buf_bytes(&large));
    assert_false(config_read(place.config, &config, &err));
    assert_refused(err, ERROR_FORMAT, "is larger than 65536 bytes");
    buf_fini(&large);
    close_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_is_read_from_pem_and_from_der),
        cmocka_unit_test(a_bad_root_file_is_the_configuration_s_fault),
        cmocka_unit_test(a_root_file_has_a_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
