/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include <stdio.h>
#include <unistd.h>

#include "format/json.h"
#include "store/pccs_file.h"

enum { TEXT_MAX = 1 << 20 };

static bool take(void *context, struct bytes piece, struct error *err)
{
    struct buf *text = context;

    buf_add(text, piece);
    return !text->failed || error_set(err, ERROR_LIMIT, "more than is looked at here");
}

/* Whatever lies in the file, what comes out is a JSON document. */
static void check_bundle(const struct buf *text)
{
    struct arena arena;
    struct json json;
    struct error err = { 0 };

    arena_init(&arena, TEXT_MAX);
    json_begin(&json, buf_bytes(text), &arena, &err);
    json_skip(&json);
    FUZZ_CHECK(json_end(&json) || err.kind == ERROR_LIMIT);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    char path[] = P_tmpdir "/thim_pccs_XXXXXX";
    int fd = mkstemp(path);
    struct pccs_counts counts;
    struct error err = { 0 };
    struct buf text;

    FUZZ_CHECK(fd >= 0 && write(fd, at, len) == (ssize_t)len);
    buf_init(&text, TEXT_MAX);
    if (pccs_file_to_bundle(path, take, NULL, &text, &counts, &err))
        check_bundle(&text);
    else
        FUZZ_CHECK(err.kind != ERROR_NONE && err.text[0] != 0);
    buf_fini(&text);
    close(fd);
    unlink(path);
    return 0;
}
