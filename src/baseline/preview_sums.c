/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/preview_parts.h"

static void count_confirmed(struct preview_totals *totals,
                            const struct preview_tally *tally)
{
    size_t hosts = tally->hosts;

    totals->hosts += hosts;
    switch (tally->change) {
    case PREVIEW_FALLS:
        totals->falls += hosts;
        break;
    case PREVIEW_RISES:
        totals->rises += hosts;
        break;
    case PREVIEW_SAME:
        totals->same += hosts;
        break;
    case PREVIEW_UNKNOWN:
        totals->unknown += hosts;
        break;
    }
    totals->lacks_pck += tally->lacks_pck ? hosts : 0;
    totals->ends_service += tally->ends_service ? hosts : 0;
    totals->denied += tally->is_denied ? hosts : 0;
}

void preview_count(struct preview_totals *totals, const struct preview_tally *tally)
{
    size_t falls = tally->change == PREVIEW_FALLS ? tally->hosts : 0;

    switch (tally->standing) {
    case HOST_COUNTS:
        count_confirmed(totals, tally);
        break;
    case HOST_UNCONFIRMED:
        totals->unconfirmed += tally->hosts;
        totals->unconfirmed_falls += falls;
        break;
    case HOST_LONG_UNSEEN:
        totals->long_unseen += tally->hosts;
        totals->long_unseen_falls += falls;
        break;
    }
}

/* Falling weighs most, and what is not known more than any good. */
static unsigned weight(enum preview_change change)
{
    static const unsigned weights[] = {
        [PREVIEW_SAME] = 1,
        [PREVIEW_RISES] = 2,
        [PREVIEW_UNKNOWN] = 3,
        [PREVIEW_FALLS] = 4,
    };

    return weights[change];
}

void preview_join(struct preview_tally *tally, const struct preview_tally *other)
{
    if (weight(other->change) > weight(tally->change))
        tally->change = other->change;
    tally->lacks_pck |= other->lacks_pck;
    tally->ends_service |= other->ends_service;
}
