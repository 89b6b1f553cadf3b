/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/doctor_request.h"

#include <ctype.h>

#include "kit/text.h"

enum { VALUE_MAX = 1024 };

static const struct known {
    const char *name;  /* of a pckcert request */
    const char *other; /* as PCCS's registrations have it */
    bool is_needed;
} known[] = {
    { "qeid", "qe_id", true },
    { "pceid", "pce_id", false },
    { "cpusvn", "cpu_svn", false },
    { "pcesvn", "pce_svn", false },
    { "encrypted_ppid", "enc_ppid", false },
};

bool doctor_request_is(const char *text)
{
    return strchr(text, '=') != NULL;
}

/* Logs put quotes and blanks around a target. */
static size_t target_len(const char *text)
{
    return strcspn(text, " \t\r\n\"'<>`|,;)");
}

/* The query within: what follows the "?" of the word that has one and a "=" after it, or
 * the first word with a "=" in it. */
static struct bytes find_query(const char *text)
{
    struct bytes found = { 0 };

    for (const char *at = text; *at != 0; at += *at != 0) {
        struct bytes word = bytes_of(at, target_len(at));
        struct bytes query = bytes_after(word, bytes_find(word, bytes_of_text("?")) + 1);
        bool has_query = bytes_find(query, bytes_of_text("=")) < query.len;
        bool has_value = bytes_find(word, bytes_of_text("=")) < word.len;
        if (has_query)
            return query;
        if (has_value && found.len == 0)
            found = word;
        at += word.len;
    }
    return found;
}

/* The value of name=value between "&"s, names compared without case. */
static bool find_value(struct bytes query, const char *name, struct bytes *out)
{
    while (query.len > 0) {
        size_t end = bytes_find(query, bytes_of_text("&"));
        struct bytes pair = bytes_first(query, end);
        size_t equals = bytes_find(pair, bytes_of_text("="));
        *out = bytes_after(pair, equals + 1);
        if (text_equal_nocase(bytes_first(pair, equals), bytes_of_text(name)))
            return true;
        query = bytes_after(query, end + 1);
    }
    return false;
}

static bool is_hex(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isxdigit(text.at[i]))
            return false;
    return text.len <= VALUE_MAX;
}

static bool add_parameter(const struct known *each, struct bytes query, struct buf *out,
                          struct error *err)
{
    struct bytes value = { 0 };

    bool found =
        find_value(query, each->name, &value) || find_value(query, each->other, &value);
    if (!found)
        value.len = 0;
    if (each->is_needed && value.len == 0)
        return error_set(err, ERROR_FORMAT, "the request has no %s in it", each->name);
    if (value.len == 0)
        return true;
    if (!is_hex(value))
        return error_set(err, ERROR_FORMAT, "the request's %s is no hex: \"%s\"",
                         each->name, safe(value).s);
    buf_addf(out, "%s%s=", out->len > 0 ? "&" : "", each->name);
    buf_add(out, value);
    return true;
}

bool doctor_request_read(const char *text, struct buf *query, struct error *err)
{
    struct bytes found = find_query(text);

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (!add_parameter(&known[i], found, query, err))
            return false;
    return !query->failed || error_set(err, ERROR_LIMIT, "the request is too long");
}
