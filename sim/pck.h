/* SPDX-License-Identifier: Apache-2.0 */
/* PCK certificates of the synthetic platforms, minted when asked for.
 *
 * Names, extensions, their order and encodings are those of Intel's own ("Intel SGX PCK
 * Certificate and Certificate Revocation List Profile Specification"): AKI, CRL
 * distribution point, SKI, keyUsage, basicConstraints, and 1.2.840.113741.1.13.1 with
 * PPID, TCB, PCE-ID, FMSPC and SGX type; under the Platform CA also platform instance ID
 * and configuration. Each level of a platform has a key and a serial of its own. The same
 * order gives the same bytes, so none is kept. */
#ifndef THIM_SIM_PCK_H
#define THIM_SIM_PCK_H

#include "sim/pki.h"
#include "sim/platforms.h"

#define PCK_CERTIFICATE_MAX ((size_t)4096)

struct pck_mint;

/* All that is given must outlive it. ordinary_s: certificates of levels disclosed before
 * are valid from then on. */
bool pck_mint_open(const struct pki *pki, const struct pki *impostor,
                   const struct platforms *platforms, int64_t ordinary_s,
                   struct pck_mint **out, struct error *err) MUST_CHECK;
void pck_mint_close(struct pck_mint *mint); /* accepts NULL */
DEFINE_OWNED(struct pck_mint *, pck_mint_close)

struct pck_order {
    uint32_t platform;
    unsigned level;      /* evaluation data number of its event */
    int64_t disclosed_s; /* when that was */
    int64_t now_s;       /* what EXPIRED and FUTURE are about */
    enum pck_oddity how;
};

/* Appends DER. */
bool pck_mint(struct pck_mint *mint, const struct pck_order *order, struct buf *out,
              struct error *err) MUST_CHECK;

/* The certificate's key. */
void pck_secret(const struct platforms *platforms, uint32_t platform, unsigned level,
                uint8_t out[32]);

/* Of the certificate of a level; what a CRL would name. */
void pck_serial(const struct platforms *platforms, uint32_t platform, unsigned level,
                uint8_t out[PKI_SERIAL_LEN]);

#endif
