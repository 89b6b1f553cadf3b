/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator has given up on, whatever a vendor signs: chips, platforms, FMSPCs,
 * keys and advisories, each with a reason. Kept in a file of its own (deny.yaml), apart
 * from signed data; config/deny reads and writes it. Pure look-ups, immutable once made.
 *
 * A VCEK's serial is always 0: no vendor's CRL can ever revoke one, but this can. */
#ifndef THIM_BASELINE_DENY_H
#define THIM_BASELINE_DENY_H

#include "format/registration.h"
#include "format/tcb_version.h"
#include "kit/arena.h"

#define DENY_ENTRIES_MAX 65536
#define DENY_TEXT_MAX 256 /* why, by */
#define DENY_VALUE_MAX 64 /* bytes */

enum deny_kind {
    DENY_CHIP_ID = 1, /* AMD: 16 or 128 hex digits. A chip id of 64 bytes whose last 56
                         are zero is one of 8, as Turin has them: so it is kept, and so
                         it is looked for */
    DENY_QE_ID,       /* 32 hex digits, 16 bytes */
    DENY_PPID_DIGEST, /* SHA-256 of the PPID, 32 bytes */
    DENY_FMSPC,       /* 6 bytes */
    DENY_KEY_DIGEST,  /* SHA-256 of a SubjectPublicKeyInfo: a PCK's, a VCEK's */
    DENY_ADVISORY,    /* "INTEL-SA-00615": whoever it applies to */
    DENY_KINDS,
};
const char *deny_kind_name(enum deny_kind kind); /* "chip_id", as the file has it */
bool deny_kind_named(struct bytes name, enum deny_kind *out);

struct deny_entry {
    enum deny_kind kind;
    struct bytes value; /* binary; of an advisory its text in capitals */
    const char *why, *by;
    int64_t until_s; /* 0: for good */
    int line;        /* in the file; 0: added since */
};

struct deny_list {
    const struct deny_entry *entries; /* sorted by kind and value */
    size_t count;
};

/* Reads the value as people write it, into the arena. ERROR_FORMAT says what a value of
 * the kind looks like. */
bool deny_value_read(enum deny_kind kind, struct bytes text, struct arena *arena,
                     struct bytes *out, struct error *err) MUST_CHECK;
/* As the file has it, for people. */
void deny_value_write(const struct deny_entry *entry, struct buf *out);

/* Whether a why or a by is 1 to DENY_TEXT_MAX bytes of UTF-8 that stand on one line: no
 * control characters and none of Unicode's line ends. */
bool deny_text_check(struct bytes text, struct error *err) MUST_CHECK;

/* Sorts a list; ERROR_FORMAT names the lines of twins, ERROR_LIMIT is for more than
 * DENY_ENTRIES_MAX. */
bool deny_list_make(struct deny_entry *entries, size_t count, struct deny_list *out,
                    struct error *err) MUST_CHECK;

/* The entry in force for this value (of an advisory in any letter case), or NULL. list
 * may be NULL. */
const struct deny_entry *deny_find(const struct deny_list *list, enum deny_kind kind,
                                   struct bytes value, int64_t now_s);

struct deny_subject {   /* what is known of whoever asks; empty where not */
    struct bytes qe_id; /* as hosts write it: hex text */
    struct bytes ppid_digest, fmspc, key_digest;
    struct bytes chip_id; /* as much as names the chip */
    const struct bytes *advisories;
    size_t advisory_count;
};
/* The first entry in force that names the subject, or NULL. */
const struct deny_entry *deny_match(const struct deny_list *list,
                                    const struct deny_subject *subject, int64_t now_s);

#endif
