/* SPDX-License-Identifier: Apache-2.0 */
/* What `thim inspect` says of a file, as a tree; printed as JSON or as indented text. */
#ifndef THIM_THIM_DESCRIBE_H
#define THIM_THIM_DESCRIBE_H

#include <jansson.h>
#include <stdio.h>

#include "verify/inspect.h"

/* The caller's. Members: kind, trusted, why (null where trusted), test_root (only where
 * one vouched), encoding, signed_by, then the fields of the kind. */
json_t *describe_inspection(const struct inspection *inspection);

/* The same members for a file that is none of the kinds. */
json_t *describe_unknown(const struct error *why);

/* Any tree as JSON, to standard output; NULL (no memory) prints "null". */
void describe_print_json(const json_t *tree);

/* Any tree as text: one line a member, two blanks for each level. */
void describe_print(FILE *out, const json_t *tree);

#endif
