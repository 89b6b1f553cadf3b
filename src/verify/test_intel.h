/* SPDX-License-Identifier: Apache-2.0 */
/* Intel's own collateral in the shared vectors, by key and by date: what it is called,
 * the issuer chain it came with, the root CRL of its time. Tests only; the shared folder
 * must be there. */
#ifndef THIM_VERIFY_TEST_INTEL_H
#define THIM_VERIFY_TEST_INTEL_H

#include "verify/collateral.h"

/* "intel/tcbinfo/sgx/00606a000000/v3-eval17-...json", "intel/crl/platform/...der" and so
 * on, below vectors/; false for other paths. */
bool intel_key_of(const char *path, struct collateral_key *out) MUST_CHECK;

/* The chain of a document of this key at this time. There were two TCB signing
 * certificates of the same key, with two weeks in common; before them and after them, and
 * where `lasting`, it is the third, of 2018 to 2033. */
struct der_chain intel_chain_at(const struct collateral_key *key, int64_t now_s,
                                bool lasting, struct arena *arena);

/* The newest root CRL in force at this time, verified as kept; else the one that came
 * next, and *in_force is false. The caller's. */
struct verified_collateral *intel_root_crl_at(int64_t now_s, bool *in_force);

struct bytes intel_file(const char *path, struct arena *arena);

#endif
