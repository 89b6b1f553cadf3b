/* SPDX-License-Identifier: Apache-2.0 */
/* Known hosts as baselines look at them: platforms grouped by all that a baseline's
 * effect on them hangs on, chips by product and TCB_VERSION.
 *
 * A platform is in one group: that of its registered raw TCB seen last, else of the one
 * it asked with last. A platform without any raw TCB is in none, nor is one whose FMSPC
 * nobody knows yet. So is a chip: at the TCB somebody registered, else the one it was
 * asked for with; of several the one asked for last, a merely listed one after those. A
 * VLEK is no chip's. Reads through a connection of its own, from any thread; one
 * consistent look. */
#ifndef THIM_STORE_HOST_READER_H
#define THIM_STORE_HOST_READER_H

#include "kit/arena.h"
#include "store/chips.h"
#include "store/platforms.h"

#define HOST_TALLIES_MAX \
    65536 /* of platforms, of chips; hosts of further ones are counted */

struct platform_tally {
    int64_t
        host_class; /* what it is but for is_recent, a number that is never used twice */
    uint8_t fmspc[6];
    struct raw_tcb raw;
    bool registered; /* bound by token, operator or import, and by a registered raw TCB */
    bool has_tdx;    /* TDX SVNs are known (store_keep_tdx_svn) */
    uint8_t tee_tcb_svn[16];
    bool is_recent;   /* registered, and last seen at or after recent_from_s */
    int64_t tcb_list; /* which of tcb_lists; 0, or none of them: not known */
    size_t platforms;
    int64_t example; /* one of its rows */
};

struct tcb_list { /* the TCBs of a platform's certificates, gaps left out */
    int64_t tcb_list;
    const uint8_t (*tcbms)[TCBM_LEN]; /* greatest first, byte by byte */
    size_t count;
};

struct chip_tally {
    enum snp_product product;
    struct tcb_version tcb;
    bool registered; /* by token, operator or import */
    bool is_recent;  /* registered, and last asked for at or after recent_from_s */
    size_t chips;
    int64_t example;
};

struct host_tallies {
    const struct platform_tally *platforms; /* most platforms first */
    size_t platform_count;
    const struct tcb_list *lists; /* sorted by tcb_list */
    size_t list_count;
    const struct chip_tally *chips; /* most chips first */
    size_t chip_count;
    size_t left_out; /* hosts past HOST_TALLIES_MAX */
};

/* Everything lies in the arena. ERROR_SYSTEM; ERROR_LIMIT where the arena is full. */
bool host_tallies_read(const char *directory, int64_t recent_from_s, struct arena *arena,
                       struct host_tallies *out, struct error *err) MUST_CHECK;

struct host_row { /* one host, for a preview that names it */
    int64_t row;
    bool has_name;
    struct platform_name name; /* of a platform */
    struct snp_hwid hwid;      /* of a chip; its len is 0 for platforms */
    char registrar[PLATFORM_NAME_MAX];
    int64_t last_seen_s;
};

/* Calls visit for up to max hosts of the group, seen last first. A platform's is known by
 * host_class, registered and is_recent alone. */
bool platform_tally_members(const char *directory, int64_t recent_from_s,
                            const struct platform_tally *tally, size_t max,
                            void (*visit)(void *context, const struct host_row *row),
                            void *context, struct error *err) MUST_CHECK;
bool chip_tally_members(const char *directory, int64_t recent_from_s,
                        const struct chip_tally *tally, size_t max,
                        void (*visit)(void *context, const struct host_row *row),
                        void *context, struct error *err) MUST_CHECK;

/* ---- writing, on the store thread ------------------------------------------------ */

/* The SVNs of a platform's TDX module and SEAM loader, as the operator says: one set of
 * each platform, the newest counts. ERROR_NOT_FOUND where no such platform is known. */
bool store_keep_tdx_svn(struct store *store, const struct platform_name *name,
                        const uint8_t tee_tcb_svn[16], int64_t now_s, struct error *err)
    MUST_CHECK;

/* The same, as a valid quote shows them. Quotes can be shown again long after, by anyone:
 * none lowers what is kept, nor does one of another PPID change anything. *raised:
 * whether something was written; false, too, where no such platform is known. */
bool store_raise_tdx_svn(struct store *store, const struct platform_name *name,
                         const uint8_t ppid_digest[32], const uint8_t tee_tcb_svn[16],
                         int64_t now_s, bool *raised, struct error *err) MUST_CHECK;

#endif
