/* SPDX-License-Identifier: Apache-2.0 */
/* What was captured of AMD's KDS, read once from a directory whose layout is its index.
 *
 *     amd/{milan,genoa,turin}/cert_chain_{vcek,vlek}.pem
 *     amd/{milan,genoa,turin}/{,FOLDER/}NAME.der, those that are VCEKs
 *
 * Which chip and TCB a VCEK is of says it itself, by OpenSSL's reading. At time T the
 * newest issued by T is given. CRLs and VLEKs were not captured. */
#ifndef THIM_SIM_REPLAY_AMD_H
#define THIM_SIM_REPLAY_AMD_H

#include "kit/arena.h"
#include "sim/world.h"

#define REPLAY_VCEKS_MAX 512
#define REPLAY_AMD_BYTES_MAX ((size_t)16 << 20) /* of all files together */

struct replay_amd {
    struct arena arena;                     /* holds all that is pointed to */
    struct bytes chains[WORLD_PRODUCTS][2]; /* of VCEKs, of VLEKs; empty: not captured */
    struct replay_vcek {
        enum world_product product;
        uint8_t chip_id[CHIP_ID_LEN];
        uint8_t tcb_version[TCB_VERSION_LEN];
        int64_t from_s;
        struct bytes der;
    } * vceks;
    size_t vcek_count;
};

/* A directory without amd/ is one where nothing was captured. */
bool replay_amd_read(const char *directory, struct replay_amd *out, struct error *err)
    MUST_CHECK;
void replay_amd_fini(struct replay_amd *amd);

/* For the kinds from WORLD_VCEK on; bends that nobody captured are 404. */
bool replay_amd_answer(const struct replay_amd *amd,
                       const struct world_question *question, struct world_answer *out);

/* Appends the PEM of a product's ARK: the last of its chain. */
bool replay_amd_ark(const struct replay_amd *amd, enum world_product product,
                    struct buf *out, struct error *err) MUST_CHECK;

#endif
