/* SPDX-License-Identifier: Apache-2.0 */
/* What a request asks of AMD's side, read from its target: pure.
 *
 *   /vcek/v1/..., /vlek/v1/...                 KDS's own: format/kds_url.h
 *   /metadata/THIM/amd/certification           Azure's, in a guest
 *       ?platformId=&tcbVersion=&productName=
 *   /SevSnpVM/certificates/{chip id}/{tcb}     Azure's regional cache
 *   /thim/v1/amd/vcek                          ours: certificates are brought
 *
 * KDS's paths are exact, as KDS has them; the others are compared without case, one slash
 * at the end is passed over, and so are parameters that nobody knows (api-version,
 * clientId). Digits are hex of either case: a chip id has 128, or of Turin 16; a
 * TCB_VERSION 1 to 16. Source: reference amd-and-others, 1.1 and 2. */
#ifndef THIM_SERVE_CHIP_QUESTION_H
#define THIM_SERVE_CHIP_QUESTION_H

#include "format/kds_url.h"

enum chip_route {
    CHIP_ROUTE_NONE = 0,
    CHIP_ROUTE_KDS,
    CHIP_ROUTE_METADATA,
    CHIP_ROUTE_REGIONAL,
    CHIP_ROUTE_POST,
};

/* Whose certificate, by what is known of it. The product may have to be found out. */
struct chip_name {
    enum vek_kind vek;
    enum snp_product product;     /* 0: not said */
    uint8_t chip_id[CHIP_ID_LEN]; /* of a VCEK */
    size_t chip_id_len;           /* 0: not said */
    bool has_tcb;
    uint64_t tcb; /* little endian */
};

struct chip_question {
    enum chip_route route;
    struct kds_key key;    /* CHIP_ROUTE_KDS */
    struct chip_name name; /* CHIP_ROUTE_METADATA: maybe nothing; CHIP_ROUTE_REGIONAL */
};

/* By the beginning alone: how refusals are to look. NONE: somebody else's. */
enum chip_route chip_route_of(struct bytes target);

/* out->route is right where it fails, too. ERROR_FORMAT and ERROR_LIMIT: asked wrongly;
 * ERROR_NOT_FOUND: no such path, or what cannot exist. */
bool chip_question_read(struct bytes target, struct arena *arena,
                        struct chip_question *out, struct error *err) MUST_CHECK;

#define CHIP_KEYS_MAX 2

/* What a name may stand for, most likely first. A chip id of 16 digits, or with nothing
 * behind them, is a Turin's; any other is a Milan's or a Genoa's, whose ids and
 * TCB_VERSIONs look alike: then `likely` (0: none) stands first. ERROR_FORMAT for an id
 * or TCB_VERSION that is not the product's, ERROR_NOT_FOUND for a masked id. name must
 * have a TCB_VERSION, and a chip id where it is of a VCEK. */
bool chip_name_keys(const struct chip_name *name, enum snp_product likely,
                    struct kds_key keys[CHIP_KEYS_MAX], size_t *count, struct error *err)
    MUST_CHECK;

#endif
