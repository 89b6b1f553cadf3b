/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's certificate authorities, one family for each product: ARK, and under it ASK (for
 * VCEKs) and ASVK (for VLEKs).
 *
 * Names, serials, extensions, their order and encodings are those of AMD's own
 * certificates, the trailerField that DER would leave out too. Keys are chosen by the
 * seed among those of rsa4096.h, and so are the impostor's, which has the same names: no
 * two of one simulator are the same key, and of two simulators with different seeds
 * seldom. Nothing is made before it is asked for. */
#ifndef THIM_SIM_AMD_PKI_H
#define THIM_SIM_AMD_PKI_H

#include "sim/amd_product.h"
#include "sim/scramble.h"

#define AMD_SIGNED_MAX ((size_t)4096) /* bytes of one certificate or CRL */

struct amd_pki;

/* Certificates are valid over the given time. */
bool amd_pki_open(const struct scramble_key *key, int64_t not_before_s,
                  int64_t not_after_s, struct amd_pki **out, struct error *err)
    MUST_CHECK;
void amd_pki_close(struct amd_pki *pki); /* accepts NULL */
DEFINE_OWNED(struct amd_pki *, amd_pki_close)

struct amd_signer {
    enum world_product product;
    enum amd_role role;
    bool is_impostor;
};

/* Appends the signer's certificate as PEM. */
bool amd_pki_certificate(struct amd_pki *pki, const struct amd_signer *signer,
                         struct buf *out, struct error *err) MUST_CHECK;

/* Appends the chain of an ASK or ASVK as PEM: itself, then the ARK. With a not_after_s of
 * its own (0: none) the first of them ends then. */
bool amd_pki_chain(struct amd_pki *pki, const struct amd_signer *signer,
                   int64_t not_after_s, struct buf *out, struct error *err) MUST_CHECK;

struct amd_crl {
    bool revokes[AMD_ROLES];
    int64_t this_update_s, next_update_s;
};

/* Appends a CRL as DER, by the ARK of the signer's family. Its crlNumber is its issue
 * date, so that it rises. */
bool amd_pki_crl(struct amd_pki *pki, const struct amd_signer *signer,
                 const struct amd_crl *crl, struct buf *out, struct error *err)
    MUST_CHECK;

/* ---- for who makes a certificate below -------------------------------------------- */

/* How the algorithm is written: AMD left the trailerField out of VCEKs at some time. */
enum amd_pss { AMD_PSS_SPELT_OUT, AMD_PSS_SHORT };
void amd_pki_put_algorithm(struct buf *out, enum amd_pss how);

/* The name of an authority, or of who has this common name. */
void amd_pki_put_issuer(struct buf *out, const struct amd_signer *signer);
void amd_pki_put_name(struct buf *out, const char *common_name);

/* Appends what is signed, the algorithm and the signature as one SEQUENCE. */
bool amd_pki_sign(struct amd_pki *pki, const struct amd_signer *signer,
                  struct bytes signed_part, enum amd_pss how, uint32_t variant,
                  struct buf *out, struct error *err) MUST_CHECK;

#endif
