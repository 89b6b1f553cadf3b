/* SPDX-License-Identifier: Apache-2.0 */
/* thim platform register and rebind: files of registrations, brought to the service a few
 * at a time; a row that is refused does not stop the rest. */
#include <stdio.h>
#include <string.h>

#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/describe.h"
#include "thim/platform_parts.h"
#include "thim/platform_rows.h"
#include "thim/progress.h"
#include "thim/tree.h"

enum { FILES_MAX = 256, AT_ONCE = 8, ROW_BYTES_MAX = 2 * REGISTRATION_BYTES_MAX };

struct slip { /* one row that is with the service */
    struct intake *intake;
    bool is_taken;
    size_t line;
    char qe_id[QE_ID_MAX + 1];
};

struct intake {
    const char *verb, *path;
    bool as_json;
    struct service_session *session;
    struct slip slips[AT_ONCE];
    const char *file; /* that is being read */
    struct progress progress;
    size_t rows, held, queued, refused;
    json_t *refusals;
    struct error unreachable; /* ERROR_NONE: it answers */
};

/* ---- what came of a row --------------------------------------------------------- */

static void refuse(struct intake *intake, size_t line, const char *qe_id,
                   const char *code, const char *why)
{
    intake->refused++;
    (void)json_array_append_new(
        intake->refusals,
        json_pack("{s:s, s:I, s:s, s:s, s:s}", "file", safe_string(intake->file).s,
                  "line", (json_int_t)line, "qe_id", qe_id, "code", code, "why", why));
}

static void told(void *slip_, const struct service_reply *reply)
{
    struct slip *slip = slip_;
    struct intake *intake = slip->intake;
    const char *outcome = tree_text(reply->json, "outcome");

    slip->is_taken = false;
    if (reply->status == 0)
        intake->unreachable = reply->why;
    else if (reply->why.kind != ERROR_NONE)
        refuse(intake, slip->line, slip->qe_id, error_kind_name(reply->why.kind),
               reply->why.text);
    else if (strcmp(outcome, "held") == 0)
        intake->held++;
    else if (strcmp(outcome, "queued") == 0)
        intake->queued++;
    else
        refuse(intake, slip->line, slip->qe_id, tree_text(reply->json, "code"),
               tree_text(reply->json, "why"));
    progress_at(&intake->progress, intake->held + intake->queued + intake->refused);
}

/* ---- bringing ------------------------------------------------------------------- */

/* A slip that is free, once there is one. */
static struct slip *take_slip(struct intake *intake, struct error *err)
{
    unsigned running;

    for (;;) {
        for (size_t i = 0; i < AT_ONCE; i++)
            if (!intake->slips[i].is_taken)
                return &intake->slips[i];
        if (!service_turn(intake->session, &running, err))
            return NULL;
    }
}

static bool send_row(struct intake *intake, size_t line,
                     const struct registration *registration, struct error *err)
{
    struct slip *slip = take_slip(intake, err);
    struct buf body;

    if (slip == NULL)
        return false;
    *slip = (struct slip){ .intake = intake, .is_taken = true, .line = line };
    snprintf(slip->qe_id, sizeof slip->qe_id, "%s", registration->name.qe_id);
    buf_init(&body, ROW_BYTES_MAX);
    registration_write(&body, registration);
    struct service_request request = { .method = "POST",
                                       .path = intake->path,
                                       .body = buf_bytes(&body),
                                       .context = slip,
                                       .done = told };
    bool well = service_begin(intake->session, &request, err);
    buf_fini(&body);
    return well;
}

static bool bring_row(struct intake *intake, const struct rows *rows, size_t i,
                      struct error *err)
{
    struct registration registration;
    struct arena arena;
    struct error why = { 0 };
    bool well = true;

    arena_init(&arena, ROW_BYTES_MAX);
    if (rows_registration(rows, i, &arena, &registration, &why))
        well = send_row(intake, rows->rows[i].line, &registration, err);
    else
        refuse(intake, rows->rows[i].line, "", "malformed", why.text);
    arena_fini(&arena);
    return well;
}

static bool bring_rows(struct intake *intake, const struct rows *rows, struct error *err)
{
    unsigned running = 0;

    progress_begin(&intake->progress, intake->file,
                   intake->rows + rows->count); /* of all files so far */
    intake->rows += rows->count;
    for (size_t i = 0; i < rows->count && intake->unreachable.kind == ERROR_NONE; i++)
        if (!bring_row(intake, rows, i, err))
            return false;
    do
        if (!service_turn(intake->session, &running, err))
            return false;
    while (running > 0);
    progress_end(&intake->progress);
    if (intake->unreachable.kind != ERROR_NONE)
        return error_set(err, ERROR_UNREACHABLE, "%s", intake->unreachable.text);
    return true;
}

static bool bring_file(struct intake *intake, const char *path, struct error *err)
{
    struct rows rows;

    intake->file = path;
    bool well = rows_read(path, &rows, err);
    if (!well && err->kind == ERROR_NOT_FOUND)
        err->kind = ERROR_FORMAT; /* a file, not a platform */
    well = well && bring_rows(intake, &rows, err);
    rows_fini(&rows);
    return well;
}

/* ---- the report ----------------------------------------------------------------- */

static void print_refusals(const struct intake *intake)
{
    for (size_t i = 0; i < json_array_size(intake->refusals); i++) {
        const json_t *each = json_array_get(intake->refusals, i);
        printf("%s:%lld: refused%s%s: %s: %s\n", tree_text(each, "file"),
               tree_number(each, "line"), tree_text(each, "qe_id")[0] != 0 ? " " : "",
               tree_text(each, "qe_id"), tree_text(each, "code"), tree_text(each, "why"));
    }
}

static void print_report(const struct intake *intake)
{
    if (!intake->as_json) {
        print_refusals(intake);
        printf("%zu rows: %zu held, %zu queued, %zu refused\n", intake->rows,
               intake->held, intake->queued, intake->refused);
        return;
    }
    json_t *tree =
        json_pack("{s:I, s:I, s:I, s:I, s:O}", "rows", (json_int_t)intake->rows, "held",
                  (json_int_t)intake->held, "queued", (json_int_t)intake->queued,
                  "refused", (json_int_t)intake->refused, "refusals", intake->refusals);
    describe_print_json(tree);
    json_decref(tree);
}

static int bring(struct intake *intake, const struct service_address *address,
                 const char **files, size_t count)
{
    struct error err = { 0 };

    bool well = service_open(address, &intake->session, &err);
    for (size_t i = 0; well && i < count; i++)
        well = bring_file(intake, files[i], &err);
    service_close(intake->session);
    print_report(intake);
    if (!well) {
        fprintf(stderr, "thim: platform %s: %s\n", intake->verb, err.text);
        return (int)service_exit_status(&err);
    }
    return intake->refused > 0 ? EXIT_NO : EXIT_YES;
}

static int run(const char *verb, const char *path, int argc, char **argv)
{
    struct service_address address = { 0 };
    struct intake intake = { .verb = verb, .path = path };
    const struct argument_option options[] = {
        { "--state", &address.state, NULL },
        { "--socket", &address.socket, NULL },
        { "--json", NULL, &intake.as_json },
    };
    const char *files[FILES_MAX];
    size_t count;
    struct error err = { 0 };

    if (!arguments_read(argc, argv, options, COUNT_OF(options), files, FILES_MAX, &count,
                        &err)
        || (count == 0
            && !error_set(&err, ERROR_FORMAT, "which file? (- is standard input)")))
        return platform_usage(verb, &err);
    intake.refusals = json_array();
    int status = bring(&intake, &address, files, count);
    json_decref(intake.refusals);
    return status;
}

int platform_register(int argc, char **argv)
{
    return run("register", "/thim/v1/platforms", argc, argv);
}

int platform_rebind(int argc, char **argv)
{
    return run("rebind", "/thim/v1/platforms/rebind", argc, argv);
}
