/* SPDX-License-Identifier: Apache-2.0 */
/* The law to start with: what the store has of AMD's chains and CRLs, verified again
 * under the trust of today. */
#include "kit/log.h"
#include "upstream/kds.h"

struct recovery {
    const struct trust *trust;
    struct amd_law *law;
    bool is_of_crls; /* the second walk: a list is judged below its chain */
};

static void leave_out(const struct kds_key *key, const struct error *err)
{
    log_event(LOG_WARNING, "amd", "item=\"amd/%s\" kept, but left out why=\"%s\"",
              kds_key_text(key).s, err->text);
}

static void recover_chain(const struct recovery *recovery, const struct amd_list_row *row)
{
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = NULL;
    struct error err = { 0 };

    if (verify_amd_issuer(&row->chain, row->key.product, row->key.vek, recovery->trust,
                          &issuer, &err))
        amd_law_set_issuer(recovery->law, issuer, row->fetched_s);
    else
        leave_out(&row->key, &err);
}

static void recover_crl(const struct recovery *recovery, const struct amd_list_row *row)
{
    OWNED(amd_crl_release) struct verified_amd_crl *crl = NULL;
    struct error err = { 0 };

    for (enum vek_kind vek = VEK_VCEK; vek <= VEK_VLEK; vek++) {
        const struct verified_amd_issuer *issuer =
            recovery->law->issuers[row->key.product][vek];
        if (issuer == NULL) {
            error_set(&err, ERROR_UNTRUSTED, "its chain is not held");
        } else if (verify_kept_amd_crl(row->crl, issuer, &crl, &err)) {
            amd_law_set_crl(recovery->law, crl, row->fetched_s);
            return;
        }
    }
    leave_out(&row->key, &err);
}

static bool visit(void *context, const struct amd_list_row *row)
{
    const struct recovery *recovery = context;
    bool is_crl = row->key.resource == KDS_CRL;

    if (is_crl && recovery->is_of_crls)
        recover_crl(recovery, row);
    else if (!is_crl && !recovery->is_of_crls)
        recover_chain(recovery, row);
    return true;
}

bool kds_recover(struct platform_reader *reader, const struct trust *trust,
                 struct amd_law **out, struct error *err)
{
    OWNED(amd_law_release) struct amd_law *law = amd_law_make(NULL);
    struct recovery recovery = { .trust = trust, .law = law };

    if (law == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for AMD's chains and CRLs");
    if (!amd_lists_walk(reader, visit, &recovery, err))
        return false;
    recovery.is_of_crls = true;
    if (!amd_lists_walk(reader, visit, &recovery, err))
        return false;
    *out = TAKE(law);
    return true;
}
