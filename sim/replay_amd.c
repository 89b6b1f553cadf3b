/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/replay_amd.h"

#include <dirent.h>
#include <limits.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <time.h>

#include "kit/file.h"
#include "kit/text.h"
#include "sim/amd_product.h"

DEFINE_OWNED(X509 *, X509_free)
DEFINE_OWNED(ASN1_OBJECT *, ASN1_OBJECT_free)
DEFINE_OWNED(ASN1_INTEGER *, ASN1_INTEGER_free)

#define FILE_MAX ((size_t)1 << 20)

static const char *const folders[WORLD_PRODUCTS] = { "milan", "genoa", "turin" };

/* ---- certificates ------------------------------------------------------------------ */

/* The content of an extension below 1.3.6.1.4.1.3704.1; empty where there is none. */
static struct bytes extension(X509 *certificate, const char *below)
{
    char oid[64];

    snprintf(oid, sizeof oid, "1.3.6.1.4.1.3704.1.%s", below);
    OWNED(ASN1_OBJECT_free) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    int place = object == NULL ? -1 : X509_get_ext_by_OBJ(certificate, object, -1);
    if (place < 0)
        return bytes_of("", 0);
    const ASN1_OCTET_STRING *value =
        X509_EXTENSION_get_data(X509_get_ext(certificate, place));
    return bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
}

static bool read_spl(X509 *certificate, const struct amd_spl *spl, uint8_t *out)
{
    char below[8];

    snprintf(below, sizeof below, "3.%u", spl->oid);
    struct bytes value = extension(certificate, below);
    const uint8_t *at = value.at;
    OWNED(ASN1_INTEGER_free)
    ASN1_INTEGER *number = d2i_ASN1_INTEGER(NULL, &at, (long)value.len);
    long spl_value = number == NULL ? -1 : ASN1_INTEGER_get(number);
    *out = (uint8_t)spl_value;
    return spl_value >= 0 && spl_value <= UINT8_MAX;
}

/* For some weeks of August 2023 the chip id was wrapped in an OCTET STRING. */
static bool read_chip_id(X509 *certificate, size_t len, uint8_t out[CHIP_ID_LEN])
{
    struct bytes value = extension(certificate, "4");

    if (value.len == len + 2 && value.at[0] == V_ASN1_OCTET_STRING && value.at[1] == len)
        value = bytes_after(value, 2);
    if (value.len != len)
        return false;
    memcpy(out, value.at, len);
    return true;
}

/* False where it is no VCEK of the product: an authority, a VLEK, or no certificate. */
static bool read_vcek(struct bytes der, struct replay_vcek *out)
{
    const struct amd_product *product = amd_product(out->product);
    const uint8_t *at = der.at;
    OWNED(X509_free) X509 *certificate = d2i_X509(NULL, &at, (long)der.len);
    struct tm civil = { .tm_year = 0 };

    if (certificate == NULL || !read_chip_id(certificate, product->hwid_len, out->chip_id)
        || ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &civil) != 1)
        return false;
    for (size_t i = 0; i < AMD_SPLS; i++)
        if (product->spls[i].parameter != NULL
            && !read_spl(certificate, &product->spls[i],
                         &out->tcb_version[product->spls[i].byte]))
            return false;
    out->from_s = (int64_t)timegm(&civil);
    out->der = der;
    return true;
}

/* ---- files --------------------------------------------------------------------------
 */

static bool read_whole(struct replay_amd *amd, const char *path, struct bytes *out,
                       struct error *err)
{
    struct buf content;

    buf_init(&content, FILE_MAX);
    bool read = file_read(path, &content, err);
    if (read) {
        *out = arena_copy(&amd->arena, buf_bytes(&content));
        if (out->at == NULL)
            read = error_set(err, ERROR_LIMIT, "captured files are over %zu bytes",
                             REPLAY_AMD_BYTES_MAX);
    }
    buf_fini(&content);
    return read;
}

static bool take_file(struct replay_amd *amd, const char *path,
                      enum world_product product, struct error *err)
{
    struct replay_vcek taken = { .product = product };
    struct bytes der;

    if (!read_whole(amd, path, &der, err))
        return false;
    if (!read_vcek(der, &taken))
        return true;
    if (amd->vcek_count == REPLAY_VCEKS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d captured VCEKs",
                         REPLAY_VCEKS_MAX);
    amd->vceks[amd->vcek_count++] = taken;
    return true;
}

/* The folder's files and, once, its folders'; a folder that is not there is empty. */
static bool take_folder(struct replay_amd *amd, const char *directory,
                        enum world_product product, bool goes_down, struct error *err)
{
    DIR *listing = opendir(directory);
    bool taken = true;

    while (listing != NULL && taken) {
        const struct dirent *entry = readdir(listing);
        char path[PATH_MAX];
        if (entry == NULL)
            break;
        size_t len = strlen(entry->d_name);
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (len > 4 && strcmp(entry->d_name + len - 4, ".der") == 0)
            taken = take_file(amd, path, product, err);
        else if (goes_down && entry->d_name[0] != '.')
            taken = take_folder(amd, path, product, false, err);
    }
    if (listing != NULL)
        closedir(listing);
    return taken;
}

static bool take_chain(struct replay_amd *amd, const char *directory,
                       enum world_product product, bool is_vlek, struct error *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/amd/%s/cert_chain_%s.pem", directory,
             folders[product], is_vlek ? "vlek" : "vcek");
    if (read_whole(amd, path, &amd->chains[product][is_vlek ? 1 : 0], err))
        return true;
    return err->kind == ERROR_NOT_FOUND;
}

bool replay_amd_read(const char *directory, struct replay_amd *out, struct error *err)
{
    char path[PATH_MAX];

    *out = (struct replay_amd){ .vcek_count = 0 };
    arena_init(&out->arena, REPLAY_AMD_BYTES_MAX);
    out->vceks = arena_alloc(&out->arena, REPLAY_VCEKS_MAX, sizeof *out->vceks);
    bool read = out->vceks != NULL
                || error_set(err, ERROR_SYSTEM, "no memory for captured files");
    for (int i = 0; read && i < WORLD_PRODUCTS; i++) {
        enum world_product product = (enum world_product)i;
        snprintf(path, sizeof path, "%s/amd/%s", directory, folders[i]);
        read = take_chain(out, directory, product, false, err)
               && take_chain(out, directory, product, true, err)
               && take_folder(out, path, product, true, err);
    }
    if (!read)
        replay_amd_fini(out);
    return read;
}

void replay_amd_fini(struct replay_amd *amd)
{
    arena_fini(&amd->arena);
    *amd = (struct replay_amd){ .vcek_count = 0 };
}

/* ---- answers --------------------------------------------------------------------------
 */

static bool fits(const struct replay_vcek *vcek, const struct world_question *question)
{
    bool is_chip = memcmp(vcek->chip_id, question->chip_id, CHIP_ID_LEN) == 0;

    if (vcek->product != question->product || vcek->from_s > question->now_s)
        return false;
    if (question->bend == WORLD_OTHER_FMSPC)
        return !is_chip;
    return is_chip
           && memcmp(vcek->tcb_version, question->tcb_version, TCB_VERSION_LEN) == 0;
}

/* The newest that fits and was issued before; NULL where none was captured. */
static const struct replay_vcek *newest(const struct replay_amd *amd,
                                        const struct world_question *question,
                                        int64_t before_s)
{
    const struct replay_vcek *found = NULL;

    for (size_t i = 0; i < amd->vcek_count; i++) {
        const struct replay_vcek *vcek = &amd->vceks[i];
        if (fits(vcek, question) && vcek->from_s < before_s
            && (found == NULL || vcek->from_s > found->from_s))
            found = vcek;
    }
    return found;
}

static struct bytes document(const struct replay_amd *amd,
                             const struct world_question *question)
{
    const struct replay_vcek *vcek;

    if (question->kind == WORLD_AMD_CHAIN)
        return amd->chains[question->product][question->is_vlek ? 1 : 0];
    if (question->kind != WORLD_VCEK)
        return bytes_of("", 0);
    vcek = newest(amd, question, INT64_MAX);
    if (vcek != NULL && question->bend == WORLD_OLDER)
        vcek = newest(amd, question, vcek->from_s);
    return vcek == NULL ? bytes_of("", 0) : vcek->der;
}

bool replay_amd_answer(const struct replay_amd *amd,
                       const struct world_question *question, struct world_answer *out)
{
    bool is_nobodys = question->bend == WORLD_EXPIRED || question->bend == WORLD_FUTURE
                      || question->bend == WORLD_IMPOSTOR;
    struct bytes found = is_nobodys ? bytes_of("", 0) : document(amd, question);

    if (found.len == 0)
        return world_refuse(out, 404, "nothing was captured by this date");
    out->status = 200;
    buf_add(&out->body, found);
    return true;
}

bool replay_amd_ark(const struct replay_amd *amd, enum world_product product,
                    struct buf *out, struct error *err)
{
    static const char mark[] = "-----BEGIN CERTIFICATE-----";
    struct bytes chain = amd->chains[product][0];
    size_t ask = bytes_find(chain, bytes_of_text(mark));
    struct bytes rest = bytes_after(chain, ask + sizeof mark);
    struct bytes ark = bytes_after(rest, bytes_find(rest, bytes_of_text(mark)));

    if (ark.len == 0)
        return error_set(err, ERROR_NOT_FOUND, "no captured chain of %s",
                         amd_product(product)->name);
    buf_add(out, ark);
    return !out->failed || error_set(err, ERROR_LIMIT, "no room for a certificate");
}
