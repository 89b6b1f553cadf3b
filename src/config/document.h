/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML file as a tree of values, each of which knows its line: the strict part of
 * YAML 1.1 that a configuration needs.
 *
 * Behind this header stands libyaml's parser. The tree is built from its events, since
 * libyaml's own tree has lost tags and anchors before anyone could refuse them. Refused:
 * aliases, anchors, tags, directives, a second document, keys that are no scalars,
 * control characters, and what is deeper or more than the limits. Duplicate keys are the
 * schema's to refuse, because it knows where the first one stood. Lifetime: the tree lies
 * in the arena and copies what it needs of the text. */
#ifndef THIM_CONFIG_DOCUMENT_H
#define THIM_CONFIG_DOCUMENT_H

#include "kit/arena.h"
#include "kit/error.h"

#define DOCUMENT_DEPTH_MAX 8
#define DOCUMENT_VALUES_MAX 20000
#define DOCUMENT_SCALAR_MAX 4096 /* bytes of one scalar */

enum value_kind { VALUE_SCALAR = 1, VALUE_LIST, VALUE_MAPPING };

struct value {
    enum value_kind kind;
    int line;          /* counts from 1 */
    bool is_plain;     /* scalar without quotes: only then can it be a number or a flag */
    struct bytes text; /* scalar; a NUL follows that is not counted, and none is within */
    struct value *first; /* list: its items. Mapping: key, value, key, value, ... */
    struct value *next;  /* the next item, key or value of whatever holds this one */
    size_t count;        /* items, or keys */
};

/* *root is NULL for a file with nothing but comments. name is what refusals call the
 * file: "NAME:12: ...". */
bool document_parse(struct bytes yaml, const char *name, struct arena *arena,
                    struct value **root, struct error *err) MUST_CHECK;
/* The same with a ceiling other than DOCUMENT_VALUES_MAX, for long lists. */
bool document_parse_many(struct bytes yaml, const char *name, size_t values_max,
                         struct arena *arena, struct value **root, struct error *err)
    MUST_CHECK;

/* "a value", "a list", "a mapping": for refusals. */
const char *value_kind_name(enum value_kind kind);

#endif
