/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/denials.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/deny.h"
#include "format/x509.h"
#include "kit/file.h"
#include "kit/snapshot.h"
#include "kit/text.h"
#include "verify/tcb_level.h"

#define LIST_BYTES_MAX ((size_t)128 << 20) /* a list and all it was read from */
#define FILE_MODE 0640

struct denials {
    char *path;
    struct snapshot *present; /* of struct loaded; never NULL once made */
    pthread_mutex_t changing;
};

struct loaded { /* one list, and what it lies in */
    struct arena arena;
    struct deny_list list;
};

/* ---- making -------------------------------------------------------------------------
 */

static void drop_loaded(struct loaded *loaded)
{
    if (loaded == NULL)
        return;
    arena_fini(&loaded->arena);
    free(loaded);
}
DEFINE_OWNED(struct loaded *, drop_loaded)

static void free_loaded(void *loaded)
{
    drop_loaded(loaded);
}

static bool load(const struct denials *denials, struct loaded **out, struct error *err)
{
    OWNED(drop_loaded) struct loaded *loaded = calloc(1, sizeof *loaded);

    if (loaded == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the deny list");
    arena_init(&loaded->arena, LIST_BYTES_MAX);
    if (!deny_file_read(denials->path, &loaded->arena, &loaded->list, err))
        return false;
    *out = TAKE(loaded);
    return true;
}

bool denials_create(const char *path, struct denials **out, struct error *err)
{
    OWNED(denials_destroy) struct denials *denials = calloc(1, sizeof *denials);

    if (denials == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the deny list");
    pthread_mutex_init(&denials->changing, NULL);
    denials->path = strdup(path);
    denials->present = snapshot_create(free_loaded);
    if (denials->path == NULL || denials->present == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the deny list");
    if (!denials_reload(denials, err))
        return false;
    *out = TAKE(denials);
    return true;
}

void denials_destroy(struct denials *denials)
{
    if (denials == NULL)
        return;
    snapshot_destroy(denials->present);
    pthread_mutex_destroy(&denials->changing);
    free(denials->path);
    free(denials);
}

bool denials_reload(struct denials *denials, struct error *err)
{
    struct loaded *loaded;

    pthread_mutex_lock(&denials->changing);
    bool is_read = load(denials, &loaded, err);
    if (is_read)
        snapshot_publish(denials->present, loaded);
    pthread_mutex_unlock(&denials->changing);
    return is_read;
}

/* ---- looking ------------------------------------------------------------------------
 */

bool denials_are_empty(struct denials *denials)
{
    if (denials == NULL)
        return true;
    const struct loaded *loaded = snapshot_enter(denials->present);
    bool empty = loaded->list.count == 0;
    snapshot_leave(denials->present);
    return empty;
}

struct denial denials_look(struct denials *denials, const struct deny_subject *subject,
                           int64_t now_s)
{
    struct denial denial = { .is_denied = false };

    if (denials == NULL)
        return denial;
    const struct loaded *loaded = snapshot_enter(denials->present);
    const struct deny_entry *entry = deny_match(&loaded->list, subject, now_s);
    if (entry != NULL) {
        denial.is_denied = true;
        denial.kind = entry->kind;
        denial.until_s = entry->until_s;
        snprintf(denial.why, sizeof denial.why, "%s", entry->why);
        snprintf(denial.by, sizeof denial.by, "%s", entry->by);
    }
    snapshot_leave(denials->present);
    return denial;
}

bool denials_permit(struct denials *denials, const struct deny_subject *subject,
                    int64_t now_s, struct error *err)
{
    if (denials_are_empty(denials))
        return true;
    struct denial denial = denials_look(denials, subject, now_s);
    return !denial.is_denied
           || error_set(err, ERROR_DENIED,
                        "The operator of this service denies it, by its %s: %s",
                        deny_kind_name(denial.kind), safe_string(denial.why).s);
}

bool denials_permit_platform(struct denials *denials, const struct platform *platform,
                             int64_t now_s, struct error *err)
{
    bool is_held = platform->state == PLATFORM_HELD; /* else nothing more is known */
    struct deny_subject subject = {
        .qe_id = bytes_of_text(platform->has_name ? platform->name.qe_id : ""),
        .ppid_digest = bytes_of(platform->ppid_digest, is_held ? SHA256_LEN : 0),
        .fmspc = bytes_of(platform->fmspc, is_held ? sizeof platform->fmspc : 0),
    };

    return denials_permit(denials, &subject, now_s, err);
}

/* Entries are sorted by kind, and advisories are the last. */
static bool names_an_advisory(struct denials *denials)
{
    if (denials == NULL)
        return false;
    const struct loaded *loaded = snapshot_enter(denials->present);
    size_t count = loaded->list.count;
    bool found = count > 0 && loaded->list.entries[count - 1].kind == DENY_ADVISORY;
    snapshot_leave(denials->present);
    return found;
}

bool denials_permit_tcb(struct denials *denials, const struct tcb_info *info,
                        const struct raw_tcb *tcb, int64_t now_s, struct error *err)
{
    struct bytes advisories[TCB_ADVISORIES_MAX];
    struct tcb_subject subject = { .sgx = *tcb };
    struct deny_subject denied = { .advisories = advisories };
    struct tcb_verdict verdict;

    if (!names_an_advisory(denials))
        return true;
    tcb_judge(info, NULL, &subject, &verdict);
    denied.advisory_count =
        tcb_verdict_advisories(&verdict, advisories, COUNT_OF(advisories));
    return denials_permit(denials, &denied, now_s, err);
}

bool key_name_read(struct bytes der, struct key_name *out, struct error *err)
{
    struct x509_certificate certificate;

    if (!x509_parse(der, &certificate, err))
        return false;
    struct sha256 digest = sha256(certificate.spki);
    memcpy(out->digest, digest.digest, sizeof out->digest);
    out->is_known = true;
    return true;
}

bool denials_permit_key(struct denials *denials, struct bytes der, struct key_name *kept,
                        int64_t now_s, struct error *err)
{
    struct deny_subject subject = { .key_digest =
                                        bytes_of(kept->digest, sizeof kept->digest) };

    if (denials_are_empty(denials))
        return true;
    return (kept->is_known || key_name_read(der, kept, err))
           && denials_permit(denials, &subject, now_s, err);
}

void denials_visit(struct denials *denials,
                   void (*visit)(void *context, const struct deny_entry *entry),
                   void *context)
{
    const struct loaded *loaded = snapshot_enter(denials->present);

    for (size_t i = 0; i < loaded->list.count; i++)
        visit(context, &loaded->list.entries[i]);
    snapshot_leave(denials->present);
}

/* ---- changing -----------------------------------------------------------------------
 */

/* A directory that is not there is the machine's trouble, not the asker's. */
static bool write_file(const struct denials *denials, struct bytes text,
                       struct error *err)
{
    struct error why = { 0 };

    return file_write(denials->path, text, FILE_MODE, &why)
           || error_set(err, ERROR_SYSTEM, "%s", why.text);
}

static bool write_list(const struct denials *denials, const struct deny_list *list,
                       struct error *err)
{
    struct buf text;

    buf_init(&text, DENY_FILE_MAX);
    deny_write(list, &text);
    bool written = !text.failed
                       ? write_file(denials, buf_bytes(&text), err)
                       : error_set(err, ERROR_LIMIT, "%s would be larger than %d bytes",
                                   denials->path, DENY_FILE_MAX);
    buf_fini(&text);
    return written;
}

static const char *keep_text(struct arena *arena, const char *text)
{
    return (const char *)arena_copy(arena, bytes_of(text, strlen(text) + 1)).at;
}

static bool keep_entry(struct arena *arena, const struct deny_entry *entry,
                       struct deny_entry *out, struct error *err)
{
    *out = *entry;
    out->value = arena_copy(arena, entry->value);
    out->why = keep_text(arena, entry->why);
    out->by = keep_text(arena, entry->by);
    out->line = 0;
    return (out->value.at != NULL && out->why != NULL && out->by != NULL)
           || error_set(err, ERROR_LIMIT, "no room for another entry of the deny list");
}

/* The list's entries in an array with room for one more. */
static struct deny_entry *copy_entries(struct loaded *loaded, struct error *err)
{
    size_t count = loaded->list.count;
    struct deny_entry *entries = arena_alloc(&loaded->arena, count + 1, sizeof *entries);

    if (entries == NULL)
        error_set(err, ERROR_LIMIT, "no room for another entry of the deny list");
    for (size_t i = 0; entries != NULL && i < count; i++)
        entries[i] = loaded->list.entries[i];
    return entries;
}

static bool add(struct loaded *loaded, const struct deny_entry *entry, struct error *err)
{
    size_t count = loaded->list.count;
    const struct deny_entry *twin =
        deny_find(&loaded->list, entry->kind, entry->value, 0);

    if (twin != NULL)
        return error_set(err, ERROR_FORMAT,
                         "it is on the deny list already, by %s: %s; remove it first",
                         safe_string(twin->by).s, safe_string(twin->why).s);
    if (count >= DENY_ENTRIES_MAX)
        return error_set(err, ERROR_LIMIT, "the deny list has %d entries already",
                         DENY_ENTRIES_MAX);
    struct deny_entry *entries = copy_entries(loaded, err);
    return entries != NULL && keep_entry(&loaded->arena, entry, &entries[count], err)
           && deny_list_make(entries, count + 1, &loaded->list, err);
}

static bool remove_entry(struct loaded *loaded, enum deny_kind kind, struct bytes value,
                         struct error *err)
{
    size_t kept = 0, count = loaded->list.count;
    struct deny_entry *entries = copy_entries(loaded, err);

    if (entries == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (entries[i].kind != kind || !bytes_equal(entries[i].value, value))
            entries[kept++] = entries[i];
    if (kept == count)
        return error_set(err, ERROR_NOT_FOUND, "it is not on the deny list");
    return deny_list_make(entries, kept, &loaded->list, err);
}

struct change {
    const struct deny_entry *added; /* NULL: one is removed */
    enum deny_kind kind;
    struct bytes value;
};

static bool apply(const struct denials *denials, const struct change *change,
                  struct loaded **out, struct error *err)
{
    OWNED(drop_loaded) struct loaded *loaded = NULL;

    if (!load(denials, &loaded, err)
        || !(change->added != NULL
                 ? add(loaded, change->added, err)
                 : remove_entry(loaded, change->kind, change->value, err))
        || !write_list(denials, &loaded->list, err))
        return false;
    *out = TAKE(loaded);
    return true;
}

static bool change_list(struct denials *denials, const struct change *change,
                        struct error *err)
{
    struct loaded *loaded;

    pthread_mutex_lock(&denials->changing);
    bool changed = apply(denials, change, &loaded, err);
    if (changed)
        snapshot_publish(denials->present, loaded);
    pthread_mutex_unlock(&denials->changing);
    return changed;
}

bool denials_add(struct denials *denials, const struct deny_entry *entry,
                 struct error *err)
{
    return change_list(denials, &(struct change){ .added = entry }, err);
}

bool denials_remove(struct denials *denials, enum deny_kind kind, struct bytes value,
                    struct error *err)
{
    return change_list(denials, &(struct change){ .kind = kind, .value = value }, err);
}
