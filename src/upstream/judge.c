/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/judge.h"

#include "kit/text.h"

bool judge_answer(const struct judge *judge, const struct pcs_item *item,
                  struct bytes body, const struct der_chain *chain,
                  struct verified_collateral **out, struct error *err)
{
    struct collateral_candidate candidate = {
        .asked = item->key,
        .body = body,
        .chain = *chain,
    };
    struct judgement law = {
        .trust = judge->trust,
        .root_crl = judge->root_crl,
        .now_s = judge->now_s,
        .future_s = JUDGE_FUTURE_S,
    };

    return verify_collateral(&candidate, &law, out, err);
}

bool judge_list_tee(const struct collateral_key *key, enum tee *tee)
{
    if (key->kind == COLLATERAL_TCB_INFO) {
        *tee = key->tee;
        return true;
    }
    if (key->kind != COLLATERAL_IDENTITY
        || (key->enclave != ENCLAVE_QE && key->enclave != ENCLAVE_TD_QE))
        return false;
    *tee = key->enclave == ENCLAVE_TD_QE ? TEE_TDX : TEE_SGX;
    return true;
}

static bool list_names(const struct judge *judge, const struct collateral_facts *facts,
                       bool *listed, struct error *err)
{
    enum tee tee;

    *listed = false;
    if (!judge_list_tee(&facts->key, &tee))
        return true;
    const struct verified_collateral *list =
        tee == TEE_TDX ? judge->tdx_list : judge->sgx_list;
    if (list == NULL || !verified_in_date(list, judge->now_s, JUDGE_FUTURE_S))
        return true;
    const struct collateral_facts *list_facts = verified_facts(list);
    *listed =
        evaluation_numbers_name(list_facts->numbers, facts->key.evaluation_data_number);
    if (*listed)
        return true;
    return error_set(err, ERROR_UNTRUSTED,
                     "the answer to update=standard has evaluation number %u, which the "
                     "signed list of %s does not name",
                     (unsigned)facts->key.evaluation_data_number,
                     utc(list_facts->issue_date_s).s);
}

bool judge_standard(const struct judge *judge, const struct pcs_item *item,
                    const struct verified_collateral *fresh, bool *listed,
                    struct error *err)
{
    const struct collateral_facts *facts = verified_facts(fresh);
    struct collateral_key subject = collateral_subject(&item->key);

    if (!list_names(judge, facts, listed, err))
        return false;
    for (size_t i = 0; i < judge->holdings->designation_count; i++) {
        const struct designation *last = &judge->holdings->designations[i];
        if (last->update != UPDATE_STANDARD
            || collateral_key_compare(&last->subject, &subject) != 0)
            continue;
        if (facts->key.evaluation_data_number < last->evaluation_data_number)
            return error_set(err, ERROR_STALE,
                             "the answer to update=standard has evaluation number %u, "
                             "below %u that was standard before",
                             (unsigned)facts->key.evaluation_data_number,
                             (unsigned)last->evaluation_data_number);
    }
    return true;
}
