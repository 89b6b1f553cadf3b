/* SPDX-License-Identifier: Apache-2.0 */
/* The deny list in force: read from its file, changed by the operator, looked at for each
 * certificate that is to be given. Readers take no lock, and who looks at an empty list
 * pays for one look at a pointer.
 *
 * The file is the truth: a change is made to what the file says at that moment, and is
 * written (to a neighbour, then renamed) before it is in force. */
#ifndef THIM_SERVE_DENIALS_H
#define THIM_SERVE_DENIALS_H

#include "baseline/deny.h"
#include "kit/crypto.h"
#include "store/platforms.h"

/* To whoever is told so. */
#define DENIALS_REMEDY "thim deny list says by whom, and until when."

struct denials;

/* path: where deny.yaml is, or will be; a missing file is an empty list. A file that
 * cannot be read is refused with its line. */
bool denials_create(const char *path, struct denials **out, struct error *err) MUST_CHECK;
void denials_destroy(struct denials *denials); /* accepts NULL */
DEFINE_OWNED(struct denials *, denials_destroy)

/* SIGHUP: reads the file again; where it is wrong the old list stays in force. */
bool denials_reload(struct denials *denials, struct error *err) MUST_CHECK;

struct denial { /* why, copied out */
    bool is_denied;
    enum deny_kind kind;
    char why[DENY_TEXT_MAX + 1], by[DENY_TEXT_MAX + 1];
    int64_t until_s;
};
/* denials may be NULL: nobody is denied. Any thread. */
struct denial denials_look(struct denials *denials, const struct deny_subject *subject,
                           int64_t now_s);

/* True where denials is NULL, too: for whoever has to find out first what to look for. */
bool denials_are_empty(struct denials *denials);

/* These are true where what is asked for may be given. Else ERROR_DENIED, with a sentence
 * for whoever asks: the reason, and not who gave it. */
bool denials_permit(struct denials *denials, const struct deny_subject *subject,
                    int64_t now_s, struct error *err) MUST_CHECK;
/* By QE ID, and once its certificates are held by PPID and FMSPC. */
bool denials_permit_platform(struct denials *denials, const struct platform *platform,
                             int64_t now_s, struct error *err) MUST_CHECK;

/* By the advisories that apply to a platform of this TCB; judged only where the list
 * names an advisory. */
bool denials_permit_tcb(struct denials *denials, const struct tcb_info *info,
                        const struct raw_tcb *tcb, int64_t now_s, struct error *err)
    MUST_CHECK;

struct key_name { /* of a certificate's key, kept beside it; begins as zero */
    bool is_known;
    uint8_t digest[SHA256_LEN]; /* of the SubjectPublicKeyInfo */
};
/* ERROR_FORMAT where it is no certificate. */
bool key_name_read(struct bytes der, struct key_name *out, struct error *err) MUST_CHECK;

/* By its key, which costs a reading of the certificate, once, and only where there is a
 * list. */
bool denials_permit_key(struct denials *denials, struct bytes der, struct key_name *kept,
                        int64_t now_s, struct error *err) MUST_CHECK;

/* Calls visit for each entry, in order. */
void denials_visit(struct denials *denials,
                   void (*visit)(void *context, const struct deny_entry *entry),
                   void *context);

/* Both write the file first. ERROR_FORMAT: is on the list already. ERROR_NOT_FOUND: is
 * not. ERROR_LIMIT past DENY_ENTRIES_MAX; ERROR_SYSTEM: the disk says no. */
bool denials_add(struct denials *denials, const struct deny_entry *entry,
                 struct error *err) MUST_CHECK;
bool denials_remove(struct denials *denials, enum deny_kind kind, struct bytes value,
                    struct error *err) MUST_CHECK;

#endif
