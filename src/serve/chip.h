/* SPDX-License-Identifier: Apache-2.0 */
/* One certificate of a chip in memory (or a VLEK), and the answers that it is given in.
 *
 * It was verified when it entered memory; whether it may be given is judged anew under
 * each law, and when its dates are over. Not for several threads at once:
 * serve/page_cache.h keeps each under a lock. */
#ifndef THIM_SERVE_CHIP_H
#define THIM_SERVE_CHIP_H

#include "serve/denials.h"
#include "serve/page_cache.h"
#include "serve/page_sheet.h"
#include "store/chips.h"
#include "verify/amd_law.h"

#define CHIP_MAX_AGE_S 604800 /* of a certificate that stays as it is for seven years */

enum chip_form {
    CHIP_FORM_DER,      /* KDS */
    CHIP_FORM_METADATA, /* Azure's JSON */
    CHIP_FORM_PEM,      /* Azure's regional cache: with ASK and ARK behind it */
    CHIP_FORMS,
};

struct chip {
    struct cached cached; /* by its key */
    struct kds_key key;
    enum chip_known_by known_by;
    struct verified_vcek *vcek;
    struct key_name key_name; /* for the deny list */
    struct amd_law *law;      /* under which it may be given; NULL: not judged */
    struct page_sheet sheets[CHIP_FORMS];
    int64_t told_s; /* when it was last told that somebody asks for it */
};

struct chip_terms { /* what a request is answered by */
    const struct amd_law *law;
    bool crl_optional;
    int64_t now_s, future_s, max_age_s;
    bool wears_test_roots;
};

/* row must have a certificate. Its issuer is the law's where it is the same one, else
 * verified anew under trust. Errors as verify_kept_vcek and verify_amd_issuer have. */
bool chip_make(const struct chip_row *row, const struct amd_law *law,
               const struct trust *trust, struct chip **out, struct error *err)
    MUST_CHECK;
void chip_free(struct chip *chip); /* accepts NULL */
DEFINE_OWNED(struct chip *, chip_free)

/* The chip's own; NULL with ERROR_REVOKED or ERROR_STALE where it may not be given. */
const struct shelf_page *chip_page(struct chip *chip, const struct chip_terms *terms,
                                   enum chip_form form, struct error *err);

/* For a cache of chips by struct kds_key. */
extern const struct cached_kind chip_kind;

#endif
