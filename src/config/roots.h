/* SPDX-License-Identifier: Apache-2.0 */
/* Makes trust.roots of the pinned keys and the operator's three lists.
 *
 * A root is given by the digest of its key, or by its certificate. Refused: both or
 * neither, a key that is trusted already, and distrust of a key that nobody trusts: a
 * slip of the pen there would leave the meant key in force. */
#ifndef THIM_CONFIG_ROOTS_H
#define THIM_CONFIG_ROOTS_H

#include "config/config.h"

#define ROOT_FILE_MAX 65536

/* Without opens_files, roots given as files are left out. */
bool roots_settle(struct config *config, bool opens_files, struct error *err) MUST_CHECK;

#endif
