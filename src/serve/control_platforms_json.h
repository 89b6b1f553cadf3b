/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms as JSON; the shapes stand in serve/control_platforms.h. All: the caller's,
 * NULL where memory is out. */
#ifndef THIM_SERVE_CONTROL_PLATFORMS_JSON_H
#define THIM_SERVE_CONTROL_PLATFORMS_JSON_H

#include "serve/control_json.h"
#include "serve/platform_look.h"
#include "store/audit.h"

json_t *platform_json(const struct platform *platform);

/* The same with the list of certificates, and in each raw TCB what is given and why. */
json_t *platform_look_json(const struct platform_look *look);

json_t *platform_counts_json(const struct platform_counts *counts);
json_t *audit_entry_json(const struct audit_entry *entry);

#endif
