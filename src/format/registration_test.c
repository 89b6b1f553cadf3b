/* SPDX-License-Identifier: Apache-2.0 */
#include "format/registration.h"

#include "format/json.h"
#include "format/test_edit.h"
#include "kit/test.h"

enum { ROOM = 1 << 20 };

#define QE_ID "0123456789abcdef0123456789ABCDEF"
#define CPU_SVN "0f0F0000000000000000000000000aFF"
#define WHOLE                                                              \
    "{\"enc_ppid\":\"@\",\"pce_id\":\"0600\",\"cpu_svn\":\"" CPU_SVN "\"," \
    "\"pce_svn\":\"0D01\",\"qe_id\":\"" QE_ID "\",\"platform_manifest\":\"#\"}"

/* The text with so many of a digit in the place of "@" (encrypted PPID) and of "#"
 * (manifest). */
static struct buf filled(const char *text, char ppid_digit, size_t manifest_digits)
{
    struct buf out;

    buf_init(&out, ROOM);
    for (; *text != 0; text++) {
        size_t digits = *text == '@'   ? 2 * ENCRYPTED_PPID_LEN
                        : *text == '#' ? manifest_digits
                                       : 0;
        for (size_t i = 0; i < digits; i++)
            buf_add_byte(&out, (uint8_t)(*text == '@' ? ppid_digit : 'b'));
        if (*text != '@' && *text != '#')
            buf_add_byte(&out, (uint8_t)*text);
    }
    return out;
}

struct reading {
    struct arena arena;
    struct registration r;
    struct error err;
    bool ok;
};

static void read_body(struct reading *reading, struct bytes text)
{
    *reading = (struct reading){ .ok = false };
    arena_init(&reading->arena, ROOM);
    reading->ok = registration_parse(text, &reading->arena, &reading->r, &reading->err);
}

static void read_row(struct reading *reading, struct bytes text)
{
    struct json json;

    *reading = (struct reading){ .ok = false };
    arena_init(&reading->arena, ROOM);
    json_begin_up_to(&json, text, ROOM, &reading->arena, &reading->err);
    registration_read(&json, true, &reading->r);
    reading->ok = json_end(&json);
}

static void read_line(struct reading *reading, struct bytes text)
{
    *reading = (struct reading){ .ok = false };
    arena_init(&reading->arena, ROOM);
    reading->ok =
        registration_read_csv(text, &reading->arena, &reading->r, &reading->err);
}

static void a_whole_registration_is_read_member_by_member(void **state)
{
    static const uint8_t cpusvn[16] = { 0x0f, 0x0f, [14] = 0x0a, [15] = 0xff };
    struct buf text = filled(WHOLE, 'C', 2 * MANIFEST_LEAST);
    struct reading reading;

    (void)state;
    read_body(&reading, buf_bytes(&text));
    assert_ok(reading.ok, reading.err);
    assert_string_equal(reading.r.name.qe_id, "0123456789abcdef0123456789abcdef");
    assert_int_equal(reading.r.name.pce_id, 6);
    assert_true(reading.r.has_raw_tcb);
    assert_memory_equal(reading.r.raw.cpusvn, cpusvn, 16);
    assert_int_equal(reading.r.raw.pcesvn, 0x010d);
    assert_int_equal(reading.r.encrypted_ppid.len, ENCRYPTED_PPID_LEN);
    assert_int_equal(reading.r.encrypted_ppid.at[383], 0xcc);
    assert_int_equal(reading.r.manifest.len, MANIFEST_LEAST);
    assert_int_equal(reading.r.manifest.at[MANIFEST_LEAST - 1], 0xbb);
    arena_fini(&reading.arena);
    buf_fini(&text);
}

static void what_must_be_there_depends_on_the_manifest(void **state)
{
#define NAME "\"pce_id\":\"0600\",\"qe_id\":\"" QE_ID "\""
#define TCB "\"cpu_svn\":\"" CPU_SVN "\",\"pce_svn\":\"0D00\""
#define PPID "\"enc_ppid\":\"@\""
    static const struct {
        const char *claim, *text, *body_refusal, *row_refusal; /* NULL: accepted */
        bool has_raw_tcb, has_ppid, has_manifest;
    } cases[] = {
        { "no manifest", "{" NAME "," TCB "," PPID "}", NULL, NULL, true, true, false },
        { "a manifest that is null",
          "{" NAME "," TCB "," PPID ",\"platform_manifest\":null}", NULL, NULL, true,
          true, false },
        { "a manifest that is empty",
          "{" NAME "," TCB "," PPID ",\"platform_manifest\":\"\"}", NULL, NULL, true,
          true, false },
        { "a manifest alone", "{" NAME ",\"platform_manifest\":\"#\"}", NULL, NULL, false,
          false, true },
        { "a manifest, the rest empty",
          "{" NAME ",\"platform_manifest\":\"#\",\"enc_ppid\":\"\",\"cpu_svn\":\"\","
          "\"pce_svn\":\"\"}",
          NULL, NULL, false, false, true },
        { "a manifest and a TCB", "{" NAME "," TCB ",\"platform_manifest\":\"#\"}", NULL,
          NULL, true, false, true },
        { "members that nobody knows", "{" NAME "," TCB "," PPID ",\"more\":{}}", NULL,
          NULL, true, true, false },
        { "a name alone", "{" NAME "}", "lacks \"enc_ppid\", which must be there", NULL,
          false, false, false },
        { "no TCB", "{" NAME "," PPID "}", "lacks \"cpu_svn\"", NULL, false, true,
          false },
        { "an empty TCB", "{" NAME "," PPID ",\"cpu_svn\":\"\",\"pce_svn\":\"\"}",
          "lacks \"cpu_svn\"", NULL, false, true, false },
        { "no PPID", "{" NAME "," TCB "}", "lacks \"enc_ppid\"", NULL, true, false,
          false },
        { "half a TCB", "{" NAME "," PPID ",\"cpu_svn\":\"" CPU_SVN "\"}",
          "lacks \"pce_svn\"", "cpu_svn without pce_svn", false, false, false },
        { "the other half", "{" NAME ",\"platform_manifest\":\"#\",\"pce_svn\":\"0D00\"}",
          "pce_svn without cpu_svn", "pce_svn without cpu_svn", false, false, false },
        { "no QE ID", "{\"pce_id\":\"0600\"," TCB "," PPID "}",
          "at byte 0: lacks \"qe_id\"", "at byte 0: lacks \"qe_id\"", false, false,
          false },
        { "no PCE ID", "{\"qe_id\":\"00\"," TCB "," PPID "}", "lacks \"pce_id\"",
          "lacks \"pce_id\"", false, false, false },
        { "a QE ID that is null", "{\"qe_id\":null,\"pce_id\":\"0600\"}",
          "qe_id, at byte 9: expected a string, found null", "qe_id, at byte 9", false,
          false, false },
        { "no object", "[]", "expected an object", "expected an object", false, false,
          false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = filled(cases[i].text, '7', 2 * MANIFEST_LEAST);
        for (int is_row = 0; is_row <= 1; is_row++) {
            const char *refusal = is_row ? cases[i].row_refusal : cases[i].body_refusal;
            struct reading reading;
            (is_row ? read_row : read_body)(&reading, buf_bytes(&text));
            if (reading.ok != (refusal == NULL))
                fail_msg("%s: %s", cases[i].claim, reading.err.text);
            if (refusal != NULL) {
                assert_refused(reading.err, ERROR_FORMAT, refusal);
                assert_int_equal(reading.r.name.qe_id[0], 0);
            } else {
                assert_int_equal(reading.r.has_raw_tcb, cases[i].has_raw_tcb);
                assert_int_equal(reading.r.encrypted_ppid.len > 0, cases[i].has_ppid);
                assert_int_equal(reading.r.manifest.len > 0, cases[i].has_manifest);
            }
            arena_fini(&reading.arena);
        }
        buf_fini(&text);
    }
}

static void each_member_one_step_away_is_refused_by_name(void **state)
{
    static const struct {
        const char *claim, *find, *put;
        enum error_kind kind;
        const char *refusal;
    } cases[] = {
        { "a QE ID that is no hex", QE_ID, "0g", ERROR_FORMAT,
          "at byte 0: qe_id: \"0g\" is not hex digits" },
        { "an empty QE ID", QE_ID, "", ERROR_FORMAT, "qe_id is empty" },
        { "a PCE ID of 3 digits", "0600", "060", ERROR_FORMAT,
          "pce_id: \"060\" is not 4 hex digits" },
        { "a PCE ID of 5", "0600", "06000", ERROR_FORMAT, "pce_id" },
        { "a PCE ID with a sign", "0600", "+600", ERROR_FORMAT, "pce_id" },
        { "a CPUSVN of 31 digits", CPU_SVN, "0f0F0000000000000000000000000aF",
          ERROR_FORMAT, "cpu_svn: \"0f0F0000000000000000000000000aF\" is not 32" },
        { "a CPUSVN that is no hex", CPU_SVN, "0f0F0000000000000000000000000aFG",
          ERROR_FORMAT, "cpu_svn" },
        { "a PCESVN of 2 digits", "0D01", "0D", ERROR_FORMAT,
          "pce_svn: \"0D\" is not 4 hex digits" },
        { "a PPID of 769 characters", "@", "@7", ERROR_FORMAT,
          "enc_ppid of 769 characters, expected 768 hex digits" },
        { "a PPID of 2", "@", "00", ERROR_FORMAT, "enc_ppid of 2 characters" },
        { "a PPID as a number", "\"@\"", "7", ERROR_FORMAT, "enc_ppid, at byte 12" },
        { "an odd manifest", "#", "#b", ERROR_FORMAT,
          "platform_manifest of 16863 characters, expected an even number" },
        { "a manifest as an object", "\"#\"", "{}", ERROR_FORMAT,
          "platform_manifest, at" },
        { "a member twice", "\"pce_svn\"", "\"pce_id\"", ERROR_FORMAT, "twice" },
        { "a second body", "\"}", "\"}{}", ERROR_FORMAT, "nothing after the document" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf form = edited(bytes_of_text(WHOLE), cases[i].find, cases[i].put);
        struct buf text = filled(buf_text(&form), '7', 2 * MANIFEST_LEAST);
        struct reading reading;
        read_body(&reading, buf_bytes(&text));
        if (reading.ok)
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(reading.err, cases[i].kind, cases[i].refusal);
        assert_int_equal(reading.r.manifest.len, 0);
        arena_fini(&reading.arena);
        buf_fini(&text);
        buf_fini(&form);
    }
}

static void a_ppid_of_zeros_is_none(void **state)
{
    struct buf text = filled(WHOLE, '0', 0);
    struct reading reading;

    (void)state;
    read_body(&reading, buf_bytes(&text));
    assert_ok(reading.ok, reading.err);
    assert_int_equal(reading.r.encrypted_ppid.len, 0);
    arena_fini(&reading.arena);
    text.at[bytes_find(buf_bytes(&text), bytes_of_text("000\"")) + 2] = '1';
    read_body(&reading, buf_bytes(&text));
    assert_ok(reading.ok, reading.err);
    assert_int_equal(reading.r.encrypted_ppid.len, ENCRYPTED_PPID_LEN);
    arena_fini(&reading.arena);
    text.at[bytes_find(buf_bytes(&text), bytes_of_text("001\"")) + 2] = 'z';
    read_body(&reading, buf_bytes(&text));
    assert_refused(reading.err, ERROR_FORMAT, "enc_ppid: \"00000000");
    assert_refused(reading.err, ERROR_FORMAT, "is not 768 hex digits");
    arena_fini(&reading.arena);
    buf_fini(&text);
}

static void a_manifest_has_its_bounds(void **state)
{
    static const struct {
        size_t digits;
        enum error_kind kind;
        const char *refusal;
    } cases[] = {
        { 2 * MANIFEST_LEAST - 2, ERROR_FORMAT, "of 16860 characters, expected" },
        { 2 * MANIFEST_LEAST, ERROR_NONE, NULL },
        { 2 * MANIFEST_MAX, ERROR_NONE, NULL },
        { 2 * MANIFEST_MAX + 2, ERROR_LIMIT, "of 112886 characters, at most 112884" },
        { REGISTRATION_BYTES_MAX, ERROR_LIMIT, "at most 262144" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = filled(WHOLE, '7', cases[i].digits);
        struct reading reading;
        read_body(&reading, buf_bytes(&text));
        assert_int_equal(reading.ok, cases[i].refusal == NULL);
        if (cases[i].refusal != NULL)
            assert_refused(reading.err, cases[i].kind, cases[i].refusal);
        else
            assert_int_equal(reading.r.manifest.len, cases[i].digits / 2);
        arena_fini(&reading.arena);
        buf_fini(&text);
    }
}

static void a_qe_id_has_any_number_of_digits_up_to_260(void **state)
{
    char text[QE_ID_MAX + 2], folded[QE_ID_MAX + 1];

    (void)state;
    memset(text, 'F', sizeof text);
    for (size_t len = 0; len <= QE_ID_MAX + 1; len++) {
        struct error err = { 0 };
        bool ok = qe_id_read(bytes_of(text, len), "qeid", folded, &err);
        assert_int_equal(ok, len >= 1 && len <= QE_ID_MAX);
        if (len == 0)
            assert_refused(err, ERROR_FORMAT, "qeid is empty");
        else if (!ok)
            assert_refused(err, ERROR_LIMIT, "qeid of 261 characters, at most 260");
        else
            assert_int_equal(strlen(folded), len);
    }
    struct error err = { 0 };
    assert_true(qe_id_read(bytes_of_text("aBcDeF0"), "qeid", folded, &err));
    assert_string_equal(folded, "abcdef0");
    for (const char *bad = "/:@G`g \xe9"; *bad != 0; bad++)
        assert_false(qe_id_read(bytes_of(bad, 1), "qeid", folded, &err));
    assert_false(qe_id_read(bytes_of("a\0b", 3), "qeid", folded, &err));
    assert_refused(err, ERROR_FORMAT, "qeid: \"a\\x00b\" is not hex digits");
}

static void numbers_are_little_endian(void **state)
{
    struct error err = { 0 };
    uint16_t value;

    (void)state;
    assert_true(u16le_hex_read(bytes_of_text("0600"), "pceid", &value, &err));
    assert_int_equal(value, 6);
    assert_true(u16le_hex_read(bytes_of_text("aBfF"), "pceid", &value, &err));
    assert_int_equal(value, 0xffab);
    assert_false(u16le_hex_read(bytes_of_text(""), "pceid", &value, &err));
    assert_refused(err, ERROR_FORMAT, "pceid: \"\" is not 4 hex digits");
}

static void a_row_of_the_tool_is_a_registration(void **state)
{
    static const struct {
        const char *claim, *line, *refusal; /* NULL: accepted */
        bool has_raw_tcb, has_ppid, has_manifest;
    } cases[] = {
        { "five fields", "@,0600," CPU_SVN ",0D01," QE_ID, NULL, true, true, false },
        { "six", "@,0600," CPU_SVN ",0D01," QE_ID ",#", NULL, true, true, true },
        { "a sixth that is empty", "@,0600," CPU_SVN ",0D01," QE_ID ",", NULL, true, true,
          false },
        { "in quotes, with blanks",
          "\"@\", \"0600\" ,\t" CPU_SVN ",\"0D01\",\"" QE_ID "\",\"\"", NULL, true, true,
          false },
        { "by manifest alone", ",0600,,," QE_ID ",#", NULL, false, false, true },
        { "four fields", "@,0600," CPU_SVN ",0D01",
          "fewer fields than enc_ppid, pce_id, cpu_svn", false, false, false },
        { "seven fields", "@,0600," CPU_SVN ",0D01," QE_ID ",,", "more fields than",
          false, false, false },
        { "nothing", "", "fewer fields", false, false, false },
        { "quotes that do not end", "\"@,0600," CPU_SVN ",0D01," QE_ID,
          "field 1: its quotes do not end", false, false, false },
        { "a lone quote", "@,\",," QE_ID ",", "field 2: its quotes do not end", false,
          false, false },
        { "no manifest and no TCB", "@,0600,,," QE_ID, "lacks \"cpu_svn\"", false, false,
          false },
        { "an empty QE ID", "@,0600," CPU_SVN ",0D01,", "qe_id is empty", false, false,
          false },
        { "a line end left on", "@,0600," CPU_SVN ",0D01," QE_ID "\r",
          "qe_id: \"" QE_ID "\\x0d\" is not hex digits", false, false, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = filled(cases[i].line, '7', 2 * MANIFEST_LEAST);
        struct reading reading;
        read_line(&reading, buf_bytes(&text));
        if (reading.ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, reading.err.text);
        if (!reading.ok) {
            assert_refused(reading.err, ERROR_FORMAT, cases[i].refusal);
        } else {
            assert_int_equal(reading.r.name.pce_id, 6);
            assert_string_equal(reading.r.name.qe_id, "0123456789abcdef0123456789abcdef");
            assert_int_equal(reading.r.has_raw_tcb, cases[i].has_raw_tcb);
            assert_int_equal(reading.r.encrypted_ppid.len > 0, cases[i].has_ppid);
            assert_int_equal(reading.r.manifest.len > 0, cases[i].has_manifest);
        }
        arena_fini(&reading.arena);
        buf_fini(&text);
    }
}

static void a_line_has_so_many_bytes(void **state)
{
    struct buf text = filled("#", '7', REGISTRATION_BYTES_MAX + 1);
    struct reading reading;

    (void)state;
    read_line(&reading, buf_bytes(&text));
    assert_refused(reading.err, ERROR_LIMIT, "line of 262145 bytes, at most 262144");
    arena_fini(&reading.arena);
    buf_fini(&text);
}

static void what_was_read_is_written_in_pccss_shape(void **state)
{
    static const struct {
        const char *text, *written;
    } cases[] = {
        { WHOLE,
          "{\"enc_ppid\":\"@\",\"pce_id\":\"0600\","
          "\"cpu_svn\":\"0f0f0000000000000000000000000aff\",\"pce_svn\":\"0d01\","
          "\"qe_id\":\"0123456789abcdef0123456789abcdef\",\"platform_manifest\":\"#\"}" },
        { "{\"qe_id\":\"F\",\"pce_id\":\"FF01\"}",
          "{\"enc_ppid\":\"\",\"pce_id\":\"ff01\",\"cpu_svn\":\"\",\"pce_svn\":\"\","
          "\"qe_id\":\"f\",\"platform_manifest\":\"\"}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = filled(cases[i].text, '7', 2 * MANIFEST_LEAST);
        struct buf expected = filled(cases[i].written, '7', 2 * MANIFEST_LEAST);
        struct reading reading;
        struct buf out;
        buf_init(&out, ROOM);
        read_row(&reading, buf_bytes(&text));
        assert_ok(reading.ok, reading.err);
        registration_write(&out, &reading.r);
        assert_string_equal(buf_text(&out), buf_text(&expected));
        arena_fini(&reading.arena);
        buf_fini(&text);
        buf_fini(&expected);
        buf_fini(&out);
    }
}

static void names_are_ordered_by_qe_id_then_pce_id(void **state)
{
    static const struct {
        struct platform_name a, b;
        int order;
    } cases[] = {
        { { "0a", 1 }, { "0a", 1 }, 0 },     { { "0a", 1 }, { "0a", 2 }, -1 },
        { { "0a", 2 }, { "0b", 1 }, -1 },    { { "0a", 1 }, { "0a0", 0 }, -1 },
        { { "0a", 65535 }, { "0a", 0 }, 1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(platform_name_compare(&cases[i].a, &cases[i].b), cases[i].order);
        assert_int_equal(platform_name_compare(&cases[i].b, &cases[i].a),
                         -cases[i].order);
    }
}

static void memory_has_a_ceiling(void **state)
{
    struct buf text = filled(WHOLE, '7', 2 * MANIFEST_LEAST);
    bool fitted = false;

    (void)state;
    for (size_t ceiling = 0; ceiling <= 16 * 1024; ceiling += 512) {
        struct reading reading = { .ok = false };
        arena_init(&reading.arena, ceiling);
        reading.ok = registration_parse(buf_bytes(&text), &reading.arena, &reading.r,
                                        &reading.err);
        if (!reading.ok)
            assert_refused(reading.err, ERROR_LIMIT, "no memory left");
        assert_true(reading.ok || !fitted);
        fitted = reading.ok;
        arena_fini(&reading.arena);
    }
    assert_true(fitted);
    buf_fini(&text);
}

static void every_cut_is_refused(void **state)
{
    struct buf text = filled(WHOLE, '7', 0);

    (void)state;
    for (size_t len = 0; len < text.len; len++) {
        uint8_t *cut = exact_copy(bytes_first(buf_bytes(&text), len));
        struct reading reading;
        read_body(&reading, bytes_of(cut, len));
        assert_false(reading.ok);
        assert_int_equal(reading.err.kind, ERROR_FORMAT);
        arena_fini(&reading.arena);
        free(cut);
    }
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_registration_is_read_member_by_member),
        cmocka_unit_test(what_must_be_there_depends_on_the_manifest),
        cmocka_unit_test(each_member_one_step_away_is_refused_by_name),
        cmocka_unit_test(a_ppid_of_zeros_is_none),
        cmocka_unit_test(a_manifest_has_its_bounds),
        cmocka_unit_test(a_qe_id_has_any_number_of_digits_up_to_260),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(a_row_of_the_tool_is_a_registration),
        cmocka_unit_test(a_line_has_so_many_bytes),
        cmocka_unit_test(what_was_read_is_written_in_pccss_shape),
        cmocka_unit_test(names_are_ordered_by_qe_id_then_pce_id),
        cmocka_unit_test(memory_has_a_ceiling),
        cmocka_unit_test(every_cut_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
