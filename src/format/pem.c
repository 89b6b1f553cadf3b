/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pem.h"

#include "format/crl.h"
#include "kit/text.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

enum { LINE_LEN = 64, LABEL_MAX = 64 };

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bytes without_space(struct bytes text)
{
    while (text.len > 0 && is_space(text.at[0]))
        text = bytes_after(text, 1);
    return text;
}

/* Clients' buffers count the NUL that ends their strings, and some count more. */
static struct bytes without_trailing_nuls(struct bytes text)
{
    while (text.len > 0 && text.at[text.len - 1] == 0)
        text.len--;
    return text;
}

static bool take_text(struct bytes *text, const char *expected)
{
    size_t len = strlen(expected);

    if (!bytes_equal_text(bytes_first(*text, len), expected))
        return false;
    *text = bytes_after(*text, len);
    return true;
}

/* What comes before the next `mark`, which is passed; false where it does not come. */
static bool take_until(struct bytes *text, const char *mark, struct bytes *before)
{
    size_t at = bytes_find(*text, bytes_of_text(mark));

    if (at == text->len)
        return false;
    *before = bytes_first(*text, at);
    *text = bytes_after(*text, at + strlen(mark));
    return true;
}

/* RFC 7468, 3: printable ASCII; what it holds is shown and compared, never obeyed. */
static bool is_label(struct bytes label)
{
    for (size_t i = 0; i < label.len; i++)
        if (label.at[i] < 0x20 || label.at[i] > 0x7e)
            return false;
    return label.len <= LABEL_MAX;
}

struct block {
    struct bytes label, base64;
};

/* Takes one block from the front of *text, and the white space behind it. */
static bool next_block(struct bytes *text, struct block *out, struct error *err)
{
    if (!take_text(text, BEGIN))
        return error_set(err, ERROR_FORMAT, "PEM: no \"" BEGIN "\" at \"%s\"",
                         safe(bytes_first(*text, 32)).s);
    if (!take_until(text, DASHES, &out->label) || !is_label(out->label))
        return error_set(err, ERROR_FORMAT, "PEM: the BEGIN line does not end");
    if (!take_until(text, END, &out->base64))
        return error_set(err, ERROR_FORMAT, "PEM: no END to %s", safe(out->label).s);

    struct bytes end = bytes_first(*text, out->label.len);
    *text = bytes_after(*text, out->label.len);
    if (!bytes_equal(end, out->label) || !take_text(text, DASHES))
        return error_set(err, ERROR_FORMAT, "PEM: the END line is not that of %s",
                         safe(out->label).s);
    *text = without_space(*text);
    return true;
}

static bool check_label(const struct block *block, const char *label, struct error *err)
{
    if (label == NULL || bytes_equal_text(block->label, label))
        return true;
    return error_set(err, ERROR_FORMAT, "PEM: a block of %s, expected %s",
                     safe(block->label).s, label);
}

static bool decode(const struct block *block, size_t der_max, struct arena *arena,
                   struct bytes *der, struct error *err)
{
    struct buf decoded;
    bool ok = false;

    buf_init(&decoded, der_max);
    if (base64_read(block->base64, true, &decoded) && decoded.len > 0) {
        *der = arena_copy(arena, buf_bytes(&decoded));
        ok = der->at != NULL;
        if (!ok)
            error_set(err, ERROR_LIMIT, "PEM: no room for %zu bytes", decoded.len);
    } else if (decoded.failed) {
        error_set(err, ERROR_LIMIT, "PEM: %s of more than %zu bytes",
                  safe(block->label).s, der_max);
    } else {
        error_set(err, ERROR_FORMAT, "PEM: bad base64 in %s", safe(block->label).s);
    }
    buf_fini(&decoded);
    return ok;
}

bool pem_chain_read(struct bytes text, struct arena *arena, struct der_chain *out,
                    struct error *err)
{
    struct block block;

    out->count = 0;
    text = without_space(without_trailing_nuls(text));
    do {
        if (!next_block(&text, &block, err) || !check_label(&block, "CERTIFICATE", err))
            return false;
        if (out->count == X509_CHAIN_MAX)
            return error_set(err, ERROR_LIMIT, "PEM: more than %d certificates",
                             X509_CHAIN_MAX);
        if (!decode(&block, X509_CERTIFICATE_MAX, arena, &out->certificates[out->count],
                    err))
            return error_within(err, "certificate %zu", out->count + 1);
        out->count++;
    } while (text.len > 0);
    return true;
}

bool pem_block_read(struct bytes text, const char *label, struct arena *arena,
                    struct bytes *der, struct error *err)
{
    struct block block;

    text = without_space(without_trailing_nuls(text));
    if (!next_block(&text, &block, err) || !check_label(&block, label, err))
        return false;
    if (text.len > 0)
        return error_set(err, ERROR_FORMAT, "PEM: more than one block");
    return decode(&block, CRL_MAX, arena, der, err);
}

bool pem_looks_like(struct bytes text)
{
    text = without_space(text);
    return take_text(&text, BEGIN);
}

/* 48 bytes make one line of 64 characters. */
void pem_write(struct buf *out, const char *label, struct bytes der)
{
    enum { LINE_BYTES = LINE_LEN / 4 * 3 };

    buf_addf(out, BEGIN "%s" DASHES "\n", label);
    for (; der.len > 0; der = bytes_after(der, LINE_BYTES)) {
        base64_add(out, bytes_first(der, LINE_BYTES));
        buf_add_text(out, "\n");
    }
    buf_addf(out, END "%s" DASHES "\n", label);
}

void pem_chain_write(struct buf *out, const struct der_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        pem_write(out, "CERTIFICATE", chain->certificates[i]);
}
