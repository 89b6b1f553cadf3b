/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of chips, of AMD's chains and of its CRLs as they stand in the file, read and
 * written alike by the store thread and by readers. The store's own files include this,
 * nobody else. */
#ifndef THIM_STORE_CHIP_ROWS_H
#define THIM_STORE_CHIP_ROWS_H

#include "store/chips.h"
#include "store/sql.h"

/* What a chip's row is found by, as values of a question: "hwid = ? AND product = ? AND
 * tcb = ?". Look into key and text, which must outlive them. */
struct chip_name {
    struct tcb_version_text tcb;
    struct sql_value values[3];
};
#define CHIP_NAMED "hwid = ? AND product = ? AND tcb = ?"
#define CHIP_NAME_VALUES(name) (name).values[0], (name).values[1], (name).values[2]

/* ERROR_FORMAT for the key of anything but a certificate. */
bool chip_name_of(const struct kds_key *key, struct chip_name *out, struct error *err)
    MUST_CHECK;

/* The key that hwid, product and tcb of a row stand for; false where for none. */
bool chip_key_read(struct bytes hwid, struct bytes product, struct bytes tcb,
                   struct kds_key *out) MUST_CHECK;

/* One row of a question that begins with "SELECT " CHIP_ROW, copied into the arena. What
 * is damaged is logged and left out: *is_chip says whether the row is one at all, and a
 * certificate that is not as it was written, or whose issuers are not, is not there.
 * ERROR_LIMIT past the arena. */
#define CHIP_ROW                                                                         \
    "chip.chip, hwid, product, tcb, state, revocation_checked, known_by, source, "       \
    "first_seen_s, fetched_s, last_asked_s, due_s, failures, why, vek.digest, vek.der, " \
    "amd_issuer.digest, amd_issuer.chain FROM chip LEFT JOIN vek ON vek.chip = "         \
    "chip.chip LEFT JOIN amd_issuer ON amd_issuer.issuer = chip.issuer "
bool chip_row_read(const struct sql_rows *rows, struct arena *arena, struct chip_row *out,
                   bool *is_chip, struct error *err) MUST_CHECK;

/* One row of "SELECT " AMD_LIST_ROW, likewise. */
#define AMD_LIST_ROW                                                                 \
    "key, source, fetched_s, confirmed_s, amd_list.digest, crl, amd_issuer.digest, " \
    "chain FROM amd_list LEFT JOIN amd_issuer ON amd_issuer.issuer = amd_list.issuer "
bool amd_list_row_read(const struct sql_rows *rows, struct arena *arena,
                       struct amd_list_row *out, bool *is_list, struct error *err)
    MUST_CHECK;

/* The row of this chain, made where it is not there, and mended. Of chains there are few,
 * so none is ever taken out. */
bool amd_issuer_write(struct sql_kept *kept, const struct amd_issuer_facts *issuer,
                      int64_t *row, struct error *err) MUST_CHECK;

/* ERROR_UNTRUSTED for what a test root vouches for in a store that is not marked. */
bool amd_root_check(bool is_marked, enum root_origin origin, struct error *err)
    MUST_CHECK;

#endif
