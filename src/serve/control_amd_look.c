/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"
#include "kit/text.h"
#include "serve/chip.h"
#include "serve/control_amd_parts.h"
#include "serve/front.h"

enum { ROW_BYTES_MAX = 128 * 1024, PEM_MAX = 64 * 1024 };

/* ---- one chip ------------------------------------------------------------------- */

static void put_key(struct object *o, const struct kds_key *key)
{
    object_put_text(o, "product", snp_product_facts(key->product)->name);
    if (key->vek == VEK_VLEK)
        object_put(o, "chip_id", json_null());
    else
        object_put_text(o, "chip_id", hex(key->hwid.at, key->hwid.len).s);
    object_put_text(o, "tcb_version", tcb_version_hex(key->product, &key->tcb).s);
}

static const char *state_of(const struct chip_row *row)
{
    return row->der.len > 0 ? "held" : row->failures > 0 ? "failed" : "waiting";
}

static int64_t not_after(struct bytes der)
{
    struct x509_certificate certificate;
    struct error err = { 0 };

    return der.len > 0 && x509_parse(der, &certificate, &err) ? certificate.not_after_s
                                                              : 0;
}

static json_t *chip_json(const struct chip_row *row)
{
    static const char *const known_by[] = {
        [CHIP_BY_ASKING] = "asking",
        [CHIP_BY_IMPORT] = "import",
        [CHIP_BY_TOKEN] = "token",
        [CHIP_BY_OPERATOR] = "operator",
    };
    struct object o = object_begin();

    object_put_number(&o, "row", row->row);
    object_put_text(&o, "kind", vek_kind_name(row->key.vek));
    put_key(&o, &row->key);
    object_put_text(&o, "state", state_of(row));
    object_put_text(&o, "known_by", known_by[row->known_by]);
    object_put_text(&o, "source", row->source);
    object_put_time(&o, "first_seen", row->first_seen_s);
    object_put_time(&o, "fetched", row->fetched_s);
    object_put_time(&o, "last_asked", row->last_asked_s);
    object_put_time(&o, "not_after", not_after(row->der));
    object_put_flag(&o, "revocation_checked", row->revocation_checked);
    object_put_time(&o, "due", row->due_s);
    object_put_number(&o, "failures", row->failures);
    object_put_text(&o, "why", row->why);
    return object_end(&o);
}

/* ---- lists ---------------------------------------------------------------------- */

static bool add_chip(void *list, const struct chip_row *row)
{
    return json_array_append_new(list, chip_json(row)) == 0;
}

static json_t *list_json(json_t *list, const struct platform_ask *page, int64_t last,
                         const struct chip_counts *counts)
{
    bool is_last = json_array_size(list) < page->limit;
    struct object o = object_begin(), c = object_begin();

    object_put_number(&c, "known", (int64_t)counts->known);
    object_put_number(&c, "held", (int64_t)counts->held);
    object_put_number(&c, "waiting", (int64_t)counts->waiting);
    object_put(&o, "chips", list);
    object_put(&o, "next", is_last ? json_null() : json_integer(last));
    object_put(&o, "counts", object_end(&c));
    return object_end(&o);
}

void amd_errand_list(void *errand_)
{
    struct amd_errand *errand = errand_;
    struct host_readers *readers = errand->control->readers;
    const struct platform_ask *page = &errand->page;
    struct chip_counts counts = { 0 };
    json_t *list = json_array();
    int64_t last = 0;
    struct error err = { 0 };

    struct platform_reader *reader = host_readers_take(readers, &err);
    bool well = reader != NULL
                && chips_walk(reader, (int64_t)page->after, page->limit, add_chip, list,
                              &last, &err)
                && chips_count(reader, &counts, &err);
    if (reader != NULL)
        host_readers_give_back(readers, reader);
    if (well) {
        amd_errand_tell(errand, list_json(list, page, last, &counts));
        return;
    }
    json_decref(list);
    amd_errand_fail(errand, &err);
}

/* ---- one certificate ------------------------------------------------------------ */

/* Verified anew, as whatever enters memory, and judged as if a guest had asked. */
static bool judge(const struct amd_errand *errand, const struct chip_row *row,
                  struct chip **out, struct error *err)
{
    const struct control_amd_options *options = &errand->control->options;
    const struct config *config = options->config;
    OWNED(amd_law_release) struct amd_law *law = options->law(options->context);
    OWNED(chip_free) struct chip *chip = NULL;

    if (row->der.len == 0)
        return error_set(err, ERROR_NOT_FOUND, "it has not been fetched yet: %s",
                         row->why[0] != 0 ? row->why : "its turn has not come");
    if (law == NULL)
        return error_set(err, ERROR_UNREACHABLE, "there is nothing of AMD's here yet");
    struct vcek_law terms = { .crl = law->crls[row->key.product],
                              .crl_optional = config->amd.crl == AMD_CRL_OPTIONAL,
                              .now_s = clock_wall_s(options->clock),
                              .future_s = FRONT_FUTURE_S };
    if (!chip_make(row, law, &config->trust.roots, &chip, err)
        || !vcek_may_be_given(chip->vcek, &terms, err))
        return false;
    *out = TAKE(chip);
    return true;
}

static json_t *certificate_json(const struct chip_row *row, const struct chip *chip)
{
    const struct vcek_facts *facts = vcek_facts(chip->vcek);
    struct object o = object_begin();
    struct buf pem;

    buf_init(&pem, PEM_MAX);
    put_key(&o, &facts->key);
    pem_write(&pem, "CERTIFICATE", facts->der);
    object_put_text(&o, "certificate", buf_text(&pem));
    buf_clear(&pem);
    pem_chain_write(&pem, &amd_issuer_facts(facts->issuer)->ders);
    object_put_text(&o, "chain", buf_text(&pem));
    object_put_time(&o, "not_after", facts->valid_until_s);
    object_put_flag(&o, "revocation_checked", row->revocation_checked);
    o.failed = o.failed || pem.failed;
    buf_fini(&pem);
    return object_end(&o);
}

static bool find(const struct amd_errand *errand, struct arena *arena,
                 struct chip_row *row, struct error *err)
{
    struct host_readers *readers = errand->control->readers;
    struct platform_reader *reader = host_readers_take(readers, err);

    if (reader == NULL)
        return false;
    bool found = chip_find(reader, &errand->key, arena, row, err);
    host_readers_give_back(readers, reader);
    return found;
}

void amd_errand_certificate(void *errand_)
{
    struct amd_errand *errand = errand_;
    OWNED(chip_free) struct chip *chip = NULL;
    struct chip_row row;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, ROW_BYTES_MAX);
    if (find(errand, &arena, &row, &err) && judge(errand, &row, &chip, &err))
        amd_errand_tell(errand, certificate_json(&row, chip));
    else
        amd_errand_fail(errand, &err);
    arena_fini(&arena);
}
