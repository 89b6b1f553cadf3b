/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chip_rows.h"

#include <inttypes.h>

#include "kit/crypto.h"
#include "kit/log.h"
#include "kit/text.h"
#include "store/store_rows.h"

/* ---- names --------------------------------------------------------------------------
 */

bool chip_name_of(const struct kds_key *key, struct chip_name *out, struct error *err)
{
    if (key->resource != KDS_CERTIFICATE)
        return error_set(err, ERROR_FORMAT, "%s is the name of no certificate",
                         kds_key_text(key).s);
    out->tcb = tcb_version_hex(key->product, &key->tcb);
    out->values[0] = sql_blob(bytes_of(key->hwid.at, key->hwid.len));
    out->values[1] = sql_text(snp_product_facts(key->product)->name);
    out->values[2] = sql_text(out->tcb.s);
    return true;
}

bool chip_key_read(struct bytes hwid, struct bytes product, struct bytes tcb,
                   struct kds_key *out)
{
    uint64_t value;

    *out = (struct kds_key){ .resource = KDS_CERTIFICATE,
                             .vek = hwid.len == 0 ? VEK_VLEK : VEK_VCEK,
                             .product = snp_product_named(product) };
    return out->product != 0
           && (hwid.len == 0
               || (hwid.len == snp_product_facts(out->product)->hwid_len
                   && snp_hwid_read(out->product, hwid, &out->hwid, NULL)))
           && tcb_version_hex_read(tcb, &value)
           && tcb_version_read(out->product, value, &out->tcb, NULL)
           && bytes_equal_text(tcb, tcb_version_hex(out->product, &out->tcb).s);
}

/* ---- what is under its digest -------------------------------------------------------
 */

static bool copy(struct arena *arena, struct bytes from, struct bytes *out,
                 struct error *err)
{
    *out = arena_copy(arena, from);
    return out->at != NULL
           || error_set(err, ERROR_LIMIT, "the row does not fit into what was lent");
}

/* What is under its digest, and no longer than anything that is ever kept. */
static bool is_as_written(const struct sql_rows *rows, int digest, int body, size_t most)
{
    struct bytes found = sql_row_bytes(rows, body);
    struct sha256 is = sha256(bytes_first(found, most));

    return found.len <= most
           && bytes_equal(sql_row_bytes(rows, digest), bytes_of(is.digest, SHA256_LEN));
}

/* NULL where the issuers are as they were written; else what is the matter. */
static const char *chain_damage(const struct sql_rows *rows, int digest, int body)
{
    struct der_chain chain;

    return is_as_written(rows, digest, body, (size_t)AMD_CHAIN_LEN * X509_CERTIFICATE_MAX)
                   && rows_read_chain(sql_row_bytes(rows, body), &chain, NULL)
                   && chain.count == AMD_CHAIN_LEN
               ? NULL
               : "its issuers are not as they were written";
}

static bool read_chain(const struct sql_rows *rows, int body, struct arena *arena,
                       struct der_chain *out, struct error *err)
{
    struct bytes copied;

    return copy(arena, sql_row_bytes(rows, body), &copied, err)
           && rows_read_chain(copied, out, err);
}

/* ---- chips --------------------------------------------------------------------------
 */

enum { /* CHIP_ROW */
       COLUMN_CHIP,
       COLUMN_HWID,
       COLUMN_PRODUCT,
       COLUMN_TCB,
       COLUMN_STATE,
       COLUMN_REVOCATION_CHECKED,
       COLUMN_KNOWN_BY,
       COLUMN_SOURCE,
       COLUMN_FIRST_SEEN,
       COLUMN_FETCHED,
       COLUMN_LAST_ASKED,
       COLUMN_DUE,
       COLUMN_FAILURES,
       COLUMN_WHY,
       COLUMN_DIGEST,
       COLUMN_DER,
       COLUMN_ISSUER_DIGEST,
       COLUMN_ISSUER_CHAIN,
};

enum { STATE_WAITING = 1, STATE_HELD };

/* Whether the row can be a chip's. */
static bool read_forms(const struct sql_rows *rows, struct chip_row *out)
{
    int64_t state = sql_row_int(rows, COLUMN_STATE);
    int64_t known_by = sql_row_int(rows, COLUMN_KNOWN_BY);

    *out = (struct chip_row){
        .row = sql_row_int(rows, COLUMN_CHIP),
        .revocation_checked = sql_row_int(rows, COLUMN_REVOCATION_CHECKED) == 1,
        .known_by = (enum chip_known_by)known_by,
        .first_seen_s = sql_row_int(rows, COLUMN_FIRST_SEEN),
        .fetched_s = sql_row_int(rows, COLUMN_FETCHED),
        .last_asked_s = sql_row_int(rows, COLUMN_LAST_ASKED),
        .due_s = sql_row_int(rows, COLUMN_DUE),
        .failures = (uint32_t)sql_row_int(rows, COLUMN_FAILURES),
    };
    return chip_key_read(sql_row_bytes(rows, COLUMN_HWID),
                         sql_row_bytes(rows, COLUMN_PRODUCT),
                         sql_row_bytes(rows, COLUMN_TCB), &out->key)
           && (state == STATE_WAITING || state == STATE_HELD)
           && known_by >= CHIP_BY_ASKING && known_by <= CHIP_BY_OPERATOR
           && sql_row_text(rows, COLUMN_SOURCE, out->source, sizeof out->source)
           && sql_row_text(rows, COLUMN_WHY, out->why, sizeof out->why);
}

static const char *certificate_damage(const struct sql_rows *rows)
{
    return is_as_written(rows, COLUMN_DIGEST, COLUMN_DER, X509_CERTIFICATE_MAX)
               ? chain_damage(rows, COLUMN_ISSUER_DIGEST, COLUMN_ISSUER_CHAIN)
               : "it is not as it was written";
}

static bool read_certificate(const struct sql_rows *rows, struct arena *arena,
                             struct chip_row *out, struct error *err)
{
    const char *why = certificate_damage(rows);

    if (why != NULL) {
        log_event(LOG_ERROR, "store",
                  "left out certificate of chip=%" PRId64 " why=\"%s\"", out->row, why);
        out->revocation_checked = false;
        return true;
    }
    /* of the right length, or the digest would be another */
    return sql_row_copy(rows, COLUMN_DIGEST, out->digest, sizeof out->digest)
           && copy(arena, sql_row_bytes(rows, COLUMN_DER), &out->der, err)
           && read_chain(rows, COLUMN_ISSUER_CHAIN, arena, &out->issuer_chain, err);
}

bool chip_row_read(const struct sql_rows *rows, struct arena *arena, struct chip_row *out,
                   bool *is_chip, struct error *err)
{
    *is_chip = read_forms(rows, out);
    if (!*is_chip)
        log_event(LOG_ERROR, "store", "left out chip=%" PRId64 " why=\"damaged\"",
                  out->row);
    return !*is_chip || sql_row_int(rows, COLUMN_STATE) == STATE_WAITING
           || read_certificate(rows, arena, out, err);
}

/* ---- chains and CRLs ----------------------------------------------------------------
 */

enum { /* AMD_LIST_ROW */
       LIST_KEY,
       LIST_SOURCE,
       LIST_FETCHED,
       LIST_CONFIRMED,
       LIST_DIGEST,
       LIST_CRL,
       LIST_ISSUER_DIGEST,
       LIST_ISSUER_CHAIN,
};

static const char *list_damage(const struct sql_rows *rows, struct amd_list_row *out)
{
    bool has_crl = !sql_row_is_null(rows, LIST_CRL);

    *out = (struct amd_list_row){
        .fetched_s = sql_row_int(rows, LIST_FETCHED),
        .confirmed_s = sql_row_int(rows, LIST_CONFIRMED),
    };
    if (!kds_key_read(sql_row_bytes(rows, LIST_KEY), &out->key)
        || out->key.resource != (has_crl ? KDS_CRL : KDS_CHAIN)
        || !sql_row_text(rows, LIST_SOURCE, out->source, sizeof out->source))
        return "damaged";
    if (has_crl && !is_as_written(rows, LIST_DIGEST, LIST_CRL, CRL_MAX))
        return "it is not as it was written";
    return chain_damage(rows, LIST_ISSUER_DIGEST, LIST_ISSUER_CHAIN);
}

bool amd_list_row_read(const struct sql_rows *rows, struct arena *arena,
                       struct amd_list_row *out, bool *is_list, struct error *err)
{
    const char *why = list_damage(rows, out);

    *is_list = why == NULL;
    if (why != NULL) {
        log_event(LOG_ERROR, "store", "left out key=%s why=\"%s\"",
                  safe(sql_row_bytes(rows, LIST_KEY)).s, why);
        return true;
    }
    return (out->key.resource == KDS_CHAIN
            || copy(arena, sql_row_bytes(rows, LIST_CRL), &out->crl, err))
           && read_chain(rows, LIST_ISSUER_CHAIN, arena, &out->chain, err);
}

/* ---- writing ------------------------------------------------------------------------
 */

bool amd_issuer_write(struct sql_kept *kept, const struct amd_issuer_facts *issuer,
                      int64_t *row, struct error *err)
{
    struct sql_value digest = sql_blob(bytes_of(issuer->digest, sizeof issuer->digest));
    struct buf chain;

    rows_write_chain(&chain, &issuer->ders);
    bool well =
        chain.failed
            ? error_set(err, ERROR_LIMIT, "chain is too long to keep")
            : sql_kept_run(kept,
                           "INSERT INTO amd_issuer (digest, chain) VALUES (?, ?) ON "
                           "CONFLICT (digest) DO UPDATE SET chain = excluded.chain WHERE "
                           "chain != excluded.chain",
                           SQL_VALUES(digest, sql_blob(buf_bytes(&chain))), err);
    buf_fini(&chain);
    *row = 0;
    return well
           && sql_kept_number(kept, "SELECT issuer FROM amd_issuer WHERE digest = ?",
                              &digest, 1, row, err);
}

bool amd_root_check(bool is_marked, enum root_origin origin, struct error *err)
{
    return origin != ROOT_TEST || is_marked
           || error_set(err, ERROR_UNTRUSTED,
                        "a test root vouches for it, and this store is not marked as one "
                        "of test roots");
}
