/* SPDX-License-Identifier: Apache-2.0 */
/* One platform as an operator looks at it: its rows, the ranking under the collateral of
 * the moment, and each certificate judged, not only the one that a host is given.
 *
 * Lifetime: the look owns all of it. Not for several threads at once. */
#ifndef THIM_SERVE_PLATFORM_LOOK_H
#define THIM_SERVE_PLATFORM_LOOK_H

#include "serve/baseline_view.h"
#include "serve/host_issuers.h"
#include "serve/platform_view.h"
#include "store/platform_reader.h"

#define PLATFORM_LOOK_MAX ((size_t)16 << 20) /* bytes of one look */

struct look_pck {     /* beside the view's, by the same index */
    struct error why; /* ERROR_NONE: sound, or a gap */
};

struct platform_look {
    struct arena arena;
    struct holdings *holdings;
    struct platform platform;
    struct platform_view view; /* those that fail are marked in its ranks; a revoked one
                                  is not, for whoever asks must learn of it */
    struct look_pck *pcks;
};

struct look_law {
    struct host_issuers *issuers;
    const struct baseline_view *view; /* NULL: by standard */
    int64_t now_s, future_s;
};

/* Holds the holdings. ERROR_NOT_FOUND where there is no such platform. The look is to be
 * ended in either case. */
bool platform_look_make(struct platform_reader *reader, const struct platform_name *name,
                        struct holdings *holdings, const struct look_law *law,
                        struct platform_look *out, struct error *err) MUST_CHECK;
void platform_look_end(struct platform_look *look);

/* Its place among those that are ranked; NULL for gaps, and without a TCB info. */
const struct pck_rank *look_rank_of(const struct platform_look *look, size_t pck);

/* "sound", "gap", "unreadable", or what the refusal's kind is called ("stale" is said as
 * "expired") or its flaw. */
const char *look_verdict_name(const struct platform_look *look, size_t pck);

#endif
