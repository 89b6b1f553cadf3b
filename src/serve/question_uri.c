/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/question_uri.h"

#include "kit/buf.h"
#include "kit/text.h"

enum { CUSTOM_PARAMETER_MAX = 1024 };

static bool begins_with(struct bytes b, const char *beginning)
{
    struct bytes expected = bytes_of_text(beginning);

    return text_equal_nocase(bytes_first(b, expected.len), expected);
}

static bool ends_with(struct bytes b, const char *end)
{
    struct bytes expected = bytes_of_text(end);

    return b.len >= expected.len
           && text_equal_nocase(bytes_after(b, b.len - expected.len), expected);
}

static bool equals(struct bytes b, const char *text)
{
    return text_equal_nocase(b, bytes_of_text(text));
}

/* Splits off what comes before the first mark; all of it where there is none. */
static struct bytes take_until(struct bytes *rest, char mark)
{
    size_t at = bytes_find(*rest, bytes_of(&mark, 1));
    struct bytes before = bytes_first(*rest, at);

    *rest = bytes_after(*rest, at + 1);
    return before;
}

/* ---- uri= ----------------------------------------------------------------------- */

/* Intel's two hosts, each maybe with a label of its test environments in front
 * ("sbx-certificates"), and the host that PCCS's list names beside them. */
static bool is_certificates_host(struct bytes host)
{
    return ends_with(host, "certificates.trustedservices.intel.com")
           || equals(host, "certprx.adsdcsp.com");
}

static bool is_api_host(struct bytes host)
{
    return ends_with(host, "api.trustedservices.intel.com");
}

static bool label_is_plain(struct bytes host)
{
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!plain)
            return false;
    }
    return true;
}

static bool read_file_name(struct bytes path, struct crl_uri *out)
{
    static const struct {
        const char *stem;
        enum collateral_kind kind;
        enum pck_ca ca;
    } names[] = {
        { "/intelsgxrootca", COLLATERAL_ROOT_CRL, 0 },
        { "/intelsgxpckprocessor", COLLATERAL_PCK_CRL, PCK_CA_PROCESSOR },
        { "/intelsgxpckplatform", COLLATERAL_PCK_CRL, PCK_CA_PLATFORM },
    };

    if (!ends_with(path, ".crl") && !ends_with(path, ".der"))
        return false;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!equals(bytes_first(path, path.len - 4), names[i].stem))
            continue;
        out->key = names[i].kind == COLLATERAL_ROOT_CRL ? key_root_crl()
                                                        : key_pck_crl(names[i].ca);
        return true;
    }
    return false;
}

/* /sgx/certification/vN/pckcrl?ca=...[&encoding=...]: any one digit will do for N, for
 * the CRL is the same. */
static bool read_api_call(struct bytes path, struct bytes query, struct crl_uri *out)
{
    static const char before[] = "/sgx/certification/v";
    size_t before_len = sizeof before - 1;

    if (path.len <= before_len || !begins_with(path, before) || path.at[before_len] < '1'
        || path.at[before_len] > '9'
        || !equals(bytes_after(path, before_len + 1), "/pckcrl"))
        return false;
    while (query.len > 0) {
        struct bytes value = take_until(&query, '&');
        struct bytes name = take_until(&value, '=');
        if (equals(name, "ca") && equals(value, "processor"))
            out->key = key_pck_crl(PCK_CA_PROCESSOR);
        else if (equals(name, "ca") && equals(value, "platform"))
            out->key = key_pck_crl(PCK_CA_PLATFORM);
        else if (equals(name, "ca"))
            return false;
        else if (equals(name, "encoding") && equals(value, "der"))
            out->form = CRL_FORM_DER;
        else if (equals(name, "encoding") && equals(value, "pem"))
            out->form = CRL_FORM_PEM;
    }
    return out->key.kind != 0;
}

static bool decode_again(struct bytes *value, struct arena *arena, struct error *err)
{
    struct buf decoded;

    if (bytes_find(*value, bytes_of_text("%")) == value->len)
        return true;
    buf_init(&decoded, CRL_URI_MAX);
    bool read = percent_read(*value, &decoded);
    if (read)
        *value = arena_copy(arena, buf_bytes(&decoded));
    buf_fini(&decoded);
    if (!read)
        return error_set(err, ERROR_FORMAT, "parameter uri: bad percent-escape");
    return value->at != NULL || error_set(err, ERROR_LIMIT, "no room for a uri");
}

bool crl_uri_read(struct bytes value, struct arena *arena, struct crl_uri *out,
                  struct error *err)
{
    struct bytes given = value;

    *out = (struct crl_uri){ 0 };
    if (value.len > CRL_URI_MAX)
        return error_set(err, ERROR_LIMIT, "parameter uri has %zu bytes, at most %d",
                         value.len, CRL_URI_MAX);
    if (!decode_again(&value, arena, err))
        return false;

    struct bytes query = value;
    struct bytes rest = take_until(&query, '?');
    bool has_scheme = begins_with(rest, "https://") || begins_with(rest, "http://");
    rest = bytes_after(rest, begins_with(rest, "https://") ? 8 : 7);
    struct bytes host = bytes_first(rest, bytes_find(rest, bytes_of_text("/")));
    struct bytes path = bytes_after(rest, host.len);

    if (has_scheme && label_is_plain(host)
        && ((is_certificates_host(host) && read_file_name(path, out))
            || (is_api_host(host) && read_api_call(path, query, out))))
        return true;
    return error_set(err, ERROR_FORMAT,
                     "parameter uri is \"%s\", which names no CRL of Intel's",
                     safe(given).s);
}

/* ---- customParameter= ----------------------------------------------------------- */

static bool read_pair(struct bytes pair, uint32_t *number, struct error *err)
{
    struct bytes value = pair;
    struct bytes key = take_until(&value, '=');
    uint64_t read;

    if (equals(key, "region"))
        return true;
    if (!equals(key, "tcbEvaluationDataNumber"))
        return error_set(err, ERROR_FORMAT,
                         "parameter customParameter: unknown key \"%s\", expected "
                         "tcbEvaluationDataNumber or region",
                         safe(key).s);
    if (!decimal_read(value, UINT32_MAX, &read) || read == 0)
        return error_set(err, ERROR_FORMAT,
                         "parameter customParameter: tcbEvaluationDataNumber is \"%s\", "
                         "expected a number from 1",
                         safe(value).s);
    if (*number != 0 && *number != read)
        return error_set(err, ERROR_FORMAT,
                         "parameter customParameter: tcbEvaluationDataNumber comes "
                         "twice, with different values");
    *number = (uint32_t)read;
    return true;
}

static bool read_pairs(struct bytes text, uint32_t *number, struct error *err)
{
    while (text.len > 0 && text.at[text.len - 1] == 0)
        text.len--;
    while (text.len > 0) {
        struct bytes pair = take_until(&text, ';');
        if (pair.len > 0 && !read_pair(pair, number, err))
            return false;
    }
    return true;
}

/* Somebody has written the pairs themselves: base64 has no "=" before its end. */
static bool is_bare(struct bytes value)
{
    return bytes_find(value, bytes_of_text("=")) + 2 < value.len;
}

bool custom_parameter_read(struct bytes value, uint32_t *number, struct error *err)
{
    struct buf text;

    *number = 0;
    buf_init(&text, CUSTOM_PARAMETER_MAX);
    bool read = base64_read(value, false, &text);
    bool fits = !text.failed;
    bool good = read && fits && read_pairs(buf_bytes(&text), number, err);
    buf_fini(&text);
    if (!read && fits && is_bare(value))
        return read_pairs(value, number, err);
    if (!fits)
        return error_set(err, ERROR_FORMAT,
                         "parameter customParameter is longer than %d bytes",
                         CUSTOM_PARAMETER_MAX);
    if (!read)
        return error_set(err, ERROR_FORMAT,
                         "parameter customParameter is not base64 (RFC 4648, 4)");
    return good;
}
