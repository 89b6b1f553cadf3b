/* SPDX-License-Identifier: Apache-2.0 */
/* A file without a name, for what is too large to hold: below TMPDIR, else /var/tmp,
 * gone with its descriptor. */
#ifndef THIM_THIM_SPOOL_H
#define THIM_THIM_SPOOL_H

#include "kit/bytes.h"
#include "kit/error.h"

struct spool {
    int fd; /* -1: none */
    uint64_t len, most;
};

/* most: bytes; past it ERROR_LIMIT. */
bool spool_open(struct spool *spool, uint64_t most, struct error *err) MUST_CHECK;
bool spool_add(struct spool *spool, struct bytes more, struct error *err) MUST_CHECK;
bool spool_copy(struct spool *spool, int from, struct error *err) MUST_CHECK;
void spool_close(struct spool *spool);

#endif
