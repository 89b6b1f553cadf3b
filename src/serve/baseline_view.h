/* SPDX-License-Identifier: Apache-2.0 */
/* What every baseline is at a moment: the law, the sets that are held, and for each
 * policy and TEE the number in force and why. One is made for each generation, and again
 * as time passes; requests are answered and operators are told from it.
 *
 * Immutable and counted; it keeps its generation and its configuration alive. */
#ifndef THIM_SERVE_BASELINE_VIEW_H
#define THIM_SERVE_BASELINE_VIEW_H

#include "baseline/decide.h"
#include "config/config.h"
#include "store/holdings.h"

#define VIEW_FUTURE_S 300 /* how far ahead of our clock a list may be issued */

struct law_book; /* a law, counted: SIGHUP brings another */
/* owner: the configuration that the law lies in, taken over with all its content; NULL
 * where the law outlives the book. */
bool law_book_make(const struct baseline_law *law, struct config *owner,
                   struct law_book **out, struct error *err) MUST_CHECK;
struct law_book *law_book_hold(const struct law_book *book);
void law_book_release(struct law_book *book); /* accepts NULL */
DEFINE_OWNED(struct law_book *, law_book_release)
const struct baseline_law *law_book_law(const struct law_book *book);

struct baseline_stand { /* of one policy and TEE */
    struct baseline_state state;
    struct baseline_decision decision;
    struct baseline_effect effect; /* of moving to the decision's target; from and to 0:
                                      not computed, or nothing to move to */
    uint32_t previous;             /* the number before the present one; 0: none */
    uint32_t number;               /* in force: the decision's once that is written down,
                                      or where nothing else could be served; 0: none */
};

struct baseline_view {
    const struct baseline_law *law;
    const struct holdings *holdings;
    struct sets sets;
    int64_t now_s;
    const struct baseline_stand (*stands)[2]; /* [policy][sets_index(tee)] */
};

struct baseline_past { /* of one policy and TEE: what the view's stand begins with */
    struct baseline_state state;
    struct baseline_effect effect;
    uint32_t previous;
};

struct baseline_view_spec {
    const struct law_book *book;
    const struct holdings *holdings;
    const struct baseline_past (*pasts)[2]; /* as many as the law has policies; NULL: no
                                               baseline has had a number yet */
    int64_t now_s;
};
bool baseline_view_make(const struct baseline_view_spec *spec,
                        const struct baseline_view **out, struct error *err) MUST_CHECK;
const struct baseline_view *baseline_view_hold(const struct baseline_view *view);
void baseline_view_release(const struct baseline_view *view); /* accepts NULL */
DEFINE_OWNED(const struct baseline_view *, baseline_view_release)

/* The number that a request under this policy is given: the one in force, or an
 * override's for its FMSPC (NULL: no FMSPC is asked for) where that is held in date. 0:
 * none. */
uint32_t baseline_view_number(const struct baseline_view *view, size_t policy,
                              enum tee tee, const uint8_t *fmspc);

static inline const struct baseline_stand *baseline_view_stand(
    const struct baseline_view *view, size_t policy, enum tee tee)
{
    return &view->stands[policy][sets_index(tee)];
}

#endif
