/* SPDX-License-Identifier: Apache-2.0 */
/* VCEKs and VLEKs: what a chip signs its reports with, and AMD's word for that key.
 *
 * Names, extensions below 1.3.6.1.4.1.3704.1, their order and encodings are those of
 * AMD's own ("VCEK Certificate and KDS Interface" 57230). A key follows from the world's
 * seed, chip and TCB. Certificates are minted when asked for and the same order gives the
 * same bytes, also after it was forgotten: some thousands are remembered, since an
 * RSA-4096 signature takes a few milliseconds. */
#ifndef THIM_SIM_VEK_H
#define THIM_SIM_VEK_H

#include "sim/amd_pki.h"
#include "sim/chips.h"
#include "sim/ecdsa.h"

#define VEK_CERTIFICATE_MAX ((size_t)4096)
#define VEK_REMEMBERED 4096
#define VLEK_PROVIDER "CN=cc-sim-1.example"

struct vek_mint;

/* pki and chips must outlive it. ordinary_s: certificates that were never signed anew are
 * valid from then on. */
bool vek_mint_open(struct amd_pki *pki, const struct chips *chips, int64_t ordinary_s,
                   struct vek_mint **out, struct error *err) MUST_CHECK;
void vek_mint_close(struct vek_mint *mint); /* accepts NULL */
DEFINE_OWNED(struct vek_mint *, vek_mint_close)

struct vek_order {
    enum world_product product;
    bool is_vlek;
    uint32_t chip; /* of a VCEK */
    uint8_t tcb_version[TCB_VERSION_LEN];
    enum world_bend bend; /* IMPOSTOR, EXPIRED, FUTURE; others are straight */
    int64_t now_s;
};

/* Appends DER. */
bool vek_mint(struct vek_mint *mint, const struct vek_order *order, struct buf *out,
              struct error *err) MUST_CHECK;

/* Signs with the key of the certificate that would be minted. */
bool vek_sign(struct vek_mint *mint, const struct vek_order *order, struct bytes text,
              uint8_t r[ECDSA_INTEGER_MAX], uint8_t s[ECDSA_INTEGER_MAX],
              struct error *err) MUST_CHECK;

#endif
