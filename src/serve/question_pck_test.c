/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/question_pck.h"

#include "kit/test.h"
#include "kit/text.h"

#define QE_ID "00FBE6733336EAF7A4E3D8B966A82E64"
#define RAW "&cpusvn=04040204FF8000000000000000000000&pcesvn=0600"

static char ppid[2 * ENCRYPTED_PPID_LEN + 1], zeros[2 * ENCRYPTED_PPID_LEN + 1];

static bool read_query(const char *query, bool is_list, struct pck_question *out,
                       struct error *err)
{
    struct http_target target;
    struct arena arena;
    struct buf text;

    buf_init(&text, 8192);
    buf_addf(&text, "/x?%s", query);
    arena_init(&arena, 64 * 1024);
    bool read = http_target_parse(buf_bytes(&text), &arena, &target, err)
                && (is_list ? pck_list_question_read(&target, &arena, out, err)
                            : pck_question_read(&target, &arena, out, err));
    arena_fini(&arena);
    buf_fini(&text);
    return read;
}

static struct pck_question must_read(const char *format, const char *value)
{
    struct pck_question question;
    struct error err = { 0 };
    struct buf query;

    buf_init(&query, 8192);
    buf_add_text(&query, format);
    buf_add_text(&query, value);
    assert_ok(read_query(buf_text(&query), false, &question, &err), err);
    buf_fini(&query);
    return question;
}

static void numbers_are_little_endian_and_hex_is_folded(void **state)
{
    struct pck_question q = must_read("qeid=" QE_ID RAW "&pceid=0100", "");

    (void)state;
    assert_true(q.has_name && !q.has_encrypted_ppid);
    assert_string_equal(q.name.qe_id, "00fbe6733336eaf7a4e3d8b966a82e64");
    assert_int_equal(q.name.pce_id, 1);
    assert_int_equal(q.raw.pcesvn, 6);
    assert_int_equal(q.raw.cpusvn[4], 0xff);
}

static void an_encrypted_ppid_of_zeros_is_none(void **state)
{
    static const char query[] = "qeid=" QE_ID RAW "&pceid=0000&encrypted_ppid=";

    (void)state;
    assert_false(must_read(query, zeros).has_encrypted_ppid);
    assert_false(must_read(query, "").has_encrypted_ppid);
    struct pck_question q = must_read(query, ppid);
    assert_true(q.has_encrypted_ppid);
    assert_int_equal(q.encrypted_ppid[0], 0xab);
}

static void pcs_asks_without_a_qe_id(void **state)
{
    struct pck_question q = must_read("pceid=0000" RAW "&encrypted_ppid=", ppid);

    (void)state;
    assert_true(!q.has_name && q.has_encrypted_ppid);
    assert_string_equal(q.name.qe_id, "");
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *query, *why;
        bool is_list;
    } cases[] = {
        { RAW "&pceid=0000", "parameter qeid is missing", false },
        { "qeid=" RAW "&pceid=0000", "parameter qeid is missing", false },
        { "qeid=xy" RAW "&pceid=0000", "qeid", false },
        { "qeid=" QE_ID "&pcesvn=0600&pceid=0000", "parameter cpusvn is missing", false },
        { "qeid=" QE_ID "&cpusvn=04&pcesvn=0600&pceid=0000", "cpusvn", false },
        { "qeid=" QE_ID "&cpusvn=04040204FF8000000000000000000000&pceid=0000",
          "parameter pcesvn is missing", false },
        { "qeid=" QE_ID RAW, "parameter pceid is missing", false },
        { "qeid=" QE_ID RAW "&pceid=00000", "pceid", false },
        { "qeid=" QE_ID RAW "&pceid=0000&encrypted_ppid=ab", "encrypted_ppid", false },
        { "pceid=0000", "parameter encrypted_ppid is missing", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pck_question question;
        struct error err = { 0 };
        if (read_query(cases[i].query, cases[i].is_list, &question, &err))
            fail_msg("%s was taken", cases[i].query);
        assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

static void a_list_is_asked_for_by_somebodys_ppid(void **state)
{
    struct pck_question question;
    struct error err = { 0 };
    struct buf query;

    (void)state;
    buf_init(&query, 8192);
    buf_addf(&query, "pceid=0000&encrypted_ppid=%s", ppid);
    assert_ok(read_query(buf_text(&query), true, &question, &err), err);
    assert_true(!question.has_name && question.has_encrypted_ppid);
    buf_clear(&query);
    buf_addf(&query, "pceid=0000&encrypted_ppid=%s", zeros);
    assert_false(read_query(buf_text(&query), true, &question, &err));
    assert_refused(err, ERROR_FORMAT, "all zeros");
    buf_fini(&query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_little_endian_and_hex_is_folded),
        cmocka_unit_test(an_encrypted_ppid_of_zeros_is_none),
        cmocka_unit_test(pcs_asks_without_a_qe_id),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_list_is_asked_for_by_somebodys_ppid),
    };

    for (size_t i = 0; i < 2 * ENCRYPTED_PPID_LEN; i++) {
        ppid[i] = "AbcD"[i % 4];
        zeros[i] = '0';
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
