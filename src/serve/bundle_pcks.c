/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/bundle_pcks.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "verify/chain.h"

enum { WHERE_ROOM = 200 };

/* ---- certificates --------------------------------------------------------------- */

const struct verified_pck_issuer *bundle_issuer_of(const struct bundle_verdict *v,
                                                   struct bytes der)
{
    struct x509_certificate certificate;
    struct error why = { 0 };

    if (!x509_parse(der, &certificate, &why))
        return NULL;
    switch (chain_role_of(certificate.issuer_cn)) {
    case CHAIN_INTEL_PCK_PROCESSOR:
        return v->issuers[PCK_CA_PROCESSOR];
    case CHAIN_INTEL_PCK_PLATFORM:
        return v->issuers[PCK_CA_PLATFORM];
    case CHAIN_INTEL_ROOT:
    case CHAIN_INTEL_TCB_SIGNING:
    case CHAIN_INTEL_PCK_LEAF:
        break;
    }
    return NULL;
}

/* NULL where it is complained about; else the caller's. */
static struct verified_pck *judge_pck(struct bundle_verdict *v,
                                      const struct pck_entry *entry, const char *where)
{
    const struct verified_pck_issuer *issuer = bundle_issuer_of(v, entry->der);
    struct verified_pck *pck = NULL;
    struct error why = { 0 };

    if (issuer == NULL) {
        error_set(&why, ERROR_UNTRUSTED, "the bundle has no chain of its issuer");
        complain(&v->complaints, where, &why);
        return NULL;
    }
    struct pck_law law = { .root_crl = v->root_crl,
                           .pck_crl = v->pck_crls[pck_issuer_facts(issuer)->ca],
                           .now_s = v->law->now_s,
                           .future_s = v->law->future_s };
    bool sound = v->law->skips_stale ? verify_kept_pck(entry->der, issuer, &pck, &why)
                                     : verify_pck(entry->der, issuer, &law, &pck, &why);
    if (!sound)
        complain(&v->complaints, where, &why);
    else if (v->law->skips_stale && !pck_may_be_given(pck, &law, &why))
        complain(&v->skipped, where, &why);
    return pck;
}

static bool judge_entry(struct bundle_verdict *v, const struct pck_entry *entry,
                        struct verified_pck **first, const char *where)
{
    struct error why = { 0 };

    if (entry->kind == PCK_ENTRY_GAP)
        return true;
    if (entry->kind == PCK_ENTRY_ODD) {
        error_set(&why, ERROR_FORMAT, "%s", entry->why);
        complain(&v->complaints, where, &why);
        return false;
    }
    struct verified_pck *pck = judge_pck(v, entry, where);
    if (pck == NULL)
        return false;
    v->certificates++;
    if (*first == NULL) {
        *first = pck;
        return true;
    }
    bool kin = pck_is_kin(*first, pck, &why);
    if (!kin)
        complain(&v->complaints, where, &why);
    pck_release(pck);
    return kin;
}

/* ---- whose they are ------------------------------------------------------------- */

static struct bundle_platform digest_of(const struct platform_name *name)
{
    struct bundle_platform platform;
    char text[QE_ID_MAX + 16];

    int len = snprintf(text, sizeof text, "%s/%04x", name->qe_id, name->pce_id);
    struct sha256 digest = sha256(bytes_of(text, (size_t)len));
    memcpy(platform.digest, digest.digest, sizeof platform.digest);
    return platform;
}

static bool add_platform(struct bundle_verdict *v, const struct platform_name *name,
                         struct error *err)
{
    if (v->platform_count == BUNDLE_PLATFORMS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d platforms in the bundle",
                         BUNDLE_PLATFORMS_MAX);
    if (v->platform_count == v->platform_room) {
        size_t room = v->platform_room > 0 ? 2 * v->platform_room : 64;
        struct bundle_platform *more = reallocarray(v->platforms, room, sizeof *more);
        if (more == NULL)
            return error_set(err, ERROR_SYSTEM, "no memory for the bundle's names");
        v->platforms = more;
        v->platform_room = room;
    }
    v->platforms[v->platform_count++] = digest_of(name);
    return true;
}

static int compare_platforms(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct bundle_platform));
}

void bundle_sort_platforms(struct bundle_verdict *v)
{
    if (v->platform_count > 0)
        qsort(v->platforms, v->platform_count, sizeof v->platforms[0], compare_platforms);
}

bool bundle_has_platform(const struct bundle_verdict *v, const struct platform_name *name)
{
    struct bundle_platform platform = digest_of(name);

    return v->platform_count > 0
           && bsearch(&platform, v->platforms, v->platform_count, sizeof platform,
                      compare_platforms)
                  != NULL;
}

/* ---- one platform's list -------------------------------------------------------- */

bool bundle_judge_pcks(struct bundle_verdict *v, const struct bundle_part *part,
                       struct error *err)
{
    struct verified_pck *first = NULL;
    char where[WHERE_ROOM];

    for (size_t i = 0; i < part->pcks.count; i++) {
        snprintf(where, sizeof where, "%.160s.certs[%zu]", part->where, i);
        judge_entry(v, &part->pcks.entries[i], &first, where);
    }
    bool going = first == NULL || add_platform(v, &part->registration.name, err);
    pck_release(first);
    return going;
}
