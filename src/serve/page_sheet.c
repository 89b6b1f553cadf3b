/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/page_sheet.h"

#include "serve/shelf.h"

enum { SHEET_BLOCK = 3072, SHEET_BYTES_MAX = 256 * 1024 };

void page_sheet_drop(struct page_sheet *sheet)
{
    if (sheet->page == NULL)
        return;
    shelf_page_drop(sheet->page);
    arena_fini(&sheet->arena);
    sheet->page = NULL;
}

static bool make(struct page_sheet *out, const struct page_house *house,
                 const struct page_writer *writer, struct error *err)
{
    struct page_house own = *house;
    struct page_spec spec;

    *out = (struct page_sheet){ .page = NULL };
    arena_init_in_blocks(&out->arena, SHEET_BLOCK, SHEET_BYTES_MAX);
    own.arena = &out->arena;
    if (!writer->write(writer->context, &own, &spec, err)
        || !shelf_page_make(&own, &spec, &out->page, err)) {
        if (out->page != NULL)
            shelf_page_drop(out->page);
        arena_fini(&out->arena);
        return false;
    }
    out->remake_s = spec.until_s - page_max_age_s(&own, &spec);
    if (out->remake_s < own.now_s + SHELF_REBUILD_S)
        out->remake_s = own.now_s + SHELF_REBUILD_S;
    return true;
}

const struct shelf_page *page_sheet_read(struct page_sheet *sheet,
                                         const struct page_house *house,
                                         const struct page_writer *writer,
                                         struct error *err)
{
    struct page_sheet fresh;

    if (sheet->page != NULL && house->now_s < sheet->remake_s)
        return sheet->page;
    if (!make(&fresh, house, writer, err))
        return NULL;
    page_sheet_drop(sheet);
    *sheet = fresh;
    return sheet->page;
}

/* libmicrohttpd keeps headers and body a second time. */
size_t page_sheet_bytes(const struct page_sheet *sheet)
{
    return sheet->page == NULL ? 0 : 2 * sheet->arena.used;
}
