/* SPDX-License-Identifier: Apache-2.0 */
/* Which files of a directory are offered to its shelf. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "kit/file.h"
#include "kit/text.h"
#include "thim/verify_shelf.h"
#include "verify/inspect.h"

enum { FILES_MAX = 20000, DIRECTORY_PATH_MAX = 4096 };

struct walk {
    struct shelf *shelf;
    const char *directory;
    bool only_veks; /* by name: beside a report there may be anything */
    size_t files;
    struct error *err;
};

/* ---- one folder -------------------------------------------------------------------- */

/* Files that a source has re-indented: what Intel signed are the bytes before. */
static bool is_passed_over(const char *name)
{
    return name[0] == '.' || strstr(name, "-reformatted.") != NULL;
}

static bool is_vek(const char *name)
{
    return strncasecmp(name, "vcek", 4) == 0 || strncasecmp(name, "vlek", 4) == 0;
}

static bool offer_file(struct walk *walk, const char *path)
{
    struct error ignored;
    struct buf content;

    if (walk->files++ == FILES_MAX)
        return error_set(walk->err, ERROR_LIMIT, "more than %d files", FILES_MAX);
    buf_init(&content, INSPECT_FILE_MAX);
    if (file_read(path, &content, &ignored))
        shelf_offer(walk->shelf, path, buf_bytes(&content));
    buf_fini(&content);
    return true;
}

/* depth 0: without the folders in it. A folder that is not there has no files. */
static bool offer_folder(struct walk *walk, const char *path, unsigned depth)
{
    char below[DIRECTORY_PATH_MAX];
    struct dirent **entries;
    struct stat about;
    bool well = true;
    int count = scandir(path, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        bool fits = snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name)
                    < (int)sizeof below;
        const char *name = entries[i]->d_name;
        if (well && fits && !is_passed_over(name) && (!walk->only_veks || is_vek(name))
            && stat(below, &about) == 0) {
            if (S_ISREG(about.st_mode) && about.st_size <= INSPECT_FILE_MAX)
                well = offer_file(walk, below);
            else if (S_ISDIR(about.st_mode) && depth > 0)
                well = offer_folder(walk, below, depth - 1);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return well;
}

static bool offer_below(struct walk *walk, const char *place, const char *name,
                        unsigned depth)
{
    char path[DIRECTORY_PATH_MAX];

    if (snprintf(path, sizeof path, "%s/%s/%s", walk->directory, place, name)
        >= (int)sizeof path)
        return error_set(walk->err, ERROR_LIMIT, "the path is too long");
    return offer_folder(walk, path, depth);
}

static bool has_folder(const char *directory, const char *name)
{
    char path[DIRECTORY_PATH_MAX];
    struct stat about;

    return snprintf(path, sizeof path, "%s/%s", directory, name) < (int)sizeof path
           && stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* ---- Intel ------------------------------------------------------------------------- */

static void platform_of_quote(struct shelf *shelf)
{
    const struct quote *quote = shelf->wish.quote;

    if (quote->certification == CERTIFICATION_PCK_CHAIN
        || quote->certification == CERTIFICATION_PCK_LEAF)
        shelf->brings_pck = shelf_take_platform(shelf, quote->certification_data);
    if (!shelf->brings_pck)
        shelf->brings_pck = shelf_take_platform(shelf, shelf->wish.pck_chain);
}

static bool offer_intel_layout(struct walk *walk)
{
    const struct shelf *shelf = walk->shelf;
    bool is_tdx = shelf->wish.quote->tee == TEE_TDX;

    return offer_below(walk, is_tdx ? "intel/tcbinfo/tdx" : "intel/tcbinfo/sgx",
                       hex(shelf->fmspc, sizeof shelf->fmspc).s, 0)
           && offer_below(walk, "intel/identity", is_tdx ? "td-qe" : "qe", 0)
           && offer_below(walk, "intel/crl", "root", 0)
           && offer_below(walk, "intel/crl", pck_ca_name(shelf->ca), 0)
           && offer_below(walk, "intel", "certs", 1);
}

static bool offer_intel(struct walk *walk)
{
    return has_folder(walk->directory, "intel") ? offer_intel_layout(walk)
                                                : offer_folder(walk, walk->directory, 0);
}

/* For a quote without a PCK certificate a directory that has one is looked at twice:
 * what else is wanted hangs on it. */
static bool fill_intel(struct walk *walk)
{
    struct shelf *shelf = walk->shelf;
    const struct shelf_item *pck = &shelf->items[SHELF_PCK];

    platform_of_quote(shelf);
    if (!shelf->brings_pck
        && (!offer_folder(walk, walk->directory, 0)
            || (pck->path != NULL && !shelf_take_platform(shelf, pck->content))))
        return false;
    return offer_intel(walk);
}

/* ---- AMD --------------------------------------------------------------------------- */

static bool offer_beside(struct walk *walk, const char *evidence)
{
    char path[DIRECTORY_PATH_MAX] = ".";
    const char *slash = evidence == NULL ? NULL : strrchr(evidence, '/');

    if (evidence == NULL || strcmp(evidence, "-") == 0)
        return true;
    int len = slash == evidence ? 1 : slash == NULL ? 0 : (int)(slash - evidence);
    if (len > 0 && snprintf(path, sizeof path, "%.*s", len, evidence) >= (int)sizeof path)
        return error_set(walk->err, ERROR_LIMIT, "the path is too long");
    walk->only_veks = true;
    bool well = offer_folder(walk, path, 0);
    walk->only_veks = false;
    return well;
}

static bool offer_amd_layout(struct walk *walk)
{
    for (unsigned product = SNP_MILAN; product < SNP_PRODUCTS; product++) {
        char name[16];
        snprintf(name, sizeof name, "%s",
                 snp_product_facts((enum snp_product)product)->name);
        name[0] = (char)(name[0] | 0x20); /* folders are in lower case */
        if ((walk->shelf->product == 0 || walk->shelf->product == product)
            && !offer_below(walk, "amd", name, 1))
            return false;
    }
    return true;
}

static void product_of_vek(struct shelf *shelf)
{
    const struct shelf_item *item = &shelf->items[SHELF_VEK];
    struct x509_certificate certificate;
    struct vcek vek;
    struct error ignored;

    if (shelf->product == 0 && item->path != NULL
        && x509_parse(item->content, &certificate, &ignored)
        && vcek_parse(&certificate, &vek, &ignored))
        shelf->product = vek.product;
}

static bool offer_amd(struct walk *walk)
{
    return has_folder(walk->directory, "amd") ? offer_amd_layout(walk)
                                              : offer_folder(walk, walk->directory, 0);
}

/* Chains are of a product, which a report of version 2 does not say, but its VEK. */
static bool fill_amd(struct walk *walk, const char *evidence)
{
    struct shelf *shelf = walk->shelf;

    shelf->product = snp_report_product(shelf->wish.report);
    bool was_known = shelf->product != 0;
    if (!offer_beside(walk, evidence) || !offer_amd(walk))
        return false;
    product_of_vek(shelf);
    return was_known || shelf->product == 0 || offer_amd(walk);
}

bool shelf_fill(struct shelf *shelf, const struct shelf_wish *wish, const char *directory,
                const char *beside, struct arena *arena, struct error *err)
{
    struct walk walk = { .shelf = shelf, .directory = directory, .err = err };
    struct stat about;

    *shelf = (struct shelf){ .wish = *wish, .arena = arena };
    if (stat(directory, &about) != 0 || !S_ISDIR(about.st_mode))
        return error_set(err, ERROR_NOT_FOUND, "%s: no such directory",
                         safe_string(directory).s);
    bool well = wish->quote != NULL ? fill_intel(&walk) : fill_amd(&walk, beside);
    return well || error_within(err, "%s", safe_string(directory).s);
}
