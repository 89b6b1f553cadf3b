/* SPDX-License-Identifier: Apache-2.0 */
/* Captured vendor data, read once from a directory whose layout is its index.
 *
 *     intel/tcbinfo/{sgx,tdx}/FMSPC/vVERSION-evalNUMBER-ISSUED.json
 *     intel/identity/{qe,td-qe,qve,qae}/vVERSION-evalNUMBER-ISSUED.json
 *     intel/tcbevaluationdatanumbers/{sgx,tdx}/ISSUED.json
 *     intel/crl/{root,platform,processor}/ISSUED.der
 *     intel/fmspcs/pcs-YYYY-MM-DD.json, and lists without a date
 *     intel/certs/NAME.der
 *
 * ISSUED is 20250620T000000Z. Names of any other shape are passed over (other versions,
 * "-reformatted" files whose signature no longer holds). Only nextUpdate and the
 * certificates' names and dates are read from the content; bytes are kept as they are. */
#ifndef THIM_SIM_REPLAY_FILES_H
#define THIM_SIM_REPLAY_FILES_H

#include "kit/arena.h"
#include "sim/world.h"

#define REPLAY_ITEMS_MAX 4096
#define REPLAY_CERTIFICATES_MAX 64
#define REPLAY_PLATFORMS_MAX 1024
#define REPLAY_BYTES_MAX ((size_t)128 << 20) /* of all files together */

struct replay_item {
    enum world_kind kind;
    enum world_tee tee;
    enum world_ca ca;
    uint8_t fmspc[FMSPC_LEN];
    unsigned number; /* evaluation data number; 0 where the kind has none */
    int64_t issue_s, next_update_s;
    struct bytes body;
};

struct replay_certificate {
    char common_name[64];
    int64_t not_before_s, not_after_s;
    struct bytes der;
};

/* One line of a captured fmspcs answer. */
struct replay_platform {
    uint8_t fmspc[FMSPC_LEN];
    char platform[16];
    int64_t listed_s; /* the list's date; INT64_MAX where it has none */
};

struct replay_files {
    struct arena arena; /* holds all that is pointed to */
    struct replay_item *items;
    size_t item_count;
    struct replay_certificate *certificates;
    size_t certificate_count;
    struct replay_platform *platforms;
    size_t platform_count;
};

/* ERROR_NOT_FOUND where the directory holds no intel/, ERROR_FORMAT naming the file whose
 * content is not what its name says. */
bool replay_files_read(const char *directory, struct replay_files *out, struct error *err)
    MUST_CHECK;
void replay_files_fini(struct replay_files *files);

#endif
