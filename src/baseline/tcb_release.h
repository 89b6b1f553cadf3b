/* SPDX-License-Identifier: Apache-2.0 */
/* When each evaluation data number was released as a baseline, and the least platform
 * software (PSW) that an enclave host needs under it: what Azure prints of its baselines,
 * and no vendor signs.
 *
 * Source: Azure's table of its TCB baselines (reference baselines.md); the operator may
 * know more (config/tcb_releases). */
#ifndef THIM_BASELINE_TCB_RELEASE_H
#define THIM_BASELINE_TCB_RELEASE_H

#include "kit/arena.h"
#include "kit/error.h"

#define TCB_RELEASES_MAX 256
#define TCB_RELEASE_VERSION_MAX 32 /* "2.13.100.2", with its NUL */

struct tcb_release {
    uint32_t number;
    int64_t released_s;
    const char *psw_linux, *psw_windows; /* NULL: not known */
};

struct tcb_release_table {
    const struct tcb_release *rows; /* lowest number first, no twins */
    size_t count;
};

/* Those that Azure has printed. */
extern const struct tcb_release_table tcb_releases_known;

/* NULL where the table has none. */
const struct tcb_release *tcb_release_find(const struct tcb_release_table *table,
                                           uint32_t number);

/* The table with rows of more in the place of its own of the same number, or beside them.
 * In the arena, but for the texts. ERROR_FORMAT where more has one number twice;
 * ERROR_LIMIT past TCB_RELEASES_MAX. */
bool tcb_releases_merge(const struct tcb_release_table *table,
                        const struct tcb_release *more, size_t count, struct arena *arena,
                        struct tcb_release_table *out, struct error *err) MUST_CHECK;

#endif
