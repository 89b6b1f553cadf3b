/* SPDX-License-Identifier: Apache-2.0 */
/* Members of what the service has answered, for printing: each accessor has an answer for
 * a member that is missing or of another type. */
#ifndef THIM_THIM_TREE_H
#define THIM_THIM_TREE_H

#include <jansson.h>
#include <stdbool.h>

const char *tree_text(const json_t *tree, const char *name); /* "-" */
long long tree_number(const json_t *tree, const char *name); /* 0 */
bool tree_flag(const json_t *tree, const char *name);        /* false */

/* The list's items; 0 where it is none. */
size_t tree_count(const json_t *tree, const char *name);
const json_t *tree_item(const json_t *tree, const char *name, size_t i);

/* What came from another machine, before it is printed: in every text, whatever is not
 * printable ASCII becomes \\xNN. Names of members stay. */
void tree_escape(json_t *tree);

#endif
