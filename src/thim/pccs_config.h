/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of Intel's PCCS, said in THIM's words.
 *
 * Source: PCCS 1.27, config/default.json and production.json: JSON with comments, the
 * later file overriding the earlier, key by key. What has no counterpart is named in a
 * comment of the result, without its value: there are passwords among them. */
#ifndef THIM_THIM_PCCS_CONFIG_H
#define THIM_THIM_PCCS_CONFIG_H

#include <jansson.h>

#include "config/secret.h"
#include "kit/buf.h"

/* JSON without its comments, each byte of which becomes a space: lines and columns stay.
 * In place. */
void pccs_config_strip(struct buf *text);

/* One file over those before it: into is an object. name: what refusals call the file. */
bool pccs_config_read(struct buf *text, const char *name, json_t *into, struct error *err)
    MUST_CHECK;

/* THIM's YAML for it; it has passed config_parse. api_key_file: where the caller will put
 * the API key, or NULL; *api_key is "" where PCCS has none. */
bool pccs_config_translate(const json_t *from, const char *api_key_file, struct buf *yaml,
                           char api_key[SECRET_ROOM], struct error *err) MUST_CHECK;

#endif
