/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/inspect.h"

#include "kit/crypto.h"
#include "kit/text.h"
#include "verify/chain.h"
#include "verify/freshness.h"
#include "verify/inspect_file.h"
#include "verify/revocation.h"

#define POOL_MAX (2 * X509_CHAIN_MAX)

/* Certificates that are at hand: the file's own, then those of the issuer chain. */
struct pool {
    struct x509_certificate certificates[POOL_MAX];
    size_t count, own;
};

struct inquiry {
    struct pool pool;
    const struct trust *trust;
    int64_t now_s;
    struct arena *arena;
    struct inspection *out;
};

const char *inspected_kind_name(enum inspected_kind kind)
{
    static const char *const names[] = {
        [INSPECTED_CERTIFICATE] = "certificate",
        [INSPECTED_CHAIN] = "chain",
        [INSPECTED_CRL] = "crl",
        [INSPECTED_TCB_INFO] = "tcb_info",
        [INSPECTED_ENCLAVE_IDENTITY] = "enclave_identity",
        [INSPECTED_EVALUATION_NUMBERS] = "evaluation_numbers",
    };

    return kind < COUNT_OF(names) && names[kind] != NULL ? names[kind] : "?";
}

static bool pool_add(struct pool *pool, const struct der_chain *ders, struct error *err)
{
    for (size_t i = 0; i < ders->count; i++, pool->count++)
        if (!x509_parse(ders->certificates[i], &pool->certificates[pool->count], err))
            return error_within(err, "certificate %zu of %zu", i + 1, ders->count);
    return true;
}

/* From one certificate to the next whose subject is its issuer, up to one that has issued
 * itself or whose issuer is not at hand. */

static bool is_self_issued(const struct x509_certificate *c)
{
    return bytes_equal(c->issuer, c->subject);
}

static const struct x509_certificate *find_subject(const struct pool *pool,
                                                   struct bytes subject)
{
    for (size_t i = 0; i < pool->count; i++)
        if (bytes_equal(pool->certificates[i].subject, subject))
            return &pool->certificates[i];
    return NULL;
}

static struct der_chain path_from(const struct pool *pool,
                                  const struct x509_certificate *leaf)
{
    struct der_chain path = { .count = 0 };

    for (const struct x509_certificate *c = leaf;
         c != NULL && path.count < X509_CHAIN_MAX;
         c = is_self_issued(c) ? NULL : find_subject(pool, c->issuer))
        path.certificates[path.count++] = c->der;
    return path;
}

/* Who of the file's own certificates has issued none of the others; NULL where that is
 * not exactly one. */
static const struct x509_certificate *find_leaf(const struct pool *pool)
{
    const struct x509_certificate *leaf = NULL;

    for (size_t i = 0; i < pool->own; i++) {
        bool issuer = false;
        for (size_t j = 0; j < pool->own; j++)
            issuer = issuer
                     || (i != j
                         && bytes_equal(pool->certificates[j].issuer,
                                        pool->certificates[i].subject));
        if (!issuer && leaf != NULL)
            return NULL;
        if (!issuer)
            leaf = &pool->certificates[i];
    }
    return leaf;
}

/* As the file has them, the other way round where it begins with a CA and ends with none:
 * for chains whose names do not link, so that the refusal names the place. */
static struct der_chain path_as_given(const struct pool *pool)
{
    struct der_chain path = { .count = pool->own };
    bool turned = pool->certificates[0].is_ca && !pool->certificates[pool->own - 1].is_ca;

    for (size_t i = 0; i < pool->own; i++)
        path.certificates[i] = pool->certificates[turned ? pool->own - 1 - i : i].der;
    return path;
}

/* Chain, and its dates. The root may be missing where its key is known. */
static bool verify_path(const struct inquiry *q, const struct der_chain *path,
                        struct chain *chain, struct error *err)
{
    struct x509_certificate leaf, last;

    if (!x509_parse(path->certificates[0], &leaf, err)
        || !x509_parse(path->certificates[path->count - 1], &last, err))
        return false;
    enum chain_role role = chain_role_of(leaf.subject_cn);
    if (role == 0)
        return error_set(err, ERROR_UNTRUSTED,
                         "common name \"%s\" belongs to no role of Intel's",
                         safe(leaf.subject_cn).s);
    size_t length = chain_role_length(role);
    if (path->count + 1 < length && !is_self_issued(&last))
        return error_set(err, ERROR_UNTRUSTED,
                         "the certificate of the issuer \"%s\" is not given",
                         safe(last.issuer_cn).s);
    bool rootless = path->count + 1 == length && !is_self_issued(&last);
    return rootless ? chain_verify_rootless(path, role, q->trust, chain, err)
                    : chain_verify(path, role, q->trust, chain, err);
}

static bool judge_certificates(struct inquiry *q, struct error *err)
{
    const struct x509_certificate *leaf = find_leaf(&q->pool);
    struct inspection *out = q->out;
    struct der_chain path = { .count = 0 };
    struct chain chain;
    struct error ignored;

    if (leaf != NULL)
        path = path_from(&q->pool, leaf);
    if (path.count < q->pool.own) /* some do not hang together */
        path = path_as_given(&q->pool);
    if (leaf == NULL)
        leaf = &q->pool.certificates[0];
    out->signer_cn = leaf->issuer_cn;
    out->has_pck = pck_cert_parse(leaf, &out->pck, &ignored);
    if (!verify_path(q, &path, &chain, err) || !chain_in_date(&chain, q->now_s, 0, err))
        return false;
    out->root = chain.root;
    return chain_role_of(leaf->subject_cn) != CHAIN_INTEL_PCK_LEAF
           || pck_cert_parse(leaf, &out->pck, err);
}

static bool judge_crl(struct inquiry *q, struct error *err)
{
    const struct crl *crl = &q->out->crl;
    const struct x509_certificate *issuer = find_subject(&q->pool, crl->issuer);
    struct chain chain = { .count = 0 };

    q->out->signer_cn = crl->issuer_cn;
    if (issuer != NULL) {
        struct der_chain path = path_from(&q->pool, issuer);
        if (!chain_verify_crl(crl, issuer, err) || !verify_path(q, &path, &chain, err))
            return false;
    } else {
        chain.root = chain_root_that_signed(q->trust, crl->issuer_cn, crl->tbs,
                                            crl->ecdsa_signature);
        if (chain.root == NULL)
            return error_set(err, ERROR_UNTRUSTED,
                             "the certificate of the issuer \"%s\" is not given, and no "
                             "trusted root whose key is known has signed it",
                             safe(crl->issuer_cn).s);
    }
    q->out->root = chain.root;
    return freshness_check("CRL", crl->this_update_s, crl->next_update_s, q->now_s, 0,
                           err)
           && chain_in_date(&chain, q->now_s, 0, err);
}

/* Who has signed the document, as far as the issuer chain says. */
static const struct x509_certificate *find_signer(const struct pool *pool)
{
    for (size_t i = 0; i < pool->count; i++)
        if (chain_role_of(pool->certificates[i].subject_cn) == CHAIN_INTEL_TCB_SIGNING)
            return &pool->certificates[i];
    return NULL;
}

static bool judge_signature(struct inquiry *q, struct chain *chain, struct error *err)
{
    const struct signed_json *document = &q->out->envelope;
    const struct x509_certificate *signer = find_signer(&q->pool);

    if (signer == NULL)
        return error_set(err, ERROR_UNTRUSTED,
                         q->pool.count == 0
                             ? "the issuer chain is not given"
                             : "the issuer chain has no TCB signing certificate");
    q->out->signer_cn = signer->subject_cn;
    struct der_chain path = path_from(&q->pool, signer);
    if (!verify_path(q, &path, chain, err))
        return false;
    if (!p256_verify(signer->public_key.at, document->signed_text, document->signature,
                     err))
        return error_within(err, "signature by \"%s\" over \"%s\"",
                            safe(signer->subject_cn).s,
                            signed_json_member(document->kind));
    q->out->root = chain->root;
    return true;
}

/* Reading comes after the signature, whatever it was: a report wants the fields of what
 * is not trusted too. */

static const struct document_kind {
    enum inspected_kind kind;
    const char *what;
} document_kinds[] = {
    [SIGNED_TCB_INFO] = { INSPECTED_TCB_INFO, "TCB info" },
    [SIGNED_ENCLAVE_IDENTITY] = { INSPECTED_ENCLAVE_IDENTITY, "enclave identity" },
    [SIGNED_EVALUATION_NUMBERS] = { INSPECTED_EVALUATION_NUMBERS,
                                    "list of evaluation numbers" },
};

struct dates {
    int64_t from_s, until_s;
};

static bool read_document(struct inquiry *q, struct dates *dates, struct error *err)
{
    struct inspection *out = q->out;
    struct bytes text = out->envelope.signed_text;

    out->kind = document_kinds[out->envelope.kind].kind;
    switch (out->envelope.kind) {
    case SIGNED_TCB_INFO:
        if (!tcb_info_parse(text, q->arena, &out->tcb_info, err))
            return false;
        *dates =
            (struct dates){ out->tcb_info.issue_date_s, out->tcb_info.next_update_s };
        return true;
    case SIGNED_ENCLAVE_IDENTITY:
        if (!qe_identity_parse(text, q->arena, &out->identity, err))
            return false;
        *dates =
            (struct dates){ out->identity.issue_date_s, out->identity.next_update_s };
        return true;
    case SIGNED_EVALUATION_NUMBERS:
    default:
        if (!evaluation_numbers_parse(text, q->arena, &out->numbers, err))
            return false;
        *dates = (struct dates){ out->numbers.issue_date_s, out->numbers.next_update_s };
        return true;
    }
}

static bool inspect_document(struct inquiry *q, struct bytes json, struct error *err)
{
    struct inspection *out = q->out;
    struct chain chain;
    struct dates dates;

    if (!signed_json_parse(json, q->arena, &out->envelope, err))
        return false;
    out->trusted = judge_signature(q, &chain, &out->why);
    if (!read_document(q, &dates, err))
        return error_within(err, "%s", document_kinds[out->envelope.kind].what);
    out->trusted = out->trusted
                   && freshness_check(document_kinds[out->envelope.kind].what,
                                      dates.from_s, dates.until_s, q->now_s, 0, &out->why)
                   && chain_in_date(&chain, q->now_s, 0, &out->why);
    return true;
}

static bool inspect_certificates(struct inquiry *q)
{
    struct inspection *out = q->out;

    out->kind = q->pool.own == 1 ? INSPECTED_CERTIFICATE : INSPECTED_CHAIN;
    out->certificate_count = q->pool.own;
    for (size_t i = 0; i < q->pool.own; i++)
        out->certificates[i] = q->pool.certificates[i];
    out->trusted = judge_certificates(q, &out->why);
    return true;
}

static bool inspect_crl(struct inquiry *q, struct bytes der, struct error *err)
{
    q->out->kind = INSPECTED_CRL;
    if (!crl_parse(der, q->arena, &q->out->crl, err))
        return false;
    q->out->trusted = judge_crl(q, &q->out->why);
    return true;
}

/* The issuer chain's certificates behind the file's own. */
static bool add_issuers(struct inquiry *q, struct bytes chain_text, struct error *err)
{
    struct inspect_file chain;

    if (chain_text.len == 0)
        return true;
    if (!inspect_file_read(chain_text, INSPECT_FILE_MAX, q->arena, &chain, err))
        return false;
    if (chain.ders.count == 0)
        return error_set(err, ERROR_FORMAT, "it holds no certificates");
    return pool_add(&q->pool, &chain.ders, err);
}

bool inspect(struct bytes file, struct bytes chain_text, const struct trust *trust,
             int64_t now_s, struct arena *arena, struct inspection *out,
             struct error *err)
{
    struct inquiry q = { .trust = trust, .now_s = now_s, .arena = arena, .out = out };
    struct inspect_file content;
    struct error chain_error = { 0 };

    *out = (struct inspection){ .trusted = false };
    if (!inspect_file_read(file, INSPECT_FILE_MAX, arena, &content, err)
        || !pool_add(&q.pool, &content.ders, err))
        return false;
    out->encoding = content.encoding;
    q.pool.own = q.pool.count;
    if (!add_issuers(&q, chain_text, &chain_error))
        q.pool.count = q.pool.own;

    if (content.json.len > 0  ? !inspect_document(&q, content.json, err)
        : content.crl.len > 0 ? !inspect_crl(&q, content.crl, err)
                              : !inspect_certificates(&q))
        return false;
    if (chain_error.kind != ERROR_NONE) { /* whatever else: it was given, and is none */
        out->trusted = false;
        out->why = chain_error;
        error_within(&out->why, "issuer chain");
    }
    if (!out->trusted)
        out->root = NULL;
    return true;
}
