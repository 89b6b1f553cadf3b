/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chips.h"

#include "kit/test.h"

enum { NOW_S = 1000000 };

static struct chips *open_chips(const char *seed)
{
    struct scramble_key key = scramble_key(seed);
    struct chips *chips = NULL;
    struct error err = { .kind = ERROR_NONE };

    assert_ok(chips_open(&key, &chips, &err), err);
    return chips;
}

static void happen(struct chips *chips, struct chip_event event)
{
    struct error err = { .kind = ERROR_NONE };

    assert_ok(chips_add(chips, &event, &err), err);
}

static void an_id_is_one_chips_and_one_products(void **state)
{
    struct chips *chips = open_chips("test");
    uint32_t found = 0;

    (void)state;
    for (uint32_t chip = 0; chip < 3000; chip++) {
        uint8_t id[CHIP_ID_LEN];
        enum world_product product = chip_product(chip);

        chip_id(chips, chip, id);
        assert_true(chip_of_id(chips, product, id, &found));
        assert_int_equal(found, chip);
        assert_false(chip_of_id(chips, chip_product(chip + 1), id, &found));
        id[chip % CHIP_ID_LEN] ^= 1;
        assert_false(chip_of_id(chips, product, id, &found));
    }
    chips_close(chips);
}

static void a_turins_id_is_eight_bytes_and_zeros(void **state)
{
    static const uint8_t zeros[CHIP_ID_LEN - 8];
    struct chips *chips = open_chips("test");
    uint8_t id[CHIP_ID_LEN];

    (void)state;
    chip_id(chips, 2, id);
    assert_memory_equal(id + 8, zeros, sizeof zeros);
    chip_id(chips, 1, id);
    assert_memory_not_equal(id + 56, zeros, 8);
    chips_close(chips);
}

static void another_seed_has_other_chips(void **state)
{
    struct chips *one = open_chips("one"), *other = open_chips("other");
    uint8_t id[CHIP_ID_LEN];
    uint32_t found = 0;

    (void)state;
    chip_id(one, 0, id);
    assert_false(chip_of_id(other, WORLD_MILAN, id, &found));
    memset(id, 0, sizeof id);
    assert_false(chip_of_id(one, WORLD_MILAN, id, &found));
    chips_close(one);
    chips_close(other);
}

static void firmware_is_updated_and_what_was_stays_known(void **state)
{
    static const uint8_t first[] = { 4, 0, 0, 0, 0, 0, 24, 219 };
    static const uint8_t updated[] = { 4, 0, 0, 0, 0, 0, 27, 218 };
    static const uint8_t both[] = { 4, 0, 0, 0, 0, 0, 27, 219 };
    struct chips *chips = open_chips("test");
    struct chip_event update = { .kind = CHIP_NEW_TCB, .chip = 3, .now_s = NOW_S };
    uint8_t tcb[TCB_VERSION_LEN];

    (void)state;
    memcpy(update.tcb_version, updated, sizeof updated);
    happen(chips, update);
    chip_tcb_version(chips, 3, NOW_S - 1, tcb);
    assert_memory_equal(tcb, first, sizeof tcb);
    chip_tcb_version(chips, 3, NOW_S, tcb);
    assert_memory_equal(tcb, updated, sizeof tcb);
    assert_true(chip_has_had(chips, 3, first, NOW_S));
    assert_true(chip_has_had(chips, 3, both, NOW_S));
    assert_false(chip_has_had(chips, 3, updated, NOW_S - 1));
    assert_false(chip_has_had(chips, 0, updated, NOW_S));
    chips_close(chips);
}

static void a_key_is_of_chip_and_tcb(void **state)
{
    static const uint8_t tcb[] = { 4, 0, 0, 0, 0, 0, 24, 219 };
    static const uint8_t lower[] = { 4, 0, 0, 0, 0, 0, 24, 218 };
    struct chips *chips = open_chips("test"), *again = open_chips("test");
    uint8_t one[32], other[32];

    (void)state;
    chip_secret(chips, 0, tcb, one);
    chip_secret(again, 0, tcb, other);
    assert_memory_equal(one, other, sizeof one);
    chip_secret(chips, 0, lower, other);
    assert_memory_not_equal(one, other, sizeof one);
    chip_secret(chips, 3, tcb, other);
    assert_memory_not_equal(one, other, sizeof one);
    chips_close(chips);
    chips_close(again);
}

static void events_concern_one_chip_or_one_product(void **state)
{
    struct chips *chips = open_chips("test");

    (void)state;
    happen(chips, (struct chip_event){ CHIP_REISSUE, .chip = 4, .now_s = NOW_S });
    happen(chips, (struct chip_event){ CHIP_REISSUE, .chip = 4, .now_s = NOW_S });
    happen(chips, (struct chip_event){ CHIP_FORGET, .chip = 4, .now_s = NOW_S });
    happen(chips, (struct chip_event){ CHIP_REVOKE_ASK, .product = WORLD_GENOA,
                                       .now_s = NOW_S });
    assert_int_equal(chip_reissues(chips, 4, NOW_S), 2);
    assert_int_equal(chip_reissues(chips, 4, NOW_S - 1), 0);
    assert_int_equal(chip_reissues(chips, 5, NOW_S), 0);
    assert_non_null(chips_find(chips, CHIP_FORGET, 4, NOW_S));
    assert_null(chips_find(chips, CHIP_FORGET, 7, NOW_S));
    assert_non_null(chips_revocation(chips, CHIP_REVOKE_ASK, WORLD_GENOA, NOW_S));
    assert_null(chips_revocation(chips, CHIP_REVOKE_ASK, WORLD_GENOA, NOW_S - 1));
    assert_null(chips_revocation(chips, CHIP_REVOKE_ASK, WORLD_MILAN, NOW_S));
    assert_null(chips_revocation(chips, CHIP_REVOKE_ASVK, WORLD_GENOA, NOW_S));
    chips_close(chips);
}

static void there_is_an_end_to_chips_and_events(void **state)
{
    struct chips *chips = open_chips("test");
    struct chip_event event = { CHIP_FORGET, .chip = CHIPS_MAX };
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_false(chips_add(chips, &event, &err));
    assert_refused(err, ERROR_NOT_FOUND, "chip");
    event.chip--;
    for (int i = 0; i < CHIP_EVENTS_MAX; i++)
        happen(chips, event);
    assert_false(chips_add(chips, &event, &err));
    assert_refused(err, ERROR_LIMIT, "events of chips");
    chips_close(chips);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_one_chips_and_one_products),
        cmocka_unit_test(a_turins_id_is_eight_bytes_and_zeros),
        cmocka_unit_test(another_seed_has_other_chips),
        cmocka_unit_test(firmware_is_updated_and_what_was_stays_known),
        cmocka_unit_test(a_key_is_of_chip_and_tcb),
        cmocka_unit_test(events_concern_one_chip_or_one_product),
        cmocka_unit_test(there_is_an_end_to_chips_and_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
