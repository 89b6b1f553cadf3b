/* SPDX-License-Identifier: Apache-2.0 */
/* What a directory of collateral has for one quote or report: of each part the file that
 * is in force at the moment, of the newest evaluation data number; where none is in
 * force, the newest that has been, so that the verdict says what has expired.
 *
 * What a file is its content says. A directory with intel/ or amd/ in it is read in this
 * layout (and nothing else of it, for it may keep forgeries, too):
 *
 *     intel/tcbinfo/{sgx,tdx}/{fmspc}/   intel/identity/{qe,td-qe}/
 *     intel/crl/{root,platform,processor}/   intel/certs/   intel/certs/issuer-chains/
 *     amd/{product}/   amd/{product}/{anything}/
 *
 * Any other is flat: every file in it is looked at. Beside the report files are looked
 * at whose names begin with vcek or vlek. Nothing is vouched for: what is chosen is
 * verified like any other.
 */
#ifndef THIM_THIM_VERIFY_SHELF_H
#define THIM_THIM_VERIFY_SHELF_H

#include <jansson.h>

#include "format/quote.h"
#include "format/snp_report.h"
#include "verify/collateral_set.h"
#include "verify/vek_set.h"

enum shelf_part {
    SHELF_ROOT_CRL,
    SHELF_PCK_CRL,
    SHELF_TCB_INFO,
    SHELF_IDENTITY,
    SHELF_TCB_SIGNER,
    SHELF_PCK_CA,
    SHELF_INTEL_ROOT,
    SHELF_PCK,
    SHELF_VEK,
    SHELF_VEK_ISSUER,
    SHELF_ARK,
    SHELF_AMD_CRL,
    SHELF_PARTS,
};

struct shelf_item {
    const char *path;     /* NULL: there is none */
    struct bytes content; /* JSON as it is in the file, else DER */
    unsigned fit;         /* to the evidence: what fits better, dates or no dates */
    unsigned version;     /* of the document */
    uint32_t number;
    int64_t from_s, until_s;
};

struct shelf_wish { /* whose, and of when */
    int64_t at_s;
    uint32_t number;           /* 0: the newest in force */
    const struct quote *quote; /* one of the two */
    const struct snp_report *report;
    struct bytes pck_chain; /* given for a quote that brings none; or empty */
};

struct shelf {
    struct shelf_wish wish;
    struct arena *arena; /* what is kept lies there */
    bool brings_pck;     /* the quote does, or the wish */
    bool has_platform;
    uint8_t fmspc[6];
    enum pck_ca ca;
    enum snp_product product; /* 0: not known yet */
    struct shelf_item items[SHELF_PARTS];
};

/* beside: the file of the evidence, or NULL. ERROR_NOT_FOUND where there is no such
 * directory, ERROR_LIMIT where it has more than can be looked at, ERROR_SYSTEM. */
bool shelf_fill(struct shelf *shelf, const struct shelf_wish *wish, const char *directory,
                const char *beside, struct arena *arena, struct error *err) MUST_CHECK;

/* What a file's content is taken for; kept where it is better than what is there. */
void shelf_offer(struct shelf *shelf, const char *path, struct bytes content);

/* Whose PCK certificate this is: FMSPC and CA are known from then on. False where there
 * is none in it. */
bool shelf_take_platform(struct shelf *shelf, struct bytes chain);

/* Into what is still empty there. */
bool shelf_give_collateral(const struct shelf *shelf, struct collateral_texts *texts,
                           struct error *err) MUST_CHECK;
bool shelf_give_veks(const struct shelf *shelf, struct vek_texts *texts,
                     struct error *err) MUST_CHECK;

/* {"tcb_info": "PATH", ...}: which files they are. */
json_t *shelf_paths(const struct shelf *shelf);

/* ---- parts ------------------------------------------------------------------------ */

/* Whether the fresh one is better, at that moment; the shelf's order of choice. */
bool shelf_is_better(const struct shelf_item *fresh, const struct shelf_item *kept,
                     int64_t at_s);

#endif
