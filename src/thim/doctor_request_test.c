/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/doctor_request.h"

#include "kit/test.h"

#define WHOLE "qeid=0A1b&pceid=0000&cpusvn=01&pcesvn=0d00&encrypted_ppid=ff"

static const struct {
    const char *name, *text;
    const char *query; /* NULL: refused, with this in the refusal */
    const char *why;
} cases[] = {
    { "a query by itself", "qeid=0A1b&pceid=0000&encrypted_ppid=ff&cpusvn=01&pcesvn=0d00",
      WHOLE, NULL },
    { "a URL",
      "https://pccs:8081/sgx/certification/v4/pckcert?cpusvn=01&pcesvn=0d00&"
      "qeid=0A1b&encrypted_ppid=ff&pceid=0000",
      WHOLE, NULL },
    { "a line of nginx's log",
      "192.0.2.7 - - [01/Nov/2026:09:00:00 +0000] \"GET /sgx/certification/v4/pckcert?"
      "qeid=0A1b&encrypted_ppid=ff&cpusvn=01&pcesvn=0d00&pceid=0000 HTTP/1.1\" 404 0",
      WHOLE, NULL },
    { "a line of ours, other words with a = before it",
      "level=info from=192.0.2.7 target='/sgx/certification/v4/pckcert?qeid=0A1b'",
      "qeid=0A1b", NULL },
    { "upper case, and PCCS's names", "QE_ID=ab&PCE_ID=0100&cpu_svn=00",
      "qeid=ab&"
      "pceid=0100&cpusvn=00",
      NULL },
    { "other parameters are left out", "?qeid=ab&clientid=x&api-version=1", "qeid=ab",
      NULL },
    { "an empty one is none", "qeid=ab&encrypted_ppid=&pceid", "qeid=ab", NULL },
    { "no QE ID", "https://a/sgx/certification/v4/pckcert?encrypted_ppid=ff&pceid=0000",
      NULL, "no qeid" },
    { "nothing at all", "=", NULL, "no qeid" },
    { "one digit that is none", "qeid=0A1g", NULL, "qeid is no hex: \"0A1g\"" },
    { "a value that would go on to another parameter", "qeid=0A1b%26limit", NULL,
      "no hex" },
};

static void a_request_is_found_in_what_operators_have(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct buf query;
        buf_init(&query, 1024);
        assert_true(doctor_request_is(cases[i].text));
        bool read = doctor_request_read(cases[i].text, &query, &err);
        if (read != (cases[i].query != NULL)
            || (read && strcmp(buf_text(&query), cases[i].query) != 0))
            fail_msg("%s: \"%s\" %s", cases[i].name, buf_text(&query), err.text);
        if (!read)
            assert_refused(err, ERROR_FORMAT, cases[i].why);
        buf_fini(&query);
    }
}

static void a_qe_id_is_no_request(void **state)
{
    (void)state;
    assert_false(doctor_request_is("00fbe6733336eaf7a4e3d8b966a82e64"));
}

static void what_does_not_fit_is_refused(void **state)
{
    struct error err = { 0 };
    struct buf query;

    (void)state;
    buf_init(&query, 8);
    assert_false(doctor_request_read("qeid=0123456789", &query, &err));
    assert_refused(err, ERROR_LIMIT, "too long");
    buf_fini(&query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_found_in_what_operators_have),
        cmocka_unit_test(a_qe_id_is_no_request),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
