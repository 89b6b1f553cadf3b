/* SPDX-License-Identifier: Apache-2.0 */
/* What a single file is, and whether the trusted roots vouch for it, for people and for
 * `thim inspect`: no CRL is needed, so its answer is a report and never a verdict that
 * the store would take.
 *
 * Kinds: certificate (root, intermediate, TCB signing, PCK leaf, or other), chain, CRL,
 * TCB info, enclave identity, list of evaluation numbers; as DER, PEM, hex of DER, or
 * JSON envelope. Lifetime: the report's views look into the input and the arena. */
#ifndef THIM_VERIFY_INSPECT_H
#define THIM_VERIFY_INSPECT_H

#include "format/crl.h"
#include "format/evaluation_numbers.h"
#include "format/pck_cert.h"
#include "format/pem.h"
#include "format/qe_identity.h"
#include "format/signed_json.h"
#include "verify/roots.h"

#define INSPECT_FILE_MAX (8 * 1024 * 1024)
#define INSPECT_ARENA_MAX ((size_t)64 << 20) /* what the largest of them may take */

enum inspected_kind {
    INSPECTED_CERTIFICATE = 1,
    INSPECTED_CHAIN,
    INSPECTED_CRL,
    INSPECTED_TCB_INFO,
    INSPECTED_ENCLAVE_IDENTITY,
    INSPECTED_EVALUATION_NUMBERS,
};
const char *inspected_kind_name(enum inspected_kind kind); /* "certificate", "tcb_info" */

struct inspection {
    enum inspected_kind kind;
    const char *encoding; /* "PEM", "DER", "hex", "JSON" */
    struct x509_certificate certificates[X509_CHAIN_MAX]; /* of a certificate or chain */
    size_t certificate_count;
    bool has_pck;
    struct pck_cert pck;
    struct crl crl;
    struct tcb_info tcb_info;
    struct qe_identity identity;
    struct evaluation_numbers numbers;
    struct signed_json envelope;

    struct bytes signer_cn; /* who signed it; empty where unknown */
    bool trusted;     /* signature, path to a trusted root, roles, and own dates at now */
    struct error why; /* where not trusted */
    const struct trusted_root *root; /* who vouched, where trusted */
};

/* chain_text: the issuer chain (PEM, percent-encoded PEM, DER, hex), empty where the file
 * carries it or none is known. False only where the file is none of the kinds
 * (ERROR_FORMAT says how far it got); whether it is trusted is in the report. Where the
 * chain lacks the root, or a certificate's issuer is the given chain's first, that is
 * understood, as is a chain in any order; a root that is not there is one of the trust's
 * whose key is known. Dates are strict: one second outside is outside, for the object and
 * for every certificate. */
bool inspect(struct bytes file, struct bytes chain_text, const struct trust *trust,
             int64_t now_s, struct arena *arena, struct inspection *out,
             struct error *err) MUST_CHECK;

#endif
