/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pck_list.h"

#include <stdio.h>

#include "format/pck_cert.h"
#include "format/pem.h"
#include "format/test_edit.h"
#include "format/test_vectors.h"
#include "kit/text.h"

enum { ROOM = 32 << 20 };

#define FLAT(PCESVN)                                                              \
    "\"tcb\":{\"sgxtcbcomp01svn\":1,\"sgxtcbcomp02svn\":2,\"sgxtcbcomp03svn\":3," \
    "\"sgxtcbcomp04svn\":4,\"sgxtcbcomp05svn\":5,\"sgxtcbcomp06svn\":128,"        \
    "\"sgxtcbcomp07svn\":7,\"sgxtcbcomp08svn\":8,\"sgxtcbcomp09svn\":9,"          \
    "\"sgxtcbcomp10svn\":10,\"sgxtcbcomp11svn\":11,\"sgxtcbcomp12svn\":12,"       \
    "\"sgxtcbcomp13svn\":13,\"sgxtcbcomp14svn\":14,\"sgxtcbcomp15svn\":15,"       \
    "\"sgxtcbcomp16svn\":255,\"pcesvn\":" PCESVN "},"
#define LISTED(FIRST, LAST)                                                        \
    "\"tcb\":{\"sgxtcbcomponents\":[" FIRST "{\"svn\":2},{\"svn\":3},{\"svn\":4}," \
    "{\"svn\":5},{\"svn\":128},{\"svn\":7},{\"svn\":8},{\"svn\":9},{\"svn\":10},"  \
    "{\"svn\":11},{\"svn\":12},{\"svn\":13},{\"svn\":14},{\"svn\":15}" LAST "],"   \
    "\"pcesvn\":258},"
#define TCBM "\"tcbm\":\"0102030405800708090A0B0C0D0E0FFF0201\""
#define CERT                                                                       \
    "\"cert\":\"-----BEGIN%20CERTIFICATE-----%0A%2B%2F8A%0A-----END%20CERTIFICATE" \
    "-----%0A\""
#define GAP "\"cert\":\"Not available\""
#define GOOD "[{" FLAT("258") TCBM "," CERT "},{" FLAT("258") TCBM "," GAP "}]"

struct reading {
    struct arena arena;
    struct pck_list list;
    struct error err;
    bool ok;
};

static void read_text(struct reading *r, struct bytes text)
{
    *r = (struct reading){ .ok = false };
    arena_init(&r->arena, ROOM);
    r->ok = pck_list_parse(text, &r->arena, &r->list, &r->err);
}

static void assert_first_is_good(const struct pck_list *list)
{
    static const uint8_t components[] = { 1, 2,  3,  4,  5,  128, 7,  8,
                                          9, 10, 11, 12, 13, 14,  15, 255 };
    const struct pck_entry *entry = &list->entries[0];

    assert_int_equal(entry->kind, PCK_ENTRY_CERTIFICATE);
    assert_true(bytes_equal(entry->der, bytes_of("\xfb\xff\x00", 3)));
    assert_memory_equal(entry->tcbm, "\x01\x02\x03\x04\x05\x80\x07\x08\x09\x0a", 10);
    assert_memory_equal(entry->tcbm + 10, "\x0b\x0c\x0d\x0e\x0f\xff\x02\x01", 8);
    if (entry->has_tcb) {
        assert_memory_equal(entry->components, components, 16);
        assert_int_equal(entry->pcesvn, 258);
    }
}

static void a_certificate_is_read_in_each_shape_that_is_sent(void **state)
{
    static const struct {
        const char *claim, *text;
        bool has_tcb;
    } cases[] = {
        { "as PCS sends it", GOOD, true },
        { "its members in another order", "[{" CERT "," FLAT("258") TCBM "}]", true },
        { "the shape of TCB infos",
          "[{" LISTED("{\"svn\":1,\"category\":\"BIOS\"},", ",{\"svn\":255}") TCBM
          "," CERT "}]",
          true },
        { "no tcb", "[{" TCBM "," CERT "}]", false },
        { "tcbm in lower case",
          "[{\"tcbm\":\"0102030405800708090a0b0c0d0e0fff0201\"," CERT "}]", false },
        { "PEM as it is",
          "[{" TCBM ",\"cert\":\"-----BEGIN CERTIFICATE-----\\n+/8A\\n"
          "-----END CERTIFICATE-----\\n\"}]",
          false },
        { "no line end behind it",
          "[{" TCBM ",\"cert\":\"-----BEGIN%20CERTIFICATE-----%0A%2B%2F8A%0A"
          "-----END%20CERTIFICATE-----\"}]",
          false },
        { "members that nobody knows", "[{\"more\":[{}]," TCBM "," CERT "}]", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r;
        read_text(&r, bytes_of_text(cases[i].text));
        if (!r.ok)
            fail_msg("%s: %s", cases[i].claim, r.err.text);
        assert_int_equal(r.list.entries[0].has_tcb, cases[i].has_tcb);
        assert_first_is_good(&r.list);
        arena_fini(&r.arena);
    }
}

static void a_gap_is_a_tcb_without_a_certificate(void **state)
{
    struct reading r;

    (void)state;
    read_text(&r, bytes_of_text(GOOD));
    assert_ok(r.ok, r.err);
    assert_int_equal(r.list.count, 2);
    assert_int_equal(r.list.entries[1].kind, PCK_ENTRY_GAP);
    assert_int_equal(r.list.entries[1].der.len, 0);
    assert_int_equal(r.list.entries[1].pcesvn, 258);
    arena_fini(&r.arena);
}

static void no_certificates_at_all_are_a_list(void **state)
{
    struct reading r;

    (void)state;
    read_text(&r, bytes_of_text(" [ ] "));
    assert_ok(r.ok, r.err);
    assert_int_equal(r.list.count, 0);
    arena_fini(&r.arena);
}

/* The odd one stands first; the good one behind it counts all the same. */
static void an_odd_certificate_fails_itself_alone(void **state)
{
    static const struct {
        const char *claim, *entry, *why;
    } cases[] = {
        { "words", TCBM ",\"cert\":\"not available\"", "cert: PEM: no \"-----BEGIN \"" },
        { "nothing", TCBM ",\"cert\":\"\"", "cert: PEM: no \"-----BEGIN \"" },
        { "an escape cut", TCBM ",\"cert\":\"-----BEGIN%2\"",
          "cert: bad percent-escape" },
        { "bad base64",
          TCBM ",\"cert\":\"-----BEGIN CERTIFICATE-----\\n+/8\\n"
               "-----END CERTIFICATE-----\"",
          "cert: PEM: bad base64 in CERTIFICATE" },
        { "a CRL",
          TCBM ",\"cert\":\"-----BEGIN X509 CRL-----AAAA-----END X509 CRL-----\"",
          "cert: PEM: a block of X509 CRL, expected CERTIFICATE" },
        { "two",
          TCBM ",\"cert\":\"-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----"
               "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----\"",
          "cert: PEM: more than one block" },
        { "PCESVNs that contradict each other", FLAT("257") TCBM "," CERT,
          "PCESVN is 258 in tcbm and 257 in tcb" },
        { "the same in a gap", FLAT("259") TCBM "," GAP,
          "PCESVN is 258 in tcbm and 259 in tcb" },
        { "a tcbm of 35 digits", "\"tcbm\":\"0102030405800708090A0B0C0D0E0FFF020\"," CERT,
          "tcbm \"0102030405800708090A0B0C0D0E0FFF020\" is not 36 hex digits" },
        { "a tcbm that is no hex",
          "\"tcbm\":\"0102030405800708090A0B0C0D0E0FFF020O\"," CERT,
          "is not 36 hex digits" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r;
        struct buf text, out;
        buf_init(&text, ROOM);
        buf_init(&out, ROOM);
        buf_addf(&text, "[{%s},%s", cases[i].entry, &GOOD[1]);
        read_text(&r, buf_bytes(&text));
        if (!r.ok)
            fail_msg("%s: %s", cases[i].claim, r.err.text);
        assert_int_equal(r.list.count, 3);
        assert_int_equal(r.list.entries[0].kind, PCK_ENTRY_ODD);
        if (strstr(r.list.entries[0].why, cases[i].why) == NULL)
            fail_msg("%s: %s", cases[i].claim, r.list.entries[0].why);
        assert_int_equal(r.list.entries[1].kind, PCK_ENTRY_CERTIFICATE);
        pck_list_write(&out, &r.list);
        assert_string_equal(buf_text(&out), GOOD);
        arena_fini(&r.arena);
        buf_fini(&text);
        buf_fini(&out);
    }
}

/* A list whose one certificate has DER of so many bytes. */
static void put_certificate_of(struct buf *text, size_t len)
{
    struct buf der, pem;

    buf_init(&der, ROOM);
    buf_init(&pem, ROOM);
    for (size_t i = 0; i < len; i++)
        buf_add_byte(&der, 0xff);
    pem_write(&pem, "CERTIFICATE", buf_bytes(&der));
    buf_add_text(text, "[{" TCBM ",\"cert\":\"");
    percent_add(text, buf_bytes(&pem));
    buf_add_text(text, "\"}]");
    buf_fini(&der);
    buf_fini(&pem);
}

static void a_certificate_has_so_many_bytes(void **state)
{
    static const struct {
        size_t len;
        const char *why;
    } cases[] = {
        { X509_CERTIFICATE_MAX, NULL },
        { X509_CERTIFICATE_MAX + 1, "cert of 16385 bytes, at most 16384" },
        { 3 * X509_CERTIFICATE_MAX, "characters, at most 98304" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r;
        struct buf text;
        buf_init(&text, ROOM);
        put_certificate_of(&text, cases[i].len);
        read_text(&r, buf_bytes(&text));
        assert_ok(r.ok, r.err);
        if (cases[i].why == NULL)
            assert_int_equal(r.list.entries[0].der.len, cases[i].len);
        else
            assert_non_null(strstr(r.list.entries[0].why, cases[i].why));
        arena_fini(&r.arena);
        buf_fini(&text);
    }
}

static void what_is_no_such_list_is_refused_by_its_place(void **state)
{
    static const struct {
        const char *claim, *find, *put, *refusal;
    } cases[] = {
        { "an object", GOOD, "{}", "expected an array, found an object" },
        { "a page", GOOD, "<html>", "expected an array, found <" },
        { "text", GOOD, "[\"Not available\"]", "[0], at byte 1: expected an object" },
        { "no tcbm", TCBM "," CERT, CERT, "[0], at byte 1: lacks \"tcbm\"" },
        { "no cert", "," CERT, "", "[0], at byte 1: lacks \"cert\"" },
        { "a cert that is null", CERT, "\"cert\":null", "[0].cert, at byte" },
        { "a tcbm that is a number", TCBM "," CERT, "\"tcbm\":1," CERT, "[0].tcbm" },
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

static void a_tcb_is_whole_or_refused(void **state)
{
#define FIRST "{\"svn\":1},"
#define LAST ",{\"svn\":255}"
    static const struct {
        const char *claim, *entry, *find, *put, *refusal;
    } cases[] = {
        { "no 7th component", FLAT("258"), "\"sgxtcbcomp07svn\":7,", "",
          "[0].tcb, at byte 8: lacks \"sgxtcbcomp07svn\"" },
        { "a component 00", FLAT("258"), "comp07svn", "comp00svn", "comp07svn" },
        { "a component 17", FLAT("258"), "comp07svn", "comp17svn", "comp07svn" },
        { "a component 0:", FLAT("258"), "comp10svn", "comp0:svn", "comp10svn" },
        { "a component /9", FLAT("258"), "comp09svn", "comp/9svn", "comp09svn" },
        { "another end", FLAT("258"), "comp07svn", "comp07svm", "comp07svn" },
        { "no PCESVN", FLAT("258"), ",\"pcesvn\":258", "", "lacks \"pcesvn\"" },
        { "an SVN of 256", FLAT("258"), ":255", ":256",
          "[0].tcb.sgxtcbcomp16svn, at byte 335: 256 is over 255" },
        { "a PCESVN of 65536", FLAT("258"), ":258", ":65536", "65536 is over 65535" },
        { "an SVN below 0", FLAT("258"), ":255", ":-1", "number with a sign" },
        { "both shapes", FLAT("258"), "\"pcesvn\":258",
          "\"sgxtcbcomponents\":[{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},"
          "{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},"
          "{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1}],"
          "\"pcesvn\":258",
          "components in both shapes" },
        { "15 listed", LISTED("", LAST), NULL, NULL, "15 components, expected 16" },
        { "17 listed", LISTED(FIRST FIRST, LAST), NULL, NULL,
          "[0].tcb.sgxtcbcomponents[16], at byte" },
        { "no svn", LISTED("{},", LAST), NULL, NULL,
          "sgxtcbcomponents[0], at byte 29: lacks \"svn\"" },
        { "neither shape", "\"tcb\":{\"pcesvn\":258},", NULL, NULL,
          "lacks \"sgxtcbcomp01svn\"" },
        { "no object", "\"tcb\":null,", NULL, NULL, "[0].tcb, at byte 8: expected" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf entry =
            edited(bytes_of_text(cases[i].entry), cases[i].find, cases[i].put);
        struct buf text;
        struct reading r;
        buf_init(&text, ROOM);
        buf_addf(&text, "[{%s%s}]", buf_text(&entry), TCBM "," CERT);
        read_text(&r, buf_bytes(&text));
        if (r.ok)
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(r.err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&r.arena);
        buf_fini(&text);
        buf_fini(&entry);
    }
}

static void a_list_has_so_many_entries_and_bytes(void **state)
{
    (void)state;
    for (size_t count = PCK_LIST_MAX; count <= PCK_LIST_MAX + 1; count++) {
        struct reading r;
        struct buf text;
        buf_init(&text, ROOM);
        for (size_t i = 0; i < count; i++)
            buf_addf(&text, "%c{" TCBM "," GAP "}", i == 0 ? '[' : ',');
        buf_add_text(&text, "]");
        read_text(&r, buf_bytes(&text));
        assert_int_equal(r.ok, count == PCK_LIST_MAX);
        if (r.ok)
            assert_int_equal(r.list.count, PCK_LIST_MAX);
        else
            assert_refused(r.err, ERROR_LIMIT, "[512], at byte");
        arena_fini(&r.arena);
        while (r.ok && text.len < PCK_LIST_BYTES_MAX)
            buf_add_text(&text, " ");
        for (size_t len = text.len; r.ok && len <= PCK_LIST_BYTES_MAX + 1; len++) {
            read_text(&r, buf_bytes(&text));
            if (len > PCK_LIST_BYTES_MAX)
                assert_refused(r.err, ERROR_LIMIT, "4194305 bytes, at most 4194304");
            arena_fini(&r.arena);
            buf_add_text(&text, " ");
        }
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

/* What runs out of memory is refused and is never an odd entry. */
static void memory_has_a_ceiling(void **state)
{
    struct buf text;
    bool fitted = false;

    (void)state;
    buf_init(&text, ROOM);
    put_certificate_of(&text, X509_CERTIFICATE_MAX);
    for (size_t ceiling = 0; ceiling <= 32 * 1024; ceiling += 1024) {
        struct reading r = { .ok = false };
        arena_init(&r.arena, ceiling);
        r.ok = pck_list_parse(buf_bytes(&text), &r.arena, &r.list, &r.err);
        if (r.ok)
            assert_int_equal(r.list.entries[0].kind, PCK_ENTRY_CERTIFICATE);
        else
            assert_int_equal(r.err.kind, ERROR_LIMIT);
        assert_true(r.ok || !fitted);
        fitted = r.ok;
        arena_fini(&r.arena);
    }
    assert_true(fitted);
    buf_fini(&text);
}

static void a_list_too_large_for_who_writes_it_fails_there(void **state)
{
    struct reading r;
    struct buf out;

    (void)state;
    read_text(&r, bytes_of_text(GOOD));
    assert_ok(r.ok, r.err);
    buf_init(&out, strlen(GOOD) - 1);
    pck_list_write(&out, &r.list);
    assert_true(out.failed);
    buf_fini(&out);
    arena_fini(&r.arena);
}

/* The entry's numbers are those of its certificate, by another reader. */
static void check_certificate(const char *path, const struct pck_entry *entry)
{
    struct x509_certificate certificate;
    struct error err = { 0 };
    struct pck_cert pck;

    if (!x509_parse(entry->der, &certificate, &err)
        || !pck_cert_parse(&certificate, &pck, &err))
        fail_msg("%s: %s", path, err.text);
    assert_memory_equal(pck.cpusvn, entry->tcbm, 16);
    assert_memory_equal(pck.components, entry->components, 16);
    assert_int_equal(pck.pcesvn, entry->pcesvn);
}

/* From the opening quote of the next certificate to its closing one; passes it. */
static struct bytes take_certificate(struct bytes *text)
{
    *text = bytes_after(*text, bytes_find(*text, bytes_of_text("\"-----BEGIN")) + 1);
    struct bytes taken = bytes_first(*text, bytes_find(*text, bytes_of_text("\"")));

    *text = bytes_after(*text, taken.len);
    return taken;
}

/* What is written of a certificate is what had come. */
static void check_spelling(const struct pck_list *list, struct bytes came,
                           struct bytes written)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].kind == PCK_ENTRY_CERTIFICATE)
            assert_true(bytes_equal(take_certificate(&came), take_certificate(&written)));
}

struct seen {
    size_t lists, certificates, odd;
};

static void read_real_list(const char *path, struct bytes content, void *context)
{
    struct seen *seen = context;
    struct reading r, again;
    struct buf out;

    if (strstr(path, "pckcerts.json") == NULL)
        return;
    buf_init(&out, ROOM);
    read_text(&r, content);
    if (!r.ok)
        fail_msg("%s: %s", path, r.err.text);
    for (size_t i = 0; i < r.list.count; i++) {
        const struct pck_entry *entry = &r.list.entries[i];
        if (entry->kind == PCK_ENTRY_CERTIFICATE)
            check_certificate(path, entry);
        seen->certificates += entry->kind == PCK_ENTRY_CERTIFICATE;
        seen->odd += entry->kind == PCK_ENTRY_ODD;
    }
    pck_list_write(&out, &r.list);
    if (strstr(path, "asylo") == NULL) /* PCS's lines of 2019 were of 76 characters */
        check_spelling(&r.list, content, buf_bytes(&out));
    read_text(&again, buf_bytes(&out));
    assert_ok(again.ok, again.err);
    for (size_t i = 0; i < again.list.count; i++) {
        const struct pck_entry *a = &r.list.entries[i], *b = &again.list.entries[i];
        assert_memory_equal(a->tcbm, b->tcbm, TCBM_LEN);
        assert_true(bytes_equal(a->der, b->der));
    }
    arena_fini(&again.arena);
    arena_fini(&r.arena);
    buf_fini(&out);
    seen->lists++;
}

static void real_lists_are_read_and_written_as_they_came(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    each_vector("vectors/intel/pckcerts", ".json", read_real_list, &seen);
    assert_int_equal(seen.lists, 2);
    assert_int_equal(seen.certificates, 11);
    assert_int_equal(seen.odd, 1); /* a tcbm of 20 digits */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_read_in_each_shape_that_is_sent),
        cmocka_unit_test(a_gap_is_a_tcb_without_a_certificate),
        cmocka_unit_test(no_certificates_at_all_are_a_list),
        cmocka_unit_test(an_odd_certificate_fails_itself_alone),
        cmocka_unit_test(a_certificate_has_so_many_bytes),
        cmocka_unit_test(what_is_no_such_list_is_refused_by_its_place),
        cmocka_unit_test(a_tcb_is_whole_or_refused),
        cmocka_unit_test(a_list_has_so_many_entries_and_bytes),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(memory_has_a_ceiling),
        cmocka_unit_test(a_list_too_large_for_who_writes_it_fails_there),
        cmocka_unit_test(real_lists_are_read_and_written_as_they_came),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
