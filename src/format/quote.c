/* SPDX-License-Identifier: Apache-2.0 */
#include "format/quote.h"

#include "kit/text.h"

enum {
    VERSION_SGX = 3,  /* the first; SGX alone */
    VERSION_TDX = 4,  /* SGX and TDX 1.0 */
    VERSION_BODY = 5, /* says which body it has, and how long it is */
    KEY_ECDSA_P256 = 2,
    SIGNATURE_LEN = 64,
    KEY_LEN = 64,
};

static const uint8_t intel[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                   0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };

/* Where the cursor stands in the quote, though it runs over a part of it. */
static size_t place(const struct quote *quote, const struct cursor *c)
{
    return (size_t)(c->over.at - quote->whole.at) + c->offset;
}

static bool ends_early(const struct quote *quote, const struct cursor *c,
                       const char *what, struct error *err)
{
    return error_set(err, ERROR_FORMAT,
                     "quote's %s ends early: nothing more is there from byte %zu on",
                     what, (size_t)(c->over.at - quote->whole.at) + c->over.len);
}

/* ---- the header -------------------------------------------------------------------- */

static bool check_header(const struct quote *quote, uint16_t key_type, uint32_t tee,
                         struct error *err)
{
    if (quote->version < VERSION_SGX || quote->version > VERSION_BODY)
        return error_set(err, ERROR_FORMAT, "quote version %u, expected 3, 4 or 5",
                         quote->version);
    if (key_type != KEY_ECDSA_P256)
        return error_set(err, ERROR_FORMAT,
                         "attestation key type %u at byte 2, expected 2 (ECDSA P-256)",
                         key_type);
    if (tee != TEE_SGX && tee != TEE_TDX)
        return error_set(err, ERROR_FORMAT,
                         "TEE type %08x at byte 4, expected 0 (SGX) or 81 (TDX)",
                         (unsigned)tee);
    if (tee != TEE_SGX && quote->version == VERSION_SGX)
        return error_set(err, ERROR_FORMAT,
                         "TEE type %08x at byte 4, and version 3 is for SGX alone",
                         (unsigned)tee);
    if (memcmp(quote->qe_vendor.at, intel, sizeof intel) != 0)
        return error_set(err, ERROR_FORMAT, "QE vendor %s at byte 12 is not Intel",
                         hex(quote->qe_vendor.at, quote->qe_vendor.len).s);
    return true;
}

static bool read_header(struct cursor *c, struct quote *out, struct error *err)
{
    out->version = cursor_u16le(c);
    uint16_t key_type = cursor_u16le(c);
    uint32_t tee = cursor_u32le(c);
    uint16_t qe_svn = cursor_u16le(c), pce_svn = cursor_u16le(c);
    out->qe_vendor = cursor_take(c, 16);
    out->user_data = cursor_take(c, 20);
    out->qe_id = bytes_first(out->user_data, QUOTE_QE_ID_LEN);
    if (c->overran)
        return ends_early(out, c, "header", err);
    if (!check_header(out, key_type, tee, err))
        return false;
    out->tee = (enum tee)tee;
    if (out->version == VERSION_SGX) {
        out->header_qe_svn = qe_svn;
        out->header_pce_svn = pce_svn;
    }
    return true;
}

/* ---- the body ---------------------------------------------------------------------- */

static const struct body { /* of version 5, by the type in its descriptor */
    enum tee tee;
    uint32_t len;
    enum td_report_form form;
} bodies[] = {
    [1] = { TEE_SGX, SGX_REPORT_BODY_LEN, 0 },
    [2] = { TEE_TDX, TD_REPORT_10_LEN, TD_REPORT_10 },
    [3] = { TEE_TDX, TD_REPORT_15_LEN, TD_REPORT_15 },
    [4] = { TEE_TDX, TD_REPORT_15_EX_LEN, TD_REPORT_15_EX },
};

static bool read_descriptor(struct cursor *c, const struct quote *quote,
                            enum td_report_form *form, struct error *err)
{
    uint16_t type = cursor_u16le(c);
    uint32_t len = cursor_u32le(c);

    if (c->overran)
        return ends_early(quote, c, "body descriptor", err);
    if (type == 0 || type >= COUNT_OF(bodies))
        return error_set(err, ERROR_FORMAT, "body type %u at byte 48, expected 1 to 4",
                         type);
    if (bodies[type].tee != quote->tee)
        return error_set(err, ERROR_FORMAT,
                         "body type %u at byte 48 is not one of a quote of %s", type,
                         tee_name(quote->tee));
    if (len != bodies[type].len)
        return error_set(err, ERROR_FORMAT,
                         "body of %u bytes at byte 50, and type %u has %u", (unsigned)len,
                         type, (unsigned)bodies[type].len);
    *form = bodies[type].form;
    return true;
}

static bool read_body(struct cursor *c, struct quote *out, struct error *err)
{
    enum td_report_form form = TD_REPORT_10;

    if (out->version == VERSION_BODY && !read_descriptor(c, out, &form, err))
        return false;
    if (out->tee == TEE_SGX)
        sgx_report_body_read(c, &out->sgx);
    else
        td_report_read(c, form, &out->td);
    if (c->overran)
        return ends_early(out, c, "body", err);
    out->signed_part = bytes_first(c->over, c->offset);
    return true;
}

/* ---- certification data ------------------------------------------------------------ */

static bool read_ppid(struct quote *quote, size_t at, struct error *err)
{
    static const size_t lengths[] = { [CERTIFICATION_PPID] = 16,
                                      [CERTIFICATION_PPID_RSA2048] = 256,
                                      [CERTIFICATION_PPID_RSA3072] = 384 };
    struct cursor c = cursor_over(quote->certification_data);
    struct quote_ppid *out = &quote->ppid;

    out->ppid = cursor_take(&c, lengths[quote->certification]);
    out->cpusvn = cursor_take(&c, 16);
    out->pcesvn = cursor_u16le(&c);
    if (quote->certification != CERTIFICATION_PPID || cursor_left(&c) > 0)
        out->pce_id = cursor_take(&c, 2);
    if (!c.overran && cursor_left(&c) == 0)
        return true;
    return error_set(err, ERROR_FORMAT,
                     "certification data of type %d at byte %zu has %zu bytes, which is "
                     "not PPID, CPUSVN, PCESVN and PCE-ID",
                     (int)quote->certification, at, quote->certification_data.len);
}

/* Quoting libraries count the NUL of their string in. */
static struct bytes without_nul(struct bytes text)
{
    if (text.len > 0 && text.at[text.len - 1] == 0)
        text.len--;
    return text;
}

static bool read_certification(struct cursor *c, struct quote *out, struct error *err)
{
    size_t at = place(out, c);
    uint16_t type = cursor_u16le(c);

    out->certification_data = cursor_take(c, cursor_u32le(c));
    if (c->overran)
        return ends_early(out, c, "certification data", err);
    if (cursor_left(c) > 0)
        return error_set(err, ERROR_FORMAT,
                         "certification data at byte %zu leaves %zu bytes of what it "
                         "stands in",
                         at, cursor_left(c));
    if (type < CERTIFICATION_PPID || type > CERTIFICATION_PCK_CHAIN)
        return error_set(err, ERROR_FORMAT,
                         "certification data type %u at byte %zu, expected 1 to 5", type,
                         at);
    out->certification = (enum certification_type)type;
    if (out->certification <= CERTIFICATION_PPID_RSA3072)
        return read_ppid(out, at, err);
    out->certification_data = without_nul(out->certification_data);
    return true;
}

/* ---- the signature data ------------------------------------------------------------ */

static void read_qe_report(struct cursor *c, struct quote *out)
{
    sgx_report_body_read(c, &out->qe_report);
    out->qe_report_signature = cursor_take(c, SIGNATURE_LEN);
    out->qe_auth_data = cursor_take(c, cursor_u16le(c));
}

/* From version 4 on, all that certifies the key is one certification datum of type 6. */
static bool read_outer(const struct quote *quote, struct cursor *c, struct cursor *inner,
                       struct error *err)
{
    size_t at = place(quote, c);
    uint16_t type = cursor_u16le(c);
    struct bytes data = cursor_take(c, cursor_u32le(c));

    if (c->overran)
        return ends_early(quote, c, "QE report certification data", err);
    if (type != CERTIFICATION_QE_REPORT)
        return error_set(err, ERROR_FORMAT,
                         "outer certification data type %u at byte %zu, expected 6 (QE "
                         "report)",
                         type, at);
    if (cursor_left(c) > 0)
        return error_set(err, ERROR_FORMAT,
                         "QE report certification data at byte %zu leaves %zu bytes of "
                         "the signature data",
                         at, cursor_left(c));
    *inner = cursor_over(data);
    return true;
}

static bool read_signature_data(struct bytes data, struct quote *out, struct error *err)
{
    struct cursor c = cursor_over(data), inner;

    out->signature = cursor_take(&c, SIGNATURE_LEN);
    out->attestation_key = cursor_take(&c, KEY_LEN);
    if (c.overran)
        return ends_early(out, &c, "signature data", err);
    if (out->version >= VERSION_TDX && !read_outer(out, &c, &inner, err))
        return false;
    struct cursor *certified = out->version >= VERSION_TDX ? &inner : &c;
    read_qe_report(certified, out);
    if (certified->overran)
        return ends_early(out, certified, "QE report or its auth data", err);
    return read_certification(certified, out, err);
}

bool quote_parse(struct bytes in, struct quote *out, struct error *err)
{
    struct cursor c = cursor_over(in);

    *out = (struct quote){ .whole = in };
    if (in.len > QUOTE_MAX)
        return error_set(err, ERROR_LIMIT, "quote of %zu bytes, at most %d", in.len,
                         QUOTE_MAX);
    if (!read_header(&c, out, err) || !read_body(&c, out, err))
        return false;
    struct bytes data = cursor_take(&c, cursor_u32le(&c));
    if (c.overran)
        return ends_early(out, &c, "signature data", err);
    out->whole = bytes_first(in, c.offset);
    out->trailing = cursor_left(&c);
    return read_signature_data(data, out, err);
}

bool quote_looks_like(struct bytes in)
{
    struct cursor c = cursor_over(in);
    uint16_t version = cursor_u16le(&c);

    cursor_u16le(&c);
    uint32_t tee = cursor_u32le(&c);
    return !c.overran && version >= VERSION_SGX && version <= VERSION_BODY
           && (tee == TEE_SGX || tee == TEE_TDX);
}
