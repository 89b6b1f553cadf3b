/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's extensions of a VCEK or VLEK certificate: which chip, or whose, at which TCB.
 *
 * A VCEK is one chip's own; a VLEK is one that AMD lends a cloud provider for all its
 * chips. Source: AMD, "VCEK Certificate and KDS Interface" 57230, extensions below
 * 1.3.6.1.4.1.3704.1. Values are copied but for the two texts, which look into the
 * certificate. */
#ifndef THIM_FORMAT_VCEK_H
#define THIM_FORMAT_VCEK_H

#include "format/tcb_version.h"
#include "format/x509.h"

enum vek_kind { VEK_VCEK = 1, VEK_VLEK };

struct vcek {
    enum vek_kind kind; /* VCEK where there is a chip id, VLEK where there is a CSP */
    enum snp_product product;
    struct bytes product_name; /* as it says: "Milan-B0", "Genoa" */
    struct tcb_version tcb;
    struct snp_hwid hwid; /* VCEK; len 0 for a VLEK */
    struct bytes csp_id;  /* VLEK: the provider, printable ASCII; empty for a VCEK */
};

/* Reads the extensions out of a parsed certificate, in any order. The product is the line
 * before a stepping: KDS writes Milan-B0 on parts of stepping 1 too. Every SPL that the
 * product has must be there, and none that it has not; reserved ones are zero. The chip
 * id is the raw bytes, or, as for some weeks of August 2023, those inside an OCTET
 * STRING. Anything else below AMD's arc is refused: it could be a component that nobody
 * compares. ERROR_FORMAT names the extension. */
bool vcek_parse(const struct x509_certificate *certificate, struct vcek *out,
                struct error *err) MUST_CHECK;

const char *vek_kind_name(enum vek_kind kind); /* "VCEK", "VLEK" */

#endif
