/* SPDX-License-Identifier: Apache-2.0 */
/* Chips as people list them, one at a time, as the key of a VCEK:
 *
 *     product,chip_id,tcb_version             CSV; tcb_version is 16 hex digits
 *     product,chip_id,bl,tee,snp,ucode[,fmc]  CSV; SPLs in decimal
 *     {"product":..,"chip_id":..,"tcb_version":..}
 *     https://kdsintf.amd.com/vcek/v1/Milan/..?blSPL=..    as `snphost show vcek-url`
 *         prints it; it is read and never dialled, so its host does not matter
 *     vcek/{chip id}/bl02_tee00_snp06_ucode21[_fmcNN]_vcek.der    the names in the
 *         directory of trustee's OfflineStore; fmc is Turin's
 *     an attestation report: the chip that made it, at its REPORTED_TCB
 *
 * Product and TCB_VERSION may be left out where the hint has them. Turin is known by the
 * length of its chip ids; Milan and Genoa are not told apart by theirs. */
#ifndef THIM_FORMAT_CHIP_LIST_H
#define THIM_FORMAT_CHIP_LIST_H

#include "format/kds_url.h"

#define CHIP_TEXT_MAX 1024 /* bytes of one line, object or path */

struct chip_hint {
    enum snp_product product; /* of chips that do not say; 0: none */
    bool has_tcb;             /* tcb_version is in place of all that are listed */
    uint64_t tcb_version;
};

/* All: ERROR_FORMAT names the field, ERROR_LIMIT past CHIP_TEXT_MAX, ERROR_NOT_FOUND for
 * what KDS cannot have (an unknown product, a masked chip id). hint may be NULL. */

/* One line, CSV or URL, without its line end; what is in the arena does not matter
 * afterwards. */
bool chip_line_read(struct bytes line, const struct chip_hint *hint, struct arena *arena,
                    struct kds_key *out, struct error *err) MUST_CHECK;

/* Whether it is blank, a comment (#) or the CSV's heading. */
bool chip_line_is_empty(struct bytes line);

bool chip_object_read(struct bytes object, const struct chip_hint *hint,
                      struct arena *arena, struct kds_key *out, struct error *err)
    MUST_CHECK;

/* The last two segments count. */
bool chip_path_read(struct bytes path, const struct chip_hint *hint, struct kds_key *out,
                    struct error *err) MUST_CHECK;
void chip_path_write(struct buf *out, const struct kds_key *key);

bool chip_report_read(struct bytes report, const struct chip_hint *hint,
                      struct kds_key *out, struct error *err) MUST_CHECK;

/* Three texts that somebody else has parted; empty ones are the hint's. */
bool chip_fields_read(struct bytes product, struct bytes chip_id,
                      struct bytes tcb_version, const struct chip_hint *hint,
                      struct kds_key *out, struct error *err) MUST_CHECK;

#endif
