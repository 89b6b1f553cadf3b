/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/tree.h"

#include "kit/buf.h"
#include "kit/text.h"

enum {
    TEXT_MAX = 64 * 1024,
    AT_ONCE = 40 /* bytes, of which the escaper makes no more than it can return */
};

const char *tree_text(const json_t *tree, const char *name)
{
    const char *text = json_string_value(json_object_get(tree, name));

    return text == NULL ? "-" : text;
}

long long tree_number(const json_t *tree, const char *name)
{
    return json_integer_value(json_object_get(tree, name));
}

bool tree_flag(const json_t *tree, const char *name)
{
    return json_is_true(json_object_get(tree, name));
}

size_t tree_count(const json_t *tree, const char *name)
{
    return json_array_size(json_object_get(tree, name));
}

const json_t *tree_item(const json_t *tree, const char *name, size_t i)
{
    return json_array_get(json_object_get(tree, name), i);
}

static bool is_printable(const char *text)
{
    for (; *text != 0; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void escape_text(json_t *text)
{
    struct bytes left = bytes_of_text(json_string_value(text));
    struct buf out;

    if (is_printable(json_string_value(text)))
        return;
    buf_init(&out, TEXT_MAX);
    for (; left.len > 0; left = bytes_after(left, AT_ONCE))
        buf_add_text(&out, safe(bytes_first(left, AT_ONCE)).s);
    (void)json_string_set(text, buf_text(&out));
    buf_fini(&out);
}

void tree_escape(json_t *tree)
{
    const char *name;
    json_t *member;
    size_t i;

    if (json_is_string(tree))
        escape_text(tree);
    json_array_foreach(tree, i, member)
    {
        tree_escape(member);
    }
    json_object_foreach(tree, name, member)
    {
        tree_escape(member);
    }
}
