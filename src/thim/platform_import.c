/* SPDX-License-Identifier: Apache-2.0 */
/* thim platform import pccs: what a PCCS has gathered, out of its database or out of the
 * offline bundle; verified by the service, whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/platform_bundle.h"
#include "kit/text.h"
#include "store/pccs_file.h"
#include "thim/arguments.h"
#include "thim/describe.h"
#include "thim/platform_parts.h"
#include "thim/spool.h"
#include "thim/tree.h"

#define BUNDLE_PATH "/sgx/certification/v4/platformcollateral?stale=skip"
#define SQLITE_MAGIC "SQLite format 3"

enum { IMPORT_MS = 20 * 60 * 1000 };

struct import {
    struct service_address address;
    const char *path;
    bool as_json;
    int fd; /* the bundle; -1: none */
    uint64_t len;
    struct spool spool; /* it lies here where it was converted or streamed */
    bool is_converted;
    struct pccs_counts counts;
    json_t *odd, *complaints; /* lists of text */
    bool is_taken;
    char said[ERROR_TEXT_MAX];
    struct error why; /* ERROR_NONE: the service has answered */
};

/* ---- the bundle ----------------------------------------------------------------- */

static bool add_piece(void *import_, struct bytes piece, struct error *err)
{
    struct import *import = import_;

    return spool_add(&import->spool, piece, err);
}

static void note_odd(void *import_, const char *what)
{
    struct import *import = import_;

    (void)json_array_append_new(import->odd, json_string(safe_string(what).s));
}

static bool use_spool(struct import *import)
{
    import->fd = import->spool.fd;
    import->len = import->spool.len;
    return true;
}

static bool convert(struct import *import, struct error *err)
{
    import->is_converted = true;
    return spool_open(&import->spool, BUNDLE_BYTES_MAX, err)
           && pccs_file_to_bundle(import->path, add_piece, note_odd, import,
                                  &import->counts, err)
           && use_spool(import);
}

static bool take_stream(struct import *import, int from, struct error *err)
{
    return spool_open(&import->spool, BUNDLE_BYTES_MAX, err)
           && spool_copy(&import->spool, from, err) && use_spool(import);
}

static bool is_database(int fd)
{
    char magic[sizeof SQLITE_MAGIC];

    return pread(fd, magic, sizeof magic, 0) == sizeof magic
           && memcmp(magic, SQLITE_MAGIC, sizeof magic) == 0;
}

static bool take_file(struct import *import, struct error *err)
{
    struct stat found;

    if (fstat(import->fd, &found) != 0)
        return error_set(err, ERROR_SYSTEM, "%s", strerror(errno));
    if (!S_ISREG(found.st_mode)) {
        int from = import->fd;
        bool well = take_stream(import, from, err);
        close(from);
        return well;
    }
    import->len = (uint64_t)found.st_size;
    return import->len <= BUNDLE_BYTES_MAX
           || error_set(err, ERROR_LIMIT, "more than %zu bytes", BUNDLE_BYTES_MAX);
}

static bool open_bundle(struct import *import, struct error *err)
{
    if (strcmp(import->path, "-") == 0)
        return take_stream(import, STDIN_FILENO, err);
    import->fd = open(import->path, O_RDONLY | O_CLOEXEC);
    if (import->fd < 0)
        return error_set(err, ERROR_FORMAT, "%s", strerror(errno));
    if (!is_database(import->fd))
        return take_file(import, err);
    close(import->fd);
    import->fd = -1;
    return convert(import, err);
}

static void close_bundle(struct import *import)
{
    if (import->fd >= 0 && import->fd != import->spool.fd)
        close(import->fd);
    spool_close(&import->spool);
}

/* ---- what the service says ------------------------------------------------------ */

/* A headline, then a line for each part that there is something to be said about. */
static void read_lines(struct import *import, struct bytes text)
{
    for (size_t n = 0; text.len > 0; n++) {
        size_t len = bytes_find(text, bytes_of_text("\n"));
        struct bytes line = bytes_first(text, len);
        if (n == 0)
            snprintf(import->said, sizeof import->said, "%s", safe(line).s);
        else if (line.len > 0)
            (void)json_array_append_new(import->complaints, json_string(safe(line).s));
        text = bytes_after(text, len + 1);
    }
}

/* The service judges what it was brought, and says so, with these. */
static bool is_verdict(unsigned status)
{
    return status == 200 || status == 400 || status == 409 || status == 413
           || status == 460;
}

static void told(void *import_, const struct service_reply *reply)
{
    struct import *import = import_;

    import->is_taken = reply->status == 200;
    if (is_verdict(reply->status))
        read_lines(import, reply->body);
    else
        import->why = reply->why;
}

static bool put(struct import *import, struct error *err)
{
    OWNED(service_close) struct service_session *session = NULL;
    struct http_body_file source = { .fd = import->fd, .len = import->len };
    struct service_request request = { .method = "PUT",
                                       .path = BUNDLE_PATH,
                                       .body_file = &source,
                                       .total_ms = IMPORT_MS,
                                       .context = import,
                                       .done = told };
    unsigned running;

    if (!service_open(&import->address, &session, err)
        || !service_begin(session, &request, err)
        || !service_turn(session, &running, err))
        return false;
    return import->why.kind == ERROR_NONE
           || error_set(err, import->why.kind, "%s", import->why.text);
}

/* ---- the report ----------------------------------------------------------------- */

/* What is held now; NULL where the service does not say. */
static json_t *counts_now(const struct import *import)
{
    json_t *page, *counts;

    if (!service_ask(&import->address, "/thim/v1/platforms?limit=1", NULL, &page, NULL))
        return NULL;
    counts = json_incref(json_object_get(page, "counts"));
    json_decref(page);
    return counts;
}

static json_t *converted_tree(const struct import *import)
{
    const struct pccs_counts *c = &import->counts;

    if (!import->is_converted)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "platforms",
                     (json_int_t)c->platforms, "certificates", (json_int_t)c->pcks,
                     "tcb_infos", (json_int_t)c->tcb_infos, "identities",
                     (json_int_t)c->identities, "crls", (json_int_t)c->crls, "odd",
                     (json_int_t)c->odd);
}

static void print_lines(const json_t *lines)
{
    for (size_t i = 0; i < json_array_size(lines); i++)
        printf("  %s\n", json_string_value(json_array_get(lines, i)));
}

static void print_text(const struct import *import, const json_t *counts)
{
    const struct pccs_counts *c = &import->counts;

    if (import->is_converted)
        printf("The database has %zu platforms, %zu certificates, %zu TCB infos, %zu "
               "identities and %zu CRLs; rows that cannot be understood: %zu\n",
               c->platforms, c->pcks, c->tcb_infos, c->identities, c->crls, c->odd);
    print_lines(import->odd);
    printf("%s: %s\n", import->is_taken ? "Taken" : "Refused", import->said);
    print_lines(import->complaints);
    if (counts != NULL)
        printf("Held now: %lld platforms, %lld certificates\n",
               tree_number(counts, "platforms"), tree_number(counts, "certificates"));
}

static void print_report(const struct import *import)
{
    json_t *counts = counts_now(import);

    if (!import->as_json) {
        print_text(import, counts);
        json_decref(counts);
        return;
    }
    json_t *tree =
        json_pack("{s:b, s:s, s:o, s:O, s:O, s:o}", "taken", (int)import->is_taken,
                  "said", import->said, "converted", converted_tree(import), "odd",
                  import->odd, "complaints", import->complaints, "counts",
                  counts != NULL ? counts : json_null());
    describe_print_json(tree);
    json_decref(tree);
}

static int bring(struct import *import)
{
    struct error err = { 0 };

    if (!open_bundle(import, &err)) {
        error_within(&err, "%s", safe_string(import->path).s);
        (void)platform_fail("import", &err, import->as_json);
        return EXIT_USAGE;
    }
    if (!put(import, &err))
        return platform_fail("import", &err, import->as_json);
    print_report(import);
    return import->is_taken ? EXIT_YES : EXIT_NO;
}

int platform_import(int argc, char **argv)
{
    struct import import = { .fd = -1, .spool = { .fd = -1 } };
    const struct argument_option options[] = {
        { "--state", &import.address.state, NULL },
        { "--socket", &import.address.socket, NULL },
        { "--json", NULL, &import.as_json },
    };
    const char *plain[2];
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), plain, 2, &count, &err)
        || ((count < 2 || strcmp(plain[0], "pccs") != 0)
            && !error_set(&err, ERROR_FORMAT, "expected import pccs FILE")))
        return platform_usage("import", &err);
    import.path = plain[1];
    import.odd = json_array();
    import.complaints = json_array();
    int status = bring(&import);
    close_bundle(&import);
    json_decref(import.odd);
    json_decref(import.complaints);
    return status;
}
