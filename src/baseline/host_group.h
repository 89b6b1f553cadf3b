/* SPDX-License-Identifier: Apache-2.0 */
/* Known hosts, grouped: a fleet of a million shares a few hundred TCBs, and everything
 * that a baseline does to a host is the same for all of one group. */
#ifndef THIM_BASELINE_HOST_GROUP_H
#define THIM_BASELINE_HOST_GROUP_H

#include "format/pck_list.h"
#include "format/registration.h"
#include "format/tcb_version.h"

#define HOST_GROUPS_MAX 65536 /* further ones are counted, not told apart */

enum host_standing {                   /* whether its voice counts */
                     HOST_COUNTS = 1,  /* registered by token, operator or import, and
                                          seen within host_ttl */
                     HOST_UNCONFIRMED, /* merely asked, or by a raw TCB that nobody
                                          registered */
                     HOST_LONG_UNSEEN, /* registered, but not seen for host_ttl */
};
const char *host_standing_name(enum host_standing standing); /* "counts", .. */

struct host_group {
    int64_t host_class; /* by which the store finds its hosts; 0: by nothing */
    uint8_t fmspc[6];
    struct raw_tcb raw;
    bool has_tdx; /* its TDX SVNs are known */
    uint8_t tee_tcb_svn[16];
    /* The TCBs of its PCK certificates (gaps left out), any order: one list shared by
     * many groups. pck_count 0: it has none, or they are not known. */
    const uint8_t (*tcbms)[TCBM_LEN];
    size_t pck_count;
    enum host_standing standing;
    size_t hosts;
    int64_t example; /* a platform's row, for names; 0: none */
};

struct chip_group { /* AMD */
    enum snp_product product;
    struct tcb_version tcb;
    enum host_standing standing;
    size_t hosts;
    int64_t example; /* a chip's row; 0: none */
};

struct host_groups {
    const struct host_group *groups;
    size_t count;
    const struct chip_group *chips;
    size_t chip_count;
    size_t left_out; /* hosts past HOST_GROUPS_MAX */
};

#endif
