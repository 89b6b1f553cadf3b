/* SPDX-License-Identifier: Apache-2.0 */
/* The whole front over real sockets. */
#include "serve/front.h"

#include <pthread.h>
#include <stdatomic.h>

#include "format/http_head.h"
#include "serve/test_http.h"
#include "serve/test_stock.h"

#define V4 "/sgx/certification/v4/"
#define V3 "/sgx/certification/v3/"
#define T4 "/tdx/certification/v4/"
#define TCB "tcb?fmspc=00906ea10000"
#define COLD "tcb?fmspc=c00000000000"

/* ---- a front with a desk that does as it is told -------------------------------- */

struct house {
    struct stock stock;
    struct config config;
    struct clock *clock;
    struct front *front;
    struct http_server *server;
    uint16_t port;

    /* what the desk will say; 0: nothing until house_tell */
    enum miss_outcome outcome;
    int64_t retry_after_s;
    bool fetches; /* publishes the FMSPC that is asked for, then tells */
    atomic_int asked;
    pthread_mutex_t lock;
    void (*told)(void *told_context, enum miss_outcome outcome, int64_t retry_after_s);
    void *told_context;
};

static void house_publish(struct house *house)
{
    struct error err = { 0 };

    assert_ok(front_publish(house->front, house->stock.holdings, &err), err);
}

static void desk_ask(void *house_, const struct question *question,
                     const struct http_peer *peer,
                     void (*told)(void *told_context, enum miss_outcome outcome,
                                  int64_t retry_after_s),
                     void *told_context)
{
    struct house *house = house_;

    assert_true(peer->is_loopback);
    atomic_fetch_add(&house->asked, 1);
    if (house->fetches) {
        stock_add_both(&house->stock, question->key);
        house_publish(house);
    }
    if (house->outcome != 0) {
        told(told_context, house->outcome, house->retry_after_s);
        return;
    }
    pthread_mutex_lock(&house->lock);
    house->told_context = told_context;
    house->told = told;
    pthread_mutex_unlock(&house->lock);
}

/* Tells who waits, once somebody does. */
static void house_tell(struct house *house, enum miss_outcome outcome)
{
    for (;;) {
        pthread_mutex_lock(&house->lock);
        void (*told)(void *, enum miss_outcome, int64_t) = house->told;
        house->told = NULL;
        pthread_mutex_unlock(&house->lock);
        if (told != NULL) {
            told(house->told_context, outcome, 0);
            return;
        }
        usleep(1000);
    }
}

static void house_start(struct house *house, const struct http_server_options *options)
{
    struct error err = { 0 };
    struct front_options front = { .config = &house->config,
                                   .clock = house->clock,
                                   .desk = { .context = house, .ask = desk_ask } };

    assert_ok(front_create(&front, &house->front, &err), err);
    house_publish(house);
    struct http_handler handler = front_handler(house->front);
    assert_ok(http_server_start(options, &handler, &house->server, &err), err);
    house->port = http_server_port(house->server);
}

static void house_open(struct house *house)
{
    static const struct http_server_options options = { .address = "127.0.0.1" };

    *house = (struct house){ .outcome = MISS_NOT_FOUND,
                             .clock = clock_standing_at(STOCK_NOW_S) };
    pthread_mutex_init(&house->lock, NULL);
    config_defaults(&house->config);
    stock_open(&house->stock);
    stock_fill(&house->stock);
    house_start(house, &options);
}

static void house_close(struct house *house)
{
    http_server_stop(house->server);
    front_destroy(house->front);
    stock_close(&house->stock);
    config_fini(&house->config);
    clock_close(house->clock);
    pthread_mutex_destroy(&house->lock);
}

static struct test_answer get(const struct house *house, const char *target,
                              const char *more)
{
    return test_ask(house->port, "GET", target, more);
}

static int64_t max_age_of(const struct test_answer *answer)
{
    const char *value = test_header(answer, "Cache-Control");

    return strncmp(value, "max-age=", 8) == 0 ? atoll(value + 8) : -1;
}

/* ---- what the real clients need ------------------------------------------------- */

static void check_chain(const char *line, const struct test_answer *answer,
                        const char *name)
{
    struct der_chain chain;
    struct arena arena;
    struct error err = { 0 };
    struct buf pem;

    arena_init(&arena, 1024 * 1024);
    buf_init(&pem, 1024 * 1024);
    if (!http_chain_read(bytes_of_text(test_header(answer, name)), &arena, &chain, &err))
        fail_msg("%s: %s: %s", line, name, err.text);
    pem_chain_write(&pem, &chain);
    assert_true(answer->body.len + pem.len + 2 <= 65535);
    buf_fini(&pem);
    arena_fini(&arena);
}

static bool is_pem_crl(struct bytes body)
{
    return bytes_equal_text(bytes_first(body, 24), "-----BEGIN X509 CRL-----");
}

static bool is_hex(struct bytes body)
{
    for (size_t i = 0; i < body.len; i++)
        if (strchr("0123456789abcdef", body.at[i]) == NULL)
            return false;
    return body.len > 0;
}

static void check_crl(const char *line, const struct test_answer *answer)
{
    bool is_azure = strstr(line, "clientid=") != NULL;
    bool wants_der =
        strstr(line, "encoding=der") != NULL || strstr(line, "/crl?uri=") != NULL;
    bool fits = is_azure    ? is_pem_crl(answer->body)
                : wants_der ? answer->body.len > 2 && answer->body.at[0] == 0x30
                                  && answer->body.at[1] == 0x82
                            : is_hex(answer->body);

    if (!fits)
        fail_msg("%s: the CRL is in another form", line);
    check_chain(line, answer, "SGX-PCK-CRL-Issuer-Chain");
}

static void check_json(const char *line, const struct test_answer *answer)
{
    bool is_tcb = strstr(line, "/tcb?") != NULL;
    bool is_early = strstr(line, "update=early") != NULL;
    const char *start = is_tcb ? "{\"tcbInfo\":{" : "{\"enclaveIdentity\":{";

    if (!bytes_equal_text(bytes_first(answer->body, strlen(start)), start))
        fail_msg("%s: the body is something else", line);
    const char *number =
        is_early ? "\"tcbEvaluationDataNumber\":18" : "\"tcbEvaluationDataNumber\":17";
    assert_true(bytes_find(answer->body, bytes_of_text(number)) < answer->body.len);
    if (is_tcb) { /* QPL and Azure's client look for one, or the other, or both */
        check_chain(line, answer, "SGX-TCB-Info-Issuer-Chain");
        check_chain(line, answer, "TCB-Info-Issuer-Chain");
    } else {
        check_chain(line, answer, "SGX-Enclave-Identity-Issuer-Chain");
    }
}

/* The real client's needs: clients.md A3, A8, B3, D1, D3, D5, D6. */
static void check_request(const struct house *house, char *line)
{
    char *end = strchr(line + 4, ' ');

    assert_non_null(end);
    *end = 0;
    struct test_answer answer = get(house, line + 4, "Accept: */*\r\n");
    if (answer.status != 200 || answer.body.len == 0)
        fail_msg("%s: %u", line, answer.status);
    if (max_age_of(&answer) < 1 || max_age_of(&answer) > 86400)
        fail_msg("%s: Cache-Control: %s", line, test_header(&answer, "Cache-Control"));
    assert_null(strstr(buf_text(&answer.text), ": \r\n")); /* kills Azure's client */
    if (strstr(line, "crl") != NULL)
        check_crl(line, &answer);
    else
        check_json(line, &answer);
    test_forget(&answer);
}

static size_t check_recording(const struct house *house, const char *name)
{
    struct buf recording = test_shared_file(name);
    size_t checked = 0;

    for (char *rest = (char *)recording.at, *line;
         (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "GET ", 4) != 0 || strstr(line, "customParameter") != NULL
            || strstr(line, "/pckcert?") != NULL || strstr(line, "appraisal") != NULL)
            continue;
        check_request(house, line);
        checked++;
    }
    buf_fini(&recording);
    return checked;
}

static void real_clients_get_what_they_need(void **state)
{
    static const uint8_t others[][6] = { { 0x00, 0x60, 0x6a },
                                         { 0x00, 0x80, 0x6f, 0x05 } };
    struct house house;

    (void)state;
    if (test_shared("vectors/requests") == NULL) {
        print_message("the shared vectors are not there\n");
        skip();
        return;
    }
    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        stock_add_both(&house.stock, key_tcb_info(TEE_SGX, 3, others[i], 0));
        stock_add_both(&house.stock, key_tcb_info(TEE_TDX, 3, others[i], 0));
    }
    house_publish(&house);
    assert_true(check_recording(&house, "vectors/requests/intel-qpl-1.13.110.txt") >= 35);
    assert_true(check_recording(&house, "vectors/requests/azure-dcap-client-1.13.1.txt")
                >= 20);
    assert_int_equal(house.asked, 0);
    house_close(&house);
}

/* ---- conditional requests, HEAD, Request-ID ------------------------------------- */

static void entity_tags_spare_the_body(void **state)
{
    struct house house;
    char tag[64], more[256];

    (void)state;
    house_open(&house);
    struct test_answer answer = get(&house, V4 TCB, "");
    snprintf(tag, sizeof tag, "%.63s", test_header(&answer, "ETag"));
    assert_int_equal(strlen(tag), 34);
    test_forget(&answer);

    const struct {
        const char *claim, *format;
        unsigned status;
    } cases[] = {
        { "the tag", "If-None-Match: %s\r\n", 304 },
        { "the tag, weak", "If-None-Match: W/%s\r\n", 304 },
        { "among others", "If-None-Match: \"x\", %s\r\n", 304 },
        { "any", "If-None-Match: *\r\n", 304 },
        { "another", "If-None-Match: \"x\"\r\n", 200 },
        { "its beginning", "If-None-Match: %.20s\"\r\n", 200 },
        { "none", "", 200 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        snprintf(more, sizeof more, cases[i].format, tag);
#pragma GCC diagnostic pop
        answer = get(&house, V4 TCB, more);
        if (answer.status != cases[i].status)
            fail_msg("%s: %u", cases[i].claim, answer.status);
        assert_string_equal(test_header(&answer, "ETag"), tag);
        assert_true(max_age_of(&answer) > 0);
        assert_string_not_equal(test_header(&answer, "Request-ID"), "");
        if (answer.status == 304)
            assert_string_equal(test_header(&answer, "TCB-Info-Issuer-Chain"), "");
        test_forget(&answer);
    }
    struct front_counts counts;
    front_counts(house.front, &counts);
    assert_int_equal(counts.not_modified, 4);
    assert_int_equal(counts.answered, 4);
    house_close(&house);
}

static void head_is_get_without_its_body(void **state)
{
    static const char *const targets[] = { V4 TCB, V4 "rootcacrl", V4 "fmspcs",
                                           V4 "nothing", "/readyz?verbose" };
    struct house house;

    (void)state;
    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct test_answer whole = test_ask(house.port, "GET", targets[i], "");
        struct test_answer head =
            test_ask(house.port, "HEAD", targets[i], "Connection: close\r\n");
        char len[32];
        snprintf(len, sizeof len, "%.31s", test_header(&whole, "Content-Length"));
        assert_int_equal(head.status, whole.status);
        assert_string_equal(test_header(&head, "Content-Length"), len);
        assert_int_equal(head.body.len, 0);
        test_forget(&whole);
        test_forget(&head);
    }
    house_close(&house);
}

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

/* ---- refusals ------------------------------------------------------------------- */

static void refusals_say_what_is_wrong(void **state)
{
    static const struct {
        const char *method, *target, *more;
        unsigned status;
        const char *code, *part;
    } cases[] = {
        { "GET", "/", "", 404, "route_unknown", "no such path" },
        { "GET", V4 "pckcert?qeid=00", "", 404, "route_unknown", "no such path" },
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

static void metadata_twins_answer_with_their_header(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    struct test_answer answer =
        get(&house, "/metadata/THIM" V4 "pckcrl?ca=platform", "metadata: TRUE\r\n");
    assert_int_equal(answer.status, 200);
    assert_true(is_pem_crl(answer.body));
    test_forget(&answer);
    house_close(&house);
}

static void version_3_is_gone_where_configured(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    struct test_answer answer = get(&house, V3 TCB, "");
    assert_int_equal(answer.status, 200);
    assert_int_equal(strncmp(test_header(&answer, "Warning"), "299 - \"PCS API", 14), 0);
    test_forget(&answer);

    house.config.compat.v3 = COMPAT_V3_GONE;
    answer = get(&house, V3 TCB, "");
    assert_int_equal(answer.status, 410);
    assert_non_null(strstr(buf_text(&answer.text),
                           "The Intel PCS API version 3 reached planned EOL."));
    test_forget(&answer);
    assert_int_equal(house.asked, 0);
    house_close(&house);
}

/* ---- misses --------------------------------------------------------------------- */

static void misses_end_as_the_desk_says(void **state)
{
    static const struct {
        const char *claim;
        enum miss_outcome outcome;
        int64_t retry_after_s;
        unsigned status;
        const char *code, *retry_after;
    } cases[] = {
        { "no such thing", MISS_NOT_FOUND, 0, 404, "not_found", "" },
        { "no such thing needs no time", MISS_NOT_FOUND, 9, 404, "not_found", "" },
        { "no longer signed", MISS_GONE, 0, 410, "number_gone", "" },
        { "nobody to ask", MISS_UNREACHABLE, 0, 503, "unreachable", "5" },
        { "nobody to ask for a while", MISS_UNREACHABLE, 60, 503, "unreachable", "60" },
        { "asked too much", MISS_BUDGET, 7, 429, "budget", "7" },
        { "fetched, and yet not there", MISS_FETCHED, 0, 503, "unreachable", "5" },
    };
    struct house house;

    (void)state;
    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        house.outcome = cases[i].outcome;
        house.retry_after_s = cases[i].retry_after_s;
        struct test_answer answer = get(&house, V4 COLD, "");
        if (answer.status != cases[i].status
            || strcmp(test_header(&answer, "THIM-Error"), cases[i].code) != 0
            || strcmp(test_header(&answer, "Retry-After"), cases[i].retry_after) != 0)
            fail_msg("%s: %s", cases[i].claim, buf_text(&answer.text));
        if (answer.status == 503) { /* or Intel's client glues it to the next answer */
            assert_int_equal(answer.body.len, 0);
            assert_string_equal(test_header(&answer, "Content-Length"), "0");
            assert_string_not_equal(test_header(&answer, "THIM-Error-Message"), "");
        }
        assert_true(max_age_of(&answer) > 0);
        test_forget(&answer);
    }
    assert_int_equal(house.asked, COUNT_OF(cases));
    house_close(&house);
}

static void what_was_fetched_is_served(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house.fetches = true;
    house.outcome = MISS_FETCHED;
    for (int i = 0; i < 2; i++) {
        struct test_answer answer = get(&house, V4 COLD, "Request-ID: mine\r\n");
        assert_int_equal(answer.status, 200);
        assert_string_equal(test_header(&answer, "Request-ID"), "mine");
        assert_true(bytes_find(answer.body, bytes_of_text("{\"tcbInfo\"")) == 0);
        test_forget(&answer);
        assert_int_equal(house.asked, 1); /* the second time it is held */
    }
    house_close(&house);
}

static void those_who_wait_are_told_from_another_thread(void **state)
{
    struct house house;
    char request[256];

    (void)state;
    house_open(&house);
    house.outcome = 0;
    int fd = test_connect(house.port);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", V4 COLD);
    test_say(fd, request);
    house_tell(&house, MISS_GONE);
    struct test_answer answer = test_hear(fd, false);
    assert_int_equal(answer.status, 410);
    test_forget(&answer);
    /* the connection lives on */
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", V4 TCB);
    test_say(fd, request);
    answer = test_hear(fd, false);
    assert_int_equal(answer.status, 200);
    test_forget(&answer);
    close(fd);
    house_close(&house);
}

static void waiting_has_a_deadline_and_a_bound(void **state)
{
    static const struct http_server_options narrow = { .address = "127.0.0.1",
                                                       .waiters = 1 };
    struct house house;

    (void)state;
    house_open(&house);
    house.outcome = 0;
    house.config.limits.miss_wait_ms = 50;
    struct test_answer answer = get(&house, V4 COLD, "");
    assert_int_equal(answer.status, 503);
    assert_string_equal(test_header(&answer, "THIM-Error"), "late");
    assert_string_equal(test_header(&answer, "Retry-After"), "5");
    assert_int_equal(answer.body.len, 0);
    test_forget(&answer);
    house_tell(&house, MISS_NOT_FOUND); /* too late, and harmless */

    /* one place to wait: the second is told at once */
    http_server_stop(house.server);
    front_destroy(house.front);
    house_start(&house, &narrow);
    house.config.limits.miss_wait_ms = 60000;
    int fd = test_connect(house.port);
    test_say(fd, "GET " V4 COLD " HTTP/1.1\r\nHost: h\r\n\r\n");
    while (atomic_load(&house.asked) < 2)
        usleep(1000);
    answer = get(&house, V4 COLD, "");
    assert_int_equal(answer.status, 503);
    assert_string_equal(test_header(&answer, "THIM-Error"), "busy");
    test_forget(&answer);
    house_tell(&house, MISS_NOT_FOUND);
    answer = test_hear(fd, false);
    assert_int_equal(answer.status, 404);
    test_forget(&answer);
    close(fd);
    house_close(&house);
}

/* ---- time and health ------------------------------------------------------------ */

static void nothing_stale_is_served_even_before_the_tick(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    assert_true(clock_step_to(house.clock, STOCK_DUE_S));
    struct test_answer answer = get(&house, V4 TCB, "");
    assert_int_equal(answer.status, 200);
    test_forget(&answer);
    assert_true(clock_step_to(house.clock, STOCK_DUE_S + 1));
    answer = get(&house, V4 TCB, "");
    assert_int_equal(answer.status, 404); /* as the desk says */
    assert_int_equal(house.asked, 1);
    test_forget(&answer);
    /* the clock that went back is believed as well */
    assert_true(clock_step_to(house.clock, STOCK_DUE_S - 100));
    front_tick(house.front);
    answer = get(&house, V4 TCB, "");
    assert_int_equal(answer.status, 200);
    assert_int_equal(max_age_of(&answer), 40);
    test_forget(&answer);
    house_close(&house);
}

static void check_health(const struct house *house, const char *target, unsigned status,
                         const char *part)
{
    struct test_answer answer = get(house, target, "");

    if (answer.status != status || strstr(buf_text(&answer.text), part) == NULL)
        fail_msg("%s: %s", target, buf_text(&answer.text));
    if (status == 503)
        assert_int_equal(answer.body.len, 0);
    test_forget(&answer);
}

static void health_is_told_as_it_is(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    check_health(&house, "/livez", 200, "\r\n\r\nok\n");
    check_health(&house, "/healthz/live", 200, "no-store");
    check_health(&house, "/healthz/startup", 503, "THIM-Error: not_started");
    /* ready does not wait for an upstream: what is held will do */
    check_health(&house, "/healthz/ready", 200, "ok\n");
    check_health(&house, "/readyz", 200, "ok\n");
    check_health(&house, "/readyz?verbose", 200, "[ ] first refresh under way");
    assert_true(front_is_ready(house.front));
    front_set_started(house.front);
    check_health(&house, "/healthz/startup", 200, "ok\n");
    check_health(&house, "/readyz?verbose", 200, "[+] first refresh done");
    check_health(&house, "/healthz", 404, "route_unknown");

    assert_true(clock_step_to(house.clock, STOCK_DUE_S + 1));
    check_health(&house, "/readyz", 503,
                 "in date there is no PCK CRL, TCB info, identity");
    assert_false(front_is_ready(house.front));
    check_health(&house, "/livez", 200, "ok\n");
    assert_true(clock_step_to(house.clock, STOCK_NOW_S));
    check_health(&house, "/readyz", 200, "ok\n");

    front_set_draining(house.front);
    check_health(&house, "/readyz", 503, "draining");
    check_health(&house, "/livez", 200, "ok\n");
    assert_int_equal(house.asked, 0);
    house_close(&house);
}

static void nothing_published_is_not_ready(void **state)
{
    struct front_options options;
    struct front *front;
    struct config config;
    struct error err = { 0 };
    struct http_server *server;

    (void)state;
    config_defaults(&config);
    OWNED(clock_close) struct clock *clock = clock_system();
    options = (struct front_options){ .config = &config, .clock = clock };
    assert_ok(front_create(&options, &front, &err), err);
    struct http_handler handler = front_handler(front);
    struct http_server_options listen = { .address = "127.0.0.1" };
    assert_ok(http_server_start(&listen, &handler, &server, &err), err);
    struct test_answer answer = test_ask(http_server_port(server), "GET", "/readyz", "");
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(buf_text(&answer.text), "the store is not open yet"));
    test_forget(&answer);
    answer = test_ask(http_server_port(server), "GET", V4 TCB, "");
    assert_int_equal(answer.status, 404); /* and no desk to ask */
    test_forget(&answer);
    http_server_stop(server);
    front_destroy(front);
    config_fini(&config);
}

/* ---- swaps under load ----------------------------------------------------------- */

enum { CLIENTS = 4, REQUESTS = 150, SWAPS = 60 };

struct load {
    uint16_t port;
    atomic_int wrong;
};

/* Answers are whole, whichever shelf they come from. */
static void *keep_asking(void *load_)
{
    static const char *const targets[] = { V4 TCB, V4 "rootcacrl", T4 "qe/identity" };
    struct load *load = load_;
    int fd = test_connect(load->port);

    for (int i = 0; i < REQUESTS; i++) {
        char request[256];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n%s\r\n",
                 targets[i % 3], i % 5 == 0 ? "Request-ID: mine\r\n" : "");
        test_say(fd, request);
        struct test_answer answer = test_hear(fd, false);
        size_t len = (size_t)atol(test_header(&answer, "Content-Length"));
        if (answer.status != 200 || answer.body.len == 0 || answer.body.len != len)
            atomic_fetch_add(&load->wrong, 1);
        test_forget(&answer);
    }
    close(fd);
    return NULL;
}

static void shelves_are_swapped_under_load(void **state)
{
    struct house house;
    pthread_t clients[CLIENTS];

    (void)state;
    house_open(&house);
    struct load load = { .port = house.port };
    for (size_t i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i], NULL, keep_asking, &load), 0);
    for (int i = 0; i < SWAPS; i++) {
        if (i % 2 == 0)
            house_publish(&house);
        else
            front_tick(house.front);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    assert_int_equal(load.wrong, 0);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_clients_get_what_they_need),
        cmocka_unit_test(entity_tags_spare_the_body),
        cmocka_unit_test(head_is_get_without_its_body),
        cmocka_unit_test(request_ids_are_the_clients_own_where_sane),
        cmocka_unit_test(refusals_say_what_is_wrong),
        cmocka_unit_test(metadata_twins_answer_with_their_header),
        cmocka_unit_test(version_3_is_gone_where_configured),
        cmocka_unit_test(misses_end_as_the_desk_says),
        cmocka_unit_test(what_was_fetched_is_served),
        cmocka_unit_test(those_who_wait_are_told_from_another_thread),
        cmocka_unit_test(waiting_has_a_deadline_and_a_bound),
        cmocka_unit_test(nothing_stale_is_served_even_before_the_tick),
        cmocka_unit_test(health_is_told_as_it_is),
        cmocka_unit_test(nothing_published_is_not_ready),
        cmocka_unit_test(shelves_are_swapped_under_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
