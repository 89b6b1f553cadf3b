/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/preview.h"

#include "baseline/test_preview.h"

enum { B0 = 0xb0 };

static const uint8_t at_5[TCBM_LEN] = { 0, 0, 0, 0, 0, 5, [16] = 13 };

/* ---- certificates ------------------------------------------------------------------ */

static void a_verifier_sees_the_certificate_and_not_the_raw_tcb(void **state)
{
    static const uint8_t lists[][2][TCBM_LEN] = {
        { { 0, 0, 0, 0, 0, 7, [16] = 13 }, { 0, 0, 0, 0, 0, 5, [16] = 13 } },
        { { 0, 0, 0, 0, 0, 8, [16] = 13 }, { 0, 0, 0, 0, 0, 5, [16] = 13 } },
        { { 0, 0, 0, 0, 0, 9, [16] = 13 }, { 0, 0, 0, 0, 0, 7, [16] = 14 } },
    };
    static const struct {
        const char *name;
        size_t list, count;
        enum preview_change change;
        enum tcb_standing then;
        bool lacks_pck;
    } cases[] = {
        { "its certificates are not known: by the raw TCB", 0, 0, PREVIEW_SAME,
          STANDING_UP_TO_DATE, false },
        { "the best one is for 7: falls, though the host is there", 0, 2, PREVIEW_FALLS,
          STANDING_OUT_OF_DATE, true },
        { "there is one for 8", 1, 2, PREVIEW_SAME, STANDING_UP_TO_DATE, false },
        { "none fits: by the raw TCB, and it lacks one", 2, 2, PREVIEW_SAME,
          STANDING_UP_TO_DATE, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fleet *fleet = fleet_new();
        fleet_add(fleet, TEE_SGX, B0, 19);
        fleet_add(fleet, TEE_SGX, B0, 20);
        struct host_group *group = fleet_group(fleet, B0, 8, 6);
        group->tcbms = lists[cases[i].list];
        group->pck_count = cases[i].count;
        const struct preview *preview = fleet_preview(fleet);
        const struct preview_row *row = &preview->rows[0];
        if (row->change != cases[i].change || row->then.standing != cases[i].then
            || row->lacks_pck != cases[i].lacks_pck
            || preview->totals.lacks_pck != (cases[i].lacks_pck ? 6 : 0))
            fail_msg("%s: %s, %s", cases[i].name, preview_change_name(row->change),
                     tcb_standing_name(row->then.standing));
        fleet_free(fleet);
    }
}

static void hosts_that_share_a_list_are_judged_each_by_its_own_tcb(void **state)
{
    static const uint8_t shared[3][TCBM_LEN] = { { 0, 0, 0, 0, 0, 5, [16] = 13 },
                                                 { 0, 0, 0, 0, 0, 8, [16] = 13 },
                                                 { 0, 0, 0, 0, 0, 7, [16] = 13 } };
    struct fleet *fleet = fleet_new();

    (void)state;
    fleet_add(fleet, TEE_SGX, B0, 19);
    fleet_add(fleet, TEE_SGX, B0, 20);
    for (uint8_t svn = 5; svn <= 9; svn++) {
        struct host_group *group = fleet_group(fleet, B0, svn, 1);
        group->tcbms = shared;
        group->pck_count = 3;
    }
    const struct preview *preview = fleet_preview(fleet);
    for (size_t i = 0; i < preview->row_count; i++) {
        const struct preview_row *row = &preview->rows[i];
        uint8_t svn = row->group->raw.cpusvn[5];
        assert_int_equal(row->change, svn == 7 ? PREVIEW_FALLS : PREVIEW_SAME);
        assert_int_equal(row->then.standing,
                         svn >= 8 ? STANDING_UP_TO_DATE : STANDING_OUT_OF_DATE);
        assert_false(row->lacks_pck);
    }
    assert_int_equal(preview->totals.falls, 1);
    fleet_free(fleet);
}

/* ---- what cannot be told
 * --------------------------------------------------------------- */

static void without_a_set_nothing_is_known(void **state)
{
    static const struct {
        const char *name;
        uint32_t held; /* 0: neither */
        size_t lookups;
    } cases[] = { { "none at 20", 19, 1 }, { "none at 19", 20, 1 }, { "none", 0, 0 } };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fleet *fleet = fleet_new();
        if (cases[i].held != 0)
            fleet_add(fleet, TEE_SGX, B0, cases[i].held);
        fleet_group(fleet, B0, 7, 6);
        const struct preview *preview = fleet_preview(fleet);
        const struct preview_row *row = &preview->rows[0];
        if (preview->totals.unknown != 6 || preview->totals.falls != 0
            || row->change != PREVIEW_UNKNOWN || row->now.has_set != (cases[i].held == 19)
            || row->then.has_set != (cases[i].held == 20) || row->gained_count != 0)
            fail_msg("%s", cases[i].name);
        fleet_free(fleet);
    }
}

/* ---- TDX
 * --------------------------------------------------------------------------------- */

static struct fleet *tdx_fleet(void)
{
    struct fleet *fleet = fleet_new();

    for (uint32_t number = 19; number <= 20; number++) {
        fleet_add(fleet, TEE_SGX, B0, number);
        fleet_add(fleet, TEE_TDX, B0, number);
    }
    fleet->question.from[1] = 19;
    fleet->question.to[1] = 20;
    return fleet;
}

static const struct preview_row *row_of(const struct preview *preview, enum tee tee)
{
    for (size_t i = 0; i < preview->row_count; i++)
        if (preview->rows[i].tee == tee)
            return &preview->rows[i];
    fail_msg("no row of %s", tee_name(tee));
    return NULL;
}

static void a_tdx_host_is_judged_by_platform_and_module(void **state)
{
    static const struct {
        const char *name;
        uint8_t svn, isvsvn, version, seam;
        bool has_tdx;
        enum preview_change change;
        unsigned place, have, need;
        const char *place_name;
    } cases[] = {
        { "all there is", 8, 6, 1, 4, true, PREVIEW_SAME, TCB_PLACES, 0, 0, "" },
        { "microcode behind", 7, 6, 1, 4, true, PREVIEW_FALLS, 5, 7, 8, "sgx.5" },
        { "SEAM loader behind", 8, 6, 1, 3, true, PREVIEW_FALLS, 19, 3, 4, "tdx.2" },
        { "module behind", 8, 5, 1, 4, true, PREVIEW_FALLS, 17, 5, 6, "tdx.0" },
        { "SVNs that nobody has seen", 8, 0, 0, 0, false, PREVIEW_UNKNOWN, TCB_PLACES, 0,
          0, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fleet *fleet = tdx_fleet();
        struct host_group *group = fleet_group(fleet, B0, cases[i].svn, 6);
        if (cases[i].has_tdx)
            fleet_tdx(group, cases[i].isvsvn, cases[i].version, cases[i].seam);
        const struct preview_row *row = row_of(fleet_preview(fleet), TEE_TDX);
        if (row->change != cases[i].change || row->short_of.place != cases[i].place
            || (row->short_of.place < TCB_PLACES
                && (row->short_of.have != cases[i].have
                    || row->short_of.need != cases[i].need))
            || strcmp(row->place.name, cases[i].place_name) != 0)
            fail_msg("%s: %s by %s", cases[i].name, preview_change_name(row->change),
                     row->place.name);
        fleet_free(fleet);
    }
}

static void a_host_of_two_tees_counts_once_by_the_worse(void **state)
{
    struct fleet *fleet = tdx_fleet();

    (void)state;
    fleet_tdx(fleet_group(fleet, B0, 8, 2), 6, 1, 3); /* TDX falls, SGX does not */
    fleet_tdx(fleet_group(fleet, B0, 8, 3), 6, 1, 4); /* neither */
    fleet_group(fleet, B0, 8, 4);                     /* TDX unknown */
    fleet_group(fleet, B0, 7, 5);                     /* TDX unknown, SGX falls */
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->row_count, 8);
    assert_int_equal(preview->totals.hosts, 14);
    assert_int_equal(preview->totals.falls, 7);
    assert_int_equal(preview->totals.same, 3);
    assert_int_equal(preview->totals.unknown, 4);
    assert_int_equal(preview->by_tee[0].hosts, 14);
    assert_int_equal(preview->by_tee[0].falls, 5);
    assert_int_equal(preview->by_tee[1].falls, 2);
    assert_int_equal(preview->by_tee[1].unknown, 9);
    assert_int_equal(preview->by_fmspc_count, 2);
    assert_int_equal(preview->by_fmspc[1].tee, TEE_TDX);
    fleet_free(fleet);
}

static void a_tee_that_is_not_looked_at_has_no_rows(void **state)
{
    struct fleet *fleet = tdx_fleet();

    (void)state;
    fleet_tdx(fleet_group(fleet, B0, 8, 2), 6, 1, 3);
    fleet->question.to[0] = 0;
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->row_count, 1);
    assert_int_equal(preview->rows[0].tee, TEE_TDX);
    assert_int_equal(preview->totals.falls, 2);
    fleet->question.to[1] = 0;
    assert_int_equal(fleet_preview(fleet)->row_count, 0);
    assert_int_equal(fleet->preview.totals.hosts, 0);
    fleet_free(fleet);
}

static void a_tdx_host_is_given_its_certificate_by_sgx(void **state)
{
    struct fleet *fleet = tdx_fleet();

    (void)state;
    struct host_group *group = fleet_group(fleet, B0, 8, 2);
    fleet_tdx(group, 6, 1, 4);
    group->tcbms = &at_5;
    group->pck_count = 1;
    const struct preview_row *row = row_of(fleet_preview(fleet), TEE_TDX);
    assert_int_equal(row->then.standing, STANDING_OUT_OF_DATE);
    assert_true(row->lacks_pck);
    /* with TDX alone looked at, by SGX's TCB info of the same number */
    fleet->question.from[0] = fleet->question.to[0] = 0;
    row = row_of(fleet_preview(fleet), TEE_TDX);
    assert_int_equal(row->then.standing, STANDING_OUT_OF_DATE);
    fleet_free(fleet);
}

/* ---- denied
 * -------------------------------------------------------------------------------- */

static bool denies(void *context, const struct host_group *group)
{
    *(size_t *)context += 1;
    return group->hosts == 3;
}

static void what_the_operator_gave_up_is_counted(void **state)
{
    struct fleet *fleet = tdx_fleet();
    size_t asked = 0;

    (void)state;
    fleet_group(fleet, B0, 8, 2);
    fleet_group(fleet, B0, 7, 3);
    fleet->question.is_denied = denies;
    fleet->question.context = &asked;
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(asked, 2);
    assert_int_equal(preview->totals.denied, 3);
    assert_int_equal(preview->by_tee[1].denied, 3);
    fleet_free(fleet);
}

/* ---- a fleet of a million
 * ------------------------------------------------------------------- */

static void as_many_groups_as_there_may_be_are_judged(void **state)
{
    static uint8_t lists[256][12][TCBM_LEN];
    struct fleet *fleet = tdx_fleet();
    struct host_group *many = test_calloc(HOST_GROUPS_MAX, sizeof *many);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        for (size_t j = 0; j < COUNT_OF(lists[i]); j++) {
            lists[i][j][1] = (uint8_t)i;
            lists[i][j][5] = (uint8_t)j;
            lists[i][j][16] = 13;
        }
    for (size_t i = 0; i < HOST_GROUPS_MAX; i++) {
        many[i] = *fleet_group(fleet, B0, (uint8_t)(4 + i % 6), 16);
        fleet->all.count = 0;
        many[i].raw.cpusvn[0] = (uint8_t)(i >> 8);
        many[i].raw.cpusvn[1] = 255;
        many[i].tcbms = lists[i % 256];
        many[i].pck_count = COUNT_OF(lists[0]);
        if (i % 2 == 0)
            fleet_tdx(&many[i], (uint8_t)(i % 8), 1, (uint8_t)(i % 5));
    }
    fleet->all.groups = many;
    fleet->all.count = HOST_GROUPS_MAX;
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->row_count, 2 * HOST_GROUPS_MAX);
    assert_int_equal(preview->totals.hosts, 16 * HOST_GROUPS_MAX);
    test_free(many);
    fleet_free(fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verifier_sees_the_certificate_and_not_the_raw_tcb),
        cmocka_unit_test(hosts_that_share_a_list_are_judged_each_by_its_own_tcb),
        cmocka_unit_test(without_a_set_nothing_is_known),
        cmocka_unit_test(a_tdx_host_is_judged_by_platform_and_module),
        cmocka_unit_test(a_host_of_two_tees_counts_once_by_the_worse),
        cmocka_unit_test(a_tee_that_is_not_looked_at_has_no_rows),
        cmocka_unit_test(a_tdx_host_is_given_its_certificate_by_sgx),
        cmocka_unit_test(what_the_operator_gave_up_is_counted),
        cmocka_unit_test(as_many_groups_as_there_may_be_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
