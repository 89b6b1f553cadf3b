/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_certificate.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TLS_CHAIN_MAX 8

struct tls_certificate {
    atomic_uint refs;
    gnutls_pcert_st chain[TLS_CHAIN_MAX];
    unsigned chain_len;
    gnutls_privkey_t key;
};

static gnutls_datum_t datum_of(const char *text)
{
    return (gnutls_datum_t){ .data = (unsigned char *)(uintptr_t)text,
                             .size = (unsigned)strlen(text) };
}

static bool refused(struct error *err, const char *what, int code)
{
    return error_set(err, ERROR_FORMAT, "%s: %s", what, gnutls_strerror(code));
}

static bool is_key_of_leaf(struct tls_certificate *set, struct error *err)
{
    unsigned char of_leaf[32], of_key[32];
    size_t leaf_len = sizeof of_leaf, key_len = sizeof of_key;
    gnutls_pubkey_t public_key;

    int code = gnutls_pubkey_init(&public_key);
    if (code < 0)
        return error_set(err, ERROR_SYSTEM, "%s", gnutls_strerror(code));
    code = gnutls_pubkey_import_privkey(public_key, set->key, 0, 0);
    if (code >= 0)
        code = gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256, of_key,
                                        &key_len);
    if (code >= 0)
        code = gnutls_pubkey_get_key_id(set->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256,
                                        of_leaf, &leaf_len);
    gnutls_pubkey_deinit(public_key);
    if (code < 0)
        return refused(err, "compare key and certificate", code);
    if (leaf_len != key_len || memcmp(of_leaf, of_key, key_len) != 0)
        return error_set(err, ERROR_FORMAT, "the key is not the certificate's");
    return true;
}

static bool fill(struct tls_certificate *set, const char *certificate_pem,
                 const char *key_pem, struct error *err)
{
    gnutls_datum_t certificate = datum_of(certificate_pem), key = datum_of(key_pem);
    unsigned count = TLS_CHAIN_MAX;

    int code = gnutls_pcert_list_import_x509_raw(
        set->chain, &count, &certificate, GNUTLS_X509_FMT_PEM,
        GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
    if (code < 0)
        return refused(err, "TLS certificate", code);
    set->chain_len = count;
    code = gnutls_privkey_init(&set->key);
    if (code >= 0)
        code =
            gnutls_privkey_import_x509_raw(set->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code < 0)
        return refused(err, "TLS key", code);
    return is_key_of_leaf(set, err);
}

bool tls_certificate_load(const char *certificate_pem, const char *key_pem,
                          struct tls_certificate **out, struct error *err)
{
    OWNED(tls_certificate_release) struct tls_certificate *set = calloc(1, sizeof *set);

    if (set == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a certificate");
    atomic_init(&set->refs, 1);
    if (!fill(set, certificate_pem, key_pem, err))
        return false;
    *out = TAKE(set);
    return true;
}

struct tls_certificate *tls_certificate_hold(struct tls_certificate *set)
{
    atomic_fetch_add(&set->refs, 1);
    return set;
}

void tls_certificate_release(struct tls_certificate *set)
{
    if (set == NULL || atomic_fetch_sub(&set->refs, 1) != 1)
        return;
    for (unsigned i = 0; i < set->chain_len; i++)
        gnutls_pcert_deinit(&set->chain[i]);
    if (set->key != NULL)
        gnutls_privkey_deinit(set->key);
    free(set);
}

void tls_certificate_show(struct tls_certificate *set, gnutls_pcert_st **chain,
                          unsigned *chain_len, gnutls_privkey_t *key)
{
    *chain = set->chain;
    *chain_len = set->chain_len;
    *key = set->key;
}
