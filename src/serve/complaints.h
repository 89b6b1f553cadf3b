/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the parts of a bundle: where, and why, all of it in one answer, so
 * that one look at it mends the bundle. The first COMPLAINTS_KEPT are kept; all are
 * counted. */
#ifndef THIM_SERVE_COMPLAINTS_H
#define THIM_SERVE_COMPLAINTS_H

#include "kit/buf.h"
#include "kit/error.h"

#define COMPLAINTS_KEPT 200

struct complaints {
    struct buf lines; /* "collaterals.tcbinfos[3].sgx_tcbinfo: why" */
    size_t count;
    bool has_untrusted; /* some are about a signature, chain, root or revocation */
};

void complaints_init(struct complaints *complaints);
void complaints_fini(struct complaints *complaints);

void complain(struct complaints *complaints, const char *where, const struct error *why);

/* A line of its own, then those that are kept, and how many more there are. */
void complaints_write(struct buf *out, const char *headline,
                      const struct complaints *complaints);

#endif
