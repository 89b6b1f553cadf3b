/* SPDX-License-Identifier: Apache-2.0 */
/* PCS's list of FMSPCs. Unsigned: a hint, never a proof.
 *
 * Source: Intel PCS API v4, "Get FMSPCs": [{"fmspc": 12 hex, "platform": text}, ...]. */
#ifndef THIM_FORMAT_FMSPC_LIST_H
#define THIM_FORMAT_FMSPC_LIST_H

#include "kit/arena.h"
#include "kit/buf.h"
#include "kit/error.h"

#define FMSPCS_MAX 4096

enum fmspc_platform { FMSPC_CLIENT = 1, FMSPC_E3, FMSPC_E5, FMSPC_OTHER };

struct fmspc_entry {
    uint8_t fmspc[6];
    enum fmspc_platform platform;
};

struct fmspc_list {
    const struct fmspc_entry *entries; /* as listed, without repeats */
    size_t count;
};

/* An FMSPC listed twice counts once, as it stood first; a platform of another name is
 * FMSPC_OTHER. An empty list is refused: taken at its word it would deny every FMSPC.
 * ERROR_LIMIT past FMSPCS_MAX. */
bool fmspc_list_parse(struct bytes text, struct arena *arena, struct fmspc_list *out,
                      struct error *err) MUST_CHECK;

bool fmspc_list_names(const struct fmspc_list *list, const uint8_t fmspc[6]);

/* As PCS writes it: upper-case FMSPCs, no white space. only: FMSPC_CLIENT, FMSPC_E3,
 * FMSPC_E5, or 0 for all. FMSPC_OTHER is written as "other". */
void fmspc_list_write(struct buf *out, const struct fmspc_list *list,
                      enum fmspc_platform only);

#endif
