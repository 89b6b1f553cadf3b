/* SPDX-License-Identifier: Apache-2.0 */
#include "config/document.h"

#include <yaml.h>

#include "kit/text.h"

struct builder {
    yaml_parser_t *parser;
    struct bytes yaml;
    const char *name;
    struct arena *arena;
    size_t values_max;
    struct value *open[DOCUMENT_DEPTH_MAX]; /* collections begun and not ended */
    struct value *last[DOCUMENT_DEPTH_MAX]; /* the newest child of each */
    size_t depth, values, documents;
    struct value *root;
};

static void event_free(yaml_event_t *event)
{
    yaml_event_delete(event);
}

static int line_of(const yaml_event_t *event)
{
    return (int)event->start_mark.line + 1;
}

static bool refuse(const struct builder *b, int line, const char *why, struct error *err)
{
    return error_set(err, ERROR_FORMAT, "%s:%d: %s", b->name, line, why);
}

/* libyaml reads ahead, so where its reader stumbles only the offset is exact. */
static int line_of_problem(const struct builder *b)
{
    struct bytes before = bytes_first(b->yaml, b->parser->problem_offset);
    int line = 1;

    if (b->parser->error != YAML_READER_ERROR)
        return (int)b->parser->problem_mark.line + 1;
    for (size_t i = 0; i < before.len; i++)
        line += before.at[i] == '\n';
    return line;
}

/* libyaml's own words are literals of its source: safe to pass on. */
static bool refuse_syntax(const struct builder *b, struct error *err)
{
    const char *problem = b->parser->problem, *context = b->parser->context;

    if (b->parser->error == YAML_MEMORY_ERROR)
        return error_set(err, ERROR_SYSTEM, "%s: out of memory", b->name);
    return error_set(err, ERROR_FORMAT, "%s:%d: not YAML: %s%s%s", b->name,
                     line_of_problem(b), problem != NULL ? problem : "not readable",
                     context != NULL ? ", " : "", context != NULL ? context : "");
}

static bool is_key(const struct builder *b)
{
    const struct value *holder = b->depth > 0 ? b->open[b->depth - 1] : NULL;

    return holder != NULL && holder->kind == VALUE_MAPPING && holder->count % 2 == 0;
}

/* Hangs a new value under the collection that is open, or makes it the root. */
static bool add(struct builder *b, enum value_kind kind, int line, struct value **out,
                struct error *err)
{
    struct value *value = NULL;

    if (++b->values > b->values_max)
        return error_set(err, ERROR_LIMIT, "%s:%d: more than %zu values", b->name, line,
                         b->values_max);
    if (is_key(b) && kind != VALUE_SCALAR)
        return refuse(b, line, "a list or mapping as a key", err);
    value = arena_alloc(b->arena, 1, sizeof *value);
    if (value == NULL)
        return error_set(err, ERROR_LIMIT, "%s:%d: too large", b->name, line);
    value->kind = kind;
    value->line = line;
    if (b->depth == 0) {
        b->root = value;
    } else {
        struct value *holder = b->open[b->depth - 1], *last = b->last[b->depth - 1];
        *(last == NULL ? &holder->first : &last->next) = value;
        b->last[b->depth - 1] = value;
        holder->count++;
    }
    *out = value;
    return true;
}

static bool begin(struct builder *b, enum value_kind kind, const yaml_event_t *event,
                  struct error *err)
{
    struct value *value;

    if (b->depth == DOCUMENT_DEPTH_MAX)
        return error_set(err, ERROR_LIMIT, "%s:%d: nested more than %d deep", b->name,
                         line_of(event), DOCUMENT_DEPTH_MAX);
    if (!add(b, kind, line_of(event), &value, err))
        return false;
    b->open[b->depth] = value;
    b->last[b->depth] = NULL;
    b->depth++;
    return true;
}

static void end(struct builder *b)
{
    struct value *ended = b->open[--b->depth];

    if (ended->kind == VALUE_MAPPING)
        ended->count /= 2;
}

static bool add_scalar(struct builder *b, const yaml_event_t *event, struct error *err)
{
    struct bytes text = bytes_of(event->data.scalar.value, event->data.scalar.length);
    struct value *value;

    if (text.len > DOCUMENT_SCALAR_MAX)
        return error_set(err, ERROR_LIMIT, "%s:%d: a value longer than %d bytes", b->name,
                         line_of(event), DOCUMENT_SCALAR_MAX);
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return refuse(b, line_of(event),
                          "a line break or control character in a value", err);
    if (!add(b, VALUE_SCALAR, line_of(event), &value, err))
        return false;
    uint8_t *copy = arena_alloc(b->arena, text.len + 1, 1);
    if (copy == NULL)
        return error_set(err, ERROR_LIMIT, "%s:%d: too large", b->name, line_of(event));
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    value->text = bytes_of(copy, text.len);
    value->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return true;
}

static bool begin_document(struct builder *b, const yaml_event_t *event,
                           struct error *err)
{
    if (++b->documents > 1)
        return refuse(b, line_of(event), "a second document: one file, one configuration",
                      err);
    if (event->data.document_start.version_directive != NULL
        || event->data.document_start.tag_directives.start
               != event->data.document_start.tag_directives.end)
        return refuse(b, line_of(event), "a directive (%): leave it out", err);
    return true;
}

struct decoration {
    const yaml_char_t *anchor, *tag;
};

static struct decoration decoration_of(const yaml_event_t *event)
{
    switch ((int)event->type) {
    case YAML_SCALAR_EVENT:
        return (struct decoration){ event->data.scalar.anchor, event->data.scalar.tag };
    case YAML_SEQUENCE_START_EVENT:
        return (struct decoration){ event->data.sequence_start.anchor,
                                    event->data.sequence_start.tag };
    case YAML_MAPPING_START_EVENT:
        return (struct decoration){ event->data.mapping_start.anchor,
                                    event->data.mapping_start.tag };
    default:
        return (struct decoration){ NULL, NULL };
    }
}

static bool take_event(struct builder *b, const yaml_event_t *event, struct error *err)
{
    struct decoration decoration = decoration_of(event);

    if (decoration.anchor != NULL || event->type == YAML_ALIAS_EVENT)
        return refuse(b, line_of(event),
                      "an anchor or alias (& or *): write the value out", err);
    if (decoration.tag != NULL)
        return refuse(b, line_of(event), "a tag (!): leave it out", err);
    switch ((int)event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return begin_document(b, event, err);
    case YAML_SCALAR_EVENT:
        return add_scalar(b, event, err);
    case YAML_SEQUENCE_START_EVENT:
        return begin(b, VALUE_LIST, event, err);
    case YAML_MAPPING_START_EVENT:
        return begin(b, VALUE_MAPPING, event, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        end(b);
        return true;
    default:
        return true;
    }
}

static bool read_events(struct builder *b, struct error *err)
{
    for (bool ended = false; !ended;) {
        __attribute__((cleanup(event_free))) yaml_event_t event = { 0 };
        if (!yaml_parser_parse(b->parser, &event))
            return refuse_syntax(b, err);
        if (!take_event(b, &event, err))
            return false;
        ended = event.type == YAML_STREAM_END_EVENT;
    }
    return true;
}

/* An empty document ("---" alone) is one plain scalar of no length: nothing, too. */
static bool is_nothing(const struct value *root)
{
    return root != NULL && root->kind == VALUE_SCALAR && root->is_plain
           && root->text.len == 0;
}

bool document_parse(struct bytes yaml, const char *name, struct arena *arena,
                    struct value **root, struct error *err)
{
    return document_parse_many(yaml, name, DOCUMENT_VALUES_MAX, arena, root, err);
}

bool document_parse_many(struct bytes yaml, const char *name, size_t values_max,
                         struct arena *arena, struct value **root, struct error *err)
{
    __attribute__((cleanup(yaml_parser_delete))) yaml_parser_t parser = { 0 };
    struct builder builder = { .parser = &parser,
                               .yaml = yaml,
                               .name = name,
                               .arena = arena,
                               .values_max = values_max };

    if (!yaml_parser_initialize(&parser))
        return error_set(err, ERROR_SYSTEM, "%s: out of memory", name);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, yaml.len == 0 ? (const uint8_t *)"" : yaml.at,
                                 yaml.len);
    if (!read_events(&builder, err))
        return false;
    *root = is_nothing(builder.root) ? NULL : builder.root;
    return true;
}

const char *value_kind_name(enum value_kind kind)
{
    static const char *const names[] = {
        [VALUE_SCALAR] = "a value",
        [VALUE_LIST] = "a list",
        [VALUE_MAPPING] = "a mapping",
    };

    return (size_t)kind < COUNT_OF(names) && names[kind] != NULL ? names[kind]
                                                                 : "nothing";
}
