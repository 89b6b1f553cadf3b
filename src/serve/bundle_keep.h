/* SPDX-License-Identifier: Apache-2.0 */
/* What of a bundle is kept of platforms, once everything in it has been verified: on the
 * store thread, within the transaction that publishes its collateral. Certificates are
 * read from the bundle again and verified once more by signature, so that a bundle of any
 * size costs no memory. */
#ifndef THIM_SERVE_BUNDLE_KEEP_H
#define THIM_SERVE_BUNDLE_KEEP_H

#include "serve/bundle_verdict.h"
#include "serve/host_readers.h"

struct bundle_keeping {
    const struct bundle_verdict *verdict;
    struct bytes text;
    struct host_readers *readers;
    const char *registrar; /* whose token brought it */
    int64_t now_s, due_s;  /* due: when its certificates are to be fetched next */

    /* filled */
    struct complaints conflicts; /* to be ended by the caller, as it is begun by him */
    size_t platforms, raw_tcbs;
    struct store *store;
};

/* False (ERROR_FORMAT) where a binding is in conflict: the conflicts say which, all of
 * them; ERROR_SYSTEM and the like as the store says. The caller then undoes everything.
 */
bool bundle_keep(struct bundle_keeping *keeping, struct store *store, struct error *err)
    MUST_CHECK;

#endif
