/* SPDX-License-Identifier: Apache-2.0 */
/* The shelf's innards, and the filling of it: each thing that is held, in every writing
 * and on every path on which it can be asked for. Only shelf*.c look inside. */
#ifndef THIM_SERVE_SHELF_BUILD_H
#define THIM_SERVE_SHELF_BUILD_H

#include "kit/arena.h"
#include "serve/shelf.h"
#include "serve/shelf_page.h"
#include "serve/shelf_slot.h"

/* What one shelf may take beside its replies: strings and CRLs in their other forms. */
#define SHELF_BYTES_MAX (512U * 1024 * 1024)

enum set_part { SET_ROOT_CRL = 0, SET_PCK_CRL, SET_TCB_INFO, SET_IDENTITY, SET_PARTS };

struct slot {
    struct slot_key key;
    const struct shelf_page *page; /* several slots may show the same */
};

struct shelf {
    const struct baseline_view *view; /* bodies of signed JSON lie in its holdings */
    struct arena arena;
    char request_id[33];
    struct shelf_page **pages;
    size_t page_count, page_room;
    struct slot *slots; /* sorted by key once filled */
    size_t slot_count, slot_room;
    struct set_range { /* the longest-lived thing of each part */
        int64_t from_s, until_s;
    } set[SET_PARTS];
};

bool shelf_fill(struct shelf *shelf, const struct shelf_options *options,
                struct error *err) MUST_CHECK;

#endif
