/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/parts.h"
#include "lib/test_given.h"

static struct thim_collateral *make(const struct given_world *given,
                                    struct thim_error *error)
{
    struct thim_collateral_options options = given_options(given);
    struct thim_collateral *collateral = NULL;

    *error = (struct thim_error){ .kind = THIM_ERROR_NONE };
    bool made = thim_collateral_new(given->trust, &options, &collateral, error);
    assert_int_equal(made, collateral != NULL);
    return collateral;
}

static void refused(const char *name, const struct given_world *given,
                    enum thim_error_kind kind, enum thim_check check)
{
    struct thim_error error;

    if (make(given, &error) != NULL || error.kind != kind || error.check != check
        || error.text[0] == '\0')
        fail_msg("%s: %d %s: %s", name, (int)error.kind, thim_check_name(error.check),
                 error.text);
}

static void what_is_whole_is_collateral_and_outlives_what_it_was_made_of(void **state)
{
    struct given_world given;
    struct thim_error error;

    (void)state;
    given_bring(&given);
    struct thim_collateral *collateral = make(&given, &error);
    if (collateral == NULL)
        fail_msg("%s: %s", thim_check_name(error.check), error.text);
    given_forget(&given);
    assert_ptr_equal(thim_collateral_hold(collateral), collateral);
    thim_collateral_release(collateral);
    assert_non_null(collateral_set_item(collateral->set, COLLATERAL_TCB_INFO));
    thim_collateral_release(collateral);
    thim_collateral_release(NULL);
    assert_null(thim_collateral_hold(NULL));
}

static void no_part_may_be_missing(void **state)
{
    static const enum thim_check missing[] = {
        [TEXT_ROOT_CRL] = THIM_CHECK_ROOT_CA_CRL_MISSING,
        [TEXT_PCK_CRL] = THIM_CHECK_PCK_CRL_MISSING,
        [TEXT_TCB_INFO] = THIM_CHECK_TCB_INFO_MISSING,
        [TEXT_IDENTITY] = THIM_CHECK_ENCLAVE_IDENTITY_MISSING,
    };
    struct given_world given;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(missing); i++) {
        given_bring(&given);
        buf_clear(&given.texts[i]);
        refused("missing", &given, THIM_ERROR_NOT_FOUND, missing[i]);
        given_forget(&given);
    }
}

static void pck_certificates_may_be_left_out(void **state)
{
    static const enum test_text alone[] = { TEXT_PCK_CHAIN, TEXT_PCK_ISSUERS };
    struct given_world given;
    struct thim_error error;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(alone); i++) { /* the other has the CA, too */
        given_bring(&given);
        buf_clear(&given.texts[alone[i]]);
        struct thim_collateral *collateral = make(&given, &error);
        if (collateral == NULL)
            fail_msg("%s", error.text);
        thim_collateral_release(collateral);
        given_forget(&given);
    }
}

static void one_spoiled_byte_and_there_is_no_collateral(void **state)
{
    static const struct {
        const char *name;
        enum test_text text;
        const char *find; /* the byte behind this changes; NULL: the last byte does */
        enum thim_error_kind kind;
        enum thim_check check;
    } cases[] = {
        { "root CRL's signature", TEXT_ROOT_CRL, NULL, THIM_ERROR_UNTRUSTED,
          THIM_CHECK_ROOT_CA_CRL_INVALID },
        { "PCK CRL's signature", TEXT_PCK_CRL, NULL, THIM_ERROR_UNTRUSTED,
          THIM_CHECK_PCK_CRL_INVALID },
        { "a word of the TCB info", TEXT_TCB_INFO, "\"fmspc\":\"", THIM_ERROR_UNTRUSTED,
          THIM_CHECK_TCB_INFO_INVALID_SIGNATURE },
        { "TCB info's brackets", TEXT_TCB_INFO, NULL, THIM_ERROR_FORMAT,
          THIM_CHECK_TCB_INFO_INVALID },
        { "a word of the identity", TEXT_IDENTITY, "\"mrsigner\":\"",
          THIM_ERROR_UNTRUSTED, THIM_CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct given_world given;
        given_bring(&given);
        struct buf *text = &given.texts[cases[i].text];
        size_t at = text->len - 1;
        if (cases[i].find != NULL)
            at = bytes_find(buf_bytes(text), bytes_of_text(cases[i].find))
                 + strlen(cases[i].find);
        text->at[at] ^= 1;
        refused(cases[i].name, &given, cases[i].kind, cases[i].check);
        given_forget(&given);
    }
}

static void a_pck_chain_without_its_leaf_is_refused(void **state)
{
    struct given_world given;

    (void)state;
    given_bring(&given);
    buf_clear(&given.texts[TEXT_PCK_CHAIN]);
    buf_add(&given.texts[TEXT_PCK_CHAIN], buf_bytes(&given.texts[TEXT_PCK_ISSUERS]));
    refused("no leaf", &given, THIM_ERROR_FORMAT, THIM_CHECK_PCK_CERT_CHAIN_UNTRUSTED);
    given_forget(&given);
}

static void nobody_is_trusted_but_by_trust(void **state)
{
    struct given_world given;

    (void)state;
    given_bring(&given);
    struct trust trust = given.trust->trust;
    trust_init(&given.trust->trust); /* the pinned ones alone */
    refused("another root", &given, THIM_ERROR_UNTRUSTED, THIM_CHECK_ROOT_CA_CRL_INVALID);
    thim_trust_free(given.trust);
    given.trust = NULL; /* the same */
    refused("no trust", &given, THIM_ERROR_UNTRUSTED, THIM_CHECK_ROOT_CA_CRL_INVALID);
    assert_true(thim_trust_new(&given.trust, NULL));
    given.trust->trust = trust;
    thim_collateral_release(make(&given, &(struct thim_error){ 0 }));
    given_forget(&given);
}

static void a_call_that_is_wrong_is_told_so(void **state)
{
    struct given_world given;
    struct thim_collateral *collateral = (struct thim_collateral *)&given;
    struct thim_error error = { 0 };

    (void)state;
    given_bring(&given);
    struct thim_collateral_options options = given_options(&given);
    assert_false(thim_collateral_new(given.trust, NULL, &collateral, &error));
    assert_int_equal(error.kind, THIM_ERROR_USAGE);
    assert_false(thim_collateral_new(given.trust, &options, NULL, NULL));
    options.size--;
    assert_false(thim_collateral_new(given.trust, &options, &collateral, &error));
    assert_int_equal(error.check, THIM_CHECK_USAGE);
    assert_null(collateral);
    options = given_options(&given);
    options.tcb_info.at = NULL; /* whatever its length */
    assert_false(thim_collateral_new(given.trust, &options, &collateral, &error));
    assert_int_equal(error.check, THIM_CHECK_TCB_INFO_MISSING);
    given_forget(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_whole_is_collateral_and_outlives_what_it_was_made_of),
        cmocka_unit_test(no_part_may_be_missing),
        cmocka_unit_test(pck_certificates_may_be_left_out),
        cmocka_unit_test(one_spoiled_byte_and_there_is_no_collateral),
        cmocka_unit_test(a_pck_chain_without_its_leaf_is_refused),
        cmocka_unit_test(nobody_is_trusted_but_by_trust),
        cmocka_unit_test(a_call_that_is_wrong_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
