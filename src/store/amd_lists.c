/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's chains and CRLs as the store thread writes them: of each chain and of each
 * product's CRL one row, under its key. */
#include "kit/crypto.h"
#include "store/chip_rows.h"
#include "store/store_parts.h"

struct list_change {
    struct kds_key key;
    int64_t issuer;   /* a row of amd_issuer */
    struct bytes crl; /* empty: a chain */
    const uint8_t *digest;
    const char *source;
    int64_t now_s;
};

/* What says the same again only confirms. */
static bool write_list(struct sql_kept *kept, const struct list_change *change,
                       struct error *err)
{
    struct kds_key_text key = kds_key_text(&change->key);
    bool has_crl = change->crl.len > 0;

    return sql_kept_run(
        kept,
        "INSERT INTO amd_list (key, issuer, digest, crl, source, fetched_s, confirmed_s) "
        "VALUES (?, ?, ?, ?, ?, ?6, ?6) ON CONFLICT (key) DO UPDATE SET fetched_s = CASE "
        "WHEN issuer = excluded.issuer AND crl IS excluded.crl AND digest IS "
        "excluded.digest THEN fetched_s ELSE excluded.fetched_s END, issuer = "
        "excluded.issuer, digest = excluded.digest, crl = excluded.crl, source = "
        "excluded.source, confirmed_s = excluded.confirmed_s",
        SQL_VALUES(sql_text(key.s), sql_int(change->issuer),
                   has_crl ? sql_blob(bytes_of(change->digest, SHA256_LEN)) : sql_null(),
                   has_crl ? sql_blob(change->crl) : sql_null(), sql_text(change->source),
                   sql_int(change->now_s)),
        err);
}

static bool check(const struct store *store, const struct amd_issuer_facts *issuer,
                  const char *source, struct error *err)
{
    if (strlen(source) >= PLATFORM_NAME_MAX)
        return error_set(err, ERROR_LIMIT, "source is longer than %d",
                         PLATFORM_NAME_MAX - 1);
    return amd_root_check(store->marked, issuer->root_origin, err);
}

static bool keep(struct store *store, const struct amd_issuer_facts *issuer,
                 struct list_change *change, struct error *err)
{
    if (!write_begin(store, err))
        return false;
    bool well = amd_issuer_write(&store->kept, issuer, &change->issuer, err)
                && write_list(&store->kept, change, err) && write_end(store, err);
    if (!well)
        write_undo(store);
    return well;
}

static bool within(struct error *err, const struct kds_key *key)
{
    return error_within(err, "%s", kds_key_text(key).s);
}

bool store_keep_amd_issuer(struct store *store, const struct verified_amd_issuer *issuer,
                           const char *source, int64_t now_s, struct error *err)
{
    const struct amd_issuer_facts *facts = amd_issuer_facts(issuer);
    struct list_change change = {
        .key = { .resource = KDS_CHAIN, .vek = facts->vek, .product = facts->product },
        .source = source,
        .now_s = now_s,
    };

    return (check(store, facts, source, err) && keep(store, facts, &change, err))
           || within(err, &change.key);
}

/* ---- CRLs ---------------------------------------------------------------------------
 */

/* The list that is kept, as far as this issuer's ARK vouches for it: one that is damaged,
 * or of a key that is no longer believed, is none. */
static bool read_kept(struct sql_kept *kept, const struct kds_key *key,
                      const struct verified_amd_issuer *issuer,
                      struct verified_amd_crl **out, struct error *err)
{
    struct kds_key_text text = kds_key_text(key);
    struct sql_rows rows =
        sql_kept_ask(kept, "SELECT crl FROM amd_list WHERE key = ? AND crl IS NOT NULL",
                     SQL_VALUES(sql_text(text.s)));
    struct error why = { 0 };

    *out = NULL;
    bool well = !sql_next(&rows)
                || verify_kept_amd_crl(sql_row_bytes(&rows, 0), issuer, out, &why)
                || why.kind != ERROR_SYSTEM || error_set(err, why.kind, "%s", why.text);
    return sql_end(&rows, well ? err : NULL) && well;
}

static bool may_replace(struct store *store, const struct verified_amd_crl *crl,
                        const struct verified_amd_issuer *issuer,
                        const struct kds_key *key, struct error *err)
{
    OWNED(amd_crl_release) struct verified_amd_crl *kept = NULL;

    return read_kept(&store->kept, key, issuer, &kept, err)
           && (kept == NULL || amd_crl_may_replace(crl, kept, err));
}

bool store_keep_amd_crl(struct store *store, const struct verified_amd_crl *crl,
                        const struct verified_amd_issuer *issuer, const char *source,
                        int64_t now_s, struct error *err)
{
    const struct amd_crl_facts *facts = amd_crl_facts(crl);
    const struct amd_issuer_facts *by = amd_issuer_facts(issuer);
    struct list_change change = {
        /* the ARK's, whichever of its issuers it came with */
        .key = { .resource = KDS_CRL, .vek = VEK_VCEK, .product = facts->product },
        .crl = facts->der,
        .digest = facts->digest,
        .source = source,
        .now_s = now_s,
    };

    if (memcmp(facts->root_spki_sha256, by->root_spki_sha256, SHA256_LEN) != 0) {
        error_set(err, ERROR_UNTRUSTED, "is not by the ARK of the chain beside it");
        return within(err, &change.key);
    }
    return (check(store, by, source, err)
            && may_replace(store, crl, issuer, &change.key, err)
            && keep(store, by, &change, err))
           || within(err, &change.key);
}
