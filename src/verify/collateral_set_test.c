/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/collateral_set.h"

#include "kit/test.h"
#include "kit/text.h"
#include "verify/test_texts.h"

struct brought { /* a world's texts, to be spoiled */
    struct test_world *world;
    struct trust trust;
    struct buf texts[TEST_TEXTS];
    struct collateral_set *set;
};

static void bring(struct brought *b)
{
    *b = (struct brought){ .world = test_world_make(NULL) };
    b->trust = test_world_trust(b->world);
    test_texts_bring(b->world, b->texts);
}

static void forget(struct brought *b)
{
    collateral_set_free(b->set);
    test_texts_forget(b->texts);
    test_world_free(b->world);
}

static void make(struct brought *b)
{
    struct collateral_texts texts = {
        .root_crl = buf_bytes(&b->texts[TEXT_ROOT_CRL]),
        .pck_crl = buf_bytes(&b->texts[TEXT_PCK_CRL]),
        .tcb_info = buf_bytes(&b->texts[TEXT_TCB_INFO]),
        .identity = buf_bytes(&b->texts[TEXT_IDENTITY]),
        .tcb_info_chain = buf_bytes(&b->texts[TEXT_SIGNING]),
        .pck_crl_chain = buf_bytes(&b->texts[TEXT_PCK_ISSUERS]),
        .pck_chain = buf_bytes(&b->texts[TEXT_PCK_CHAIN]),
    };
    struct error err = { 0 };

    collateral_set_free(b->set);
    b->set = NULL;
    assert_ok(collateral_set_make(&texts, &b->trust, &b->set, &err), err);
}

static const struct collateral_key subjects[] = {
    [TEXT_ROOT_CRL] = { .kind = COLLATERAL_ROOT_CRL },
    [TEXT_PCK_CRL] = { .kind = COLLATERAL_PCK_CRL },
    [TEXT_TCB_INFO] = { .kind = COLLATERAL_TCB_INFO },
    [TEXT_IDENTITY] = { .kind = COLLATERAL_IDENTITY },
};

/* The check of this part; CHECK_PASSED where it was not refused. */
static enum verify_check refused(const struct brought *b, size_t part, struct error *why)
{
    struct collateral_source source = collateral_set_source(b->set);
    enum verify_check check;

    return source.refusal(source.context, &subjects[part], &check, why) ? check
                                                                        : CHECK_PASSED;
}

static bool has(const struct brought *b, size_t part)
{
    struct collateral_source source = collateral_set_source(b->set);

    return source.find(source.context, &subjects[part]) != NULL;
}

static const struct verified_pck *pck_of(const struct brought *b, struct error *why)
{
    struct collateral_source source = collateral_set_source(b->set);
    struct quote quote = { 0 };

    return source.pck(source.context, &quote, why);
}

static void what_is_whole_is_verified(void **state)
{
    struct brought b;
    struct error why = { 0 };

    (void)state;
    bring(&b);
    make(&b);
    for (size_t part = TEXT_ROOT_CRL; part <= TEXT_IDENTITY; part++) {
        if (refused(&b, part, &why) != CHECK_PASSED)
            fail_msg("%s", why.text);
        assert_true(has(&b, part));
    }
    assert_non_null(pck_of(&b, &why));
    forget(&b);
}

static void encodings_are_all_one(void **state)
{
    struct brought b;
    struct buf text;

    (void)state;
    bring(&b);
    buf_init(&text, 65536);
    pem_write(&text, "X509 CRL", buf_bytes(&b.texts[TEXT_ROOT_CRL]));
    buf_fini(&b.texts[TEXT_ROOT_CRL]);
    b.texts[TEXT_ROOT_CRL] = text;
    buf_init(&text, 65536);
    hex_add(&text, buf_bytes(&b.texts[TEXT_PCK_CRL]));
    buf_fini(&b.texts[TEXT_PCK_CRL]);
    b.texts[TEXT_PCK_CRL] = text;
    make(&b);
    assert_true(has(&b, TEXT_ROOT_CRL) && has(&b, TEXT_PCK_CRL));
    forget(&b);
}

static void what_is_spoiled_is_refused_by_name_and_harms_nothing_else(void **state)
{
    static const struct {
        const char *name;
        size_t text;
        const char *find; /* the byte behind this changes; NULL: the last byte does */
        size_t part;      /* which is refused for it */
        enum verify_check check;
    } cases[] = {
        { "root CRL's signature", TEXT_ROOT_CRL, NULL, TEXT_ROOT_CRL,
          CHECK_ROOT_CA_CRL_INVALID },
        { "PCK CRL's signature", TEXT_PCK_CRL, NULL, TEXT_PCK_CRL,
          CHECK_PCK_CRL_INVALID },
        { "a word of the TCB info", TEXT_TCB_INFO, "\"fmspc\":\"", TEXT_TCB_INFO,
          CHECK_TCB_INFO_INVALID_SIGNATURE },
        { "TCB info's brackets", TEXT_TCB_INFO, NULL, TEXT_TCB_INFO,
          CHECK_TCB_INFO_INVALID },
        { "a word of the identity", TEXT_IDENTITY, "\"mrsigner\":\"", TEXT_IDENTITY,
          CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE },
        { "identity's brackets", TEXT_IDENTITY, NULL, TEXT_IDENTITY,
          CHECK_ENCLAVE_IDENTITY_INVALID },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct brought b;
        struct error why = { 0 };
        bring(&b);
        struct buf *text = &b.texts[cases[i].text];
        size_t at = text->len - 1;
        if (cases[i].find != NULL)
            at = bytes_find(buf_bytes(text), bytes_of_text(cases[i].find))
                 + strlen(cases[i].find);
        text->at[at] ^= 1;
        make(&b);
        if (refused(&b, cases[i].part, &why) != cases[i].check || why.text[0] == 0)
            fail_msg("%s: %s", cases[i].name,
                     verify_check_name(refused(&b, cases[i].part, &why)));
        for (size_t part = TEXT_ROOT_CRL; part <= TEXT_IDENTITY; part++) {
            bool hangs_on_it = cases[i].part == TEXT_ROOT_CRL || part == cases[i].part;
            if (has(&b, part) == hangs_on_it)
                fail_msg("%s: part %zu", cases[i].name, part);
        }
        forget(&b);
    }
}

static void what_is_not_there_is_missing_and_not_refused(void **state)
{
    struct brought b;
    struct error why = { 0 };

    (void)state;
    for (size_t missing = TEXT_ROOT_CRL; missing <= TEXT_IDENTITY; missing++) {
        bring(&b);
        buf_clear(&b.texts[missing]);
        make(&b);
        for (size_t part = TEXT_ROOT_CRL; part <= TEXT_IDENTITY; part++) {
            bool is_out = missing == TEXT_ROOT_CRL || part == missing;
            assert_int_equal(refused(&b, part, &why), CHECK_PASSED);
            assert_int_equal(has(&b, part), !is_out);
        }
        forget(&b);
    }
}

static void without_its_issuers_a_document_is_refused(void **state)
{
    struct brought b;
    struct error why = { 0 };

    (void)state;
    bring(&b);
    buf_clear(&b.texts[TEXT_SIGNING]);
    make(&b);
    assert_int_equal(refused(&b, TEXT_TCB_INFO, &why), CHECK_TCB_INFO_CHAIN_UNTRUSTED);
    assert_int_equal(refused(&b, TEXT_IDENTITY, &why),
                     CHECK_ENCLAVE_IDENTITY_CHAIN_UNTRUSTED);
    forget(&b);

    bring(&b);
    buf_clear(&b.texts[TEXT_PCK_ISSUERS]);
    buf_clear(&b.texts[TEXT_PCK_CHAIN]);
    make(&b);
    assert_int_equal(refused(&b, TEXT_PCK_CRL, &why), CHECK_PCK_CRL_INVALID);
    assert_refused(why, ERROR_UNTRUSTED, "PCK platform CA, was not given");
    assert_null(pck_of(&b, &why));
    forget(&b);
}

static void a_root_that_nobody_trusts_vouches_for_nothing(void **state)
{
    struct brought b;
    struct error why = { 0 };

    (void)state;
    bring(&b);
    trust_init(&b.trust); /* Intel's own, alone */
    make(&b);
    assert_int_equal(refused(&b, TEXT_ROOT_CRL, &why), CHECK_ROOT_CA_CRL_INVALID);
    assert_refused(why, ERROR_UNTRUSTED, "no trusted root");
    for (size_t part = TEXT_ROOT_CRL; part <= TEXT_IDENTITY; part++)
        assert_false(has(&b, part));
    why = (struct error){ 0 };
    assert_null(pck_of(&b, &why));
    assert_refused(why, ERROR_UNTRUSTED, "no trusted root");
    forget(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_whole_is_verified),
        cmocka_unit_test(encodings_are_all_one),
        cmocka_unit_test(what_is_spoiled_is_refused_by_name_and_harms_nothing_else),
        cmocka_unit_test(what_is_not_there_is_missing_and_not_refused),
        cmocka_unit_test(without_its_issuers_a_document_is_refused),
        cmocka_unit_test(a_root_that_nobody_trusts_vouches_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
