/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: baselines as they are where nobody has decided anything. */
#ifndef THIM_SERVE_TEST_VIEW_H
#define THIM_SERVE_TEST_VIEW_H

#include "kit/test.h"
#include "serve/front.h"

/* Of steady alone, at this time; the caller's to release. */
static inline const struct baseline_view *test_view_of(const struct holdings *holdings,
                                                       int64_t now_s)
{
    OWNED(law_book_release) struct law_book *book = NULL;
    const struct baseline_view *view = NULL;
    struct error err = { 0 };

    assert_ok(law_book_make(&baseline_law_default, NULL, &book, &err), err);
    struct baseline_view_spec spec = { .book = book,
                                       .holdings = holdings,
                                       .now_s = now_s };
    assert_ok(baseline_view_make(&spec, &view, &err), err);
    return view;
}

/* Puts these holdings on the front's shelf. */
static inline void test_front_publish(struct front *front,
                                      const struct holdings *holdings,
                                      const struct clock *clock)
{
    OWNED(baseline_view_release)
    const struct baseline_view *view = test_view_of(holdings, clock_wall_s(clock));
    struct error err = { 0 };

    assert_ok(front_publish(front, view, &err), err);
}

#endif
