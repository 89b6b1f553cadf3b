/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever owns a trusted root may send what he likes: the input brings its own root, and
 * that root is trusted. Five parts with a line "--" between them: key, now, issuer chain
 * (PEM), root CRL (PEM), body (JSON, or a CRL as PEM). */
#include "kit/fuzz.h"

#include "kit/crypto.h"
#include "kit/text.h"
#include "verify/chain.h"
#include "verify/collateral.h"
#include "verify/test_parts.h"

struct parts {
    struct collateral_candidate candidate;
    struct bytes root_crl; /* DER */
    int64_t now_s;
    struct trust trust;
};

static bool read_parts(struct bytes in, struct arena *arena, struct parts *out)
{
    struct bytes key = next_part(&in), now = next_part(&in);
    struct bytes chain = next_part(&in), root_crl = next_part(&in);
    struct der_chain *ders = &out->candidate.chain;

    *out = (struct parts){ .now_s = 0 };
    out->candidate.body = in;
    if (!collateral_key_read(key, &out->candidate.asked) || !utc_read(now, &out->now_s)
        || !pem_chain_read(chain, arena, ders, NULL)
        || !pem_block_read(root_crl, "X509 CRL", arena, &out->root_crl, NULL))
        return false;
    if (!chain_add_root(ders->certificates[ders->count - 1], ROOT_TEST, &out->trust,
                        NULL))
        return false;
    return !pem_looks_like(in)
           || pem_block_read(in, "X509 CRL", arena, &out->candidate.body, NULL);
}

static struct verified_collateral *root_crl_of(const struct parts *p)
{
    const struct der_chain *chain = &p->candidate.chain;
    struct collateral_candidate candidate = {
        .asked = key_root_crl(),
        .body = p->root_crl,
        .chain = { .certificates = { chain->certificates[chain->count - 1] },
                   .count = 1 },
    };
    struct judgement judgement = { .trust = &p->trust, .now_s = p->now_s };
    struct verified_collateral *item = NULL;

    if (!verify_collateral(&candidate, &judgement, &item, NULL))
        return NULL;
    return item;
}

static void check_facts(const struct parts *p, const struct collateral_facts *facts)
{
    struct collateral_key found = facts->key;
    const bool readings[] = { facts->crl != NULL, facts->tcb_info != NULL,
                              facts->identity != NULL, facts->numbers != NULL };
    size_t read = 0;

    if (p->candidate.asked.evaluation_data_number == 0)
        found = collateral_subject(&found);
    FUZZ_CHECK(collateral_key_compare(&found, &p->candidate.asked) == 0);
    for (size_t i = 0; i < COUNT_OF(readings); i++)
        read += readings[i];
    FUZZ_CHECK(read == 1);
    FUZZ_CHECK(facts->root_origin == ROOT_TEST);
    FUZZ_CHECK(memcmp(facts->digest, sha256(facts->body).digest, 32) == 0);
    FUZZ_CHECK(facts->issue_date_s <= facts->valid_from_s);
    FUZZ_CHECK(facts->valid_from_s <= p->now_s && p->now_s <= facts->valid_until_s);
    FUZZ_CHECK(facts->valid_until_s <= facts->next_update_s);
}

/* What was accepted is accepted again as it is handed on, is not without its root, and
 * may take its own place. */
static void check_again(const struct parts *p, const struct judgement *law,
                        const struct verified_collateral *item)
{
    struct collateral_candidate handed_on = p->candidate;
    struct judgement nobody = *law;
    struct trust none = { .count = 0 };
    OWNED(verified_release) struct verified_collateral *again = NULL;
    struct error err = { 0 };

    handed_on.body = verified_facts(item)->body;
    FUZZ_CHECK(verify_collateral(&handed_on, law, &again, &err));
    FUZZ_CHECK(bytes_equal(verified_facts(again)->body, verified_facts(item)->body));
    FUZZ_CHECK(verified_may_replace(again, item, &err));
    FUZZ_CHECK(verified_may_replace(item, again, &err));
    nobody.trust = &none;
    verified_release(TAKE(again));
    FUZZ_CHECK(!verify_kept_collateral(&handed_on, &nobody, &again, &err));
    FUZZ_CHECK(err.kind == ERROR_UNTRUSTED && again == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct arena arena;
    struct parts p;

    arena_init(&arena, (size_t)32 << 20);
    if (read_parts(bytes_of(at, len), &arena, &p)) {
        OWNED(verified_release) struct verified_collateral *root_crl = root_crl_of(&p);
        OWNED(verified_release) struct verified_collateral *item = NULL;
        struct judgement law = {
            .trust = &p.trust,
            .root_crl = root_crl,
            .now_s = p.now_s,
        };
        struct error err = { 0 };
        if (verify_collateral(&p.candidate, &law, &item, &err)) {
            check_facts(&p, verified_facts(item));
            check_again(&p, &law, item);
        } else {
            FUZZ_CHECK(item == NULL);
            FUZZ_CHECK(err.kind != ERROR_NONE && err.kind != ERROR_SYSTEM);
            FUZZ_CHECK(err.text[0] != 0);
        }
    }
    arena_fini(&arena);
    return 0;
}
