/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/registry_audit.h"

#include <sys/stat.h>

#include "kit/file.h"
#include "serve/test_registry_store.h"

static void the_site_key_is_made_once_and_for_its_owner_alone(void **state)
{
    char *directory = test_directory(), path[512];
    struct site_key first, second;
    struct error err = { 0 };
    struct stat status;

    (void)state;
    assert_ok(site_key_load(directory, &first, &err), err);
    assert_ok(site_key_load(directory, &second, &err), err);
    assert_memory_equal(first.bytes, second.bytes, sizeof first.bytes);
    snprintf(path, sizeof path, "%s/site.key", directory);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(status.st_size, 32);
    test_remove(directory);
}

static void a_site_key_of_another_length_is_refused(void **state)
{
    static const uint8_t bytes[65] = { 1 };
    static const struct {
        size_t len;
        enum error_kind kind;
    } cases[] = { { 0, ERROR_FORMAT },
                  { 31, ERROR_FORMAT },
                  { 33, ERROR_FORMAT },
                  { 65, ERROR_LIMIT } };
    char *directory = test_directory(), path[512];
    struct site_key key;

    (void)state;
    snprintf(path, sizeof path, "%s/site.key", directory);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        assert_ok(file_write(path, bytes_of(bytes, cases[i].len), 0600, &err), err);
        assert_false(site_key_load(directory, &key, &err));
        assert_refused(err, cases[i].kind, "site.key");
    }
    test_remove(directory);
}

static void an_alias_tells_platforms_apart_and_gives_none_away(void **state)
{
    struct site_key ours = { .bytes = { 1 } }, theirs = { .bytes = { 2 } };
    struct platform_name one = { .qe_id = "00000000000000000000000000000001" };
    struct platform_name two = { .qe_id = "00000000000000000000000000000002" };
    struct platform_alias alias = platform_alias(&ours, &one);

    (void)state;
    assert_int_equal(strlen(alias.s), 32);
    assert_string_equal(alias.s, platform_alias(&ours, &one).s);
    assert_string_not_equal(alias.s, platform_alias(&ours, &two).s);
    assert_string_not_equal(alias.s, platform_alias(&theirs, &one).s);
    assert_string_not_equal(alias.s, one.qe_id);
}

static void a_note_is_written_soon(void **state)
{
    struct audit_note note = { .who = "ci",
                               .from = "socket",
                               .what = "refused",
                               .subject = "bundle",
                               .outcome = "why" };
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    audit_note_send(&note, house.writer, NULL, NULL);
    house_check_audit(&house, "ci refused bundle: why\n");
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_site_key_is_made_once_and_for_its_owner_alone),
        cmocka_unit_test(a_site_key_of_another_length_is_refused),
        cmocka_unit_test(an_alias_tells_platforms_apart_and_gives_none_away),
        cmocka_unit_test(a_note_is_written_soon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
