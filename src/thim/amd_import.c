/* SPDX-License-Identifier: Apache-2.0 */
/* thim amd import: a fleet's chips, told to the service; certificates that are there are
 * brought as they are, and the rest is fetched by the service in its own time. What is
 * wanted is a row of its store from then on, so whoever waits here may stop. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/text.h"
#include "thim/amd_parts.h"
#include "thim/amd_sources.h"
#include "thim/arguments.h"
#include "thim/describe.h"
#include "thim/progress.h"
#include "thim/tree.h"

enum {
    SOURCES_MAX = 256,
    CHIPS_MAX = 4 * 1024 * 1024, /* of one import */
    CHIPS_AT_ONCE = 4096,
    BATCH = 1000, /* as many as the service takes */
    AT_ONCE = 8,  /* certificates that are with the service */
    REFUSALS_SHOWN = 100,
    LOOK_MS = 2000, /* between two looks at how far it has come */
};

struct slip { /* one certificate that is with the service */
    struct import *import;
    bool is_taken;
    struct kds_key key;
    char path[256];
};

struct import {
    struct service_address address;
    struct amd_sink sink;
    bool as_json, waits;
    struct service_session *session;
    struct slip slips[AT_ONCE];
    struct kds_key *chips; /* in order and each once, when all sources are read */
    size_t count, room;
    size_t brought, taken, refused, added;
    size_t held, failed; /* of the chips */
    json_t *refusals;
    struct error unreachable; /* ERROR_NONE: it answers */
};

/* ---- what the sources give ------------------------------------------------------ */

static void refuse(void *import_, const char *path, size_t line, const char *why)
{
    struct import *import = import_;

    if (import->refused++ < REFUSALS_SHOWN)
        (void)json_array_append_new(
            import->refusals,
            json_pack("{s:s, s:I, s:s}", "file", safe_string(path).s, "line",
                      (json_int_t)line, "why", why)); /* its words are escaped already */
}

static bool want(void *import_, const struct kds_key *key, struct error *err)
{
    struct import *import = import_;

    if (import->count == CHIPS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d chips at once", CHIPS_MAX);
    if (import->count == import->room) {
        struct kds_key *more =
            realloc(import->chips, (import->room + CHIPS_AT_ONCE) * sizeof *more);
        if (more == NULL)
            return error_set(err, ERROR_SYSTEM, "no memory for more than %zu chips",
                             import->count);
        import->chips = more;
        import->room += CHIPS_AT_ONCE;
    }
    import->chips[import->count++] = *key;
    return true;
}

/* What the service does not take is fetched instead. */
static void told(void *slip_, const struct service_reply *reply)
{
    struct slip *slip = slip_;
    struct import *import = slip->import;
    struct error err = { 0 };

    slip->is_taken = false;
    if (reply->status == 0) {
        import->unreachable = reply->why;
    } else if (reply->status == 200) {
        import->taken++;
    } else {
        refuse(import, slip->path, 0, reply->why.text);
        if (slip->key.vek == VEK_VCEK && !want(import, &slip->key, &err))
            refuse(import, slip->path, 0, err.text);
    }
}

/* A slip that is free, once there is one. */
static struct slip *take_slip(struct import *import, struct error *err)
{
    unsigned running;

    for (;;) {
        for (size_t i = 0; i < AT_ONCE; i++)
            if (!import->slips[i].is_taken)
                return &import->slips[i];
        if (!service_turn(import->session, &running, err))
            return NULL;
    }
}

static bool is_reached(const struct import *import, struct error *err)
{
    return import->unreachable.kind == ERROR_NONE
           || error_set(err, ERROR_UNREACHABLE, "%s", import->unreachable.text);
}

static bool bring(void *import_, struct bytes der, const struct kds_key *key,
                  const char *path, struct error *err)
{
    struct import *import = import_;
    struct slip *slip = take_slip(import, err);

    if (slip == NULL || !is_reached(import, err))
        return false;
    *slip = (struct slip){ .import = import, .is_taken = true, .key = *key };
    snprintf(slip->path, sizeof slip->path, "%s", path);
    struct service_request request = { .method = "POST",
                                       .path = "/thim/v1/amd/vcek",
                                       .body = der,
                                       .context = slip,
                                       .done = told };
    import->brought++;
    return service_begin(import->session, &request, err);
}

static bool finish_bringing(struct import *import, struct error *err)
{
    unsigned running = 0;

    do
        if (!service_turn(import->session, &running, err))
            return false;
    while (running > 0);
    return is_reached(import, err);
}

/* ---- wanting -------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    return kds_key_compare(a, b);
}

static void settle_chips(struct import *import)
{
    size_t kept = 0;

    if (import->count > 0)
        qsort(import->chips, import->count, sizeof import->chips[0], by_key);
    for (size_t i = 0; i < import->count; i++)
        if (kept == 0
            || kds_key_compare(&import->chips[kept - 1], &import->chips[i]) != 0)
            import->chips[kept++] = import->chips[i];
    import->count = kept;
}

static json_t *batch_json(const struct kds_key *chips, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "product",
                            snp_product_facts(chips[i].product)->name, "chip_id",
                            hex(chips[i].hwid.at, chips[i].hwid.len).s, "tcb_version",
                            tcb_version_hex(chips[i].product, &chips[i].tcb).s));
    return json_pack("{s:o}", "chips", list);
}

static bool send_wants(struct import *import, struct error *err)
{
    for (size_t at = 0; at < import->count; at += BATCH) {
        size_t left = import->count - at;
        json_t *body = batch_json(&import->chips[at], left < BATCH ? left : BATCH);
        json_t *answer = NULL;
        bool well =
            service_ask(&import->address, "/thim/v1/amd/chips", body, &answer, err);
        import->added += (size_t)tree_number(answer, "added");
        json_decref(answer);
        json_decref(body);
        if (!well)
            return false;
    }
    return true;
}

/* ---- waiting -------------------------------------------------------------------- */

static bool tally(void *import_, const json_t *chip, struct error *err)
{
    struct import *import = import_;
    const char *state = tree_text(chip, "state");
    struct kds_key key;
    struct error ignored = { 0 };

    (void)err;
    if (!chip_fields_read(bytes_of_text(tree_text(chip, "product")),
                          bytes_of_text(tree_text(chip, "chip_id")),
                          bytes_of_text(tree_text(chip, "tcb_version")), NULL, &key,
                          &ignored)
        || bsearch(&key, import->chips, import->count, sizeof key, by_key) == NULL)
        return true;
    import->held += strcmp(state, "held") == 0;
    import->failed += strcmp(state, "failed") == 0;
    return true;
}

static bool look(struct import *import, struct error *err)
{
    import->held = import->failed = 0;
    return import->count == 0 || amd_walk(&import->address, tally, import, NULL, err);
}

static bool wait_for_all(struct import *import, struct error *err)
{
    struct progress progress;

    if (!look(import, err) || !import->waits
        || import->held + import->failed == import->count)
        return err->kind == ERROR_NONE;
    fputs("The service fetches them in its own time; to stop waiting (ctrl-C) loses "
          "nothing.\n",
          stderr);
    progress_begin(&progress, "fetched", import->count);
    while (import->held + import->failed < import->count) {
        progress_at(&progress, import->held + import->failed);
        (void)poll(NULL, 0, LOOK_MS);
        if (!look(import, err))
            break;
    }
    progress_end(&progress);
    return err->kind == ERROR_NONE;
}

/* ---- the report ----------------------------------------------------------------- */

static void print_text(const struct import *import)
{
    for (size_t i = 0; i < json_array_size(import->refusals); i++) {
        const json_t *each = json_array_get(import->refusals, i);
        printf("%s:%lld: refused: %s\n", tree_text(each, "file"),
               tree_number(each, "line"), tree_text(each, "why"));
    }
    if (import->refused > REFUSALS_SHOWN)
        printf("and %zu more\n", import->refused - REFUSALS_SHOWN);
    printf("%zu certificates brought: %zu taken\n"
           "%zu chips wanted, %zu of them new: %zu held, %zu failed, %zu to be fetched; "
           "%zu refused\n",
           import->brought, import->taken, import->count, import->added, import->held,
           import->failed, import->count - import->held - import->failed,
           import->refused);
}

static void print_report(const struct import *import)
{
    if (!import->as_json) {
        print_text(import);
        return;
    }
    json_t *tree = json_pack(
        "{s:{s:I, s:I}, s:I, s:I, s:I, s:I, s:I, s:I, s:O}", "certificates", "brought",
        (json_int_t)import->brought, "taken", (json_int_t)import->taken, "chips",
        (json_int_t)import->count, "added", (json_int_t)import->added, "held",
        (json_int_t)import->held, "failed", (json_int_t)import->failed, "waiting",
        (json_int_t)(import->count - import->held - import->failed), "refused",
        (json_int_t)import->refused, "refusals", import->refusals);
    describe_print_json(tree);
    json_decref(tree);
}

static bool read_sources(struct import *import, const char **sources, size_t count,
                         struct error *err)
{
    if (!service_open(&import->address, &import->session, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!amd_sources_read(sources[i], &import->sink, err))
            return false;
    return finish_bringing(import, err);
}

static int run(struct import *import, const char **sources, size_t count)
{
    struct error err = { 0 };

    bool well = read_sources(import, sources, count, &err);
    settle_chips(import);
    if (!well || !send_wants(import, &err) || !wait_for_all(import, &err))
        return amd_fail("import", &err, import->as_json);
    print_report(import);
    return import->refused > 0 || import->failed > 0 ? EXIT_NO : EXIT_YES;
}

int amd_import(int argc, char **argv)
{
    struct import import = { .sink = { .context = &import,
                                       .chip = want,
                                       .certificate = bring,
                                       .refused = refuse } };
    const char *product = NULL, *tcb = NULL, *sources[SOURCES_MAX];
    const struct argument_option options[] = {
        { "--state", &import.address.state, NULL },
        { "--socket", &import.address.socket, NULL },
        { "--product", &product, NULL },
        { "--tcb", &tcb, NULL },
        { "--wait", NULL, &import.waits },
        { "--json", NULL, &import.as_json },
    };
    struct chip_hint *hint = &import.sink.hint;
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), sources, SOURCES_MAX,
                        &count, &err)
        || (count == 0
            && !error_set(&err, ERROR_FORMAT, "which file? (- is standard input)"))
        || !amd_read_product(product, &hint->product, &err)
        || !amd_read_tcb(tcb, &hint->has_tcb, &hint->tcb_version, &err))
        return amd_usage("import", &err);
    import.waits = import.waits || isatty(STDERR_FILENO) == 1;
    import.refusals = json_array();
    int status = run(&import, sources, count);
    service_close(import.session);
    json_decref(import.refusals);
    free(import.chips);
    return status;
}
