/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/pcs_platform.h"

#include <stdio.h>

#include "format/http_head.h"
#include "kit/test.h"
#include "kit/text.h"
#include "verify/test_pck.h"

#define PATH "/sgx/certification/v4/"

static const struct config_upstream intel = {
    .name = "intel",
    .kind = UPSTREAM_PCS,
    .url = "https://api.trustedservices.intel.com",
};
static const struct config_upstream pccs = {
    .name = "old",
    .kind = UPSTREAM_PCCS,
    .url = "https://pccs.example:8081",
    .api_key_file = "/etc/thim/pccs.key",
};
static const struct config_upstream thim = {
    .name = "site",
    .kind = UPSTREAM_THIM,
    .url = "https://thim.example:8081",
};
static const struct config_upstream trusting_thim = {
    .name = "site",
    .kind = UPSTREAM_THIM,
    .url = "https://thim.example:8081",
    .api_key_file = "/etc/thim/site.token",
};

static uint8_t ppid_bytes[ENCRYPTED_PPID_LEN], manifest_bytes[MANIFEST_LEAST];

static struct bytes encrypted_ppid(void)
{
    memset(ppid_bytes, 0xab, sizeof ppid_bytes);
    return bytes_of(ppid_bytes, sizeof ppid_bytes);
}

static struct bytes manifest(void)
{
    for (size_t i = 0; i < sizeof manifest_bytes; i++)
        manifest_bytes[i] = (uint8_t)i;
    return bytes_of(manifest_bytes, sizeof manifest_bytes);
}

static struct platform_question question(void)
{
    return (struct platform_question){
        .has_name = true,
        .name = { .qe_id = "0123456789abcdef", .pce_id = 6 },
        .encrypted_ppid = encrypted_ppid(),
        .has_raw_tcb = true,
        .raw = { .cpusvn = { 0x0d, 0x0e }, .pcesvn = 0x010d },
    };
}

static void expect_request(const struct config_upstream *upstream, const char *key,
                           const struct platform_question *asked, const char *method,
                           const char *before, const char *after)
{
    struct platform_request request;
    char url[PLATFORM_URL_MAX];
    struct buf digits;

    buf_init(&digits, 4096);
    hex_add(&digits, asked->encrypted_ppid);
    for (size_t i = 0; i < digits.len; i++)
        if (digits.at[i] >= 'a')
            digits.at[i] = (uint8_t)(digits.at[i] - 'a' + 'A');
    snprintf(url, sizeof url, "%s%s%s", before, after[0] == 0 ? "" : buf_text(&digits),
             after);
    buf_fini(&digits);
    assert_true(platform_request(upstream, key, asked, &request));
    assert_string_equal(request.method, method);
    assert_string_equal(request.url, url);
    platform_request_fini(&request);
}

static void every_upstream_is_asked_in_its_own_way(void **state)
{
    struct platform_question all = question(), bare = question(),
                             by_manifest = question();

    (void)state;
    bare.encrypted_ppid = (struct bytes){ 0 };
    by_manifest.manifest = manifest();
    expect_request(&intel, "", &all, "GET",
                   "https://api.trustedservices.intel.com" PATH
                   "pckcerts?encrypted_ppid=",
                   "&pceid=0600");
    expect_request(
        &trusting_thim, "token", &all, "GET",
        "https://thim.example:8081" PATH "pckcerts?encrypted_ppid=", "&pceid=0600");
    expect_request(&intel, "", &by_manifest, "POST",
                   "https://api.trustedservices.intel.com" PATH "pckcerts", "");
    expect_request(&thim, "", &all, "GET",
                   "https://thim.example:8081" PATH
                   "pckcert?qeid=0123456789ABCDEF&encrypted_ppid=",
                   "&cpusvn=0D0E0000000000000000000000000000&pcesvn=0D01&pceid=0600");
    expect_request(&pccs, "", &bare, "GET",
                   "https://pccs.example:8081" PATH
                   "pckcert?qeid=0123456789ABCDEF&cpusvn=0D0E0000000000000000000000000000"
                   "&pcesvn=0D01&pceid=0600",
                   "");
}

static void a_manifest_goes_in_the_body_whole(void **state)
{
    struct platform_question asked = question();
    struct platform_request request;
    uint8_t back[MANIFEST_LEAST];
    static const char head[] = "{\"platformManifest\":\"",
                      tail[] = "\",\"pceid\":\"0600\"}";

    (void)state;
    asked.manifest = manifest();
    assert_true(platform_request(&intel, "", &asked, &request));
    struct bytes body = buf_bytes(&request.body);
    assert_int_equal(body.len, strlen(head) + 2 * sizeof back + strlen(tail));
    assert_memory_equal(body.at, head, strlen(head));
    assert_true(hex_read(bytes_first(bytes_after(body, strlen(head)), 2 * sizeof back),
                         back, sizeof back));
    assert_memory_equal(back, manifest_bytes, sizeof back);
    assert_memory_equal(body.at + body.len - strlen(tail), tail, strlen(tail));
    assert_string_equal(request.headers[0], "Content-Type: application/json");
    assert_null(request.headers[1]);
    platform_request_fini(&request);
}

static void what_is_not_known_can_not_be_asked_with(void **state)
{
    struct platform_request request;
    struct platform_question asked = question();

    (void)state;
    asked.encrypted_ppid = (struct bytes){ 0 };
    assert_false(platform_request(&intel, "", &asked, &request));
    asked = question();
    asked.encrypted_ppid.len--;
    assert_false(platform_request(&intel, "", &asked, &request));
    asked = question();
    asked.has_name = false;
    assert_false(platform_request(&pccs, "", &asked, &request));
    asked = question();
    asked.has_raw_tcb = false;
    assert_false(platform_request(&thim, "", &asked, &request));
    assert_true(platform_request(&intel, "", &asked, &request));
    platform_request_fini(&request);
}

static void a_key_goes_to_its_upstream_alone_and_as_it_wants_it(void **state)
{
    const struct {
        const struct config_upstream *upstream;
        const char *key, *header;
    } cases[] = {
        { &intel, "", NULL },
        { &intel, "0123", "Ocp-Apim-Subscription-Key: 0123" },
        { &trusting_thim, "tok", "Authorization: Bearer tok" },
        { &pccs, "0123", NULL },
    };
    struct platform_question asked = question();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct platform_request request;
        assert_true(platform_request(cases[i].upstream, cases[i].key, &asked, &request));
        if (cases[i].header == NULL)
            assert_null(request.headers[0]);
        else
            assert_string_equal(request.headers[0], cases[i].header);
        platform_request_fini(&request);
        assert_int_equal(request.key_header[0], 0);
    }
}

static void a_status_says_what_can_be_done(void **state)
{
    const struct {
        unsigned status;
        enum platform_reply reply;
    } cases[] = {
        { 200, PLATFORM_OK },        { 400, PLATFORM_REFUSED }, { 401, PLATFORM_DENIED },
        { 403, PLATFORM_DENIED },    { 404, PLATFORM_ABSENT },  { 461, PLATFORM_ABSENT },
        { 462, PLATFORM_ABSENT },    { 463, PLATFORM_ODD },     { 302, PLATFORM_ODD },
        { 429, PLATFORM_THROTTLED }, { 500, PLATFORM_BROKEN },  { 503, PLATFORM_BROKEN },
        { 201, PLATFORM_ODD },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(platform_read_status(cases[i].status), cases[i].reply);
}

static void an_error_code_is_a_word_or_nothing(void **state)
{
    const struct {
        const char *header, *code;
    } cases[] = {
        { "InvalidPlatformManifest", "InvalidPlatformManifest" },
        { "", "" },
        { "Invalid Manifest", "" },
        { "<b>", "" },
        { "0123456789012345678901234567890123456789ABCDEFG",
          "0123456789012345678901234567890123456789ABCDEFG" },
        { "0123456789012345678901234567890123456789ABCDEFGH", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char code[PLATFORM_CODE_MAX];
        platform_read_code(bytes_of_text(cases[i].header), code);
        assert_string_equal(code, cases[i].code);
    }
}

/* ---- answers -------------------------------------------------------------------------
 */

struct sheet { /* an answer of a world's */
    struct test_world *world;
    struct arena arena;
    struct buf chain, certificate, list;
};

static void sheet_make(struct sheet *sheet)
{
    struct raw_tcb tcb = { .cpusvn = { 5 }, .pcesvn = 13 };
    struct test_pck pck = test_pck_plain(PCK_CA_PLATFORM, &tcb);
    struct pck_entry entries[] = { { .kind = PCK_ENTRY_CERTIFICATE, .has_tcb = true },
                                   { .kind = PCK_ENTRY_GAP, .has_tcb = true } };
    struct pck_list list = { .entries = entries, .count = COUNT_OF(entries) };
    struct der_chain chain;

    *sheet = (struct sheet){ .world = test_world_make(NULL) };
    arena_init(&sheet->arena, 1 << 20);
    chain = pck_issuer_facts(test_world_pck_issuer(sheet->world, PCK_CA_PLATFORM))->chain;
    buf_init(&sheet->chain, 1 << 20);
    http_chain_write(&sheet->chain, &chain);
    struct buf der = test_pck_der(sheet->world, &pck);
    entries[0].der = buf_bytes(&der);
    buf_init(&sheet->certificate, 1 << 20);
    pem_write(&sheet->certificate, "CERTIFICATE", buf_bytes(&der));
    buf_init(&sheet->list, 1 << 20);
    pck_list_write(&sheet->list, &list);
    buf_fini(&der);
}

static void sheet_free(struct sheet *sheet)
{
    buf_fini(&sheet->chain);
    buf_fini(&sheet->certificate);
    buf_fini(&sheet->list);
    arena_fini(&sheet->arena);
    test_world_free(sheet->world);
}

static void both_shapes_of_an_answer_are_read(void **state)
{
    struct sheet sheet;
    struct platform_pages pages;
    struct bytes tcbm = bytes_of_text("050000000000000000000000000000000D00");
    struct error err = { 0 };

    (void)state;
    sheet_make(&sheet);
    assert_ok(platform_read(true, buf_bytes(&sheet.list), buf_bytes(&sheet.chain),
                            (struct bytes){ 0 }, &sheet.arena, &pages, &err),
              err);
    assert_int_equal(pages.chain.count, 2);
    assert_int_equal(pages.list.count, 2);
    assert_int_equal(pages.list.entries[1].kind, PCK_ENTRY_GAP);
    assert_ok(platform_read(false, buf_bytes(&sheet.certificate), buf_bytes(&sheet.chain),
                            tcbm, &sheet.arena, &pages, &err),
              err);
    assert_int_equal(pages.list.count, 1);
    assert_int_equal(pages.list.entries[0].kind, PCK_ENTRY_CERTIFICATE);
    assert_int_equal(pages.list.entries[0].tcbm[0], 5);
    assert_int_equal(pages.list.entries[0].tcbm[16], 13);
    sheet_free(&sheet);
}

static void what_lacks_a_part_is_no_answer(void **state)
{
    struct sheet sheet;
    struct platform_pages pages;
    struct bytes none = { 0 };
    struct error err = { 0 };

    (void)state;
    sheet_make(&sheet);
    assert_false(platform_read(true, buf_bytes(&sheet.list), none, none, &sheet.arena,
                               &pages, &err));
    assert_refused(err, ERROR_FORMAT, "SGX-PCK-Certificate-Issuer-Chain");
    assert_false(platform_read(true, buf_bytes(&sheet.certificate),
                               buf_bytes(&sheet.chain), none, &sheet.arena, &pages,
                               &err));
    assert_refused(err, ERROR_FORMAT, "");
    assert_false(platform_read(false, buf_bytes(&sheet.list), buf_bytes(&sheet.chain),
                               none, &sheet.arena, &pages, &err));
    assert_refused(err, ERROR_FORMAT, "");
    sheet_free(&sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_upstream_is_asked_in_its_own_way),
        cmocka_unit_test(a_manifest_goes_in_the_body_whole),
        cmocka_unit_test(what_is_not_known_can_not_be_asked_with),
        cmocka_unit_test(a_key_goes_to_its_upstream_alone_and_as_it_wants_it),
        cmocka_unit_test(a_status_says_what_can_be_done),
        cmocka_unit_test(an_error_code_is_a_word_or_nothing),
        cmocka_unit_test(both_shapes_of_an_answer_are_read),
        cmocka_unit_test(what_lacks_a_part_is_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
