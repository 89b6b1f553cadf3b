/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/vek_set.h"

#include <stdlib.h>

#include "kit/text.h"
#include "verify/inspect_file.h"

#define SCRATCH_CEILING ((size_t)8 << 20) /* what reading the texts may take */
#define TEXT_MAX ((size_t)1 << 20)
#define POOL_MAX (2 * X509_CHAIN_MAX)

struct refusal {
    enum verify_check check; /* CHECK_PASSED: none */
    struct error why;
};

struct vek_set {
    struct verified_vcek *vek;
    struct verified_amd_crl *crl;
    struct refusal of_vek, of_crl;
};

struct making { /* under way */
    const struct vek_texts *texts;
    const struct trust *trust;
    struct arena arena;
    struct vek_set *set;
    struct x509_certificate pool[POOL_MAX]; /* all that came, the VEK's text first */
    size_t count;
    const struct x509_certificate *leaf, *issuer, *root;
    struct vcek vek; /* of the leaf */
    struct verified_amd_issuer *verified_issuer;
};

void vek_set_free(struct vek_set *set)
{
    if (set == NULL)
        return;
    vcek_release(set->vek);
    amd_crl_release(set->crl);
    free(set);
}

static bool refuse(struct refusal *refusal, enum verify_check check,
                   const struct error *why)
{
    *refusal = (struct refusal){ .check = check, .why = *why };
    return false;
}

/* ---- who is who -------------------------------------------------------------------- */

static bool read_text(struct making *m, struct bytes text, const char *what,
                      struct error *why)
{
    struct inspect_file file;

    if (text.len == 0)
        return true;
    if (!inspect_file_read(text, TEXT_MAX, &m->arena, &file, why))
        return error_within(why, "%s", what);
    if (file.ders.count == 0)
        return error_set(why, ERROR_FORMAT, "%s: no certificate is in it", what);
    for (size_t i = 0; i < file.ders.count && m->count < POOL_MAX; i++)
        if (!x509_parse(file.ders.certificates[i], &m->pool[m->count++], why))
            return error_within(why, "%s: certificate %zu", what, i + 1);
    return true;
}

static const struct x509_certificate *find_subject(const struct making *m,
                                                   struct bytes subject)
{
    for (size_t i = 0; i < m->count; i++)
        if (bytes_equal(m->pool[i].subject, subject))
            return &m->pool[i];
    return NULL;
}

/* The leaf is the first that carries AMD's extensions; from there each one's issuer. */
static bool place_certificates(struct making *m, struct error *why)
{
    struct error refusal = { 0 };

    for (size_t i = 0; i < m->count && m->leaf == NULL; i++)
        if (vcek_parse(&m->pool[i], &m->vek, i == 0 ? &refusal : NULL))
            m->leaf = &m->pool[i];
    if (m->leaf == NULL)
        return error_set(why, refusal.kind, "no VCEK or VLEK: %s", refusal.text);
    m->issuer = find_subject(m, m->leaf->issuer);
    m->root = m->issuer == NULL ? NULL : find_subject(m, m->issuer->issuer);
    return true;
}

/* ---- verifying --------------------------------------------------------------------- */

static bool verify_issuer(struct making *m, struct error *why)
{
    struct der_chain ders = { .count = 2 };

    if (m->issuer == NULL || m->root == NULL)
        return error_set(why, ERROR_UNTRUSTED,
                         "the chain of the %s, its issuer \"%s\" and the ARK, was not "
                         "given",
                         vek_kind_name(m->vek.kind), safe(m->leaf->issuer_cn).s);
    ders.certificates[0] = m->issuer->der;
    ders.certificates[1] = m->root->der;
    return verify_amd_issuer(&ders, m->vek.product, m->vek.kind, m->trust,
                             &m->verified_issuer, why);
}

static bool take_vek(struct making *m)
{
    struct refusal *refusal = &m->set->of_vek;
    struct error why = { 0 };

    if (m->texts->vek.len == 0)
        return false;
    if (!read_text(m, m->texts->vek, "VCEK or VLEK", &why))
        return refuse(refusal, CHECK_VEK_INVALID, &why);
    if (!read_text(m, m->texts->chain, "chain of the VCEK or VLEK", &why))
        return refuse(refusal, CHECK_VEK_CHAIN_UNTRUSTED, &why);
    if (!place_certificates(m, &why))
        return refuse(refusal, CHECK_VEK_INVALID, &why);
    if (!verify_issuer(m, &why))
        return refuse(refusal, CHECK_VEK_CHAIN_UNTRUSTED, &why);
    if (!verify_kept_vcek(m->leaf->der, NULL, m->verified_issuer, &m->set->vek, &why))
        return refuse(refusal,
                      why.kind == ERROR_UNTRUSTED ? CHECK_VEK_CHAIN_UNTRUSTED
                                                  : CHECK_VEK_INVALID,
                      &why);
    return true;
}

static bool read_crl(struct making *m, struct bytes *der, struct error *why)
{
    struct inspect_file file;

    if (!inspect_file_read(m->texts->crl, 2 * CRL_MAX, &m->arena, &file, why)
        || (file.crl.len == 0 && !error_set(why, ERROR_FORMAT, "no CRL is in it")))
        return error_within(why, "ARK's CRL");
    *der = file.crl;
    return true;
}

static void take_crl(struct making *m)
{
    struct bytes der;
    struct error why = { 0 };

    if (m->texts->crl.len > 0
        && (!read_crl(m, &der, &why)
            || !verify_kept_amd_crl(der, m->verified_issuer, &m->set->crl, &why)))
        refuse(&m->set->of_crl, CHECK_AMD_CRL_INVALID, &why);
}

bool vek_set_make(const struct vek_texts *texts, const struct trust *trust,
                  struct vek_set **out, struct error *err)
{
    OWNED(vek_set_free) struct vek_set *set = calloc(1, sizeof *set);
    struct making *m = calloc(1, sizeof *m);

    *out = NULL;
    if (set == NULL || m == NULL) {
        free(m);
        return error_set(err, ERROR_SYSTEM, "no memory");
    }
    m->texts = texts;
    m->trust = trust;
    m->set = set;
    arena_init(&m->arena, SCRATCH_CEILING);
    if (take_vek(m))
        take_crl(m);
    amd_issuer_release(m->verified_issuer);
    arena_fini(&m->arena);
    free(m);
    *out = TAKE(set);
    return true;
}

/* ---- as a source ------------------------------------------------------------------- */

const struct verified_vcek *vek_set_vek(const struct vek_set *set)
{
    return set->vek;
}

const struct verified_amd_crl *vek_set_crl(const struct vek_set *set)
{
    return set->crl;
}

static const struct verified_vcek *vek_of(void *context, const struct snp_report *report,
                                          enum verify_check *check, struct error *why)
{
    const struct vek_set *set = context;

    (void)report; /* report_verify finds out whether it is this one's */
    *check = set->of_vek.check;
    *why = set->of_vek.why;
    return set->vek;
}

static const struct verified_amd_crl *crl_of(void *context, enum snp_product product,
                                             enum verify_check *check, struct error *why)
{
    const struct vek_set *set = context;

    (void)product; /* the VEK's: the list is its root's */
    *check = set->of_crl.check;
    *why = set->of_crl.why;
    return set->crl;
}

struct vek_source vek_set_source(const struct vek_set *set)
{
    return (struct vek_source){ .context = (void *)(uintptr_t)set,
                                .vek = vek_of,
                                .crl = crl_of };
}
