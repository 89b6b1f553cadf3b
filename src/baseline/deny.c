/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/deny.h"

#include <limits.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "kit/text.h"

#define TURIN_ID_LEN 8
#define QE_ID_LEN 16
#define FMSPC_LEN 6

static const struct {
    const char *name;
    size_t len; /* bytes; 0: a text */
    const char *looks_like;
} kinds[DENY_KINDS] = {
    [DENY_CHIP_ID] = { "chip_id", CHIP_ID_LEN, "16 hex digits (Turin), or 128" },
    [DENY_QE_ID] = { "qe_id", QE_ID_LEN, "32 hex digits" },
    [DENY_PPID_DIGEST] = { "ppid_digest", SHA256_LEN, "64 hex digits, a SHA-256" },
    [DENY_FMSPC] = { "fmspc", FMSPC_LEN, "12 hex digits" },
    [DENY_KEY_DIGEST] = { "key_digest", SHA256_LEN, "64 hex digits, a SHA-256" },
    [DENY_ADVISORY] = { "advisory", 0, "an advisory's name, like INTEL-SA-00615" },
};

const char *deny_kind_name(enum deny_kind kind)
{
    return kinds[kind].name;
}

bool deny_kind_named(struct bytes name, enum deny_kind *out)
{
    for (enum deny_kind kind = DENY_CHIP_ID; kind < DENY_KINDS; kind++)
        if (bytes_equal_text(name, kinds[kind].name)) {
            *out = kind;
            return true;
        }
    return false;
}

/* ---- values --------------------------------------------------------------------- */

struct room { /* for a value in the one form in which it is kept */
    uint8_t at[DENY_VALUE_MAX];
};

static bool is_zero(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.at[i] != 0)
            return false;
    return true;
}

static uint8_t capital(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

/* The one form of a value, so that whoever writes it otherwise means the same; empty
 * where it is longer than any. */
static struct bytes one_form(enum deny_kind kind, struct bytes value, struct room *room)
{
    if (value.len > sizeof room->at)
        return (struct bytes){ 0 };
    if (kind == DENY_CHIP_ID && value.len == CHIP_ID_LEN
        && is_zero(bytes_after(value, TURIN_ID_LEN)))
        return bytes_first(value, TURIN_ID_LEN);
    if (kind != DENY_ADVISORY)
        return value;
    for (size_t i = 0; i < value.len; i++)
        room->at[i] = capital(value.at[i]);
    return bytes_of(room->at, value.len);
}

/* Capitals, digits and "-", beginning with a letter. */
static bool is_advisory(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        bool is_letter = name.at[i] >= 'A' && name.at[i] <= 'Z';
        bool is_digit = name.at[i] >= '0' && name.at[i] <= '9';
        if (!is_letter && (i == 0 || (!is_digit && name.at[i] != '-')))
            return false;
    }
    return name.len > 0;
}

static bool read_digits(enum deny_kind kind, struct bytes text, struct room *room,
                        struct bytes *out)
{
    size_t len = kinds[kind].len;

    if (kind == DENY_CHIP_ID && text.len == (size_t)2 * TURIN_ID_LEN)
        len = TURIN_ID_LEN;
    *out = bytes_of(room->at, len);
    return hex_read(text, room->at, len);
}

bool deny_value_read(enum deny_kind kind, struct bytes text, struct arena *arena,
                     struct bytes *out, struct error *err)
{
    struct room digits, capitals;
    struct bytes value = text;

    bool ok = kind == DENY_ADVISORY || read_digits(kind, text, &digits, &value);
    value = one_form(kind, value, &capitals);
    if (!ok || (kind == DENY_ADVISORY && !is_advisory(value)))
        return error_set(err, ERROR_FORMAT, "\"%s\" is not %s", safe(text).s,
                         kinds[kind].looks_like);
    if (kind == DENY_CHIP_ID && is_zero(value))
        return error_set(err, ERROR_FORMAT,
                         "is zeros only: so says every chip whose host masks its id");
    *out = arena_copy(arena, value);
    return out->at != NULL || error_set(err, ERROR_LIMIT, "too many values");
}

void deny_value_write(const struct deny_entry *entry, struct buf *out)
{
    if (entry->kind == DENY_ADVISORY)
        buf_add(out, entry->value);
    else
        hex_add(out, entry->value);
}

/* ---- texts ---------------------------------------------------------------------- */

/* What ends a line or steers a terminal, by how its UTF-8 begins: C1, line and paragraph
 * separator, byte order mark, no characters at all. */
static bool steers(struct bytes sequence)
{
    static const char *const steering[] = { "\xe2\x80\xa8", "\xe2\x80\xa9",
                                            "\xef\xbb\xbf", "\xef\xbf\xbe",
                                            "\xef\xbf\xbf" };

    if (sequence.len == 1)
        return sequence.at[0] < 0x20 || sequence.at[0] == 0x7f;
    if (sequence.len == 2)
        return sequence.at[0] == 0xc2 && sequence.at[1] < 0xa0;
    for (size_t i = 0; i < COUNT_OF(steering); i++)
        if (bytes_equal_text(sequence, steering[i]))
            return true;
    return false;
}

bool deny_text_check(struct bytes text, struct error *err)
{
    size_t len = 0;

    if (text.len == 0 || text.len > DENY_TEXT_MAX)
        return error_set(err, ERROR_LIMIT, "is %zu bytes long, expected 1 to %d",
                         text.len, DENY_TEXT_MAX);
    for (struct bytes rest = text; rest.len > 0; rest = bytes_after(rest, len)) {
        len = utf8_sequence(rest);
        if (len == 0)
            return error_set(err, ERROR_FORMAT, "is not UTF-8");
        if (steers(bytes_first(rest, len)))
            return error_set(err, ERROR_FORMAT,
                             "has a line break or control character in it");
    }
    return true;
}

/* ---- the list ------------------------------------------------------------------- */

static int compare_values(const void *a, const void *b)
{
    const struct deny_entry *left = a, *right = b;

    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return bytes_compare(left->value, right->value);
}

/* Twins stand as in the file, one that was added since behind the file's. */
static int compare_entries(const void *a, const void *b)
{
    const struct deny_entry *left = a, *right = b;
    int by_value = compare_values(a, b);
    int left_line = left->line == 0 ? INT_MAX : left->line;
    int right_line = right->line == 0 ? INT_MAX : right->line;

    return by_value != 0 ? by_value : (left_line > right_line) - (left_line < right_line);
}

static bool refuse_twins(const struct deny_entry *first, const struct deny_entry *second,
                         struct error *err)
{
    const char *name = kinds[first->kind].name;
    struct hex_text digits = hex(first->value.at, first->value.len);
    struct safe_text text = safe(first->value);
    const char *value = first->kind == DENY_ADVISORY ? text.s : digits.s;

    if (second->line == 0)
        return error_set(err, ERROR_FORMAT, "%s %s is denied on line %d already", name,
                         value, first->line);
    return error_set(err, ERROR_FORMAT,
                     "%s %s is denied on lines %d and %d: leave one of them", name, value,
                     first->line, second->line);
}

bool deny_list_make(struct deny_entry *entries, size_t count, struct deny_list *out,
                    struct error *err)
{
    if (count > DENY_ENTRIES_MAX)
        return error_set(err, ERROR_LIMIT, "%zu entries, expected at most %d", count,
                         DENY_ENTRIES_MAX);
    if (count > 0)
        qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 1; i < count; i++)
        if (compare_values(&entries[i - 1], &entries[i]) == 0)
            return refuse_twins(&entries[i - 1], &entries[i], err);
    *out = (struct deny_list){ .entries = entries, .count = count };
    return true;
}

const struct deny_entry *deny_find(const struct deny_list *list, enum deny_kind kind,
                                   struct bytes value, int64_t now_s)
{
    struct room room;
    const struct deny_entry wanted = { .kind = kind,
                                       .value = one_form(kind, value, &room) };

    if (list == NULL || list->count == 0)
        return NULL;
    const struct deny_entry *entry = bsearch(&wanted, list->entries, list->count,
                                             sizeof *list->entries, compare_values);
    return entry != NULL && (entry->until_s == 0 || now_s < entry->until_s) ? entry
                                                                            : NULL;
}

const struct deny_entry *deny_match(const struct deny_list *list,
                                    const struct deny_subject *subject, int64_t now_s)
{
    uint8_t qe_id[QE_ID_LEN];
    bool has_qe_id = hex_read(subject->qe_id, qe_id, sizeof qe_id);
    const struct {
        enum deny_kind kind;
        struct bytes value;
    } names[] = {
        { DENY_CHIP_ID, subject->chip_id },
        { DENY_QE_ID, bytes_of(qe_id, has_qe_id ? sizeof qe_id : 0) },
        { DENY_PPID_DIGEST, subject->ppid_digest },
        { DENY_FMSPC, subject->fmspc },
        { DENY_KEY_DIGEST, subject->key_digest },
    };
    const struct deny_entry *entry = NULL;

    for (size_t i = 0; entry == NULL && i < COUNT_OF(names); i++)
        entry = deny_find(list, names[i].kind, names[i].value, now_s);
    for (size_t i = 0; entry == NULL && i < subject->advisory_count; i++)
        entry = deny_find(list, DENY_ADVISORY, subject->advisories[i], now_s);
    return entry;
}
