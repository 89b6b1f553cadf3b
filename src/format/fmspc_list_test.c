/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdio.h>

#include "format/fmspc_list.h"
#include "format/test_edit.h"
#include "format/test_manifest.h"

enum { ROOM = 4 << 20 };

#define GOOD                                                                         \
    "[{\"fmspc\":\"00A06D080000\",\"platform\":\"E5\"},{\"fmspc\":\"00A067110000\"," \
    "\"platform\":\"E3\"},{\"fmspc\":\"00906EA50000\",\"platform\":\"client\"}]"

struct reading {
    struct arena arena;
    struct fmspc_list list;
    struct error err;
    bool ok;
};

static void read_text(struct reading *r, struct bytes text)
{
    *r = (struct reading){ .ok = false };
    arena_init(&r->arena, ROOM);
    r->ok = fmspc_list_parse(text, &r->arena, &r->list, &r->err);
}

static void a_list_is_read_and_written_as_pcs_writes_it(void **state)
{
    static const struct {
        const char *in;
        enum fmspc_platform only;
        const char *out;
    } cases[] = {
        { GOOD, 0, GOOD },
        { GOOD, FMSPC_E5, "[{\"fmspc\":\"00A06D080000\",\"platform\":\"E5\"}]" },
        { GOOD, FMSPC_E3, "[{\"fmspc\":\"00A067110000\",\"platform\":\"E3\"}]" },
        { GOOD, FMSPC_CLIENT, "[{\"fmspc\":\"00906EA50000\",\"platform\":\"client\"}]" },
        { "[{\"fmspc\":\"00a06d080000\",\"platform\":\"E5\"}]", 0,
          "[{\"fmspc\":\"00A06D080000\",\"platform\":\"E5\"}]" },
        { " [ { \"platform\" : \"E9\" , \"more\" : [ ] , \"fmspc\" : \"00A06D080000\" } "
          "] ",
          0, "[{\"fmspc\":\"00A06D080000\",\"platform\":\"other\"}]" },
        { "[{\"fmspc\":\"00A06D080000\",\"platform\":\"other\"}]", 0,
          "[{\"fmspc\":\"00A06D080000\",\"platform\":\"other\"}]" },
        { "[{\"fmspc\":\"00A06D080000\",\"platform\":\"other\"}]", FMSPC_E5, "[]" },
        { "[{\"fmspc\":\"00A06D080000\",\"platform\":\"E5\"},{\"fmspc\":"
          "\"00a06d080000\",\"platform\":\"E3\"}]",
          0, "[{\"fmspc\":\"00A06D080000\",\"platform\":\"E5\"}]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r;
        struct buf out;
        buf_init(&out, ROOM);
        read_text(&r, bytes_of_text(cases[i].in));
        assert_ok(r.ok, r.err);
        fmspc_list_write(&out, &r.list, cases[i].only);
        assert_string_equal(buf_text(&out), cases[i].out);
        arena_fini(&r.arena);
        buf_fini(&out);
    }
}

static void a_list_names_what_it_lists(void **state)
{
    static const uint8_t listed[] = { 0x00, 0xa0, 0x67, 0x11, 0x00, 0x00 };
    static const uint8_t other[] = { 0x00, 0xa0, 0x67, 0x11, 0x00, 0x01 };
    struct reading r;

    (void)state;
    read_text(&r, bytes_of_text(GOOD));
    assert_ok(r.ok, r.err);
    assert_int_equal(r.list.count, 3);
    assert_int_equal(r.list.entries[2].platform, FMSPC_CLIENT);
    assert_true(fmspc_list_names(&r.list, listed));
    assert_false(fmspc_list_names(&r.list, other));
    arena_fini(&r.arena);
}

static void anything_else_is_refused_by_its_place(void **state)
{
    static const struct {
        const char *claim, *find, *put, *refusal;
    } cases[] = {
        { "an FMSPC of 5 bytes", "00A067110000", "00A0671100",
          "[1].fmspc, at byte 51: \"00A0671100\" is not 12 hex digits" },
        { "an FMSPC that is no hex", "00A067110000", "00A06711000O", "[1].fmspc" },
        { "an FMSPC as a number", "\"00A067110000\"", "671100", "[1].fmspc, at byte 51" },
        { "no FMSPC", "\"fmspc\":\"00A067110000\",", "",
          "[1], at byte 42: lacks \"fmspc\"" },
        { "no platform", ",\"platform\":\"E3\"", "",
          "[1], at byte 42: lacks \"platform\"" },
        { "a platform as a number", "\"E3\"", "3", "[1].platform, at byte 77" },
        { "an entry that is text", "{\"fmspc\":\"00A067110000\",\"platform\":\"E3\"}",
          "\"00A067110000\"", "[1], at byte 42: expected an object, found a string" },
        { "an object instead of a list", GOOD, "{}",
          "at byte 0: expected an array, found an object" },
        { "an empty list", GOOD, "[]", "at byte 0: no FMSPC" },
        { "a page instead of a list", GOOD, "<html>", "expected an array, found <" },
        { "a second list", GOOD, GOOD "[]", "expected nothing after the document" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = edited(bytes_of_text(GOOD), cases[i].find, cases[i].put);
        struct reading r;
        read_text(&r, buf_bytes(&text));
        if (r.ok)
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(r.err, ERROR_FORMAT, cases[i].refusal);
        assert_int_equal(r.list.count, 0);
        arena_fini(&r.arena);
        buf_fini(&text);
    }
}

static void a_list_has_so_many_entries(void **state)
{
    (void)state;
    for (unsigned count = FMSPCS_MAX; count <= FMSPCS_MAX + 1; count++) {
        struct reading r;
        struct buf text;
        buf_init(&text, ROOM);
        for (unsigned i = 0; i < count; i++)
            buf_addf(&text, "%c{\"fmspc\":\"%04x00000000\",\"platform\":\"E5\"}",
                     i == 0 ? '[' : ',', i);
        buf_add_text(&text, ",{\"fmspc\":\"000000000000\",\"platform\":\"E5\"}]");
        read_text(&r, buf_bytes(&text));
        assert_int_equal(r.ok, count == FMSPCS_MAX); /* the repeat takes no room */
        if (r.ok)
            assert_int_equal(r.list.count, FMSPCS_MAX);
        else
            assert_refused(r.err, ERROR_LIMIT, "[4096], at byte");
        arena_fini(&r.arena);
        buf_fini(&text);
    }
}

static void every_cut_is_refused(void **state)
{
    struct bytes text = bytes_of_text(GOOD);

    (void)state;
    for (size_t len = 0; len < text.len; len++) {
        uint8_t *cut = exact_copy(bytes_first(text, len));
        struct reading r;
        read_text(&r, bytes_of(cut, len));
        assert_false(r.ok);
        assert_int_equal(r.err.kind, ERROR_FORMAT);
        arena_fini(&r.arena);
        free(cut);
    }
}

static void memory_has_a_ceiling(void **state)
{
    struct error err = { 0 };
    struct fmspc_list list;
    struct arena arena;

    (void)state;
    for (size_t ceiling = 0; ceiling <= 16 * 1024; ceiling += 4096) {
        arena_init(&arena, ceiling);
        assert_false(fmspc_list_parse(bytes_of_text(GOOD), &arena, &list, &err));
        assert_refused(err, ERROR_LIMIT, "no memory left");
        arena_fini(&arena);
    }
}

/* Real lists are written back byte for byte, and their counts are those of another
 * reader. */
static void real_lists_are_written_back_as_they_came(void **state)
{
    static const struct {
        const char *path;
        size_t count, client, e3, e5;
    } cases[] = {
        { "intel/fmspcs/migtd-fmspc_list.json", 39, 11, 3, 25 },
        { "intel/fmspcs/pcs-2025-05-27.json", 44, 12, 3, 29 },
    };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf file = vector_file(cases[i].path), out;
        size_t per_platform[FMSPC_OTHER + 1] = { 0 };
        struct reading r;
        buf_init(&out, ROOM);
        read_text(&r, buf_bytes(&file));
        assert_ok(r.ok, r.err);
        fmspc_list_write(&out, &r.list, 0);
        assert_true(bytes_equal(buf_bytes(&out), buf_bytes(&file)));
        for (size_t k = 0; k < r.list.count; k++)
            per_platform[r.list.entries[k].platform]++;
        assert_int_equal(r.list.count, cases[i].count);
        assert_int_equal(per_platform[FMSPC_CLIENT], cases[i].client);
        assert_int_equal(per_platform[FMSPC_E3], cases[i].e3);
        assert_int_equal(per_platform[FMSPC_E5], cases[i].e5);
        arena_fini(&r.arena);
        buf_fini(&out);
        buf_fini(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_and_written_as_pcs_writes_it),
        cmocka_unit_test(a_list_names_what_it_lists),
        cmocka_unit_test(anything_else_is_refused_by_its_place),
        cmocka_unit_test(a_list_has_so_many_entries),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(memory_has_a_ceiling),
        cmocka_unit_test(real_lists_are_written_back_as_they_came),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
