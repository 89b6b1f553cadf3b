/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/registration.h"

#include "kit/test.h"
#include "kit/text.h"

#define NOW_S 1000

static struct platforms *platforms;

static struct buf manifest_of(uint32_t platform)
{
    struct buf manifest;

    buf_init(&manifest, MANIFEST_LEN_MAX + 1);
    platform_manifest(platforms, platform, &manifest);
    return manifest;
}

/* Registers, or adds a package; the answer is the caller's. */
static struct world_answer told(struct bytes manifest, bool adds_package)
{
    const struct world_question question = { .kind = WORLD_REGISTRATION,
                                             .manifest = manifest,
                                             .adds_package = adds_package,
                                             .now_s = NOW_S };
    struct world_answer answer;

    world_answer_init(&answer);
    registration_answer(platforms, &question, &answer);
    return answer;
}

static void expect(struct bytes manifest, bool adds_package, unsigned status,
                   const char *code)
{
    struct world_answer answer = told(manifest, adds_package);

    if (answer.status != status || (code == NULL) != (answer.code == NULL)
        || (code != NULL && strcmp(answer.code, code) != 0))
        fail_msg("%u %s, expected %u %s", answer.status,
                 answer.code == NULL ? "" : answer.code, status,
                 code == NULL ? "" : code);
    world_answer_fini(&answer);
}

static void a_registered_platform_is_told_its_ppid(void **state)
{
    struct buf manifest = manifest_of(1);
    uint8_t ppid[PLATFORM_NAME_LEN];

    (void)state;
    struct world_answer answer = told(buf_bytes(&manifest), false);
    platform_name(platforms, PLATFORM_PPID, 1, ppid);
    assert_int_equal(answer.status, 201);
    assert_string_equal(buf_text(&answer.body), hex(ppid, sizeof ppid).s);
    assert_int_equal(platform_registration(platforms, 1), PLATFORM_DIRECT);
    assert_int_equal(platform_registration(platforms, 3), PLATFORM_UNREGISTERED);
    world_answer_fini(&answer);
    expect(buf_bytes(&manifest), false, 201, NULL); /* and again */
    buf_fini(&manifest);
}

/* What an event has PCS say of a manifest that is otherwise good. */
static void events_refuse_a_manifest(void **state)
{
    static const struct {
        enum platform_event_kind kind;
        const char *code;
    } cases[] = {
        { PLATFORM_WRONG_SERVER, "InvalidRegistrationServer" },
        { PLATFORM_REVOKE_PACKAGE, "InvalidOrRevokedPackage" },
        { PLATFORM_INCOMPATIBLE, "IncompatiblePackage" },
        { PLATFORM_FORGET, "PackageNotFound" },
    };

    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        struct platform_event event = { .kind = cases[i].kind,
                                        .platform = 2 * i + 1,
                                        .now_s = NOW_S + 1 };
        struct buf manifest = manifest_of(2 * i + 1);
        struct error err = { .kind = ERROR_NONE };

        assert_ok(platforms_add(platforms, &event, &err), err);
        expect(buf_bytes(&manifest), false, 201, NULL); /* a second before */
        event.now_s = NOW_S;
        assert_ok(platforms_add(platforms, &event, &err), err);
        expect(buf_bytes(&manifest), false, 400, cases[i].code);
        buf_fini(&manifest);
    }
}

static void what_is_no_manifest_is_refused(void **state)
{
    struct buf manifest = manifest_of(1);
    struct bytes whole = buf_bytes(&manifest);

    (void)state;
    expect(bytes_of("", 0), false, 400, "InvalidRequestSyntax");
    expect(bytes_first(whole, MANIFEST_LEN - 1), false, 400, "InvalidRequestSyntax");
    while (manifest.len <= MANIFEST_LEN_MAX)
        buf_add_byte(&manifest, 0);
    expect(buf_bytes(&manifest), false, 400, "InvalidRequestSyntax");
    expect(bytes_first(buf_bytes(&manifest), MANIFEST_LEN_MAX), false, 400,
           "InvalidPlatformManifest");
    manifest.at[17] ^= 1;
    expect(bytes_first(buf_bytes(&manifest), MANIFEST_LEN), false, 400,
           "InvalidPlatformManifest");
    assert_int_equal(platform_registration(platforms, 1), PLATFORM_UNREGISTERED);
    buf_fini(&manifest);
}

static void whoever_came_indirectly_stays_so(void **state)
{
    struct buf manifest = manifest_of(1);

    (void)state;
    platform_register(platforms, 1, PLATFORM_INDIRECT);
    expect(buf_bytes(&manifest), false, 400, "CachedKeysPolicyViolation");
    assert_int_equal(platform_registration(platforms, 1), PLATFORM_INDIRECT);
    buf_fini(&manifest);
}

static void a_package_is_added_to_a_registered_platform(void **state)
{
    struct buf manifest = manifest_of(1);

    (void)state;
    expect(buf_bytes(&manifest), true, 400, "PlatformNotFound");
    expect(bytes_first(buf_bytes(&manifest), 100), true, 400, "InvalidAddRequest");
    expect(buf_bytes(&manifest), false, 201, NULL);
    struct world_answer answer = told(buf_bytes(&manifest), true);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body.len, REGISTRATION_SLOTS * REGISTRATION_SLOT_LEN);
    world_answer_fini(&answer);
    buf_fini(&manifest);
}

static int open_platforms(void **state)
{
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    return platforms_open("seed", 4, &platforms, &err) ? 0 : -1;
}

static int close_platforms(void **state)
{
    (void)state;
    platforms_close(platforms);
    return 0;
}

#define seeded(test) \
    cmocka_unit_test_setup_teardown(test, open_platforms, close_platforms)

int main(void)
{
    const struct CMUnitTest tests[] = {
        seeded(a_registered_platform_is_told_its_ppid),
        seeded(events_refuse_a_manifest),
        seeded(what_is_no_manifest_is_refused),
        seeded(whoever_came_indirectly_stays_so),
        seeded(a_package_is_added_to_a_registered_platform),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
