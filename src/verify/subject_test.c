/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/subject.h"

#include "format/test_der.h"
#include "kit/test.h"

static const struct subject_attribute expected[] = {
    { { 0x55, 0x04, 0x03 }, "CN", NULL },
    { { 0x55, 0x04, 0x0a }, "O", "Example" },
};

#define CN "\x30\x09\x06\x03\x55\x04\x03\x0c\x02me"
#define O_EXAMPLE                          \
    "\x30\x0e\x06\x03\x55\x04\x0a\x13\x07" \
    "Example"
#define O_EXAMPLE_UTF8                     \
    "\x30\x0e\x06\x03\x55\x04\x0a\x0c\x07" \
    "Example"
#define O_EXAMPLF                          \
    "\x30\x0e\x06\x03\x55\x04\x0a\x13\x07" \
    "Examplf"
#define C_US "\x30\x09\x06\x03\x55\x04\x06\x13\x02US"

static void a_subject_is_of_what_is_expected(void **state)
{
    static const struct {
        const char *claim;
        const char *attributes[3]; /* each in a set of its own */
        enum error_kind kind;
        const char *why; /* NULL: accepted */
    } cases[] = {
        { "all of it", { CN, O_EXAMPLE }, 0, NULL },
        { "in another order", { O_EXAMPLE, CN }, 0, NULL },
        { "as UTF8String", { CN, O_EXAMPLE_UTF8 }, 0, NULL },
        { "a letter off",
          { CN, O_EXAMPLF },
          ERROR_UNTRUSTED,
          "subject has O \"Examplf\", expected Example" },
        { "one missing", { CN }, ERROR_UNTRUSTED, "subject has no O" },
        { "the free one missing", { O_EXAMPLE }, ERROR_UNTRUSTED, "subject has no CN" },
        { "one twice",
          { CN, O_EXAMPLE, O_EXAMPLE },
          ERROR_UNTRUSTED,
          "subject has O \"Example\" once more" },
        { "the free one twice",
          { CN, O_EXAMPLE, CN },
          ERROR_UNTRUSTED,
          "subject has CN \"me\" once more" },
        { "one more",
          { CN, O_EXAMPLE, C_US },
          ERROR_UNTRUSTED,
          "subject has an attribute with OID content 550406" },
        { "a number for a name",
          { CN, "\x30\x08\x06\x03\x55\x04\x0a\x02\x01\x05" },
          ERROR_FORMAT,
          "name attribute: tag 02" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct x509_certificate c = { 0 };
        struct error err = { 0 };
        struct buf subject;
        buf_init(&subject, 1024);
        for (size_t k = 0; k < 3 && cases[i].attributes[k] != NULL; k++)
            der_put(&subject, DER_SET, bytes_of_text(cases[i].attributes[k]));
        der_close(&subject, DER_SEQUENCE, 0);
        c.subject = buf_bytes(&subject);
        bool ok = subject_check(&c, expected, COUNT_OF(expected), &err);
        if (ok != (cases[i].why == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, cases[i].kind, cases[i].why);
        buf_fini(&subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_subject_is_of_what_is_expected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
