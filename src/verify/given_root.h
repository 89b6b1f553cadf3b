/* SPDX-License-Identifier: Apache-2.0 */
/* A root certificate that the operator gives (a simulator's, a new product's), of either
 * vendor: Intel's root has a key on P-256, AMD's ARKs have RSA keys, and each must be
 * sound by its own vendor's rules. */
#ifndef THIM_VERIFY_GIVEN_ROOT_H
#define THIM_VERIFY_GIVEN_ROOT_H

#include "verify/roots.h"

/* Adds its key, by chain_add_root or amd_chain_add_root. A key that is in already stays
 * as it is. */
bool given_root_add(struct bytes der, enum root_origin origin, struct trust *trust,
                    struct error *err) MUST_CHECK;

#endif
