/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of quote_verify share: every version with every body, and a way to say
 * which check fails. Tests only. */
#ifndef THIM_VERIFY_TEST_QUOTE_FORMS_H
#define THIM_VERIFY_TEST_QUOTE_FORMS_H

#include "kit/test.h"
#include "verify/test_quotes.h"

enum { SGX_V3, SGX_V4, TDX_V4, SGX_V5, TD_10_V5, TD_15_V5, TD_15_EX_V5, FORMS };

static const struct form {
    uint16_t version;
    enum tee tee;
    uint16_t body_type;
} forms[FORMS] = {
    [SGX_V3] = { 3, TEE_SGX, BODY_SGX },
    [SGX_V4] = { 4, TEE_SGX, BODY_SGX },
    [TDX_V4] = { 4, TEE_TDX, BODY_TD_10 },
    [SGX_V5] = { 5, TEE_SGX, BODY_SGX },
    [TD_10_V5] = { 5, TEE_TDX, BODY_TD_10 },
    [TD_15_V5] = { 5, TEE_TDX, BODY_TD_15 },
    [TD_15_EX_V5] = { 5, TEE_TDX, BODY_TD_15_EX },
};

static inline struct test_quote plain(size_t form)
{
    return test_quote_plain(forms[form].version, forms[form].tee, forms[form].body_type);
}

/* Mints and judges, all anew. */
static inline bool judge(const struct test_court *court, const struct test_quote *plan,
                         struct verdict *verdict)
{
    struct buf quote = test_quote_mint(court->world, plan);
    bool valid = quote_verify(buf_bytes(&quote), &court->law, NULL, verdict);

    buf_fini(&quote); /* the verdict's views into it are not to be looked at */
    assert_int_equal(valid, verdict->valid);
    return valid;
}

/* CHECK_PASSED: that it is valid. */
static inline void assert_failed(const char *claim, const struct verdict *verdict,
                                 enum verify_check check, const char *part)
{
    assert_int_equal(verdict->valid, verdict->failure == CHECK_PASSED);
    if (verdict->failure != check)
        fail_msg("%s: %s, expected %s", claim,
                 verdict->valid ? "valid" : verdict->why.text,
                 check == CHECK_PASSED ? "it to be valid" : verify_check_name(check));
    if (check != CHECK_PASSED && strstr(verdict->why.text, part) == NULL)
        fail_msg("%s: \"%s\", expected \"%s\"", claim, verdict->why.text, part);
}

#endif
