/* SPDX-License-Identifier: Apache-2.0 */
#include "config/roots.h"

#include <stdio.h>

#include "format/pem.h"
#include "kit/file.h"
#include "kit/text.h"
#include "verify/given_root.h"

struct list {
    const char *name;
    const struct config_root *roots;
    size_t count;
    enum root_origin origin; /* 0: distrust */
};

/* "FILE:LINE: trust.LIST: why". Whatever kind of trouble a root's file made, for the
 * caller it is the configuration that is wrong. */
static bool refuse(const struct config *config, const struct list *list,
                   const struct config_root *root, const char *why, struct error *err)
{
    char sentence[ERROR_TEXT_MAX];

    memcpy(sentence, why, strnlen(why, sizeof sentence - 1) + 1);
    sentence[sizeof sentence - 1] = 0;
    return error_set(err, ERROR_FORMAT, "%s:%d: trust.%s: %s", config->file, root->line,
                     list->name, sentence);
}

static bool refuse_key(const struct config *config, const struct list *list,
                       const struct config_root *root, const char *why, struct error *err)
{
    char sentence[ERROR_TEXT_MAX];

    snprintf(sentence, sizeof sentence, "%s %s",
             hex(root->spki_sha256, sizeof root->spki_sha256).s, why);
    return refuse(config, list, root, sentence, err);
}

static bool is_trusted(const struct trust *trust, const uint8_t spki_sha256[32])
{
    for (size_t i = 0; i < trust->count; i++)
        if (memcmp(trust->roots[i].spki_sha256, spki_sha256, 32) == 0)
            return true;
    return false;
}

/* ---- one root ------------------------------------------------------------------- */

static bool add_key(struct config *config, const struct list *list,
                    const struct config_root *given, struct error *err)
{
    struct trusted_root root = { .origin = list->origin };
    struct error why = { 0 };

    if (given->name == NULL)
        return refuse(config, list, given, "lacks the key \"name\"", err);
    if (is_trusted(&config->trust.roots, given->spki_sha256))
        return refuse_key(config, list, given, "is trusted already", err);
    memcpy(root.spki_sha256, given->spki_sha256, sizeof root.spki_sha256);
    memcpy(root.name, given->name, strlen(given->name) + 1);
    return trust_add(&config->trust.roots, &root, &why)
           || refuse(config, list, given, why.text, err);
}

static bool read_certificate(const char *path, struct arena *arena, struct bytes *der,
                             struct error *err)
{
    struct buf content;
    bool ok;

    buf_init(&content, ROOT_FILE_MAX);
    ok = file_read(path, &content, err);
    if (ok && pem_looks_like(buf_bytes(&content))) {
        ok = pem_block_read(buf_bytes(&content), "CERTIFICATE", arena, der, err);
    } else if (ok) {
        *der = arena_copy(arena, buf_bytes(&content));
        ok = der->at != NULL || error_set(err, ERROR_LIMIT, "no room for %s", path);
    }
    buf_fini(&content);
    return ok;
}

static bool add_certificate(struct config *config, const struct list *list,
                            const struct config_root *given, struct error *err)
{
    struct trust *trust = &config->trust.roots;
    size_t before = trust->count;
    struct error why = { 0 };
    struct bytes der;

    if (!read_certificate(given->certificate_file, &config->arena, &der, &why)
        || !given_root_add(der, list->origin, trust, &why))
        return refuse(config, list, given, why.text, err);
    if (trust->count == before)
        return refuse(config, list, given, "certificate_file: its key is trusted already",
                      err);
    return true;
}

/* ---- the lists ------------------------------------------------------------------ */

static bool add_all(struct config *config, const struct list *list, bool opens_files,
                    struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct config_root *root = &list->roots[i];
        bool has_file = root->certificate_file != NULL;
        if (root->has_spki == has_file)
            return refuse(config, list, root,
                          "needs one of spki_sha256 and certificate_file", err);
        if (has_file && root->name != NULL)
            return refuse(config, list, root,
                          "has its name from the certificate: leave out name", err);
        if (has_file ? opens_files && !add_certificate(config, list, root, err)
                     : !add_key(config, list, root, err))
            return false;
    }
    return true;
}

static bool remove_all(struct config *config, const struct list *list, struct error *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (!trust_remove(&config->trust.roots, list->roots[i].spki_sha256))
            return refuse_key(config, list, &list->roots[i], "is not trusted anyway",
                              err);
    return true;
}

bool roots_settle(struct config *config, bool opens_files, struct error *err)
{
    const struct list extra = { "extra_roots", config->trust.extra_roots,
                                config->trust.extra_root_count, ROOT_EXTRA };
    const struct list test = { "test_roots", config->trust.test_roots,
                               config->trust.test_root_count, ROOT_TEST };
    const struct list distrust = { "distrust", config->trust.distrust,
                                   config->trust.distrust_count, 0 };

    return add_all(config, &extra, opens_files, err)
           && add_all(config, &test, opens_files, err)
           && remove_all(config, &distrust, err);
}
