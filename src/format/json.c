/* SPDX-License-Identifier: Apache-2.0 */
#include "format/json.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "format/json_text.h"
#include "kit/text.h"

enum { PATH_MAX_SHOWN = 160, NAME_MAX_SHOWN = 48, END = -1 };

enum level_kind { DOCUMENT, OBJECT, ARRAY };

/* One open object or array; the document itself is the outermost. Levels are kept for
 * reuse, so that their number is the greatest depth and not the number of values. */
struct json_level {
    struct json_level *above, *below;
    enum level_kind kind;
    bool value_due; /* announced by a name, a comma or the beginning; not read yet */
    size_t count;   /* members or elements announced so far */
    size_t start;   /* offset of its opening byte */
    struct bytes names[JSON_MEMBERS_MAX]; /* OBJECT only */
};

struct path_text {
    char s[(JSON_DEPTH_MAX + 1) * (NAME_MAX_SHOWN + 2)];
    size_t len;
};

/* "tcbLevels[3].tcb.pcesvn": where the reader stands. */
static void add_path(struct path_text *path, const struct json_level *level)
{
    const struct json_level *down[JSON_DEPTH_MAX + 1];
    size_t depth = 0;

    for (; level != NULL && depth < COUNT_OF(down); level = level->above)
        down[depth++] = level;
    while (depth > 0) {
        const struct json_level *at = down[--depth];
        char *end = path->s + path->len;
        size_t room = sizeof path->s - path->len;
        int len = 0;
        if (at->kind == ARRAY && at->count > 0)
            len = snprintf(end, room, "[%zu]", at->count - 1);
        else if (at->kind == OBJECT && at->count > 0)
            len = snprintf(end, room, "%s%.*s", path->len > 0 ? "." : "", NAME_MAX_SHOWN,
                           safe(at->names[at->count - 1]).s);
        path->len += (size_t)len;
    }
}

/* The first failure is the one that is told, with the end of its path where that is long.
 */
PRINTF_LIKE(4, 0)
static bool fail_v(struct json *json, enum error_kind kind, size_t at, const char *what,
                   va_list args)
{
    char text[ERROR_TEXT_MAX / 2];
    struct path_text path = { .len = 0 };

    if (json->failed)
        return false;
    json->failed = true;
    vsnprintf(text, sizeof text, what, args);
    add_path(&path, json->level);
    size_t cut = path.len > PATH_MAX_SHOWN ? path.len - PATH_MAX_SHOWN : 0;
    return error_set(json->err, kind, "%s%s%sat byte %zu: %s", cut > 0 ? ".." : "",
                     path.s + cut, path.len > 0 ? ", " : "", at, text);
}

PRINTF_LIKE(4, 5)
static bool fail(struct json *json, enum error_kind kind, size_t at, const char *what,
                 ...)
{
    va_list args;

    va_start(args, what);
    fail_v(json, kind, at, what, args);
    va_end(args);
    return false;
}

bool json_refuse(struct json *json, const char *what, ...)
{
    va_list args;

    va_start(args, what);
    fail_v(json, ERROR_FORMAT, json->mark, what, args);
    va_end(args);
    return false;
}

bool json_over_limit(struct json *json, const char *what, ...)
{
    va_list args;

    va_start(args, what);
    fail_v(json, ERROR_LIMIT, json->mark, what, args);
    va_end(args);
    return false;
}

bool json_refuse_as(struct json *json, const struct error *why)
{
    return fail(json, why->kind, json->mark, "%s", why->text);
}

void *json_alloc(struct json *json, size_t count, size_t size)
{
    void *at = json->failed ? NULL : arena_alloc(json->arena, count, size);

    if (at == NULL)
        json_over_limit(json, "no memory left for what is being read");
    return at;
}

/* The next byte that is not white space, without taking it; END after the last. */
static int peek(struct json *json)
{
    while (json->offset < json->text.len) {
        uint8_t c = json->text.at[json->offset];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            return c;
        json->offset++;
    }
    return END;
}

struct found_text {
    char s[24];
};

static struct found_text found(int c)
{
    static const struct {
        const char *first, *name;
    } rows[] = {
        { "{", "an object" },          { "[", "an array" },   { "\"", "a string" },
        { "-0123456789", "a number" }, { "tf", "a boolean" }, { "n", "null" },
    };
    struct found_text text;

    for (size_t i = 0; c > 0 && i < COUNT_OF(rows); i++) {
        if (strchr(rows[i].first, c) != NULL) {
            snprintf(text.s, sizeof text.s, "%s", rows[i].name);
            return text;
        }
    }
    if (c == END)
        snprintf(text.s, sizeof text.s, "the end");
    else
        snprintf(text.s, sizeof text.s, c > 0x20 && c < 0x7f ? "%c" : "byte 0x%02x", c);
    return text;
}

static bool expected(struct json *json, const char *what, int c)
{
    return fail(json, ERROR_FORMAT, json->offset, "expected %s, found %s", what,
                found(c).s);
}

static bool enter(struct json *json, enum level_kind kind)
{
    struct json_level *above = json->level;
    struct json_level *level = above == NULL ? NULL : above->below;

    if (kind != DOCUMENT && json->depth >= JSON_DEPTH_MAX)
        return json_over_limit(json, "nested deeper than %d", JSON_DEPTH_MAX);
    if (level == NULL) {
        level = json_alloc(json, 1, sizeof *level);
        if (level == NULL)
            return false;
        level->above = above;
        if (above != NULL)
            above->below = level;
    }
    level->kind = kind;
    level->value_due = kind == DOCUMENT;
    level->count = 0;
    level->start = json->mark;
    json->level = level;
    json->depth += kind != DOCUMENT;
    return true;
}

static bool leave(struct json *json)
{
    json->offset++;
    json->mark = json->level->start;
    json->level = json->level->above;
    json->depth--;
    return false; /* no more members or elements */
}

void json_begin(struct json *json, struct bytes text, struct arena *arena,
                struct error *err)
{
    json_begin_up_to(json, text, JSON_TEXT_MAX, arena, err);
}

void json_begin_up_to(struct json *json, struct bytes text, size_t max,
                      struct arena *arena, struct error *err)
{
    *json = (struct json){ .text = text, .arena = arena, .err = err };
    if (text.len > max)
        json_over_limit(json, "document of %zu bytes, at most %zu", text.len, max);
    else if (bytes_equal_text(bytes_first(text, 3), "\xef\xbb\xbf"))
        json_refuse(json, "byte order mark");
    else
        enter(json, DOCUMENT);
}

void json_begin_within(struct json *json, struct bytes text, struct bytes value,
                       struct arena *arena, struct error *err)
{
    size_t start = (size_t)(value.at - text.at);

    *json = (struct json){ .text = bytes_first(text, start + value.len),
                           .offset = start,
                           .arena = arena,
                           .err = err,
                           .mark = start };
    enter(json, DOCUMENT);
}

bool json_ok(const struct json *json)
{
    return !json->failed;
}

bool json_end(struct json *json)
{
    if (json->failed)
        return false;
    assert(json->level->kind == DOCUMENT && !json->level->value_due);
    int c = peek(json);
    return c == END || expected(json, "nothing after the document", c);
}

/* The first byte of the value that is due; END where there is none. */
static int value_begins(struct json *json)
{
    int c = peek(json);

    assert(json->level->value_due);
    json->level->value_due = false;
    json->mark = json->offset;
    return c;
}

/* A string from its opening quote to past its closing one; what stood between. */
static bool scan_string(struct json *json, struct bytes *raw, bool *escaped)
{
    size_t start = ++json->offset;
    const char *wrong;

    if (!json_text_scan(json->text, &json->offset, escaped, &wrong))
        return fail(json, ERROR_FORMAT, json->offset, "%s", wrong);
    *raw = bytes_of(json->text.at + start, json->offset - start);
    json->offset++;
    return true;
}

static struct bytes read_string(struct json *json)
{
    struct bytes raw = { 0 };
    bool escaped = false;

    if (!scan_string(json, &raw, &escaped))
        return raw;
    if (!escaped)
        return raw;
    uint8_t *meant = json_alloc(json, raw.len, 1);
    return meant == NULL ? (struct bytes){ 0 }
                         : bytes_of(meant, json_text_decode(raw, meant));
}

bool json_read_object(struct json *json)
{
    if (json->failed)
        return false;
    int c = value_begins(json);
    if (c != '{')
        return expected(json, "an object", c);
    json->offset++;
    return enter(json, OBJECT);
}

bool json_read_array(struct json *json)
{
    if (json->failed)
        return false;
    int c = value_begins(json);
    if (c != '[')
        return expected(json, "an array", c);
    json->offset++;
    return enter(json, ARRAY);
}

/* Before a member or element: the comma where one is due. False at the closing byte. */
static bool another(struct json *json, uint8_t closing)
{
    bool first = json->level->count == 0;
    int c = peek(json);

    assert(!json->level->value_due);
    if (c == closing)
        return leave(json);
    if (first)
        return true;
    if (c != ',')
        return expected(json, closing == '}' ? "\",\" or \"}\"" : "\",\" or \"]\"", c);
    json->offset++;
    return true;
}

static bool is_duplicate(const struct json_level *level, struct bytes name)
{
    for (size_t i = 0; i < level->count; i++)
        if (bytes_equal(level->names[i], name))
            return true;
    return false;
}

bool json_member(struct json *json, struct bytes *name)
{
    struct json_level *level = json->level;

    *name = (struct bytes){ 0 };
    if (json->failed)
        return false;
    assert(level->kind == OBJECT);
    if (!another(json, '}'))
        return false;
    int c = peek(json);
    if (c != '"')
        return expected(json, "a member name", c);
    json->mark = json->offset;
    *name = read_string(json);
    if (json->failed)
        return false;
    if (is_duplicate(level, *name))
        return json_refuse(json, "member \"%.*s\" twice", NAME_MAX_SHOWN, safe(*name).s);
    if (level->count == JSON_MEMBERS_MAX)
        return json_over_limit(json, "more than %d members", JSON_MEMBERS_MAX);
    level->names[level->count++] = *name;
    c = peek(json);
    if (c != ':')
        return expected(json, "\":\"", c);
    json->offset++;
    level->value_due = true;
    return true;
}

bool json_element(struct json *json)
{
    if (json->failed)
        return false;
    assert(json->level->kind == ARRAY);
    if (!another(json, ']'))
        return false;
    peek(json);
    json->mark = json->offset;
    json->level->count++;
    json->level->value_due = true;
    return true;
}

static uint64_t read_integer(struct json *json, uint64_t max)
{
    size_t start = json->offset;
    uint64_t value = 0;

    while (json->offset < json->text.len && json->text.at[json->offset] >= '0'
           && json->text.at[json->offset] <= '9')
        json->offset++;
    struct bytes digits = bytes_of(json->text.at + start, json->offset - start);
    int next = json->offset < json->text.len ? json->text.at[json->offset] : END;
    if (digits.len > 1 && digits.at[0] == '0')
        json_refuse(json, "number with a leading zero");
    else if (next == '.' || next == 'e' || next == 'E')
        json_refuse(json, "number with a fraction or an exponent");
    else if (!decimal_read(digits, max, &value))
        json_refuse(json, "%.24s%s is over %llu", safe(digits).s,
                    digits.len > 24 ? ".." : "", (unsigned long long)max);
    return json->failed ? 0 : value;
}

uint64_t json_read_integer(struct json *json, uint64_t max)
{
    if (json->failed)
        return 0;
    int c = value_begins(json);
    if (c == '-')
        json_refuse(json, "number with a sign");
    else if (c < '0' || c > '9')
        expected(json, "a number", c);
    return json->failed ? 0 : read_integer(json, max);
}

struct bytes json_read_string(struct json *json)
{
    if (json->failed)
        return (struct bytes){ 0 };
    int c = value_begins(json);
    if (c != '"')
        expected(json, "a string", c);
    return json->failed ? (struct bytes){ 0 } : read_string(json);
}

static bool take_word(struct json *json, const char *word)
{
    struct bytes rest = bytes_after(json->text, json->offset);
    bool taken = bytes_equal_text(bytes_first(rest, strlen(word)), word);

    json->offset += taken ? strlen(word) : 0;
    return taken;
}

bool json_boolean(struct json *json)
{
    if (json->failed)
        return false;
    int c = value_begins(json);
    if (take_word(json, "true"))
        return true;
    if (!take_word(json, "false"))
        expected(json, "true or false", c);
    return false;
}

bool json_next_is(struct json *json, char first)
{
    return !json->failed && peek(json) == (uint8_t)first;
}

bool json_read_null(struct json *json)
{
    if (!json_next_is(json, 'n') || !take_word(json, "null"))
        return false;
    assert(json->level->value_due);
    json->level->value_due = false;
    json->mark = json->offset - strlen("null");
    return true;
}

/* Reads a number, string or word, or enters an object or array. */
static void skip_one(struct json *json)
{
    struct bytes raw;
    bool escaped;
    int c = peek(json);

    if (c == '{')
        json_read_object(json);
    else if (c == '[')
        json_read_array(json);
    else if (c == '-' || (c >= '0' && c <= '9'))
        json_read_integer(json, UINT64_MAX);
    else if (value_begins(json) == '"')
        scan_string(json, &raw, &escaped);
    else if (!take_word(json, "true") && !take_word(json, "false")
             && !take_word(json, "null"))
        expected(json, "a value", c);
}

struct bytes json_skip(struct json *json)
{
    struct bytes name;

    if (json->failed)
        return (struct bytes){ 0 };
    peek(json);
    size_t start = json->offset;
    unsigned base = json->depth;
    do {
        skip_one(json);
        while (json->depth > base && !json->failed
               && !(json->level->kind == OBJECT ? json_member(json, &name)
                                                : json_element(json)))
            ;
    } while (json->depth > base && !json->failed);
    if (json->failed)
        return (struct bytes){ 0 };
    json->mark = start;
    return bytes_of(json->text.at + start, json->offset - start);
}
