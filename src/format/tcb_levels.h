/* SPDX-License-Identifier: Apache-2.0 */
/* The lists "tcbLevels" of TCB infos, of TDX modules and of enclave identities, put in
 * the order in which they are compared.
 *
 * Source: Intel PCS API v4, TcbInfoV3 and EnclaveIdentityV2; v3, TcbInfoV2. Whoever
 * matches a platform takes the first level that it reaches, so the order decides; it is
 * made here and not taken from the document, as in Intel's own library. Platform levels:
 * SGX components, then PCESVN, then TDX components, each from the greatest down, a list
 * of components compared from its first. Enclave and module levels: from the highest
 * ISVSVN down. Two levels in the same place are refused: nobody could say which counts.
 * Where the document had a platform level is kept beside it. */
#ifndef THIM_FORMAT_TCB_LEVELS_H
#define THIM_FORMAT_TCB_LEVELS_H

#include "format/json.h"
#include "format/tcb_info.h"

/* Both read the array that is due, of one or more; errors stick in the reader. The
 * items lie in the reader's arena. version: 2 or 3. */
void tcb_levels_read(struct json *json, unsigned version, enum tee tee,
                     const struct tcb_level **levels, size_t *count);
void enclave_tcb_levels_read(struct json *json, const struct enclave_tcb_level **levels,
                             size_t *count);

/* Below 0 where a comes before b, 0 where both have the same place. */
int tcb_level_order(const struct tcb_level *a, const struct tcb_level *b);

#endif
