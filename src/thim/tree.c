/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/tree.h"

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
