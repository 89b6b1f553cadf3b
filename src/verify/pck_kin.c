/* SPDX-License-Identifier: Apache-2.0 */
/* The part of verify/pck.h that asks two verdicts. It needs nothing but their facts, and
 * so cannot make or change one. */
#include "kit/crypto.h"
#include "verify/pck.h"

bool pck_is_kin(const struct verified_pck *a, const struct verified_pck *b,
                struct error *err)
{
    const struct pck_facts *x = pck_facts(a), *y = pck_facts(b);
    const struct pck_issuer_facts *p = pck_issuer_facts(x->issuer),
                                  *q = pck_issuer_facts(y->issuer);
    const struct {
        bool equal;
        const char *what;
    } marks[] = {
        { memcmp(x->cert.ppid, y->cert.ppid, sizeof x->cert.ppid) == 0, "PPID" },
        { memcmp(x->cert.fmspc, y->cert.fmspc, sizeof x->cert.fmspc) == 0, "FMSPC" },
        { memcmp(x->cert.pce_id, y->cert.pce_id, sizeof x->cert.pce_id) == 0, "PCE-ID" },
        { p->ca == q->ca, "CA" },
        { memcmp(p->root_spki_sha256, q->root_spki_sha256, SHA256_LEN) == 0, "root" },
    };

    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (!marks[i].equal)
            return error_set(err, ERROR_FORMAT,
                             "PCK certificates of one platform differ in %s",
                             marks[i].what);
    return true;
}
