/* SPDX-License-Identifier: Apache-2.0 */
/* Of whatever deny list is accepted: each entry has a value of its kind, a reason and
 * somebody, is found by its value, and the list as written is read again equal. What is
 * refused says where. */
#include "config/deny.h"
#include "kit/fuzz.h"

#define ARENA_MAX ((size_t)16 << 20)

static void check_entry(const struct deny_list *list, const struct deny_entry *entry)
{
    FUZZ_CHECK(entry->kind >= DENY_CHIP_ID && entry->kind < DENY_KINDS);
    FUZZ_CHECK(entry->value.len > 0 && entry->value.len <= DENY_VALUE_MAX);
    FUZZ_CHECK(deny_text_check(bytes_of_text(entry->why), NULL));
    FUZZ_CHECK(deny_text_check(bytes_of_text(entry->by), NULL));
    FUZZ_CHECK(entry->line > 0 && entry->until_s >= 0);
    FUZZ_CHECK(deny_find(list, entry->kind, entry->value, 0) == entry);
}

static void check_same(const struct deny_list *a, const struct deny_list *b)
{
    FUZZ_CHECK(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        FUZZ_CHECK(a->entries[i].kind == b->entries[i].kind);
        FUZZ_CHECK(bytes_equal(a->entries[i].value, b->entries[i].value));
        FUZZ_CHECK(strcmp(a->entries[i].why, b->entries[i].why) == 0);
        FUZZ_CHECK(strcmp(a->entries[i].by, b->entries[i].by) == 0);
        FUZZ_CHECK(a->entries[i].until_s == b->entries[i].until_s);
    }
}

static void check_writing(const struct deny_list *list, struct arena *arena)
{
    struct deny_list again;
    struct buf out;

    buf_init(&out, DENY_FILE_MAX);
    deny_write(list, &out);
    FUZZ_CHECK(!out.failed);
    FUZZ_CHECK(deny_parse(buf_bytes(&out), "again.yaml", arena, &again, NULL));
    check_same(list, &again);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct error err = { 0 };
    struct deny_list list;
    struct arena arena;

    arena_init(&arena, ARENA_MAX);
    if (deny_parse(bytes_of(at, len), "fuzz.yaml", &arena, &list, &err)) {
        for (size_t i = 0; i < list.count; i++)
            check_entry(&list, &list.entries[i]);
        check_writing(&list, &arena);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(strncmp(err.text, "fuzz.yaml", 9) == 0);
    }
    arena_fini(&arena);
    return 0;
}
