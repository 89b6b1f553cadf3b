/* SPDX-License-Identifier: Apache-2.0 */
/* One answer in memory of its own, written when it is first asked for and again when its
 * max-age would outlive what it stands on. For who answers under a lock of the one that
 * is asked about; the shelf writes all of its pages at once. */
#ifndef THIM_SERVE_PAGE_SHEET_H
#define THIM_SERVE_PAGE_SHEET_H

#include "serve/shelf_page.h"

struct page_sheet { /* zeros: nothing is written */
    struct arena arena;
    struct shelf_page *page;
    int64_t remake_s;
};

struct page_writer {
    void *context;
    /* What the answer is; in house->arena, which becomes the sheet's. */
    bool (*write)(void *context, const struct page_house *house, struct page_spec *out,
                  struct error *err);
};

/* The page as it is now, the sheet's own; NULL where it could not be written. The house's
 * arena is passed over. */
const struct shelf_page *page_sheet_read(struct page_sheet *sheet,
                                         const struct page_house *house,
                                         const struct page_writer *writer,
                                         struct error *err);

void page_sheet_drop(struct page_sheet *sheet);

/* By estimate, for a cache's bound. */
size_t page_sheet_bytes(const struct page_sheet *sheet);

#endif
