/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of values that only this configuration has: addresses, URLs, names, times,
 * FMSPCs. */
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

/* As an upstream's, with any path: what is posted there is the receiver's business. */
bool read_webhook_url(struct schema_walk *walk, const struct schema_key *key,
                      const struct value *value, void *base, struct error *err)
    MUST_CHECK;

/* What stands in logs, status and audit: one word. */
bool read_name(struct schema_walk *walk, const struct schema_key *key,
               const struct value *value, void *base, struct error *err) MUST_CHECK;

/* The same without ".": it stands in paths of URLs and in headers, too. */
bool read_plain_name(struct schema_walk *walk, const struct schema_key *key,
                     const struct value *value, void *base, struct error *err) MUST_CHECK;

/* A day with its time, UTC, as RFC 3339 has it; seconds since 1970, above 0. What lies
 * before 2000 is a slip; whether a day has passed is no question of the file. */
bool read_time(struct schema_walk *walk, const struct schema_key *key,
               const struct value *value, void *base, struct error *err) MUST_CHECK;

/* least to most days; the field holds seconds. */
bool read_days(struct schema_walk *walk, const struct schema_key *key,
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
