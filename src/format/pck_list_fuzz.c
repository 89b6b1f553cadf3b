/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/pck_list.h"
#include "format/x509.h"

enum { ROOM = 64 << 20 };

static void check_entry(const struct pck_entry *entry)
{
    unsigned pcesvn = entry->tcbm[16] | (unsigned)entry->tcbm[17] << 8;

    FUZZ_CHECK(entry->kind >= PCK_ENTRY_CERTIFICATE && entry->kind <= PCK_ENTRY_ODD);
    FUZZ_CHECK((entry->kind == PCK_ENTRY_ODD) == (entry->why != NULL));
    if (entry->kind == PCK_ENTRY_ODD)
        return;
    FUZZ_CHECK(!entry->has_tcb || entry->pcesvn == pcesvn);
    FUZZ_CHECK((entry->kind == PCK_ENTRY_CERTIFICATE) == (entry->der.len > 0));
    FUZZ_CHECK(entry->der.len <= X509_CERTIFICATE_MAX);
}

static bool is_same(const struct pck_entry *a, const struct pck_entry *b)
{
    return a->kind == b->kind && a->has_tcb == b->has_tcb && a->pcesvn == b->pcesvn
           && memcmp(a->components, b->components, sizeof a->components) == 0
           && memcmp(a->tcbm, b->tcbm, TCBM_LEN) == 0 && bytes_equal(a->der, b->der);
}

/* What was written says the same but for what is odd, and is written the same. */
static void writes_back(const struct pck_list *list, struct arena *arena)
{
    struct pck_list again;
    struct error err = { 0 };
    struct buf first, second;
    size_t at = 0;

    buf_init(&first, ROOM);
    buf_init(&second, ROOM);
    pck_list_write(&first, list);
    if (first.len <= PCK_LIST_BYTES_MAX) {
        FUZZ_CHECK(pck_list_parse(buf_bytes(&first), arena, &again, &err));
        for (size_t i = 0; i < list->count; i++)
            if (list->entries[i].kind != PCK_ENTRY_ODD)
                FUZZ_CHECK(is_same(&list->entries[i], &again.entries[at++]));
        FUZZ_CHECK(at == again.count);
        pck_list_write(&second, &again);
        FUZZ_CHECK(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
    }
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct pck_list list;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, ROOM);
    if (pck_list_parse(bytes_of(at, len), &arena, &list, &err)) {
        FUZZ_CHECK(list.count <= PCK_LIST_MAX);
        for (size_t i = 0; i < list.count; i++)
            check_entry(&list.entries[i]);
        writes_back(&list, &arena);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(list.count == 0);
    }
    arena_fini(&arena);
    return 0;
}
