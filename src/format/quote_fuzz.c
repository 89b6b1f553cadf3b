/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/quote.h"
#include "format/test_quote.h"

static void check_inside(struct bytes in, struct bytes view, size_t len)
{
    FUZZ_CHECK(view.len == len);
    FUZZ_CHECK(view.at >= in.at && view.at + view.len <= in.at + in.len);
}

static void check_sgx(struct bytes in, const struct sgx_report_body *body)
{
    check_inside(in, body->raw, SGX_REPORT_BODY_LEN);
    check_inside(body->raw, body->cpusvn, 16);
    check_inside(body->raw, body->attributes, 16);
    check_inside(body->raw, body->mrsigner, 32);
    check_inside(body->raw, body->report_data, 64);
    FUZZ_CHECK(body->report_data.at + 64 == body->raw.at + body->raw.len);
}

static void check_td(struct bytes in, const struct td_report *body)
{
    bool is_15 = body->form != TD_REPORT_10;

    FUZZ_CHECK(body->form >= TD_REPORT_10 && body->form <= TD_REPORT_15_EX);
    check_inside(in, body->raw, quote_body_len((uint16_t)(body->form + 1)));
    check_inside(body->raw, body->tee_tcb_svn, 16);
    check_inside(body->raw, body->mrsignerseam, 48);
    check_inside(body->raw, body->report_data, 64);
    FUZZ_CHECK(body->tee_tcb_svn2.len == (is_15 ? 16 : 0));
    FUZZ_CHECK(body->mrservicetd.len == (is_15 ? 48 : 0));
    FUZZ_CHECK(body->td_id.len == (body->form == TD_REPORT_15_EX ? 32 : 0));
}

static void check_certification(struct bytes in, const struct quote *quote)
{
    static const size_t ppids[] = { 0, 16, 256, 384, 0, 0 };

    FUZZ_CHECK(quote->certification >= CERTIFICATION_PPID
               && quote->certification <= CERTIFICATION_PCK_CHAIN);
    check_inside(in, quote->certification_data, quote->certification_data.len);
    FUZZ_CHECK(quote->ppid.ppid.len == ppids[quote->certification]);
    FUZZ_CHECK(quote->ppid.cpusvn.len == (quote->ppid.ppid.len > 0 ? 16 : 0));
    FUZZ_CHECK(quote->ppid.pce_id.len == 2 || quote->ppid.pce_id.len == 0);
}

/* Nothing was lost but the NUL behind PEM: put together again, the parts are the whole.
 */
static void check_written_again(const struct quote *quote)
{
    const uint8_t *end = quote->whole.at + quote->whole.len;
    const uint8_t *from = quote->certification_data.at;
    struct quote_parts parts = {
        .version = quote->version,
        .key_type = 2,
        .tee = quote->tee,
        .vendor = QUOTE_VENDOR,
        .body_type =
            (uint16_t)(quote->tee == TEE_SGX ? BODY_SGX : BODY_SGX + quote->td.form),
        .auth = quote->qe_auth_data,
        .outer_type = CERTIFICATION_QE_REPORT,
        .inner_type = (uint16_t)quote->certification,
        .certification = bytes_of(from, (size_t)(end - from)),
    };
    struct bytes body = quote->tee == TEE_SGX ? quote->sgx.raw : quote->td.raw;
    struct cursor svns = cursor_over(bytes_after(quote->whole, 8));
    struct buf again;

    parts.qe_svn = cursor_u16le(&svns);
    parts.pce_svn = cursor_u16le(&svns);
    memcpy(parts.user_data, quote->user_data.at, sizeof parts.user_data);
    memcpy(parts.body, body.at, body.len);
    memcpy(parts.signature, quote->signature.at, sizeof parts.signature);
    memcpy(parts.key, quote->attestation_key.at, sizeof parts.key);
    memcpy(parts.qe_report, quote->qe_report.raw.at, sizeof parts.qe_report);
    memcpy(parts.qe_signature, quote->qe_report_signature.at, sizeof parts.qe_signature);
    buf_init(&again, QUOTE_MAX);
    put_quote(&again, &parts);
    FUZZ_CHECK(bytes_equal(buf_bytes(&again), quote->whole));
    buf_clear(&again);
    put_quote_signed(&again, &parts);
    FUZZ_CHECK(bytes_equal(buf_bytes(&again), quote->signed_part));
    buf_fini(&again);
}

/* The whole is a quote by itself, and no part of it is one. */
static void check_alone(const struct quote *quote)
{
    struct error err = { 0 };
    struct quote alone;

    FUZZ_CHECK(quote_parse(quote->whole, &alone, &err));
    FUZZ_CHECK(alone.trailing == 0 && bytes_equal(alone.whole, quote->whole));
    alone.trailing = quote->trailing;
    FUZZ_CHECK(alone.certification_data.at == quote->certification_data.at
               && alone.certification_data.len == quote->certification_data.len
               && alone.tee == quote->tee && alone.version == quote->version);
    FUZZ_CHECK(!quote_parse(bytes_first(quote->whole, quote->whole.len - 1), &alone, &err)
               && err.kind == ERROR_FORMAT);
}

static void check(struct bytes in, const struct quote *quote)
{
    FUZZ_CHECK(quote_looks_like(in));
    FUZZ_CHECK(quote->whole.at == in.at && quote->whole.len + quote->trailing == in.len);
    FUZZ_CHECK(quote->signed_part.at == in.at);
    check_inside(quote->whole, quote->signed_part, quote->signed_part.len);
    check_inside(quote->whole, quote->signature, 64);
    check_inside(quote->whole, quote->attestation_key, 64);
    check_inside(quote->whole, quote->qe_report_signature, 64);
    check_inside(quote->whole, quote->qe_auth_data, quote->qe_auth_data.len);
    check_inside(quote->signed_part, quote->qe_vendor, 16);
    check_inside(quote->signed_part, quote->user_data, 20);
    check_inside(quote->user_data, quote->qe_id, QUOTE_QE_ID_LEN);
    check_sgx(quote->whole, &quote->qe_report);
    if (quote->tee == TEE_SGX)
        check_sgx(quote->signed_part, &quote->sgx);
    else
        check_td(quote->signed_part, &quote->td);
    check_certification(quote->whole, quote);
    check_written_again(quote);
    check_alone(quote);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct error err = { 0 };
    struct quote quote;

    if (quote_parse(in, &quote, &err))
        check(in, &quote);
    else
        FUZZ_CHECK((err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT)
                   && err.text[0] != 0);
    return 0;
}
