/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of upstream about AMD's chips, and what came of it: as
 * store/platform_errand.h is for Intel's platforms. */
#ifndef THIM_STORE_CHIP_ERRAND_H
#define THIM_STORE_CHIP_ERRAND_H

#include "store/chips.h"

enum chip_fetch {
    CHIP_KEPT = 1,    /* verified and committed */
    CHIP_NOT_FOUND,   /* KDS has no such certificate (404) */
    CHIP_UNASKED,     /* no upstream is asked for it, or its product is not kept */
    CHIP_UNKNOWN,     /* a stranger's, and amd.unknown_chips is refuse */
    CHIP_UNTRUSTED,   /* what came did not verify, or nothing to verify it by is held */
    CHIP_UNREACHABLE, /* nobody could be asked, or answered well: retry_after_s */
    CHIP_LATE,        /* its turn does not come in time: retry_after_s */
    CHIP_BUDGET,      /* this address, or all strangers, have had their share */
    CHIP_BUSY,        /* too many wait, or we are stopping */
};

struct chip_report {
    enum chip_fetch outcome;
    int64_t retry_after_s;
    char why[PLATFORM_WHY_MAX];
};

struct chip_demand {
    uint8_t address[16]; /* as in struct platform_demand; none: the operator's own */
    size_t address_len;
    struct kds_key key; /* KDS_CERTIFICATE */
    enum chip_known_by known_by;
    int64_t wait_ms; /* how long who asks will wait: told CHIP_LATE before that, early
                        enough for the answer to be sent; 0: any time will do */
    void *context;
    /* On the upstream or the store thread, exactly once, maybe at once; may be NULL. */
    void (*told)(void *context, const struct chip_report *report);
};

#endif
