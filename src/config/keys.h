/* SPDX-License-Identifier: Apache-2.0 */
/* Every key of the configuration file: the one table that schema.c walks. */
#ifndef THIM_CONFIG_KEYS_H
#define THIM_CONFIG_KEYS_H

#include "config/config.h"
#include "config/schema.h"

/* Fills a struct config that holds the defaults. */
extern const struct schema_key config_keys[];

#endif
