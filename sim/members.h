/* SPDX-License-Identifier: Apache-2.0 */
/* An order by its members' names: read alike from a command line (--report-data HEX) and
 * from a JSON object ("report_data": "HEX"), for one table says what there is.
 *
 * An order is a struct of `struct given`s; a table has a row for each, with its place. */
#ifndef THIM_SIM_MEMBERS_H
#define THIM_SIM_MEMBERS_H

#include "kit/buf.h"
#include "kit/error.h"

#define GIVEN_LEN_MAX 96

struct given {
    bool is_given;
    uint64_t number;           /* a number, the place of a word, 1 of a flag */
    uint8_t at[GIVEN_LEN_MAX]; /* bytes; of choices, which were made */
};

enum member_kind {
    MEMBER_FLAG,
    MEMBER_NUMBER, /* decimal, up to max */
    MEMBER_BIT,    /* OFFSET[:BIT]: offset times 8, and the bit */
    MEMBER_BYTES,  /* max of them, in hex */
    MEMBER_WORD,   /* one of words */
    MEMBER_CHOICE  /* one of choices; may be given several times */
};

struct choice {
    const char *name, *sentence;
    unsigned needs; /* what it can show in: the order's own bits */
};

struct member {
    const char *name; /* as an option; JSON has _ for - */
    size_t place;     /* of its struct given in the order */
    enum member_kind kind;
    uint64_t max;
    const char *const *words; /* NULL ends them */
    const struct choice *choices;
    size_t choice_count;
    const char *value, *help; /* for a list of options */
};

struct members {
    const struct member *rows;
    size_t count;
};

/* The row of a name, with - or _; NULL where there is none. */
const struct member *member_named(struct members members, struct bytes name);

/* Sets a member from text; of a flag that is "true", "false" or nothing. ERROR_FORMAT
 * names the member and what it expects. */
bool member_set(const struct member *member, void *order, struct bytes text,
                struct error *err) MUST_CHECK;

/* ERROR_FORMAT where a choice was made that shows only in what is not there. */
bool members_fit(const struct member *member, const struct given *made, unsigned there,
                 struct error *err) MUST_CHECK;

/* Appends a line for each option, or for each choice. */
void members_help(struct members members, struct buf *out);
void choices_help(const struct member *member, struct buf *out);

/* To what was appended from start on: so many bytes more, or only the first of all, then
 * one bit turned. ERROR_NOT_FOUND where there is no such bit. */
bool bend_minted(const struct given *trailing, const struct given *truncate,
                 const struct given *flip, size_t start, struct buf *out,
                 struct error *err) MUST_CHECK;

/* What was given, else the default. */
static inline uint64_t given_or(const struct given *given, uint64_t otherwise)
{
    return given->is_given ? given->number : otherwise;
}

static inline bool is_chosen(const struct given *choices, size_t place)
{
    return choices->is_given && choices->at[place] != 0;
}

/* Puts given bytes over those that are there. */
static inline void put_given(uint8_t *out, const struct given *given, size_t len)
{
    if (given->is_given)
        memcpy(out, given->at, len);
}

#endif
