/* SPDX-License-Identifier: Apache-2.0 */
/* The part of verify/collateral.h that asks two verdicts, or one and the time or a chain.
 * It needs nothing but their facts, and so cannot make or change one. */
#include "kit/text.h"
#include "verify/collateral.h"
#include "verify/freshness.h"

bool verified_in_date(const struct verified_collateral *item, int64_t now_s,
                      int64_t future_s)
{
    const struct collateral_facts *facts = verified_facts(item);

    return freshness_check("", facts->valid_from_s, facts->valid_until_s, now_s, future_s,
                           NULL);
}

bool verified_crl_for(const struct verified_collateral *item,
                      const struct collateral_key *key,
                      const uint8_t root_spki_sha256[32], const struct crl **out,
                      struct error *err)
{
    bool of_root = key->kind == COLLATERAL_ROOT_CRL;
    const char *what = of_root ? "root CA CRL" : "PCK CRL";

    if (item == NULL)
        return error_set(err, ERROR_UNTRUSTED, "no %s is at hand to judge %s by", what,
                         of_root ? "its issuers" : "it");
    const struct collateral_facts *facts = verified_facts(item);
    if (collateral_key_compare(&facts->key, key) != 0
        || memcmp(facts->root_spki_sha256, root_spki_sha256, 32) != 0)
        return error_set(err, ERROR_UNTRUSTED, "the %s at hand is not of the %s", what,
                         of_root ? "root that the issuer chain ends in"
                                 : "CA that issues it, under its root");
    *out = facts->crl;
    return true;
}

bool verified_may_replace(const struct verified_collateral *fresh,
                          const struct verified_collateral *kept, struct error *err)
{
    const struct collateral_facts *a = verified_facts(fresh), *b = verified_facts(kept);
    struct collateral_key subjects[] = { collateral_subject(&a->key),
                                         collateral_subject(&b->key) };

    if (collateral_key_compare(&subjects[0], &subjects[1]) != 0)
        return error_set(err, ERROR_FORMAT, "%s cannot stand for %s",
                         collateral_key_text(&a->key).s, collateral_key_text(&b->key).s);
    if (a->key.evaluation_data_number < b->key.evaluation_data_number)
        return error_set(err, ERROR_STALE,
                         "evaluation number %u is below the kept one's %u",
                         (unsigned)a->key.evaluation_data_number,
                         (unsigned)b->key.evaluation_data_number);
    if (a->issue_date_s < b->issue_date_s)
        return error_set(err, ERROR_STALE, "issued %s, before the kept one of %s",
                         utc(a->issue_date_s).s, utc(b->issue_date_s).s);
    if (a->crl != NULL && crl_number_compare(a->crl->number, b->crl->number) < 0)
        return error_set(err, ERROR_STALE, "CRL number %s is below the kept one's %s",
                         hex(a->crl->number.at, a->crl->number.len).s,
                         hex(b->crl->number.at, b->crl->number.len).s);
    return true;
}
