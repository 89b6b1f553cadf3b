/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: what is printed of a tree. */
#ifndef THIM_THIM_TEST_PRINTED_H
#define THIM_THIM_TEST_PRINTED_H

#include <jansson.h>
#include <stdlib.h>

#include "thim/test_said.h"

/* JSON, with single quotes. */
static inline json_t *tree_of_text(const char *text)
{
    char *json = strdup(text);
    json_error_t why;

    assert_non_null(json);
    for (char *quote = json; (quote = strchr(quote, '\'')) != NULL;)
        *quote = '"';
    json_t *tree = json_loads(json, 0, &why);
    if (tree == NULL)
        fail_msg("%s at %d", why.text, why.position);
    free(json);
    return tree;
}

/* These stand in what is said, in this order; the list ends with NULL. */
static inline void assert_lines(const struct said *said, const char *const *lines)
{
    const char *left = buf_text(&said->out);

    for (; *lines != NULL; lines++) {
        const char *found = strstr(left, *lines);
        if (found == NULL)
            fail_msg("no '%s' in\n%s", *lines, left);
        left = found + strlen(*lines);
    }
}

#endif
