/* SPDX-License-Identifier: Apache-2.0 */
/* The quoting enclave: that the PCK vouches for it and it for the attestation key, that
 * it is the one Intel stands for, and that the key has signed the quote. */
#include "kit/text.h"
#include "verify/quote_parts.h"

enum {
    CERTIFICATION_LEN = SHA256_LEN + SGX_REPORT_BODY_LEN + P256_SIGNATURE_LEN
                        + P256_POINT_LEN + SHA256_LEN,
};

/* ---- certification: what the PCK says of the attestation key ------------------------
 */

/* Of all that is certified: PCK, QE report, its signature, key and auth data. */
static struct sha256 certification_digest(const struct quote_trial *t)
{
    const struct quote *quote = t->quote;
    struct sha256 auth = sha256(quote->qe_auth_data);
    const struct bytes parts[] = {
        bytes_of(t->pck_digest.digest, SHA256_LEN),
        quote->qe_report.raw,
        quote->qe_report_signature,
        quote->attestation_key,
        bytes_of(auth.digest, SHA256_LEN),
    };
    uint8_t all[CERTIFICATION_LEN];
    size_t len = 0;

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        memcpy(all + len, parts[i].at, parts[i].len);
        len += parts[i].len;
    }
    return sha256(bytes_of(all, len));
}

/* The QE puts a digest of key and auth data first in its report data, then zeros. */
static bool is_bound(const struct quote *quote)
{
    static const uint8_t zeros[SHA256_LEN];
    struct sha256 digest = sha256_of_both(quote->attestation_key, quote->qe_auth_data);
    const uint8_t *data = quote->qe_report.report_data.at;

    return memcmp(data, digest.digest, SHA256_LEN) == 0
           && memcmp(data + SHA256_LEN, zeros, sizeof zeros) == 0;
}

static bool check_certification(struct quote_trial *t)
{
    struct error why = { 0 };

    if (!p256_key_verify(t->pck_key, t->quote->qe_report.raw,
                         t->quote->qe_report_signature.at, &why)) {
        error_within(&why, "QE report, by the PCK");
        return verdict_fail_as(t->verdict, CHECK_INVALID_QE_REPORT_SIGNATURE, &why);
    }
    return is_bound(t->quote)
           || verdict_fail(t->verdict, CHECK_INVALID_QE_REPORT_DATA,
                           "the QE report is not about this attestation key: its report "
                           "data is not the digest of key and auth data, then zeros");
}

/* ---- the identity ------------------------------------------------------------------ */

static bool masked_equal(struct bytes have, const uint8_t *mask, const uint8_t *need)
{
    for (size_t i = 0; i < have.len; i++)
        if ((have.at[i] & mask[i]) != need[i])
            return false;
    return true;
}

static bool differs(struct quote_trial *t, const char *what, struct bytes have,
                    const uint8_t *need)
{
    return verdict_fail(t->verdict, CHECK_QE_IDENTITY_MISMATCH,
                        "QE's %s is %s, and the identity has %s", what,
                        hex(have.at, have.len).s, hex(need, have.len).s);
}

static bool check_identity(struct quote_trial *t, const struct qe_identity *identity)
{
    const struct sgx_report_body *qe = &t->quote->qe_report;
    enum enclave_id wanted = t->quote->tee == TEE_TDX ? ENCLAVE_TD_QE : ENCLAVE_QE;

    if (identity->id != wanted)
        return verdict_fail(t->verdict, CHECK_QE_IDENTITY_MISMATCH,
                            "identity is of %s, and %s signs such quotes",
                            enclave_id_name(identity->id), enclave_id_name(wanted));
    if (!masked_equal(qe->miscselect, identity->miscselect_mask, identity->miscselect))
        return differs(t, "MISCSELECT", qe->miscselect, identity->miscselect);
    if (!masked_equal(qe->attributes, identity->attributes_mask, identity->attributes))
        return differs(t, "attributes", qe->attributes, identity->attributes);
    if (memcmp(qe->mrsigner.at, identity->mrsigner, qe->mrsigner.len) != 0)
        return differs(t, "MRSIGNER", qe->mrsigner, identity->mrsigner);
    if (qe->isv_prod_id != identity->isvprodid)
        return verdict_fail(t->verdict, CHECK_QE_IDENTITY_MISMATCH,
                            "QE's ISVPRODID is %u, and the identity has %u",
                            qe->isv_prod_id, identity->isvprodid);
    return !qe->is_debug
           || verdict_fail(t->verdict, CHECK_QE_IDENTITY_MISMATCH,
                           "QE can be debugged (attribute DEBUG), whatever the mask "
                           "lets pass");
}

/* ---- the key, and what it signed --------------------------------------------------- */

/* A key that is no point at all can still be certified. */
static bool make_key(struct quote_trial *t, struct p256_key **key)
{
    struct error why = { 0 };

    if (p256_key_make(t->quote->attestation_key.at, key, &why))
        return true;
    error_within(&why, "attestation key");
    return verdict_fail_as(t->verdict, CHECK_UNSUPPORTED_QUOTE_FORMAT, &why);
}

static bool check_quote_signature(struct quote_trial *t, struct p256_key *key)
{
    struct error why = { 0 };

    if (p256_key_verify(key, t->quote->signed_part, t->quote->signature.at, &why))
        return true;
    error_within(&why, "quote, by the attestation key");
    return verdict_fail_as(t->verdict, CHECK_INVALID_QUOTE_SIGNATURE, &why);
}

bool quote_check_signatures(struct quote_trial *t, const struct qe_identity *identity)
{
    struct sha256 digest = { 0 };
    struct p256_key *key = NULL;

    if (t->known != NULL) {
        digest = certification_digest(t);
        key = known_qe_find(t->known, &digest);
    }
    bool is_known = key != NULL;
    if ((!is_known && !check_certification(t))
        || (identity != NULL && !check_identity(t, identity)))
        return false;
    if (!is_known && !make_key(t, &key))
        return false;
    if (!is_known && t->known != NULL)
        known_qe_add(t->known, &digest, key);
    else if (!is_known)
        t->own_key = key;
    return check_quote_signature(t, key);
}
