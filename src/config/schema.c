/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "kit/buf.h"
#include "kit/text.h"

bool schema_refuse(const struct schema_walk *walk, int line, struct error *err,
                   enum error_kind kind, const char *why, ...)
{
    char sentence[ERROR_TEXT_MAX];
    va_list args;

    va_start(args, why);
    vsnprintf(sentence, sizeof sentence, why, args);
    va_end(args);
    error_set(err, kind, "%s", sentence);
    if (walk->path[0] != 0)
        error_within(err, "%s", walk->path);
    return error_within(err, "%s:%d", walk->file, line);
}

bool schema_refuse_below(struct schema_walk *walk, const char *below, int line,
                         struct error *err, const char *why, ...)
{
    size_t section = strlen(walk->path);
    char sentence[ERROR_TEXT_MAX];
    va_list args;

    va_start(args, why);
    vsnprintf(sentence, sizeof sentence, why, args);
    va_end(args);
    snprintf(walk->path + section, sizeof walk->path - section, ".%s", below);
    if (line == 0)
        line = schema_line(walk->places, walk->path);
    return schema_refuse(walk, line, err, ERROR_FORMAT, "%s", sentence);
}

/* Appends a word, and `between` where it is not the first; how long the text was. */
static size_t join(char *text, size_t size, const char *between, const char *word)
{
    size_t used = strlen(text);

    snprintf(text + used, size - used, "%s%s", used > 0 ? between : "", word);
    return used;
}

/* ---- keys ----------------------------------------------------------------------- */

static const struct schema_key *find_row(const struct schema_key *rows, struct bytes name)
{
    for (; rows->name != NULL; rows++)
        if (bytes_equal_text(name, rows->name))
            return rows;
    return NULL;
}

/* The section that knows a key of this name, looked for below the rows; NULL if none. */
static const struct schema_key *find_section(const struct schema_key *rows,
                                             struct bytes name)
{
    for (; rows->name != NULL; rows++)
        if (rows->below != NULL && find_row(rows->below, name) != NULL)
            return rows;
    return NULL;
}

static bool refuse_unknown(struct schema_walk *walk, const struct schema_key *rows,
                           const struct value *key, struct error *err)
{
    const struct schema_key *near = schema_nearest(rows, key->text);
    const struct schema_key *elsewhere = find_section(walk->all, key->text);
    bool is_inside = walk->path[0] != 0;
    char known[256] = "", help[ERROR_TEXT_MAX];

    for (const struct schema_key *row = rows; row->name != NULL; row++)
        join(known, sizeof known, ", ", row->name);
    if (find_row(walk->all, key->text) != NULL)
        snprintf(help, sizeof help, "it stands at the left margin, outside of sections");
    else if (near != NULL)
        snprintf(help, sizeof help, "did you mean \"%s\"?", near->name);
    else if (elsewhere != NULL)
        snprintf(help, sizeof help, "did you mean \"%s.%s\"?", elsewhere->name,
                 safe(key->text).s);
    else
        snprintf(help, sizeof help, "known here: %s", known);
    return error_set(err, ERROR_FORMAT, "%s:%d: unknown key \"%s\"%s%s, %s", walk->file,
                     key->line, safe(key->text).s, is_inside ? " in " : "", walk->path,
                     help);
}

static bool note_place(struct schema_walk *walk, int line, struct error *err)
{
    size_t size = strlen(walk->path) + 1;
    struct schema_place *place =
        arena_alloc(walk->arena, 1, sizeof(struct schema_place) + size);

    if (place == NULL)
        return schema_refuse(walk, line, err, ERROR_LIMIT, "too large");
    memcpy(place->key, walk->path, size);
    place->line = line;
    place->next = walk->places;
    walk->places = place;
    return true;
}

int schema_line(const struct schema_place *places, const char *key)
{
    for (; places != NULL; places = places->next)
        if (strcmp(places->key, key) == 0)
            return places->line;
    return 0;
}

/* ---- sections and lists --------------------------------------------------------- */

#define ROWS_MAX 32 /* in one section */

static bool read_key(struct schema_walk *walk, const struct schema_key *rows,
                     const struct value *key, int seen_on[ROWS_MAX], void *base,
                     struct error *err)
{
    const struct schema_key *row = find_row(rows, key->text);

    if (row == NULL)
        return refuse_unknown(walk, rows, key, err);
    size_t outside = join(walk->path, sizeof walk->path, ".", row->name);
    if (seen_on[row - rows] != 0)
        return schema_refuse(walk, key->line, err, ERROR_FORMAT,
                             "a second time; it stands on line %d already",
                             seen_on[row - rows]);
    seen_on[row - rows] = key->line;
    if (walk->in_list == 0 && !note_place(walk, key->line, err))
        return false;
    if (!row->read(walk, row, key->next, base, err))
        return false;
    walk->path[outside] = 0;
    return true;
}

static bool read_mapping(struct schema_walk *walk, const struct schema_key *rows,
                         const struct value *value, void *base, struct error *err)
{
    int seen_on[ROWS_MAX] = { 0 };

    if (value->kind != VALUE_MAPPING)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "is %s; expected keys with values",
                             value_kind_name(value->kind));
    for (const struct value *key = value->first; key != NULL; key = key->next->next)
        if (!read_key(walk, rows, key, seen_on, base, err))
            return false;
    for (const struct schema_key *row = rows; row->name != NULL; row++)
        if (row->is_required && seen_on[row - rows] == 0)
            return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                                 "lacks the key \"%s\"", row->name);
    return true;
}

bool schema_section(struct schema_walk *walk, const struct schema_key *key,
                    const struct value *value, void *base, struct error *err)
{
    return read_mapping(walk, key->below, value, (char *)base + key->at, err);
}

static bool is_list(struct schema_walk *walk, const struct schema_key *key,
                    const struct value *value, struct error *err)
{
    if (value->kind != VALUE_LIST)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "is %s; expected a list, each item begun by \"- \"",
                             value_kind_name(value->kind));
    if ((int64_t)value->count < key->least || (int64_t)value->count > key->most)
        return schema_refuse(walk, value->line, err, ERROR_LIMIT,
                             "has %zu items, expected %lld to %lld", value->count,
                             (long long)key->least, (long long)key->most);
    return true;
}

static bool read_items(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, char *item, struct error *err)
{
    walk->in_list++;
    for (const struct value *v = value->first; v != NULL; v = v->next) {
        if (key->item_default != NULL)
            memcpy(item, key->item_default, key->item_size);
        else
            memset(item, 0, key->item_size);
        memcpy(item + key->line_at, &v->line, sizeof v->line);
        if (!read_mapping(walk, key->below, v, item, err))
            return false;
        item += key->item_size;
    }
    walk->in_list--;
    return true;
}

bool schema_list(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err)
{
    if (!is_list(walk, key, value, err)
        || !read_items(walk, key, value, (char *)base + key->at, err))
        return false;
    memcpy((char *)base + key->count_at, &value->count, sizeof value->count);
    return true;
}

bool schema_list_apart(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
{
    char *items = NULL;

    if (!is_list(walk, key, value, err))
        return false;
    if (value->count > 0) {
        items = arena_alloc(walk->arena, value->count, key->item_size);
        if (items == NULL)
            return schema_refuse(walk, value->line, err, ERROR_LIMIT, "too large");
        if (!read_items(walk, key, value, items, err))
            return false;
    }
    memcpy((char *)base + key->at, &items, sizeof items);
    memcpy((char *)base + key->count_at, &value->count, sizeof value->count);
    return true;
}

bool schema_read(struct schema_walk *walk, const struct value *root, void *base,
                 struct error *err)
{
    return root == NULL || read_mapping(walk, walk->all, root, base, err);
}

/* ---- scalars -------------------------------------------------------------------- */

/* What YAML means by null; an operator who writes it has forgotten the value. */
static bool is_null(const struct value *value)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

    for (size_t i = 0; value->is_plain && i < COUNT_OF(nulls); i++)
        if (bytes_equal_text(value->text, nulls[i]))
            return true;
    return false;
}

bool schema_scalar(struct schema_walk *walk, const struct value *value,
                   const char *wanted, struct bytes *text, struct error *err)
{
    *text = (struct bytes){ 0 };
    if (value->kind != VALUE_SCALAR)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT, "is %s; expected %s",
                             value_kind_name(value->kind), wanted);
    if (is_null(value))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "has no value; expected %s (without the key: the default)",
                             wanted);
    *text = value->text;
    return true;
}

static bool refuse_choice(const struct schema_walk *walk, const struct schema_key *key,
                          const struct value *value, struct error *err)
{
    char known[128] = "";

    for (const struct schema_choice *c = key->choices; c->name != NULL; c++)
        join(known, sizeof known, ", ", c->name);
    return schema_refuse(walk, value->line, err, ERROR_FORMAT, "\"%s\" is none of %s",
                         safe(value->text).s, known);
}

static const struct schema_choice *find_choice(const struct schema_key *key,
                                               struct bytes text)
{
    for (const struct schema_choice *c = key->choices; c->name != NULL; c++)
        if (bytes_equal_text(text, c->name))
            return c;
    return NULL;
}

bool schema_choice(struct schema_walk *walk, const struct schema_key *key,
                   const struct value *value, void *base, struct error *err)
{
    struct bytes text;

    if (!schema_scalar(walk, value, "one word", &text, err))
        return false;
    const struct schema_choice *choice = find_choice(key, text);
    if (choice == NULL)
        return refuse_choice(walk, key, value, err);
    memcpy((char *)base + key->at, &choice->value, sizeof choice->value);
    return true;
}

bool schema_text(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err)
{
    struct bytes text;

    if (!schema_scalar(walk, value, "a text", &text, err))
        return false;
    if (key->choices != NULL && find_choice(key, text) == NULL)
        return refuse_choice(walk, key, value, err);
    if ((int64_t)text.len < key->least || (int64_t)text.len > key->most)
        return schema_refuse(walk, value->line, err, ERROR_LIMIT,
                             "is %zu bytes long, expected %lld to %lld", text.len,
                             (long long)key->least, (long long)key->most);
    const char *held = (const char *)text.at;
    memcpy((char *)base + key->at, &held, sizeof held);
    return true;
}

bool schema_path(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err)
{
    struct bytes text;

    if (!schema_scalar(walk, value, "a path", &text, err))
        return false;
    if (text.len == 0 || text.at[0] != '/')
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" does not begin with \"/\"", safe(text).s);
    return schema_text(walk, key, value, base, err);
}

bool schema_number(struct schema_walk *walk, const struct schema_key *key,
                   const struct value *value, void *base, struct error *err)
{
    char *field = (char *)base + key->at;
    struct bytes text;
    uint64_t number;

    if (!schema_scalar(walk, value, "a number", &text, err))
        return false;
    if (!value->is_plain || !decimal_read(text, INT64_MAX, &number))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" is not a whole number", safe(text).s);
    if ((int64_t)number < key->least || (int64_t)number > key->most)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "%s is outside of %lld to %lld", safe(text).s,
                             (long long)key->least, (long long)key->most);
    if (key->size == sizeof(uint16_t))
        memcpy(field, &(uint16_t){ (uint16_t)number }, sizeof(uint16_t));
    else if (key->size == sizeof(uint32_t))
        memcpy(field, &(uint32_t){ (uint32_t)number }, sizeof(uint32_t));
    else
        memcpy(field, &number, sizeof number);
    return true;
}

bool schema_flag(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err)
{
    struct bytes text;

    if (!schema_scalar(walk, value, "true or false", &text, err))
        return false;
    bool yes = bytes_equal_text(text, "true");
    if (!value->is_plain || (!yes && !bytes_equal_text(text, "false")))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" is neither true nor false", safe(text).s);
    memcpy((char *)base + key->at, &yes, sizeof yes);
    return true;
}

bool schema_hex(struct schema_walk *walk, const struct schema_key *key,
                const struct value *value, void *base, struct error *err)
{
    struct bytes text;

    if (!schema_scalar(walk, value, "hex digits", &text, err))
        return false;
    if (!hex_read(text, (uint8_t *)base + key->at, key->size))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" is not %zu hex digits", safe(text).s, 2 * key->size);
    return true;
}
