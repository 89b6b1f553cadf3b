/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to "pckcerts": every PCK certificate that Intel has for one platform, one
 * for each TCB, and the TCBs for which it has none.
 *
 * Source: Intel PCS API v4, "Get PCK Certificates":
 *     [{"tcb":{"sgxtcbcomp01svn":N, .., "sgxtcbcomp16svn":N, "pcesvn":N},
 *       "tcbm":"CPUSVN then PCESVN, little endian, 36 hex digits",
 *       "cert":"percent-encoded PEM" or "Not available"}]
 * The list itself is signed by nobody; each certificate is verified by verify/pck.h.
 * Lifetime: entries and DER lie in the arena. */
#ifndef THIM_FORMAT_PCK_LIST_H
#define THIM_FORMAT_PCK_LIST_H

#include "kit/arena.h"
#include "kit/buf.h"
#include "kit/error.h"

struct json; /* format/json.h */

#define PCK_LIST_MAX 512                     /* certificates of one platform */
#define PCK_LIST_BYTES_MAX (4 * 1024 * 1024) /* bytes of one answer */
#define TCBM_LEN 18                          /* CPUSVN 16, PCESVN 2 little endian */

enum pck_entry_kind {
    PCK_ENTRY_CERTIFICATE = 1,
    PCK_ENTRY_GAP, /* "Not available": a TCB that Intel knows, with no certificate */
    PCK_ENTRY_ODD, /* the certificate cannot be read as one PEM block: why says so */
};

struct pck_entry {
    enum pck_entry_kind kind;
    bool has_tcb; /* both are there in PCS's answers; some caches leave tcb out */
    uint8_t components[16];
    uint16_t pcesvn;
    uint8_t tcbm[TCBM_LEN];
    struct bytes der; /* PCK_ENTRY_CERTIFICATE */
    const char *why;  /* PCK_ENTRY_ODD; in the arena */
};

struct pck_list {
    const struct pck_entry *entries;
    size_t count;
};

/* An odd certificate is an entry like another, so that it does not fail the platform;
 * what is refused is a document that is no such list. A tcbm that is not 36 hex digits,
 * and tcbm and tcb that contradict each other in PCESVN, make the entry odd. ERROR_FORMAT
 * names the field, ERROR_LIMIT past PCK_LIST_MAX. */
bool pck_list_parse(struct bytes text, struct arena *arena, struct pck_list *out,
                    struct error *err) MUST_CHECK;

/* The same out of a document that is being read: the array that is due. */
bool pck_list_read(struct json *json, struct pck_list *out);

/* The same shape back, member for member as PCS writes it: for who sits behind us. An odd
 * entry is left out. */
void pck_list_write(struct buf *out, const struct pck_list *list);

#endif
