/* SPDX-License-Identifier: Apache-2.0 */
/* A platform's list of certificates and gaps as a change makes it: sorted, each TCBm
 * once. The store's own files include this, nobody else. */
#ifndef THIM_STORE_PLATFORM_LIST_H
#define THIM_STORE_PLATFORM_LIST_H

#include "store/platform_rows.h"

struct platform_list {
    const struct platform_pck *pcks; /* the greatest TCBm first */
    size_t count;
};

/* The change's certificates and gaps, with those of `with` (NULL: none), which give way
 * where the TCBm is the same; a certificate goes before a gap, a newer one before an
 * older. ERROR_LIMIT past PCK_LIST_MAX. */
bool platform_list_make(struct platform_list *out, const struct platform_change *change,
                        const struct platform *with, struct sql_kept *kept,
                        struct arena *arena, struct error *err) MUST_CHECK;

/* *differs: whether the platform's rows are other than the list, or damaged. */
bool platform_list_differs(const struct platform_list *list,
                           const struct platform *platform, struct sql_kept *kept,
                           bool *differs, struct error *err) MUST_CHECK;

#endif
