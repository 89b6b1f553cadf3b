/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/page_sheet.h"

#include "kit/test.h"
#include "serve/shelf.h"

#define NOW_S INT64_C(1750377600)

struct desk { /* who writes, and what it is to write */
    int64_t until_s;
    bool fails;
    int written;
};

static bool write_page(void *desk_, const struct page_house *house, struct page_spec *out,
                       struct error *err)
{
    struct desk *desk = desk_;

    desk->written++;
    if (desk->fails)
        return error_set(err, ERROR_LIMIT, "no room");
    *out = (struct page_spec){ .content_type = "text/plain",
                               .is_public = true,
                               .max_age_s = 600000,
                               .body = arena_copy(house->arena, bytes_of_text("body")),
                               .from_s = NOW_S,
                               .until_s = desk->until_s };
    return out->body.at != NULL;
}

static const struct shelf_page *read(struct page_sheet *sheet, struct desk *desk,
                                     int64_t now_s, struct error *err)
{
    struct page_house house = { .request_id = "test", .now_s = now_s, .max_age_s = 60 };
    struct page_writer writer = { .context = desk, .write = write_page };

    return page_sheet_read(sheet, &house, &writer, err);
}

static void a_page_is_written_once_and_again_in_time(void **state)
{
    (void)state;
    struct desk desk = { .until_s = NOW_S + 700000 };
    struct page_sheet sheet = { .page = NULL };
    struct error err = { 0 };

    assert_int_equal(page_sheet_bytes(&sheet), 0);
    const struct shelf_page *page = read(&sheet, &desk, NOW_S, &err);
    assert_non_null(page);
    assert_string_equal(page->cache_control, "public, max-age=600000");
    assert_true(page_sheet_bytes(&sheet) > 4);
    assert_ptr_equal(read(&sheet, &desk, NOW_S + 99999, &err), page);
    assert_int_equal(desk.written, 1);
    page = read(&sheet, &desk, NOW_S + 100000, &err);
    assert_int_equal(desk.written, 2);
    assert_string_equal(page->cache_control, "public, max-age=599940");
    read(&sheet, &desk, NOW_S + 100000 + SHELF_REBUILD_S - 1, &err);
    assert_int_equal(desk.written, 2); /* not more often than a shelf is made */
    page_sheet_drop(&sheet);
    page_sheet_drop(&sheet);
}

static void what_cannot_be_written_leaves_nothing_behind(void **state)
{
    (void)state;
    struct desk desk = { .until_s = NOW_S + 100, .fails = true };
    struct page_sheet sheet = { .page = NULL };
    struct error err = { 0 };

    assert_null(read(&sheet, &desk, NOW_S, &err));
    assert_refused(err, ERROR_LIMIT, "no room");
    assert_null(sheet.page);
    desk.fails = false;
    assert_non_null(read(&sheet, &desk, NOW_S, &err));
    desk.fails = true;
    assert_null(read(&sheet, &desk, NOW_S + 1000, &err)); /* its time is over */
    page_sheet_drop(&sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_written_once_and_again_in_time),
        cmocka_unit_test(what_cannot_be_written_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
