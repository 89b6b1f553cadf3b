/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody brings for SEV-SNP reports of one chip and TCB_VERSION: VCEK or VLEK, the
 * chain above it, and the ARK's list; read in whatever encoding, verified to a trusted
 * root, once.
 *
 * Dates and revocation are not judged here but by each verdict. Lifetime: immutable, and
 * so for any number of threads; it owns copies of all its bytes. Pure. */
#ifndef THIM_VERIFY_VEK_SET_H
#define THIM_VERIFY_VEK_SET_H

#include "verify/report.h"

struct vek_set;

struct vek_texts {      /* PEM, DER or hex (verify/inspect_file.h); empty: not there */
    struct bytes vek;   /* the certificate alone, or with its issuers behind it */
    struct bytes chain; /* ASK or ASVK, ARK, in any order */
    struct bytes crl;
};

/* Nothing that was brought fails it: what is not there, or is refused, is a failed check
 * of the reports that need it, with why. ERROR_SYSTEM alone. */
bool vek_set_make(const struct vek_texts *texts, const struct trust *trust,
                  struct vek_set **out, struct error *err) MUST_CHECK;
void vek_set_free(struct vek_set *set); /* accepts NULL */
DEFINE_OWNED(struct vek_set *, vek_set_free)

/* Stands as long as the set. It has one VEK, and gives it for every report: that
 * it is the report's is report_verify's to check. */
struct vek_source vek_set_source(const struct vek_set *set);

/* The verified parts, for people; NULL where there is none. */
const struct verified_vcek *vek_set_vek(const struct vek_set *set);
const struct verified_amd_crl *vek_set_crl(const struct vek_set *set);

#endif
