/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/preview.h"

#include "baseline/test_policy.h"
#include "baseline/test_preview.h"
#include "format/signed_json.h"

enum { B0 = 0xb0, C0 = 0xc0 };

/* August 2026: standard moves from 19 to 20, and seven of twenty-two hosts fall. */
static struct fleet *august(void)
{
    struct fleet *fleet = fleet_new();

    for (uint32_t number = 19; number <= 20; number++) {
        fleet_add(fleet, TEE_SGX, B0, number);
        fleet_add(fleet, TEE_SGX, C0, number);
    }
    fleet_group(fleet, B0, 8, 9);
    fleet_group(fleet, B0, 7, 3);
    fleet_group(fleet, C0, 8, 5);
    fleet_group(fleet, C0, 7, 4);
    fleet_group(fleet, C0, 5, 1);
    return fleet;
}

static void august_2026_names_the_seven_that_fall(void **state)
{
    struct fleet *fleet = august();

    (void)state;
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->totals.hosts, 22);
    assert_int_equal(preview->totals.falls, 7);
    assert_int_equal(preview->totals.same, 15);
    assert_int_equal(preview->row_count, 5);
    const struct preview_row *row = &preview->rows[0];
    assert_int_equal(row->group->hosts, 4);
    assert_int_equal(row->change, PREVIEW_FALLS);
    assert_int_equal(row->now.standing, STANDING_UP_TO_DATE);
    assert_int_equal(row->then.standing, STANDING_OUT_OF_DATE);
    assert_int_equal(row->short_of.place, 5);
    assert_int_equal(row->short_of.have, 7);
    assert_int_equal(row->short_of.need, 8);
    assert_true(bytes_equal_text(row->place.category, "BIOS"));
    assert_true(bytes_equal_text(row->place.type, "Early Microcode Update"));
    assert_int_equal(row->gained_count, 2);
    assert_true(bytes_equal_text(row->gained[0], "INTEL-SA-01036"));
    assert_true(bytes_equal_text(row->gained[1], "INTEL-SA-01079"));
    assert_int_equal(row->cleared_count, 0);
    assert_int_equal(preview->rows[1].group->hosts, 3);
    assert_int_equal(preview->rows[1].change, PREVIEW_FALLS);
    assert_int_equal(preview->rows[2].group->hosts, 9);
    assert_int_equal(preview->rows[2].change, PREVIEW_SAME);
    assert_int_equal(preview->rows[2].short_of.place, TCB_PLACES);
    fleet_free(fleet);
}

static void add_real(struct fleet *fleet, const char *below, struct tcb_info *info,
                     struct buf *content)
{
    struct error err = { 0 };
    struct signed_json document;

    *content = test_shared_file(below);
    assert_ok(signed_json_parse(buf_bytes(content), &fleet->arena, &document, &err), err);
    assert_ok(tcb_info_parse(document.signed_text, &fleet->arena, info, &err), err);
    struct set_document *held =
        pile_tcb_info(&fleet->pile, info->tee, 0, info->evaluation_data_number,
                      info->issue_date_s, info->next_update_s);
    memcpy(held->fmspc, info->fmspc, sizeof held->fmspc);
    held->tcb_info = info;
}

static void add_real_host(struct fleet *fleet, uint8_t microcode, uint8_t isvsvn,
                          uint8_t late, size_t hosts)
{
    struct host_group *group = fleet_group(fleet, 0, 0, hosts);
    const uint8_t fmspc[6] = { 0xb0, 0xc0, 0x6f };
    const uint8_t cpusvn[16] = { microcode, microcode, 2, 2, 4, 1, 0, 5 };

    memcpy(group->fmspc, fmspc, sizeof fmspc);
    memcpy(group->raw.cpusvn, cpusvn, sizeof cpusvn);
    group->raw.pcesvn = 11;
    fleet_tdx(group, isvsvn, 1, late);
}

/* What Intel signed in those days for b0c06f000000. */
static void intels_own_sets_of_august_2026_make_the_same_seven_fall(void **state)
{
    static const char *const paths[] = {
        "vectors/intel/tcbinfo/tdx/b0c06f000000/v3-eval19-20260811T003645Z.json",
        "vectors/intel/tcbinfo/tdx/b0c06f000000/v3-eval20-20260813T104538Z.json",
    };
    static const char *const gained[] = { "INTEL-SA-01192", "INTEL-SA-01245",
                                          "INTEL-SA-01312", "INTEL-SA-01313" };
    struct tcb_info infos[2];
    struct buf contents[2];

    (void)state;
    if (test_shared(paths[0]) == NULL)
        skip();
    struct fleet *fleet = fleet_new();
    for (size_t i = 0; i < 2; i++)
        add_real(fleet, paths[i], &infos[i], &contents[i]);
    add_real_host(fleet, 4, 11, 4, 15);
    add_real_host(fleet, 3, 6, 3, 5); /* microcode, and the module */
    add_real_host(fleet, 4, 6, 4, 2); /* the module alone */
    fleet->question.from[1] = 19;
    fleet->question.to[1] = 20;
    fleet->question.to[0] = 0;
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->totals.hosts, 22);
    assert_int_equal(preview->totals.falls, 7);
    const struct preview_row *rows = preview->rows;
    assert_int_equal(rows[0].group->hosts, 5);
    assert_int_equal(rows[0].now.standing, STANDING_UP_TO_DATE);
    assert_string_equal(rows[0].place.name, "sgx.0");
    assert_int_equal(rows[0].short_of.have, 3);
    assert_int_equal(rows[0].short_of.need, 4);
    assert_true(bytes_equal_text(rows[0].place.type, "Early Microcode Update"));
    assert_int_equal(rows[0].gained_count, COUNT_OF(gained));
    for (size_t i = 0; i < COUNT_OF(gained); i++)
        assert_true(bytes_equal_text(rows[0].gained[i], gained[i]));
    assert_int_equal(rows[1].group->hosts, 2);
    assert_string_equal(rows[1].place.name, "tdx.0");
    assert_int_equal(rows[1].short_of.have, 6);
    assert_int_equal(rows[1].short_of.need, 11);
    assert_int_equal(rows[1].gained_count, 3);
    for (size_t i = 0; i < 2; i++)
        buf_fini(&contents[i]);
    fleet_free(fleet);
}

static void sums_are_made_by_fmspc_and_tee(void **state)
{
    static const struct {
        uint8_t fmspc;
        size_t hosts, falls, same;
    } expected[] = { { B0, 12, 3, 9 }, { C0, 10, 4, 6 } };
    struct fleet *fleet = august();

    (void)state;
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->by_fmspc_count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct preview_by_fmspc *by = &preview->by_fmspc[i];
        assert_int_equal(by->tee, TEE_SGX);
        assert_int_equal(by->fmspc[0], expected[i].fmspc);
        assert_int_equal(by->totals.hosts, expected[i].hosts);
        assert_int_equal(by->totals.falls, expected[i].falls);
        assert_int_equal(by->totals.same, expected[i].same);
    }
    assert_int_equal(preview->by_tee[sets_index(TEE_SGX)].falls, 7);
    assert_int_equal(preview->by_tee[sets_index(TEE_TDX)].hosts, 0);
    assert_int_equal(preview->from[0], 19);
    assert_int_equal(preview->to[0], 20);
    fleet_free(fleet);
}

static void the_way_back_is_a_rise_and_clears(void **state)
{
    struct fleet *fleet = august();

    (void)state;
    fleet->question.from[0] = 20;
    fleet->question.to[0] = 19;
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->totals.rises, 7);
    assert_int_equal(preview->totals.falls, 0);
    for (size_t i = 0; i < preview->row_count; i++) {
        const struct preview_row *row = &preview->rows[i];
        bool rises = row->group->raw.cpusvn[5] == 7;
        assert_int_equal(row->change, rises ? PREVIEW_RISES : PREVIEW_SAME);
        assert_int_equal(row->cleared_count, rises ? 2 : 0);
        assert_int_equal(row->gained_count, 0);
    }
    fleet_free(fleet);
}

static void a_level_lower_with_one_status_is_no_fall_but_gains_advisories(void **state)
{
    struct fleet *fleet = fleet_new();
    static struct bytes advisories[1];

    (void)state;
    advisories[0] = bytes_of_text("INTEL-DOC-10001");
    struct fleet_info *now = fleet_add(fleet, TEE_SGX, B0, 19),
                      *then = fleet_add(fleet, TEE_SGX, B0, 20);
    now->levels[1].advisory_count = 1;
    then->levels[2].advisories = advisories;
    then->levels[2].advisory_count = 1;
    fleet_group(fleet, B0, 5, 6);
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->rows[0].change, PREVIEW_SAME);
    assert_int_equal(preview->rows[0].gained_count, 1);
    assert_true(bytes_equal_text(preview->rows[0].gained[0], "INTEL-DOC-10001"));
    assert_int_equal(preview->rows[0].cleared_count, 1);
    assert_true(bytes_equal_text(preview->rows[0].cleared[0], "INTEL-SA-00615"));
    assert_true(preview->rows[0].ends_service);
    assert_int_equal(preview->totals.ends_service, 6);
    fleet_free(fleet);
}

static void below_every_level_is_a_fall_too(void **state)
{
    struct fleet *fleet = fleet_new();

    (void)state;
    fleet_add(fleet, TEE_SGX, B0, 19);
    fleet_add(fleet, TEE_SGX, B0, 20)->info.level_count = 2;
    fleet_group(fleet, B0, 5, 6);
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->rows[0].change, PREVIEW_FALLS);
    assert_int_equal(preview->rows[0].then.standing, STANDING_NOT_SUPPORTED);
    assert_null(preview->rows[0].then.level);
    assert_int_equal(preview->rows[0].short_of.need, 8);
    fleet_free(fleet);
}

static void only_hosts_that_count_are_counted_whatever_is_invented(void **state)
{
    enum { INVENTED = 10000 };
    struct fleet *fleet = august();
    struct host_group *many = test_calloc(INVENTED + 5, sizeof *many);

    (void)state;
    memcpy(many, fleet->groups, 5 * sizeof *many);
    for (size_t i = 0; i < INVENTED; i++)
        many[5 + i] = (struct host_group){
            .fmspc = { B0 },
            .raw = { .cpusvn = { (uint8_t)i, (uint8_t)(i >> 8), 0, 0, 0, 7 },
                     .pcesvn = 13 },
            .standing = i % 10 == 0 ? HOST_LONG_UNSEEN : HOST_UNCONFIRMED,
            .hosts = 1000
        };
    fleet->all.groups = many;
    fleet->all.count = INVENTED + 5;
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->totals.hosts, 22);
    assert_int_equal(preview->totals.falls, 7);
    assert_int_equal(preview->totals.unconfirmed, 9000 * 1000);
    assert_int_equal(preview->totals.unconfirmed_falls, 9000 * 1000);
    assert_int_equal(preview->totals.long_unseen, 1000 * 1000);
    assert_int_equal(preview->totals.long_unseen_falls, 1000 * 1000);
    assert_int_equal(preview->rows[0].group->standing, HOST_COUNTS);
    assert_int_equal(preview->rows[1].group->hosts, 3);
    assert_int_equal(preview->row_count, INVENTED + 5);
    test_free(many);
    fleet_free(fleet);
}

/* ---- chips ------------------------------------------------------------------------- */

static void a_chip_falls_below_its_minimum(void **state)
{
    struct fleet *fleet = fleet_new();
    struct baseline_policy now = policy_steady(), then = policy_steady();

    (void)state;
    then.has_min_tcb[SNP_MILAN] = true;
    then.min_tcb[SNP_MILAN].spl[SPL_SNP] = 24;
    now.has_min_tcb[SNP_GENOA] = true;
    now.min_tcb[SNP_GENOA].spl[SPL_MICROCODE] = 9;
    fleet->chips[0] = (struct chip_group){ SNP_MILAN, { { 0 } }, HOST_COUNTS, 3, 0 };
    fleet->chips[0].tcb.spl[SPL_SNP] = 24;
    fleet->chips[1] = (struct chip_group){ SNP_MILAN, { { 0 } }, HOST_COUNTS, 2, 0 };
    fleet->chips[1].tcb.spl[SPL_SNP] = 23;
    fleet->chips[2] = (struct chip_group){ SNP_MILAN, { { 0 } }, HOST_UNCONFIRMED, 9, 0 };
    fleet->chips[3] = (struct chip_group){ SNP_GENOA, { { 0 } }, HOST_COUNTS, 4, 0 };
    fleet->all.chip_count = 4;
    fleet->question.policy_now = &now;
    fleet->question.policy_then = &then;
    const struct preview *preview = fleet_preview(fleet);
    const struct preview_chip_row *rows = preview->chip_rows;
    assert_int_equal(preview->chip_row_count, 4);
    assert_int_equal(rows[0].group->hosts, 2);
    assert_int_equal(rows[0].change, PREVIEW_FALLS);
    assert_int_equal(rows[0].lowest, SPL_SNP);
    assert_false(rows[0].has_min_now);
    assert_true(rows[0].has_min_then && rows[0].meets_now && !rows[0].meets_then);
    assert_int_equal(rows[1].group->standing, HOST_UNCONFIRMED);
    assert_int_equal(rows[2].group->product, SNP_GENOA);
    assert_int_equal(rows[2].change, PREVIEW_RISES);
    assert_int_equal(rows[2].lowest, SPL_COUNT);
    assert_int_equal(rows[3].change, PREVIEW_SAME);
    assert_int_equal(preview->by_product[SNP_MILAN].hosts, 5);
    assert_int_equal(preview->by_product[SNP_MILAN].falls, 2);
    assert_int_equal(preview->by_product[SNP_MILAN].unconfirmed_falls, 9);
    assert_int_equal(preview->by_product[SNP_GENOA].rises, 4);
    assert_int_equal(preview->totals.hosts, 9);
    assert_int_equal(preview->totals.falls, 2);
    fleet_free(fleet);
}

static void without_policies_no_chip_falls(void **state)
{
    struct fleet *fleet = fleet_new();

    (void)state;
    fleet->chips[0] = (struct chip_group){ SNP_TURIN, { { 0 } }, HOST_COUNTS, 3, 0 };
    fleet->all.chip_count = 1;
    const struct preview *preview = fleet_preview(fleet);
    assert_int_equal(preview->totals.same, 3);
    assert_int_equal(preview->row_count, 0);
    fleet_free(fleet);
}

static void a_full_arena_is_an_error(void **state)
{
    struct fleet *fleet = august();
    struct error err = { 0 };
    struct preview preview;

    (void)state;
    fleet_preview(fleet);
    size_t most = fleet->arena.used, needed = 0;
    for (size_t ceiling = 64; ceiling <= most; ceiling += 64) {
        struct arena arena;
        arena_init(&arena, ceiling);
        bool made = preview_make(&fleet->question, &arena, &preview, &err);
        arena_fini(&arena);
        if (made) {
            needed = ceiling;
            break;
        }
        assert_refused(err, ERROR_LIMIT, "does not fit into");
    }
    assert_true(needed > 64);
    fleet_free(fleet);
}

static void names_are_what_commands_print(void **state)
{
    (void)state;
    assert_string_equal(preview_change_name(PREVIEW_FALLS), "falls");
    assert_string_equal(preview_change_name(PREVIEW_RISES), "rises");
    assert_string_equal(preview_change_name(PREVIEW_SAME), "same");
    assert_string_equal(preview_change_name(PREVIEW_UNKNOWN), "unknown");
    assert_string_equal(host_standing_name(HOST_COUNTS), "counts");
    assert_string_equal(host_standing_name(HOST_UNCONFIRMED), "unconfirmed");
    assert_string_equal(host_standing_name(HOST_LONG_UNSEEN), "long_unseen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(august_2026_names_the_seven_that_fall),
        cmocka_unit_test(intels_own_sets_of_august_2026_make_the_same_seven_fall),
        cmocka_unit_test(sums_are_made_by_fmspc_and_tee),
        cmocka_unit_test(the_way_back_is_a_rise_and_clears),
        cmocka_unit_test(a_level_lower_with_one_status_is_no_fall_but_gains_advisories),
        cmocka_unit_test(below_every_level_is_a_fall_too),
        cmocka_unit_test(only_hosts_that_count_are_counted_whatever_is_invented),
        cmocka_unit_test(a_chip_falls_below_its_minimum),
        cmocka_unit_test(without_policies_no_chip_falls),
        cmocka_unit_test(a_full_arena_is_an_error),
        cmocka_unit_test(names_are_what_commands_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
