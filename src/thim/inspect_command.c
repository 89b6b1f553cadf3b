/* SPDX-License-Identifier: Apache-2.0 */
/* thim inspect: what a file is, and whether the roots vouch for it. Opens no
 * configuration, no store and no socket. */
#include <stdio.h>
#include <string.h>

#include "kit/clock.h"
#include "kit/file.h"
#include "kit/text.h"
#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/describe.h"
#include "verify/chain.h"

struct request {
    const char *file, *chain, *at, *root;
    bool as_json;
    int64_t now_s;
    struct trust trust;
};

static bool read_request(int argc, char **argv, struct request *out, struct error *err)
{
    const struct argument_option options[] = {
        { "--chain", &out->chain, NULL },
        { "--at", &out->at, NULL },
        { "--root", &out->root, NULL },
        { "--json", NULL, &out->as_json },
    };
    size_t count;

    if (!arguments_read(argc, argv, options, COUNT_OF(options), &out->file, 1, &count,
                        err))
        return false;
    if (count == 0)
        return error_set(err, ERROR_FORMAT, "which file? (- is standard input)");
    out->now_s = clock_real_wall_s();
    if (out->at != NULL && !utc_read(bytes_of_text(out->at), &out->now_s))
        return error_set(err, ERROR_FORMAT,
                         "--at %s: expected a time such as 2025-06-20T00:00:00Z",
                         safe_string(out->at).s);
    return true;
}

/* The key of a root given with --root: its file's last certificate. */
static bool add_root(struct request *request, struct arena *arena, struct error *err)
{
    struct buf file;
    struct inspection root;

    buf_init(&file, INSPECT_FILE_MAX);
    bool well = file_read(request->root, &file, err)
                && inspect(arena_copy(arena, buf_bytes(&file)), (struct bytes){ 0 },
                           &request->trust, request->now_s, arena, &root, err);
    buf_fini(&file);
    if (well && root.certificate_count == 0)
        well = error_set(err, ERROR_FORMAT, "not a certificate");
    if (well
        && trust_find(&request->trust, &root.certificates[root.certificate_count - 1]))
        return true;
    if (well)
        well = chain_add_root(root.certificates[root.certificate_count - 1].der,
                              ROOT_TEST, &request->trust, err);
    return well || error_within(err, "--root %s", safe_string(request->root).s);
}

static bool read_files(struct request *request, struct arena *arena, struct bytes *file,
                       struct bytes *chain, struct error *err)
{
    struct buf content;

    buf_init(&content, INSPECT_FILE_MAX);
    bool well = file_read(request->file, &content, err);
    *file = arena_copy(arena, buf_bytes(&content));
    buf_clear(&content);
    if (well && request->chain != NULL)
        well = file_read(request->chain, &content, err);
    *chain = arena_copy(arena, buf_bytes(&content));
    buf_fini(&content);
    return well && (request->root == NULL || add_root(request, arena, err));
}

static int answer(const struct request *request, json_t *tree, bool trusted)
{
    if (request->as_json) {
        describe_print_json(tree);
    } else {
        describe_print(stdout, tree);
    }
    json_decref(tree);
    return trusted ? EXIT_YES : EXIT_NO;
}

static int run(struct request *request, struct arena *arena)
{
    struct bytes file, chain;
    struct inspection inspection;
    struct error err = { 0 };

    if (!read_files(request, arena, &file, &chain, &err)) {
        fprintf(stderr, "thim: inspect: %s\n", err.text);
        if (request->as_json)
            answer(request, describe_unknown(&err), false);
        return EXIT_USAGE;
    }
    if (!inspect(file, chain, &request->trust, request->now_s, arena, &inspection, &err))
        return answer(request, describe_unknown(&err), false);
    return answer(request, describe_inspection(&inspection), inspection.trusted);
}

int command_inspect(int argc, char **argv)
{
    struct request request = { 0 };
    struct error err = { 0 };
    struct arena arena;

    trust_init(&request.trust);
    if (!read_request(argc, argv, &request, &err)) {
        fprintf(stderr, "thim: inspect: %s\n", err.text);
        return EXIT_USAGE;
    }
    arena_init(&arena, INSPECT_ARENA_MAX);
    int status = run(&request, &arena);
    arena_fini(&arena);
    return status;
}
