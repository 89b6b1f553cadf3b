/* SPDX-License-Identifier: Apache-2.0 */
#include "format/quote.h"

#include "format/test_edit.h"
#include "format/test_quote.h"
#include "format/test_vectors.h"

static const struct form { /* every version with every body that it can have */
    uint16_t version;
    enum tee tee;
    uint16_t body_type;
    size_t signed_len;
} forms[] = {
    { 3, TEE_SGX, BODY_SGX, 432 },      { 4, TEE_SGX, BODY_SGX, 432 },
    { 4, TEE_TDX, BODY_TD_10, 632 },    { 5, TEE_SGX, BODY_SGX, 438 },
    { 5, TEE_TDX, BODY_TD_10, 638 },    { 5, TEE_TDX, BODY_TD_15, 702 },
    { 5, TEE_TDX, BODY_TD_15_EX, 939 },
};

static struct quote_parts plain(const struct form *form)
{
    return quote_parts_plain(form->version, form->tee, form->body_type);
}

static struct buf put(const struct quote_parts *parts)
{
    struct buf out;

    buf_init(&out, 2 * QUOTE_MAX);
    put_quote(&out, parts);
    assert_false(out.failed);
    return out;
}

/* Reads a copy that ends where its memory ends. */
static bool parses(const struct quote_parts *parts, struct error *err)
{
    struct buf text = put(parts);
    uint8_t *copy = exact_copy(buf_bytes(&text));
    struct quote quote;

    *err = (struct error){ 0 };
    bool ok = quote_parse(bytes_of(copy, text.len), &quote, err);
    free(copy);
    buf_fini(&text);
    return ok;
}

/* ---- what is read ------------------------------------------------------------------ */

static void assert_view(struct bytes view, const void *expected, size_t len)
{
    assert_int_equal(view.len, len);
    assert_memory_equal(view.at, expected, len);
}

static void every_version_is_read_with_every_body(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct quote_parts parts = plain(&forms[i]);
        parts.trailing = i;
        struct buf text = put(&parts);
        struct quote q;
        struct error err = { 0 };
        assert_ok(quote_parse(buf_bytes(&text), &q, &err), err);
        assert_int_equal(q.version, forms[i].version);
        assert_int_equal(q.tee, forms[i].tee);
        assert_int_equal(q.trailing, i);
        assert_view(q.whole, text.at, text.len - i);
        assert_view(q.signed_part, text.at, forms[i].signed_len);
        assert_view(q.qe_vendor, QUOTE_VENDOR, 16);
        assert_view(q.user_data, parts.user_data, 20);
        assert_view(q.qe_id, parts.user_data, QUOTE_QE_ID_LEN);
        assert_view(q.signature, parts.signature, 64);
        assert_view(q.attestation_key, parts.key, 64);
        assert_view(q.qe_report.raw, parts.qe_report, SGX_REPORT_BODY_LEN);
        assert_view(q.qe_report_signature, parts.qe_signature, 64);
        assert_view(q.qe_auth_data, parts.auth.at, parts.auth.len);
        assert_int_equal(q.certification, CERTIFICATION_PCK_CHAIN);
        assert_view(q.certification_data, parts.certification.at,
                    parts.certification.len);
        assert_int_equal(q.ppid.ppid.len + q.ppid.cpusvn.len + q.ppid.pce_id.len, 0);
        struct bytes body = q.tee == TEE_SGX ? q.sgx.raw : q.td.raw;
        struct bytes other = q.tee == TEE_SGX ? q.td.raw : q.sgx.raw;
        assert_view(body, parts.body, quote_body_len(forms[i].body_type));
        assert_int_equal(other.len, 0);
        buf_fini(&text);
    }
}

/* The header's own SVNs are version 3's; later versions have nothing there. */
static void svns_of_the_header_are_told_of_version_3_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct quote_parts parts = plain(&forms[i]);
        parts.qe_svn = 0x0201;
        parts.pce_svn = 0x0403;
        struct buf text = put(&parts);
        struct quote q;
        struct error err = { 0 };
        assert_ok(quote_parse(buf_bytes(&text), &q, &err), err);
        assert_int_equal(q.header_qe_svn, q.version == 3 ? 0x0201 : 0);
        assert_int_equal(q.header_pce_svn, q.version == 3 ? 0x0403 : 0);
        buf_fini(&text);
    }
}

/* ---- what is refused --------------------------------------------------------------- */

enum field { VERSION, KEY_TYPE, TEE, VENDOR, BODY_TYPE, OUTER_TYPE, INNER_TYPE };
enum length { BODY = 10, SIGNATURE, OUTER, AUTH, INNER };

static void set(struct quote_parts *parts, int what, int32_t value)
{
    switch (what) {
    case VERSION:
        parts->version = (uint16_t)value;
        break;
    case KEY_TYPE:
        parts->key_type = (uint16_t)value;
        break;
    case TEE:
        parts->tee = (uint32_t)value;
        break;
    case VENDOR:
        parts->vendor[value] ^= 1;
        break;
    case BODY_TYPE:
        parts->body_type = (uint16_t)value;
        break;
    case OUTER_TYPE:
        parts->outer_type = (uint16_t)value;
        break;
    case INNER_TYPE:
        parts->inner_type = (uint16_t)value;
        break;
    case BODY:
        parts->body_len_off = value;
        break;
    case SIGNATURE:
        parts->signature_len_off = value;
        break;
    case OUTER:
        parts->outer_len_off = value;
        break;
    case AUTH:
        parts->auth_len_off = value;
        break;
    default:
        parts->inner_len_off = value;
    }
}

static void a_field_with_another_value_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *claim;
        size_t form; /* of the table above */
        int field;
        int32_t value;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { "version 2", 0, VERSION, 2, "quote version 2, expected 3, 4 or 5" },
        { "version 6", 6, VERSION, 6, "quote version 6, expected 3, 4 or 5" },
        { "version 3 in its high byte too", 0, VERSION, 0x103, "quote version 259" },
        { "key type 1", 0, KEY_TYPE, 1, "key type 1 at byte 2, expected 2" },
        { "P-384", 2, KEY_TYPE, 3, "key type 3 at byte 2, expected 2 (ECDSA P-256)" },
        { "version 3 of TDX", 0, TEE, 0x81,
          "TEE type 00000081 at byte 4, and version 3" },
        { "a TEE nobody knows", 2, TEE, 0x80, "TEE type 00000080 at byte 4, expected" },
        { "and one in the high byte", 2, TEE, 0x1000081, "TEE type 01000081 at byte 4" },
        { "version 4 of SGX", 1, TEE, 0, NULL },
        { "a vendor's first byte", 0, VENDOR, 0, "QE vendor 929a7233" },
        { "a vendor's last byte", 5, VENDOR, 15, "0606 at byte 12 is not Intel" },
        { "body type 0", 3, BODY_TYPE, 0, "body type 0 at byte 48, expected 1 to 4" },
        { "body type 5", 3, BODY_TYPE, 5, "body type 5 at byte 48, expected 1 to 4" },
        { "SGX with a TD", 3, BODY_TYPE, 2, "body type 2 at byte 48 is not one of a" },
        { "TDX with an enclave", 4, BODY_TYPE, 1, "body type 1 at byte 48 is not one" },
        { "TDX with another TD", 4, BODY_TYPE, 3, NULL },
        { "outer type 5", 2, OUTER_TYPE, 5,
          "outer certification data type 5 at byte 764" },
        { "outer type 7 of 5", 5, OUTER_TYPE, 7, "data type 7 at byte 834, expected 6" },
        { "no outer type in 3", 0, OUTER_TYPE, 5, NULL },
        { "inner type 6", 2, INNER_TYPE, 6, "data type 6 at byte 1252, expected 1 to 5" },
        { "type 6 in version 3", 0, INNER_TYPE, 6,
          "type 6 at byte 1046, expected 1 to 5" },
        { "a manifest", 5, INNER_TYPE, 7, "type 7 at byte 1322, expected 1 to 5" },
        { "inner type 0", 5, INNER_TYPE, 0, "type 0 at byte 1322, expected 1 to 5" },
        { "a leaf alone", 5, INNER_TYPE, 4, NULL },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct quote_parts parts = plain(&forms[cases[i].form]);
        struct error err;
        set(&parts, cases[i].field, cases[i].value);
        bool ok = parses(&parts, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
    }
}

static void every_length_fills_what_it_stands_in(void **state)
{
    (void)state;
    static const struct {
        const char *claim;
        size_t form;
        int length;
        int32_t off;
        size_t trailing;
        const char *refusal;
    } cases[] = {
        { "body one more", 5, BODY, 1, 0,
          "body of 649 bytes at byte 50, and type 3 has" },
        { "body one less", 3, BODY, -1, 0, "body of 383 bytes at byte 50, and type 1" },
        { "signature one more, nothing there", 0, SIGNATURE, 1, 0,
          "signature data ends early: nothing more is there from byte 1080 on" },
        { "signature one more, of what trails", 0, SIGNATURE, 1, 9,
          "certification data at byte 1046 leaves 1 bytes" },
        { "likewise in version 4", 2, SIGNATURE, 1, 9,
          "QE report certification data at byte 764 leaves 1 bytes" },
        { "signature one less", 0, SIGNATURE, -1, 0, "certification data ends early" },
        { "likewise in version 5", 5, SIGNATURE, -1, 0,
          "QE report certification data ends early: nothing more is there from byte "
          "1355" },
        { "signature without key", 2, SIGNATURE, -700, 0, "signature data ends early" },
        { "outer one more", 2, OUTER, 1, 9,
          "QE report certification data ends early: nothing more is there from byte "
          "1286" },
        { "outer one less", 2, OUTER, -1, 0, "at byte 764 leaves 1 bytes" },
        { "outer without QE report, and signature likewise", 5, OUTER, -400, 0,
          "at byte 834 leaves 400 bytes" },
        { "auth one more", 0, AUTH, 1, 0, "certification data" },
        { "auth one less", 5, AUTH, -1, 0, "certification data" },
        { "auth of 65535", 5, AUTH, 65503, 0, "QE report or its auth data ends early" },
        { "inner one more", 2, INNER, 1, 9, "certification data ends early" },
        { "inner one less", 2, INNER, -1, 0, "data at byte 1252 leaves 1 bytes" },
        { "inner one less in version 3", 0, INNER, -1, 0, "at byte 1046 leaves 1 bytes" },
        { "inner past all numbers", 0, INNER, -29, 0, "certification data ends early" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct quote_parts parts = plain(&forms[cases[i].form]);
        struct error err;
        parts.trailing = cases[i].trailing;
        assert_ok(parses(&parts, &err), err);
        set(&parts, cases[i].length, cases[i].off);
        if (parses(&parts, &err))
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
    }
}

/* A reader that checked one length only would slice what is not there: the outer one is
 * short, and the one around it as much shorter. */
static void lengths_that_agree_with_each_other_are_not_enough(void **state)
{
    (void)state;
    for (int32_t off = -1; off >= -516; off--) {
        struct quote_parts parts = plain(&forms[2]);
        struct error err;
        parts.outer_len_off = parts.signature_len_off = off;
        assert_false(parses(&parts, &err));
        assert_refused(err, ERROR_FORMAT, " ends early");
    }
}

static void one_byte_less_is_no_quote(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct quote_parts parts = plain(&forms[i]);
        struct buf text = put(&parts);
        for (size_t len = 0; len < text.len; len++) {
            struct quote quote;
            struct error err = { 0 };
            uint8_t *copy = exact_copy(bytes_first(buf_bytes(&text), len));
            assert_false(quote_parse(bytes_of(copy, len), &quote, &err));
            assert_refused(err, ERROR_FORMAT, " ends early: nothing more is there");
            free(copy);
        }
        buf_fini(&text);
    }
}

static void a_quote_has_a_limit_with_whatever_trails(void **state)
{
    (void)state;
    struct quote_parts parts = plain(&forms[0]);
    struct error err;
    struct buf text = put(&parts);

    parts.trailing = QUOTE_MAX - text.len;
    assert_ok(parses(&parts, &err), err);
    parts.trailing++;
    assert_false(parses(&parts, &err));
    assert_refused(err, ERROR_LIMIT, "quote of 1048577 bytes, at most 1048576");
    buf_fini(&text);
}

static void auth_data_is_as_long_as_it_says(void **state)
{
    (void)state;
    static const uint8_t most[65535];
    static const size_t lengths[] = { 0, 1, 31, 33, 65535 };

    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct quote_parts parts = plain(&forms[i]);
        struct quote quote;
        struct error err = { 0 };
        parts.auth = bytes_of(most, lengths[i]);
        struct buf text = put(&parts);
        assert_ok(quote_parse(buf_bytes(&text), &quote, &err), err);
        assert_int_equal(quote.qe_auth_data.len, lengths[i]);
        buf_fini(&text);
    }
}

/* ---- certification data ------------------------------------------------------------ */

static void a_ppid_is_as_long_as_its_type_says(void **state)
{
    (void)state;
    static const struct {
        uint16_t type;
        size_t len, ppid, pce_id;
        const char *refusal;
    } cases[] = {
        { 1, 36, 16, 2, NULL },
        { 1, 34, 16, 0, NULL }, /* some leave PCE-ID out */
        { 1, 33, 0, 0, "type 1 at byte 1252 has 33 bytes, which is not PPID" },
        { 1, 35, 0, 0, "type 1 at byte 1252 has 35 bytes" },
        { 1, 37, 0, 0, "type 1 at byte 1252 has 37 bytes" },
        { 2, 276, 256, 2, NULL },
        { 2, 274, 0, 0, "type 2 at byte 1252 has 274 bytes" },
        { 2, 277, 0, 0, "type 2 at byte 1252 has 277 bytes" },
        { 3, 404, 384, 2, NULL },
        { 3, 403, 0, 0, "type 3 at byte 1252 has 403 bytes" },
        { 3, 405, 0, 0, "type 3 at byte 1252 has 405 bytes" },
        { 3, 0, 0, 0, "type 3 at byte 1252 has 0 bytes" },
    };
    uint8_t data[512];

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)i;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct quote_parts parts = plain(&forms[2]);
        struct quote quote;
        struct error err = { 0 };
        size_t at = cases[i].ppid;
        parts.inner_type = cases[i].type;
        parts.certification = bytes_of(data, cases[i].len);
        struct buf text = put(&parts);
        bool ok = quote_parse(buf_bytes(&text), &quote, &err);
        assert_int_equal(ok, cases[i].refusal == NULL);
        if (!ok) {
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        } else {
            assert_view(quote.ppid.ppid, data, at);
            assert_view(quote.ppid.cpusvn, data + at, 16);
            assert_int_equal(quote.ppid.pcesvn,
                             data[at + 16] | (unsigned)data[at + 17] << 8);
            assert_view(quote.ppid.pce_id, data + at + 18, cases[i].pce_id);
        }
        buf_fini(&text);
    }
}

/* Quoting libraries count the end of their string in; one, and no more, is not PEM. */
static void one_nul_behind_pem_is_taken_off(void **state)
{
    (void)state;
    static const struct {
        uint16_t type;
        struct bytes data;
        size_t len;
    } cases[] = {
        { 5, { (const uint8_t *)"PEM", 3 }, 3 },
        { 5, { (const uint8_t *)"PEM", 4 }, 3 },
        { 4, { (const uint8_t *)"PEM\0", 4 }, 3 },
        { 5, { (const uint8_t *)"PEM\0", 5 }, 4 },
        { 5, { (const uint8_t *)"", 1 }, 0 },
        { 5, { (const uint8_t *)"", 0 }, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct quote_parts parts = plain(&forms[i % 6]);
        struct quote quote;
        struct error err = { 0 };
        parts.inner_type = cases[i].type;
        parts.certification = cases[i].data;
        struct buf text = put(&parts);
        assert_ok(quote_parse(buf_bytes(&text), &quote, &err), err);
        assert_view(quote.certification_data, cases[i].data.at, cases[i].len);
        assert_int_equal(quote.whole.len, text.len);
        buf_fini(&text);
    }
}

/* ---- what looks like one ----------------------------------------------------------- */

static void a_quote_is_known_by_how_it_begins(void **state)
{
    (void)state;
    static const struct {
        uint8_t version, tee;
        size_t len;
        bool is_one;
    } cases[] = {
        { 3, 0, 8, true },  { 4, 0x81, 8, true }, { 5, 0x81, 48, true },
        { 3, 0, 7, false }, { 2, 0, 8, false },   { 6, 0, 8, false },
        { 4, 1, 8, false },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const uint8_t head[48] = { cases[i].version, 0, 2, 0, cases[i].tee };
        assert_int_equal(quote_looks_like(bytes_of(head, cases[i].len)), cases[i].is_one);
    }
}

/* ---- real ones --------------------------------------------------------------------- */

struct tally {
    size_t of_version[6], of_type[6], trailing;
};

static void check_real(const char *path, struct bytes content, void *tally_)
{
    struct tally *tally = tally_;
    struct error err = { 0 };
    struct quote quote;

    if (!quote_parse(content, &quote, &err))
        fail_msg("%s: %s", path, err.text);
    tally->of_version[quote.version]++;
    tally->of_type[quote.certification]++;
    tally->trailing += quote.trailing > 0;
    if (quote.certification == CERTIFICATION_PCK_CHAIN)
        assert_true(bytes_find(quote.certification_data,
                               bytes_of_text("-----BEGIN CERTIFICATE-----"))
                    == 0);
    if (quote.certification == CERTIFICATION_PPID_RSA3072)
        assert_int_equal(quote.ppid.ppid.len, 384);
}

static void every_real_quote_is_read(void **state)
{
    (void)state;
    struct tally tally = { 0 };

    each_vector("vectors/intel/quotes/sgx", ".bin", check_real, &tally);
    each_vector("vectors/intel/quotes/tdx", ".bin", check_real, &tally);
    each_vector("vectors/intel/quotes/raw", ".bin", check_real, &tally); /* padded */
    assert_true(tally.of_version[3] >= 10 && tally.of_version[4] >= 15
                && tally.of_version[5] >= 1);
    assert_true(tally.of_type[CERTIFICATION_PPID_RSA3072] >= 1);
    assert_true(tally.trailing >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_read_with_every_body),
        cmocka_unit_test(svns_of_the_header_are_told_of_version_3_alone),
        cmocka_unit_test(a_field_with_another_value_is_refused_by_name),
        cmocka_unit_test(every_length_fills_what_it_stands_in),
        cmocka_unit_test(lengths_that_agree_with_each_other_are_not_enough),
        cmocka_unit_test(one_byte_less_is_no_quote),
        cmocka_unit_test(a_quote_has_a_limit_with_whatever_trails),
        cmocka_unit_test(auth_data_is_as_long_as_it_says),
        cmocka_unit_test(a_ppid_is_as_long_as_its_type_says),
        cmocka_unit_test(one_nul_behind_pem_is_taken_off),
        cmocka_unit_test(a_quote_is_known_by_how_it_begins),
        cmocka_unit_test(every_real_quote_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
