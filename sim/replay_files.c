/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/replay_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kit/file.h"
#include "kit/text.h"

DEFINE_OWNED(json_t *, json_decref)
DEFINE_OWNED(X509 *, X509_free)
DEFINE_OWNED(X509_CRL *, X509_CRL_free)

static void close_listing(DIR *listing)
{
    if (listing != NULL)
        closedir(listing);
}
DEFINE_OWNED(DIR *, close_listing)

/* A file that is being taken in: where it lies and what its folder says of it. */
struct place {
    const char *directory; /* full path of the folder */
    const char *name;      /* in it */
    struct replay_item as; /* kind, TEE, CA, FMSPC by the folder */
};

typedef bool take_file(struct replay_files *files, const struct place *place,
                       struct error *err);

/* ---- names ----------------------------------------------------------------------- */

/* 20250620T000000Z, whole. */
static bool compact_date(struct bytes text, int64_t *at_s)
{
    char spread[32];
    const char *t = (const char *)text.at;

    if (text.len != 16)
        return false;
    snprintf(spread, sizeof spread, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", t, t + 4, t + 6,
             t + 9, t + 11, t + 13);
    return t[8] == 'T' && t[15] == 'Z' && utc_read(bytes_of_text(spread), at_s);
}

/* The part of name before the suffix; empty where it ends otherwise. */
static struct bytes stem(const char *name, const char *suffix)
{
    size_t len = strlen(name), suffix_len = strlen(suffix);

    if (len <= suffix_len || strcmp(name + len - suffix_len, suffix) != 0)
        return bytes_of(name, 0);
    return bytes_of(name, len - suffix_len);
}

/* vVERSION-evalNUMBER-ISSUED.json of the version wanted. */
static bool numbered_name(const char *name, unsigned version, struct replay_item *item)
{
    char prefix[16];
    struct bytes rest = stem(name, ".json");
    int len = snprintf(prefix, sizeof prefix, "v%u-eval", version);
    uint64_t number = 0;

    if (!bytes_equal_text(bytes_first(rest, (size_t)len), prefix))
        return false;
    rest = bytes_after(rest, (size_t)len);
    size_t dash = bytes_find(rest, bytes_of_text("-"));
    if (!decimal_read(bytes_first(rest, dash), UINT_MAX, &number)
        || !compact_date(bytes_after(rest, dash + 1), &item->issue_s))
        return false;
    item->number = (unsigned)number;
    return true;
}

/* ---- contents -------------------------------------------------------------------- */

static bool read_whole(struct replay_files *files, const struct place *place,
                       struct bytes *out, struct error *err)
{
    char path[PATH_MAX];
    struct buf content;

    snprintf(path, sizeof path, "%s/%s", place->directory, place->name);
    buf_init(&content, WORLD_BODY_MAX);
    bool read = file_read(path, &content, err);
    if (read) {
        *out = arena_copy(&files->arena, buf_bytes(&content));
        if (out->at == NULL)
            read = error_set(err, ERROR_LIMIT, "captured files are over %zu bytes",
                             REPLAY_BYTES_MAX);
    }
    buf_fini(&content);
    return read;
}

static json_t *parse_json(const struct place *place, struct bytes text, struct error *err)
{
    json_t *value =
        json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, NULL);

    if (value == NULL)
        error_set(err, ERROR_FORMAT, "%s/%s is not JSON", safe_string(place->directory).s,
                  safe_string(place->name).s);
    return value;
}

/* nextUpdate of the one object inside the envelope. */
static bool json_next_update(const struct place *place, struct bytes body, int64_t *at_s,
                             struct error *err)
{
    OWNED(json_decref) json_t *envelope = parse_json(place, body, err);
    const char *name;
    json_t *inner;

    if (envelope == NULL)
        return false;
    json_object_foreach(envelope, name, inner)
    {
        const char *date = json_string_value(json_object_get(inner, "nextUpdate"));
        if (date != NULL && utc_read(bytes_of_text(date), at_s))
            return true;
    }
    return error_set(err, ERROR_FORMAT, "%s/%s has no nextUpdate",
                     safe_string(place->directory).s, safe_string(place->name).s);
}

static bool asn1_time_s(const ASN1_TIME *time, int64_t *at_s)
{
    struct tm civil;

    if (time == NULL || ASN1_TIME_to_tm(time, &civil) != 1)
        return false;
    *at_s = (int64_t)timegm(&civil);
    return true;
}

static bool add_item(struct replay_files *files, const struct replay_item *item,
                     struct error *err)
{
    if (files->item_count == REPLAY_ITEMS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d captured documents",
                         REPLAY_ITEMS_MAX);
    files->items[files->item_count++] = *item;
    return true;
}

static bool take_json(struct replay_files *files, const struct place *place,
                      struct replay_item *item, struct error *err)
{
    return read_whole(files, place, &item->body, err)
           && json_next_update(place, item->body, &item->next_update_s, err)
           && add_item(files, item, err);
}

/* The API's version 4 gives TCB info version 3 and identities version 2. */
static bool take_numbered(struct replay_files *files, const struct place *place,
                          struct error *err)
{
    struct replay_item item = place->as;

    if (!numbered_name(place->name, item.kind == WORLD_TCB ? 3 : 2, &item))
        return true;
    return take_json(files, place, &item, err);
}

static bool take_numbers(struct replay_files *files, const struct place *place,
                         struct error *err)
{
    struct replay_item item = place->as;

    if (!compact_date(stem(place->name, ".json"), &item.issue_s))
        return true;
    return take_json(files, place, &item, err);
}

static bool take_crl(struct replay_files *files, const struct place *place,
                     struct error *err)
{
    struct replay_item item = place->as;

    if (!compact_date(stem(place->name, ".der"), &item.issue_s))
        return true;
    if (!read_whole(files, place, &item.body, err))
        return false;
    const uint8_t *at = item.body.at;
    OWNED(X509_CRL_free) X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)item.body.len);
    if (crl == NULL || !asn1_time_s(X509_CRL_get0_nextUpdate(crl), &item.next_update_s))
        return error_set(err, ERROR_FORMAT, "%s/%s is not a CRL",
                         safe_string(place->directory).s, safe_string(place->name).s);
    return add_item(files, &item, err);
}

static bool take_certificate(struct replay_files *files, const struct place *place,
                             struct error *err)
{
    struct replay_certificate taken = { .not_before_s = 0 };

    if (stem(place->name, ".der").len == 0)
        return true;
    if (files->certificate_count == REPLAY_CERTIFICATES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d captured certificates",
                         REPLAY_CERTIFICATES_MAX);
    if (!read_whole(files, place, &taken.der, err))
        return false;
    const uint8_t *at = taken.der.at;
    OWNED(X509_free) X509 *x509 = d2i_X509(NULL, &at, (long)taken.der.len);
    if (x509 == NULL
        || X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName,
                                     taken.common_name, sizeof taken.common_name)
               < 0
        || !asn1_time_s(X509_get0_notBefore(x509), &taken.not_before_s)
        || !asn1_time_s(X509_get0_notAfter(x509), &taken.not_after_s))
        return error_set(err, ERROR_FORMAT, "%s/%s is not a certificate",
                         safe_string(place->directory).s, safe_string(place->name).s);
    files->certificates[files->certificate_count++] = taken;
    return true;
}

/* pcs-2025-05-27.json: its date; any other name: none. */
static int64_t list_date_s(const char *name)
{
    char date[32];
    int64_t at_s = INT64_MAX;

    if (strncmp(name, "pcs-", 4) != 0 || strlen(name) != 4 + 10 + 5)
        return INT64_MAX;
    snprintf(date, sizeof date, "%.10sT00:00:00Z", name + 4);
    return utc_read(bytes_of_text(date), &at_s) ? at_s : INT64_MAX;
}

/* Letters and digits, which need no escaping where they are written again. */
static bool is_word(const char *text, size_t room)
{
    size_t len = 0;

    while (isalnum((unsigned char)text[len]))
        len++;
    return text[len] == 0 && len > 0 && len < room;
}

static bool take_fmspcs(struct replay_files *files, const struct place *place,
                        struct error *err)
{
    struct bytes body;
    size_t index;
    json_t *line;

    if (stem(place->name, ".json").len == 0)
        return true;
    if (!read_whole(files, place, &body, err))
        return false;
    OWNED(json_decref) json_t *list = parse_json(place, body, err);
    if (list == NULL)
        return false;
    json_array_foreach(list, index, line)
    {
        struct replay_platform taken = { .listed_s = list_date_s(place->name) };
        const char *fmspc = json_string_value(json_object_get(line, "fmspc"));
        const char *platform = json_string_value(json_object_get(line, "platform"));

        if (fmspc == NULL || platform == NULL || !is_word(platform, sizeof taken.platform)
            || !hex_read(bytes_of_text(fmspc), taken.fmspc, FMSPC_LEN))
            return error_set(err, ERROR_FORMAT, "%s/%s, line %zu is not an FMSPC",
                             safe_string(place->directory).s, safe_string(place->name).s,
                             index);
        if (files->platform_count == REPLAY_PLATFORMS_MAX)
            return error_set(err, ERROR_LIMIT, "more than %d listed FMSPCs",
                             REPLAY_PLATFORMS_MAX);
        snprintf(taken.platform, sizeof taken.platform, "%s", platform);
        files->platforms[files->platform_count++] = taken;
    }
    return true;
}

/* ---- folders --------------------------------------------------------------------- */

/* Every name of a folder to take; a folder that is not there is an empty one. */
static bool each_file(struct replay_files *files, const char *directory,
                      const struct replay_item *as, take_file *take, struct error *err)
{
    OWNED(close_listing) DIR *listing = opendir(directory);
    struct dirent *entry;

    if (listing == NULL)
        return errno == ENOENT ? true
                               : error_set(err, ERROR_SYSTEM, "open %s: %s",
                                           safe_string(directory).s, strerror(errno));
    while ((entry = readdir(listing)) != NULL) {
        const struct place place = { directory, entry->d_name, *as };
        if (entry->d_name[0] != '.' && !take(files, &place, err))
            return false;
    }
    return true;
}

/* A folder of tcbinfo/TEE: its name is the FMSPC. */
static bool take_fmspc_folder(struct replay_files *files, const struct place *place,
                              struct error *err)
{
    char directory[PATH_MAX];
    struct replay_item as = place->as;

    if (!hex_read(bytes_of_text(place->name), as.fmspc, FMSPC_LEN))
        return true;
    snprintf(directory, sizeof directory, "%s/%s", place->directory, place->name);
    return each_file(files, directory, &as, take_numbered, err);
}

static const struct folder {
    const char *below; /* intel/ */
    struct replay_item as;
    take_file *take;
} folders[] = {
    { "tcbinfo/sgx", { .kind = WORLD_TCB, .tee = WORLD_SGX }, take_fmspc_folder },
    { "tcbinfo/tdx", { .kind = WORLD_TCB, .tee = WORLD_TDX }, take_fmspc_folder },
    { "identity/qe", { .kind = WORLD_QE_IDENTITY }, take_numbered },
    { "identity/td-qe", { .kind = WORLD_TD_QE_IDENTITY }, take_numbered },
    { "identity/qve", { .kind = WORLD_QVE_IDENTITY }, take_numbered },
    { "identity/qae", { .kind = WORLD_QAE_IDENTITY }, take_numbered },
    { "tcbevaluationdatanumbers/sgx",
      { .kind = WORLD_NUMBERS, .tee = WORLD_SGX },
      take_numbers },
    { "tcbevaluationdatanumbers/tdx",
      { .kind = WORLD_NUMBERS, .tee = WORLD_TDX },
      take_numbers },
    { "crl/root", { .kind = WORLD_ROOTCACRL }, take_crl },
    { "crl/platform", { .kind = WORLD_PCKCRL, .ca = WORLD_PLATFORM }, take_crl },
    { "crl/processor", { .kind = WORLD_PCKCRL, .ca = WORLD_PROCESSOR }, take_crl },
    { "fmspcs", { .kind = WORLD_FMSPCS }, take_fmspcs },
    { "certs", { .kind = WORLD_KINDS }, take_certificate },
};

static bool reserve(struct replay_files *files, struct error *err)
{
    arena_init(&files->arena, REPLAY_BYTES_MAX);
    files->items = arena_alloc(&files->arena, REPLAY_ITEMS_MAX, sizeof *files->items);
    files->certificates =
        arena_alloc(&files->arena, REPLAY_CERTIFICATES_MAX, sizeof *files->certificates);
    files->platforms =
        arena_alloc(&files->arena, REPLAY_PLATFORMS_MAX, sizeof *files->platforms);
    if (files->items == NULL || files->certificates == NULL || files->platforms == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for captured files");
    return true;
}

bool replay_files_read(const char *directory, struct replay_files *out, struct error *err)
{
    char path[PATH_MAX];

    *out = (struct replay_files){ .item_count = 0 };
    bool read = reserve(out, err);
    for (size_t i = 0; read && i < COUNT_OF(folders); i++) {
        snprintf(path, sizeof path, "%s/intel/%s", directory, folders[i].below);
        read = each_file(out, path, &folders[i].as, folders[i].take, err);
    }
    if (read && (out->item_count == 0 || out->certificate_count == 0))
        read = error_set(err, ERROR_NOT_FOUND,
                         "%s/intel holds no captured documents or no certificates",
                         safe_string(directory).s);
    if (!read)
        replay_files_fini(out);
    return read;
}

void replay_files_fini(struct replay_files *files)
{
    arena_fini(&files->arena);
    *files = (struct replay_files){ .item_count = 0 };
}
