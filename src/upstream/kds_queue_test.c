/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_queue.h"

#include "kit/test.h"

enum { ROOM = 400 };

struct crowd {
    struct kds_queue queue;
    struct kds_place places[ROOM];
    size_t count;
};

static struct kds_place *come(struct crowd *crowd, enum kds_line line)
{
    struct kds_place *place = &crowd->places[crowd->count++];

    kds_queue_add(&crowd->queue, place, line);
    return place;
}

static void come_many(struct crowd *crowd, enum kds_line line, size_t count)
{
    for (size_t i = 0; i < count; i++)
        come(crowd, line);
}

/* How many of the next `slots` go to strangers. */
static size_t strangers_among(struct crowd *crowd, size_t slots)
{
    size_t strangers = 0;

    for (size_t i = 0; i < slots; i++)
        strangers += kds_queue_take(&crowd->queue)->line == KDS_UNKNOWN;
    return strangers;
}

static void each_line_is_first_come_first_served(void **state)
{
    struct crowd crowd = { .count = 0 };

    (void)state;
    kds_queue_init(&crowd.queue, 20);
    assert_null(kds_queue_peek(&crowd.queue));
    assert_null(kds_queue_take(&crowd.queue));
    come_many(&crowd, KDS_UNKNOWN, 5);
    kds_queue_remove(&crowd.queue, &crowd.places[2]);
    kds_queue_remove(&crowd.queue, &crowd.places[4]);
    kds_queue_remove(&crowd.queue, &crowd.places[0]);
    come_many(&crowd, KDS_UNKNOWN, 1);
    assert_ptr_equal(kds_queue_peek(&crowd.queue), &crowd.places[1]);
    assert_ptr_equal(kds_queue_take(&crowd.queue), &crowd.places[1]);
    assert_ptr_equal(kds_queue_take(&crowd.queue), &crowd.places[3]);
    assert_ptr_equal(kds_queue_take(&crowd.queue), &crowd.places[5]);
    assert_int_equal(kds_queue_len(&crowd.queue), 0);
}

static void strangers_get_their_share_while_known_ones_wait(void **state)
{
    static const struct {
        unsigned share_percent;
        size_t strangers_of_120;
    } cases[] = {
        { 0, 0 }, { 10, 10 }, { 20, 20 }, { 25, 24 }, { 50, 40 }, { 100, 60 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct crowd crowd = { .count = 0 };
        kds_queue_init(&crowd.queue, cases[i].share_percent);
        come_many(&crowd, KDS_UNKNOWN, 130);
        come_many(&crowd, KDS_KNOWN, 130);
        size_t strangers = strangers_among(&crowd, 120);
        assert_int_equal(strangers, cases[i].strangers_of_120);
        assert_true(strangers * 100 <= 120 * (size_t)cases[i].share_percent);
    }
}

static void strangers_get_all_of_it_while_no_known_one_waits(void **state)
{
    struct crowd crowd = { .count = 0 };

    (void)state;
    kds_queue_init(&crowd.queue, 0);
    come_many(&crowd, KDS_UNKNOWN, 50);
    assert_int_equal(strangers_among(&crowd, 50), 50);
}

static void who_is_wanted_in_advance_counts_as_known_and_lets_known_ones_pass(
    void **state)
{
    struct crowd crowd = { .count = 0 };

    (void)state;
    kds_queue_init(&crowd.queue, 20);
    come_many(&crowd, KDS_UNKNOWN, 60);
    come_many(&crowd, KDS_WANTED, 100);
    assert_int_equal(strangers_among(&crowd, 60), 10);
    struct kds_place *known = come(&crowd, KDS_KNOWN);
    assert_true(kds_queue_take(&crowd.queue) == known
                || kds_queue_take(&crowd.queue) == known);
}

static void a_known_one_that_comes_waits_for_two_slots_at_most(void **state)
{
    static const unsigned shares[] = { 0, 1, 20, 50, 99, 100 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(shares); i++)
        for (size_t had = 0; had < 12; had++) {
            struct crowd crowd = { .count = 0 };
            kds_queue_init(&crowd.queue, shares[i]);
            come_many(&crowd, KDS_UNKNOWN, 60);
            come_many(&crowd, KDS_WANTED, 5);
            for (size_t k = 0; k < had; k++)
                assert_non_null(kds_queue_take(&crowd.queue));
            struct kds_place *known = come(&crowd, KDS_KNOWN);
            size_t others = 0;
            while (kds_queue_take(&crowd.queue) != known)
                others++;
            assert_true(others <= 2);
        }
}

static void a_turn_is_known_ahead(void **state)
{
    static const size_t crowds[][KDS_LINES] = {
        { 1, 0, 0 }, { 7, 0, 30 }, { 0, 9, 11 }, { 12, 8, 2 }, { 0, 0, 5 }, { 30, 30, 3 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(crowds); i++) {
        struct crowd crowd = { .count = 0 };
        size_t turns[ROOM];
        kds_queue_init(&crowd.queue, 20);
        for (enum kds_line line = 0; line < KDS_LINES; line++)
            for (size_t k = 0; k < crowds[i][line]; k++) {
                size_t expected = kds_queue_turn_of_next(&crowd.queue, line);
                const struct kds_place *place = come(&crowd, line);
                assert_int_equal(kds_queue_turn(&crowd.queue, place), expected);
            }
        for (size_t k = 0; k < crowd.count; k++)
            turns[k] = kds_queue_turn(&crowd.queue, &crowd.places[k]);
        for (size_t slot = 0; slot < crowd.count; slot++) {
            const struct kds_place *place = kds_queue_take(&crowd.queue);
            assert_int_equal(turns[place - crowd.places], slot);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_is_first_come_first_served),
        cmocka_unit_test(strangers_get_their_share_while_known_ones_wait),
        cmocka_unit_test(strangers_get_all_of_it_while_no_known_one_waits),
        cmocka_unit_test(
            who_is_wanted_in_advance_counts_as_known_and_lets_known_ones_pass),
        cmocka_unit_test(a_known_one_that_comes_waits_for_two_slots_at_most),
        cmocka_unit_test(a_turn_is_known_ahead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
