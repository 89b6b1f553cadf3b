/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an answer may be published: true (verify/ says so), and, for update=standard,
 * named by a valid signed list and not below what was standard before. */
#ifndef THIM_UPSTREAM_JUDGE_H
#define THIM_UPSTREAM_JUDGE_H

#include "store/holdings.h"
#include "upstream/pcs.h"

#define JUDGE_FUTURE_S 300 /* how far ahead of our clock a thing may be issued */

/* What to judge by; the two lists and the root CRL may be newer than the holdings. */
struct judge {
    const struct trust *trust;
    const struct holdings *holdings;
    const struct verified_collateral *root_crl; /* in date; NULL where there is none */
    const struct verified_collateral *sgx_list, *tdx_list; /* in date, or NULL */
    int64_t now_s;
};

/* Body and chain as the upstream sent them; a root CRL's chain is the root. */
bool judge_answer(const struct judge *judge, const struct pcs_item *item,
                  struct bytes body, const struct der_chain *chain,
                  struct verified_collateral **out, struct error *err) MUST_CHECK;

/* For answers to update=standard; *listed: a valid list names the number. With no list
 * (a PCCS, a replay) only "not below the last one" holds. */
bool judge_standard(const struct judge *judge, const struct pcs_item *item,
                    const struct verified_collateral *fresh, bool *listed,
                    struct error *err) MUST_CHECK;

/* The TEE whose list speaks for this item's numbers; false where none does: the
 * identities of QvE and QAE keep numbers of their own. */
bool judge_list_tee(const struct collateral_key *key, enum tee *tee);

#endif
