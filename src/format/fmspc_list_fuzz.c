/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/fmspc_list.h"

static void check_entries(const struct fmspc_list *list)
{
    FUZZ_CHECK(list->count >= 1 && list->count <= FMSPCS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        FUZZ_CHECK(list->entries[i].platform >= FMSPC_CLIENT
                   && list->entries[i].platform <= FMSPC_OTHER);
        struct fmspc_list before = { list->entries, i };
        FUZZ_CHECK(!fmspc_list_names(&before, list->entries[i].fmspc));
        FUZZ_CHECK(fmspc_list_names(list, list->entries[i].fmspc));
    }
}

/* What was written says the same, and is written the same. */
static void writes_back(const struct fmspc_list *list, struct arena *arena)
{
    struct fmspc_list again;
    struct error err = { 0 };
    struct buf first, second;

    buf_init(&first, (size_t)4 << 20);
    buf_init(&second, (size_t)4 << 20);
    fmspc_list_write(&first, list, 0);
    FUZZ_CHECK(fmspc_list_parse(buf_bytes(&first), arena, &again, &err));
    FUZZ_CHECK(again.count == list->count);
    fmspc_list_write(&second, &again, 0);
    FUZZ_CHECK(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct fmspc_list list;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, (size_t)64 << 20);
    if (fmspc_list_parse(bytes_of(at, len), &arena, &list, &err)) {
        check_entries(&list);
        writes_back(&list, &arena);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(list.count == 0);
    }
    arena_fini(&arena);
    return 0;
}
