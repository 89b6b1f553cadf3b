/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: what stands somewhere in JSON, as text. */
#ifndef THIM_SERVE_TEST_JSON_H
#define THIM_SERVE_TEST_JSON_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "rows.0.names" */
static inline const json_t *json_at(const json_t *json, const char *path)
{
    char name[64];

    for (; *path != 0; path += strcspn(path, ".") + (strchr(path, '.') != NULL)) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(path, "."), path);
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(name))
                                   : json_object_get(json, name);
    }
    return json;
}

/* Of numbers their digits, else "true", "false", "null", "(more)" or "(none)". */
static inline const char *json_word(const json_t *json, const char *path)
{
    static char digits[32];
    const json_t *found = json_at(json, path);

    if (found == NULL)
        return "(none)";
    switch (json_typeof(found)) {
    case JSON_STRING:
        return json_string_value(found);
    case JSON_INTEGER:
        snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(found));
        return digits;
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    case JSON_OBJECT:
    case JSON_ARRAY:
    case JSON_REAL:
        break;
    }
    return "(more)";
}

#endif
