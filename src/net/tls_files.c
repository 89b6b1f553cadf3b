/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_files.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#include "kit/clock.h"
#include "kit/crypto.h"
#include "kit/text.h"
#include "net/tls_certificate.h"

#define PEM_MAX 65536
#define NAME_MAX_LEN 253 /* RFC 1035, 2.3.4, without the root's dot */
#define LABEL_MAX_LEN 63
#define COMMON_NAME_MAX 64 /* RFC 5280, appendix A: ub-common-name */
#define NAMES_MAX 64
#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)
#define CA_S (3652 * (int64_t)DAY_S)
#define SERVER_S (397 * (int64_t)DAY_S)
#define SERIAL_LEN 16

void tls_files_fini(struct tls_files *files)
{
    struct buf *secrets[] = { &files->ca_key, &files->key };

    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        if (secrets[i]->at != NULL)
            explicit_bzero(secrets[i]->at, secrets[i]->len);
    buf_fini(&files->ca_certificate);
    buf_fini(&files->ca_key);
    buf_fini(&files->certificate);
    buf_fini(&files->key);
}

static bool failed(const char *doing, int code, struct error *err)
{
    return error_set(err, ERROR_SYSTEM, "%s: %s", doing, gnutls_strerror(code));
}

/* ---- names ---------------------------------------------------------------------- */

struct name {
    gnutls_x509_subject_alt_name_t kind;
    uint8_t bytes[NAME_MAX_LEN];
    unsigned len;
};

static bool is_label(struct bytes label)
{
    if (label.len == 0 || label.len > LABEL_MAX_LEN || label.at[0] == '-'
        || label.at[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || c == '-'))
            return false;
    }
    return true;
}

/* RFC 5280, 4.2.1.6: preferred name syntax. No wildcards: what they cover is not seen. */
static bool is_dns_name(struct bytes name)
{
    if (name.len > NAME_MAX_LEN)
        return false;
    for (;;) {
        size_t dot = bytes_find(name, bytes_of_text("."));
        if (!is_label(bytes_first(name, dot)))
            return false;
        if (dot == name.len)
            return true;
        name = bytes_after(name, dot + 1);
    }
}

static bool name_read(const char *text, struct name *out, struct error *err)
{
    struct bytes in = bytes_of_text(text);

    *out = (struct name){ .kind = GNUTLS_SAN_IPADDRESS };
    if (inet_pton(AF_INET, text, out->bytes) == 1) {
        out->len = 4;
        return true;
    }
    if (inet_pton(AF_INET6, text, out->bytes) == 1) {
        out->len = 16;
        return true;
    }
    if (!is_dns_name(in))
        return error_set(err, ERROR_FORMAT,
                         "\"%s\" is neither a DNS name nor a numeric address",
                         safe(in).s);
    out->kind = GNUTLS_SAN_DNSNAME;
    out->len = (unsigned)in.len;
    memcpy(out->bytes, in.at, in.len);
    return true;
}

struct names {
    struct name list[NAMES_MAX + 3];
    size_t count;
    char common[COMMON_NAME_MAX + 1]; /* the first that fits */
};

static bool name_is_there(const struct names *names, const struct name *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->list[i].kind == name->kind
            && text_equal_nocase(bytes_of(names->list[i].bytes, names->list[i].len),
                                 bytes_of(name->bytes, name->len)))
            return true;
    return false;
}

static bool names_add(struct names *names, const char *text, struct error *err)
{
    struct name *name = &names->list[names->count];

    if (!name_read(text, name, err))
        return false;
    if (names->common[0] == 0 && strlen(text) <= COMMON_NAME_MAX)
        snprintf(names->common, sizeof names->common, "%s", text);
    if (!name_is_there(names, name))
        names->count++;
    return true;
}

static bool names_read(const char *const *given, size_t count, struct names *out,
                       struct error *err)
{
    static const char *const always[] = { "localhost", "127.0.0.1", "::1" };

    *out = (struct names){ 0 };
    if (count > NAMES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d names", NAMES_MAX);
    for (size_t i = 0; i < count; i++)
        if (!names_add(out, given[i], err))
            return false;
    for (size_t i = 0; i < COUNT_OF(always); i++)
        if (!names_add(out, always[i], err))
            return false;
    return true;
}

/* ---- pairs of certificate and key ----------------------------------------------- */

struct pair {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
};

static void pair_fini(struct pair *pair)
{
    if (pair->certificate != NULL)
        gnutls_x509_crt_deinit(pair->certificate);
    if (pair->key != NULL)
        gnutls_x509_privkey_deinit(pair->key);
}

static int pair_init(struct pair *pair)
{
    int code = gnutls_x509_crt_init(&pair->certificate);

    return code < 0 ? code : gnutls_x509_privkey_init(&pair->key);
}

static int set_serial(gnutls_x509_crt_t certificate)
{
    uint8_t serial[SERIAL_LEN];

    random_fill(serial, sizeof serial);
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, and never short */
    return gnutls_x509_crt_set_serial(certificate, serial, sizeof serial);
}

/* What both certificates have. An hour is given for clocks that are behind ours. */
static int begin(struct pair *pair, const char *distinguished_name, int64_t until_s)
{
    uint8_t id[64];
    size_t id_len = sizeof id;
    const char *bad;
    gnutls_x509_crt_t certificate = pair->certificate;
    int code;

    if ((code = gnutls_x509_privkey_generate(
             pair->key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
             0))
            < 0
        || (code = gnutls_x509_crt_set_version(certificate, 3)) < 0
        || (code = set_serial(certificate)) < 0
        || (code = gnutls_x509_crt_set_key(certificate, pair->key)) < 0
        || (code = gnutls_x509_crt_set_dn(certificate, distinguished_name, &bad)) < 0
        || (code = gnutls_x509_crt_set_activation_time(
                certificate, (time_t)(clock_real_wall_s() - HOUR_S)))
               < 0
        || (code = gnutls_x509_crt_set_expiration_time(certificate, (time_t)until_s)) < 0
        || (code = gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA1, id,
                                              &id_len))
               < 0)
        return code;
    return gnutls_x509_crt_set_subject_key_id(certificate, id, id_len);
}

static int sign_by(struct pair *pair, const struct pair *ca)
{
    uint8_t id[64];
    size_t id_len = sizeof id;
    int code;

    if ((code = gnutls_x509_crt_get_subject_key_id(ca->certificate, id, &id_len, NULL))
            < 0
        || (code = gnutls_x509_crt_set_authority_key_id(pair->certificate, id, id_len))
               < 0)
        return code;
    return gnutls_x509_crt_sign2(pair->certificate, ca->certificate, ca->key,
                                 GNUTLS_DIG_SHA256, 0);
}

static bool make_ca(struct pair *ca, struct error *err)
{
    uint8_t mark[4];
    char name[192];
    int code;

    random_fill(mark, sizeof mark); /* two CAs of one machine are told apart */
    snprintf(name, sizeof name, "CN=THIM private CA %s", hex(mark, sizeof mark).s);
    if ((code = pair_init(ca)) < 0
        || (code = begin(ca, name, clock_real_wall_s() + CA_S)) < 0
        || (code = gnutls_x509_crt_set_basic_constraints(ca->certificate, 1, 0)) < 0
        || (code = gnutls_x509_crt_set_key_usage(
                ca->certificate, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN))
               < 0
        || (code = sign_by(ca, ca)) < 0)
        return failed("make a private CA", code, err);
    return true;
}

static int set_names(gnutls_x509_crt_t certificate, const struct names *names)
{
    int code = 0;

    for (size_t i = 0; i < names->count && code >= 0; i++)
        code = gnutls_x509_crt_set_subject_alt_name(
            certificate, names->list[i].kind, names->list[i].bytes, names->list[i].len,
            GNUTLS_FSAN_APPEND);
    return code;
}

static bool make_server(struct pair *server, const struct pair *ca,
                        const struct names *names, struct error *err)
{
    char name[COMMON_NAME_MAX + 8];
    int64_t until_s = clock_real_wall_s() + SERVER_S;
    int64_t ca_until_s = (int64_t)gnutls_x509_crt_get_expiration_time(ca->certificate);
    int code;

    snprintf(name, sizeof name, "CN=%s", names->common);
    if ((code = pair_init(server)) < 0
        || (code = begin(server, name, until_s < ca_until_s ? until_s : ca_until_s)) < 0
        || (code = gnutls_x509_crt_set_basic_constraints(server->certificate, 0, -1)) < 0
        || (code = gnutls_x509_crt_set_key_usage(server->certificate,
                                                 GNUTLS_KEY_DIGITAL_SIGNATURE))
               < 0
        || (code = gnutls_x509_crt_set_key_purpose_oid(server->certificate,
                                                       GNUTLS_KP_TLS_WWW_SERVER, 0))
               < 0
        || (code = set_names(server->certificate, names)) < 0
        || (code = sign_by(server, ca)) < 0)
        return failed("make a server certificate", code, err);
    return true;
}

/* ---- PEM ------------------------------------------------------------------------ */

static bool add_certificate(struct buf *out, const struct pair *pair, struct error *err)
{
    gnutls_datum_t pem = { 0 };

    int code = gnutls_x509_crt_export2(pair->certificate, GNUTLS_X509_FMT_PEM, &pem);
    if (code < 0)
        return failed("write a certificate", code, err);
    buf_add(out, bytes_of(pem.data, pem.size));
    gnutls_free(pem.data);
    return !out->failed || error_set(err, ERROR_SYSTEM, "no memory for a certificate");
}

static bool add_key(struct buf *out, const struct pair *pair, struct error *err)
{
    gnutls_datum_t pem = { 0 };

    int code = gnutls_x509_privkey_export2_pkcs8(pair->key, GNUTLS_X509_FMT_PEM, NULL,
                                                 GNUTLS_PKCS_PLAIN, &pem);
    if (code < 0)
        return failed("write a key", code, err);
    buf_add(out, bytes_of(pem.data, pem.size));
    gnutls_memset(pem.data, 0, pem.size);
    gnutls_free(pem.data);
    return !out->failed || error_set(err, ERROR_SYSTEM, "no memory for a key");
}

/* Read again as the server will read it. */
static bool is_usable(const struct tls_files *files, struct error *err)
{
    OWNED(tls_certificate_release) struct tls_certificate *read = NULL;

    return tls_certificate_load(buf_text(&files->certificate), buf_text(&files->key),
                                &read, err);
}

static bool make_under(const struct pair *ca, const struct names *names,
                       struct tls_files *out, struct error *err)
{
    __attribute__((cleanup(pair_fini))) struct pair server = { 0 };

    return make_server(&server, ca, names, err)
           && add_certificate(&out->ca_certificate, ca, err)
           && add_certificate(&out->certificate, &server, err)
           && add_certificate(&out->certificate, ca, err)
           && add_key(&out->key, &server, err) && is_usable(out, err);
}

static void files_init(struct tls_files *files)
{
    buf_init(&files->ca_certificate, PEM_MAX);
    buf_init(&files->ca_key, PEM_MAX);
    buf_init(&files->certificate, PEM_MAX);
    buf_init(&files->key, PEM_MAX);
}

bool tls_files_make(const char *const *names, size_t name_count, struct tls_files *out,
                    struct error *err)
{
    __attribute__((cleanup(pair_fini))) struct pair ca = { 0 };
    struct names read;

    files_init(out);
    return names_read(names, name_count, &read, err) && make_ca(&ca, err)
           && make_under(&ca, &read, out, err) && add_key(&out->ca_key, &ca, err);
}

/* ---- an existing CA ------------------------------------------------------------- */

static gnutls_datum_t datum_of(struct bytes b)
{
    return (gnutls_datum_t){ .data = (unsigned char *)(uintptr_t)b.at,
                             .size = (unsigned)b.len };
}

static bool is_key_of(const struct pair *pair)
{
    uint8_t of_certificate[32], of_key[32];
    size_t certificate_len = sizeof of_certificate, key_len = sizeof of_key;

    return gnutls_x509_crt_get_key_id(pair->certificate, GNUTLS_KEYID_USE_SHA256,
                                      of_certificate, &certificate_len)
               >= 0
           && gnutls_x509_privkey_get_key_id(pair->key, GNUTLS_KEYID_USE_SHA256, of_key,
                                             &key_len)
                  >= 0
           && bytes_equal(bytes_of(of_certificate, certificate_len),
                          bytes_of(of_key, key_len));
}

static bool read_ca(struct bytes certificate_pem, struct bytes key_pem, struct pair *out,
                    struct error *err)
{
    gnutls_datum_t certificate = datum_of(certificate_pem), key = datum_of(key_pem);
    unsigned is_critical;

    if (certificate_pem.len > PEM_MAX || key_pem.len > PEM_MAX)
        return error_set(err, ERROR_LIMIT, "the CA's files exceed %d bytes", PEM_MAX);
    int code = pair_init(out);
    if (code < 0)
        return failed("read the CA", code, err);
    code = gnutls_x509_crt_import(out->certificate, &certificate, GNUTLS_X509_FMT_PEM);
    if (code < 0)
        return error_set(err, ERROR_FORMAT, "the CA's certificate: %s",
                         gnutls_strerror(code));
    code = gnutls_x509_privkey_import2(out->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code < 0)
        return error_set(err, ERROR_FORMAT, "the CA's key: %s", gnutls_strerror(code));
    if (gnutls_x509_crt_get_ca_status(out->certificate, &is_critical) != 1)
        return error_set(err, ERROR_FORMAT, "the CA's certificate is none of a CA");
    if (!is_key_of(out))
        return error_set(err, ERROR_FORMAT, "the CA's key is not its certificate's");
    int64_t until_s = (int64_t)gnutls_x509_crt_get_expiration_time(out->certificate);
    if (until_s <= clock_real_wall_s())
        return error_set(err, ERROR_STALE, "the CA's certificate ended %s",
                         utc(until_s).s);
    return true;
}

bool tls_files_renew(struct bytes ca_certificate_pem, struct bytes ca_key_pem,
                     const char *const *names, size_t name_count, struct tls_files *out,
                     struct error *err)
{
    __attribute__((cleanup(pair_fini))) struct pair ca = { 0 };
    struct names read;

    files_init(out);
    return names_read(names, name_count, &read, err)
           && read_ca(ca_certificate_pem, ca_key_pem, &ca, err)
           && make_under(&ca, &read, out, err);
}
