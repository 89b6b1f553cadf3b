/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/test_chips.h"
#include "store/audit.h"

#define POST_PATH "/thim/v1/amd/vcek"

static struct test_answer post(const struct chip_house *house, struct bytes body,
                               const char *more)
{
    char head[512];
    int fd = test_connect(house->port);

    snprintf(head, sizeof head,
             "POST " POST_PATH " HTTP/1.1\r\nHost: thim\r\n%sContent-Length: %zu\r\n\r\n",
             more, body.len);
    test_say(fd, head);
    for (size_t sent = 0; sent < body.len;) {
        ssize_t n = send(fd, body.at + sent, body.len - sent, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    struct test_answer answer = test_hear(fd, false);
    close(fd);
    return answer;
}

static void expect_post(const struct chip_house *house, struct bytes body,
                        const char *more, unsigned status, const char *part)
{
    struct test_answer answer = post(house, body, more);

    if (answer.status != status || strstr(buf_text(&answer.text), part) == NULL)
        fail_msg("expected %u \"%s\": %s", status, part, buf_text(&answer.text));
    test_forget(&answer);
}

static bool see_entry(void *lines, const struct audit_entry *entry)
{
    buf_addf(lines, "%s %s %s: %s\n", entry->who, entry->what, entry->subject,
             entry->outcome);
    return true;
}

/* The newest entries, one a line, newest first. */
static struct buf audit_of(struct chip_house *house)
{
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;
    struct error err = { 0 };
    struct buf lines;

    house_settle(house);
    buf_init(&lines, 64 * 1024);
    assert_ok(platform_reader_open(house->stock.directory, &reader, &err), err);
    assert_ok(audit_walk(reader, 50, see_entry, &lines, &err), err);
    return lines;
}

static void what_a_registrar_brings_is_kept_once_it_has_verified(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_GENOA, 1, 84), other = amd_key(SNP_TURIN, 1, 81);
    struct chip_house house;
    struct buf pem;

    house_prepare(&house);
    house_start(&house, false);
    struct buf der = amd_world_mint(&key, TEST_AMD_NOW_S - TEST_AMD_DAY_S, UNTIL_S);
    struct buf again = amd_world_mint(&key, TEST_AMD_NOW_S - 60, UNTIL_S);
    struct buf turin = amd_world_mint(&other, TEST_AMD_NOW_S - 60, UNTIL_S);
    buf_init(&pem, 64 * 1024);
    pem_write(&pem, "CERTIFICATE", buf_bytes(&turin));
    pem_write(&pem, "CERTIFICATE", buf_bytes(&house.world.arks[SNP_TURIN]));

    expect_post(&house, buf_bytes(&der), REGISTRAR, 200,
                "\r\n\r\n{\"outcome\":\"added\",\"product\":\"Genoa\",\"tcbm\":"
                "\"5418000000000004\"}");
    expect_post(&house, buf_bytes(&der), REGISTRAR, 200, "\"same\"");
    struct test_answer first = house_get(&house, kds_path(&key), "");
    assert_true(bytes_equal(first.body, buf_bytes(&der)));
    expect_post(&house, buf_bytes(&again), REGISTRAR, 200, "\"replaced\"");
    struct test_answer second = house_get(&house, kds_path(&key), "");
    assert_true(bytes_equal(second.body, buf_bytes(&again)));
    expect_post(&house, buf_bytes(&pem), REGISTRAR, 200, "\"Turin\"");
    struct buf audit = audit_of(&house);
    assert_non_null(strstr(buf_text(&audit), "registrar vcek VCEK Turin sha256:"));
    assert_non_null(strstr(buf_text(&audit), ": replaced\n"));
    assert_null(strstr(buf_text(&audit), "a5a5a5a5")); /* no chip's id */
    test_forget(&first);
    test_forget(&second);
    buf_fini(&audit);
    buf_fini(&der);
    buf_fini(&again);
    buf_fini(&turin);
    buf_fini(&pem);
    house_close(&house);
}

static void what_does_not_verify_is_refused_and_written_down(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    OWNED(amd_law_release) struct amd_law *empty = amd_law_make(NULL);
    struct chip_house house;

    house_prepare(&house);
    house_start(&house, false);
    struct buf der = amd_world_mint(&key, TEST_AMD_NOW_S - TEST_AMD_DAY_S, UNTIL_S);
    struct buf old = amd_world_mint(&key, TEST_AMD_NOW_S - 9 * TEST_AMD_DAY_S,
                                    TEST_AMD_NOW_S - TEST_AMD_DAY_S);
    expect_post(&house, bytes_of_text("hello"), REGISTRAR, 400, "THIM-Error: format");
    expect_post(&house, bytes_of_text("-----BEGIN X-----\n"), REGISTRAR, 400, "format");
    expect_post(&house, (struct bytes){ 0 }, REGISTRAR, 400, "format");
    expect_post(&house, buf_bytes(&old), REGISTRAR, 400, "THIM-Error: stale");
    der.at[der.len - 20] ^= 1;
    expect_post(&house, buf_bytes(&der), REGISTRAR, 400, "THIM-Error: untrusted");
    der.at[der.len - 20] ^= 1;
    house_publish(&house, empty);
    expect_post(&house, buf_bytes(&der), REGISTRAR, 429, "Retry-After: ");
    struct buf audit = audit_of(&house);
    assert_non_null(strstr(buf_text(&audit), "registrar refused vcek: untrusted: "));
    struct test_answer answer = house_get(&house, kds_path(&key), "");
    assert_int_equal(answer.status, 404);
    test_forget(&answer);
    buf_fini(&audit);
    buf_fini(&der);
    buf_fini(&old);
    house_close(&house);
}

static void only_registrars_bring_and_others_are_told_before_they_do(void **state)
{
    (void)state;
    uint8_t large[70 * 1024] = { 0x30 };
    struct chip_house house;

    house_prepare(&house);
    house_start(&house, false);
    struct bytes body = bytes_of(large, 1024);
    expect_post(&house, body, "", 401, "THIM-Error: no_token");
    expect_post(&house, body, "user-token: nonsense\r\n", 401, "wrong_token");
    expect_post(&house, body, "user-token: reader-token\r\n", 403, "forbidden");
    expect_post(&house, bytes_of(large, sizeof large), REGISTRAR, 413, "");
    struct test_answer answer = house_get(&house, POST_PATH, REGISTRAR);
    assert_int_equal(answer.status, 405);
    assert_string_equal(test_header(&answer, "Allow"), "POST");
    test_forget(&answer);
    struct buf audit = audit_of(&house);
    assert_non_null(strstr(buf_text(&audit), "reader refused vcek: forbidden"));
    assert_null(strstr(buf_text(&audit), "no_token")); /* anybody could fill it */
    buf_fini(&audit);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_registrar_brings_is_kept_once_it_has_verified),
        cmocka_unit_test(what_does_not_verify_is_refused_and_written_down),
        cmocka_unit_test(only_registrars_bring_and_others_are_told_before_they_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
