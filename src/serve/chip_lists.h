/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's issuer chains and CRLs as ready answers, of one law: made when it is published,
 * and again while it stands, before any max-age would outlive what it is about. */
#ifndef THIM_SERVE_CHIP_LISTS_H
#define THIM_SERVE_CHIP_LISTS_H

#include "serve/chip.h"

struct chip_lists;

/* Holds the law. */
bool chip_lists_make(const struct chip_terms *terms, struct chip_lists **out,
                     struct error *err) MUST_CHECK;
void chip_lists_free(struct chip_lists *lists); /* accepts NULL */
DEFINE_OWNED(struct chip_lists *, chip_lists_free)

const struct amd_law *chip_lists_law(const struct chip_lists *lists);
int64_t chip_lists_made_s(const struct chip_lists *lists);

bool chip_lists_are_empty(const struct chip_lists *lists);

/* What is missing at now_s before any certificate of these products may be given, for
 * people: "issuer chain", "CRL". NULL: nothing is, for one of them. */
const char *chip_lists_missing(const struct chip_lists *lists,
                               const bool products[SNP_PRODUCTS], bool crl_optional,
                               int64_t now_s);

/* Of KDS_CHAIN or KDS_CRL. NULL with ERROR_NOT_FOUND where it is not held, ERROR_STALE
 * where it is out of date, ERROR_REVOKED where the ARK's list revokes the issuer. */
const struct shelf_page *chip_lists_find(const struct chip_lists *lists,
                                         const struct kds_key *key, int64_t now_s,
                                         struct error *err);

#endif
