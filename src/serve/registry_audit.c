/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/registry_audit.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/clock.h"
#include "kit/file.h"
#include "kit/log.h"
#include "kit/text.h"

#define SITE_KEY_FILE "site.key"

/* ---- the site key --------------------------------------------------------------- */

static bool make_key(const char *path, struct site_key *out, struct error *err)
{
    random_fill(out->bytes, sizeof out->bytes);
    return file_write(path, bytes_of(out->bytes, sizeof out->bytes), 0600, err);
}

static bool read_key(const char *path, struct site_key *out, struct error *err)
{
    struct buf content;

    buf_init(&content, 2 * sizeof out->bytes);
    bool read = file_read(path, &content, err);
    if (read && content.len != sizeof out->bytes)
        read = error_set(err, ERROR_FORMAT,
                         "site key of %zu bytes, expected %zu; put back the file, or "
                         "move it away to have a new one made",
                         content.len, sizeof out->bytes);
    if (read)
        memcpy(out->bytes, content.at, sizeof out->bytes);
    buf_fini(&content);
    return read;
}

bool site_key_load(const char *directory, struct site_key *out, struct error *err)
{
    char path[4096];
    struct error why = { 0 };

    if (snprintf(path, sizeof path, "%s/" SITE_KEY_FILE, directory) >= (int)sizeof path)
        return error_set(err, ERROR_LIMIT, "path of the site key is too long");
    if (read_key(path, out, &why))
        return true;
    if (why.kind == ERROR_NOT_FOUND)
        return make_key(path, out, err) || error_within(err, "%s", path);
    return error_set(err, why.kind, "%s: %s", path, why.text);
}

struct platform_alias platform_alias(const struct site_key *key,
                                     const struct platform_name *name)
{
    struct platform_alias alias;
    struct sha256 digest =
        hmac_sha256(bytes_of(key->bytes, sizeof key->bytes), bytes_of_text(name->qe_id));

    snprintf(alias.s, sizeof alias.s, "%.32s", hex(digest.digest, 16).s);
    return alias;
}

/* ---- notes ---------------------------------------------------------------------- */

bool audit_note_write(const struct audit_note *note, struct store *store,
                      struct error *err)
{
    struct audit_entry entry = {
        .at_s = clock_real_wall_s(),
        .who = note->who,
        .from = note->from,
        .what = note->what,
        .subject = note->subject,
        .outcome = note->outcome,
    };

    return store_audit(store, &entry, err);
}

static void not_written(const struct audit_note *note, const struct error *err)
{
    log_event(LOG_WARNING, "audit",
              "what=%s subject=\"%s\" outcome=\"%s\" who=\"%s\" from=%s not written "
              "why=\"%s\"",
              note->what, note->subject, note->outcome, note->who, note->from, err->text);
}

struct sent { /* a note on its way */
    struct audit_note note;
    void (*done)(void *context);
    void *context;
};

static void write_sent(void *sent_, struct store *store)
{
    struct sent *sent = sent_;
    struct error err = { 0 };

    if (!audit_note_write(&sent->note, store, &err))
        not_written(&sent->note, &err);
    if (sent->done != NULL)
        sent->done(sent->context);
    free(sent);
}

void audit_note_send(const struct audit_note *note, struct store_writer *writer,
                     void (*done)(void *context), void *context)
{
    struct sent *sent = malloc(sizeof *sent);
    struct error err = { ERROR_SYSTEM, "no memory" };

    if (sent != NULL) {
        *sent = (struct sent){ .note = *note, .done = done, .context = context };
        if (store_writer_submit(writer, write_sent, sent, &err))
            return;
        free(sent);
    }
    not_written(note, &err);
    if (done != NULL)
        done(context);
}
