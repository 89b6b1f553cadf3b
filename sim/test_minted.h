/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of this folder: orders in one line, and what a signature covers. */
#ifndef THIM_SIM_TEST_MINTED_H
#define THIM_SIM_TEST_MINTED_H

#include "kit/crypto.h"
#include "sim/mint_order.h"
#include "sim/test_simulator.h"

/* "tee=tdx version=5 debug defect=vendor defect=key_type"; false where a member is
 * refused. */
static inline bool test_order_read(struct mint_order *order, const char *text,
                                   struct error *err)
{
    struct bytes rest = bytes_of_text(text);

    while (rest.len > 0) {
        struct bytes word = bytes_first(rest, bytes_find(rest, bytes_of_text(" ")));
        size_t mark = bytes_find(word, bytes_of_text("="));
        if (!mint_order_set(order, bytes_first(word, mark), bytes_after(word, mark + 1),
                            err))
            return false;
        rest = bytes_after(rest, word.len + 1);
    }
    return true;
}

static inline struct mint_order test_order(enum minted what, const char *text)
{
    struct mint_order order = { .what = what };
    struct error err = { .kind = ERROR_NONE };

    assert_ok(test_order_read(&order, text, &err), err);
    return order;
}

/* What an order in one line gives; the caller ends it. */
static inline struct buf test_minted(struct world *world, enum minted what,
                                     const char *text)
{
    struct mint_order order = test_order(what, text);
    struct error err = { .kind = ERROR_NONE };
    struct buf out;

    buf_init(&out, MINTED_MAX);
    if (!mint_order_fill(&order, world, test_time(TEST_NOW), &out, &err))
        fail_msg("%s: %s", text, err.text);
    return out;
}

/* Asserts that an order in one line is refused. */
static inline void test_not_minted(struct world *world, enum minted what,
                                   const char *text, enum error_kind kind,
                                   const char *part)
{
    struct mint_order order = { .what = what };
    struct error err = { .kind = ERROR_NONE };
    struct buf out;

    buf_init(&out, MINTED_MAX);
    if (test_order_read(&order, text, &err)
        && mint_order_fill(&order, world, test_time(TEST_NOW), &out, &err))
        fail_msg("%s is minted", text);
    assert_refused(err, kind, part);
    buf_fini(&out);
}

#endif
