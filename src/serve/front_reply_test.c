/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals and Request-IDs, as a host sees them. */
#include "serve/front_reply.h"

#include "serve/test_house.h"

static void request_ids_are_the_clients_own_where_sane(void **state)
{
    static const struct {
        const char *sent;
        bool echoed;
    } cases[] = {
        { "a", true },
        { "Req-1_2.3", true },
        { "0123456789012345678901234567890123456789012345678901234567890123", true },
        { "01234567890123456789012345678901234567890123456789012345678901234", false },
        { "with space", false },
        { "semi;colon", false },
        { "<script>", false },
    };
    static const char *const targets[] = { V4 TCB, V4 "nothing", V4 COLD, V4 "tcb",
                                           "/livez" };
    struct house house;

    (void)state;
    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t k = 0; k < COUNT_OF(targets); k++) {
            char more[128];
            snprintf(more, sizeof more, "Request-ID: %s\r\n", cases[i].sent);
            struct test_answer answer = get(&house, targets[k], more);
            const char *id = test_header(&answer, "Request-ID");
            if ((strcmp(id, cases[i].sent) == 0) != cases[i].echoed
                || (!cases[i].echoed && strlen(id) != 32))
                fail_msg("%s sent to %s: %s", cases[i].sent, targets[k], id);
            test_forget(&answer);
        }
    }
    /* the whole answer is as without it */
    struct test_answer plain = get(&house, V4 TCB, "");
    struct test_answer own = get(&house, V4 TCB, "Request-ID: mine\r\n");
    char etag[64];
    snprintf(etag, sizeof etag, "%.63s", test_header(&plain, "ETag"));
    assert_true(bytes_equal(plain.body, own.body));
    assert_string_equal(test_header(&own, "ETag"), etag);
    assert_string_not_equal(test_header(&own, "TCB-Info-Issuer-Chain"), "");
    test_forget(&plain);
    test_forget(&own);
    house_close(&house);
}

static void refusals_say_what_is_wrong(void **state)
{
    static const struct {
        const char *method, *target, *more;
        unsigned status;
        const char *code, *part;
    } cases[] = {
        { "GET", "/", "", 404, "route_unknown", "no such path" },
        { "GET", V4 "pckcert/more", "", 404, "route_unknown", "no such path" },
        { "GET", V4 "platforms", "", 404, "route_unknown", "no such path" },
        { "POST", "/nowhere", "Content-Length: 0\r\n", 404, "route_unknown", "" },
        { "GET", V4 "tcb", "", 400, "malformed", "parameter fmspc is missing" },
        { "GET", V4 TCB "&fmspc=00906ea10001", "", 400, "malformed", "comes twice" },
        { "GET", V4 TCB "&update=now", "", 400, "malformed", "standard or early" },
        { "GET", "/metadata/THIM" V4 TCB, "", 400, "malformed", "Metadata: true" },
        { "GET", "/metadata/THIM" V4 TCB, "Metadata: false\r\n", 400, "malformed",
          "Metadata: true" },
        { "POST", V4 TCB, "Content-Length: 0\r\n", 405, "method", "Use GET or HEAD" },
        { "DELETE", "/livez", "", 405, "method", "Use GET or HEAD" },
        { "GET", V4 COLD, "", 404, "not_found", "thim status" },
    };
    struct house house;

    (void)state;
    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer =
            test_ask(house.port, cases[i].method, cases[i].target, cases[i].more);
        if (answer.status != cases[i].status
            || strcmp(test_header(&answer, "THIM-Error"), cases[i].code) != 0
            || strstr(buf_text(&answer.text), cases[i].part) == NULL)
            fail_msg("%s: %s", cases[i].target, buf_text(&answer.text));
        assert_true(max_age_of(&answer) > 0);
        assert_string_not_equal(test_header(&answer, "Request-ID"), "");
        assert_string_equal(test_header(&answer, "Content-Type"),
                            "text/plain; charset=us-ascii");
        if (answer.status == 405)
            assert_string_equal(test_header(&answer, "Allow"), "GET, HEAD");
        test_forget(&answer);
    }
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_ids_are_the_clients_own_where_sane),
        cmocka_unit_test(refusals_say_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
