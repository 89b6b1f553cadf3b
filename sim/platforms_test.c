/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/platforms.h"

#include "kit/test.h"
#include "kit/text.h"

static struct platforms *platforms;

static void every_name_leads_back_to_its_platform(void **state)
{
    static const uint32_t some[] = { 0, 1, 2, 3, 9999, 999999, PLATFORMS_MAX - 1 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(some); i++) {
        uint8_t encrypted[ENCRYPTED_PPID_LEN];
        uint32_t found = 0;

        for (int what = 0; what < PLATFORM_NAMES; what++) {
            uint8_t name[PLATFORM_NAME_LEN];

            platform_name(platforms, (enum platform_name)what, some[i], name);
            assert_true(
                platform_of_name(platforms, (enum platform_name)what, name, &found));
            assert_int_equal(found, some[i]);
            name[i] ^= 1;
            assert_false(
                platform_of_name(platforms, (enum platform_name)what, name, &found));
        }
        platform_encrypt_ppid(platforms, some[i], 7, encrypted);
        assert_true(platform_of_encrypted_ppid(platforms, encrypted, &found));
        assert_int_equal(found, some[i]);
    }
}

static void names_of_a_kind_are_nobody_elses(void **state)
{
    uint8_t ppid[PLATFORM_NAME_LEN], qe_id[PLATFORM_NAME_LEN];
    uint32_t found;

    (void)state;
    platform_name(platforms, PLATFORM_PPID, 4, ppid);
    platform_name(platforms, PLATFORM_QE_ID, 4, qe_id);
    assert_memory_not_equal(ppid, qe_id, sizeof ppid);
    assert_false(platform_of_name(platforms, PLATFORM_QE_ID, ppid, &found));
    memset(ppid, 0, sizeof ppid);
    assert_false(platform_of_name(platforms, PLATFORM_PPID, ppid, &found));
}

static void each_nonce_gives_other_bytes_and_one_spoilt_byte_none(void **state)
{
    uint8_t first[ENCRYPTED_PPID_LEN], second[ENCRYPTED_PPID_LEN];
    size_t same = 0;
    uint32_t found;

    (void)state;
    platform_encrypt_ppid(platforms, 3, 1, first);
    platform_encrypt_ppid(platforms, 3, 1, second);
    assert_memory_equal(first, second, sizeof first);
    platform_encrypt_ppid(platforms, 3, 2, second);
    for (size_t i = 0; i < sizeof first; i++)
        same += first[i] == second[i];
    assert_in_range(same, 0, 16);
    assert_true(platform_of_encrypted_ppid(platforms, second, &found));
    assert_int_equal(found, 3);
    for (size_t i = 0; i < sizeof first; i++) {
        second[i] ^= 0x10;
        assert_false(platform_of_encrypted_ppid(platforms, second, &found));
        second[i] ^= 0x10;
    }
}

static void a_manifest_is_whole_or_nobodys(void **state)
{
    struct buf manifest;
    uint32_t found = 0;

    (void)state;
    buf_init(&manifest, MANIFEST_LEN + 1);
    platform_manifest(platforms, 5, &manifest);
    assert_int_equal(manifest.len, MANIFEST_LEN);
    assert_true(platform_of_manifest(platforms, buf_bytes(&manifest), &found));
    assert_int_equal(found, 5);
    static const size_t spoilt[] = { 0, 15, 16, 4000, MANIFEST_LEN - 1 };
    for (size_t i = 0; i < COUNT_OF(spoilt); i++) {
        manifest.at[spoilt[i]] ^= 1;
        assert_false(platform_of_manifest(platforms, buf_bytes(&manifest), &found));
        manifest.at[spoilt[i]] ^= 1;
    }
    buf_add_byte(&manifest, 0);
    assert_false(platform_of_manifest(platforms, buf_bytes(&manifest), &found));
    buf_clear(&manifest);
    platform_manifest(platforms, 4, &manifest); /* a single package has none */
    assert_false(platform_of_manifest(platforms, buf_bytes(&manifest), &found));
    buf_fini(&manifest);
}

static void names_follow_from_the_seed(void **state)
{
    OWNED(platforms_close) struct platforms *again = NULL;
    OWNED(platforms_close) struct platforms *other = NULL;
    OWNED(platforms_close) struct platforms *random = NULL;
    uint8_t names[4][PLATFORM_NAME_LEN];
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(platforms_open("seed", 4, &again, &err), err);
    assert_ok(platforms_open("Seed", 4, &other, &err), err);
    assert_ok(platforms_open(NULL, 4, &random, &err), err);
    platform_name(platforms, PLATFORM_PPID, 1, names[0]);
    platform_name(again, PLATFORM_PPID, 1, names[1]);
    platform_name(other, PLATFORM_PPID, 1, names[2]);
    platform_name(random, PLATFORM_PPID, 1, names[3]);
    assert_memory_equal(names[0], names[1], PLATFORM_NAME_LEN);
    assert_memory_not_equal(names[0], names[2], PLATFORM_NAME_LEN);
    assert_memory_not_equal(names[0], names[3], PLATFORM_NAME_LEN);
}

static void fmspcs_go_around_and_cas_alternate(void **state)
{
    static const struct {
        uint32_t platform;
        const char *fmspc;
        enum world_ca ca;
    } cases[] = {
        { 0, "30606a000000", WORLD_PROCESSOR },
        { 1, "00906ed50000", WORLD_PLATFORM },
        { 2, "02606f000000", WORLD_PROCESSOR },
        { 3, "03606e000000", WORLD_PLATFORM },
        { 4, "30606a000000", WORLD_PROCESSOR },
        { 999997, "00906ed50000", WORLD_PLATFORM },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t fmspc[FMSPC_LEN];

        platform_fmspc(platforms, cases[i].platform, fmspc);
        assert_string_equal(hex(fmspc, FMSPC_LEN).s, cases[i].fmspc);
        assert_int_equal(platform_ca(cases[i].platform), cases[i].ca);
    }
}

static void levels_can_be_limited_to_the_newest(void **state)
{
    static const struct {
        unsigned most, newest, oldest;
    } cases[] = {
        { 0, 17, 5 },  { 1, 17, 17 }, { 5, 17, 13 },
        { 13, 17, 5 }, { 14, 17, 5 }, { 5, 5, 5 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        platforms_limit_levels(platforms, cases[i].most);
        assert_int_equal(platforms_oldest_level(platforms, cases[i].newest),
                         cases[i].oldest);
    }
}

static void happens(enum platform_event_kind kind, uint32_t platform, unsigned level,
                    int64_t now_s)
{
    const struct platform_event event = {
        .kind = kind, .platform = platform, .level = level, .now_s = now_s
    };
    struct error err = { .kind = ERROR_NONE };

    assert_ok(platforms_add(platforms, &event, &err), err);
}

/* Asked in turn, after events at 100, 200 and 300. */
static void an_event_concerns_its_platform_level_and_time(void **state)
{
    static const struct {
        const char *claim;
        enum platform_event_kind kind;
        uint32_t platform;
        unsigned level;
        int64_t now_s;
        bool is_found;
    } cases[] = {
        { "a gap", PLATFORM_GAP, 1, 17, 100, true },
        { "not before", PLATFORM_GAP, 1, 17, 99, false },
        { "not of another level", PLATFORM_GAP, 1, 16, 100, false },
        { "not of another platform", PLATFORM_GAP, 2, 17, 100, false },
        { "not of another kind", PLATFORM_ODD_PCK, 1, 17, 100, false },
        { "until it is filled", PLATFORM_GAP, 1, 17, 200, false },
        { "and again", PLATFORM_GAP, 1, 17, 300, true },
        { "of all levels: any", PLATFORM_REVOKE_PCK, 3, 9, 100, true },
        { "of the whole platform", PLATFORM_FORGET, 3, 0, 100, true },
    };

    (void)state;
    happens(PLATFORM_GAP, 1, 17, 100);
    happens(PLATFORM_FILL, 1, 17, 200);
    happens(PLATFORM_GAP, 1, 17, 300);
    happens(PLATFORM_REVOKE_PCK, 3, 0, 100);
    happens(PLATFORM_FORGET, 3, 0, 100);
    happens(PLATFORM_REVOKE_PCK, 4, 17, 100);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if ((platforms_find(platforms, cases[i].kind, cases[i].platform, cases[i].level,
                            cases[i].now_s)
             != NULL)
            != cases[i].is_found)
            fail_msg("%s", cases[i].claim);
    const struct platform_event *revocation =
        platforms_revocation(platforms, WORLD_PLATFORM, 100, NULL);
    assert_int_equal(revocation->platform, 3);
    assert_null(platforms_revocation(platforms, WORLD_PLATFORM, 100, revocation));
    assert_null(platforms_revocation(platforms, WORLD_PROCESSOR, 99, NULL));
}

static void events_have_limits(void **state)
{
    struct platform_event event = { .platform = PLATFORMS_MAX };
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_false(platforms_add(platforms, &event, &err));
    assert_refused(err, ERROR_NOT_FOUND, "there are 1048576, from 0");
    event.platform = PLATFORMS_MAX - 1;
    for (int i = 0; i < PLATFORM_EVENTS_MAX; i++)
        assert_ok(platforms_add(platforms, &event, &err), err);
    assert_false(platforms_add(platforms, &event, &err));
    assert_refused(err, ERROR_LIMIT, "more than 4096 events");
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
        seeded(every_name_leads_back_to_its_platform),
        seeded(names_of_a_kind_are_nobody_elses),
        seeded(each_nonce_gives_other_bytes_and_one_spoilt_byte_none),
        seeded(a_manifest_is_whole_or_nobodys),
        seeded(names_follow_from_the_seed),
        seeded(fmspcs_go_around_and_cas_alternate),
        seeded(levels_can_be_limited_to_the_newest),
        seeded(an_event_concerns_its_platform_level_and_time),
        seeded(events_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
