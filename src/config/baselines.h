/* SPDX-License-Identifier: Apache-2.0 */
/* The `baselines` section of the configuration: policies, rules and the floor, read into
 * a struct baseline_law. doc/thim.yaml shows every key.
 *
 * What is wrong in the file alone is refused here, with line and remedy; what hangs on
 * the clock or on a vendor (a day that has passed, a number that was withdrawn) never is.
 */
#ifndef THIM_CONFIG_BASELINES_H
#define THIM_CONFIG_BASELINES_H

#include "config/config.h"
#include "config/schema.h"

extern const struct schema_key baseline_keys[];

/* Reader of the section's row in config/keys.c. */
bool read_baselines(struct schema_walk *walk, const struct schema_key *key,
                    const struct value *value, void *base, struct error *err) MUST_CHECK;

#endif
