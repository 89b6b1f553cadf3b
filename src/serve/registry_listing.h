/* SPDX-License-Identifier: Apache-2.0 */
/* GET /platforms: the queue, or what is cached, in PCCS's shape. */
#ifndef THIM_SERVE_REGISTRY_LISTING_H
#define THIM_SERVE_REGISTRY_LISTING_H

#include "serve/registry_parts.h"
#include "store/registrations.h"

#define LISTING_BYTES_MAX ((size_t)64 * 1024 * 1024) /* of one answer */
#define LISTING_FMSPCS_MAX 512

struct listing_source {
    enum registration_queue queue; /* 0: what is cached, of these FMSPCs; none: of all */
    uint8_t fmspcs[LISTING_FMSPCS_MAX][6];
    size_t fmspc_count;
};

/* The parameter source: reg (also where it is absent), reg_na, [] or [FMSPC,...]. */
bool listing_source_read(const struct registry_call *call, struct listing_source *out,
                         struct error *err) MUST_CHECK;

/* FMSPCs with commas between; at most `most`. */
bool fmspc_names_read(struct bytes text, size_t most, uint8_t (*out)[6], size_t *count,
                      struct error *err) MUST_CHECK;

#endif
