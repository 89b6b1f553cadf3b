/* SPDX-License-Identifier: Apache-2.0 */
/* Roles, and hashes as text; what may stand beside what is in keys_test.c. */
#include "config/tokens.h"

#include "kit/test.h"

#define SALT "000102030405060708090a0b0c0d0e0f"
#define HASH "1111111111111111111111111111111111111111111111111111111111111122"

static void a_role_brings_along_what_is_below_it(void **state)
{
    static const struct {
        enum role role;
        const char *name;
        unsigned includes;
    } cases[] = {
        { ROLE_HOST, "host", ROLE_HOST },
        { ROLE_READER, "reader", ROLE_READER | ROLE_HOST },
        { ROLE_REGISTRAR, "registrar", ROLE_REGISTRAR | ROLE_HOST },
        { ROLE_ADMIN, "admin", ROLE_ADMIN | ROLE_REGISTRAR | ROLE_READER | ROLE_HOST },
        { 0, "none", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(role_includes(cases[i].role), cases[i].includes);
        assert_string_equal(role_name(cases[i].role), cases[i].name);
    }
}

static void a_hash_is_read_with_its_cost(void **state)
{
    struct config_token token = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_ok(token_scrypt_read(bytes_of_text("15:8:4:" SALT ":" HASH), &token, &err),
              err);
    assert_int_equal(token.hash, TOKEN_SCRYPT);
    assert_int_equal(token.cost.log2_n, 15);
    assert_int_equal(token.cost.r, 8);
    assert_int_equal(token.cost.p, 4);
    assert_int_equal(token.salt[15], 0x0f);
    assert_int_equal(token.scrypt[31], 0x22);
    /* whatever is let through here can be computed */
    assert_ok(scrypt_derive(bytes_of_text("x"), bytes_of(token.salt, sizeof token.salt),
                            token.cost, token.scrypt, &err),
              err);
}

static void a_hash_that_is_none_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "", "is not LOG2N:R:P:SALT:HASH" },
        { "scrypt:14:8:1:" SALT ":" HASH, "is not LOG2N:R:P:SALT:HASH" },
        { "14:8:" SALT ":" HASH, "is not LOG2N:R:P:SALT:HASH" },
        { "014:8:1:" SALT ":" HASH, "is not LOG2N:R:P:SALT:HASH" },
        { "-14:8:1:" SALT ":" HASH, "is not LOG2N:R:P:SALT:HASH" },
        { "9:8:1:" SALT ":" HASH, "has LOG2N 9, outside of 10 to 15" },
        { "16:8:1:" SALT ":" HASH, "has LOG2N 16, outside of 10 to 15" },
        { "14:0:1:" SALT ":" HASH, "has R 0, outside of 1 to 8" },
        { "14:9:1:" SALT ":" HASH, "has R 9, outside of 1 to 8" },
        { "14:8:0:" SALT ":" HASH, "has P 0, outside of 1 to 4" },
        { "14:8:5:" SALT ":" HASH, "has P 5, outside of 1 to 4" },
        { "14:8:1:0" SALT ":" HASH, "has a salt that is not 32 hex digits" },
        { "14:8:1:" SALT, "has a hash that is not 64 hex digits" },
        { "14:8:1:" SALT ":" HASH "0", "has a hash that is not 64 hex digits" },
        { "14:8:1:" SALT ":" HASH ":", "has a hash that is not 64 hex digits" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config_token token = { 0 };
        struct error err = { 0 };
        if (token_scrypt_read(bytes_of_text(cases[i].text), &token, &err))
            fail_msg("%s: accepted", cases[i].text);
        assert_refused(err, ERROR_FORMAT, cases[i].why);
        assert_int_equal(token.hash, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_brings_along_what_is_below_it),
        cmocka_unit_test(a_hash_is_read_with_its_cost),
        cmocka_unit_test(a_hash_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
