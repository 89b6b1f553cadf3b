/* SPDX-License-Identifier: Apache-2.0 */
/* thim amd export: certificates that are held, as files that others read. Each is judged
 * by the service first, and one that may not be given is not written; other files in the
 * directory stay as they are. */
#include <stdio.h>
#include <string.h>

#include "kit/file.h"
#include "kit/text.h"
#include "serve/chip_metadata.h"
#include "thim/amd_parts.h"
#include "thim/arguments.h"
#include "thim/describe.h"
#include "thim/tree.h"

enum {
    PATH_BYTES_MAX = 4096,
    FILE_BYTES_MAX = 256 * 1024,
    DIRECTORY_MODE = 0755,
    FILE_MODE = 0644, /* certificates are no secret */
};

struct export
{
    struct service_address address;
    const char *offline_store, *pem, *host_file; /* one of them */
    struct amd_choice choice;
    bool as_json;
    size_t written, withheld;
    json_t *complaints;
};

struct given { /* one certificate, as the service gives it */
    struct kds_key key;
    struct der_chain certificate, issuers;
    const char *pem, *issuers_pem;
};

/* ---- one certificate ------------------------------------------------------------ */

static bool read_given(const json_t *answer, struct arena *arena, struct given *out,
                       struct error *err)
{
    out->pem = tree_text(answer, "certificate");
    out->issuers_pem = tree_text(answer, "chain");
    return (chip_fields_read(bytes_of_text(tree_text(answer, "product")),
                             bytes_of_text(tree_text(answer, "chip_id")),
                             bytes_of_text(tree_text(answer, "tcb_version")), NULL,
                             &out->key, err)
            && pem_chain_read(bytes_of_text(out->pem), arena, &out->certificate, err)
            && pem_chain_read(bytes_of_text(out->issuers_pem), arena, &out->issuers, err))
           || error_within(err, "the service's answer");
}

static bool write_file(const char *path, const struct buf *content, struct error *err)
{
    if (content->failed)
        return error_set(err, ERROR_LIMIT, "%s would be too large", safe_string(path).s);
    return file_write(path, buf_bytes(content), FILE_MODE, err);
}

/* Below the directory; what is missing on the way is made. */
static bool write_below(const char *directory, const char *name,
                        const struct buf *content, struct error *err)
{
    char path[PATH_BYTES_MAX];

    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return error_set(err, ERROR_LIMIT, "%s: the path is too long",
                         safe_string(directory).s);
    char *end = strrchr(path, '/');
    *end = 0;
    bool made = file_make_directory(path, DIRECTORY_MODE, err);
    *end = '/';
    return made && write_file(path, content, err);
}

static bool write_offline(const struct export *export, const struct given *given,
                          struct buf *content, struct error *err)
{
    struct buf name;

    buf_init(&name, PATH_BYTES_MAX);
    chip_path_write(&name, &given->key);
    buf_add(content, given->certificate.certificates[0]);
    bool written = write_below(export->offline_store, buf_text(&name), content, err);
    buf_fini(&name);
    return written;
}

/* PRODUCT/CHIP ID/TCB_VERSION.pem: VCEK, ASK, ARK. */
static bool write_pem(const struct export *export, const struct given *given,
                      struct buf *content, struct error *err)
{
    const struct kds_key *key = &given->key;
    char name[256];

    snprintf(name, sizeof name, "%s/%s/%s.pem", snp_product_facts(key->product)->name,
             hex(key->hwid.at, key->hwid.len).s,
             tcb_version_hex(key->product, &key->tcb).s);
    buf_add_text(content, given->pem);
    buf_add_text(content, given->issuers_pem);
    return write_below(export->pem, name, content, err);
}

/* What hcsshim and its sidecars read: THIM's JSON in base64, on one line. */
static bool write_host_file(const struct export *export, const struct given *given,
                            struct buf *content, struct error *err)
{
    struct buf json;

    buf_init(&json, FILE_BYTES_MAX);
    chip_metadata_write(&json, given->certificate.certificates[0], &given->key,
                        &given->issuers, CHIP_CACHE_CONTROL_S);
    content->failed = content->failed || json.failed;
    base64_add(content, buf_bytes(&json));
    buf_fini(&json);
    return write_file(export->host_file, content, err);
}

static bool write_given(struct export *export, const json_t *answer, struct error *err)
{
    struct given given;
    struct buf content;
    struct arena arena;

    arena_init(&arena, FILE_BYTES_MAX);
    buf_init(&content, FILE_BYTES_MAX);
    bool well = read_given(answer, &arena, &given, err);
    if (well && export->offline_store != NULL)
        well = write_offline(export, &given, &content, err);
    else if (well && export->pem != NULL)
        well = write_pem(export, &given, &content, err);
    else if (well)
        well = write_host_file(export, &given, &content, err);
    export->written += well;
    buf_fini(&content);
    arena_fini(&arena);
    return well;
}

/* ---- all that are chosen -------------------------------------------------------- */

static void complain(struct export *export, const json_t *chip, const char *why)
{
    export->withheld++;
    (void)json_array_append_new(export->complaints,
                                json_pack("{s:s, s:s, s:s, s:s}", "product",
                                          tree_text(chip, "product"), "chip_id",
                                          tree_text(chip, "chip_id"), "tcb_version",
                                          tree_text(chip, "tcb_version"), "why", why));
}

static bool is_chosen(const struct export *export, const json_t *chip)
{
    const char *id = tree_text(chip, "chip_id");

    return amd_is_chosen(&export->choice, chip)
           && (export->host_file == NULL || strlen(id) == strlen(export->choice.chip_id))
           && strcmp(tree_text(chip, "kind"), "VCEK") == 0
           && strcmp(tree_text(chip, "state"), "held") == 0;
}

static bool export_chip(void *export_, const json_t *chip, struct error *err)
{
    struct export *export = export_;
    char path[AMD_PATH_MAX];
    struct error why = { 0 };
    json_t *answer;

    if (!is_chosen(export, chip))
        return true;
    amd_path(path, "/thim/v1/amd/certificate", chip, true);
    if (!service_ask(&export->address, path, NULL, &answer, &why)) {
        if (why.kind != ERROR_STALE && why.kind != ERROR_NOT_FOUND)
            return error_set(err, why.kind, "%s", why.text);
        complain(export, chip, why.text);
        return true;
    }
    bool well = write_given(export, answer, err);
    json_decref(answer);
    return well;
}

static void print_report(const struct export *export)
{
    if (export->as_json) {
        json_t *tree = json_pack(
            "{s:I, s:I, s:O}", "written", (json_int_t) export->written, "withheld",
            (json_int_t) export->withheld, "complaints", export->complaints);
        describe_print_json(tree);
        json_decref(tree);
        return;
    }
    for (size_t i = 0; i < json_array_size(export->complaints); i++) {
        const json_t *each = json_array_get(export->complaints, i);
        printf("%s %.16s %s: not written: %s\n", tree_text(each, "product"),
               tree_text(each, "chip_id"), tree_text(each, "tcb_version"),
               tree_text(each, "why"));
    }
    printf("%zu written, %zu withheld\n", export->written, export->withheld);
}

/* Nothing written where something was meant is a no. */
static int run(struct export *export)
{
    struct error err = { 0 };

    if (!amd_walk(&export->address, export_chip, export, NULL, &err))
        return amd_fail("export", &err, export->as_json);
    print_report(export);
    return export->written > 0 && export->withheld == 0 ? EXIT_YES : EXIT_NO;
}

static bool check(const struct export *export, struct error *err)
{
    int targets = (export->offline_store != NULL) + (export->pem != NULL)
                  + (export->host_file != NULL);

    if (targets != 1)
        return error_set(err, ERROR_FORMAT,
                         "expected one of --offline-store DIR, --pem DIR, --host-file "
                         "FILE");
    return export->host_file == NULL
           || (export->choice.has_tcb && export->choice.chip_id != NULL)
           || error_set(err, ERROR_FORMAT,
                        "--host-file is of one chip: give its --chip, whole, and --tcb");
}

int amd_export(int argc, char **argv)
{
    struct export export = { .written = 0 };
    const char *tcb = NULL;
    const struct argument_option options[] = {
        { "--state", &export.address.state, NULL },
        { "--socket", &export.address.socket, NULL },
        { "--offline-store", &export.offline_store, NULL },
        { "--pem", &export.pem, NULL },
        { "--host-file", &export.host_file, NULL },
        { "--chip", &export.choice.chip_id, NULL },
        { "--tcb", &tcb, NULL },
        { "--json", NULL, &export.as_json },
    };
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), NULL, 0, &count, &err)
        || !amd_read_tcb(tcb, &export.choice.has_tcb, &export.choice.tcb_version, &err)
        || !check(&export, &err))
        return amd_usage("export", &err);
    export.complaints = json_array();
    int status = run(&export);
    json_decref(export.complaints);
    return status;
}
