/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a document by a table: every key that is known, what it may hold, and which field
 * it fills.
 *
 * A row names a reader; the readers below serve most rows, and a table may bring its own
 * with the same shape. A refusal names file, line and key; an unknown key also the one
 * that was probably meant.
 * Lifetime: texts are views into the document's arena. */
#ifndef THIM_CONFIG_SCHEMA_H
#define THIM_CONFIG_SCHEMA_H

#include "config/document.h"

struct schema_place { /* where a key outside of lists stands: "limits.waiters" */
    const struct schema_place *next;
    int line;
    char key[];
};

struct schema_walk {
    const char *file; /* what refusals call it */
    struct arena *arena;
    const struct schema_key *all; /* the whole table, for keys under the wrong section */
    char path[96];                /* the key being read, with its sections */
    unsigned in_list;             /* how many lists deep */
    const struct schema_place *places; /* newest first */
};

struct schema_choice {
    const char *name; /* NULL ends the table */
    int value;        /* of an enum */
};

struct schema_key {
    const char *name; /* NULL ends the table */
    /* base is the struct that the row's section fills; it writes base + at. */
    bool (*read)(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err);
    size_t at;
    size_t size;         /* numbers and hex: bytes of the field */
    int64_t least, most; /* numbers: the range; texts: of their length; lists: of items */
    const struct schema_choice
        *choices;                   /* schema_choice, and texts that are one of few */
    const struct schema_key *below; /* sections, and lists of them */
    size_t count_at, item_size, line_at; /* lists: where items are counted, how far apart
                                            they lie, where in an item its line goes */
    const void *item_default;            /* lists: what an item starts as */
    bool is_required;
};

/* The fields at and size of a row, for one field of a struct. */
#define SCHEMA_AT(type, field) \
    .at = offsetof(type, field), .size = sizeof(((type *)NULL)->field)

/* A section is a mapping with the rows of `below`; its struct lies at base + at. */
bool schema_section(struct schema_walk *walk, const struct schema_key *key,
                    const struct value *value, void *base, struct error *err) MUST_CHECK;
/* A list of such mappings, least to most of them. */
bool schema_list(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err) MUST_CHECK;
/* The same with its items in the arena; at base + at lies the pointer to them. */
bool schema_list_apart(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
    MUST_CHECK;

bool schema_text(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err) MUST_CHECK;
/* Absolute. */
bool schema_path(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err) MUST_CHECK;
bool schema_number(struct schema_walk *walk, const struct schema_key *key,
                   const struct value *value, void *base, struct error *err) MUST_CHECK;
bool schema_flag(struct schema_walk *walk, const struct schema_key *key,
                 const struct value *value, void *base, struct error *err) MUST_CHECK;
bool schema_choice(struct schema_walk *walk, const struct schema_key *key,
                   const struct value *value, void *base, struct error *err) MUST_CHECK;
/* Exactly 2*size hex digits. */
bool schema_hex(struct schema_walk *walk, const struct schema_key *key,
                const struct value *value, void *base, struct error *err) MUST_CHECK;

/* For readers of a table's own: a scalar that holds something, or the refusal. */
bool schema_scalar(struct schema_walk *walk, const struct value *value,
                   const char *wanted, struct bytes *text, struct error *err) MUST_CHECK;

/* "FILE:LINE: KEY: why"; false. */
bool schema_refuse(const struct schema_walk *walk, int line, struct error *err,
                   enum error_kind kind, const char *why, ...) PRINTF_LIKE(5, 6);

/* ERROR_FORMAT likewise, for what only the whole section being read shows: of its key
 * `below`, on that key's line, or on the line given where it stands in a list. */
bool schema_refuse_below(struct schema_walk *walk, const char *below, int line,
                         struct error *err, const char *why, ...) PRINTF_LIKE(5, 6);

/* Reads a whole document into base; a NULL root changes nothing. */
bool schema_read(struct schema_walk *walk, const struct value *root, void *base,
                 struct error *err) MUST_CHECK;

/* The line of a key outside of lists; 0 where the file does not have it. */
int schema_line(const struct schema_place *places, const char *key);

/* The row whose name is least far from the text, where it is near enough to have been
 * meant; NULL else. */
const struct schema_key *schema_nearest(const struct schema_key *rows, struct bytes text);

#endif
