/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/mint_order.h"

#include "kit/text.h"
#include "sim/snp_report.h"

struct members mint_members(enum minted what)
{
    return what == MINTED_QUOTE ? quote_members : snp_members;
}

const struct member *mint_defects(enum minted what)
{
    return what == MINTED_QUOTE ? quote_defect_member : snp_defect_member;
}

bool mint_order_set(struct mint_order *order, struct bytes name, struct bytes value,
                    struct error *err)
{
    const struct member *member = member_named(mint_members(order->what), name);
    void *whole =
        order->what == MINTED_QUOTE ? (void *)&order->quote : (void *)&order->report;

    if (member == NULL)
        return error_set(err, ERROR_FORMAT, "%s: there is no such member", safe(name).s);
    return member_set(member, whole, value, err);
}

bool mint_order_fill(const struct mint_order *order, struct world *world, int64_t now_s,
                     struct buf *out, struct error *err)
{
    return order->what == MINTED_QUOTE
               ? world->quote(world->context, &order->quote, now_s, out, err)
               : snp_report_mint(world->amd, &order->report, now_s, out, err);
}
