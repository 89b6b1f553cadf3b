/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of values that only this configuration has: addresses, URLs, names, FMSPCs. */
#ifndef THIM_CONFIG_READERS_H
#define THIM_CONFIG_READERS_H

#include "config/config.h"
#include "config/schema.h"

/* A numeric address; brackets around one of IPv6 are taken off. */
bool read_address(struct schema_walk *walk, const struct schema_key *key,
                  const struct value *value, void *base, struct error *err) MUST_CHECK;

/* https, or http to loopback only; without a "/" at the end. */
bool read_upstream_url(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
    MUST_CHECK;
bool read_file_url(struct schema_walk *walk, const struct schema_key *key,
                   const struct value *value, void *base, struct error *err) MUST_CHECK;
bool read_proxy(struct schema_walk *walk, const struct schema_key *key,
                const struct value *value, void *base, struct error *err) MUST_CHECK;

/* What stands in logs, status and audit: one word. */
bool read_name(struct schema_walk *walk, const struct schema_key *key,
               const struct value *value, void *base, struct error *err) MUST_CHECK;

/* A list of absolute paths, `most` of them. */
bool read_paths(struct schema_walk *walk, const struct schema_key *key,
                const struct value *value, void *base, struct error *err) MUST_CHECK;

/* Of a struct config_root: it then has one. */
bool read_spki(struct schema_walk *walk, const struct schema_key *key,
               const struct value *value, void *base, struct error *err) MUST_CHECK;

/* One word, or a list of FMSPCs. */
bool read_fmspcs(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err) MUST_CHECK;

#endif
