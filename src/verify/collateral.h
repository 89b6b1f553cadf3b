/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on a piece of collateral, as a type.
 *
 * Only the two functions here make a struct verified_collateral, and the store takes
 * nothing else. Nothing can be skipped: chain to a trusted root with the roles, names and
 * constraints of its kind; revocation by the root CRL; the signature over the exact
 * bytes; only then the content, strictly; that it is what was asked for; and its dates.
 *
 * Source: Intel PCS API v4; RFC 5280; Intel's PCK profile. See verify/chain.h for roles.
 * Lifetime: immutable and counted; it owns copies of all its bytes. Pure: no clock, no
 * files; `now` is an argument. */
#ifndef THIM_VERIFY_COLLATERAL_H
#define THIM_VERIFY_COLLATERAL_H

#include "format/crl.h"
#include "format/evaluation_numbers.h"
#include "format/pem.h"
#include "verify/chain.h"
#include "verify/collateral_key.h"
#include "verify/roots.h"

#define COLLATERAL_BODY_MAX (1024 * 1024) /* signed JSON; CRLs have CRL_MAX */

struct collateral_candidate {    /* what somebody gave us; views */
    struct collateral_key asked; /* evaluation_data_number 0: whichever it says */
    bool whichever;         /* of asked the kind counts alone, and of a PCK CRL the CA */
    struct bytes body;      /* JSON envelope, or a CRL as DER */
    struct der_chain chain; /* issuer first, root last; a root CRL's is the root alone */
};

struct verified_collateral;

struct judgement { /* the law of the moment */
    const struct trust *trust;
    /* The root CRL that speaks for the chain's root; needed for every kind but a root
     * CRL. */
    const struct verified_collateral *root_crl;
    int64_t now_s;
    int64_t future_s; /* how far ahead of now a thing may have been issued; 0 for files */
    struct chain_memo *memo; /* shared with other candidates' issuers; NULL: with none */
};

enum collateral_stage {                   /* how far judging got, in its order */
                        STAGE_CHAIN = 1,  /* size, issuer chain */
                        STAGE_REVOCATION, /* of the issuers */
                        STAGE_SIGNATURE,  /* of a document over its bytes */
                        STAGE_CONTENT, /* what they say: form, and what was asked for */
                        STAGE_DATES,
};

/* ERROR_FORMAT: not what it should be, or not what was asked for. ERROR_UNTRUSTED,
 * ERROR_REVOKED, ERROR_STALE (a date, which is named), ERROR_LIMIT, ERROR_SYSTEM. */
bool verify_collateral(const struct collateral_candidate *candidate,
                       const struct judgement *judgement,
                       struct verified_collateral **out, struct error *err) MUST_CHECK;

/* For what the store has kept: judges everything but the dates, of the candidate and of
 * the root CRL, which are recorded instead (valid_from_s, valid_until_s): a machine whose
 * clock has jumped must find its collateral again when the clock comes back. */
bool verify_kept_collateral(const struct collateral_candidate *candidate,
                            const struct judgement *judgement,
                            struct verified_collateral **out, struct error *err)
    MUST_CHECK;

/* The same, and at which stage it was refused. */
bool verify_kept_collateral_by_stage(const struct collateral_candidate *candidate,
                                     const struct judgement *judgement,
                                     struct verified_collateral **out,
                                     enum collateral_stage *stage, struct error *err)
    MUST_CHECK;

struct verified_collateral *verified_hold(const struct verified_collateral *item);
void verified_release(struct verified_collateral *item); /* accepts NULL */
DEFINE_OWNED(struct verified_collateral *, verified_release)

struct collateral_facts {
    struct collateral_key key; /* with the document's own evaluation number */
    struct bytes body;         /* rebuilt from verified parts: envelope without white
                                  space, or DER; this is what hosts are given */
    struct der_chain chain;    /* as in the candidate */
    uint8_t digest[32];        /* SHA-256 of body */
    int64_t issue_date_s, next_update_s; /* thisUpdate and nextUpdate of a CRL */
    int64_t valid_from_s,
        valid_until_s; /* the same, narrowed by the chain's certificates */
    int64_t chain_from_s, chain_until_s; /* what the certificates' dates have in common */
    struct bytes signer_serial;          /* of the chain's first certificate */
    enum root_origin root_origin;
    uint8_t root_spki_sha256[32];

    const struct crl *crl; /* the one that fits the kind; the others are NULL */
    const struct tcb_info *tcb_info;
    const struct qe_identity *identity;
    const struct evaluation_numbers *numbers;
};

/* Lives as long as the item. */
const struct collateral_facts *verified_facts(const struct verified_collateral *item);

/* valid_from_s - future_s <= now_s <= valid_until_s */
bool verified_in_date(const struct verified_collateral *item, int64_t now_s,
                      int64_t future_s);

/* The list to judge a chain by: the item's, where it is the CRL of this key and of the
 * root that the chain ends in. ERROR_UNTRUSTED where it is another, or NULL. */
bool verified_crl_for(const struct verified_collateral *item,
                      const struct collateral_key *key,
                      const uint8_t root_spki_sha256[32], const struct crl **out,
                      struct error *err) MUST_CHECK;

/* Whether `fresh` may replace `kept` (same key): not issued earlier, CRL number not
 * lower, evaluation number not lower within one key. ERROR_STALE says which. */
bool verified_may_replace(const struct verified_collateral *fresh,
                          const struct verified_collateral *kept, struct error *err)
    MUST_CHECK;

#endif
