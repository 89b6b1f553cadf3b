/* SPDX-License-Identifier: Apache-2.0 */
#include "format/http_query.h"

#include "kit/text.h"

/* RFC 3986, 3.3: unreserved, sub-delims, ":" and "@"; "%" is looked at when decoding. */
static bool is_path_char(uint8_t c)
{
    bool letter =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

    return letter || (c != 0 && strchr("-._~!$&'()*+,;=:@%/", c) != NULL);
}

/* 3.4, and what clients send raw although it stands nowhere in RFC 3986. */
static bool is_query_char(uint8_t c)
{
    return is_path_char(c) || (c != 0 && strchr("?|{}[]^`\"", c) != NULL);
}

static bool check_characters(struct bytes part, bool (*allowed)(uint8_t),
                             const char *name, struct error *err)
{
    for (size_t i = 0; i < part.len; i++) {
        if (part.at[i] == '#')
            return error_set(err, ERROR_FORMAT, "request target with a fragment");
        if (!allowed(part.at[i]))
            return error_set(err, ERROR_FORMAT, "byte %02x in the %s of the target",
                             part.at[i], name);
    }
    return true;
}

/* Decoded once, into the arena. Control characters are refused: nobody sends them in
 * good faith, and what is decoded here may end up in a log or a database. Refusals do not
 * quote the text, which may be an encrypted PPID. */
static bool decode(struct bytes raw, struct arena *arena, struct bytes *out,
                   struct error *err)
{
    uint8_t *to = arena_alloc(arena, raw.len, 1);
    size_t len = 0;

    if (to == NULL)
        return error_set(err, ERROR_LIMIT, "no room to decode %zu bytes", raw.len);
    for (size_t i = 0; i < raw.len; len++) {
        bool escaped = raw.at[i] == '%';
        to[len] = raw.at[i];
        if (escaped
            && (raw.len - i < 3 || !hex_read(bytes_of(raw.at + i + 1, 2), to + len, 1)))
            return error_set(err, ERROR_FORMAT, "bad percent-escape at byte %zu", i);
        if (to[len] < 0x20 || to[len] == 0x7f)
            return error_set(err, ERROR_FORMAT,
                             "encoded control character %02x at byte %zu", to[len], i);
        i += escaped ? 3 : 1;
    }
    *out = bytes_of(to, len);
    return true;
}

/* Splits off what comes before the first `mark`; all of it, and an empty rest, where it
 * does not come. */
static struct bytes take_until(struct bytes *rest, char mark)
{
    size_t at = bytes_find(*rest, bytes_of(&mark, 1));
    struct bytes before = bytes_first(*rest, at);

    *rest = bytes_after(*rest, at + 1);
    return before;
}

static size_t count_slashes(struct bytes b)
{
    size_t count = 0;

    for (size_t i = 0; i < b.len; i++)
        count += b.at[i] == '/';
    return count;
}

static bool read_path(struct bytes raw, struct arena *arena, struct http_target *out,
                      struct error *err)
{
    if (!check_characters(raw, is_path_char, "path", err)
        || !decode(raw, arena, &out->path, err))
        return error_within(err, "path");
    if (count_slashes(out->path) != count_slashes(raw))
        return error_set(err, ERROR_FORMAT, "encoded \"/\" in the path");

    struct bytes rest = out->path;
    while (rest.len > 0) {
        struct bytes segment = take_until(&rest, '/');
        if (bytes_equal_text(segment, ".") || bytes_equal_text(segment, ".."))
            return error_set(err, ERROR_FORMAT, "segment \"%s\" in the path",
                             safe(segment).s);
    }
    return true;
}

static const struct http_parameter *find(const struct http_target *target,
                                         struct bytes name)
{
    for (size_t i = 0; i < target->parameter_count; i++)
        if (text_equal_nocase(target->parameters[i].name, name))
            return &target->parameters[i];
    return NULL;
}

/* Azure's own sample of a QPL configuration has "api-version  " with two blanks behind it
 * (reference amd-and-others, section 0). */
static struct bytes without_blanks(struct bytes name)
{
    while (name.len > 0 && name.at[0] == ' ')
        name = bytes_after(name, 1);
    while (name.len > 0 && name.at[name.len - 1] == ' ')
        name.len--;
    return name;
}

/* A parameter that came before with the same value is passed over. */
static bool read_parameter(struct bytes raw, struct arena *arena, struct http_target *out,
                           struct error *err)
{
    struct http_parameter p;
    struct bytes raw_name = take_until(&raw, '=');

    p.raw = arena_copy(arena, raw);
    if (p.raw.at == NULL)
        return error_set(err, ERROR_LIMIT, "no room for a parameter");
    if (!decode(raw_name, arena, &p.name, err))
        return error_within(err, "name of a parameter");
    if (!decode(raw, arena, &p.value, err))
        return error_within(err, "parameter \"%s\"", safe(p.name).s);
    p.name = without_blanks(p.name);
    if (p.name.len == 0)
        return error_set(err, ERROR_FORMAT, "parameter without a name");
    const struct http_parameter *before = find(out, p.name);
    if (before != NULL)
        return bytes_equal(before->value, p.value)
               || error_set(err, ERROR_FORMAT,
                            "parameter \"%s\" comes twice, with different values",
                            safe(p.name).s);
    if (out->parameter_count == HTTP_PARAMETERS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d parameters",
                         HTTP_PARAMETERS_MAX);
    out->parameters[out->parameter_count++] = p;
    return true;
}

static bool read_query(struct bytes rest, struct arena *arena, struct http_target *out,
                       struct error *err)
{
    if (!check_characters(rest, is_query_char, "query", err))
        return false;
    while (rest.len > 0) {
        struct bytes raw = take_until(&rest, '&');
        if (raw.len > 0 && !read_parameter(raw, arena, out, err))
            return error_within(err, "query");
    }
    return true;
}

bool http_target_parse(struct bytes raw, struct arena *arena, struct http_target *out,
                       struct error *err)
{
    out->path = bytes_first(raw, 0);
    out->parameter_count = 0;
    if (raw.len > HTTP_TARGET_MAX)
        return error_set(err, ERROR_LIMIT, "request target of %zu bytes, at most %d",
                         raw.len, HTTP_TARGET_MAX);
    if (raw.len == 0 || raw.at[0] != '/')
        return error_set(err, ERROR_FORMAT,
                         "request target does not begin with \"/\" (RFC 9112, 3.2.1)");
    struct bytes query = raw;
    struct bytes path = take_until(&query, '?');
    return read_path(path, arena, out, err) && read_query(query, arena, out, err);
}

const struct http_parameter *http_parameter(const struct http_target *target,
                                            const char *name)
{
    return find(target, bytes_of_text(name));
}
