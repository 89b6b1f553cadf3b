/* SPDX-License-Identifier: Apache-2.0 */
/* Where things stand in sorted holdings: the place of a thing, or where it would go. */
#ifndef THIM_STORE_HOLDINGS_ORDER_H
#define THIM_STORE_HOLDINGS_ORDER_H

#include "store/holdings.h"

/* True where it is there. */
bool holding_place(const struct holding *entries, size_t count,
                   const struct collateral_key *key, size_t *place);
bool designation_place(const struct designation *designations, size_t count,
                       const struct collateral_key *subject, enum update update,
                       size_t *place);

#endif
