/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/error_codes.h"

#include "kit/text.h"

enum { BARE_HEX_DIGITS = 4, HEX_DIGITS_MAX = 8 };

const struct error_library *error_library(size_t i)
{
    static const struct error_library *const libraries[ERROR_LIBRARIES] = {
        &error_library_dcap,  &error_library_azure,  &error_library_qcnl,
        &error_library_qv,    &error_library_qvl,    &error_library_http,
        &error_library_check, &error_library_status,
    };

    return libraries[i];
}

/* ---- numbers ---------------------------------------------------------------------- */

static bool read_hex(struct bytes digits, uint32_t *number)
{
    uint8_t padded[HEX_DIGITS_MAX], bytes[HEX_DIGITS_MAX / 2];

    if (digits.len == 0 || digits.len > HEX_DIGITS_MAX)
        return false;
    memset(padded, '0', sizeof padded);
    memcpy(padded + HEX_DIGITS_MAX - digits.len, digits.at, digits.len);
    if (!hex_read(bytes_of(padded, sizeof padded), bytes, sizeof bytes))
        return false;
    *number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16
              | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

/* "0xE019", "57369", and "E019": four digits that no decimal number has. */
static bool read_number(struct bytes text, uint32_t *number)
{
    uint64_t decimal;

    if (text_equal_nocase(bytes_first(text, 2), bytes_of_text("0x")))
        return read_hex(bytes_after(text, 2), number);
    if (decimal_read(text, UINT32_MAX, &decimal)) {
        *number = (uint32_t)decimal;
        return true;
    }
    return text.len == BARE_HEX_DIGITS && read_hex(text, number);
}

/* ---- names ------------------------------------------------------------------------ */

/* What a library puts in front of all its names. */
static struct bytes without_prefix(struct bytes name)
{
    static const char *const prefixes[] = {
        "SGX_QL_QV_RESULT_", "TEE_QV_RESULT_", "SGX_QL_ERROR_", "SGX_QL_",
        "SGX_QCNL_",         "STATUS_",        "SGX_",
    };

    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        size_t len = strlen(prefixes[i]);
        if (name.len > len
            && text_equal_nocase(bytes_first(name, len), bytes_of_text(prefixes[i]))) {
            name = bytes_after(name, len);
            i = (size_t)-1; /* SGX_QL_SGX_CRL_EXPIRED has two */
        }
    }
    return name;
}

static bool is_named(const struct error_code *code, struct bytes text, bool is_whole)
{
    struct bytes name = bytes_of_text(code->name);

    return text_equal_nocase(text, is_whole ? name : without_prefix(name));
}

size_t error_codes_find(struct bytes text, struct error_code_found out[])
{
    uint32_t number;
    bool by_number = read_number(text, &number);
    bool is_whole = without_prefix(text).len != text.len;
    size_t count = 0;

    for (size_t i = 0; i < ERROR_LIBRARIES; i++) {
        const struct error_library *library = error_library(i);
        for (size_t k = 0; k < library->count && count < ERROR_CODES_FOUND_MAX; k++) {
            const struct error_code *code = &library->codes[k];
            bool fits = by_number ? library->numbered && code->number == number
                                  : is_named(code, text, is_whole);
            if (fits)
                out[count++] =
                    (struct error_code_found){ .speaker = library, .code = code };
        }
    }
    return count;
}
