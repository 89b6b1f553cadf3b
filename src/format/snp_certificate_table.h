/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate table that a host hands its SEV-SNP guests beside an attestation
 * report, as `snphost import` writes it: which of its bytes are the VCEK or VLEK, the
 * ASK or ASVK, the ARK.
 *
 * Source: AMD, "GHCB Standardization" 56421, SNP Extended Guest Request: entries of GUID
 * (its digits in the order they are written), offset and length (little endian, 4 bytes
 * each), ended by one of zeros; certificates behind them. Whether they are DER or PEM is
 * the host's choice, and nothing is vouched for. Views look into the table. */
#ifndef THIM_FORMAT_SNP_CERTIFICATE_TABLE_H
#define THIM_FORMAT_SNP_CERTIFICATE_TABLE_H

#include "kit/bytes.h"
#include "kit/error.h"

#define SNP_TABLE_ENTRIES_MAX 64
#define SNP_TABLE_BYTES_MAX (64 * 1024)

struct snp_certificate_table { /* empty: not there */
    struct bytes vcek, vlek, issuer, root;
};

/* Whether it begins with the GUID of one of these: what a file is taken for. */
bool snp_certificate_table_looks_like(struct bytes text);

/* GUIDs that nobody knows are passed over. ERROR_FORMAT: no end, a certificate that does
 * not lie in the table or lies on its entries, two of one kind; ERROR_LIMIT. */
bool snp_certificate_table_read(struct bytes table, struct snp_certificate_table *out,
                                struct error *err) MUST_CHECK;

#endif
