/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a certificate's subject is made of just the attributes that a vendor's
 * certificates have.
 *
 * Source: RFC 5280, 4.1.2.4. Each vendor has a table of its own. */
#ifndef THIM_VERIFY_SUBJECT_H
#define THIM_VERIFY_SUBJECT_H

#include "format/x509.h"

#define SUBJECT_ATTRIBUTES_MAX 8

struct subject_attribute {
    uint8_t oid[3];           /* OID content: id-at and the attribute's number */
    const char *name, *value; /* value NULL: any, for somebody else judges it */
};

/* Every attribute of the table once, in any order, as PrintableString or UTF8String, and
 * no other. ERROR_UNTRUSTED names the attribute. */
bool subject_check(const struct x509_certificate *certificate,
                   const struct subject_attribute *expected, size_t count,
                   struct error *err) MUST_CHECK;

#endif
