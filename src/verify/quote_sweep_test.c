/* SPDX-License-Identifier: Apache-2.0 */
/* One quote per version, and every byte of it changed: nothing but what nobody signs may
 * differ, and each part fails the check that it is for. Each copy ends where its memory
 * ends, so that a sanitizer sees one byte too many. */
#include "format/test_edit.h"
#include "verify/quote.h"
#include "verify/test_quote_world.h"

static const size_t swept[] = { SGX_V3, TDX_V4, TD_15_EX_V5 };

struct sweep {
    struct test_court court;
    struct buf text;
    uint8_t *copy;      /* to be changed; as long as text */
    struct quote quote; /* of copy, as it was */
    struct known_signers *known;
};

static void begin(struct sweep *sweep, size_t form, enum certification_type type)
{
    struct test_quote plan = plain(form);
    struct error err = { 0 };

    *sweep = (struct sweep){ 0 };
    struct buf certification = test_certification(world, type, &plan.pck);
    if (type == CERTIFICATION_PCK_CHAIN) /* its last line may end or not; this does not */
        certification.len--;
    plan.parts.inner_type = (uint16_t)type;
    plan.parts.certification = buf_bytes(&certification);
    plan.keep_certification = true;
    test_court_open(&sweep->court, world, forms[form].tee);
    sweep->text = test_quote_mint(world, &plan);
    buf_fini(&certification);
    sweep->copy = exact_copy(buf_bytes(&sweep->text));
    assert_ok(quote_parse(bytes_of(sweep->copy, sweep->text.len), &sweep->quote, &err),
              err);
    assert_ok(known_signers_create(NULL, &sweep->known, &err), err);
    assert_true(
        quote_verify(buf_bytes(&sweep->text), &sweep->court.law, sweep->known, &verdict));
}

static void end(struct sweep *sweep)
{
    known_signers_destroy(sweep->known);
    test_court_close(&sweep->court);
    buf_fini(&sweep->text);
    free(sweep->copy);
}

static bool judge_copy(struct sweep *sweep)
{
    return quote_verify(bytes_of(sweep->copy, sweep->text.len), &sweep->court.law,
                        sweep->known, &verdict);
}

/* ---- each part fails the check that it is for -------------------------------------- */

enum { BEFORE_2 = -2, BEFORE_4 = -4, BEFORE_6 = -6 }; /* lengths and types, there */

static void each_part_fails_the_check_that_it_is_for(void **state)
{
    static const struct {
        const char *claim;
        size_t part; /* offset of a view in struct quote */
        int off;     /* from where it begins */
        enum verify_check check;
    } cases[] = {
        { "version", offsetof(struct quote, whole), 0, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { "key type", offsetof(struct quote, whole), 2, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { "TEE type", offsetof(struct quote, whole), 4, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { "SVNs", offsetof(struct quote, whole), 8, CHECK_INVALID_QUOTE_SIGNATURE },
        { "SVNs", offsetof(struct quote, whole), 11, CHECK_INVALID_QUOTE_SIGNATURE },
        { "vendor", offsetof(struct quote, qe_vendor), 0,
          CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { "vendor", offsetof(struct quote, qe_vendor), 15,
          CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { "QE ID", offsetof(struct quote, user_data), 0, CHECK_INVALID_QUOTE_SIGNATURE },
        { "user data", offsetof(struct quote, user_data), 19,
          CHECK_INVALID_QUOTE_SIGNATURE },
        { "length", offsetof(struct quote, signature), BEFORE_4,
          CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { "r", offsetof(struct quote, signature), 0, CHECK_INVALID_QUOTE_SIGNATURE },
        { "s", offsetof(struct quote, signature), 63, CHECK_INVALID_QUOTE_SIGNATURE },
        { "X", offsetof(struct quote, attestation_key), 0, CHECK_INVALID_QE_REPORT_DATA },
        { "Y", offsetof(struct quote, attestation_key), 63,
          CHECK_INVALID_QE_REPORT_DATA },
        { "QE report", offsetof(struct quote, qe_report.raw), 0,
          CHECK_INVALID_QE_REPORT_SIGNATURE },
        { "QE's MRSIGNER", offsetof(struct quote, qe_report.raw), SGX_MRSIGNER,
          CHECK_INVALID_QE_REPORT_SIGNATURE },
        { "QE's report data", offsetof(struct quote, qe_report.raw), SGX_REPORT_DATA,
          CHECK_INVALID_QE_REPORT_SIGNATURE },
        { "its signature", offsetof(struct quote, qe_report_signature), 0,
          CHECK_INVALID_QE_REPORT_SIGNATURE },
        { "its signature", offsetof(struct quote, qe_report_signature), 63,
          CHECK_INVALID_QE_REPORT_SIGNATURE },
        { "length of auth data", offsetof(struct quote, qe_auth_data), BEFORE_2,
          CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { "auth data", offsetof(struct quote, qe_auth_data), 0,
          CHECK_INVALID_QE_REPORT_DATA },
        { "auth data", offsetof(struct quote, qe_auth_data), 31,
          CHECK_INVALID_QE_REPORT_DATA },
        { "type 4 for 5", offsetof(struct quote, certification_data), BEFORE_6,
          CHECK_PASSED }, /* the court knows the certificate */
        { "length of certification data", offsetof(struct quote, certification_data),
          BEFORE_4, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { "certification data", offsetof(struct quote, certification_data), 0,
          CHECK_PCK_CERT_CHAIN_INVALID },
    };

    (void)state;
    for (size_t form = 0; form < FORMS; form++) {
        struct sweep sweep;
        begin(&sweep, form, CERTIFICATION_PCK_CHAIN);
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            struct bytes part;
            memcpy(&part, (char *)&sweep.quote + cases[i].part, sizeof part);
            sweep.copy[part.at + cases[i].off - sweep.copy] ^= 1;
            judge_copy(&sweep);
            assert_failed(cases[i].claim, &verdict, cases[i].check, "");
            sweep.copy[part.at + cases[i].off - sweep.copy] ^= 1;
        }
        end(&sweep);
    }
}

/* ---- every byte -------------------------------------------------------------------- */

static void no_byte_may_differ(struct sweep *sweep, size_t from, size_t to)
{
    static const uint8_t flips[] = { 0x01, 0x80, 0xff };

    for (size_t at = from; at < to; at++)
        for (size_t i = 0; i < COUNT_OF(flips); i++) {
            sweep->copy[at] ^= flips[i];
            if (judge_copy(sweep))
                fail_msg("version %u: byte %zu may be changed by %02x",
                         sweep->quote.version, at, flips[i]);
            sweep->copy[at] ^= flips[i];
        }
    assert_true(judge_copy(sweep));
}

static void no_byte_of_a_quote_with_its_chain_may_differ(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(swept); i++) {
        struct sweep sweep;
        begin(&sweep, swept[i], CERTIFICATION_PCK_CHAIN);
        sweep.court.law.source.pck = NULL; /* or type 4 would do */
        no_byte_may_differ(&sweep, 0, sweep.text.len);
        end(&sweep);
    }
}

/* Of a quote without a chain, what says which platform it is decides nothing: only the
 * key that it is found by must be its own. All before that is as good as signed. */
static void no_byte_before_a_ppid_may_differ(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(swept); i++)
        for (enum certification_type type = CERTIFICATION_PPID;
             type <= CERTIFICATION_PPID_RSA3072; type++) {
            struct sweep sweep;
            begin(&sweep, swept[i], type);
            size_t to = (size_t)(sweep.quote.certification_data.at - sweep.copy) - 6;
            no_byte_may_differ(&sweep, 0, to);
            end(&sweep);
        }
}

/* ---- every length ------------------------------------------------------------------ */

struct length {
    size_t at, size; /* little endian */
};

static uint64_t read_length(const struct sweep *sweep, struct length length)
{
    uint64_t value = 0;

    for (size_t i = length.size; i > 0; i--)
        value = value << 8 | sweep->copy[length.at + i - 1];
    return value;
}

static void write_length(struct sweep *sweep, struct length length, uint64_t value)
{
    for (size_t i = 0; i < length.size; i++)
        sweep->copy[length.at + i] = (uint8_t)(value >> (8 * i));
}

/* Signature data, QE report certification data (from version 4 on), auth data and
 * certification data; returns how many. */
static size_t find_lengths(const struct sweep *sweep, struct length out[4])
{
    const uint8_t *begin = sweep->copy;
    const struct quote *quote = &sweep->quote;
    size_t count = 0;

    out[count++] = (struct length){ (size_t)(quote->signature.at - begin) - 4, 4 };
    if (quote->version >= 4)
        out[count++] =
            (struct length){ (size_t)(quote->qe_report.raw.at - begin) - 4, 4 };
    out[count++] = (struct length){ (size_t)(quote->qe_auth_data.at - begin) - 2, 2 };
    out[count++] =
        (struct length){ (size_t)(quote->certification_data.at - begin) - 4, 4 };
    return count;
}

/* Some of them off by as much, as someone would who knows that they must agree. */
static void no_lengths_may_be_off_together(struct sweep *sweep,
                                           const struct length *lengths, size_t count,
                                           unsigned which)
{
    uint64_t values[4];

    for (size_t i = 0; i < count; i++)
        values[i] = read_length(sweep, lengths[i]);
    for (int off = -700; off <= 700; off++) {
        for (size_t i = 0; i < count; i++)
            if ((which & 1U << i) != 0)
                write_length(sweep, lengths[i], values[i] + (uint64_t)(int64_t)off);
        bool valid = judge_copy(sweep);
        for (size_t i = 0; i < count; i++)
            write_length(sweep, lengths[i], values[i]);
        if (valid != (off == 0))
            fail_msg("version %u: lengths %x off by %d", sweep->quote.version, which,
                     off);
    }
}

static void no_length_may_differ_alone_or_with_others(void **state)
{
    static const uint64_t values[] = { 0,          1,          0x7fff,     0xffff,
                                       0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };

    (void)state;
    for (size_t form = 0; form < FORMS; form++) {
        struct sweep sweep;
        struct length lengths[4];
        begin(&sweep, form, CERTIFICATION_PCK_CHAIN);
        size_t count = find_lengths(&sweep, lengths);
        for (unsigned which = 1; which < 1U << count; which++)
            no_lengths_may_be_off_together(&sweep, lengths, count, which);
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < COUNT_OF(values); k++) {
                uint64_t was = read_length(&sweep, lengths[i]);
                write_length(&sweep, lengths[i], values[k]);
                assert_false(judge_copy(&sweep));
                assert_int_equal(verdict.failure, CHECK_UNSUPPORTED_QUOTE_FORMAT);
                write_length(&sweep, lengths[i], was);
            }
        end(&sweep);
    }
}

static void a_quote_that_is_cut_is_none(void **state)
{
    (void)state;
    for (size_t form = 0; form < FORMS; form++) {
        struct sweep sweep;
        begin(&sweep, form, CERTIFICATION_PCK_CHAIN);
        for (size_t len = 0; len < sweep.text.len; len++) {
            uint8_t *cut = exact_copy(bytes_first(buf_bytes(&sweep.text), len));
            assert_false(
                quote_verify(bytes_of(cut, len), &sweep.court.law, NULL, &verdict));
            assert_int_equal(verdict.failure, CHECK_UNSUPPORTED_QUOTE_FORMAT);
            free(cut);
        }
        end(&sweep);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_fails_the_check_that_it_is_for),
        cmocka_unit_test(no_byte_of_a_quote_with_its_chain_may_differ),
        cmocka_unit_test(no_byte_before_a_ppid_may_differ),
        cmocka_unit_test(no_length_may_differ_alone_or_with_others),
        cmocka_unit_test(a_quote_that_is_cut_is_none),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
