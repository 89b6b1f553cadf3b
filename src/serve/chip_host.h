/* SPDX-License-Identifier: Apache-2.0 */
/* The chip of the host that this service runs on or for: whose certificate the metadata
 * endpoint gives to a guest that names none. As amd.host says: named in the
 * configuration, or read from an attestation report, in a file or made by the machine,
 * and read again every amd.host_refresh_s, since firmware updates change its TCB_VERSION.
 *
 * A report that cannot be read leaves what the last one said. Any thread. */
#ifndef THIM_SERVE_CHIP_HOST_H
#define THIM_SERVE_CHIP_HOST_H

#include "config/config.h"
#include "serve/chip_question.h"

struct chip_host;

/* config must outlive it. Reads nothing yet. */
bool chip_host_create(const struct config *config, struct chip_host **out,
                      struct error *err) MUST_CHECK;
void chip_host_destroy(struct chip_host *host); /* accepts NULL */
DEFINE_OWNED(struct chip_host *, chip_host_destroy)

/* Reads the report where that is due by the machine's monotonic time; one thread. True
 * where the name is another than before, or the first. */
bool chip_host_tick(struct chip_host *host, int64_t real_ms);

/* Has a TCB_VERSION, and a chip id where it is of a VCEK. ERROR_NOT_FOUND where none is
 * configured; else why there is none yet. */
bool chip_host_name(struct chip_host *host, struct chip_name *out, struct error *err)
    MUST_CHECK;

#endif
