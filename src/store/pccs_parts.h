/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of reading a PCCS's file share: pccs_file.c (the file, and what is
 * in it beside platforms), pccs_platforms.c, pccs_values.c (how it spells things). */
#ifndef THIM_STORE_PCCS_PARTS_H
#define THIM_STORE_PCCS_PARTS_H

#include "kit/arena.h"
#include "kit/buf.h"
#include "store/pccs_file.h"
#include "store/sql.h"

/* One reading under way. What a part puts into the piece goes out before the piece grows
 * large; the first failure sticks in err. */
struct pccs_reading {
    struct sql_kept kept;
    bool (*out)(void *context, struct bytes piece, struct error *err);
    void (*odd)(void *context, const char *what);
    void *context;
    struct pccs_counts *counts;
    struct buf piece;
    size_t written;
    struct error *err;
};

/* Hands the piece on where it has grown, or where all of it is wanted. */
bool pccs_flush(struct pccs_reading *r, bool all) MUST_CHECK;

/* Counts a row that is left out, and tells of it: which it is, in words. */
void pccs_odd(struct pccs_reading *r, struct bytes which, const char *what);

/* A comma where something stands before. */
void pccs_separate(struct pccs_reading *r, bool *is_first);

/* "platforms": [..] and "pck_certs": [..], with their certificates. */
bool pccs_write_platforms(struct pccs_reading *r) MUST_CHECK;
bool pccs_write_pcks(struct pccs_reading *r) MUST_CHECK;

/* ---- values, which were spelled differently over the versions --------------------- */

/* Bytes, or hex digits of them, as lower-case hex. */
void pccs_add_hex(struct buf *out, struct bytes value);
/* The bytes themselves. */
void pccs_add_bytes(struct buf *out, struct bytes value);
/* Exactly `digits` hex digits, lower case; false (and nothing) where it is not that. */
bool pccs_add_digits(struct buf *out, struct bytes value, size_t least, size_t most);
/* A certificate, PEM or percent-encoded PEM, as one PEM block; false where it is none. */
bool pccs_add_certificate(struct buf *out, struct bytes value);
/* A CRL, DER, hex or PEM, as hex of its DER; false where it is none. */
bool pccs_add_crl(struct buf *out, struct bytes value);
/* A signed document as PCS sends it; false where it is none. */
bool pccs_add_document(struct buf *out, struct bytes value);
/* A JSON string. */
void pccs_add_string(struct buf *out, struct bytes text);

#endif
