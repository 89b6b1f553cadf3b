/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever owns a trusted root may send what he likes: the input brings its own root, and
 * that root is trusted. Five parts with a line "--" between them: now, issuer chain, root
 * CRL, PCK CRL, PCK certificate; all but the first as PEM. */
#include "kit/fuzz.h"

#include "kit/crypto.h"
#include "kit/text.h"
#include "verify/chain.h"
#include "verify/pck.h"
#include "verify/test_parts.h"

struct parts {
    int64_t now_s;
    struct der_chain issuers;
    struct bytes root_crl, pck_crl, leaf; /* DER */
    struct trust trust;
};

static bool read_parts(struct bytes in, struct arena *arena, struct parts *out)
{
    struct bytes now = next_part(&in), issuers = next_part(&in);
    struct bytes root_crl = next_part(&in), pck_crl = next_part(&in);

    *out = (struct parts){ .now_s = 0 };
    return utc_read(now, &out->now_s)
           && pem_chain_read(issuers, arena, &out->issuers, NULL)
           && pem_block_read(root_crl, "X509 CRL", arena, &out->root_crl, NULL)
           && pem_block_read(pck_crl, "X509 CRL", arena, &out->pck_crl, NULL)
           && pem_block_read(in, "CERTIFICATE", arena, &out->leaf, NULL)
           && chain_add_root(out->issuers.certificates[out->issuers.count - 1], ROOT_TEST,
                             &out->trust, NULL);
}

/* NULL where it is refused. root_crl NULL: this is one. */
static struct verified_collateral *list_of(const struct parts *p, enum pck_ca ca,
                                           const struct verified_collateral *root_crl)
{
    size_t last = p->issuers.count - 1;
    struct collateral_candidate candidate = {
        .asked = root_crl == NULL ? key_root_crl() : key_pck_crl(ca),
        .body = root_crl == NULL ? p->root_crl : p->pck_crl,
        .chain = p->issuers,
    };
    struct judgement judgement = { .trust = &p->trust,
                                   .root_crl = root_crl,
                                   .now_s = p->now_s };
    struct verified_collateral *item = NULL;

    if (root_crl == NULL)
        candidate.chain = (struct der_chain){ { p->issuers.certificates[last] }, 1 };
    if (!verify_kept_collateral(&candidate, &judgement, &item, NULL))
        return NULL;
    return item;
}

static void check_facts(const struct parts *p, const struct verified_pck *pck)
{
    const struct pck_facts *facts = pck_facts(pck);
    const struct pck_issuer_facts *issuer = pck_issuer_facts(facts->issuer);

    FUZZ_CHECK(bytes_equal(facts->der, p->leaf) && facts->serial.len > 0);
    FUZZ_CHECK(memcmp(facts->digest, sha256(p->leaf).digest, SHA256_LEN) == 0);
    FUZZ_CHECK(memcmp(facts->tcbm, facts->cert.cpusvn, 16) == 0);
    FUZZ_CHECK((facts->tcbm[16] | facts->tcbm[17] << 8) == facts->cert.pcesvn);
    FUZZ_CHECK(facts->valid_from_s >= issuer->valid_from_s);
    FUZZ_CHECK(facts->valid_until_s <= issuer->valid_until_s);
    FUZZ_CHECK(issuer->root_origin == ROOT_TEST && issuer->chain.count == 2);
    FUZZ_CHECK(pck_is_kin(pck, pck, NULL));
}

/* A leaf below its issuer is good where, and only where, the whole chain is. */
static void check_as_chain(const struct parts *p, bool kept, const struct error *err)
{
    struct der_chain whole = {
        { p->leaf, p->issuers.certificates[0], p->issuers.certificates[1] }, 3
    };
    struct chain chain;
    struct pck_cert cert;

    bool good = chain_verify(&whole, CHAIN_INTEL_PCK_LEAF, &p->trust, &chain, NULL)
                && pck_cert_parse(&chain.certificates[0], &cert, NULL);
    FUZZ_CHECK(good == kept || err->kind == ERROR_LIMIT);
}

static void check_judged(const struct parts *p, const struct verified_pck_issuer *issuer,
                         const struct verified_pck *kept)
{
    OWNED(verified_release)
    struct verified_collateral *root_crl = list_of(p, 0, NULL), *pck_crl = NULL;
    OWNED(pck_release) struct verified_pck *pck = NULL;
    struct error err = { 0 };

    if (root_crl != NULL)
        pck_crl = list_of(p, pck_issuer_facts(issuer)->ca, root_crl);
    struct pck_law law = { root_crl, pck_crl, p->now_s, 0 };
    if (!verify_pck(p->leaf, issuer, &law, &pck, &err)) {
        FUZZ_CHECK(pck == NULL && err.text[0] != 0);
        FUZZ_CHECK(err.kind == ERROR_UNTRUSTED || err.kind == ERROR_REVOKED
                   || err.kind == ERROR_STALE);
        return;
    }
    const struct pck_facts *facts = pck_facts(pck);
    FUZZ_CHECK(root_crl != NULL && pck_crl != NULL);
    FUZZ_CHECK(facts->valid_from_s <= p->now_s && p->now_s <= facts->valid_until_s);
    FUZZ_CHECK(!crl_lists(verified_facts(pck_crl)->crl, facts->serial));
    FUZZ_CHECK(pck_may_be_given(kept, &law, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct trust nobody = { .count = 0 };
    struct arena arena;
    struct parts p;

    arena_init(&arena, (size_t)32 << 20);
    if (read_parts(bytes_of(at, len), &arena, &p)) {
        OWNED(pck_issuer_release) struct verified_pck_issuer *issuer = NULL;
        OWNED(pck_release) struct verified_pck *kept = NULL;
        struct error err = { 0 };
        FUZZ_CHECK(!verify_pck_issuer(&p.issuers, &nobody, &issuer, &err));
        if (verify_pck_issuer(&p.issuers, &p.trust, &issuer, &err)) {
            bool good = verify_kept_pck(p.leaf, issuer, &kept, &err);
            check_as_chain(&p, good, &err);
            if (good) {
                check_facts(&p, kept);
                check_judged(&p, issuer, kept);
            }
        }
    }
    arena_fini(&arena);
    return 0;
}
