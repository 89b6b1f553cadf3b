/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/replay_files.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/file.h"
#include "sim/pki.h"
#include "sim/test_verify.h"

#define LIST "{\"tcbEvaluationDataNumbers\":{\"nextUpdate\":\"2025-07-20T00:00:00Z\"}}"
#define NUMBERS "intel/tcbevaluationdatanumbers/sgx/"

static void put(const char *directory, const char *path, struct bytes content)
{
    struct buf whole;
    struct error err = { .kind = ERROR_NONE };

    buf_init(&whole, 4096);
    buf_addf(&whole, "%s/%s", directory, path);
    char *slash = strrchr((char *)whole.at, '/');
    *slash = 0;
    assert_ok(file_make_directory(buf_text(&whole), 0700, &err), err);
    *slash = '/';
    assert_ok(file_write(buf_text(&whole), content, 0600, &err), err);
    buf_fini(&whole);
}

/* A certificate as DER, so that a world has one. */
static void put_certificate(const char *directory)
{
    struct pki *pki = NULL;
    struct error err = { .kind = ERROR_NONE };
    struct buf pem;
    unsigned char *der = NULL;

    buf_init(&pem, 8192);
    assert_ok(pki_create("test", 1500000000, 2500000000, &pki, &err), err);
    assert_ok(pki_certificate(pki, PKI_ROOT, &pem, &err), err);
    X509 *certificate = test_certificate(buf_bytes(&pem), 0);
    int len = i2d_X509(certificate, &der);
    put(directory, "intel/certs/root.der", bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    X509_free(certificate);
    buf_fini(&pem);
    pki_close(pki);
}

static void names_and_folders_are_the_index(void **state)
{
    static const struct {
        const char *path;
        bool is_taken;
    } cases[] = {
        { NUMBERS "20250620T000000Z.json", true },
        { NUMBERS "20250631T000000Z.json", false },
        { NUMBERS "20250620T000000Z-reformatted.json", false },
        { NUMBERS "20250620T000000Z.txt", false },
        { NUMBERS ".20250620T000000Z.json", false },
        { "intel/tcbinfo/sgx/00906ed50000/v3-eval17-20250620T000000Z.json", true },
        { "intel/tcbinfo/sgx/00906ed50000/v2-eval17-20250620T000000Z.json", false },
        { "intel/tcbinfo/sgx/00906ed50000/v3-eval-20250620T000000Z.json", false },
        { "intel/tcbinfo/sgx/00906ed5000/v3-eval17-20250620T000000Z.json", false },
        { "intel/tcbinfo/snp/00906ed50000/v3-eval17-20250620T000000Z.json", false },
        { "intel/identity/td-qe/v2-eval17-20250620T000000Z.json", true },
        { "intel/identity/td-qe/v3-eval17-20250620T000000Z.json", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *directory = test_directory();
        struct replay_files files;
        struct error err = { .kind = ERROR_NONE };

        put_certificate(directory);
        put(directory, cases[i].path, bytes_of_text(LIST));
        bool read = replay_files_read(directory, &files, &err);
        if (read != cases[i].is_taken)
            fail_msg("%s: %s", cases[i].path, err.text);
        if (read) {
            assert_int_equal(files.item_count, 1);
            assert_int_equal(files.items[0].issue_s, test_time("2025-06-20T00:00:00Z"));
            assert_int_equal(files.items[0].next_update_s,
                             test_time("2025-07-20T00:00:00Z"));
            assert_true(bytes_equal_text(files.items[0].body, LIST));
            replay_files_fini(&files);
        } else {
            assert_refused(err, ERROR_NOT_FOUND, "holds no captured documents");
        }
        test_remove(directory);
    }
}

static void a_file_that_is_not_what_its_name_says_is_refused(void **state)
{
    static const struct {
        const char *path, *content, *why;
    } cases[] = {
        { NUMBERS "20250620T000000Z.json", "{", "20250620T000000Z.json is not JSON" },
        { NUMBERS "20250620T000000Z.json", "{\"x\":{\"nextUpdate\":\"soon\"}}",
          "has no nextUpdate" },
        { "intel/crl/root/20250620T000000Z.der", "0", "is not a CRL" },
        { "intel/certs/more.der", "0", "more.der is not a certificate" },
        { "intel/fmspcs/pcs-2025-06-20.json", "[{\"fmspc\":\"00\",\"platform\":\"E3\"}]",
          "line 0 is not an FMSPC" },
        { "intel/fmspcs/pcs-2025-06-20.json",
          "[{\"fmspc\":\"00906ed50000\",\"platform\":\"E3\\\"\"}]",
          "line 0 is not an FMSPC" },
        { "intel/fmspcs/pcs-2025-06-20.json", "[{\"fmspc\":\"00906ed50000\"}]",
          "line 0 is not an FMSPC" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *directory = test_directory();
        struct replay_files files;
        struct error err = { .kind = ERROR_NONE };

        put_certificate(directory);
        put(directory, NUMBERS "20250101T000000Z.json", bytes_of_text(LIST));
        put(directory, cases[i].path, bytes_of_text(cases[i].content));
        assert_false(replay_files_read(directory, &files, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].why);
        test_remove(directory);
    }
}

static void lists_of_fmspcs_keep_their_date(void **state)
{
    static const char list[] = "[{\"fmspc\":\"00906ED50000\",\"platform\":\"client\"}]";
    char *directory = test_directory();
    struct replay_files files;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    put_certificate(directory);
    put(directory, NUMBERS "20250101T000000Z.json", bytes_of_text(LIST));
    put(directory, "intel/fmspcs/pcs-2025-05-27.json", bytes_of_text(list));
    assert_ok(replay_files_read(directory, &files, &err), err);
    assert_int_equal(files.platform_count, 1);
    assert_int_equal(files.platforms[0].listed_s, test_time("2025-05-27T00:00:00Z"));
    assert_string_equal(files.platforms[0].platform, "client");
    replay_files_fini(&files);
    put(directory, "intel/fmspcs/pcs-2025-05-27.json", bytes_of_text("[]"));
    put(directory, "intel/fmspcs/others.json", bytes_of_text(list));
    assert_ok(replay_files_read(directory, &files, &err), err);
    assert_true(files.platforms[0].listed_s == INT64_MAX);
    replay_files_fini(&files);
    test_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_folders_are_the_index),
        cmocka_unit_test(a_file_that_is_not_what_its_name_says_is_refused),
        cmocka_unit_test(lists_of_fmspcs_keep_their_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
