/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's section: whom to ask for certificates of chips, which products are kept, how much
 * strangers' chips may cost, and whose certificate this host is given unasked. */
#ifndef THIM_CONFIG_AMD_H
#define THIM_CONFIG_AMD_H

#include "config/config.h"
#include "config/schema.h"

#define AMD_KDS_INTERVAL_MS 10000
#define AMD_BURST 3

extern const struct schema_key amd_keys[];

/* Of a struct config that holds the defaults. */
bool read_amd(struct schema_walk *walk, const struct schema_key *key,
              const struct value *value, void *base, struct error *err) MUST_CHECK;

#endif
