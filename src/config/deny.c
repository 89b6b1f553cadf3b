/* SPDX-License-Identifier: Apache-2.0 */
#include "config/deny.h"

#include "config/document.h"
#include "config/readers.h"
#include "config/schema.h"
#include "format/json_text.h"
#include "kit/file.h"
#include "kit/text.h"

#define VALUES_MAX (16 + DENY_ENTRIES_MAX * 9) /* an item, its four keys and values */
#define TREE_MAX ((size_t)128 * 1024 * 1024)

struct deny_document {
    struct deny_entry *entries;
    size_t count;
};

/* ---- reading -------------------------------------------------------------------- */

/* The key is the kind. */
static bool read_value(struct schema_walk *walk, const struct schema_key *key,
                       const struct value *value, void *base, struct error *err)
{
    struct deny_entry *entry = base;
    struct error why = { 0 };
    enum deny_kind kind = 0;
    struct bytes text;

    if (!schema_scalar(walk, value, "a value", &text, err))
        return false;
    deny_kind_named(bytes_of_text(key->name), &kind);
    if (entry->kind != 0)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "stands beside %s: one value, one item",
                             deny_kind_name(entry->kind));
    if (!deny_value_read(kind, text, walk->arena, &entry->value, &why))
        return schema_refuse(walk, value->line, err, why.kind, "%s", why.text);
    entry->kind = kind;
    return true;
}

static bool read_text(struct schema_walk *walk, const struct schema_key *key,
                      const struct value *value, void *base, struct error *err)
{
    struct error why = { 0 };
    struct bytes text;

    if (!schema_scalar(walk, value, "a text", &text, err))
        return false;
    if (!deny_text_check(text, &why))
        return schema_refuse(walk, value->line, err, why.kind, "%s", why.text);
    const char *held =
        (const char *)arena_copy(walk->arena, bytes_of(text.at, text.len + 1)).at;
    if (held == NULL)
        return schema_refuse(walk, value->line, err, ERROR_LIMIT, "too large");
    memcpy((char *)base + key->at, &held, sizeof held);
    return true;
}

static bool read_entries(struct schema_walk *walk, const struct schema_key *key,
                         const struct value *value, void *base, struct error *err)
{
    const struct deny_document *document = base;

    if (!schema_list_apart(walk, key, value, base, err))
        return false;
    for (size_t i = 0; i < document->count; i++)
        if (document->entries[i].kind == 0)
            return schema_refuse(walk, document->entries[i].line, err, ERROR_FORMAT,
                                 "needs one of chip_id, qe_id, ppid_digest, fmspc, "
                                 "key_digest, advisory");
    return true;
}

#define IN_ENTRY struct deny_entry
static const struct schema_key entry_keys[] = {
    { .name = "chip_id", .read = read_value },
    { .name = "qe_id", .read = read_value },
    { .name = "ppid_digest", .read = read_value },
    { .name = "fmspc", .read = read_value },
    { .name = "key_digest", .read = read_value },
    { .name = "advisory", .read = read_value },
    { .name = "why", .read = read_text, SCHEMA_AT(IN_ENTRY, why), .is_required = true },
    { .name = "by", .read = read_text, SCHEMA_AT(IN_ENTRY, by), .is_required = true },
    { .name = "until", .read = read_time, SCHEMA_AT(IN_ENTRY, until_s) },
    { 0 },
};

static const struct schema_key document_keys[] = {
    { .name = "deny",
      .read = read_entries,
      .at = offsetof(struct deny_document, entries),
      .count_at = offsetof(struct deny_document, count),
      .item_size = sizeof(IN_ENTRY),
      .line_at = offsetof(IN_ENTRY, line),
      .most = DENY_ENTRIES_MAX,
      .below = entry_keys },
    { 0 },
};

bool deny_parse(struct bytes yaml, const char *name, struct arena *arena,
                struct deny_list *out, struct error *err)
{
    __attribute__((cleanup(arena_fini))) struct arena tree;
    struct safe_text file = safe_string(name);
    struct schema_walk walk = { .file = file.s, .arena = arena, .all = document_keys };
    struct deny_document document = { 0 };
    struct value *root;

    arena_init(&tree, TREE_MAX);
    if (yaml.len > DENY_FILE_MAX)
        return error_set(err, ERROR_LIMIT, "%s is larger than %d bytes", file.s,
                         DENY_FILE_MAX);
    if (!document_parse_many(yaml, file.s, VALUES_MAX, &tree, &root, err)
        || !schema_read(&walk, root, &document, err))
        return false;
    return deny_list_make(document.entries, document.count, out, err)
           || error_within(err, "%s", file.s);
}

bool deny_file_read(const char *path, struct arena *arena, struct deny_list *out,
                    struct error *err)
{
    __attribute__((cleanup(buf_fini))) struct buf text;
    struct error why = { 0 };

    buf_init(&text, DENY_FILE_MAX);
    if (!file_read(path, &text, &why) && why.kind != ERROR_NOT_FOUND)
        return error_set(err, why.kind, "%s", why.text);
    return deny_parse(buf_bytes(&text), path, arena, out, err);
}

/* ---- writing -------------------------------------------------------------------- */

/* In double quotes YAML reads what JSON means, as long as it stands on one line. */
static void write_text(struct buf *out, const char *key, const char *text)
{
    buf_addf(out, "    %s: ", key);
    json_text_write(out, bytes_of_text(text));
    buf_add_byte(out, '\n');
}

void deny_write(const struct deny_list *list, struct buf *out)
{
    buf_add_text(out, "# What this site has given up on, whatever a vendor signs.\n"
                      "# `thim deny` writes it anew and keeps no comments.\n");
    buf_add_text(out, list->count == 0 ? "deny: []\n" : "deny:\n");
    for (size_t i = 0; i < list->count; i++) {
        const struct deny_entry *entry = &list->entries[i];
        buf_addf(out, "  - %s: ", deny_kind_name(entry->kind));
        deny_value_write(entry, out);
        buf_add_byte(out, '\n');
        write_text(out, "why", entry->why);
        write_text(out, "by", entry->by);
        if (entry->until_s != 0)
            buf_addf(out, "    until: %s\n", utc(entry->until_s).s);
    }
}
