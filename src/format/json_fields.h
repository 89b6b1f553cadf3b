/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of a vendor's document, read by a table that mirrors the document's own: which
 * members there are, what each must hold, where it goes.
 *
 * A member that the table does not name is skipped (as strictly as it would be read); one
 * that it names and that is not there is refused with its name, unless optional. Errors
 * stick in the reader (format/json.h). */
#ifndef THIM_FORMAT_JSON_FIELDS_H
#define THIM_FORMAT_JSON_FIELDS_H

#include "format/json.h"

enum json_field_kind {
    FIELD_U8 = 1, /* integers, no less than `least` */
    FIELD_U16,
    FIELD_U32,
    FIELD_HEX,    /* a string of exactly 2 * len hex digits of either case, to len bytes,
                     first pair first */
    FIELD_DATE,   /* YYYY-MM-DDTHH:MM:SSZ, to int64_t seconds since 1970, UTC */
    FIELD_TEXT,   /* to struct bytes, decoded */
    FIELD_CHOICE, /* one of `choices`, to an enum */
    FIELD_CALL,   /* read() reads the value */
    FIELD_REFUSED /* must not be there: `why` */
};

struct json_choice { /* a table of them ends with name NULL */
    const char *name;
    unsigned value;
};

struct json_field {
    const char *name;
    enum json_field_kind kind;
    bool optional;
    size_t at; /* offset in what is filled */
    size_t len;
    uint32_t least;
    const struct json_choice *choices;
    void (*read)(struct json *json, void *into);
    const char *why;
};

/* { "pcesvn", FIELD_INTO(U16, struct tcb_level, pcesvn) } */
#define FIELD_INTO(KIND, TYPE, MEMBER) .kind = FIELD_##KIND, .at = offsetof(TYPE, MEMBER)
#define FIELD_READ(FUNCTION) .kind = FIELD_CALL, .read = (FUNCTION)

/* The object that is due, into the struct at `into`. At most 64 fields. Returns json_ok.
 */
bool json_fields(struct json *json, const struct json_field *fields, size_t count,
                 void *into);

/* The same of a document of our own, which somebody wrote for us: a member that the table
 * does not name is refused, with the name that was probably meant. */
bool json_fields_only(struct json *json, const struct json_field *fields, size_t count,
                      void *into);

/* The one value that is due, by a row of a table, to `at`; name and .at are not used. */
void json_field_read(struct json *json, const struct json_field *field, void *at);

/* Refuses a document whose nextUpdate lies before its issueDate. */
void json_check_dates(struct json *json, int64_t issue_date_s, int64_t next_update_s);

/* The name of a choice; "unknown" where the table has none. */
const char *json_choice_name(const struct json_choice *choices, unsigned value);

/* Items of an array while it is read; memory is the reader's arena. */
struct json_list {
    size_t item_len, max; /* set by the caller; the rest begins as zero */
    void *items;
    size_t count, room;
};

/* A zeroed item at the end; NULL is already refused (ERROR_LIMIT past max). What earlier
 * calls returned moves. */
void *json_list_add(struct json *json, struct json_list *list) MUST_CHECK;

/* Moves the last item before those that order puts after it: the list stays sorted.
 * False where its twin (order gives 0) is there already. */
bool json_list_settle(struct json_list *list, int (*order)(const void *, const void *))
    MUST_CHECK;

#endif
