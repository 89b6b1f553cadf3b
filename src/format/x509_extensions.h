/* SPDX-License-Identifier: Apache-2.0 */
/* The extensions of a certificate that struct x509_certificate has fields for.
 *
 * Source: RFC 5280, 4.2.1.1 (authority key id), 4.2.1.2 (subject key id), 4.2.1.3 (key
 * usage), 4.2.1.9 (basic constraints), 4.2.1.13 (CRL distribution points). For
 * format/x509.c. */
#ifndef THIM_FORMAT_X509_EXTENSIONS_H
#define THIM_FORMAT_X509_EXTENSIONS_H

#include "format/x509_parts.h"

/* Reads one extension into its fields. One that is none of the above is left alone; the
 * first such that is critical becomes out->unknown_critical. */
void x509_certificate_extension_read(const struct x509_extension_entry *e,
                                     struct x509_certificate *out, struct error *refusal);

#endif
