/* SPDX-License-Identifier: Apache-2.0 */
#include "format/chip_list.h"

#include "format/json_fields.h"
#include "format/snp_report.h"
#include "kit/text.h"

#define KDS_PATH "/vcek/v1/"
#define NAME_END "_vcek.der"
#define PLAIN_NAME "vcek.der" /* the OfflineStore's older one, which tells no TCB */

enum { SHOWN = 40, CSV_FIELDS_MAX = 7 };

struct listing { /* a chip as it was written; empty is not there */
    struct bytes product, chip_id, tcb_version;
    struct bytes spl[SPL_COUNT];
};

/* ---- the pieces ----------------------------------------------------------------- */

static const struct chip_hint no_hint = { .product = 0 };

static bool has_spls(const struct listing *listing)
{
    for (enum spl i = 0; i < SPL_COUNT; i++)
        if (listing->spl[i].len > 0)
            return true;
    return false;
}

static enum snp_product product_by_id(const uint8_t *id, size_t len)
{
    const size_t turin = snp_product_facts(SNP_TURIN)->hwid_len;

    for (size_t i = turin; i < len; i++)
        if (id[i] != 0)
            return 0;
    return len >= turin ? SNP_TURIN : 0;
}

static bool find_product(struct bytes name, const uint8_t *id, size_t len,
                         const struct chip_hint *hint, enum snp_product *out,
                         struct error *err)
{
    if (name.len > 0) {
        *out = snp_product_named(name);
        if (*out == 0)
            *out = snp_product_behind(name);
        return *out != 0
               || error_set(err, ERROR_NOT_FOUND,
                            "product \"%s\" is not known; KDS spells them as in \"%s\"",
                            safe(bytes_first(name, SHOWN)).s,
                            snp_product_facts(SNP_MILAN)->name);
    }
    *out = product_by_id(id, len);
    if (*out == 0)
        *out = hint->product;
    return *out != 0
           || error_set(err, ERROR_FORMAT,
                        "chip %.16s..: its id does not tell whether it is of Milan or "
                        "Genoa; say which product",
                        hex(id, 8).s);
}

static bool read_chip(const struct listing *listing, const struct chip_hint *hint,
                      struct kds_key *out, struct error *err)
{
    uint8_t id[CHIP_ID_LEN];
    size_t len = listing->chip_id.len / 2;

    if (len == 0 || len > sizeof id || !hex_read(listing->chip_id, id, len))
        return error_set(err, ERROR_FORMAT,
                         "chip_id \"%s\" is not %d hex digits (%zu for Turin)",
                         safe(bytes_first(listing->chip_id, SHOWN)).s, 2 * CHIP_ID_LEN,
                         2 * snp_product_facts(SNP_TURIN)->hwid_len);
    return find_product(listing->product, id, len, hint, &out->product, err)
           && snp_hwid_read(out->product, bytes_of(id, len), &out->hwid, err);
}

/* Zeros in front do not count, as in KDS's own parameters. */
static bool read_spl(struct bytes digits, enum spl which, uint8_t *out, struct error *err)
{
    struct bytes left = digits;
    uint64_t level;

    while (left.len > 1 && left.len <= 3 && left.at[0] == '0')
        left = bytes_after(left, 1);
    if (!decimal_read(left, UINT8_MAX, &level))
        return error_set(err, ERROR_FORMAT, "%s is \"%s\", not a number from 0 to 255",
                         spl_parameter(which), safe(bytes_first(digits, SHOWN)).s);
    *out = (uint8_t)level;
    return true;
}

static bool read_spls(const struct listing *listing, struct kds_key *out,
                      struct error *err)
{
    const struct snp_product_facts *facts = snp_product_facts(out->product);

    for (enum spl i = 0; i < SPL_COUNT; i++) {
        struct bytes digits = listing->spl[i];
        if (facts->has[i] != (digits.len > 0))
            return error_set(err, ERROR_FORMAT, "%s %s", spl_parameter(i),
                             facts->has[i] ? "is missing" : "is not the product's");
        if (digits.len > 0 && !read_spl(digits, i, &out->tcb.spl[i], err))
            return false;
    }
    return true;
}

static bool read_tcb(const struct listing *listing, const struct chip_hint *hint,
                     struct kds_key *out, struct error *err)
{
    uint64_t value = hint->tcb_version;

    if (!hint->has_tcb && has_spls(listing))
        return read_spls(listing, out, err);
    if (!hint->has_tcb && listing->tcb_version.len == 0)
        return error_set(err, ERROR_FORMAT, "tcb_version is missing");
    if (!hint->has_tcb && !tcb_version_hex_read(listing->tcb_version, &value))
        return error_set(err, ERROR_FORMAT, "tcb_version \"%s\" is not 16 hex digits",
                         safe(bytes_first(listing->tcb_version, SHOWN)).s);
    return tcb_version_read(out->product, value, &out->tcb, err);
}

static bool settle(const struct listing *listing, const struct chip_hint *hint,
                   struct kds_key *out, struct error *err)
{
    if (hint == NULL)
        hint = &no_hint;
    *out = (struct kds_key){ .resource = KDS_CERTIFICATE, .vek = VEK_VCEK };
    return read_chip(listing, hint, out, err) && read_tcb(listing, hint, out, err);
}

bool chip_fields_read(struct bytes product, struct bytes chip_id,
                      struct bytes tcb_version, const struct chip_hint *hint,
                      struct kds_key *out, struct error *err)
{
    struct listing listing = { .product = product,
                               .chip_id = chip_id,
                               .tcb_version = tcb_version };

    return settle(&listing, hint, out, err);
}

static bool is_short(struct bytes text, struct error *err)
{
    return text.len <= CHIP_TEXT_MAX
           || error_set(err, ERROR_LIMIT, "%zu bytes for one chip, at most %d", text.len,
                        CHIP_TEXT_MAX);
}

/* ---- lines ---------------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bytes trimmed(struct bytes text)
{
    while (text.len > 0 && is_blank(text.at[0]))
        text = bytes_after(text, 1);
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

/* Fields may stand in double quotes; nothing that belongs here has one inside. */
static struct bytes next_field(struct bytes *rest)
{
    size_t len = bytes_find(*rest, bytes_of_text(","));
    struct bytes field = trimmed(bytes_first(*rest, len));

    *rest = bytes_after(*rest, len + 1);
    if (field.len >= 2 && field.at[0] == '"' && field.at[field.len - 1] == '"')
        field = bytes_first(bytes_after(field, 1), field.len - 2);
    return field;
}

bool chip_line_is_empty(struct bytes line)
{
    line = trimmed(line);
    return line.len == 0 || line.at[0] == '#'
           || text_equal_nocase(next_field(&line), bytes_of_text("product"));
}

static size_t count_fields(struct bytes line)
{
    size_t count = 1;

    for (size_t i = 0; i < line.len; i++)
        count += line.at[i] == ',';
    return count;
}

static bool read_csv(struct bytes line, const struct chip_hint *hint, struct kds_key *out,
                     struct error *err)
{
    static const enum spl order[] = { SPL_BOOT_LOADER, SPL_TEE, SPL_SNP, SPL_MICROCODE,
                                      SPL_FMC };
    struct listing listing = { 0 };
    size_t count = count_fields(line);

    if (count < 2 || count == 4 || count == 5 || count > CSV_FIELDS_MAX)
        return error_set(err, ERROR_FORMAT,
                         "%zu fields; expected product,chip_id,tcb_version or "
                         "product,chip_id,bl,tee,snp,ucode[,fmc]",
                         count);
    listing.product = next_field(&line);
    listing.chip_id = next_field(&line);
    if (count == 3)
        listing.tcb_version = next_field(&line);
    for (size_t i = 0; count > 3 && i < count - 2; i++)
        listing.spl[order[i]] = next_field(&line);
    return settle(&listing, hint, out, err);
}

static bool read_url(struct bytes target, const struct chip_hint *hint,
                     struct arena *arena, struct kds_key *out, struct error *err)
{
    struct http_target parsed;
    size_t len = 0;

    while (len < target.len && !is_blank(target.at[len]) && target.at[len] != '"'
           && target.at[len] != '\'')
        len++;
    if (!http_target_parse(bytes_first(target, len), arena, &parsed, err)
        || !kds_target_read(&parsed, out, err))
        return false;
    if (out->resource != KDS_CERTIFICATE)
        return error_set(err, ERROR_FORMAT, "the URL is of a list, not of a chip's VCEK");
    return hint == NULL || !hint->has_tcb
           || tcb_version_read(out->product, hint->tcb_version, &out->tcb, err);
}

bool chip_line_read(struct bytes line, const struct chip_hint *hint, struct arena *arena,
                    struct kds_key *out, struct error *err)
{
    size_t at = bytes_find(line, bytes_of_text(KDS_PATH));

    if (!is_short(line, err))
        return false;
    if (at < line.len)
        return read_url(bytes_after(line, at), hint, arena, out, err);
    return read_csv(line, hint, out, err);
}

/* ---- objects -------------------------------------------------------------------- */

bool chip_object_read(struct bytes object, const struct chip_hint *hint,
                      struct arena *arena, struct kds_key *out, struct error *err)
{
    static const struct json_field fields[] = {
        { "product", FIELD_INTO(TEXT, struct listing, product), .optional = true },
        { "chip_id", FIELD_INTO(TEXT, struct listing, chip_id) },
        { "tcb_version", FIELD_INTO(TEXT, struct listing, tcb_version),
          .optional = true },
    };
    struct listing listing = { 0 };
    struct json json;

    if (!is_short(object, err))
        return false;
    json_begin(&json, object, arena, err);
    (void)json_fields(&json, fields, COUNT_OF(fields), &listing);
    return json_end(&json) && settle(&listing, hint, out, err);
}

/* ---- the OfflineStore's names --------------------------------------------------- */

static const struct {
    const char *name;
    enum spl spl;
} name_parts[] = {
    /* in their order */
    { "bl", SPL_BOOT_LOADER },  { "tee", SPL_TEE }, { "snp", SPL_SNP },
    { "ucode", SPL_MICROCODE }, { "fmc", SPL_FMC },
};

static bool read_name(struct bytes name, struct listing *listing)
{
    size_t stem = name.len - strlen(NAME_END);
    struct bytes rest = bytes_first(name, stem);

    if (name.len < strlen(NAME_END)
        || !bytes_equal_text(bytes_after(name, stem), NAME_END))
        return false;
    for (size_t i = 0; i < COUNT_OF(name_parts) && rest.len > 0; i++) {
        size_t len = bytes_find(rest, bytes_of_text("_"));
        struct bytes part = bytes_first(rest, len),
                     begin = bytes_of_text(name_parts[i].name);
        if (!bytes_equal(bytes_first(part, begin.len), begin) || part.len == begin.len)
            return false;
        listing->spl[name_parts[i].spl] = bytes_after(part, begin.len);
        rest = bytes_after(rest, len + 1);
    }
    return rest.len == 0;
}

static struct bytes last_segment(struct bytes *path)
{
    size_t at = path->len;

    while (at > 0 && path->at[at - 1] != '/')
        at--;
    struct bytes segment = bytes_after(*path, at);
    *path = bytes_first(*path, at > 0 ? at - 1 : 0);
    return segment;
}

bool chip_path_read(struct bytes path, const struct chip_hint *hint, struct kds_key *out,
                    struct error *err)
{
    struct listing listing = { 0 };
    struct bytes rest = path;

    if (!is_short(path, err))
        return false;
    struct bytes name = last_segment(&rest);
    listing.chip_id = last_segment(&rest);
    if (!bytes_equal_text(name, PLAIN_NAME) && !read_name(name, &listing))
        return error_set(err, ERROR_FORMAT,
                         "%s is not a name like bl02_tee00_snp06_ucode21_vcek.der",
                         safe(name).s);
    return settle(&listing, hint, out, err);
}

void chip_path_write(struct buf *out, const struct kds_key *key)
{
    const struct snp_product_facts *facts = snp_product_facts(key->product);

    buf_add_text(out, "vcek/");
    hex_add(out, bytes_of(key->hwid.at, key->hwid.len));
    for (size_t i = 0; i < COUNT_OF(name_parts); i++)
        if (facts->has[name_parts[i].spl])
            buf_addf(out, "%s%s%02u", i == 0 ? "/" : "_", name_parts[i].name,
                     key->tcb.spl[name_parts[i].spl]);
    buf_add_text(out, NAME_END);
}

/* ---- reports -------------------------------------------------------------------- */

bool chip_report_read(struct bytes report, const struct chip_hint *hint,
                      struct kds_key *out, struct error *err)
{
    struct snp_report parsed;

    if (hint == NULL)
        hint = &no_hint;
    *out = (struct kds_key){ .resource = KDS_CERTIFICATE, .vek = VEK_VCEK };
    if (!snp_report_parse(report, &parsed, err))
        return false;
    if (parsed.signed_by != VEK_VCEK)
        return error_set(err, ERROR_FORMAT, "the report is not signed by a VCEK");
    out->product = snp_report_product(&parsed);
    return (out->product != 0
            || find_product((struct bytes){ 0 }, parsed.chip_id.at, parsed.chip_id.len,
                            hint, &out->product, err))
           && snp_hwid_read(out->product, parsed.chip_id, &out->hwid, err)
           && tcb_version_read(out->product,
                               hint->has_tcb ? hint->tcb_version : parsed.reported_tcb,
                               &out->tcb, err);
}
