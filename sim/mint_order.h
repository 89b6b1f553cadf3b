/* SPDX-License-Identifier: Apache-2.0 */
/* A quote or report on order, in one shape for those who take orders: the command line
 * (mint_command.h) and the routes (control_mint.h). */
#ifndef THIM_SIM_MINT_ORDER_H
#define THIM_SIM_MINT_ORDER_H

#include "sim/quote_order.h"
#include "sim/snp_order.h"

enum minted { MINTED_QUOTE, MINTED_REPORT };

#define MINTED_MAX ((size_t)1 << 20)

struct mint_order {
    enum minted what;
    struct quote_order quote;
    struct snp_order report;
};

struct members mint_members(enum minted what);
const struct member *mint_defects(enum minted what);

/* Sets a member by its name. ERROR_FORMAT where there is none, or not with this value. */
bool mint_order_set(struct mint_order *order, struct bytes name, struct bytes value,
                    struct error *err) MUST_CHECK;

/* Appends the quote or report, by a world that has platforms and chips. */
bool mint_order_fill(const struct mint_order *order, struct world *world, int64_t now_s,
                     struct buf *out, struct error *err) MUST_CHECK;

#endif
